"""The signals that tell how well an entry answers a question. Pure once built."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz

from faq.matching import topics as background
from faq.matching.index import Index, answer_of
from faq.matching.reading import Asked, Sense
from faq.types import FaqEntry
from language.features import VIEWS, Word, word, words_of
from language.similarity import Floats

SIGNALS = ("runs", "forms", "concepts", "answer", "topics", "problems", "covered", "meant", "fuzzy")
OF_ANSWER = ("asks", "nothing", "trouble", "told", "near", "strange", "foreign", "unsaid", "unsaid_most", "length")
NEXT = 2  # wordings whose mean likeness is added to that of the likest one
NEXT_COUNTS = 1 / 3
WORDINGS = 80  # looked at
CANDIDATES = 12  # entries looked at closely
FIRST_LOOK = np.array([1.0, 1.0, 1.5, 1.5, 2.0, 1.0])  # what the first six signals count in choosing candidates
ENOUGH_WORDS = 12  # of a question; longer ones are not surer


@dataclass(frozen=True, slots=True)
class Said:
    """What an entry says."""

    forms: frozenset[str]
    concepts: frozenset[str]


class Signals:
    """Rates the entries of one base for questions."""

    def __init__(self, entries: Sequence[FaqEntry], sense: Sense) -> None:
        self._sense = sense
        self._index = Index.cached(entries, sense)
        wordings = [[words_of(text) for text in (entry.question, *entry.variants)] for entry in entries]
        self._joined = [" ".join(word(one).form for one in row) for rows in wordings for row in rows]
        self._said = [_said(rows, words_of(answer_of(entry))) for rows, entry in zip(wordings, entries, strict=True)]
        self._rarest = math.log(1 + len(entries))
        self._rarity = self._rarities(len(entries))

    def of(self, asked: Asked) -> tuple[list[int], Floats]:
        """Return the numbers of the entries worth a look and their `SIGNALS`, shape (entries, signals)."""
        far = np.zeros((len(self._said), len(FIRST_LOOK)))
        likest = self._by_entry(self._index.wordings.cosines_by_view(asked.features), far)
        far[:, VIEWS] = self._index.answers.cosines(asked.features)
        far[:, VIEWS + 1] = self._index.topics @ asked.topics
        far[:, VIEWS + 2] = self._index.problems @ asked.problems
        numbers = np.argsort(-(far @ FIRST_LOOK), kind="stable")[:CANDIDATES].tolist()
        weights = [self._weight(one.form) for one in asked.looked]
        text = " ".join(one.form for one in asked.looked)
        near = []
        for number in numbers:
            wording = self._joined[likest[number]] if number in likest else ""
            near.append((*self._said_of(asked.looked, weights, number), fuzz.token_set_ratio(text, wording) / 100))
        return numbers, np.hstack([far[numbers], np.array(near)])

    def of_answer(self, asked: Asked, number: int) -> Floats:
        """Return `OF_ANSWER`: what else tells whether this entry may be given as the answer."""
        said = self._said[number]
        weights = [self._weight(one.form) for one in asked.looked]
        whole = sum(weights) or 1.0
        left = [(one, weight) for one, weight in zip(asked.looked, weights, strict=True) if not _means(one, said)]
        strange = [weight for one, weight in zip(asked.looked, weights, strict=True) if not self._is_known(one)]
        return np.array(
            [
                float(asked.asks),
                asked.nothing,
                asked.trouble,
                0.0 if asked.asks else asked.trouble,
                asked.near,
                sum(strange) / whole,
                min(2.0, sum(one.form in background.foreign() for one, _ in left)),
                sum(weight for _, weight in left) / whole,
                max((weight for _, weight in left), default=0.0) / self._rarest,
                min(len(asked.words), ENOUGH_WORDS) / ENOUGH_WORDS,
            ]
        )

    def _by_entry(self, alike: Floats, out: Floats) -> dict[int, int]:
        """Write for each entry how alike its likest wording is and a share of the next ones, by view.

        Return the row of the likest wording by entry; entries far from the question lack and stay 0.
        """
        whole = alike.sum(axis=0)
        rows = np.argpartition(-whole, WORDINGS)[:WORDINGS] if len(whole) > WORDINGS else np.arange(len(whole))
        rows = rows[np.argsort(-whole[rows], kind="stable")]
        likest: dict[int, int] = {}
        seen = [0] * len(self._said)
        for row, number, values in zip(
            rows.tolist(), self._index.wordings.owners[rows].tolist(), alike.T[rows], strict=True
        ):
            if number not in likest:
                likest[number] = row
                out[number, :VIEWS] = values
            elif seen[number] <= NEXT:
                out[number, :VIEWS] += values * (NEXT_COUNTS / NEXT)
            seen[number] += 1
        return likest

    def _said_of(self, looked: Sequence[Word], weights: Sequence[float], number: int) -> tuple[float, float]:
        """Return the shares of a question that an entry says, in the same words and in any words."""
        said = self._said[number]
        whole = sum(weights) or 1.0
        covered = meant = 0.0
        for one, weight in zip(looked, weights, strict=True):
            if one.form in said.forms:
                covered += weight
            elif not said.concepts.isdisjoint(one.concepts):
                meant += weight
        return covered / whole, (covered + meant) / whole

    def _weight(self, form: str) -> float:
        """Weigh a form by how rare it is in this base and among the background topics."""
        general = self._sense.weight(form)
        own = self._rarity.get(form, self._rarest)
        return (own + (self._rarest if general is None else general)) / 2

    def _is_known(self, one: Word) -> bool:
        return bool(one.concepts) or one.form in self._rarity or self._sense.weight(one.form) is not None

    def _rarities(self, count: int) -> dict[str, float]:
        users: dict[str, int] = {}
        for said in self._said:
            for form in said.forms:
                users[form] = users.get(form, 0) + 1
        return {form: math.log((1 + count) / using) for form, using in users.items()}


def _said(rows: Sequence[Sequence[str]], answer: Sequence[str]) -> Said:
    looked = [word(one) for row in (*rows, answer) for one in row]
    return Said(frozenset(one.form for one in looked), frozenset(name for one in looked for name in one.concepts))


def _means(one: Word, said: Said) -> bool:
    return one.form in said.forms or not said.concepts.isdisjoint(one.concepts)
