"""Features of an entry for a question: numbers that show how well the entry answers it. Pure once built."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz

from faq.matching import topics as background
from faq.matching.index import BaseIndex, answer_of
from faq.matching.reading import Query, QueryReader
from faq.types import FaqEntry
from language.features import VIEWS, Word, word, words_of
from language.similarity import Floats

FEATURE_NAMES = ("runs", "forms", "concepts", "answer", "topics", "problems", "covered", "meant", "fuzzy")
ANSWER_FEATURE_NAMES = (
    "asks",
    "nothing",
    "trouble",
    "stated_trouble",
    "near",
    "unknown",
    "off_topic",
    "unsaid",
    "unsaid_most",
    "length",
)
NEXT = 2  # wordings after the nearest one whose mean similarity is added to that of the nearest
NEXT_COUNTS = 1 / 3  # weight of that mean
WORDINGS = 80  # nearest wordings that are examined
CANDIDATES = 12  # entries that get all features
FIRST_LOOK = np.array([1.0, 1.0, 1.5, 1.5, 2.0, 1.0])  # weights of the first six features in choosing candidates
ENOUGH_WORDS = 12  # of a question; more words do not make a match more certain


@dataclass(frozen=True, slots=True)
class EntryWords:
    """The words of all wordings and answers of an entry."""

    forms: frozenset[str]
    concepts: frozenset[str]


class EntryFeatures:
    """Computes the features of the entries of one base for a question."""

    def __init__(self, entries: Sequence[FaqEntry], reader: QueryReader) -> None:
        self._reader = reader
        self._index = BaseIndex.cached(entries, reader)
        wordings = [[words_of(text) for text in (entry.question, *entry.variants)] for entry in entries]
        self._joined = [" ".join(word(plain).form for plain in row) for rows in wordings for row in rows]
        self._entry_words = [
            _entry_words(rows, words_of(answer_of(entry))) for rows, entry in zip(wordings, entries, strict=True)
        ]
        self._rarest = math.log(1 + len(entries))
        self._rarity = self._rarities(len(entries))

    def of(self, query: Query) -> tuple[list[int], Floats]:
        """Return the numbers of the candidate entries and their `FEATURE_NAMES`, shape (entries, features)."""
        values = np.zeros((len(self._entry_words), len(FIRST_LOOK)))
        nearest = self._by_entry(self._index.wordings.cosines_by_view(query.features), values)
        values[:, VIEWS] = self._index.answers.cosines(query.features)
        values[:, VIEWS + 1] = self._index.topics @ query.topics
        values[:, VIEWS + 2] = self._index.problems @ query.problems
        numbers = np.argsort(-(values @ FIRST_LOOK), kind="stable")[:CANDIDATES].tolist()
        weights = [self._weight(lexeme.form) for lexeme in query.lexemes]
        text = " ".join(lexeme.form for lexeme in query.lexemes)
        details = []
        for number in numbers:
            wording = self._joined[nearest[number]] if number in nearest else ""
            details.append(
                (*self._shares_covered(query.lexemes, weights, number), fuzz.token_set_ratio(text, wording) / 100)
            )
        return numbers, np.hstack([values[numbers], np.array(details)])

    def of_answer(self, query: Query, number: int) -> Floats:
        """Return `ANSWER_FEATURE_NAMES`: further features that decide whether the entry is given as the answer."""
        answer = self._entry_words[number]
        weights = [self._weight(lexeme.form) for lexeme in query.lexemes]
        whole = sum(weights) or 1.0
        weighed = list(zip(query.lexemes, weights, strict=True))
        left = [(lexeme, weight) for lexeme, weight in weighed if not _means(lexeme, answer)]
        unknown = [weight for lexeme, weight in weighed if not self._is_known(lexeme)]
        return np.array(
            [
                float(query.asks),
                query.nothing,
                query.trouble,
                0.0 if query.asks else query.trouble,
                query.near,
                sum(unknown) / whole,
                min(2.0, sum(lexeme.form in background.off_topic_words() for lexeme, _ in left)),
                sum(weight for _, weight in left) / whole,
                max((weight for _, weight in left), default=0.0) / self._rarest,
                min(len(query.words), ENOUGH_WORDS) / ENOUGH_WORDS,
            ]
        )

    def _by_entry(self, cosines: Floats, out: Floats) -> dict[int, int]:
        """Write into `out`, for each entry and view, the cosine of its nearest wording and a share of the next ones.

        Return the row of the nearest wording by entry. Entries far from the question are not in it and keep 0.
        """
        whole = cosines.sum(axis=0)
        rows = np.argpartition(-whole, WORDINGS)[:WORDINGS] if len(whole) > WORDINGS else np.arange(len(whole))
        rows = rows[np.argsort(-whole[rows], kind="stable")]
        nearest: dict[int, int] = {}
        seen = [0] * len(self._entry_words)
        for row, number, values in zip(
            rows.tolist(), self._index.wordings.owners[rows].tolist(), cosines.T[rows], strict=True
        ):
            if number not in nearest:
                nearest[number] = row
                out[number, :VIEWS] = values
            elif seen[number] <= NEXT:
                out[number, :VIEWS] += values * (NEXT_COUNTS / NEXT)
            seen[number] += 1
        return nearest

    def _shares_covered(self, lexemes: Sequence[Word], weights: Sequence[float], number: int) -> tuple[float, float]:
        """Return the shares of a question that an entry covers: in the same words, and in words of the same meaning."""
        entry = self._entry_words[number]
        whole = sum(weights) or 1.0
        covered = meant = 0.0
        for lexeme, weight in zip(lexemes, weights, strict=True):
            if lexeme.form in entry.forms:
                covered += weight
            elif not entry.concepts.isdisjoint(lexeme.concepts):
                meant += weight
        return covered / whole, (covered + meant) / whole

    def _weight(self, form: str) -> float:
        """Weigh a form by how rare it is in this base and among the background topics."""
        general = self._reader.weight(form)
        own = self._rarity.get(form, self._rarest)
        return (own + (self._rarest if general is None else general)) / 2

    def _is_known(self, lexeme: Word) -> bool:
        return bool(lexeme.concepts) or lexeme.form in self._rarity or self._reader.weight(lexeme.form) is not None

    def _rarities(self, count: int) -> dict[str, float]:
        users: dict[str, int] = {}
        for words in self._entry_words:
            for form in words.forms:
                users[form] = users.get(form, 0) + 1
        return {form: math.log((1 + count) / using) for form, using in users.items()}


def _entry_words(rows: Sequence[Sequence[str]], answer: Sequence[str]) -> EntryWords:
    lexemes = [word(plain) for row in (*rows, answer) for plain in row]
    return EntryWords(
        frozenset(lexeme.form for lexeme in lexemes), frozenset(name for lexeme in lexemes for name in lexeme.concepts)
    )


def _means(lexeme: Word, entry: EntryWords) -> bool:
    return lexeme.form in entry.forms or not entry.concepts.isdisjoint(lexeme.concepts)
