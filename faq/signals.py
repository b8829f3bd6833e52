"""Seven signals of how near each entry is to a question: words, letters, dictionary forms and concepts. Pure.

The question is compared with the wordings of an entry (the best one counts) and with its question and answer together:
an answer is full of words that people ask in, which matters most where few wordings are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from faq.base import Base
from faq.lexical import Lexical, wordings_of
from language import reading
from language.cosines import Cosines
from language.normalise import plain
from language.reading import Reading, read
from language.spelling import Speller
from language.thesaurus import SOURCE as THESAURUS

NAMES = ("lexical", "letters", "concepts", "forms", "answer_letters", "answer_concepts", "answer_forms")
PARTS = (reading.letters, reading.topics, reading.forms)  # compared by cosine
OF_WORDINGS = 4  # the first ones; the others are of the answer

Signals = NDArray[np.float32]  # [len(NAMES), entries]


class SignalIndex:
    """Everything of a base that questions are compared with."""

    def __init__(self, base: Base) -> None:
        self.entries = base.entries
        texts = [(place, text) for place, entry in enumerate(base.entries) for text in wordings_of(entry)]
        answers = [f"{entry.question} {entry.answer}" for entry in base.entries]
        self._lexical = Lexical(base)
        self._speller = Speller(vocabulary([*(text for _, text in texts), *answers]))
        self._first = np.searchsorted([place for place, _ in texts], np.arange(len(base.entries)))
        questions = [text for _, text in texts]
        self._wordings = [Cosines([part(read(text)) for text in questions]) for part in PARTS]
        self._answers = [Cosines([part(read(text)) for text in answers]) for part in PARTS]

    def asked(self, text: str) -> Reading:
        """Read a question as the index does. text: in Russian letters."""
        return read(self._speller.text(text))

    def signals(self, asked: Reading) -> Signals:
        """Return each signal of each entry, 0..1."""
        found = np.zeros((len(NAMES), len(self.entries)), dtype=np.float32)
        for place, score in self._lexical.rated(" ".join(asked.words)).items():
            found[0, place] = score
        for row, (part, wordings, answers) in enumerate(zip(PARTS, self._wordings, self._answers, strict=True), 1):
            counts = part(asked)
            found[row] = np.maximum.reduceat(wordings.scores(counts), self._first)
            found[row + len(PARTS)] = answers.scores(counts)
        return found


def vocabulary(texts: Iterable[str]) -> set[str]:
    """Words that a misspelt word may have been: those of the base and of the thesaurus."""
    return {word for text in (*texts, THESAURUS.read_text(encoding="utf-8")) for word in plain_words(text)}


def plain_words(text: str) -> Sequence[str]:
    return [word for line in text.splitlines() for word in plain(line).split()]
