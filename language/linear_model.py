"""Learn from examples which words mean which subject, and rate texts. Pure; numpy does the sums.

Kernel ridge regression over `language.similarity`: two texts are as alike as the mean of their cosines, sharpened by a
power. Each subject is one output that is 1 for its own examples and 0 for all others. Learning solves one system of
linear equations of the size of the examples (some seconds for thousands); what is learnt is a table of examples by
outputs, so that a text costs one product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from language.disk_cache import Arrays, checksum, packed, unpacked
from language.features import features, word, words_of
from language.lemmas import Forms
from language.similarity import Floats, Likeness

POWER = 1.5  # sharpens likeness: one near example counts more than several far ones
FAINT = 0.05  # cosines up to this one are taken for none
MOST_STEPS, EXACT, TINY = 300, 1e-3, np.float32(1e-12)  # of the solver: steps, length of the remainder, a divisor
RIDGE = 0.3  # how little a single example is believed


Gains = NDArray[np.float32]


class Example(NamedTuple):
    subject: str
    text: str


class Learnt:
    """Rates words by what was learnt from examples."""

    def __init__(self, subjects: Sequence[str], index: Likeness, gains: Gains, vocabulary: Sequence[str]) -> None:
        self.subjects = tuple(subjects)
        self.vocabulary = tuple(vocabulary)  # plain words of the examples
        self._index = index
        self._gains = gains  # shape (examples, outputs)

    @classmethod
    def of(cls, examples: Sequence[Example], *groups: frozenset[str]) -> Learnt:
        """Learn. groups: sets of subjects; each is one more output, 1 for the examples of its subjects."""
        subjects = list(dict.fromkeys(example.subject for example in examples))
        numbers = {subject: number for number, subject in enumerate(subjects)}
        owners = [numbers[example.subject] for example in examples]
        read = [words_of(example.text) for example in examples]
        texts = [features(words) for words in read]
        index = Likeness.of(texts, owners)
        kernel = np.empty((len(texts), len(texts)), dtype=np.float32)  # filled in place: it may take 300 MB
        for row, text in enumerate(texts):
            kernel[row] = _sharpened(index.alike(text))
        kernel[np.diag_indices_from(kernel)] += RIDGE
        wanted = np.zeros((len(texts), len(subjects) + len(groups)), dtype=np.float32)
        wanted[np.arange(len(texts)), owners] = 1.0
        for place, group in enumerate(groups, len(subjects)):
            wanted[:, place] = [example.subject in group for example in examples]
        vocabulary = dict.fromkeys(one for words in read for one in words)
        return cls(subjects, index, _solved(kernel, wanted), [*vocabulary])

    def rate(self, words: Sequence[str]) -> Floats:
        """Return the outputs for plain words: one for each subject, then one for each group; about 0 to 1.

        Words that no example and no concept knows (streets, names) are left out.
        """
        known = [one for one in words if self.knows(one)]
        if not known:
            return np.zeros(self._gains.shape[1])
        cosines = self._index.alike(features(known))
        near = np.flatnonzero(cosines > FAINT)
        return (cosines[near].astype(np.float32) ** POWER @ self._gains[near]).astype(np.float64)

    def fingerprint(self) -> bytes:
        """Return bytes that change with what was learnt."""
        return checksum(["\n".join(self.subjects).encode(), self._gains.tobytes()]).encode()

    def knows(self, written: str) -> bool:
        looked = word(written)
        return bool(looked.concepts) or self._index.weight(looked.form) is not None

    def weight(self, form: str) -> float | None:
        """Return what a dictionary form weighs among the subjects; None when no example has it."""
        return self._index.weight(form)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what was learnt as arrays, for `from_arrays`."""
        return {
            **self._index.arrays(),
            "gains": self._gains,
            "subjects": packed(self.subjects),
            **Forms.of(self.vocabulary).arrays(),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Learnt:
        """Undo `arrays`. Raises KeyError or ValueError when something lacks."""
        vocabulary = Forms.from_arrays(arrays).forms
        return cls(unpacked(arrays["subjects"]), Likeness.from_arrays(arrays), arrays["gains"], [*vocabulary])


def _solved(matrix: Gains, wanted: Gains) -> Gains:
    """Solve a symmetric positive definite system for all columns at once, by conjugate gradients.

    numpy's own `solve` works in double precision on copies: four times the memory, which small servers do not have.
    """
    found = np.zeros_like(wanted)
    rest, step = wanted.copy(), wanted.copy()
    squares = np.einsum("ij,ij->j", rest, rest)
    for _ in range(MOST_STEPS):
        along = matrix @ step
        size = squares / np.maximum(np.einsum("ij,ij->j", step, along), TINY)
        found += size * step
        rest -= size * along
        before, squares = squares, np.einsum("ij,ij->j", rest, rest)
        if squares.max() < EXACT**2:
            break
        step = rest + squares / np.maximum(before, TINY) * step
    return found


def _sharpened(cosines: Floats) -> Floats:
    return np.where(cosines > FAINT, cosines, 0.0) ** POWER
