"""Files of JSON Lines: a wrong line is refused with file and line; a result is written as a whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from errors import ConfigError

Row = dict[str, Any]
TURNS = "turns"  # the only needed field that is a list


def read(path: Path, *needed: str, objects: Sequence[str] = ()) -> list[Row]:
    """Return the objects of a file; as `numbered`, without the numbers."""
    return [row for _, row in numbered(path, *needed, objects=objects)]


def numbered(path: Path, *needed: str, objects: Sequence[str] = ()) -> list[tuple[int, Row]]:
    """Return line numbers and objects of a file, one per line; empty lines are skipped.

    needed: fields of which one must be there: ``turns`` a list of texts, all others a text. objects: fields that are
    objects where they are given.

    Raises:
        ConfigError: the file cannot be read, or a line is no such JSON object; the text names file and line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: не читается: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}, строка {line}: файл сохранён не в UTF-8; сохраните его в UTF-8") from error
    lines = enumerate(text.split("\n"), 1)  # not splitlines(): a text may hold other line separators
    try:
        rows = [(number := at, _row(line, needed, objects)) for at, line in lines if line.strip()]
    except ValueError as error:
        raise ConfigError(f"{path}, строка {number}: {error}") from error
    if not rows:
        raise ConfigError(f"{path}: в файле нет ни одной строки")
    return rows


def _row(line: str, needed: Sequence[str], objects: Sequence[str]) -> Row:
    """Read one line. Raises ValueError with the reason when it is wrong."""
    try:
        row = json.loads(line)
        json.dumps(row, ensure_ascii=False).encode()  # as it will be written: a lone half of a pair cannot be
    except UnicodeEncodeError as error:
        raise ValueError(r"в тексте половина символа (\ud800–\udfff без пары); уберите её") from error
    except (ValueError, RecursionError) as error:
        raise ValueError("это не JSON; в каждой строке нужен один объект") from error
    if not isinstance(row, dict):
        raise ValueError(f"нужен объект вида {{…}}, а стоит {line.strip()[:40]}")
    if needed and not any(_is_usable(name, row.get(name)) for name in needed):
        raise ValueError(f"нужно поле {' или '.join(map(_shape, needed))}")
    for name in objects:
        if not isinstance(row.get(name), dict | None):
            raise ValueError(f"поле {name} должно быть объектом вида {{…}}")
    return row


def _is_usable(name: str, value: object) -> bool:
    if name == TURNS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str)


def _shape(name: str) -> str:
    return f"{name}: {'список строк' if name == TURNS else 'строка'}"


def write(path: Path, rows: Iterable[Row]) -> None:
    """Write one object per line; an older file is replaced only after everything is written.

    Raises:
        ConfigError: the file cannot be written.
    """
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            try:
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
                file.close()
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise ConfigError(f"{path}: не записывается: {error.strerror}") from error


def share(right: int, of: int) -> float | None:
    """Return a share rounded to four digits; None when there was nothing to judge."""
    return round(right / of, 4) if of else None


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value (seconds) below which `part` of the values lie, in milliseconds."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000, 3) if ordered else 0.0
