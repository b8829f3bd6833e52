"""The report of a check as one HTML page without scripts: the figures, then its tables."""

from __future__ import annotations

import html
from pathlib import Path

from bot.commands.check.result import Outcome, Table
from errors import ConfigError

STYLE = """
body { font: 16px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1d2733 }
table { border-collapse: collapse; margin: .5rem 0 2rem; width: 100% }
td, th { border-bottom: 1px solid #d5dbe3; padding: .35rem .6rem; text-align: left; vertical-align: top }
th { background: #f1f4f8 } .wide { overflow-x: auto }
"""


def write(path: Path, title: str, outcome: Outcome) -> None:
    """Write the report. Raises `ConfigError` when the file cannot be written."""
    figures = Table(title="Итог", columns=("показатель", "значение"), rows=[*outcome.summary.items()])
    parts = [_table(table) for table in (figures, *outcome.tables) if table.rows]
    page = (
        f'<!doctype html>\n<html lang="ru"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style><h1>{html.escape(title)}</h1>{''.join(parts)}</html>\n"
    )
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: не записывается: {error.strerror}") from error


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in table.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    return f'<h2>{html.escape(table.title)}</h2><div class="wide"><table><tr>{head}</tr>{rows}</table></div>'
