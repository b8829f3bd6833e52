"""Read words as parts of a name (surname, first name, patronymic) and write the name in the nominative."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dialogs.extraction import name_cues, phones
from language.lemmas import is_known
from language.name_dictionary import (
    NAME,
    SURNAME,
    Reading,
    agreed,
    is_feminine,
    may_be_a_name,
    readings,
    surnames,
)

# What an introduction asks for: a case (the names are those of `Reading.case`), or a full name in another case.
NOMINATIVE, GENITIVE, FULL_NAME = "nomn", "gent", "full"
AFTER_GENITIVE = (GENITIVE, "accs", "datv", NOMINATIVE, "ablt")  # the cases after "от", the likeliest first

NO_NAME = ("", 0)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text that may be a part of a name; start, end: characters in the text."""

    word: str  # as written
    start: int
    end: int
    readings: tuple[Reading, ...]


def read_tokens(text: str, words: Sequence[re.Match[str]]) -> list[Token]:
    """Return the leading words that may be parts of one name: only a blank stands between them."""
    tokens: list[Token] = []
    for word in words:
        if tokens and text[tokens[-1].end : word.start()] not in (" ", "\n", "  "):
            break
        if not (parts := parts_of(word[0])):
            break
        tokens.append(Token(word[0], word.start(), word.end(), parts))
    return tokens


def parts_of(word: str) -> tuple[Reading, ...]:
    """Return the parts of a name that a word may be; a capital allows a surname that only its ending tells."""
    known = readings(word.lower()) if len(word) > 2 or word[0].isupper() else ()  # "ли" is a particle, Ли a surname
    if word[0].isupper() and all(reading.part == SURNAME for reading in known):
        return tuple(dict.fromkeys((*known, *surnames(word.lower()))))
    return known


def known_name(read: phones.PhoneText, tokens: list[Token], introduced: str, before: str) -> tuple[str, int]:
    """Return the longest name of these words in the case wanted, and where it ends; ('', 0): they are no name.

    introduced: `NOMINATIVE`, `GENITIVE`, `FULL_NAME` or ''. before: the text right before the words.
    """
    while tokens:
        name, end = _name_of_all(read, tokens, introduced, before)
        if name:
            return name, end
        if len(tokens) > 1 and NAME in {reading.part for reading in tokens[0].readings}:
            every = agreed([token.readings for token in tokens])
            if every and not any(readings[0].case == NOMINATIVE for readings in every):
                return NO_NAME  # "Александра Невского": the first word alone would be another name
        tokens = tokens[:-1]
    return NO_NAME


def _name_of_all(read: phones.PhoneText, tokens: list[Token], introduced: str, before: str) -> tuple[str, int]:
    """Return the name that all these words make together, with the initials beside a single word."""
    is_single, end = len(tokens) == 1, tokens[-1].end
    initials = name_cues.BEHIND_INITIALS.match(read.text, end) if is_single else None
    if not initials and _is_street(read, tokens, introduced):
        return NO_NAME
    chosen = _readings_in_case([token.readings for token in tokens], introduced)
    if not chosen:
        return NO_NAME
    parts = {reading.part for reading in chosen}
    initials_before = name_cues.AHEAD_INITIALS.search(before) if is_single else None
    is_full = NAME in parts or len(parts) > 1
    if not (is_full or initials or initials_before or _may_stand_alone(read, tokens[0], introduced, parts)):
        return NO_NAME
    words = [_in_nominative(token, reading) for token, reading in zip(tokens, chosen, strict=True)]
    if [reading.part for reading in chosen] == [SURNAME, NAME]:
        words.reverse()
    name = capitalised(words)
    if initials:
        return f"{name} {initials[1].strip()}", initials.end()
    return f"{initials_before[1].strip()} {name}" if initials_before else name, end


def unknown_name(read: phones.PhoneText, word: re.Match[str], introduced: str) -> tuple[str, int]:
    """Return a name that the dictionary lacks, and where it ends; ('', 0): the word is none.

    It is one word with a capital, introduced or right before a phone.
    """
    text, plain, end = read.text, word[0].lower(), word.end()
    if not word[0][0].isupper() or text.isupper():
        return NO_NAME
    if readings(plain) and not is_feminine(plain):
        return NO_NAME
    if introduced:
        is_name = word[0][1:].islower() and not is_known(plain) and may_be_a_name(plain)
        return (word[0], end) if is_name and not name_cues.HOUSE_BEHIND.match(text, end) else NO_NAME
    if is_feminine(plain) and name_cues.RIGHT.match(text, end) and text[end : end + 1] not in (" ", "-"):
        return word[0], end
    is_last = word.start() > 0 and not text[end:].strip(" .!\n") and not is_known(plain)
    if (is_last or read.has_phone_beside(word.start(), end, 3)) and may_be_a_name(plain):
        return word[0], end
    return NO_NAME


def _may_stand_alone(read: phones.PhoneText, token: Token, introduced: str, parts: set[str]) -> bool:
    """Say whether a lone surname or patronymic is a name: introduced, or a surname right beside a phone."""
    if introduced:
        return token.word[0].isupper() or parts != {SURNAME}
    text = read.text
    if parts != {SURNAME} or not token.word[0].isupper() or text.isupper():
        return False
    if read.has_phone_beside(token.start, token.end, 4):
        return True
    masculine = [reading for reading in token.readings if reading.gender == "masc"]
    is_nominative = all(reading.case == NOMINATIVE for reading in masculine)  # "Ленина" may be a street
    is_last = not text[token.end :].strip(" .!\n")
    return is_last and (is_nominative or text[: token.start].rstrip(" \t")[-1:] in (".", "!", "\n"))


def _readings_in_case(words: list[tuple[Reading, ...]], introduced: str) -> tuple[Reading, ...]:
    """Return one reading per word in the case wanted: the nominative, or after "от" and the like rather another one."""
    every = agreed(words)
    if introduced == FULL_NAME:
        return next((chosen for chosen in every if len(chosen) == 3 and chosen[0].case in (GENITIVE, "ablt")), ())
    if introduced == GENITIVE:
        return min(every, key=lambda chosen: AFTER_GENITIVE.index(chosen[0].case), default=())
    nominative = next((chosen for chosen in every if chosen[0].case == NOMINATIVE), ())
    return nominative or next((chosen for chosen in every if introduced and chosen[0].case == "ablt"), ())


def _is_street(read: phones.PhoneText, tokens: Sequence[Token], introduced: str) -> bool:
    """Say whether the last word belongs to a street: the number of a house stands behind it."""
    last = tokens[-1]
    if any(phone.start - 1 <= last.end + 2 <= phone.end for phone in read.phones):
        return False
    house = name_cues.HOUSE_BEHIND.match(read.text, last.end)
    if house is None or any(phone.start <= house.start(2) < phone.end for phone in read.phones):
        return False
    if (house[3] or "").lower() in name_cues.NOT_A_HOUSE:
        return False
    if not house[1]:  # no comma before the number
        return True
    return len(tokens) == 1 and not introduced and any(reading.case == GENITIVE for reading in last.readings)


def _in_nominative(token: Token, reading: Reading) -> str:
    return token.word if reading.case == NOMINATIVE else reading.plain


def capitalised(words: Sequence[str]) -> str:
    """Write a name with capitals: "анна-мария петрова" is "Анна-Мария Петрова"."""
    return " ".join("-".join(part[:1].upper() + part[1:].lower() for part in word.split("-")) for word in words)
