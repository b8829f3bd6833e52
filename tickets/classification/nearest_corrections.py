"""Shift the scores of problems towards the nearest correction of a company: the nearer, the more. Pure.

Corrections are separate from the model of the shipped examples. So they take effect at once, can be taken back and
leave nothing on the disk, and no alarm depends on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from language.features import features, words_of
from language.linear_model import Example
from language.similarity import SimilarityIndex

LARGEST_SHARE = 0.9  # weight of a correction with the same words; the model has the rest
POWER = 1.5  # how fast the weight falls with similarity


class NearestCorrections:
    """An index of corrections that changes scores."""

    def __init__(self, corrections: Sequence[Example]) -> None:
        self._codes = [correction.subject for correction in corrections]
        texts = [features(words_of(correction.text)) for correction in corrections]
        self._index = SimilarityIndex.of(texts, range(len(texts)))

    def applied(self, words: Sequence[str], scores: Mapping[str, float]) -> dict[str, float]:
        """Return the scores of problems, shifted towards the nearest correction. words: plain, in order."""
        if not self._codes or not words:
            return dict(scores)
        cosines = self._index.cosines(features(words))
        nearest = int(cosines.argmax())
        share = LARGEST_SHARE * min(1.0, max(0.0, float(cosines[nearest]))) ** POWER
        lowered = {code: score * (1.0 - share) for code, score in scores.items()}
        return lowered | {self._codes[nearest]: lowered[self._codes[nearest]] + share}
