"""The benchmark of understanding: ours is right more often than what could be taken instead. No times are judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.form.by_turns import Pace
from tests.bench.understanding import complaints, many_questions, questions
from tests.bench.understanding.made_up import MadeUp
from tests.bench.understanding.questions import HALVES, OURS

pytestmark = pytest.mark.bench


@pytest.fixture(autouse=True)
def stored(tmp_path: Path) -> Iterator[None]:
    with questions.stored_in(tmp_path):
        yield


@pytest.mark.parametrize("name", ["shipped", "bare", "second"])
def test_questions_find_their_answers_more_often_than_with_any_peer(name: str) -> None:
    found = questions.SETS[name]()
    for half in HALVES:
        ours = found.quality[half][OURS]
        others = [one for name, one in found.quality[half].items() if name != OURS]
        assert ours.accuracy_at_1 > max(one.accuracy_at_1 for one in others)
        assert ours.recall_at_3 > max(one.recall_at_3 for one in others)
        assert ours.right_at_3 > max(one.right_at_3 for one in others)
        assert ours.right_at_5 > max(one.right_at_5 for one in others)
        accuracy = {name: one.accuracy_at_1 for name, one in found.quality[half].items()}
        assert as_good_and_faster(accuracy, found.pace) == []


def test_complaints_find_their_category_more_often_than_with_a_regression() -> None:
    found = complaints.measured(complaints.QUICK)
    for half in HALVES:
        ours, peer = found.quality[half][OURS], found.quality[half][complaints.PEER]
        assert ours.category_at_1 > peer.category_at_1
        assert ours.category_at_3 > peer.category_at_3
        assert ours.emergency_recall > peer.emergency_recall
        accuracy = {name: one.category_at_1 for name, one in found.quality[half].items()}
        assert as_good_and_faster(accuracy, found.pace) == []


def test_in_a_large_base_a_question_finds_its_answer_faster_than_by_comparing_all_wordings() -> None:
    found = many_questions.measured(entries=200, questions=60)
    compared = [name for name in found.pace if name.startswith("rapidfuzz")]
    assert found.found[OURS] > max(found.found[name] for name in compared)
    assert as_good_and_faster(found.found, {name: found.pace[name] for name in (OURS, *compared)}) == []


def test_questions_to_a_made_up_base_are_new_and_the_same_in_every_run() -> None:
    made = MadeUp(50)
    wordings = {text for entry in made.base.entries for text in (entry.question, *entry.variants)}
    asked = [*made.questions(90)]
    assert len(wordings) == 550
    assert wordings.isdisjoint(text for _, text in asked)
    assert asked == [*MadeUp(50).questions(90)]


def as_good_and_faster(accuracy: dict[str, float], pace: dict[str, Pace]) -> list[str]:
    """Return the peers that nobody should leave for ours."""
    return [
        name
        for name in pace
        if name != OURS and accuracy[name] >= accuracy[OURS] and pace[name].p50_ms < pace[OURS].p50_ms
    ]
