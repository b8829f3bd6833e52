"""What a resident's words are about: rules for emergencies first, then what was learnt from examples.

The rules are data (`emergencies.yaml`) and name an emergency in the words that usually tell of it. What was learnt
(`language.linear_model`) knows the problem, and hears the emergencies that nobody thought of when the rules were
written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from language.disk_cache import cached
from language.features import words_of
from language.keyboard_layout import russian
from language.lemmas import dictionary
from language.linear_model import Example, LinearModel
from language.questions import is_question
from language.spelling import Speller
from language.thesaurus import FILE as THESAURUS
from language.thesaurus import Thesaurus
from tickets.classification import examples, urgency
from tickets.classification.emergencies import Emergencies
from tickets.classification.nearest_corrections import Lessons
from tickets.classification.problems import SHIPPED as PROBLEMS
from tickets.classification.problems import shipped
from tickets.lifecycle.types import Classification, Priority, Problem

RULES = Path(__file__).with_name("emergencies.yaml")
SURE = 0.30  # score from which nobody is asked, with a lead of APART over the next problem of another category
APART = 0.15
NOTHING = 0.10  # score below which a text names no problem
GUESSED = 0.30  # the same for a text without one word that is known as it is written: «фыв прол»
FEW = 3  # words; of fewer only a cry is an emergency by itself: «горим!»
CRY = 0.45  # score of a cry
FOREMOST = 0.40  # chance of an emergency from which it stands first among the problems
OF_OTHERS = ("police", "health")  # subjects of the examples that are emergencies, but no work of the company
LONG = 16  # words; a longer text is rated by its parts too
MOST_PARTS = 4
PART = 0.9  # what a part counts beside the whole
MOST_TEXT = 8_000  # characters heard of one text
REMEMBERED = 256  # texts: one turn asks about the same text several times
_SENTENCE = re.compile(r"[.!?;\n…]+")


class Heard(NamedTuple):
    """What is understood of a text. scores: by subject, about 0 to 1. emergency: the likeliest one's subject, or ''.

    chance: of an emergency, 0..1. key: of its safety text, or ''.
    """

    scores: Mapping[str, float]
    chance: float
    emergency: str = ""
    key: str = ""
    rule: bool = False  # the rules heard it


class RuleClassifier:
    """Implements `dialogs.world.Classifier`. lessons: corrections to follow; they never change what is an emergency."""

    def __init__(
        self, problems: Mapping[str, Problem], rules: Emergencies, model: LinearModel, lessons: Lessons | None = None
    ) -> None:
        self.problems = tuple(problems.values())
        self.model = model
        self._lessons = lessons
        self._by_code = dict(problems)
        self._rules = rules
        urgent = (code for code, problem in problems.items() if problem.priority is Priority.EMERGENCY)
        self._urgent = frozenset((*urgent, *OF_OTHERS))
        self._speller = Speller.cached("problems", [*model.vocabulary, *Thesaurus.shipped().words()])
        self._lately = lru_cache(maxsize=REMEMBERED)(self._classify)
        self._heard = lru_cache(maxsize=REMEMBERED)(self._hear)

    @classmethod
    @lru_cache(maxsize=1)
    def shipped(cls) -> RuleClassifier:
        """The classifier that comes with the program; built once."""
        problems = shipped()
        dictionary()  # opened now, not while the first resident waits
        return cls(problems, Emergencies.read(RULES), _learnt(problems))

    @classmethod
    def with_learned(cls, learned: Sequence[tuple[str, str]]) -> RuleClassifier:
        """The shipped one that follows corrections: (problem code, text); unknown codes are passed over."""
        base = cls.shipped()
        lessons = Lessons([Example(*one) for one in learned if one[0] in base._by_code])
        return cls(base._by_code, base._rules, base.model, lessons)

    def emergency(self, text: str, *, answer: bool = False) -> str:
        """Return the key of the safety text, or ''.

        answer: the text answers a question about the place or the phone, where a street or a name may sound dangerous.
        """
        heard = self._heard(text)
        return heard.key if heard.rule or not answer or heard.chance >= urgency.ANSWER else ""

    def problem(self, code: str) -> Classification | None:
        """Return a problem that somebody chose."""
        found = self._by_code.get(code)
        return Classification(problem=found, score=1.0, top=(found,), sure=True) if found else None

    def classify(self, text: str) -> Classification | None:
        """Return the likeliest problem with two more, or None when the text names none."""
        return self._lately(text)

    def rated(self, text: str) -> list[tuple[str, float]]:
        """Return problem codes with scores, about 0 to 1, best first."""
        scores = self._heard(text).scores
        found = {code: scores[code] for code in self._by_code}
        if self._lessons:
            found = self._lessons.applied(self.words(russian(text)), found)
        return sorted(found.items(), key=lambda item: -item[1])

    def _classify(self, text: str) -> Classification | None:
        heard, rated = self._heard(text), self.rated(text)
        if heard.emergency and heard.chance >= FOREMOST:
            rated.sort(key=lambda item: item[0] != heard.emergency)
        elif not heard.emergency and rated[0][1] < (NOTHING if self._written(russian(text)) else GUESSED):
            return None
        top = self._offered(rated)
        score = min(1.0, max(0.0, rated[0][1]))
        other = max(
            (value for code, value in rated[1:] if self._by_code[code].category != top[0].category), default=0.0
        )
        sure = score >= SURE and score - other >= APART and (not top[0].safety or bool(heard.emergency))
        return Classification(problem=top[0], score=score, top=top, emergency=heard.key, sure=sure or bool(heard.key))

    def _offered(self, rated: Sequence[tuple[str, float]]) -> tuple[Problem, ...]:
        """Return the three to choose from: the likeliest, but not three of one category."""
        best = [self._by_code[code] for code, _ in rated[:2]]
        rest = (self._by_code[code] for code, _ in rated[2:])
        alone = best[0].category == best[1].category
        return (*best, next(one for one in rest if not alone or one.category != best[0].category))

    def _hear(self, text: str) -> Heard:
        meant = russian(text[:MOST_TEXT])
        words = self.words(meant)
        found = self.model.rate(words)
        for part in _parts(meant):
            found = found.clip(min=self.model.rate(self.words(part)) * PART)
        scores = dict(zip(self.model.subjects, found.tolist(), strict=False))
        rule, asks = self._rules.key(text), is_question(meant)
        chance = urgency.chance(scores, self._urgent, float(found[-1]), rule=bool(rule), asks=asks)
        if chance < self._least(meant, rule, asks=asks):
            return Heard(scores, chance)
        likeliest = max(self._urgent, key=lambda code: scores.get(code, 0.0))
        written = FEW if rule else self._written(meant)
        if not written or (written < FEW and scores[likeliest] < CRY):
            return Heard(scores, chance)
        return Heard(scores, chance, likeliest, rule or self._safety_of(likeliest), bool(rule))

    def _least(self, text: str, rule: str, *, asks: bool) -> float:
        """Return the chance from which a text is an emergency."""
        if rule:
            return urgency.VETO if asks else 0.0
        if self._rules.takes_back(text):
            return 1.0
        return urgency.ASKED if asks else urgency.ALARM

    def _safety_of(self, subject: str) -> str:
        return subject if subject in OF_OTHERS else self._by_code[subject].safety

    def _written(self, text: str) -> int:
        """Count the words that are known without mending their spelling."""
        return sum(self.model.knows(one) and not self._speller.meant(one) for one in words_of(text))

    def words(self, text: str) -> list[str]:
        """Return the words of a Russian text that tell something, in the nearest known spelling."""
        return [self._speller.meant(one) or one for one in words_of(text)]


def _parts(text: str) -> Iterator[str]:
    """Yield a long text in parts of about equal length, cut between sentences: a story hides what it is about."""
    sentences = [one for one in _SENTENCE.split(text) if one.strip()]
    count = min(MOST_PARTS, len(sentences), len(text.split()) // LONG + 1)
    if count > 1:
        size = -(-len(sentences) // count)
        yield from (". ".join(sentences[start : start + size]) for start in range(0, len(sentences), size))


def wordings(problem: Problem) -> tuple[str, ...]:
    return (problem.title, f"{problem.category_title} {problem.title}", *problem.examples)


def _learnt(problems: Mapping[str, Problem]) -> LinearModel:
    """Learn from the shipped examples, or read what was learnt from them before."""
    sources = [file.read_bytes() for file in (PROBLEMS, THESAURUS, *examples.files())]
    return cached(examples.FOLDER, "problems", sources, lambda: _learn(problems), LinearModel.from_arrays)


def _learn(problems: Mapping[str, Problem]) -> LinearModel:
    rows = [Example(code, text) for code, problem in problems.items() for text in wordings(problem)]
    urgent = [code for code, problem in problems.items() if problem.priority is Priority.EMERGENCY]
    return LinearModel.of([*rows, *examples.shipped()], frozenset({*urgent, *OF_OTHERS}))
