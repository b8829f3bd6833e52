"""`./domovoy faq check` and `import faq`: check a knowledge base, with the houses it names, and install it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from bot.admin import imports
from bot.admin.installation import database_url
from bot.commands.check import html_report
from bot.commands.check.result import Outcome, Table
from bot.factory import ROOT, facts_of_company
from bot.process.progress import Progress
from bot.settings.schema import Settings
from bot.turns.served_houses import HouseRegister
from errors import ConfigError
from faq.base.house_answers import FindHouses, names_houses, with_house_ids
from faq.base.loader import Base, read_base
from faq.matching.matcher import wordings_of
from faq.matching.quality_check import MOST_ANSWER, Finding, Kind, findings
from houses.recognition.recogniser import HouseRecogniser
from houses.register.loader import house_of, load_csv
from models.database.database import open_database
from tickets.classification.classifier import RuleClassifier

TITLE = "Проверка базы знаний"
TITLES: dict[Kind, str] = {
    Kind.REPEAT: "Один и тот же вопрос в двух записях – с такой базой программа не запустится: уберите из одной",
    Kind.SILENT: "Запись никогда не прозвучит: впишите эти сведения в config.yaml или ответьте без них",
    Kind.COLLISION: "Похожие вопросы, житель может получить чужой ответ: назовите, чем они различаются",
    Kind.LOST: "Запись не находится по своему же вопросу: спросите понятнее, добавьте слов",
    Kind.ALONE: "Нет других формулировок: добавьте variants, хотя бы три",
    Kind.LONG: f"Ответ длиннее {MOST_ANSWER} знаков: сократите",
    Kind.TWICE: "Вопрос записан в одной записи дважды: оставьте один раз",
}
MAX_CELL = 70  # characters of a cell on a terminal


async def house_finder(settings: Settings, address: str) -> FindHouses:
    """Return a lookup of the served houses: those of the database, else those of the list that fills an empty one."""
    register = HouseRegister()
    if not address.startswith("sqlite://") or Path(address.removeprefix("sqlite://")).exists():
        database = await open_database(address, migrate=False)
        try:
            await register.load(database)
        finally:
            await database.close()
    if not register.is_empty:
        return register.ids_of
    rows = load_csv(ROOT / settings.company.houses)
    houses = [house_of(number, address, dict(details)) for number, (address, details) in enumerate(rows, 1)]
    register.take(HouseRecogniser(houses), {house.address: house.id for house in houses})
    return register.ids_of


async def with_houses(base: Base, settings: Settings, address: str) -> Base:
    """Return the base with the ids of the houses it names. Raises `ConfigError` when one is not served."""
    return with_house_ids(base, await house_finder(settings, address)) if names_houses(base) else base


async def import_file(settings: Settings, data: Path, file: Path) -> int:
    """Import a knowledge base. The program reads it at its next start."""
    place, facts = ROOT / settings.company.faq, facts_of_company(settings)
    await with_houses(imports.faq_of(file, facts), settings, database_url(settings, data))
    count = imports.import_faq(file, place, facts)
    print(f"Записей в файле: {count}. База знаний: {place}. Перезапустите программу, чтобы она отвечала по-новому.")
    return 0


async def check(settings: Settings, data: Path, options: Namespace) -> int:
    """Report the faults of a knowledge base. Returns 0 without faults, else 1.

    Raises:
        ConfigError: it cannot be read at all.
    """
    base = read_base(options.kb or ROOT / settings.company.faq, facts_of_company(settings))
    base = await with_houses(base, settings, database_url(settings, data))
    if not base.entries and not base.left_out:
        raise ConfigError(f"{options.kb or settings.company.faq}: в базе знаний нет ни одной записи")
    remarks = findings(base, Progress(), RuleClassifier.shipped().model)
    summary = {"записей": len(base.entries), "вопросов": _questions(base), "замечаний": len(remarks)}
    tables = tables_of(remarks, base)
    if options.html:
        html_report.write(options.html, TITLE, Outcome(rows=(), summary=summary, tables=tables))
    for table in tables:
        print(f"{table.title}\n{text_of(table)}\n")
    print(
        ", ".join(f"{name}: {value}" for name, value in summary.items()) + ("" if remarks else ". Всё в порядке") + "."
    )
    return 1 if remarks else 0


def _questions(base: Base) -> int:
    return sum(len(tuple(wordings_of(entry))) for entry in base.entries)


def tables_of(remarks: Sequence[Finding], base: Base) -> list[Table]:
    """Return one table per kind of finding, and one of sentences that are left out now, which is no fault."""
    tables = []
    for kind in Kind:
        if rows := [finding for finding in remarks if finding.kind is kind]:
            both = any(finding.other for finding in rows)
            tables.append(
                Table(
                    title=f"{TITLES[kind]} ({len(rows)})",
                    columns=("запись", *(("другая запись",) if both else ()), "текст"),
                    rows=[(finding.entry, *((finding.other,) if both else ()), finding.text) for finding in rows],
                )
            )
    unsaid = [(entry, f"{{{name}}}") for entry, name in base.missing if entry not in base.left_out]
    if unsaid:
        title = f"К сведению: предложение не прозвучит, пока в config.yaml пусто ({len(unsaid)})"
        tables.append(Table(title=title, columns=("запись", "подстановка"), rows=unsaid))
    return tables


def text_of(table: Table) -> str:
    """Return a table as aligned lines for a terminal; long cells are cut."""
    rows = [tuple(_cell(value) for value in row) for row in (table.columns, *table.rows)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(table.columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(f"  {line}" for line in (lines[0], "  ".join("─" * width for width in widths), *lines[1:]))


def _cell(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"
