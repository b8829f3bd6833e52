"""What a company could take instead to find answers: rapidfuzz, TF-IDF and BM25, each over the same knowledge base.

rapidfuzz compares wordings; for TF-IDF and BM25 an entry is one document of its question, variants and answer, which
on the halves that may be looked at gave more right answers than a document for each text. They stay silent by their
score alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process, utils

from faq.base.loader import Base
from faq.matching.matcher import FaqMatcher, wordings_of
from faq.types import FaqEntry
from language.lemmas import dictionary
from language.thesaurus import SMALL

OFFERED = 3
_WORD = re.compile(r"[a-zа-я]+")


class Rated(NamedTuple):
    """ids: of the likeliest entries, best first, at most `OFFERED`. score: of the best one, in a measure of its own."""

    ids: tuple[str, ...]
    score: float


class Rater(Protocol):
    """Finds entries for a question."""

    def __call__(self, text: str) -> Rated: ...


class Ours:
    """The matcher that answers residents."""

    def __init__(self, matcher: FaqMatcher) -> None:
        self.matcher = matcher

    def __call__(self, text: str) -> Rated:
        found = self.matcher.rated(text)[:OFFERED]
        return Rated(tuple(entry.id for entry, _ in found), found[0][1] if found else 0.0)


class Fuzzy:
    """rapidfuzz over every wording."""

    def __init__(self, base: Base, scorer: Callable[..., float]) -> None:
        self._entries = _Entries(base.entries, [len([*wordings_of(entry)]) for entry in base.entries])
        self._wordings = [utils.default_process(text) for entry in base.entries for text in wordings_of(entry)]
        self._scorer = scorer

    def __call__(self, text: str) -> Rated:
        scores = process.cdist([utils.default_process(text)], self._wordings, scorer=self._scorer)
        return self._entries.best(scores[0])


class Tfidf:
    """scikit-learn's TF-IDF of runs of two to five letters within words."""

    def __init__(self, base: Base) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._entries = _Entries(base.entries, [1] * len(base.entries))
        self._vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, dtype=np.float32)
        self._rows: Any = self._vectorizer.fit_transform(documents(base))

    def __call__(self, text: str) -> Rated:
        asked: Any = self._vectorizer.transform([text])
        return self._entries.best((self._rows @ asked.T).toarray().ravel())


class Bm25:
    """bm25s over dictionary forms."""

    def __init__(self, base: Base) -> None:
        import bm25s

        self._entries = _Entries(base.entries, [1] * len(base.entries))
        self._index: Any = bm25s.BM25()
        self._index.index([forms(text) for text in documents(base)], show_progress=False)

    def __call__(self, text: str) -> Rated:
        asked = forms(text)
        return self._entries.best(self._index.get_scores(asked)) if asked else Rated((), 0.0)


class _Entries:
    """Turns scores of texts, which stand in the order of their entries, into the best entries."""

    def __init__(self, entries: Sequence[FaqEntry], texts: Sequence[int]) -> None:
        self._ids = [entry.id for entry in entries]
        self._starts = np.concatenate([[0], np.cumsum(texts)[:-1]])

    def best(self, scores: NDArray[Any]) -> Rated:
        of_entries = np.maximum.reduceat(scores, self._starts)
        order = np.argpartition(-of_entries, OFFERED)[:OFFERED]
        order = order[np.argsort(-of_entries[order], kind="stable")]
        return Rated(tuple(self._ids[number] for number in order), float(of_entries[order[0]]))


def documents(base: Base) -> list[str]:
    return [" ".join((*wordings_of(entry), *entry.answers)) for entry in base.entries]


def forms(text: str) -> list[str]:
    words = _WORD.findall(text.lower().replace("ё", "е"))
    return [_form(word) for word in words if word not in SMALL]


@lru_cache(maxsize=65_536)
def _form(word: str) -> str:
    """Look a word up without `language.lemmas`, whose memory would spare ours the work that this peer has just done."""
    return str(dictionary().parse(word)[0].normal_form)


def peers(base: Base) -> dict[str, Rater]:
    """Build every peer over a base, by its name."""
    return {
        "rapidfuzz WRatio": Fuzzy(base, fuzz.WRatio),
        "rapidfuzz token_set_ratio": Fuzzy(base, fuzz.token_set_ratio),
        "TF-IDF, letters 2-5": Tfidf(base),
        "BM25 over lemmas": Bm25(base),
    }
