"""Search by a phone, an address, a number or a name: the pieces of a condition that several lists share."""

from __future__ import annotations

from models.database.connection import TENANT, Connection

PAGE = 30  # rows of a list


def like(text: str) -> str:
    """Return the pattern of `LIKE ? ESCAPE '!'` for texts that hold this one."""
    for character in "!%_":
        text = text.replace(character, f"!{character}")
    return f"%{text}%"


def phone_digits(text: str) -> str:
    """Return the digits of a searched phone without the leading 8 or 7; '' when the text is no part of a phone."""
    digits = "".join(filter(str.isdecimal, text))
    if len(digits) < 4 or any(character.isalpha() for character in text):
        return ""
    return digits[1:] if len(digits) == 11 and digits[0] in "78" else digits


async def houses_like(conn: Connection, text: str) -> list[int]:
    """Return ids of houses whose address has every word of the text, at most 200. Case is ignored, Cyrillic too."""
    words = text.casefold().replace(",", " ").split()
    rows = await conn.fetch("SELECT id, address FROM house WHERE tenant = ?", TENANT)
    return [row["id"] for row in rows if all(word in row["address"].casefold() for word in words)][:200]
