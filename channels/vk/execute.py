"""Write and read `execute`: a VKScript program of up to 25 sends in one request. Pure.

Each call has its own `random_id`, so a repeat of the whole request sends nothing twice. A failed call is ``false`` in
the answer. The errors are listed separately, in the order of the calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from channels.contract import SendError
from channels.vk.errors import error_of_code
from channels.vk.outgoing import Parameters, as_json

MOST_CALLS = 25


def program(calls: Sequence[Parameters]) -> str:
    """Return the VKScript that makes calls of `messages.send` one after another.

    Parameters are JSON literals, which VKScript accepts. JSON allows two line ends inside a string that ECMAScript
    forbids; they are written as plain line ends.
    """
    written = ",".join(f"API.messages.send({as_json(call)})" for call in calls)
    return f"return [{written}];".replace("\u2028", "\\n").replace("\u2029", "\\n")


def outcomes(answer: Mapping[str, Any], count: int) -> list[str | SendError]:
    """Return the id or the error of each message. A message missing in the answer is ``unknown``."""
    answers, errors = answer.get("response"), answer.get("execute_errors")
    answers = answers if isinstance(answers, list) else []
    codes = [_code(error) for error in errors if _is_of_send(error)] if isinstance(errors, list) else []
    results: list[str | SendError] = []
    for place in range(count):
        result = answers[place] if place < len(answers) else None
        if isinstance(result, int) and not isinstance(result, bool) and result > 0:
            results.append(str(result))
        elif result is False and codes:
            results.append(error_of_code(codes.pop(0)))
        else:
            results.append(SendError("unknown", retryable=True, detail="not in the answer of execute"))
    return results


def _is_of_send(error: object) -> bool:
    return isinstance(error, Mapping) and error.get("method") == "messages.send"


def _code(error: Mapping[str, Any]) -> int:
    code = error.get("error_code")
    return code if isinstance(code, int) else 1
