"""What a resident's words are about: rules for emergencies first, then a statistical layer over shipped examples.

Both read data only: `emergencies.yaml` and the titles and examples of `classifier.yaml`. The statistical layer is a
cosine over stems and letter triples, weighted by how few problems use them; triples carry typos. Pure once built.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

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
KNOWN_STEMS = 4096
REMEMBERED = 64  # texts: one turn asks about the same text several times
ONLY_BY_RULES = frozenset({"flood", "falling"})  # likeness alone raises no alarm: "соседи сверху орут"
PART = 0.9  # what a clause's likeness counts beside that of the whole text

_VAGUE_WORDS = (
    "плохо плохой помогите помощь срочно скорее быстрее опять снова постоянно давно вообще ничего беда проблема"
    " сломалось сломался нужно надо прошу примите меры жители соседи подъезд квартира дом день неделя час"
)
_VAGUE = frozenset(stem(word) for word in _VAGUE_WORDS.split())
_CLAUSE = re.compile(r"[.!?;,\n…]+|\s[-–—]\s")

Vector = dict[str, float]
Row = Sequence[tuple[str, float]]


class RuleClassifier:
    """Implements `dialogs.types.Classifier`."""

    def __init__(self, problems: Mapping[str, Problem], rules: Emergencies) -> None:
        self.problems = tuple(problems.values())
        self._by_code = dict(problems)
        self._rules = rules
        rows = [(code, features(stems(text))) for code, problem in problems.items() for text in wordings(problem)]
        self._weights = weigh(rows)
        self._examples = [
            (code, unit({name: count * self._weights[name] for name, count in row.items()})) for code, row in rows
        ]
        self._lately = lru_cache(maxsize=REMEMBERED)(self._classify)
        self._part = lru_cache(maxsize=KNOWN_STEMS)(self._weigh_part)
        self._places = places_of([code for code, _ in self._examples])
        self._index: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, (_, vector) in enumerate(self._examples):
            for name, value in vector.items():
                self._index[name].append((place, value))

    @classmethod
    @lru_cache(maxsize=1)
    def shipped(cls) -> RuleClassifier:
        """The classifier that comes with the program; built once."""
        return cls(shipped(), Emergencies.read(RULES))

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
        rated = self.rated(russian(text)[:MOST_RATED])
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

    def rated(self, text: str) -> list[tuple[str, float]]:
        """Return problem codes with scores 0..1, best first: a text is as like a problem as its likest clause."""
        best: dict[str, float] = {}
        for place, clause in enumerate(clauses(text)):
            for code, score in self._rated(clause).items():
                best[code] = max(score * PART if place else score, best.get(code, 0.0))
        return sorted(best.items(), key=lambda item: -item[1])

    def _rated(self, text: str) -> dict[str, float]:
        """Rate one clause: the two most alike examples of a problem count."""
        counts: dict[str, float] = {}
        alike = [0.0] * len(self._examples)
        for weighed, row in map(self._part, stems(text)):
            for name, value in weighed:
                counts[name] = counts.get(name, 0.0) + value
            for place, value in row:
                alike[place] += value
        length = math.sqrt(sum([value * value for value in counts.values()]))
        best: dict[str, float] = {}
        for code, start, end in self._places:
            if score := max(mine := alike[start:end]):
                mine.remove(score)
                second = max(mine, default=0.0)
                best[code] = (0.75 * score + 0.25 * second if second else score) / length
        return best

    def _weigh_part(self, one: str) -> tuple[Row, Sequence[tuple[int, float]]]:
        """Return the weighed features of a stem, and how alike it is to each example that shares one."""
        weighed = {name: count * self._weights.get(name, self._weights[""]) for name, count in features([one]).items()}
        row: dict[int, float] = defaultdict(float)
        for name, value in weighed.items():
            for place, weight in self._index.get(name, ()):
                row[place] += value * weight
        return tuple(weighed.items()), tuple(row.items())


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


def places_of(codes: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return each code with the first of its places and the one behind the last; those of one code stand together."""
    found: list[tuple[str, int, int]] = []
    for place, code in enumerate(codes):
        start = found.pop()[1] if found and found[-1][0] == code else place
        found.append((code, start, place + 1))
    return found
