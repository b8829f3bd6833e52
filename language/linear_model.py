"""A linear model that learns from examples which words mean which subject, and rates texts. Pure; numpy computes.

The model is kernel ridge regression over `language.similarity`. The kernel of two texts is the mean of their cosines,
sharpened by a power. Each subject is one output that is 1 for its own examples and 0 for all others. Learning solves
one system of linear equations of the size of the examples (some seconds for thousands). The model is a table of
examples by outputs, so that rating a text costs one product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from language.disk_cache import Arrays, checksum, packed, unpacked
from language.features import features, word, words_of
from language.lemmas import Forms
from language.similarity import Floats, SimilarityIndex

POWER = 1.5  # sharpens similarity: one near example counts more than several far ones
FAINT = 0.05  # cosines up to this one count as 0
MOST_STEPS, EXACT, TINY = 300, 1e-3, np.float32(1e-12)  # of the solver: steps, length of the remainder, a divisor
RIDGE = 0.3  # regularisation: the larger, the less a single example counts


Gains = NDArray[np.float32]


class Example(NamedTuple):
    subject: str
    text: str


class LinearModel:
    """Rates words after learning from examples."""

    def __init__(
        self, subjects: Sequence[str], index: SimilarityIndex, gains: Gains, vocabulary: Sequence[str]
    ) -> None:
        self.subjects = tuple(subjects)
        self.vocabulary = tuple(vocabulary)  # plain words of the examples
        self._index = index
        self._gains = gains  # shape (examples, outputs)

    @classmethod
    def of(cls, examples: Sequence[Example], *groups: frozenset[str]) -> LinearModel:
        """Learn from examples. groups: sets of subjects; each adds an output that is 1 for the examples of its set."""
        subjects = list(dict.fromkeys(example.subject for example in examples))
        numbers = {subject: number for number, subject in enumerate(subjects)}
        owners = [numbers[example.subject] for example in examples]
        read = [words_of(example.text) for example in examples]
        texts = [features(words) for words in read]
        index = SimilarityIndex.of(texts, owners)
        kernel = np.empty((len(texts), len(texts)), dtype=np.float32)  # filled in place: it may take 300 MB
        for row, text in enumerate(texts):
            kernel[row] = _sharpened(index.cosines(text))
        kernel[np.diag_indices_from(kernel)] += RIDGE
        wanted = np.zeros((len(texts), len(subjects) + len(groups)), dtype=np.float32)
        wanted[np.arange(len(texts)), owners] = 1.0
        for place, group in enumerate(groups, len(subjects)):
            wanted[:, place] = [example.subject in group for example in examples]
        vocabulary = dict.fromkeys(plain for words in read for plain in words)
        return cls(subjects, index, _solved(kernel, wanted), [*vocabulary])

    def rate(self, words: Sequence[str]) -> Floats:
        """Return the outputs for plain words: one for each subject, then one for each group; about 0 to 1.

        Words that no example and no concept knows (streets, names) are left out.
        """
        known = [plain for plain in words if self.knows(plain)]
        if not known:
            return np.zeros(self._gains.shape[1])
        cosines = self._index.cosines(features(known))
        near = np.flatnonzero(cosines > FAINT)
        return (cosines[near].astype(np.float32) ** POWER @ self._gains[near]).astype(np.float64)

    def fingerprint(self) -> bytes:
        """Return bytes that change with the model."""
        return checksum(["\n".join(self.subjects).encode(), self._gains.tobytes()]).encode()

    def knows(self, written: str) -> bool:
        looked = word(written)
        return bool(looked.concepts) or self._index.weight(looked.form) is not None

    def weight(self, form: str) -> float | None:
        """Return the weight of a dictionary form among the subjects; None when no example has the form."""
        return self._index.weight(form)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the model as arrays, for `from_arrays`."""
        return {
            **self._index.arrays(),
            "gains": self._gains,
            "subjects": packed(self.subjects),
            **Forms.of(self.vocabulary).arrays(),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> LinearModel:
        """Undo `arrays`. Raises KeyError or ValueError when something is missing."""
        vocabulary = Forms.from_arrays(arrays).forms
        return cls(unpacked(arrays["subjects"]), SimilarityIndex.from_arrays(arrays), arrays["gains"], [*vocabulary])


def _solved(matrix: Gains, wanted: Gains) -> Gains:
    """Solve a symmetric positive definite system for all columns at once, by conjugate gradients.

    numpy's own `solve` works in double precision on copies: four times the memory, which small servers do not have.
    """
    solution = np.zeros_like(wanted)
    rest, step = wanted.copy(), wanted.copy()
    squares = np.einsum("ij,ij->j", rest, rest)
    for _ in range(MOST_STEPS):
        along = matrix @ step
        size = squares / np.maximum(np.einsum("ij,ij->j", step, along), TINY)
        solution += size * step
        rest -= size * along
        before, squares = squares, np.einsum("ij,ij->j", rest, rest)
        if squares.max() < EXACT**2:
            break
        step = rest + squares / np.maximum(before, TINY) * step
    return solution


def _sharpened(cosines: Floats) -> Floats:
    return np.where(cosines > FAINT, cosines, 0.0) ** POWER
