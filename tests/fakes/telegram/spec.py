"""Checks requests, answers and updates against the published description of the Bot API (`tests/data/telegram`).

Strict on purpose: a field the description does not know, or a type that was not kept, is a violation.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "data" / "telegram" / "bot_api.json"
SPEC: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
METHODS: dict[str, dict[str, Any]] = {name.lower(): {"name": name, **m} for name, m in SPEC["methods"].items()}
FILE = "InputFile"


class SpecError(AssertionError):
    """Something is not as the Bot API describes it; the text says where."""


def split(described: str) -> tuple[list[str], bool]:
    """Read ``"Integer | String ?"`` into its types and whether it is required."""
    return described.removesuffix(" ?").split(" | "), not described.endswith(" ?")


def check_request(method: str, parameters: dict[str, Any]) -> None:
    _check_fields(parameters, METHODS[method.lower()]["fields"], method)


def check_result(method: str, result: Any) -> None:
    _check_union(result, split(METHODS[method.lower()]["returns"])[0], f"{method}()")


def check_type(value: Any, name: str) -> None:
    _check(value, name, name)


def _check(value: Any, name: str, where: str) -> None:
    if name.startswith("Array of "):
        if not isinstance(value, list):
            raise SpecError(f"{where}: no array")
        for number, item in enumerate(value):
            _check(item, name.removeprefix("Array of "), f"{where}[{number}]")
        return
    if name in PLAIN:
        if not PLAIN[name](value):
            raise SpecError(f"{where}: {value!r} is no {name}")
        return
    described = SPEC["types"].get(name)
    if described is None:
        raise SpecError(f"{where}: type {name} is not kept in {DATA.name}")
    if "subtypes" in described:
        _check_union(value, described["subtypes"], where)
    elif not isinstance(value, dict):
        raise SpecError(f"{where}: no object")
    else:
        _check_fields(value, described["fields"], where)


def _check_union(value: Any, names: list[str], where: str) -> None:
    errors = []
    for name in names:
        try:
            _check(value, name, where)
        except SpecError as error:
            errors.append(str(error))
        else:
            return
    raise SpecError(" / ".join(errors))


def _check_fields(value: dict[str, Any], fields: dict[str, str], where: str) -> None:
    if unknown := value.keys() - fields.keys():
        raise SpecError(f"{where}: unknown {sorted(unknown)}")
    for name, described in fields.items():
        types, required = split(described)
        if name in value:
            _check_union(value[name], types, f"{where}.{name}")
        elif required:
            raise SpecError(f"{where}: {name} is missing")


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


PLAIN: dict[str, Callable[[Any], bool]] = {
    "Integer": _is_integer,
    "Float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "String": lambda value: isinstance(value, str),
    "Boolean": lambda value: isinstance(value, bool),
    "True": lambda value: value is True,
    FILE: lambda value: isinstance(value, bytes),
}


def decode(method: str, form: dict[str, Any]) -> dict[str, Any]:
    """Read form fields, which are all text, into the types the method takes; parts with files are bytes already.

    Raises:
        SpecError: a field is unknown or not readable as its type.
    """
    fields = METHODS[method.lower()]["fields"]
    decoded = {}
    for name, value in form.items():
        if name not in fields:
            raise SpecError(f"{method}: unknown field {name}")
        decoded[name] = _decode_field(value, split(fields[name])[0], f"{method}.{name}")
    return decoded


def _decode_field(value: Any, types: list[str], where: str) -> Any:
    if not isinstance(value, str):
        return value
    if "Integer" in types and value.lstrip("-").isdigit():
        return int(value)
    if "String" in types:
        return value
    try:
        return json.loads(value.lower() if types == ["Boolean"] else value)
    except ValueError as error:
        raise SpecError(f"{where}: {value[:80]!r} is no JSON") from error
