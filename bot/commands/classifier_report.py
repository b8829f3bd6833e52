"""The report of `./domovoy classifier learn`: figures before and after, changed answers, reasons against learning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.commands.check.result import Outcome, Table
from tickets.classification.problems import shipped
from tickets.learning import evaluation as learning
from tickets.learning.evaluation import Answer, CorrectionSplit, Figures
from tickets.learning.types import DISPATCHER, RESIDENT, Correction

NOTHING = "—"
MAX_TERMINAL_ROWS = 40  # changed rows in a terminal
WHO = {RESIDENT: "житель", DISPATCHER: "диспетчер"}
LEFT = {
    learning.OF_OTHER: "«Другое», верная проблема неизвестна",
    learning.OF_DANGER: "опасное, аварии узнаются только по правилам",
    learning.OF_EMERGENCY: "в словах слышна авария, правило важнее",
    learning.OF_UNKNOWN: "такой проблемы больше нет",
}
JUDGED, CONTROL = "отложенные", "контрольные"

Pair = tuple[Sequence[Answer], Sequence[Answer]]  # of the same rows: before, after


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """rows: all corrections. judged, control: the held-out and the shipped rows."""

    rows: Sequence[Correction]
    split: CorrectionSplit
    judged: Pair
    control: Pair

    @property
    def few(self) -> bool:
        """Too few rows are held out for a comparison."""
        return len(self.judged[0]) < learning.FEW


def refusals(trial: Trial) -> list[str]:
    """Return the reasons against learning."""
    reasons = []
    if learning.is_worse(*map(learning.figures, trial.control)):
        reasons.append("на контрольном наборе стало хуже")
    if not trial.few and learning.is_worse(*map(learning.figures, trial.judged)):
        reasons.append("на отложенных исправлениях стало хуже")
    if lost := [*learning.missed_emergencies(*trial.judged), *learning.missed_emergencies(*trial.control)]:
        reasons.append("перестали быть слышны аварии: " + ", ".join(f"«{text}»" for text in lost))
    return reasons


def text(trial: Trial) -> str:
    """Return the report for a terminal."""
    parts = [*_summary_lines(trial), _as_text(_figures(trial))]
    changes = _changes(trial)
    if changes.rows:
        first_rows = Table(title=changes.title, columns=changes.columns, rows=changes.rows[:MAX_TERMINAL_ROWS])
        more = len(changes.rows) - MAX_TERMINAL_ROWS
        parts += [_as_text(first_rows), *([f"… и ещё {more}; все строки: --html ФАЙЛ"] if more > 0 else [])]
    else:
        parts.append("Ответы ни на одну проверочную строку не изменились.")
    parts += [f"Против обучения: {reason}." for reason in refusals(trial)]
    return "\n\n".join(parts) + "\n"


def report(trial: Trial) -> Outcome:
    """Return the report as tables of a page."""
    summary = {f"{number}": sentence for number, sentence in enumerate(_summary_lines(trial), 1)}
    return Outcome(rows=(), summary=summary, tables=(_figures(trial), _changes(trial), _learned_rows(trial)))


def _summary_lines(trial: Trial) -> list[str]:
    split, residents = trial.split, sum(row.who == RESIDENT for row in trial.rows)
    learned = sum(row.learned_ms > 0 for row in trial.rows)
    sentences = [
        f"Исправлений: {len(trial.rows)} (жители: {residents}, диспетчеры: {len(trial.rows) - residents})."
        f" Учим разных текстов: {len(split.learn)}, отложено для проверки: {len(split.held_out)}."
        f" Уже выучено раньше: {learned}."
    ]
    sentences += [f"Не учим: {count} – {LEFT[reason]}." for reason, count in sorted(split.excluded.items())]
    if trial.few:
        sentences.append(
            f"По отложенным судить нельзя: их {len(split.held_out)}, нужно хотя бы {learning.FEW} (откладывается каждый"
            f" {learning.HELD_OUT}-й текст, он не учится). Накопите исправления; пока видно только, не стало ли хуже."
        )
    return sentences


def _figures(trial: Trial) -> Table:
    old, new = map(learning.figures, trial.judged)
    control_old, control_new = map(learning.figures, trial.control)
    columns = [
        _column(old, is_shown=not trial.few),
        _column(new, is_shown=not trial.few),
        _column(control_old, is_shown=True),
        _column(control_new, is_shown=True),
    ]
    names = (
        "строк", "категория верна", "категория среди трёх", "проблема верна", "аварий услышано",
        "верных из объявленных аварий",
    )  # fmt: skip
    return Table(
        title="Было и стало",
        columns=("показатель", f"{JUDGED}: было", "стало", f"{CONTROL}: было", "стало"),
        rows=[(name, *(column[column_number] for column in columns)) for column_number, name in enumerate(names)],
    )


def _column(figures: Figures, *, is_shown: bool) -> list[str]:
    if not is_shown:
        return [str(figures.rows), *[NOTHING] * 5]
    return [
        str(figures.rows),
        *(_share(right_rows, figures.rows) for right_rows in (figures.category, figures.among_three, figures.problem)),
        _share(figures.heard, figures.alarms),
        _share(figures.heard, figures.raised),
    ]


def _share(part: int, whole: int) -> str:
    return f"{part} из {whole} ({part / whole:.0%})" if whole else NOTHING


def _changes(trial: Trial) -> Table:
    rows = [*_changed(JUDGED, trial.judged), *_changed(CONTROL, trial.control)]
    return Table(title="Что изменилось", columns=("набор", "", "слова", "верно", "было", "стало"), rows=rows)


def _changed(name: str, pair: Pair) -> Iterator[tuple[str, ...]]:
    for old, new in zip(*pair, strict=True):
        if old.guessed != new.guessed:
            sign = "+" if new.guessed == new.right else "-" if old.guessed == old.right else ""
            yield name, sign, old.text, _title(old.right), _title(old.guessed), _title(new.guessed)


def _learned_rows(trial: Trial) -> Table:
    rows = [(row.text, _title(row.guessed), _title(row.chosen), WHO[row.who]) for row in trial.split.learn]
    return Table(title="Что учим", columns=("слова", "угадано", "выбрано", "кто"), rows=rows)


def _title(code: str) -> str:
    problem = shipped().get(code)
    return problem.title if problem else code or NOTHING


def _as_text(table: Table, max_width: int = 40) -> str:
    """Return a table in columns of one width; long cells are cut."""
    cells = [[_cut(str(cell), max_width) for cell in row] for row in (table.columns, *table.rows)]
    widths = [max(len(row[column_number]) for row in cells) for column_number in range(len(table.columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join((f"{table.title}:", *(f"  {line}" for line in lines)))


def _cut(cell: str, max_width: int) -> str:
    flat = " ".join(cell.split())
    return flat if len(flat) <= max_width else flat[: max_width - 1] + "…"
