"""`./domovoy classifier learn | forget | corrections`: corrections by people, and learning from them.

A running program reads and marks the rows itself, because an SQLite file belongs to one process. The evaluation runs
in the process of the command, so it delays no conversation.
"""

from __future__ import annotations

import csv
import io
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.admin.corrections import act_on_corrections
from bot.admin.installation import database_url
from bot.admin.socket import ask_running
from bot.commands import classifier_report
from bot.commands.check import html_report
from bot.commands.classifier_report import Trial
from bot.process.progress import Progress
from bot.settings.schema import Settings
from errors import ConfigError
from models.copy import copier as copying
from models.database.database import open_database
from operators.console.pages.tickets import safe_cell
from operators.console.templating import moment
from tickets.classification.classifier import RuleClassifier
from tickets.learning import evaluation as learning
from tickets.learning.types import Correction

PATIENCE_SECONDS = 600
REFUSED = 1
NONE_YET = "Исправлений пока нет: они появятся, когда жители или диспетчеры выберут не ту проблему, что предложил бот."
UNCHANGED = "Ничего не изменено"
RESTART = "Подействует после перезапуска программы (всех её процессов)."


async def ask(settings: Settings, data: Path, **request: object) -> dict[str, Any]:
    """Let the running program answer a request; when none runs, answer it here.

    Raises:
        ConfigError: there is no database yet, or it cannot be used.
    """
    answer = await ask_running(data, {"action": "corrections", **request}, PATIENCE_SECONDS)
    if answer is not None:
        return answer
    url = database_url(settings, data)
    if (file := copying.file_of(url)) and not file.exists():
        raise ConfigError(f"{file}: базы ещё нет; она появится после первого запуска: ./domovoy run или ./domovoy demo")
    database = await open_database(url, migrate=False)
    try:
        return await act_on_corrections(database, request)
    finally:
        await database.close()


async def run(settings: Settings, data: Path, options: Namespace) -> int:
    """Carry out one of the three commands."""
    match options.action:
        case "forget":
            return await forget(settings, data)
        case "corrections":
            return await export_csv(settings, data, options.out)
    return await learn(settings, data, apply=options.apply, force=options.force, html=options.html)


async def learn(settings: Settings, data: Path, *, apply: bool, force: bool, html: Path | None) -> int:
    """Show the effect of learning. apply: learn, unless an evaluation gets worse; force: learn even then."""
    if force and not apply:
        raise ConfigError("--force: действует только вместе с --apply")
    rows = await _stored_corrections(settings, data)
    if not rows:
        print(NONE_YET)
        return 0
    trial = run_trial(rows, Progress())
    print(classifier_report.text(trial))
    if html:
        html_report.write(html, "Обучение на исправлениях", classifier_report.report(trial))
    if not trial.split.learn:
        print(f"Учить пока нечего. {UNCHANGED}.")
        return 0
    reasons_against = classifier_report.refusals(trial)
    if not apply:
        print(f"{UNCHANGED}; примените: ./domovoy classifier learn --apply")
        return 0
    if reasons_against and not force:
        print(f"{UNCHANGED}: {'; '.join(reasons_against)}. Всё равно выучить: --force", file=sys.stderr)
        return REFUSED
    answer = await ask(settings, data, do="learn", ids=[row.id for row in trial.split.learn])
    print(f"Выучено строк: {answer['learned']}. {RESTART} Вернуть как было: ./domovoy classifier forget")
    return 0


def run_trial(rows: Sequence[Correction], progress: Progress) -> Trial:
    """Evaluate the shipped classifier and one that has learned on the same rows."""
    before = RuleClassifier.shipped()
    split = learning.split_corrections(rows, before)
    after = RuleClassifier.with_corrections(learning.learned_examples(split.learn, before))
    judged, control = [learning.as_example(row) for row in split.held_out], learning.control()
    every = [*judged, *control]

    def tell(what: str, earlier: int) -> learning.Progress:
        return lambda done, total: progress(earlier + done, 2 * total, what)

    old = learning.judge(before, every, tell("как сейчас", 0))
    new = learning.judge(after, every, tell("после обучения", len(every)))
    return Trial(
        rows=rows,
        split=split,
        judged=(old[: len(judged)], new[: len(judged)]),
        control=(old[len(judged) :], new[len(judged) :]),
    )


async def forget(settings: Settings, data: Path) -> int:
    """Unlearn everything; the corrections stay."""
    answer = await ask(settings, data, do="forget")
    print(f"Забыто строк: {answer['learned']}. Сами исправления остались." + (f" {RESTART}" * bool(answer["learned"])))
    return 0


COLUMNS = ("Время", "Кто исправил", "Слова без личных данных", "Угадано", "Выбрано", "Выучено")


async def export_csv(settings: Settings, data: Path, out: Path) -> int:
    """Write all corrections as CSV that opens in Excel (BOM, semicolons)."""
    rows, zone = await _stored_corrections(settings, data), ZoneInfo(settings.company.timezone)
    output = io.StringIO()
    writer = csv.writer(output, delimiter=";")
    writer.writerow(COLUMNS)
    writer.writerows([safe_cell(cell) for cell in _cells(row, zone)] for row in rows)
    try:
        out.write_bytes(("\ufeff" + output.getvalue()).encode())
    except OSError as error:
        raise ConfigError(f"{out}: не записывается: {error.strerror}") from error
    print(f"Исправлений: {len(rows)}. Файл: {out}")
    return 0


def _cells(row: Correction, zone: ZoneInfo) -> list[str]:
    learned = moment(row.learned_ms, zone) if row.learned_ms else ""
    who = classifier_report.WHO.get(row.who, row.who)
    return [moment(row.at_ms, zone), who, row.text, row.guessed, row.chosen, learned]


async def _stored_corrections(settings: Settings, data: Path) -> list[Correction]:
    return [Correction(**row) for row in (await ask(settings, data, do="read"))["rows"]]
