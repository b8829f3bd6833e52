"""The workbook «Характеристики МКД» of ГИС ЖКХ, and any plain workbook with one row per house.

Source: export template of ГИС ЖКХ, sheets «Характеристики МКД», «Подъезды», «Жилые помещения», «Лифты»; each sheet has
the address in its first column, and counts of entrances, flats and lifts are rows of the other sheets.
"""

from __future__ import annotations

from collections import Counter

from errors import ConfigError
from houses.register.spreadsheets import Sheet, workbook

# Our column -> how the heading begins, plain. The first one that is there counts.
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
        ConfigError: it is no workbook, or no sheet has addresses.
    """
    sheets = [sheet for sheet in workbook(name, data) if sheet.columns]
    main = next((sheet for sheet in sheets if _plain(sheet.name).startswith("характеристики")), None)
    if main is None:
        if not sheets:
            raise ConfigError(f"{name}: в книге нет листа с названиями столбцов")
        return sheets[0]  # a register of one's own kept in Excel
    headings = {heading: column for column in _HEADINGS if (heading := _heading(main, column))}
    if "address" not in headings.values():
        raise ConfigError(f"{name}: на листе «{main.name}» нет столбца «Адрес»")
    counts = {column: _count(sheets, title) for column, title in _COUNTED.items()}
    made = Sheet(name=main.name, columns=[*headings.values(), *counts], is_foreign=True)
    for number, row in main.rows:
        one = {column: row.get(heading, "") for heading, column in headings.items()}
        address = one["address"]
        one["fias_guid"] = _guid(one.get("fias_guid", ""))
        one |= {column: str(count[address]) for column, count in counts.items() if count[address]}
        if address:
            made.rows.append((number, one))
    return made


def _heading(sheet: Sheet, column: str) -> str:
    for start in _HEADINGS[column]:
        for heading in sheet.columns:
            if _plain(heading).startswith(start):
                return heading
    return ""


def _count(sheets: list[Sheet], title: str) -> Counter[str]:
    """Count the rows of each address on a sheet."""
    sheet = next((one for one in sheets if _plain(one.name).startswith(title)), None)
    heading = next((one for one in sheet.columns if _plain(one).startswith("адрес")), "") if sheet else ""
    return Counter(row[heading] for _, row in sheet.rows if row.get(heading)) if sheet and heading else Counter()


def _guid(text: str) -> str:
    """The column holds the ФИАС GUID or the house's own code in ГИС ЖКХ, which is none."""
    return text if text.count("-") == 4 else ""


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("ё", "е").split())
