"""Dictionary forms of Russian words: "батареи", "батарей" and "батареями" are all "батарея". Pure; loaded on first use.

The dictionary is pymorphy3's: 15 MB, a quarter of a second to open. `normalise.stem` cuts a word that the dictionary
does not know, so that a misspelt word still meets its other forms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from language.disk_cache import Arrays, packed, unpacked
from language.normalise import stem

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer
    from pymorphy3.analyzer import Parse

PARSED = 8_192  # words, about 2 KB each
REMEMBERED = 65_536  # words, about 150 bytes each
ADJECTIVE = ("ый", "ий", "ой")  # of two forms of one length: "холодные" is "холодный", not the noun "холодное"
RARE = 0.1  # of the likeliest reading's probability: readings below are passed over
_LOOKED_UP: dict[str, str] = {}  # forms by word, filled by `Forms`
SHORT = 3  # letters; shorter words are prepositions and abbreviations, which are their own forms


@lru_cache(maxsize=1)
def dictionary() -> MorphAnalyzer:
    """Open the dictionary. The import is here because it takes longer than most commands."""
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer()


@lru_cache(maxsize=REMEMBERED)
def is_known(word: str) -> bool:
    """Say whether the dictionary has a plain word in this very form."""
    return bool(dictionary().word_is_known(word))


@lru_cache(maxsize=PARSED)
def parses(word: str) -> tuple[Parse, ...]:
    """Return how the dictionary reads a plain word, likeliest first."""
    return tuple(dictionary().parse(word))


@lru_cache(maxsize=REMEMBERED)
def lemma(word: str) -> str:
    """Return one dictionary form of a plain word, е for ё; numbers and short words are their own forms.

    Of several forms ("сантехника" is of the plumber and of plumbing) the shortest is taken, so that all forms of a word
    meet. Rare forms do not count ("воды" is hardly ever of the Germanic "вод").
    """
    if (form := _LOOKED_UP.get(word)) is not None:
        return form
    if len(word) < SHORT or not word.isalpha():
        return word
    if not is_known(word):
        return stem(word)
    parsed = parses(word)
    likely = max(reading.score for reading in parsed) * RARE
    forms = {str(reading.normal_form).replace("ё", "е") for reading in parsed if reading.score >= likely}
    return min(forms, key=lambda form: (len(form), not form.endswith(ADJECTIVE), form))


class Forms:
    """Words with their forms, cached on disk: reading them takes a hundredth of the time of looking them up."""

    def __init__(self, forms: Mapping[str, str]) -> None:
        self.forms = forms
        _LOOKED_UP.update(forms)

    @classmethod
    def of(cls, words: Iterable[str]) -> Forms:
        return cls({word: lemma(word) for word in words})

    def arrays(self) -> Arrays:
        return {"words": packed(self.forms), "forms": packed(self.forms.values())}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Forms:
        """Undo `arrays`. Raises KeyError or ValueError when something is missing."""
        return cls(dict(zip(unpacked(arrays["words"]), unpacked(arrays["forms"]), strict=True)))
