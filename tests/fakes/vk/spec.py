"""Checks requests, answers and events against VK's own schema (`tests/data/vk`), as JSON Schema Draft 7.

Strict on purpose: a parameter that the schema does not know is a violation, and so is a keyboard beyond VK's limits.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator  # type: ignore[import-untyped]  # ships no types
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

DATA = Path(__file__).parents[2] / "data" / "vk" / "vk_api.json"
SPEC: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
METHODS: dict[str, Any] = SPEC["methods"]
SPEC["definitions"]["callback_type"]["enum"].append("message_event")  # VK sends it; its list of types has no such entry
METHODS["execute"]["parameters"]["code"] = {"type": "string", "x-required": True}  # described in words only
REGISTRY: Registry[Any] = Registry().with_resource("vk", Resource.from_contents(SPEC, default_specification=DRAFT7))
OF_ALL = ("v", "lang", "access_token")

Json = dict[str, Any]


class SpecError(AssertionError):
    """Something is not as VK describes it; the text says where."""


@cache
def _validator(name: str) -> Draft7Validator:
    return Draft7Validator({"$ref": f"vk#/definitions/{name}"}, registry=REGISTRY)


def check(value: Any, name: str) -> None:
    """Check a value against a definition. Raises `SpecError`."""
    for error in _validator(name).iter_errors(value):
        raise SpecError(f"{name}: {error.json_path}: {error.message[:300]}")


def parameters_of(method: str, form: dict[str, str]) -> Json:
    """Read form fields, which are all text, into the types the method takes, and check them.

    Raises:
        SpecError: a parameter is unknown, missing, or of another type.
    """
    described = METHODS[method]["parameters"]
    given = {name: value for name, value in form.items() if name not in OF_ALL}
    if unknown := given.keys() - described.keys():
        raise SpecError(f"{method}: unknown {sorted(unknown)}")
    for name, one in described.items():
        if one.get("x-required") and name not in given:
            raise SpecError(f"{method}: {name} is missing")
    read = {name: _read(value, described[name], f"{method}.{name}") for name, value in given.items()}
    for name, value in read.items():
        for error in Draft7Validator(described[name]).iter_errors(value) if "$ref" not in str(described[name]) else ():
            raise SpecError(f"{method}.{name}: {error.message[:300]}")
    return read


def check_parameters(method: str, parameters: Json) -> Json:
    """The same for a call inside `execute`, whose parameters are JSON."""
    return parameters_of(method, {name: str(value) for name, value in parameters.items()})


def _read(value: str, described: Json, where: str) -> Any:
    kind = described.get("type")
    try:
        if kind == "integer" or kind == ["integer", "string"]:
            return int(value)
        if kind == "number":
            return float(value)
        if kind == "boolean":
            return bool(("0", "1").index(value))
        if kind == "array":
            item = described.get("items", {})
            return [_read(part, item, where) for part in value.split(",")]
    except ValueError as error:
        raise SpecError(f"{where}: {value[:80]!r} is no {kind}") from error
    return value


def check_response(method: str, answer: Json) -> None:
    if name := METHODS[method]["response"]:
        check(answer, name)


def check_error(error: Json) -> None:
    check({"inner_type": "base_error", **error}, "base_error")  # its schema's own tag, which VK does not send
    if str(error["error_code"]) not in SPEC["errors"]:
        raise SpecError(f"VK has no error {error['error_code']}")


def check_event(event: Json) -> None:
    """Check the envelope and the object of an event."""
    check(event, "callback_base")
    held = event["object"]
    if event["type"] == "message_event" and not isinstance(held.get("payload"), str):
        held = {**held, "payload": json.dumps(held.get("payload"))}  # the schema says text, VK gives an object
    check(
        held, "callback_message" if event["type"] in ("message_edit", "message_reply") else f"callback_{event['type']}"
    )
    if event["type"] == "message_new" and not {"message", "client_info"} <= held.keys():
        raise SpecError("message_new has message and client_info")


def keyboard_of(text: str) -> Json:
    """Read and check a keyboard: the schema, then the limits of dev.vk.com/ru/api/bots/development/keyboard."""
    keyboard: Json = json.loads(text)
    check(keyboard, "messages_keyboard")
    if unknown := keyboard.keys() - {"one_time", "inline", "buttons"}:
        raise SpecError(f"keyboard: unknown {sorted(unknown)}")
    rows: list[list[Json]] = keyboard["buttons"]
    wide, high, most = (5, 6, 10) if keyboard.get("inline") else (5, 10, 40)
    count = sum(map(len, rows))
    if any(not 1 <= len(row) <= wide for row in rows) or len(rows) > high or count > most:
        raise SpecError(f"keyboard: {[len(row) for row in rows]}")
    for action in (button["action"] for row in rows for button in row):
        if len(action.get("label", "x").encode("utf-16-le")) // 2 > 40 or len(action.get("payload", "").encode()) > 255:
            raise SpecError("keyboard: label or payload is too long")
        json.loads(action.get("payload", "{}"))
    return keyboard
