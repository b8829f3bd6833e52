"""Figures of the durable core, measured in one run beside the raw limit of the same disk.

Run: ``python -m tests.bench.durability.core [--messages N] [--seconds S] [--conversations N]``; the last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import tempfile
import time
import tracemalloc
from pathlib import Path

from channels.contract import Incoming, Start
from tests.bench.durability.rig import SAID, Rig, incoming, rig, spoken
from tests.bench.figures import note
from tests.bench.raw import disk_commits_per_second

CALLERS = 40  # who wait for their message to be stored, at any time
AT_ONCE = 100  # residents in the middle of a conversation when latency is measured
RATE = 300  # messages a second offered when latency is measured


async def throughput(folder: Path, messages: int) -> tuple[float, float]:
    """Return messages per second (stored durably, turned into replies that wait in the outbox)."""
    async with rig(folder) as made:
        numbers = iter(range(messages))

        async def caller() -> None:
            for number in numbers:
                await made.intake([incoming(number % 500, number, spoken(number // 500, number % 500))])

        started = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(CALLERS)))
        stored = time.perf_counter() - started
        while await made.turns.work():
            note(f"\rturns {made.turns.taken}/{messages}")
        turned = time.perf_counter() - started - stored
        assert made.turns.taken == messages
        return messages / stored, messages / turned


async def latency(folder: Path, seconds: float, rate: int = RATE, url: str = "") -> tuple[float, float, int]:
    """Return p50 and p99, in ms, from a message's arrival to its first reply at the channel; and how many replied.

    url: empty for SQLite in `folder`.
    """
    async with rig(folder, url) as made:
        made.run_turns()
        made.run_delivery()
        began: dict[str, float] = {}
        made.channel.expected = total = int(seconds * rate)
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(total):
                await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
                item = staggered(number)
                began[item.external_id] = time.perf_counter()
                group.create_task(made.intake([item]))
        async with asyncio.timeout(60):
            await made.channel.complete.wait()
        took = sorted((at - began[key]) * 1000 for key, at in made.channel.answered.items())
        return took[len(took) // 2], took[int(len(took) * 0.99)], len(took)


def staggered(number: int) -> Incoming:
    """Return the message of a mixed hour: `AT_ONCE` residents write by turns, each at another place of the story."""
    slot, told = number % AT_ONCE, number // AT_ONCE + number % AT_ONCE
    resident, place = divmod(told, len(SAID))
    name = slot + AT_ONCE * resident
    return incoming(name, number, spoken(place, name))


async def memory(folder: Path, conversations: int) -> tuple[float, float]:
    """Return bytes of this process and of the database file per open conversation (one half-filled form each)."""
    async with rig(folder) as made:
        await fill(made, 50)
        gc.collect()
        tracemalloc.start()
        before, file_before = tracemalloc.get_traced_memory()[0], size_of(folder)
        await fill(made, conversations, first=50)
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    return (after - before) / conversations, (size_of(folder) - file_before) / conversations


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("bench.db*"))


async def fill(made: Rig, conversations: int, first: int = 0) -> None:
    """Let each of these residents begin a report."""
    for start in range(first, first + conversations, 200):
        names = range(start, min(start + 200, first + conversations))
        await made.intake([incoming(name, 0, Start()) for name in names])
        await made.intake([incoming(name, number, spoken(number, name)) for name in names for number in (1, 2)])
        while await made.turns.work():
            continue


async def measure(messages: int, seconds: float, conversations: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        folders = [root / part for part in ("throughput", "latency", "memory")]
        for folder in folders:
            folder.mkdir()
        note("disk…")
        disk = disk_commits_per_second(root)
        note("throughput…")
        stored, turned = await throughput(folders[0], messages)
        note("latency…")
        p50, p99, answered = await latency(folders[1], seconds)
        note("memory…")
        in_memory, on_disk = await memory(folders[2], conversations)
    return {
        "disk_fdatasync_per_s": round(disk),
        "stored_per_s": round(stored),
        "stored_over_disk": round(stored / disk, 2),
        "turns_per_s": round(turned),
        "turns_over_disk": round(turned / disk, 2),
        "stored_and_turned_per_s": round(1 / (1 / stored + 1 / turned)),
        "reply_p50_ms": round(p50, 1),
        "reply_p99_ms": round(p99, 1),
        "reply_p99_in_fdatasyncs": round(p99 * disk / 1000),
        "replies": answered,
        "memory_bytes_per_conversation": round(in_memory),
        "disk_bytes_per_conversation": round(on_disk),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--conversations", type=int, default=2_000)
    options = parser.parse_args()
    figures = asyncio.run(measure(options.messages, options.seconds, options.conversations))
    for name, value in figures.items():
        print(f"{name:32} {value:>12}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
