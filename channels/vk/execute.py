"""Many messages in one request: `execute` runs up to 25 calls of a program in VKScript. Pure.

Each call has its own `random_id`, so a repeat of the whole request doubles nothing. What failed is ``false`` in the
answer, and the errors stand beside it in the order of the calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from channels.contract import SendError
from channels.vk.errors import error_of_code
from channels.vk.outgoing import Parameters, as_json

MOST_CALLS = 25


def program(calls: Sequence[Parameters]) -> str:
    """Return the VKScript that carries out calls of `messages.send` one after another.

    Parameters are JSON literals, which VKScript takes; the two line ends that JSON allows inside a string and
    ECMAScript does not are written as plain ones.
    """
    written = ",".join(f"API.messages.send({as_json(call)})" for call in calls)
    return f"return [{written}];".replace("\u2028", "\\n").replace("\u2029", "\\n")


def outcomes(answer: Mapping[str, Any], count: int) -> list[str | SendError]:
    """Return the id of each message, or what became of it; of what the answer does not say, nobody knows."""
    results, errors = answer.get("response"), answer.get("execute_errors")
    results = results if isinstance(results, list) else []
    codes = [_code(error) for error in errors if _is_of_send(error)] if isinstance(errors, list) else []
    found: list[str | SendError] = []
    for place in range(count):
        result = results[place] if place < len(results) else None
        if isinstance(result, int) and not isinstance(result, bool) and result > 0:
            found.append(str(result))
        elif result is False and codes:
            found.append(error_of_code(codes.pop(0)))
        else:
            found.append(SendError("unknown", retryable=True, detail="not in the answer of execute"))
    return found


def _is_of_send(error: object) -> bool:
    return isinstance(error, Mapping) and error.get("method") == "messages.send"


def _code(error: Mapping[str, Any]) -> int:
    code = error.get("error_code")
    return code if isinstance(code, int) else 1
