"""Find the name that a resident gives in a text: an introduced one ("меня зовут"), or one beside a phone.

Pure: no clock, network, database or chance. A name comes out in the nominative, in the words of the text, as a person
is addressed ("Оксана Ковальчук"); a patronymic keeps the order of the text. A name that may belong to a street, to
another person or to the reader is not returned: a wrong name in a ticket is worse than the name the channel knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from dialogs.extraction import name_cues, name_parts, name_scoring, phones
from dialogs.extraction.name_parts import NOMINATIVE
from dialogs.extraction.name_positions import Position, positions
from language.keyboard_layout import russian
from language.name_dictionary import readings

REMEMBERED = 256  # texts: one turn asks about the same text several times
LONGEST = 60  # characters of a name


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name that may be the resident's; start: its first character in the text."""

    name: str
    score: float
    start: int


def find_name(text: str, area_code: str = "") -> str:
    """Return the name a resident gives in a text, or ''; area_code as in `phones.find_phone`."""
    text = phones.searched_part(text)
    if not name_cues.CYRILLIC.search(text) and not name_cues.NAMED.search(text):
        text = russian(text)
    return _best_name(phones.find_phones(text, area_code))


@lru_cache(maxsize=REMEMBERED)
def _best_name(read: phones.PhoneText) -> str:
    best = max(_candidates(read), key=lambda candidate: (candidate.score, -candidate.start), default=None)
    if best and best.score >= name_scoring.INTRODUCED:
        return best.name[:LONGEST]
    if named := name_cues.NAMED.search(read.text):
        return name_parts.capitalised((named[1] or named[2]).split())[:LONGEST]
    return best.name[:LONGEST] if best else _words_beside_phone(read)


def _words_beside_phone(read: phones.PhoneText) -> str:
    """Return the words around the phone of an answer like "Гюльчатай Ы, 8 927 …" if they look like a name, else ''."""
    if not read.phones:
        return ""
    phone = read.phones[0]
    words = re.sub(r"[^\w-]+", " ", f"{read.text[: phone.start]} {read.text[phone.end :]}").split()
    words = [word for word in words if word.lower() not in name_cues.NOT_NAMES]
    if not 0 < len(words) <= 3 or not all(map(name_cues.BRIEF.match, words)):
        return ""
    oblique = any(_is_oblique(word.lower()) for word in words)
    return "" if oblique else " ".join(words)


def _is_oblique(word: str) -> bool:
    """Say whether the dictionary knows a word as a name in other cases than the nominative only."""
    known = readings(word)
    return bool(known) and all(reading.case != NOMINATIVE for reading in known)


def _candidates(read: phones.PhoneText) -> Iterator[Candidate]:
    """Yield the names of a text that may be the resident's."""
    for words, position in positions(read):
        if candidate := _candidate(read, words, position):
            yield candidate


def _candidate(read: phones.PhoneText, words: Sequence[re.Match[str]], position: Position) -> Candidate | None:
    """Return the name that begins with the first of `words`, if it is the resident's."""
    tokens = name_parts.read_tokens(read.text, words)
    if not tokens and not words[0][0][0].isupper():
        return None
    own = _own_position(position)
    if own is None or name_cues.STREET_BEFORE.search(position.before):
        return None
    name, end = name_parts.known_name(read, tokens, own.introduced, own.before)
    if not name and (own.free or own.introduced):
        name, end = name_parts.unknown_name(read, words[0], own.introduced)
    score = name_scoring.score(read, tokens, name, end, own) if name else 0
    return Candidate(name, score, words[0].start()) if score else None


def _own_position(position: Position) -> Position | None:
    """Return the position with what the word before it tells; None: the name belongs to another person."""
    if name_cues.RELATED.search(position.before):
        return replace(position, introduced=position.introduced or NOMINATIVE)
    others = name_cues.OTHERS.search(position.before)
    if others is None:
        return position
    fond = name_cues.FONDLY.match(others[0]) and not name_cues.WORD_BEFORE.search(position.before[: others.start()])
    return replace(position, introduced="", fond=True) if fond else None
