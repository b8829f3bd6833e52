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
_CLUSTER = re.compile("[бвгджзклмнпрстфхцчшщ]{5}")
_LATIN = re.compile("[a-z]")
_RUSSIAN = re.compile("[а-яё]")
_MIXED = re.compile("[a-zа-яё]+", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[.,](?=\s|\d|$)")  # of a text by the wrong keys: here signs, not letters
_ALIKE = str.maketrans("aceopxykmtbhn", "асеорхукмтвни")
_ALIKE_ALONE = str.maketrans("aceopxykmt", "асеорхукмт")
_LATIN_WORD = re.compile(r"[a-z']{2,}")
# Letters of Russian texts from the most to the least frequent.
_FREQUENT = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъ"
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


@lru_cache(maxsize=1024)
def readings(text: str) -> tuple[str, ...]:
    """Return what a text may mean in Russian letters, for somebody who can tell which one makes sense.

    A text without a Russian letter has two readings, by the keys and by the sound. In a Russian text Latin look-alikes
    and Latin words are turned; a lone letter only where it can be but one: "12B" stays.
    """
    lower = text.lower()
    if not _LATIN.search(lower):
        return (text,)
    if _RUSSIAN.search(lower):
        return (_MIXED.sub(_turned, text),)
    keys = _PUNCTUATION.sub(" ", lower).translate(_KEYS)
    return tuple(dict.fromkeys((keys, _spelled(lower))))


def _turned(found: re.Match[str]) -> str:
    word = found.group().lower()
    if not _LATIN.search(word):
        return found.group()
    if len(word) > 1 and not _RUSSIAN.search(word):
        return _spelled(word)
    return word.translate(_ALIKE if len(word) > 1 else _ALIKE_ALONE)


def _spelled(text: str) -> str:
    for sound, letter in _SOUNDS:
        text = text.replace(sound, letter)
    return text


def _likeness(text: str) -> float:
    """How much a text looks like Russian: words with a usual share of vowels, made of frequent letters."""
    parts = re.findall(r"[а-яё]+", text.lower())
    if not parts:
        return 0.0
    usual = sum(_is_usual(word) for word in parts) / len(parts)
    letters = "".join(parts).replace("ё", "е")
    rank = sum(_FREQUENT.index(letter) for letter in letters) / len(letters) / len(_FREQUENT)  # 0 best, 1 worst
    odd = len(re.findall(r"[\[\];'`]|[a-z]", text))
    return usual - rank - 0.1 * odd


def _is_usual(word: str) -> bool:
    vowels = sum(letter in _VOWELS for letter in word) / len(word)
    return (0.2 <= vowels <= 0.67 or len(word) < 3) and word[0] not in "ъьы" and not _CLUSTER.search(word)
