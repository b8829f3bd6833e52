"""Placeholders of the gateway's request: each value is written as its place demands. Pure.

In the address a value is percent-encoded, in a JSON body it is part of a string, in a form it is a form value, in a
header it stands as it is. So no text can add a parameter, end a string or begin a header.
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

Body = str | dict[str, Any] | list[Any]  # a form, or JSON whose strings hold placeholders


def names_in(text: str) -> set[str]:
    return set(_PLACE.findall(text))


def parse_body(body: str) -> Body:
    """Return a JSON body as data, any other as it is (a form).

    Raises:
        ConfigError: it begins as JSON and is none.
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


def in_url(template: str, told: Mapping[str, str]) -> str:
    """Fill an address in; the result is encoded and must not be encoded again."""
    return _PLACE.sub(lambda match: quote(told[match[1]], safe=""), template)


def in_header(template: str, told: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: told[match[1]], template.strip())


def in_body(template: Body, told: Mapping[str, str]) -> tuple[bytes, str]:
    """Return the body and its Content-Type; '' without a body."""
    if isinstance(template, str):
        filled = _PLACE.sub(lambda match: quote_plus(told[match[1]]), template.strip())
        return filled.encode(), "application/x-www-form-urlencoded; charset=utf-8" if filled else ""
    return json.dumps(_filled(template, told), ensure_ascii=False).encode(), "application/json; charset=utf-8"


def _filled(part: Any, told: Mapping[str, str]) -> Any:
    match part:
        case str():
            return _PLACE.sub(lambda match: told[match[1]], part)
        case list():
            return [_filled(one, told) for one in part]
        case dict():
            return {name: _filled(one, told) for name, one in part.items()}
    return part
