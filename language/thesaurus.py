"""What words of housing services are about: "батареи" and "топят" are both of heating. Pure, read on first use.

`thesaurus.txt` is written by hand. A concept is found by a word in any form, or by a phrase whose words stand together
when small words are left out; a phrase wins over its single words where both name concepts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from language.lemmas import every_lemma

SOURCE = Path(__file__).with_name("thesaurus.txt")
LONGEST_PHRASE = 4  # stems

Phrase = tuple[str, ...]


@lru_cache(maxsize=1)
def thesaurus() -> Mapping[Phrase, tuple[str, ...]]:
    """Return the concepts of each phrase of stems. Raises `ValueError` for a line that names no concept."""
    found: dict[Phrase, list[str]] = defaultdict(list)
    for number, line in enumerate(SOURCE.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, equals, words = line.partition("=")
        if not equals or not words.strip():
            raise ValueError(f"{SOURCE.name}, line {number}: a concept looks like `name = word, word`")
        for phrase in words.split(","):
            key = every_lemma(phrase)[:LONGEST_PHRASE]
            if key and name.strip() not in found[key]:
                found[key].append(name.strip())
    return {phrase: tuple(names) for phrase, names in found.items()}


def concepts(found: Sequence[str]) -> tuple[str, ...]:
    """Return the concepts that a row of stems names, each once, in order."""
    known, place = thesaurus(), 0
    names: list[str] = []
    while place < len(found):
        size = next(
            (
                n
                for n in range(min(LONGEST_PHRASE, len(found) - place), 0, -1)
                if tuple(found[place : place + n]) in known
            ),
            0,
        )
        names += known.get(tuple(found[place : place + size]), ()) if size else ()
        place += size if size > 1 else 1
    return tuple(dict.fromkeys(names))
