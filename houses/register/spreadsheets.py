"""Read tables from files: CSV of any usual kind, and sheets of an Excel workbook. Values are texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zipfile import BadZipFile

from errors import ConfigError

SEPARATORS = (";", "\t", ",")
MOST_COLUMNS = 200
MOST_CELLS = 5_000_000  # a larger workbook is no register of houses


@dataclass(slots=True)
class Sheet:
    """columns: headings that are not empty. rows: number in the file, and values by heading."""

    name: str = ""
    columns: list[str] = field(default_factory=list)
    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    is_foreign: bool = False  # from another program: unknown columns are ignored


def is_workbook(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04")


def csv_sheet(data: bytes) -> Sheet:
    """Read a CSV: UTF-8 or Windows-1251; semicolon, tab or comma, whichever is the most frequent in the first line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1251", "replace")  # what Excel writes on a Russian Windows
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    headings = [heading.strip() for heading in next(reader, [])]
    sheet = Sheet(columns=[heading for heading in headings if heading])
    for values in reader:
        sheet.rows.append((reader.line_num, dict(zip(headings, values, strict=False))))
    return sheet


def workbook(name: str, data: bytes) -> list[Sheet]:
    """Read the sheets of an .xlsx; the headings are in the first row with two or more texts.

    Raises:
        ConfigError: the file is no workbook, or a sheet is too large.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise ConfigError(f"{name}: это не книга Excel (.xlsx); сохраните её заново или возьмите CSV") from error
    try:
        return [
            _sheet(sheet.title, sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS)) for sheet in book.worksheets
        ]
    finally:
        book.close()


def _sheet(title: str, rows: Iterator[tuple[object, ...]]) -> Sheet:
    sheet, headings, cells = Sheet(name=title, is_foreign=True), list[str](), 0
    for number, values in enumerate(rows, 1):
        cells += len(values)
        if cells > MOST_CELLS:
            raise ConfigError(f"лист «{title}»: слишком велик; оставьте в книге только список домов")
        texts = [_text(value) for value in values]
        if headings:
            sheet.rows.append(
                (number, {heading: text for heading, text in zip(headings, texts, strict=False) if heading})
            )
        elif sum(bool(text) and not text[0].isdigit() for text in texts) >= 2:
            headings = texts
            sheet.columns = [heading for heading in headings if heading]
    return sheet


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return " ".join(str(value).split())
