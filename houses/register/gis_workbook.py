"""Read the workbook «Характеристики МКД» of ГИС ЖКХ, and any plain workbook with one row per house.

Source: export template of ГИС ЖКХ, sheets «Характеристики МКД», «Подъезды», «Жилые помещения», «Лифты»; each sheet has
the address in its first column, and counts of entrances, flats and lifts are rows of the other sheets.
"""

from __future__ import annotations

from collections import Counter

from errors import ConfigError
from houses.register.spreadsheets import Sheet, workbook

# Our column -> beginnings of its heading, plain. The first heading in the sheet counts.
_HEADINGS = {
    "address": ("адрес",),
    "fias_guid": ("фиас", "глобальный уникальный", "код дома по фиас"),
    "year": ("год ввода", "год постройки"),
    "floors": (
        "количество этажей, наибольшее",
        "этажи наибольшее",
        "наибольшее количество этажей",
        "количество этажей",
    ),
    "timezone": ("часовая зона", "часовой пояс"),
}
_COUNTED = {"entrances": "подъезды", "flats": "жилые помещения", "lifts": "лифты"}


def houses(name: str, data: bytes) -> Sheet:
    """Return the houses of a workbook as one sheet with our columns.

    Raises:
        ConfigError: the file is no workbook, or no sheet has addresses.
    """
    sheets = [sheet for sheet in workbook(name, data) if sheet.columns]
    main = next((sheet for sheet in sheets if _plain(sheet.name).startswith("характеристики")), None)
    if main is None:
        if not sheets:
            raise ConfigError(f"{name}: в книге нет листа с названиями столбцов")
        return sheets[0]  # a register of the company's own, in Excel
    headings = {heading: column for column in _HEADINGS if (heading := _heading(main, column))}
    if "address" not in headings.values():
        raise ConfigError(f"{name}: на листе «{main.name}» нет столбца «Адрес»")
    counts = {column: _count(sheets, title) for column, title in _COUNTED.items()}
    made = Sheet(name=main.name, columns=[*headings.values(), *counts], is_foreign=True)
    for number, row in main.rows:
        values = {column: row.get(heading, "") for heading, column in headings.items()}
        address = values["address"]
        values["fias_guid"] = _guid(values.get("fias_guid", ""))
        values |= {column: str(count[address]) for column, count in counts.items() if count[address]}
        if address:
            made.rows.append((number, values))
    return made


def _heading(sheet: Sheet, column: str) -> str:
    for start in _HEADINGS[column]:
        for heading in sheet.columns:
            if _plain(heading).startswith(start):
                return heading
    return ""


def _count(sheets: list[Sheet], title: str) -> Counter[str]:
    """Count the rows of each address on a sheet."""
    sheet = next((candidate for candidate in sheets if _plain(candidate.name).startswith(title)), None)
    if sheet is None:
        return Counter()
    heading = next((column for column in sheet.columns if _plain(column).startswith("адрес")), "")
    return Counter(row[heading] for _, row in sheet.rows if row.get(heading))


def _guid(text: str) -> str:
    """Return the ФИАС GUID; '' when the column holds the code of the house in ГИС ЖКХ instead."""
    return text if text.count("-") == 4 else ""


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("ё", "е").split())
