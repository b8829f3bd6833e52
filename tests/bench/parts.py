"""The parts of `./domovoy bench`: each runs a benchmark of this folder and puts the targets beside its figures."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.process.event_loop import run
from tests.bench.durability import all_parts as durable_bench
from tests.bench.durability import core as core_bench
from tests.bench.durability import flood as flood_bench
from tests.bench.figures import Figure
from tests.bench.form import by_system as form_bench
from tests.bench.limits import broadcast as limits_bench
from tests.bench.understanding import addresses as addresses_bench
from tests.bench.understanding import all_parts as understanding_bench


def form(quick: bool) -> list[Figure]:
    """The report form beside other frameworks."""
    at_once = form_bench.AT_ONCE
    found = run(
        form_bench.measure(2, at_once, 2 * at_once) if quick else form_bench.measure(5, 4 * at_once, 8 * at_once)
    )
    part = "report form, 64 conversations at once"
    figures = []
    for key, name in form_bench.KEYS.items():
        ours = key == "ours"
        speed, cpu, kib = (found[f"{key}_{what}"] for what in ("turns_per_s", "cpu_us_per_turn", "kib_per_dialog"))
        figures += [
            Figure(part=part, what=name, value=speed, unit="turns/s", target=3_000 if ours else None),
            Figure(part=part, what=f"{name}: CPU", value=cpu, unit="µs/turn"),
            Figure(
                part=part, what=f"{name}: open dialog", value=kib, unit="KiB", target=2 if ours else None, at_most=True
            ),
        ]
    ratio = found["ours_turns_per_s"] / found["tortoise_turns_per_s"]
    figures.append(Figure(part=part, what="ours, of the durable peer's rate", value=ratio, unit="times", target=10))
    for key, name in form_bench.OTHER.items():
        target = 20_000 if key.startswith("engine_alone") else None
        figures.append(Figure(part=part, what=name, value=found[key], unit="per s", target=target))
    return figures


def core(quick: bool) -> list[Figure]:
    """A mixed hour through the core on SQLite."""
    found = run(core_bench.measure(2_000, 4.0, 300) if quick else core_bench.measure(10_000, 20.0, 2_000))
    rate = core_bench.RATE
    rows: list[tuple[str, str, str, float | None]] = [
        ("disk_fdatasync_per_s", "4 kB append + fdatasync", "commits/s", None),
        ("stored_per_s", "stored, 40 callers", "messages/s", None),
        ("turns_per_s", "turns of a mixed hour", "turns/s", None),
        ("reply_p50_ms", f"message → reply at {rate}/s, p50", "ms", 50),
        ("reply_p99_ms", f"message → reply at {rate}/s, p99", "ms", 120),
        ("memory_bytes_per_conversation", "memory per open dialog", "bytes", 2_048),
        ("disk_bytes_per_conversation", "database file per open dialog", "bytes", None),
    ]
    part = "core on SQLite, real dialog"
    return [
        Figure(part=part, what=what, value=found[name], unit=unit, target=target, at_most=True)
        for name, what, unit, target in rows
    ]


def durability(quick: bool) -> list[Figure]:
    """The durable path on both databases."""
    return durable_bench.measure("both", durable_bench.QUICK if quick else durable_bench.Sizes())


def flood(quick: bool) -> list[Figure]:
    """What others feel of one sender with thousands of waiting messages."""
    found = run(flood_bench.measure(4.0, 300, 2_000) if quick else flood_bench.measure(10.0, 300, 10_000))
    rows = (
        ("p50_quiet_ms", "others, without the flooder, p50", "ms"),
        ("p50_flood_ms", "others, with the flooder, p50", "ms"),
        ("p99_quiet_ms", "others, without the flooder, p99", "ms"),
        ("p99_flood_ms", "others, with the flooder, p99", "ms"),
        ("p99_ratio", "p99, with : without", "times"),
    )
    part = "one flooding sender, 300/s from others, SQLite"
    return [Figure(part=part, what=what, value=found[name], unit=unit) for name, what, unit in rows]


def limits(quick: bool) -> list[Figure]:
    """A broadcast within a channel's limits, with an urgent reply every 200 ms."""
    with tempfile.TemporaryDirectory() as name:
        found = run(limits_bench.measure(Path(name), limits_bench.QUICK if quick else limits_bench.SIZES))
    part, figures = "pushes within a channel's limits", list[Figure]()
    rows: list[tuple[str, str, str, float | None, bool]] = [
        ("share", "of the requests allowed", "", 0.98, False),
        ("rate", "messages", "per s", None, False),
        ("refused", "refused", "requests", 0, True),
        ("p50_ms", "urgent reply, p50", "ms", None, True),
        ("p99_ms", "urgent reply, p99", "ms", 250, True),
        ("cpu_s", "CPU", "s per 1,000", 1, True),
    ]
    for sender, values in found.items():
        for key, what, unit, target, at_most in rows:
            wanted = target if sender.startswith("ours") else None
            figures.append(
                Figure(
                    part=part, what=f"{sender}: {what}", value=values[key], unit=unit, target=wanted, at_most=at_most
                )
            )
    return figures


def addresses(quick: bool) -> list[Figure]:
    """100,000 houses, beside rapidfuzz over the full addresses."""
    found = addresses_bench.measure(500 if quick else 2_000)
    rows: list[tuple[str, str, str, float | None, bool]] = [
        ("build_s", "index built", "s", 2, True),
        ("memory_mib", "memory of the index", "MiB", None, True),
        ("p50_ms", "one address, p50", "ms", None, True),
        ("p99_ms", "one address, p99", "ms", 2, True),
        ("wrong_share", "wrong houses taken", "of 1", 0.003, True),
        ("offered_share", "right house taken or offered", "of 1", None, False),
        ("peer_p50_ms", "rapidfuzz extractOne, p50", "ms", None, True),
        ("peer_right_share", "rapidfuzz extractOne, right", "of 1", None, False),
        ("times_faster", "ours, of rapidfuzz's rate", "times", 10, False),
    ]
    part = "addresses, 100,000 houses in 5,000 streets"
    return [
        Figure(part=part, what=what, value=found[name], unit=unit, target=target, at_most=at_most)
        for name, what, unit, target, at_most in rows
    ]


def understanding(quick: bool) -> list[Figure]:
    """Questions, complaints and messages by other authors, beside what could be taken instead."""
    return understanding_bench.figures(
        understanding_bench.measure(understanding_bench.QUICK if quick else understanding_bench.Sizes())
    )


PARTS: Mapping[str, Callable[[bool], list[Figure]]] = {
    "form": form,
    "core": core,
    "durability": durability,
    "flood": flood,
    "limits": limits,
    "addresses": addresses,
    "understanding": understanding,
}
