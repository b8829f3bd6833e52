"""Decide which words of a text may identify a person. Pure.

The convention worth knowing: in doubt a word is personal. A word with a capital is a name wherever it stands if the
dictionary has it as a name or it ends like a surname. Known facts about the resident are checked before anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from houses.recognition.street_kinds import HOUSE_WORDS, KINDS, SETTLEMENT_KINDS
from language import name_dictionary
from language.lemmas import is_known, lemma, parses
from language.normalise import STOP_WORDS, plain, stem, words
from tickets.classification.problems import shipped
from tickets.learning.health_words import is_of_health

if TYPE_CHECKING:
    from pymorphy3.analyzer import Parse

LIKE = 0.8  # similarity that a misspelt word needs with a word of the examples
RARELY = 0.05  # share of its readings below which a word in small letters is hardly ever a name
NAME_TAGS = frozenset({"Name", "Surn", "Patr", "Geox", "Orgn", "Trad"})
PERSON_TAGS = frozenset({"Name", "Surn", "Patr"})
REMEMBERED = 4096  # words
_OF_ADDRESSES = frozenset(KINDS) | HOUSE_WORDS | SETTLEMENT_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The surroundings of a word. capital: only the first letter is one. begins: the word begins a sentence."""

    capital: bool
    begins: bool
    apart: bool  # a sign, a number, "нет" or nothing is behind the word
    lacks: bool  # "нет" behind the word means that the word is missing


def forms_of(known: Iterable[str]) -> frozenset[str]:
    """Return the words of known facts about a resident, as written and in their dictionary forms."""
    telling = {word for fact in known for word in plain(fact).split() if _tells(word)}
    return frozenset(form for word in telling for form in (word, *_bases(word)))


def _tells(word: str) -> bool:
    """Say whether a known word identifies this resident; "дом" and "подъезд" of an address do not."""
    if len(word) < 2 or word in _OF_ADDRESSES:
        return False
    return _is_a_name(word) or (word not in STOP_WORDS and not _is_ours(word))


@lru_cache(maxsize=REMEMBERED)
def _bases(word: str) -> frozenset[str]:
    """Return the dictionary forms of a word. A name has only those of the name: "Света" is not "свет"."""
    if not is_known(word):
        return frozenset({stem(word)})
    if named := name_dictionary.readings(word):
        return frozenset(plain(reading.plain) for reading in named)
    return frozenset(plain(str(parse.normal_form)) for parse in parses(word) if not PERSON_TAGS & parse.tag.grammemes)


def is_plain(word: str, around: Around, theirs: frozenset[str]) -> bool:
    """Say whether a plain word is not personal: neither a name nor about health. theirs: see `forms_of`."""
    if word in STOP_WORDS:
        return not (around.capital and _is_a_name(word) and (word in theirs or _is_a_particle(word)))
    if len(word) < 2 or not re.fullmatch("[а-я]+", word) or is_of_health(word):
        return False
    if word in theirs or _bases(word) & theirs:
        return False
    if around.capital:
        return _begins(word, around) if around.begins else _is_ours(word) and not _is_any_name(word)
    if _is_ours(word) or (
        stem(word) in _stems() and all(reading.case != "nomn" for reading in name_dictionary.readings(word))
    ):
        return True
    return _share_of_names(word) < RARELY if is_known(word) else _is_misspelt(stem(word))


def _is_ours(word: str) -> bool:
    """Say whether the shipped examples have a word in any form."""
    return lemma(word) in lemmas()


def _is_any_name(word: str) -> bool:
    return bool(_share_of_names(word)) or _is_a_name(word)


def _is_a_particle(word: str) -> bool:
    """Say whether a stop word with a capital may be a name: "Ли" may, "По" and "Том" may not."""
    return not any(tag in parse.tag for parse in parses(word) for tag in ("PREP", "NPRO", "ADJF"))


def _begins(word: str, around: Around) -> bool:
    """Say whether a word at the beginning of a sentence is no name."""
    ours = [parse for parse in parses(word) if _is_ours(word) and not PERSON_TAGS & parse.tag.grammemes]
    if _is_a_name(word):
        return any(_is_first(parse) or (around.lacks and "gent" in parse.tag) for parse in ours)
    if not is_known(word):
        return _is_misspelt(stem(word))
    return bool(ours) or (_share_of_names(word) < RARELY and not _is_like_a_name(word, around))


def _is_first(parse: Parse) -> bool:
    """Say whether a sentence can begin with a reading: "Люк открыт", "Залили"; not with the genitive "Света"."""
    return "NOUN" not in parse.tag or "nomn" in parse.tag or ("accs" in parse.tag and "sing" in parse.tag)


def _is_like_a_name(word: str, around: Around) -> bool:
    """Say whether a noun that no example has may be a name: "Мельник не может", "Пак, нет воды"."""
    first = parses(word)[0]
    if "NOUN" not in first.tag or "sing" not in first.tag:
        return False
    return "anim" in first.tag or around.apart or not any(map(_is_first, parses(word)))


@lru_cache(maxsize=REMEMBERED)
def _is_a_name(word: str) -> bool:
    """Say whether a word may name a person, by the dictionary or by the ending of a surname."""
    if name_dictionary.readings(word):
        return True
    ends = any(reading.case == "nomn" for reading in name_dictionary.surnames(word))
    return ends and (not is_known(word) or not any(map(_is_first, parses(word))))


@lru_cache(maxsize=REMEMBERED)
def _share_of_names(word: str) -> float:
    """Return the share of uses of a word as a name, 0..1, by the dictionary."""
    return sum([float(parse.score) for parse in parses(word) if NAME_TAGS & parse.tag.grammemes])


@lru_cache(maxsize=REMEMBERED)
def _is_misspelt(word_stem: str) -> bool:
    """Say whether a stem is a misspelt stem of the examples."""
    return len(word_stem) > 3 and bool(get_close_matches(word_stem, _stems(), n=1, cutoff=LIKE))


@lru_cache(maxsize=1)
def vocabulary() -> frozenset[str]:
    """Return the words of the shipped problems and their examples."""
    return frozenset(
        word
        for problem in shipped().values()
        for text in (problem.title, problem.category_title, *problem.examples)
        for word in words(text)
    )


@lru_cache(maxsize=1)
def _stems() -> frozenset[str]:
    return frozenset(map(stem, vocabulary()))


@lru_cache(maxsize=1)
def lemmas() -> frozenset[str]:
    """Return the dictionary forms of `vocabulary`."""
    return frozenset(map(lemma, vocabulary()))
