"""`check classify`: category, problem and priority of complaints, and the recall of emergencies."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bot.commands.check.json_lines import Row, share
from bot.commands.check.result import Outcome, Table, Timed, confusion
from bot.process.progress import Progress
from dialogs.world import Classifier
from tickets.lifecycle.types import Classification, Priority

NOTHING = "—"


def check(rows: Sequence[Row], classifier: Classifier, progress: Progress) -> Outcome:
    """Classify each ``text``; ``category`` and ``priority``, where given, are the right ones."""
    timed = Timed("обращения", time.perf_counter)
    named = timed.over([str(row["text"]) for row in rows], classifier.classify, progress)
    results = [
        row | predicted(classification, classifier.emergency(str(row["text"])))
        for row, classification in zip(rows, named, strict=True)
    ]
    judged = [row for row in results if row.get("category")]
    rated = [row for row in results if row.get("priority")]
    alarms = [row for row in rated if row["priority"] == Priority.EMERGENCY]
    raised = [row for row in rated if row["predicted_priority"] == Priority.EMERGENCY]
    heard = sum(row["predicted_priority"] == Priority.EMERGENCY for row in alarms)
    summary = {
        "n": len(rows),
        "category_accuracy": share(sum(row["predicted_category"] == row["category"] for row in judged), len(judged)),
        "top3_accuracy": share(sum(row["category"] in row["top3"] for row in judged), len(judged)),
        "emergency_recall": share(heard, len(alarms)),
        "emergency_precision": share(heard, len(raised)),
        **timed.figures(),
    }
    missed = [row for row in alarms if row not in raised]
    wrong = [row for row in judged if row["predicted_category"] != row["category"]]
    columns = ("обращение", "ожидалось", "получилось", "срочность", "получилась")
    tables = (
        confusion([(row["category"], row["predicted_category"] or NOTHING) for row in judged], "Что с чем путается"),
        *(
            Table(title=title, columns=columns, rows=[_cells(row) for row in listed[:200]])
            for title, listed in (("Не замеченные аварии", missed), ("Не та категория", wrong))
        ),
    )
    return Outcome(rows=results, summary=summary, tables=tables)


def predicted(classification: Classification | None, emergency: str) -> Row:
    """Return the predicted fields; ``top3`` has the categories of the likeliest problems, each once."""
    problem = classification.problem if classification else None
    priority = Priority.EMERGENCY if emergency else problem.priority if problem else None
    return {
        "predicted_category": problem.category if problem else None,
        "predicted_priority": priority.value if priority else None,
        "predicted_problem": problem.code if problem else None,
        "top3": list(dict.fromkeys(likely.category for likely in classification.top))[:3] if classification else [],
    }


def _cells(row: Row) -> tuple[object, ...]:
    names = ("text", "category", "predicted_category", "priority", "predicted_priority")
    return tuple(row.get(name) or NOTHING for name in names)
