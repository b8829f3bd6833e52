"""Read the problems that residents report from `problems.yaml`. Pure once read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from errors import ConfigError
from tickets.lifecycle.types import Priority, Problem

SHIPPED = Path(__file__).with_name("problems.yaml")
BASES = ("law", "law_react", "policy")
SCOPES = ("", "house", "entrance")


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, Problem]:
    """Return the problems that come with the program, by code, in the file's order."""
    return load_problems(SHIPPED)


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
