"""Load the knowledge base: questions and answers from YAML files, checked as a whole.

A file is a list of entries: id, question, answer, and optionally topic, variants, follow_up, problem, seasonal (answers
for parts of the year) and for_houses (answers for some houses, see `faq.base.house_answers`). Placeholders in answers,
like ``{company_phone}``, are filled from the settings. A sentence whose placeholder is empty is left out. An entry
whose answer becomes empty is left out too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from errors import ConfigError
from faq.base.conditions import answers_for_houses, is_text, seasons
from faq.base.placeholders import Filler
from faq.types import FaqEntry
from language.normalise import plain

_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FIELDS = frozenset({"id", "topic", "question", "variants", "answer", "follow_up", "problem", "seasonal", "for_houses"})


@dataclass(frozen=True, slots=True)
class Repeat:
    """The entries `first` and `second` have the same question."""

    first: str
    second: str
    text: str


@dataclass(frozen=True, slots=True)
class Base:
    """entries: in the files' order. left_out: ids of entries that need a fact the company has not given."""

    entries: tuple[FaqEntry, ...]
    left_out: tuple[str, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()  # (id of an entry, name of a fact) of sentences left out
    repeats: tuple[Repeat, ...] = ()  # always empty after `load_base`


def load_base(path: Path, placeholders: Mapping[str, str]) -> Base:
    """Read one YAML file, or all of a folder in the order of their names.

    Raises:
        ConfigError: something in it cannot be used; the text names file and entry and says what is wrong.
    """
    base = read_base(path, placeholders)
    if base.repeats:
        repeat, more = base.repeats[0], len(base.repeats) - 1
        first, second, text = repeat.first, repeat.second, repeat.text
        others = f" (и ещё таких: {more}; все покажет ./domovoy faq check)" if more else ""
        raise ConfigError(f"в записях {first} и {second} один и тот же вопрос {text!r}; уберите его из одной{others}")
    return base


def read_base(path: Path, placeholders: Mapping[str, str]) -> Base:
    """Read a base as `load_base` does, but put questions that occur twice into `Base.repeats` instead of raising.

    Raises:
        ConfigError: anything else in it cannot be used.
    """
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    if not files or not path.exists():
        raise ConfigError(f"company.faq: базы знаний {path} нет; укажите файл YAML или папку с ними")
    entries: dict[str, FaqEntry] = {}
    left_out: list[str] = []
    missing: list[tuple[str, str]] = []
    for file in files:
        for row in _rows(file):
            filler = Filler(placeholders)
            entry = _entry(file.name, row, filler)
            missing += [(entry.id, name) for name in filler.missing]
            if entry.id in entries or entry.id in left_out:
                raise ConfigError(f"{file.name}: запись {entry.id} встречается дважды; id не повторяются")
            if entry.answer:
                entries[entry.id] = entry
            else:
                left_out.append(entry.id)
    _check_follow_ups(entries, left_out)
    return Base(tuple(entries.values()), tuple(left_out), tuple(missing), _repeats(entries))


def _rows(file: Path) -> list[Any]:
    try:
        rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file.name}: не читается: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", строка {mark.line + 1}" if mark else ""
        raise ConfigError(f"{file.name}{where}: здесь нарушен YAML; проверьте отступы и кавычки") from error
    if not isinstance(rows, list):
        raise ConfigError(f"{file.name}: нужен список записей, каждая начинается с `- id:`")
    return rows


def _entry(name: str, row: Any, filler: Filler) -> FaqEntry:
    if not isinstance(row, dict):
        raise ConfigError(f"{name}: {str(row)[:40]!r} не запись; запись начинается с `- id:`")
    entry_id = row.get("id")
    if not isinstance(entry_id, str) or not _ID.fullmatch(entry_id):
        raise ConfigError(f"{name}: id {entry_id!r}: нужно до 40 знаков a-z, 0-9 и _, первой буква")
    where = f"{name}: запись {entry_id}"
    if unknown := {str(field) for field in row} - _FIELDS:
        raise ConfigError(f"{where}: поля {min(unknown)} нет; бывают: {', '.join(sorted(_FIELDS))}")
    for field in ("question", "answer"):
        if not is_text(row.get(field)):
            raise ConfigError(f"{where}: поле {field} пусто или его нет")
    variants, follow_up = row.get("variants") or [], row.get("follow_up") or []
    for field, values in (("variants", variants), ("follow_up", follow_up)):
        if not isinstance(values, list) or not all(map(is_text, values)):
            raise ConfigError(f"{where}: в поле {field} нужен список строк")
    return FaqEntry(
        id=entry_id,
        topic=str(row.get("topic") or ""),
        question=row["question"].strip(),
        variants=tuple(variants),
        answer=filler.fill(where, row["answer"]),
        follow_up=tuple(follow_up),
        problem=str(row.get("problem") or ""),
        seasonal=seasons(where, row.get("seasonal"), filler.fill),
        for_houses=answers_for_houses(where, row.get("for_houses"), filler.fill),
    )


def _repeats(entries: Mapping[str, FaqEntry]) -> tuple[Repeat, ...]:
    owner: dict[str, str] = {}
    repeats = []
    for entry in entries.values():
        for text in (entry.question, *entry.variants):
            first = owner.setdefault(plain(text), entry.id)
            if first != entry.id:
                repeats.append(Repeat(first, entry.id, text))
    return tuple(repeats)


def _check_follow_ups(entries: Mapping[str, FaqEntry], left_out: list[str]) -> None:
    for entry in entries.values():
        for target in entry.follow_up:
            if target not in entries and target not in left_out:
                raise ConfigError(
                    f"запись {entry.id}: в follow_up названа {target}, а такой записи нет; исправьте или уберите"
                )
