"""Corrections that a company let its classifier follow: the nearest one decides, the more the nearer it is. Pure.

They lie beside what was learnt from the shipped examples and are not mixed into it: they take effect at once, can be
taken back, leave nothing on the disk, and no alarm depends on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from language.features import features, words_of
from language.linear_model import Example
from language.similarity import SimilarityIndex

MOST = 0.9  # what a correction of the very same words counts; the shipped examples count the rest
POWER = 1.5  # how fast that falls with likeness


class Lessons:
    """Corrections, to be applied to scores."""

    def __init__(self, corrections: Sequence[Example]) -> None:
        self._codes = [one.subject for one in corrections]
        texts = [features(words_of(one.text)) for one in corrections]
        self._index = SimilarityIndex.of(texts, range(len(texts)))

    def applied(self, words: Sequence[str], scores: Mapping[str, float]) -> dict[str, float]:
        """Return the scores of problems as the nearest correction would have them. words: plain, in order."""
        if not self._codes or not words:
            return dict(scores)
        alike = self._index.cosines(features(words))
        nearest = int(alike.argmax())
        share = MOST * min(1.0, max(0.0, float(alike[nearest]))) ** POWER
        found = {code: score * (1.0 - share) for code, score in scores.items()}
        return found | {self._codes[nearest]: found[self._codes[nearest]] + share}
