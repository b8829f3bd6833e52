"""The problems residents report, read from `classifier.yaml`, with more ways to say them from `examples/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from channels.contract import ConfigError
from tickets.types import Priority, Problem

SHIPPED = Path(__file__).with_name("classifier.yaml")
EXAMPLES = Path(__file__).with_name("examples")
NONE, NOTHING = "none", "nothing"  # of `examples/none.yaml`
BASES = ("law", "law_react", "policy")
SCOPES = ("", "house", "entrance")


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, Problem]:
    """Return the problems that come with the program, by code, in the file's order."""
    return with_examples(load_problems(SHIPPED), EXAMPLES)


@lru_cache(maxsize=1)
def no_trouble() -> Mapping[str, str]:
    """Return texts that only sound like a trouble, each with the code it should get, or "" for none."""
    rows = _examples(EXAMPLES / "none.yaml").get(NONE, {})
    known = shipped()
    if unknown := set(rows) - set(known) - {NOTHING}:
        raise ConfigError(f"none.yaml: проблемы {min(unknown)} нет в классификаторе")
    return {text: "" if code == NOTHING else code for code, texts in rows.items() for text in texts}


def with_examples(problems: Mapping[str, Problem], folder: Path) -> Mapping[str, Problem]:
    """Add the examples of a folder's files, each ``{code: [text, ...]}``; a group `none` is left out.

    Raises:
        ConfigError: a file cannot be read, or names a problem that is not there; the text says which.
    """
    found = dict(problems)
    for path in sorted(folder.glob("*.yaml")):
        for code, texts in _examples(path).items():
            if code == NONE:
                continue
            if code not in found:
                raise ConfigError(f"{path.name}: проблемы {code} нет в классификаторе")
            if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
                raise ConfigError(f"{path.name}: у проблемы {code} нужен список строк; с двоеточием — в кавычках")
            found[code] = replace(found[code], examples=(*found[code].examples, *texts))
    return found


def _examples(path: Path) -> dict[str, Any]:
    try:
        rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path.name}: как примеры не читается: {error}") from error
    if not isinstance(rows, dict):
        raise ConfigError(f"{path.name}: нужны коды проблем со списками примеров")
    return rows


def load_problems(path: Path) -> Mapping[str, Problem]:
    """Read a classifier file.

    Raises:
        ConfigError: the file cannot be read, or a row lacks a field or names something unknown; the text says which.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        rows = [(category, row) for category in data["categories"] for row in category["problems"]]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise ConfigError(f"{path.name}: как классификатор не читается: {error}") from error
    problems: dict[str, Problem] = {}
    for category, row in rows:
        problem = _problem(path.name, data, category, row)
        if problem.code in problems:
            raise ConfigError(f"{path.name}: проблема {problem.code} встречается дважды; коды не повторяются")
        problems[problem.code] = problem
    return problems


def _problem(name: str, data: dict[str, Any], category: dict[str, Any], row: dict[str, Any]) -> Problem:
    try:
        external = row.get("external", "")
        problem = Problem(
            code=row["code"],
            title=row["title"],
            category=category["code"],
            category_title=category["title"],
            priority=Priority(row["priority"]),
            react_minutes=int(row["sla"]["react"]),
            resolve_minutes=int(row["sla"]["resolve"]),
            trade=row["trade"],
            trade_title=data["trades"][row["trade"]],
            basis=row["sla"]["basis"],
            scope=row.get("scope", ""),
            safety=row.get("safety", ""),
            external=data["external"][external] if external else "",
            examples=tuple(row.get("examples", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{name}: проблема {row.get('code', '?')}: поле неверно или его нет: {error}") from error
    if problem.basis not in BASES or not 0 < problem.react_minutes <= problem.resolve_minutes:
        raise ConfigError(f"{name}: проблема {problem.code}: в sla нужны известное основание и 0 < react <= resolve")
    if problem.scope not in SCOPES or (problem.scope and problem.safety):
        raise ConfigError(f"{name}: проблема {problem.code}: scope бывает house или entrance, и только без safety")
    return problem
