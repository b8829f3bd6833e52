"""Corrections are learned, held out or excluded, and a classifier that got worse is recognised."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from tickets.classification.classifier import RuleClassifier
from tickets.classification.problems import shipped
from tickets.learning import evaluation as learning
from tickets.learning.evaluation import Answer, Figures
from tickets.learning.types import Correction
from tickets.lifecycle.types import Priority

CLASSIFIER = RuleClassifier.shipped()
WORDS = ("шарманка гнусавит", "шарманка гундосит", "волынка гнусавит", "волынка гундосит", "арфа фальшивит")
LEARNED = next(text for text in WORDS if not learning.is_held_out(text))
JUDGING = next(text for text in (f"арфа фальшивит {n} дня" for n in range(1, 40)) if learning.is_held_out(text))


def row(text: str = LEARNED, chosen: str = "lift_noise", who: str = "resident", at_ms: int = 1) -> Correction:
    return Correction(id=at_ms, text=text, guessed="intercom", chosen=chosen, who=who, at_ms=at_ms)


def left(*rows: Correction) -> dict[str, int]:
    return dict(learning.split_corrections(rows, CLASSIFIER).excluded)


def test_a_text_teaches_or_judges_but_never_both() -> None:
    texts = [f"слова номер {number}" for number in range(400)]
    split = learning.split_corrections([row(text, at_ms=n) for n, text in enumerate(texts)], CLASSIFIER)
    assert {row.text for row in split.learn} | {row.text for row in split.held_out} == set(texts)
    assert {row.text for row in split.learn} & {row.text for row in split.held_out} == set()
    assert 60 < len(split.held_out) < 140
    assert learning.is_held_out(JUDGING.upper()) is learning.is_held_out(JUDGING)


def test_something_else_of_a_resident_teaches_nothing_but_a_dispatcher_means_it() -> None:
    assert left(row(chosen="question")) == {learning.OF_OTHER: 1}
    assert left(row(chosen="question", who="dispatcher")) == {}


@pytest.mark.parametrize("code", sorted(code for code, problem in shipped().items() if problem.safety))
def test_no_danger_is_ever_learned(code: str) -> None:
    assert left(row(chosen=code)) == {learning.OF_DANGER: 1}


def test_words_in_which_a_rule_hears_an_emergency_teach_nothing() -> None:
    texts = [f"пахнет газом {n} дня" for n in range(1, 30)]
    text = next(text for text in texts if not learning.is_held_out(text))
    assert left(row(text, chosen="gas_equipment")) == {learning.OF_EMERGENCY: 1}
    taught = RuleClassifier.with_corrections([("gas_equipment", text)])
    classification = taught.classify(text)
    assert classification
    assert (classification.emergency, classification.problem.priority) == ("gas", Priority.EMERGENCY)


def test_a_problem_that_no_longer_exists_is_left_out_everywhere() -> None:
    assert left(row(chosen="gone"), row(JUDGING, chosen="gone", at_ms=2)) == {learning.OF_UNKNOWN: 2}
    assert learning.learned_examples([row(chosen="gone"), row()], CLASSIFIER) == [("lift_noise", LEARNED)]


def test_marks_of_what_was_taken_out_are_not_learned() -> None:
    assert learning.learned_examples([row("[*], темно")], CLASSIFIER) == [("lift_noise", ", темно")]


def test_of_one_text_a_dispatcher_counts_before_residents_and_the_last_word_before_others() -> None:
    spoken = [row(at_ms=1), row(at_ms=2, who="dispatcher", chosen="intercom"), row(at_ms=3, chosen="entrance_door")]
    assert [correction.at_ms for correction in learning.latest(spoken)] == [2]
    assert [correction.at_ms for correction in learning.latest([spoken[0], spoken[2]])] == [3]
    assert [
        correction.at_ms for correction in learning.latest([*spoken, row(LEARNED.upper(), at_ms=4, who="dispatcher")])
    ] == [4]


def test_a_learned_text_is_judged_as_it_was_corrected() -> None:
    before, after = CLASSIFIER.classify(LEARNED), RuleClassifier.with_corrections([("lift_noise", LEARNED)])
    assert before is None or before.problem.code != "lift_noise"
    classification = after.classify(LEARNED)
    assert classification
    assert classification.problem.code == "lift_noise"
    assert CLASSIFIER.classify(LEARNED) == before, "the shipped one stays as it was"


def test_the_control_set_has_three_texts_of_each_category_and_no_example() -> None:
    rows = learning.control()
    counts = Counter(shipped()[code].category for code, _ in rows)
    assert set(counts) == {problem.category for problem in shipped().values()}
    assert min(counts.values()) >= 3
    known = {text.lower() for problem in shipped().values() for text in (problem.title, *problem.examples)}
    assert [text for _, text in rows if text.lower() in known] == []


def test_the_shipped_classifier_does_well_on_the_control_set() -> None:
    steps: list[tuple[int, int]] = []
    answers = learning.judge(CLASSIFIER, learning.control(), lambda done, total: steps.append((done, total)))
    figures = learning.figures(answers)
    assert figures.category >= 0.9 * figures.rows
    assert figures.heard == figures.alarms > 10
    assert steps[-1] == (figures.rows, figures.rows)


GOOD = Figures(rows=9, category=8, among_three=9, problem=7, alarms=3, raised=4, heard=3)


@pytest.mark.parametrize("change", [{"category": 7}, {"among_three": 8}, {"problem": 6}, {"heard": 2}, {"raised": 5}])
def test_any_figure_that_falls_is_worse(change: dict[str, int]) -> None:
    assert learning.is_worse(GOOD, replace(GOOD, **change))


def test_the_same_or_better_is_not_worse() -> None:
    assert not learning.is_worse(GOOD, GOOD)
    assert not learning.is_worse(GOOD, replace(GOOD, category=9, problem=9, raised=3))


def test_an_emergency_that_is_heard_no_more_is_named() -> None:
    heard = Answer(
        text="а", right="gas_smell", guessed="", category_right=True, among_three=True, alarm=True, raised=True
    )
    silent = replace(heard, raised=False)
    assert learning.missed_emergencies([heard, silent, silent], [silent, silent, heard]) == ["а"]
