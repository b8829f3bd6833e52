"""Find the positions in a text where the resident's name may stand: introduced, set apart by signs, or at the end."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dialogs.extraction import name_cues, phones
from dialogs.extraction.name_parts import FULL_NAME, GENITIVE, NOMINATIVE, parts_of

BEFORE = 60  # characters looked at before a name


@dataclass(frozen=True, slots=True)
class Position:
    """A position where a name may stand."""

    before: str  # the text right before it
    introduced: str  # what the introduction asks for: `NOMINATIVE`, `GENITIVE`, `FULL_NAME`, or ''
    free: bool  # a sign, a number or the start of the text sets it apart
    begins: bool  # nothing but a greeting or a number stands before it
    fond: bool = False  # "баба", "тётя" and the like stand before it: some people call themselves so


def positions(read: phones.PhoneText) -> Iterator[tuple[Sequence[re.Match[str]], Position]]:
    """Yield each position with its first words, at most three, in the order of the text."""
    text = read.text
    words = list(name_cues.WORD.finditer(text))
    introduced = _introduced(text, words)
    late = _late(read, words)
    for index, word in enumerate(words):
        case = introduced.get(word.start(), "")
        free = _is_set_apart(text, words, index)
        if not (free or case or index in late):
            continue
        before = text[max(0, word.start() - BEFORE) : word.start()]
        begins = not index or bool(name_cues.BEGINNING.search(before))
        if case or begins or index in late or _may_end_soon(text, words[index : index + 4]):
            yield words[index : index + 3], Position(before, case, free, begins)


def _is_set_apart(text: str, words: Sequence[re.Match[str]], index: int) -> bool:
    """Say whether the start of the text, a sign, or a word like "тел" stands before the word."""
    if not index:
        return True
    previous = words[index - 1]
    gap = text[previous.end() : words[index].start()]
    return gap.strip(" \t\u00a0-") != "" or previous[0].lower() in name_cues.SET_APART


def _may_end_soon(text: str, words: Sequence[re.Match[str]]) -> bool:
    """Say whether a name may end within these words; a cheap look before the dictionary's."""
    return bool(name_cues.BRIEF_PART.match(text, words[0].start())) or any(
        word[0].lower() in name_cues.CLOSING for word in words[1:]
    )


def _introduced(text: str, words: Sequence[re.Match[str]]) -> dict[int, str]:
    """Return how a name is introduced (as `Position.introduced`), by the character where it starts."""
    starts = dict.fromkeys((match.start() for match in name_cues.FULL.finditer(text)), FULL_NAME)
    starts |= dict.fromkeys((match.end() for match in name_cues.INTRODUCTION.finditer(text)), NOMINATIVE)
    word_starts = [word.start() for word in words]
    for match in name_cues.WRITES.finditer(text):
        first = bisect_right(word_starts, match.start()) - 1
        for previous, word in pairwise(words[first : first + 1 + name_cues.FAR]):
            if text[previous.end() : word.start()].strip(" ,"):
                break
            starts[word.start()] = NOMINATIVE
    return starts | dict.fromkeys((match.end() for match in name_cues.OBLIQUE.finditer(text)), GENITIVE)


def _late(read: phones.PhoneText, words: Sequence[re.Match[str]]) -> set[int]:
    """Return the indexes of the last three words, and of the three before each phone; words like "тел" do not count."""
    word_starts = [word.start() for word in words]
    indexes: set[int] = set()
    for end in {len(words), *(bisect_right(word_starts, phone.start) for phone in read.phones)}:
        last = next((index for index in range(end - 1, -1, -1) if words[index][0].lower() not in name_cues.CONTACT), -1)
        if last >= 0 and parts_of(words[last][0]):
            indexes |= set(range(max(0, last - 2), last + 1))
    return indexes
