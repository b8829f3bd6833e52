"""Texts typed with the wrong keyboard layout or in Latin letters, turned back into Russian. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

_KEYS = str.maketrans("qwertyuiop[]asdfghjkl;'zxcvbnm,.`", "йцукенгшщзхъфывапролджэячсмитьбюё")
# Longest first: "shch" before "sh".
_SOUNDS = (
    *(("shch", "щ"), ("sch", "щ"), ("yo", "е"), ("jo", "е"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч")),
    *(("sh", "ш"), ("yu", "ю"), ("ju", "ю"), ("ya", "я"), ("ja", "я"), ("ye", "е"), ("yy", "ый"), ("iy", "ий")),
    *zip("abvgdeziyklmnoprstufhcjwqx'", "абвгдезийклмнопрстуфхцйвкх" + "ь", strict=True),
)
_LATIN_WORD = re.compile(r"[a-z']{2,}")
_VOWELS = set("аеиоуыэюя")
_ENGLISH_LIST = (
    "the and is are was what when how where water my no not hot cold leak help please hello hi flat house in "
    "on of to a i it there have has gas fire heating light lift broken pipe"
)
_ENGLISH = frozenset(_ENGLISH_LIST.split())


@lru_cache(maxsize=2048)
def russian(text: str) -> str:
    """Return the text as it was meant: "rjulf lfenn djle" and "kogda dadut vodu" alike; Russian and English stay."""
    lower = text.lower()
    found = _LATIN_WORD.findall(lower)
    if not found or re.search(r"[а-яё]", lower) or not _ENGLISH.isdisjoint(found):
        return text
    return max((lower.translate(_KEYS), _spelled(lower)), key=_likeness)


def _spelled(text: str) -> str:
    for sound, letter in _SOUNDS:
        text = text.replace(sound, letter)
    return text


def _likeness(text: str) -> float:
    """How much a text looks like Russian: words with a usual share of vowels and no impossible beginnings."""
    parts = re.findall(r"[а-яё]+", text.lower())
    if not parts:
        return 0.0
    good = 0
    for word in parts:
        share = sum(letter in _VOWELS for letter in word) / len(word)
        good += (
            (0.2 <= share <= 0.67 or len(word) < 3)
            and word[0] not in "ъьы"
            and not re.search("[бвгджзклмнпрстфхцчшщ]{5}", word)
        )
    odd = len(re.findall(r"[\[\];'`]|[a-z]", text))
    return good / len(parts) - 0.1 * odd
