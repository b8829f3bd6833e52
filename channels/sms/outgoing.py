"""Fill in the placeholders of the gateway's request, each value encoded for its place. Pure.

A value is percent-encoded in the address, part of a string in a JSON body, a form value in a form, and unchanged in a
header. So no text can add a parameter, end a string or begin a header.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from errors import ConfigError

NAMES = ("phone", "digits", "text", "token", "key")  # phone: +79031234567; digits: 79031234567; key: of the message
_PLACE = re.compile(r"\{([A-Za-z_]+)\}")

Body = str | dict[str, Any] | list[Any]  # a form, or JSON with placeholders in its strings


def names_in(text: str) -> set[str]:
    return set(_PLACE.findall(text))


def parse_body(body: str) -> Body:
    """Return a JSON body as data, any other body (a form) unchanged.

    Raises:
        ConfigError: the body begins like JSON but is malformed.
    """
    if not body.lstrip().startswith(("{", "[")) or _PLACE.match(body.lstrip()):
        return body
    try:
        data: Body = json.loads(body)
    except ValueError as error:
        raise ConfigError(
            'channels.sms.body: похоже на JSON, но не разбирается; подстановки стоят внутри кавычек: "{text}"'
        ) from error
    return data


def values(phone: str, text: str, token: str, key: str) -> dict[str, str]:
    text = text.encode("utf-8", "ignore").decode("utf-8")
    return {"phone": phone, "digits": phone.lstrip("+"), "text": text, "token": token, "key": key}


def in_url(template: str, replacements: Mapping[str, str]) -> str:
    """Fill in an address. The result is encoded and must not be encoded again."""
    return _PLACE.sub(lambda match: quote(replacements[match[1]], safe=""), template)


def in_header(template: str, replacements: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: replacements[match[1]], template.strip())


def in_body(template: Body, replacements: Mapping[str, str]) -> tuple[bytes, str]:
    """Return the body and its Content-Type; '' without a body."""
    if isinstance(template, str):
        filled = _PLACE.sub(lambda match: quote_plus(replacements[match[1]]), template.strip())
        return filled.encode(), "application/x-www-form-urlencoded; charset=utf-8" if filled else ""
    return json.dumps(_filled(template, replacements), ensure_ascii=False).encode(), "application/json; charset=utf-8"


def _filled(part: Any, replacements: Mapping[str, str]) -> Any:
    match part:
        case str():
            return _PLACE.sub(lambda match: replacements[match[1]], part)
        case list():
            return [_filled(item, replacements) for item in part]
        case dict():
            return {name: _filled(item, replacements) for name, item in part.items()}
    return part
