"""What others feel of one flooding sender: the same load twice in one run, without and with 10,000 waiting rows of his.

Run: ``python -m tests.bench.durability.flood [--seconds S] [--rate N] [--flood N]``; the last line is JSON. Look at the
ratios: the times are those of a machine that does other things too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from channels.contract import Text
from tests.bench.durability.core import staggered
from tests.bench.durability.rig import Rig, incoming, rig

FLOODER = 1_000_000  # the number of a resident who is none of the others


async def latency(folder: Path, seconds: float, rate: int, flood: int) -> list[float]:
    """Return the times from arrival to first reply of everybody but the flooder, in ms, shortest first."""
    async with rig(folder) as made:
        await store_flood(made, flood)
        began: dict[str, float] = {}
        made.channel.expected = total = int(seconds * rate)
        made.channel.counted = lambda key: not key.startswith(f"{FLOODER}:")
        made.run_turns()
        made.run_delivery()
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(total):
                await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
                item = staggered(number)
                began[item.external_id] = time.perf_counter()
                group.create_task(made.intake([item]))
        async with asyncio.timeout(120):
            await made.channel.complete.wait()
        return sorted((made.channel.answered[key] - at) * 1000 for key, at in began.items())


async def store_flood(made: Rig, count: int) -> None:
    for start in range(0, count, 500):
        numbers = range(start, min(start + 500, count))
        await made.intake([incoming(FLOODER, number, Text(f"ку-ку {number}")) for number in numbers])


def percentile(times: list[float], share: float) -> float:
    return times[int((len(times) - 1) * share)]


async def measure(seconds: float, rate: int, flood: int) -> dict[str, float]:
    figures: dict[str, float] = {"rate_per_s": rate, "flood_rows": flood}
    with tempfile.TemporaryDirectory() as name:
        times = {}
        for part, waiting in (("warm", 0), ("quiet", 0), ("flood", flood)):
            folder = Path(name) / part
            folder.mkdir()
            print(f"{part}…", file=sys.stderr, flush=True)
            times[part] = await latency(folder, seconds if part != "warm" else 1.0, rate, waiting)
    for share, label in ((0.5, "p50"), (0.99, "p99"), (1.0, "max")):
        quiet, flooded = percentile(times["quiet"], share), percentile(times["flood"], share)
        figures |= {
            f"{label}_quiet_ms": round(quiet, 1),
            f"{label}_flood_ms": round(flooded, 1),
            f"{label}_ratio": round(flooded / quiet, 2),
        }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=int, default=300)
    parser.add_argument("--flood", type=int, default=10_000)
    options = parser.parse_args()
    figures = asyncio.run(measure(options.seconds, options.rate, options.flood))
    for name, value in figures.items():
        print(f"{name:32} {value:>12}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
