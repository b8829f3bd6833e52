"""Classify a resident's text: rules for emergencies first, then a model learned from examples.

The rules are data (`emergencies.yaml`) and recognise an emergency by the usual words. The model
(`language.linear_model`) finds the problem. It also recognises emergencies that no rule describes.
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
from tickets.classification.nearest_corrections import NearestCorrections
from tickets.classification.problems import SHIPPED as PROBLEMS
from tickets.classification.problems import shipped
from tickets.lifecycle.types import Classification, Priority, Problem

RULES = Path(__file__).with_name("emergencies.yaml")
SURE = 0.30  # score from which the resident is not asked, with a lead of APART over the next other category
APART = 0.15
NOTHING = 0.10  # score below which a text names no problem
GUESSED = 0.30  # the same for a text whose words are all unknown as written: «фыв прол»
FEW = 3  # words; a shorter text is an emergency only from the score CRY: «горим!»
CRY = 0.45
FOREMOST = 0.40  # chance of an emergency from which it stands first among the problems
OF_OTHERS = ("police", "health")  # subjects that are emergencies, but not the company's work
LONG = 16  # words; the parts of a longer text are rated too
MOST_PARTS = 4
PART = 0.9  # weight of a part beside the whole
MOST_TEXT = 8_000  # characters that are read
REMEMBERED = 256  # texts: one turn asks about the same text several times
_SENTENCE = re.compile(r"[.!?;\n…]+")


class Assessment(NamedTuple):
    """The assessment of a text. scores: by subject, about 0 to 1. chance: of an emergency, 0..1.

    emergency: the likeliest emergency's subject, or ''. key: of its safety text, or ''.
    """

    scores: Mapping[str, float]
    chance: float
    emergency: str = ""
    key: str = ""
    rule: bool = False  # a rule recognised the emergency


class RuleClassifier:
    """Implements `dialogs.world.Classifier`. corrections: learned rows, which never change what is an emergency."""

    def __init__(
        self,
        problems: Mapping[str, Problem],
        rules: Emergencies,
        model: LinearModel,
        corrections: NearestCorrections | None = None,
    ) -> None:
        self.problems = tuple(problems.values())
        self.model = model
        self._corrections = corrections
        self._by_code = dict(problems)
        self._rules = rules
        urgent = (code for code, problem in problems.items() if problem.priority is Priority.EMERGENCY)
        self._urgent = frozenset((*urgent, *OF_OTHERS))
        self._speller = Speller.cached("problems", [*model.vocabulary, *Thesaurus.shipped().words()])
        self._cached_classify = lru_cache(maxsize=REMEMBERED)(self._classify)
        self._cached_assess = lru_cache(maxsize=REMEMBERED)(self._assess)

    @classmethod
    @lru_cache(maxsize=1)
    def shipped(cls) -> RuleClassifier:
        """Return the classifier that comes with the program; built once."""
        problems = shipped()
        dictionary()  # opened now, not while the first resident waits
        return cls(problems, Emergencies.read(RULES), _model(problems))

    @classmethod
    def with_corrections(cls, learned_examples: Sequence[tuple[str, str]]) -> RuleClassifier:
        """Return the shipped classifier with corrections: (problem code, text). Unknown codes are skipped."""
        base = cls.shipped()
        corrections = NearestCorrections(
            [Example(*example) for example in learned_examples if example[0] in base._by_code]
        )
        return cls(base._by_code, base._rules, base.model, corrections)

    def emergency(self, text: str, *, answer: bool = False) -> str:
        """Return the key of the safety text, or ''.

        answer: the text answers a question about the place or the phone, where a street or a name may sound dangerous.
        """
        assessment = self._cached_assess(text)
        return assessment.key if assessment.rule or not answer or assessment.chance >= urgency.ANSWER else ""

    def problem(self, code: str) -> Classification | None:
        """Return a problem that a person chose, as a sure classification; None for an unknown code."""
        problem = self._by_code.get(code)
        return Classification(problem=problem, score=1.0, top=(problem,), sure=True) if problem else None

    def classify(self, text: str) -> Classification | None:
        """Return the likeliest problem with two more, or None when the text names none."""
        return self._cached_classify(text)

    def rated(self, text: str) -> list[tuple[str, float]]:
        """Return problem codes with scores, about 0 to 1, best first."""
        scores = self._cached_assess(text).scores
        rated = {code: scores[code] for code in self._by_code}
        if self._corrections:
            rated = self._corrections.applied(self.words(russian(text)), rated)
        return sorted(rated.items(), key=lambda item: -item[1])

    def _classify(self, text: str) -> Classification | None:
        assessment, rated = self._cached_assess(text), self.rated(text)
        if assessment.emergency and assessment.chance >= FOREMOST:
            rated.sort(key=lambda item: item[0] != assessment.emergency)
        elif not assessment.emergency and rated[0][1] < (NOTHING if self._written(russian(text)) else GUESSED):
            return None
        top = self._offered(rated)
        score = min(1.0, max(0.0, rated[0][1]))
        other = max(
            (value for code, value in rated[1:] if self._by_code[code].category != top[0].category), default=0.0
        )
        sure = score >= SURE and score - other >= APART and (not top[0].safety or bool(assessment.emergency))
        return Classification(
            problem=top[0], score=score, top=top, emergency=assessment.key, sure=sure or bool(assessment.key)
        )

    def _offered(self, rated: Sequence[tuple[str, float]]) -> tuple[Problem, ...]:
        """Return the three problems to choose from: the likeliest, but not three of one category."""
        best = [self._by_code[code] for code, _ in rated[:2]]
        rest = (self._by_code[code] for code, _ in rated[2:])
        alone = best[0].category == best[1].category
        return (*best, next(problem for problem in rest if not alone or problem.category != best[0].category))

    def _assess(self, text: str) -> Assessment:
        meant = russian(text[:MOST_TEXT])
        words = self.words(meant)
        outputs = self.model.rate(words)
        for part in _parts(meant):
            outputs = outputs.clip(min=self.model.rate(self.words(part)) * PART)
        scores = dict(zip(self.model.subjects, outputs.tolist(), strict=False))
        rule, asks = self._rules.key(text), is_question(meant)
        chance = urgency.chance(scores, self._urgent, float(outputs[-1]), rule=bool(rule), asks=asks)
        if chance < self._least(meant, rule, asks=asks):
            return Assessment(scores, chance)
        likeliest = max(self._urgent, key=lambda code: scores.get(code, 0.0))
        written = FEW if rule else self._written(meant)
        if not written or (written < FEW and scores[likeliest] < CRY):
            return Assessment(scores, chance)
        return Assessment(scores, chance, likeliest, rule or self._safety_of(likeliest), bool(rule))

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
        """Count the words that are known without correcting their spelling."""
        return sum(self.model.knows(word) and not self._speller.meant(word) for word in words_of(text))

    def words(self, text: str) -> list[str]:
        """Return the words of a Russian text that carry meaning, in the nearest known spelling."""
        return [self._speller.meant(word) or word for word in words_of(text)]


def _parts(text: str) -> Iterator[str]:
    """Yield the parts of a long text, about equal and cut between sentences: a whole story hides its subject."""
    sentences = [sentence for sentence in _SENTENCE.split(text) if sentence.strip()]
    count = min(MOST_PARTS, len(sentences), len(text.split()) // LONG + 1)
    if count > 1:
        size = -(-len(sentences) // count)
        yield from (". ".join(sentences[start : start + size]) for start in range(0, len(sentences), size))


def wordings(problem: Problem) -> tuple[str, ...]:
    return (problem.title, f"{problem.category_title} {problem.title}", *problem.examples)


def _model(problems: Mapping[str, Problem]) -> LinearModel:
    """Read the model of the shipped examples from the cache, or learn it."""
    sources = [file.read_bytes() for file in (PROBLEMS, THESAURUS, *examples.files())]
    return cached(examples.FOLDER, "problems", sources, lambda: _learn(problems), LinearModel.from_arrays)


def _learn(problems: Mapping[str, Problem]) -> LinearModel:
    rows = [Example(code, text) for code, problem in problems.items() for text in wordings(problem)]
    urgent = [code for code, problem in problems.items() if problem.priority is Priority.EMERGENCY]
    return LinearModel.of([*rows, *examples.shipped()], frozenset({*urgent, *OF_OTHERS}))
