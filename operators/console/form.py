"""Reader of submitted forms: every page takes its fields from here, and a wrong one becomes a `FormError`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web

import epoch

LONGEST_ID = 18  # digits; ids of both databases are signed 64-bit numbers


class FormError(Exception):
    """A field cannot be used; the text tells the dispatcher what helps."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one form. A missing field reads like an empty one; spaces around a value do not count."""

    fields: Mapping[str, str | bytes | bytearray | web.FileField]

    @classmethod
    async def of(cls, request: web.Request) -> Form:
        """Read the body of a POST; reading it again costs nothing."""
        return cls(await request.post())

    def raw(self, name: str) -> str:
        """Return a text exactly as it was typed: passwords, and drafts that are shown again."""
        value = self.fields.get(name, "")
        return value if isinstance(value, str) else ""

    def text(self, name: str, longest: int | None = None, *, required: str = "") -> str:
        """Return a text, cut at `longest` characters.

        required: the message for an empty field; without it an empty field is allowed.

        Raises:
            FormError: the field is required and empty.
        """
        text = self.raw(name).strip()[:longest]
        if required and not text:
            raise FormError(required)
        return text

    def texts(self, names: Collection[str], longest: int | None = None) -> dict[str, str]:
        """Return several texts by name, to check them and to show the form again."""
        return {name: self.text(name, longest) for name in names}

    def choice(self, name: str, allowed: Collection[str], error: str) -> str:
        """Return one of the allowed values. Raises `FormError` for any other."""
        value = self.text(name)
        if value not in allowed:
            raise FormError(error)
        return value

    def id(self, name: str) -> int:
        """Return the id of a row. Raises 404 for anything that no row can have as its id."""
        number = id_of(self.text(name))
        if number is None:
            raise web.HTTPNotFound
        return number

    def is_checked(self, name: str) -> bool:
        """Return whether a checkbox with the value 1 is checked."""
        return self.raw(name) == "1"

    def moment_ms(self, name: str, zone: ZoneInfo, error: str) -> int:
        """Return a date and time, typed in the time zone, as milliseconds since 1970 UTC. Raises `FormError`."""
        try:
            return epoch.to_ms(datetime.fromisoformat(self.text(name)).replace(tzinfo=zone))
        except (ValueError, OverflowError) as wrong:
            raise FormError(error) from wrong

    def file(self, name: str) -> web.FileField | None:
        """Return an attached file; None when none was chosen."""
        value = self.fields.get(name)
        return value if isinstance(value, web.FileField) else None


def id_of(text: str) -> int | None:
    """Return the id that a text of a form or an address names; None when it is no id."""
    is_id = text.isascii() and text.isdigit() and len(text) <= LONGEST_ID
    return int(text) if is_id else None
