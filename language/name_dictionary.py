"""Recognise names of people: first names, patronymics and surnames, with their case and gender. Pure.

The dictionary decides. A patronymic or a surname that it does not know is recognised by its ending, a first name never.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from language.lemmas import is_known, parses

REMEMBERED = 16_384  # words
MOSTLY = 0.5  # share of the uses of a word
NAME, PATRONYMIC, SURNAME = "name", "patronymic", "surname"
_PARTS = (("Name", NAME), ("Patr", PATRONYMIC), ("Surn", SURNAME))
_CASES = {"nomn": "nomn", "gent": "gent", "gen2": "gent", "accs": "accs", "datv": "datv", "ablt": "ablt"}
_BOTH = ("masc", "femn")
# Ending, gender, case, number of letters to cut and letters to add for the nominative.
_Ending = tuple[str, str, str, int, str]
_PATRONYMICS: tuple[_Ending, ...] = (
    ("ович", "masc", "nomn", 0, ""), ("евич", "masc", "nomn", 0, ""), ("ыч", "masc", "nomn", 0, ""),
    ("овича", "masc", "gent", 1, ""), ("евича", "masc", "gent", 1, ""),
    ("овна", "femn", "nomn", 0, ""), ("евна", "femn", "nomn", 0, ""), ("ична", "femn", "nomn", 0, ""),
    ("ишна", "femn", "nomn", 0, ""), ("овны", "femn", "gent", 1, "а"), ("евны", "femn", "gent", 1, "а"),
    ("ичны", "femn", "gent", 1, "а"),
)  # fmt: skip
_SURNAMES: tuple[_Ending, ...] = (
    *((f"{end}", "masc", "nomn", 0, "") for end in ("ов", "ев", "ин", "ын", "ский", "цкий")),
    *((f"{end}а", "femn", "nomn", 0, "") for end in ("ов", "ев", "ин", "ын")),
    *((f"{end}а", "masc", "gent", 1, "") for end in ("ов", "ев", "ин", "ын")),
    *((f"{end}ой", "femn", "gent", 2, "а") for end in ("ов", "ев", "ин", "ын")),
    *((f"{end}ая", "femn", "nomn", 0, "") for end in ("ск", "цк")),
    *((f"{end}ой", "femn", "gent", 2, "ая") for end in ("ск", "цк")),
    *((f"{end}ого", "masc", "gent", 3, "ий") for end in ("ск", "цк")),
    *((f"{end}", gender, case, 0, "") for end in ("енко", "ук", "юк", "ян") for gender, case in (
        ("masc", "nomn"), ("femn", "nomn"), ("femn", "gent"))),
)  # fmt: skip
_WORD = re.compile(r"[а-яё]+(?:-[а-яё]+)?")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to take a word. case: nomn, gent, accs, datv, ablt. plain: the nominative, lower case."""

    part: str
    gender: str  # masc or femn
    case: str
    plain: str


@lru_cache(maxsize=REMEMBERED)
def readings(word: str) -> tuple[Reading, ...]:
    """Return the readings of a lower-case word as a part of a name; empty when it is no name."""
    if not is_known(word):
        return tuple(_by_ending(word, PATRONYMIC, _PATRONYMICS)) if _WORD.fullmatch(word) else ()
    readings_of_word: dict[Reading, None] = {}
    for parse in parses(word):
        part = next((part for grammeme, part in _PARTS if grammeme in parse.tag), None)
        case = _CASES.get(str(parse.tag.case))
        if part is None or case is None or "plur" in parse.tag:
            continue
        plain = word if case == "nomn" else str(parse.normal_form)
        if case != "nomn" and part != NAME and parse.tag.gender == "femn":  # its normal form is the masculine one
            turned = parse.inflect({"nomn"})
            plain = str(turned.word) if turned else plain
        for gender in _BOTH if str(parse.tag.gender) not in _BOTH else (str(parse.tag.gender),):
            readings_of_word.setdefault(Reading(part, gender, case, plain))
    return tuple(readings_of_word)


@lru_cache(maxsize=REMEMBERED)
def surnames(word: str) -> tuple[Reading, ...]:
    """Return the readings of a word as a surname by its ending alone; right only beside a first name or initials."""
    return tuple(_by_ending(word, SURNAME, _SURNAMES))


def _by_ending(word: str, part: str, endings: Sequence[_Ending]) -> list[Reading]:
    return [
        Reading(part, gender, case, word[: len(word) - cut] + put)
        for end, gender, case, cut, put in endings
        if word.endswith(end) and len(word) > len(end) + 2
    ]


@lru_cache(maxsize=REMEMBERED)
def is_mostly_a_name(word: str) -> bool:
    """Say whether a lower-case word is a first name or patronymic rather than anything else: "Лена", not "Света"."""
    if not any(reading.part != SURNAME for reading in readings(word)):
        return False
    if not is_known(word):
        return True
    word_parses = parses(word)
    return float(sum(parse.score for parse in word_parses if any(part in parse.tag for part, _ in _PARTS))) >= MOSTLY


@lru_cache(maxsize=REMEMBERED)
def is_feminine(word: str) -> bool:
    """Say whether a word is a woman's name that the dictionary has only as a man's: "Асия" beside "Асий"."""
    return word.endswith(("а", "я")) and {(reading.part, reading.case) for reading in readings(word)} == {
        (NAME, "gent"),
        (NAME, "accs"),
    }


@lru_cache(maxsize=REMEMBERED)
def may_be_a_name(word: str) -> bool:
    """Say whether the dictionary leaves open that a word is a first name: it has no other basic form."""
    if len(word) < 3 or not _WORD.fullmatch(word):
        return False
    if not is_known(word):
        return all("NOUN" in parse.tag or "ADJS" in parse.tag for parse in parses(word))
    return all("NOUN" in parse.tag and parse.tag.case != "nomn" and parse.normal_form != word for parse in parses(word))


@lru_cache(maxsize=REMEMBERED)
def is_verb(word: str) -> bool:
    """Say whether a lower-case word may be a verb: "шумит", "залила", "говорит"."""
    return any("VERB" in parse.tag for parse in parses(word))


def agreed(words: Sequence[tuple[Reading, ...]]) -> list[tuple[Reading, ...]]:
    """Return the readings of neighbours that agree in case and gender, one reading of each part."""
    chains: list[tuple[Reading, ...]] = [()]
    for every in words:
        chains = [
            (*chain, reading)
            for chain in chains
            for reading in every
            if all(
                reading.part != other.part and (reading.gender, reading.case) == (other.gender, other.case)
                for other in chain
            )
        ]
    return chains
