"""The part of VKScript that we write: ``return [API.messages.send({…}),…];``."""

from __future__ import annotations

import json
from typing import Any

MOST_CALLS = 25
CALL = "API.messages.send("


class ScriptError(Exception):
    """VK could not compile (12) or run (13) the program."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


def calls_of(code: str) -> list[dict[str, Any]]:
    """Return the parameters of the calls, in order. Raises `ScriptError`."""
    if not code.startswith("return [") or not code.endswith("];") or "\u2028" in code or "\u2029" in code:
        raise ScriptError(12)
    rest, calls = code.removeprefix("return [").removesuffix("];"), []
    while rest:
        if not rest.startswith(CALL):
            raise ScriptError(12)
        try:
            parameters, end = json.JSONDecoder().raw_decode(rest, len(CALL))
        except ValueError:
            raise ScriptError(12) from None
        if not isinstance(parameters, dict) or rest[end : end + 1] != ")":
            raise ScriptError(12)
        calls.append(parameters)
        rest = rest[end + 1 :]
        if rest:
            if not rest.startswith(","):
                raise ScriptError(12)
            rest = rest[1:]
    if len(calls) > MOST_CALLS:
        raise ScriptError(13)
    return calls
