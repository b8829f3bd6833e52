"""What a resident's words are about: rules for emergencies first, then a statistical layer over shipped examples.

Both read data only: `emergencies.yaml` and the titles and examples of `classifier.yaml`. The statistical layer is a
cosine over stems and letter triples, weighted by how few problems use them; triples carry typos. Pure once built.
"""

from __future__ import annotations

import math
import re
from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from language.layout import russian
from language.normalise import stem, stems
from tickets.emergencies import Emergencies
from tickets.problems import shipped
from tickets.types import Classification, Problem

RULES = Path(__file__).with_name("emergencies.yaml")
SURE = 0.50  # score from which nobody is asked, with a lead of APART over the next problem of another category
APART = 0.06
NOTHING = 0.22  # score below which a text names no problem
TRIPLE = 0.35  # weight of a letter triple; a whole stem weighs 1
VAGUE_WEIGHT = 0.3  # of a word that tells of trouble but not of which
MOST_RATED = 4000  # characters
MOST_CLAUSES = 24
KNOWN_STEMS = 2048  # about 10 KB each
REMEMBERED = 64  # texts: one turn asks about the same text several times
ONLY_BY_RULES = frozenset({"flood", "falling"})  # likeness alone raises no alarm: "соседи сверху орут"
SLACK = 1.0 + 1e-9  # keeps a bound above what rounding makes of the score
PART = 0.9  # what a clause's likeness counts beside that of the whole text

_VAGUE_WORDS = (
    "плохо плохой помогите помощь срочно скорее быстрее опять снова постоянно давно вообще ничего беда проблема"
    " сломалось сломался нужно надо прошу примите меры жители соседи подъезд квартира дом день неделя час"
)
_VAGUE = frozenset(stem(word) for word in _VAGUE_WORDS.split())
_CLAUSE = re.compile(r"[.!?;,\n…]+|\s[-–—]\s")

Vector = dict[str, float]


class Part(NamedTuple):
    """A stem of a text against the examples. Problems and examples go by their numbers."""

    weighed: Sequence[tuple[str, float]]  # its features
    most: Sequence[tuple[int, float]]  # of a problem: the most that it adds to the likeness of one of its examples
    rows: Mapping[int, Sequence[tuple[int, float]]]  # by problem: what it adds to the likeness of which example


class Clause(NamedTuple):
    parts: Sequence[Part]
    length: float
    counts: float  # beside the other clauses
    bounds: Sequence[float]  # by problem: its score is below this one; 0: nothing is alike


