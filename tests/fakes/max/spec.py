"""Checks requests, answers and updates against the published description of the MAX Bot API (`tests/data/max`).

Strict on purpose: a field the description does not know is a violation. `overlay.json` corrects what the description
itself has wrong; `tests/data/max/README.md` says what and why.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # ships no types

DATA = Path(__file__).parents[2] / "data" / "max"
HERE = "#/components/schemas/"
DROPPED = ("description", "example", "examples", "externalDocs", "readOnly", "discriminator", "format", "default")

Json = dict[str, Any]


class SpecError(AssertionError):
    """Something is not as the MAX Bot API describes it; the text says where."""


def check(value: Any, name: str) -> None:
    """Raises `SpecError` when `value` is no `name` of the description."""
    errors = sorted(validator(name).iter_errors(value), key=lambda error: len(error.absolute_path), reverse=True)
    if errors:
        first = errors[0]
        where = ".".join(map(str, first.absolute_path))
        raise SpecError(f"{name}.{where}: {first.message[:300]}")


def check_request(method: str, path: str, query: Json, body: Any) -> None:
    """Raises `SpecError` when the request is not described, or has a parameter that is not."""
    operation = SPEC["paths"].get(path, {}).get(method.lower())
    if operation is None:
        raise SpecError(f"{method} {path} is not described")
    known = {one["name"]: one for one in operation.get("parameters", ())}
    if unknown := query.keys() - known.keys():
        raise SpecError(f"{method} {path}: unknown {sorted(unknown)}")
    for name, one in known.items():
        if name in query:
            _check_parameter(query[name], one["schema"], f"{method} {path} {name}")
        elif one.get("required"):
            raise SpecError(f"{method} {path}: {name} is missing")
    described = operation.get("requestBody")
    if described is None and body is not None:
        raise SpecError(f"{method} {path} takes no body")
    if described is not None:
        check(body, described["content"]["application/json"]["schema"]["$ref"].removeprefix(HERE))


def check_answer(method: str, path: str, answer: Any) -> None:
    """Raises `SpecError` when a 200 of this request looks otherwise."""
    described = SPEC["paths"][path][method.lower()]["responses"]["200"]
    if "$ref" in described:
        described = SPEC["components"]["responses"][described["$ref"].rpartition("/")[2]]
    check(answer, described["content"]["application/json"]["schema"]["$ref"].removeprefix(HERE))


def _check_parameter(text: str, schema: Json, where: str) -> None:
    schema = SPEC["components"]["schemas"][schema["$ref"].removeprefix(HERE)] if "$ref" in schema else schema
    value: Any = text
    if schema.get("type") == "integer":
        if not text.lstrip("-").isdigit():
            raise SpecError(f"{where}: {text[:40]!r} is no number")
        value = int(text)
    plain = {name: limit for name, limit in schema.items() if name not in (*DROPPED, "nullable")}
    for error in Draft202012Validator(plain).iter_errors(value):
        raise SpecError(f"{where}: {error.message[:300]}")


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{entrance(name)}", "unevaluatedProperties": False, **DEFS})


# --- from OpenAPI 3.0 to JSON Schema 2020-12 ---


def entrance(name: str) -> str:
    """A type with subtypes has two definitions: its own fields, and the choice among its subtypes."""
    return f"{name}.any" if "discriminator" in SPEC["components"]["schemas"][name] else name


def converted(schema: Any, *, site: bool) -> Any:
    """Convert one schema. site: it describes a value by itself and is no part of an ``allOf``."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(HERE)
        found: Json = {"$ref": f"#/$defs/{entrance(name) if site else name}"}
        return {**found, "unevaluatedProperties": False} if site and is_object(name) else found
    kept = {name: value for name, value in schema.items() if name not in (*DROPPED, "nullable")}
    if isinstance(kept.get("required"), bool):
        del kept["required"]
    alone = len(kept.get("allOf", ())) == 1  # a reference wrapped so that it can have a description
    for name in ("properties", "items", "allOf", "additionalProperties"):
        if name == "properties" and name in kept:
            kept[name] = {key: converted(value, site=True) for key, value in kept[name].items()}
        elif name == "allOf" and name in kept:
            kept[name] = [converted(part, site=site and alone) for part in kept[name]]
        elif name in kept:
            kept[name] = converted(kept[name], site=True)
    return {"anyOf": [{"type": "null"}, kept]} if schema.get("nullable") else kept


def is_object(name: str) -> bool:
    schema = SPEC["components"]["schemas"][name]
    return "properties" in schema or "allOf" in schema


def choice(schema: Json) -> Json:
    """Choose the subtype by the value that names it; an unknown one is a violation."""
    field, mapping = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
    names = {value: (to["$ref"] if isinstance(to, dict) else to).removeprefix(HERE) for value, to in mapping.items()}
    rules = [
        {
            "if": {"properties": {field: {"const": value}}},
            "then": {"$ref": f"#/$defs/{name}", "unevaluatedProperties": False},
        }
        for value, name in names.items()
    ]
    return {"required": [field], "properties": {field: {"enum": list(names)}}, "allOf": rules}


def merged(base: Any, over: Any) -> Any:
    """Lay the overlay over the description: objects are merged, anything else is replaced."""
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **{name: merged(base.get(name), value) for name, value in over.items()}}
    return over


def definitions() -> Json:
    found: Json = {}
    for name, schema in SPEC["components"]["schemas"].items():
        found[name] = converted({key: value for key, value in schema.items() if key != "nullable"}, site=False)
        if "discriminator" in schema:
            found[f"{name}.any"] = choice(schema)
    return {"$defs": found}


def read(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


SPEC: Json = merged(read("bot_api.json"), read("overlay.json"))
DEFS: Json = definitions()
