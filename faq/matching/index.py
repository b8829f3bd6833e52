"""The index of a knowledge base, computed once and cached on disk: wordings, answers and topics of each entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from faq.matching.reading import QueryReader
from faq.matching.topics import FOLDER
from faq.types import FaqEntry
from language.disk_cache import Arrays, cached
from language.features import features, words_of
from language.lemmas import Forms
from language.similarity import Floats, SimilarityIndex


@dataclass(frozen=True, slots=True)
class BaseIndex:
    """topics, problems: profiles of the entries, shape (entries, outputs). forms: of every word of the base."""

    wordings: SimilarityIndex
    answers: SimilarityIndex
    topics: Floats
    problems: Floats
    forms: Forms

    @classmethod
    def of(cls, entries: Sequence[FaqEntry], reader: QueryReader) -> BaseIndex:
        wordings = [[words_of(text) for text in (entry.question, *entry.variants)] for entry in entries]
        answers = [words_of(answer_of(entry)) for entry in entries]
        owners = [number for number, rows in enumerate(wordings) for _ in rows]
        texts = [(*rows, answer) for rows, answer in zip(wordings, answers, strict=True)]
        read = [[reader.of_words(row) for row in rows] for rows in texts]
        return cls(
            SimilarityIndex.of([features(row) for rows in wordings for row in rows], owners),
            SimilarityIndex.of([features(row) for row in answers], range(len(entries))),
            np.array([_mean(query.topics for query in rows) for rows in read]),
            np.array([_mean(query.problems for query in rows[:-1]) for rows in read]),
            Forms.of({plain for rows in texts for row in rows for plain in row}),
        )

    @classmethod
    def cached(cls, entries: Sequence[FaqEntry], reader: QueryReader) -> BaseIndex:
        """Read the index of these entries from the disk cache, or make it and store it there."""
        texts = ["\n".join((entry.id, entry.question, *entry.variants, answer_of(entry))) for entry in entries]
        sources = [reader.fingerprint(), *(text.encode() for text in texts)]
        return cached(FOLDER, "base", sources, lambda: cls.of(entries, reader), cls.from_arrays)

    def arrays(self) -> Arrays:
        """Return the index as arrays, for `from_arrays`."""
        wordings = {f"wordings.{name}": array for name, array in self.wordings.arrays().items()}
        answers = {f"answers.{name}": array for name, array in self.answers.arrays().items()}
        return {**wordings, **answers, **self.forms.arrays(), "topics": self.topics, "problems": self.problems}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> BaseIndex:
        """Undo `arrays`. Raises KeyError or ValueError when something is missing."""
        wordings, answers = (
            SimilarityIndex.from_arrays({name.removeprefix(part): array for name, array in arrays.items()})
            for part in ("wordings.", "answers.")
        )
        return cls(wordings, answers, arrays["topics"], arrays["problems"], Forms.from_arrays(arrays))


def answer_of(entry: FaqEntry) -> str:
    """Return the question and all answers of an entry as one text."""
    return " ".join((entry.question, *entry.answers))


def _mean(profiles: Iterable[Floats]) -> Floats:
    """Return the mean of profiles, scaled to length 1."""
    mean = np.mean(list(profiles), axis=0)
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length if length else mean)
