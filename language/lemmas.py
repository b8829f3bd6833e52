"""Dictionary forms of Russian words: "батареи", "батарей" and "батареями" are all "батарея". Pure; loaded on first use.

The dictionary is pymorphy3's: 15 MB, a quarter of a second to open. A word it does not know is cut by `normalise.stem`,
so that a misspelt word still meets its other forms.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from language.normalise import STOP_WORDS, plain, stem, words

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer

REMEMBERED = 65_536  # words, about 150 bytes each
CONTENT = frozenset({"NOUN", "ADJF", "ADJS", "VERB", "INFN", "PRTF", "PRTS", "GRND", "COMP"})  # parts of speech
SHORT = 3  # letters: such words are prepositions and abbreviations, and their own forms


@lru_cache(maxsize=1)
def dictionary() -> MorphAnalyzer:
    """Open the dictionary; the import itself takes longer than most commands."""
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer()


@lru_cache(maxsize=REMEMBERED)
def is_known(word: str) -> bool:
    """Say whether the dictionary has a plain word in this very form."""
    return bool(dictionary().word_is_known(word))


@lru_cache(maxsize=REMEMBERED)
def lemma(word: str) -> str:
    """Return one dictionary form of a plain word, е for ё; numbers and short words are their own.

    Of several ("сантехника" is of the plumber and of plumbing) always the shortest, so that all forms of a word meet.
    """
    if len(word) < SHORT or not word.isalpha():
        return word
    if not is_known(word):
        return stem(word)
    forms = {str(one.normal_form).replace("ё", "е") for one in dictionary().parse(word)}
    return min(forms, key=lambda form: (len(form), form))


@lru_cache(maxsize=REMEMBERED)
def is_content(form: str) -> bool:
    """Say whether a dictionary form carries meaning: a noun, an adjective, a verb, or a word nobody knows."""
    if len(form) < SHORT or not form.isalpha() or form in STOP_WORDS:
        return False
    part = dictionary().parse(form)[0].tag.POS
    return part is None or part in CONTENT


@lru_cache(maxsize=4096)
def lemmas(text: str) -> tuple[str, ...]:
    """Return the dictionary forms of the words that mean something, in order."""
    return tuple(lemma(word) for word in words(text))


@lru_cache(maxsize=4096)
def every_lemma(text: str) -> tuple[str, ...]:
    """Return the dictionary forms of all words, small ones too."""
    return tuple(lemma(word) for word in plain(text).split())
