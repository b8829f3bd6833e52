"""What is worked out of a base once and kept on disk: who says what, and the topics of each entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from faq.matching.reading import Sense
from faq.matching.topics import FOLDER
from faq.types import FaqEntry
from language.disk_cache import Arrays, cached
from language.features import features, words_of
from language.lemmas import Forms
from language.similarity import Floats, SimilarityIndex


@dataclass(frozen=True, slots=True)
class Index:
    """topics, problems: profiles of the entries, shape (entries, outputs). forms: of every word of the base."""

    wordings: SimilarityIndex
    answers: SimilarityIndex
    topics: Floats
    problems: Floats
    forms: Forms

    @classmethod
    def of(cls, entries: Sequence[FaqEntry], sense: Sense) -> Index:
        wordings = [[words_of(text) for text in (entry.question, *entry.variants)] for entry in entries]
        answers = [words_of(answer_of(entry)) for entry in entries]
        owners = [number for number, rows in enumerate(wordings) for _ in rows]
        texts = [(*rows, answer) for rows, answer in zip(wordings, answers, strict=True)]
        read = [[sense.of_words(row) for row in rows] for rows in texts]
        return cls(
            SimilarityIndex.of([features(row) for rows in wordings for row in rows], owners),
            SimilarityIndex.of([features(row) for row in answers], range(len(entries))),
            np.array([_mean(one.topics for one in rows) for rows in read]),
            np.array([_mean(one.problems for one in rows[:-1]) for rows in read]),
            Forms.of({one for rows in texts for row in rows for one in row}),
        )

    @classmethod
    def cached(cls, entries: Sequence[FaqEntry], sense: Sense) -> Index:
        """Read the index of these entries from the disk, or make it and keep it there."""
        texts = ["\n".join((entry.id, entry.question, *entry.variants, answer_of(entry))) for entry in entries]
        sources = [sense.fingerprint(), *(text.encode() for text in texts)]
        return cached(FOLDER, "base", sources, lambda: cls.of(entries, sense), cls.from_arrays)

    def arrays(self) -> Arrays:
        """Return the index as arrays, for `from_arrays`."""
        wordings = {f"wordings.{name}": array for name, array in self.wordings.arrays().items()}
        answers = {f"answers.{name}": array for name, array in self.answers.arrays().items()}
        return {**wordings, **answers, **self.forms.arrays(), "topics": self.topics, "problems": self.problems}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Index:
        """Undo `arrays`. Raises KeyError or ValueError when something lacks."""
        wordings, answers = (
            SimilarityIndex.from_arrays({name.removeprefix(part): array for name, array in arrays.items()})
            for part in ("wordings.", "answers.")
        )
        return cls(wordings, answers, arrays["topics"], arrays["problems"], Forms.from_arrays(arrays))


def answer_of(entry: FaqEntry) -> str:
    """Return everything an entry may answer, with its question."""
    return " ".join((entry.question, *entry.answers))


def _mean(profiles: Iterable[Floats]) -> Floats:
    """Return the mean of profiles, scaled to length 1."""
    found = np.mean(list(profiles), axis=0)
    length = float(np.linalg.norm(found))
    return np.asarray(found / length if length else found)
