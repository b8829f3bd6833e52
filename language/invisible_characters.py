"""Remove characters that cannot be seen: zero-width signs and accents inside words. Pure.

They come from messengers, from copied text and from people who try to evade a filter. A word must stay one word.
"""

from __future__ import annotations

import re
import unicodedata

# Soft hyphen, Arabic letter mark, zero-width space, joiners and direction marks, word joiner, byte-order mark, tags.
_HIDDEN = re.compile(
    "(?<=\\w)[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]+(?=\\w)"
)
_ACCENT = re.compile("(?<=\\w)[\u0300-\u0305\u0307\u0309-\u036f]+")  # not the breve of й and the dots of ё
_ANY = re.compile("[\u00ad\u0300-\u036f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")


def visible(text: str) -> str:
    """Return a text without invisible characters inside its words; most texts come back unchanged."""
    if text.isascii() or not _ANY.search(text):
        return text
    return unicodedata.normalize("NFC", _ACCENT.sub("", _HIDDEN.sub("", text)))
