"""`check faq`: accuracy of answers to questions, and the share of wrong answers."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bot.commands.check.json_lines import Row, share
from bot.commands.check.result import Outcome, Table, Timed, confusion
from bot.process.progress import Progress
from faq.matching.matcher import FaqMatcher
from faq.types import FaqMatch

NO_ENTRY = "—"


def check(rows: Sequence[Row], matcher: FaqMatcher, progress: Progress) -> Outcome:
    """Ask each ``text``; ``intent`` is the id of the right entry, null (or a missing one) when nothing answers it."""
    timed = Timed("вопросы", time.perf_counter)
    matches = timed.over([str(row["text"]) for row in rows], matcher.match, progress)
    results = [_predicted(row, match, matcher) for row, match in zip(rows, matches, strict=True)]
    judged = [row for row in results if "intent" in row]
    answered = [row for row in judged if row["intent"] is not None]
    unanswerable = [row for row in judged if row["intent"] is None]
    summary = {
        "n": len(rows),
        "accuracy_at_1": share(sum(row["predicted"] == row["intent"] for row in answered), len(answered)),
        "recall_at_3": share(sum(row["intent"] in row["top3"] for row in answered), len(answered)),
        "false_answers": share(sum(row["predicted"] is not None for row in unanswerable), len(unanswerable)),
        **timed.figures(),
    }
    return Outcome(rows=results, summary=summary, tables=_tables(judged))


def _predicted(row: Row, match: FaqMatch, matcher: FaqMatcher) -> Row:
    """Return the row with the answered entry, its score and the three best entries, the answered one first."""
    top = [entry.id for entry, _ in matcher.rated(str(row["text"]))[:3]]
    if match.entry and match.entry.id in top:
        top = [match.entry.id, *(entry_id for entry_id in top if entry_id != match.entry.id)]
    return row | {"predicted": match.entry.id if match.entry else None, "score": round(match.score, 4), "top3": top}


def _tables(judged: Sequence[Row]) -> tuple[Table, ...]:
    wrong = [row for row in judged if row["predicted"] != row["intent"]]
    wrong.sort(key=lambda row: -row["score"])
    return (
        confusion([(row["intent"] or NO_ENTRY, row["predicted"] or NO_ENTRY) for row in judged], "Что с чем путается"),
        Table(
            title="Худшие вопросы",
            columns=("вопрос", "ожидалось", "получилось", "оценка", "первые три"),
            rows=[
                (
                    row["text"],
                    row["intent"] or NO_ENTRY,
                    row["predicted"] or NO_ENTRY,
                    row["score"],
                    ", ".join(row["top3"]),
                )
                for row in wrong[:200]
            ],
        ),
    )