class RuleClassifier:
    """Implements `dialogs.types.Classifier`."""

    def __init__(
        self, problems: Mapping[str, Problem], rules: Emergencies, learned: Sequence[tuple[str, str]] = ()
    ) -> None:
        """learned: more examples, as (code of a problem, text); of a code that is unknown none is taken."""
        self.problems = tuple(problems.values())
        self._by_code = dict(problems)
        self._rules = rules
        rows = [(code, features(stems(text))) for code, problem in problems.items() for text in wordings(problem)]
        rows += [(code, features(stems(text))) for code, text in learned if code in problems]
        self._weights = weigh(rows)
        self._examples = [
            (code, unit({name: count * self._weights[name] for name, count in row.items()})) for code, row in rows
        ]
        self._lately = lru_cache(maxsize=REMEMBERED)(self._classify)
        self._part = lru_cache(maxsize=KNOWN_STEMS)(self._weigh_part)
        self._codes = tuple(dict.fromkeys(code for code, _ in self._examples))
        self._categories = [problems[code].category for code in self._codes]
        self._numbers = [self._codes.index(code) for code, _ in self._examples]  # of the problem of each example
        self._index: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, (_, vector) in enumerate(self._examples):
            for name, value in vector.items():
                self._index[name].append((place, value))

    @classmethod
    @lru_cache(maxsize=1)
    def shipped(cls) -> RuleClassifier:
        """The classifier that comes with the program; built once."""
        return cls(shipped(), Emergencies.read(RULES))

    @classmethod
    def with_learned(cls, learned: Sequence[tuple[str, str]]) -> RuleClassifier:
        """Make the shipped classifier with more examples, as (code of a problem, text)."""
        return cls(shipped(), Emergencies.read(RULES), learned)

    def emergency(self, text: str) -> str:
        """Return the key of the safety text, or ''. Rules only."""
        return self._rules.key(text)

    def problem(self, code: str) -> Classification | None:
        """Return a problem that somebody chose."""
        found = self._by_code.get(code)
        return Classification(problem=found, score=1.0, top=(found,), sure=True) if found else None

    def classify(self, text: str) -> Classification | None:
        """Return the likeliest problem with two more, or None when the text names none."""
        return self._lately(text)

    def _classify(self, text: str) -> Classification | None:
        key = self.emergency(text)
        rated = self.rated(russian(text)[:MOST_RATED], every=bool(key))
        if key:
            rated.sort(key=lambda item: (self._by_code[item[0]].safety != key, -item[1]))
            same = [problem for problem in self.problems if problem.safety == key]
            if same and (not rated or self._by_code[rated[0][0]].safety != key):
                rated.insert(0, (same[0].code, NOTHING))
        if not rated or (rated[0][1] < NOTHING and not key):
            return None
        top = tuple(self._by_code[code] for code, _ in rated[:3])
        other = next((score for code, score in rated[1:] if self._by_code[code].category != top[0].category), 0.0)
        if top[0].safety in ONLY_BY_RULES and top[0].safety != key:
            return Classification(problem=top[0], score=min(1.0, rated[0][1]), top=top, emergency=key)
        sure = (bool(key) and top[0].safety == key) or (rated[0][1] >= SURE and rated[0][1] - other >= APART)
        return Classification(problem=top[0], score=min(1.0, rated[0][1]), top=top, emergency=key, sure=sure)

    def rated(self, text: str, *, every: bool = False) -> list[tuple[str, float]]:
        """Return problem codes with scores 0..1, best first: a text is as like a problem as its likest clause.

        The first three are exact, and so is the first of another category than the best one; others may lack, as most
        problems are ruled out by a bound of their score. every: none lacks.
        """
        heard = [self._clause(clause, PART if place else 1.0) for place, clause in enumerate(clauses(text))]
        bounds = list(map(max, *[clause.bounds for clause in heard])) if len(heard) > 1 else heard[0].bounds
        found: list[tuple[float, int, int]] = []
        for number in sorted(range(len(bounds)), key=bounds.__getitem__, reverse=True):
            if not bounds[number] or (not every and self._settled(found, bounds[number])):
                break
            insort(found, self._score(heard, number))
        return [(self._codes[number], -score) for score, _, number in found]

    def _settled(self, found: Sequence[tuple[float, int, int]], bound: float) -> bool:
        """Say whether no score up to `bound` changes the first three, or the first of another category."""
        if not found or -found[0][0] < NOTHING:
            return bound < NOTHING  # the text names no problem
        if len(found) < 3 or -found[2][0] <= bound:
            return False
        first = self._categories[found[0][2]]
        return any(-score > bound and self._categories[number] != first for score, _, number in found)

    def _score(self, heard: Sequence[Clause], number: int) -> tuple[float, int, int]:
        """Rate one problem by its two most alike examples; return what sorts best first: -score, clause, number."""
        best, first = 0.0, len(heard)
        for place, clause in enumerate(heard):
            if clause.bounds[number]:
                first = min(first, place)
            if clause.bounds[number] <= best:
                continue
            alike: dict[int, float] = {}
            for part in clause.parts:
                for example, value in part.rows.get(number, ()):
                    alike[example] = alike.get(example, 0.0) + value
            ordered = sorted(alike.values(), reverse=True)
            score = 0.75 * ordered[0] + 0.25 * ordered[1] if len(ordered) > 1 else ordered[0]
            best = max(best, score / clause.length * clause.counts)
        return -best, first, number

    def _clause(self, text: str, counts: float) -> Clause:
        parts = tuple(map(self._part, stems(text)))
        summed: dict[str, float] = {}
        most = [0.0] * len(self._codes)
        for part in parts:
            for name, value in part.weighed:
                summed[name] = summed.get(name, 0.0) + value
            for number, value in part.most:
                most[number] += value
        length = math.sqrt(sum([value * value for value in summed.values()]))
        scale = counts * SLACK / length if length else 0.0
        return Clause(parts, length, counts, [value * scale for value in most])

    def _weigh_part(self, one: str) -> Part:
        """Weigh a stem, and tell how alike it is to each example that shares a feature."""
        weighed = {name: count * self._weights.get(name, self._weights[""]) for name, count in features([one]).items()}
        row: dict[int, float] = defaultdict(float)
        for name, value in weighed.items():
            for place, weight in self._index.get(name, ()):
                row[place] += value * weight
        rows: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for place, value in row.items():
            rows[self._numbers[place]].append((place, value))
        return Part(
            tuple(weighed.items()),
            tuple([(number, max([value for _, value in mine])) for number, mine in rows.items()]),
            {number: tuple(mine) for number, mine in rows.items()},
        )


def clauses(text: str) -> tuple[str, ...]:
    """Return the text and, when it is longer than one, its clauses: greetings and addresses thin out a complaint."""
    parts = [part for part in _CLAUSE.split(text) if len(stems(part)) > 1]
    return (text, *parts[:MOST_CLAUSES]) if len(parts) > 1 else (text,)


def wordings(problem: Problem) -> tuple[str, ...]:
    return (problem.title, f"{problem.category_title} {problem.title}", *problem.examples)


def features(words: Iterable[str]) -> Vector:
    """Return stems and the letter triples inside them, with their counts."""
    counts: dict[str, float] = defaultdict(float)
    for one in words:
        weight = VAGUE_WEIGHT if one in _VAGUE else 1.0
        counts[one] += weight
        padded = f"^{one}$"
        for start in range(len(padded) - 2):
            counts[f"~{padded[start : start + 3]}"] += weight
    return {name: count if not name.startswith("~") else count * TRIPLE for name, count in counts.items()}


def weigh(rows: Iterable[tuple[str, Vector]]) -> Vector:
    """Weigh each feature by how few problems use it; '' is what nobody uses."""
    users: dict[str, set[str]] = defaultdict(set)
    codes: set[str] = set()
    for code, row in rows:
        codes.add(code)
        for name in row:
            users[name].add(code)
    count = max(1, len(codes))
    weights = {name: 1.0 + math.log(count / len(using)) for name, using in users.items()}
    return weights | {"": 1.0 + math.log(count) / 2}


def unit(vector: Vector) -> Vector:
    length = math.sqrt(sum(value * value for value in vector.values()))
    return {name: value / length for name, value in vector.items()} if length else {}
