"""Words that turn a question into somebody else's: of taxes, trains, recipes. Pure, read on first use."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from functools import lru_cache
from pathlib import Path

from language.lemmas import every_lemma

SOURCE = Path(__file__).with_name("elsewhere.txt")
LONGEST = 3  # words of a phrase


@lru_cache(maxsize=1)
def phrases() -> frozenset[tuple[str, ...]]:
    """Return the phrases of the list, as dictionary forms."""
    lines = SOURCE.read_text(encoding="utf-8").splitlines()
    found = (every_lemma(phrase) for line in lines if not line.startswith("#") for phrase in line.split(","))
    return frozenset(phrase for phrase in found if phrase)


def is_elsewhere(found: tuple[str, ...], own: AbstractSet[str] = frozenset()) -> bool:
    """Say whether a row of dictionary forms names a matter of others; words in `own` are ours all the same."""
    known = phrases()
    return any(
        part in known and not own >= set(part)
        for start in range(len(found))
        for size in range(1, LONGEST + 1)
        if len(part := found[start : start + size]) == size
    )
