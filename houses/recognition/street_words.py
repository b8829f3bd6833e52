"""The words of street names: endings, genders and roots, so that all cases of a name compare equal. Pure, cached."""

from __future__ import annotations

from functools import lru_cache

from language.lemmas import dictionary, is_known, lemma
from language.normalise import stem

_TITLES_LIST = (
    "академика маршала генерала адмирала капитана героя летчика космонавта профессора доктора лейтенанта имени"
)
TITLES = frozenset(_TITLES_LIST.split())


def likeness(word: str, name: str, *, preposed: bool = False) -> float:
    """Return how well a word in some case stands for a name of the same stem. preposed: a preposition is before it."""
    if gender_of(name):
        if preposed and word == name and name.endswith("ой"):
            return 0.8  # «на Лесной» is of Лесная
        if word == name:
            return 1.0
        same = gender_of(name) in genders(word)
        if not preposed and word.endswith("ой"):
            return 0.9 if same else 0.6
        return 0.99 if same else 0.6
    if word == name:
        return 1.0
    return 0.98 if lemma(name) == name and lemma(word) == name else 0.85


_ENDINGS = {
    "f": ("ая", "яя", "ую", "юю", "ой", "ей"),
    "m": ("ий", "ый", "ого", "его", "ому", "ему", "ом", "ем", "ым", "им"),
    "n": ("ое", "ее", "ого", "его", "ому", "ему", "ом", "ем", "ым", "им"),
    "p": ("ые", "ие", "ых", "их"),
}
_ADJECTIVE = frozenset(ending for endings in _ENDINGS.values() for ending in endings) | {"ыми", "ими"}


@lru_cache(maxsize=16384)
def genders(word: str) -> frozenset[str]:
    """Return the genders (f, m, n, p) that an adjective's ending allows in any case."""
    return frozenset(gender for gender, ends in _ENDINGS.items() if word.endswith(ends))


@lru_cache(maxsize=16384)
def gender_of(name: str) -> str:
    """Return the gender of an adjective in the nominative, '' of any other word."""
    if len(name) < 5:
        return ""
    ends = {"ая": "f", "яя": "f", "ий": "m", "ый": "m", "ой": "m", "ое": "n", "ее": "n", "ые": "p", "ие": "p"}
    return ends.get(name[-2:], "")


@lru_cache(maxsize=16384)
def root(word: str) -> str:
    """Cut the ending of an adjective, else of any word, so that all cases of a name meet."""
    for size in (3, 2):
        if len(word) - size >= 3 and word[-size:] in _ADJECTIVE:
            return word[:-size]
    return stem(word)


@lru_cache(maxsize=16384)
def is_adjective(word: str) -> bool:
    """Say whether a word is declined as an adjective; «Горького» and the like are names in the genitive."""
    return len(word) >= 5 and bool(genders(word))


@lru_cache(maxsize=8192)
def is_personal(word: str) -> bool:
    """Say whether a word of a street's name is a person's title or first name, which residents leave out."""
    return word in TITLES or is_first_name(word)


@lru_cache(maxsize=8192)
def is_first_name(word: str) -> bool:
    """Say whether a word is a first name in the genitive: «Максима»."""
    return is_known(word) and any("Name" in parse.tag and "gent" in parse.tag for parse in dictionary().parse(word))
