"""How well and how fast Russian is understood, beside what a company could take instead; everything in one run.

Run: ``python -m tests.bench.understanding.all_parts [--quick]``; prints Markdown tables, the last line is JSON. Rows of
the test data are asked by turns, their halves told apart; figures without a peer come from processes of their own.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.figures import Figure, note
from tests.bench.form.by_turns import Pace
from tests.bench.understanding import complaints, footprint, many_questions, questions
from tests.bench.understanding.complaints import Complaints, Learning
from tests.bench.understanding.footprint import ColdStart, Memory, Message
from tests.bench.understanding.many_questions import AtScale
from tests.bench.understanding.questions import HALVES, OURS, OfSet

Table = list[tuple[str, ...]]

GOAL_QUESTION_MS, GOAL_MESSAGE_MS, GOAL_MIB, GOAL_START_S = 2, 3, 350, 2


@dataclass(frozen=True, slots=True)
class Sizes:
    sets: tuple[str, ...] = tuple(questions.SETS)
    entries: int = 1_000
    asked: int = 500
    houses: int = 100_000
    learning: Learning = complaints.FULL


QUICK = Sizes(sets=("second", "shipped", "bare"), asked=200, learning=complaints.QUICK)


@dataclass(frozen=True, slots=True)
class Understanding:
    load: float  # average of the minute before
    sets: list[OfSet]
    many: AtScale
    complaints: Complaints
    message: Message
    memory: tuple[Memory, Memory]  # with a new base, and after a restart
    start: ColdStart


def measure(sizes: Sizes) -> Understanding:
    before = os.getloadavg()[0]
    note("one message, memory, cold start…")
    alone = footprint.message(), footprint.memory(sizes.houses, sizes.entries), footprint.cold_start()
    sets = []
    with tempfile.TemporaryDirectory() as folder, questions.stored_in(Path(folder)):
        for name in sizes.sets:
            note(f"questions: {name}…")
            sets.append(questions.SETS[name]())
    note(f"{sizes.entries} entries…")
    many = many_questions.measured(sizes.entries, sizes.asked)
    note("complaints…")
    return Understanding(before, sets, many, complaints.measured(sizes.learning), *alone)


def figures(found: Understanding) -> list[Figure]:
    """Return ours beside the best of the others; `tables` has all of it."""
    made = []
    for one in found.sets:
        part = f"questions, {one.name}"
        for half in HALVES:
            made += _beside(
                part, f"right entry first, {half}", {k: v.accuracy_at_1 for k, v in one.quality[half].items()}
            )
            made += _beside(
                part, f"right at 3 % false, {half}", {k: v.right_at_3 for k, v in one.quality[half].items()}
            )
        made.append(Figure(part=part, what="one question, p99", value=one.pace[OURS].p99_ms, unit="ms"))
    part = f"questions, {found.many.entries:,} entries of 11 wordings"
    made += _beside(part, "right entry first, made-up questions", found.many.found)
    pace = found.many.pace
    made += [
        Figure(part=part, what="index built", value=found.many.build_s, unit="s"),
        Figure(part=part, what="index read from the disk", value=found.many.read_s, unit="s"),
        Figure(part=part, what="one question, p50", value=pace[OURS].p50_ms, unit="ms"),
        _goal(part, "one question, p99", pace[OURS].p99_ms, "ms", GOAL_QUESTION_MS),
        *(
            Figure(part=part, what=f"ours, of the rate of {name}", value=one.p50_ms / pace[OURS].p50_ms, unit="times")
            for name, one in pace.items()
            if name != OURS
        ),
    ]
    return made + _of_complaints(found.complaints) + _of_footprint(found)


def _of_complaints(found: Complaints) -> list[Figure]:
    part, made = "complaints, beside logistic regression", list[Figure]()
    for half in HALVES:
        made += _beside(part, f"category, {half}", {k: v.category_at_1 for k, v in found.quality[half].items()})
        made += _beside(
            part, f"emergencies heard, {half}", {k: v.emergency_recall for k, v in found.quality[half].items()}
        )
    return [*made, Figure(part=part, what="one complaint, p99", value=found.pace[OURS].p99_ms, unit="ms")]


def _of_footprint(found: Understanding) -> list[Figure]:
    part, (new, stored), start = "understanding in a process of its own", found.memory, found.start
    many = f"{new.register_size:,} houses, {new.entries:,} entries"
    return [
        Figure(part=part, what="one message seen before, p99", value=found.message.again.p99_ms, unit="ms"),
        Figure(part=part, what="one new message, p50", value=found.message.first.p50_ms, unit="ms"),
        _goal(part, "one new message, p99", found.message.first.p99_ms, "ms", GOAL_MESSAGE_MS),
        _goal(part, f"{many}: all memory", stored.asked, "MiB", GOAL_MIB),
        _goal(part, f"{many}, the base just imported: all memory", new.asked, "MiB", GOAL_MIB),
        _goal(part, "cold start", start.stored_s, "s", GOAL_START_S),
        Figure(part=part, what="cold start, nothing stored", value=start.learning_s, unit="s"),
        Figure(part=part, what="cold start, nothing stored: memory at most", value=start.learning_mib, unit="MiB"),
    ]


def _beside(part: str, what: str, shares: Mapping[str, float]) -> list[Figure]:
    """Return the share of ours, with the best of the others as its target."""
    best, name = max((value, name) for name, value in shares.items() if name != OURS)
    return [
        Figure(part=part, what=what, value=shares[OURS], unit="of 1", target=best),
        Figure(part=part, what=f"{what}: {name}", value=best, unit="of 1"),
    ]


def _goal(part: str, what: str, value: float, unit: str, target: float) -> Figure:
    return Figure(part=part, what=what, value=value, unit=unit, target=target, at_most=True)


def tables(found: Understanding) -> str:
    """Return everything that has a peer as Markdown; two figures in a cell are of dev and aside."""
    rows: Table = [("base", "system", "right first", "among three", "right at 3 %", "right at 5 %", "p50, p99 ms")]
    for one in found.sets:
        for name, pace in one.pace.items():
            both = [one.quality[half][name] for half in HALVES]
            told = [[getattr(half, field) for half in both] for field in type(both[0]).__dataclass_fields__]
            rows.append((one.name, name, *map(_both, told), _pace(pace)))
        given = _both([one.given[half] for half in HALVES])
        rows.append((one.name, "ours as it answers", given, "", f"false {_both([*one.false.values()])}", "", ""))
    many: Table = [("system", "right first", "p50, p99 ms", "ours faster, times")]
    for name, pace in found.many.pace.items():
        times = f"{pace.p50_ms / found.many.pace[OURS].p50_ms:.2f}"
        many.append((name, f"{found.many.found[name]:.3f}", _pace(pace), "" if name == OURS else times))
    told_of: Table = [("system", "category", "among three", "emergencies heard", "alarms right", "p50, p99 ms")]
    for name, pace in found.complaints.pace.items():
        both_of = [found.complaints.quality[half][name] for half in HALVES]
        shares = [[getattr(half, field) for half in both_of] for field in type(both_of[0]).__dataclass_fields__]
        told_of.append((name, *map(_both, shares), _pace(pace)))
    return "\n\n".join(map(_markdown, (rows, many, told_of)))


def _both(values: list[float]) -> str:
    return ", ".join(f"{value:.3f}" for value in values)


def _pace(pace: Pace) -> str:
    return f"{pace.p50_ms:.2f}, {pace.p99_ms:.2f}"


def _markdown(rows: Table) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    found = measure(QUICK if parser.parse_args().quick else Sizes())
    print(tables(found))
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main()
