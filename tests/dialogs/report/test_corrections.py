"""A resident who chooses another problem than the first guess corrects the classifier."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialogs.effects import KeepCorrection, OpenTicket
from dialogs.session import State
from tests.dialogs.talk import Talk, neighbour, problems
from tickets.lifecycle.types import Classification

VAGUE = "на лестнице что-то не так"
GUESSES = ("entrance_light", "entrance_cleaning", "el_sparking")


class Guesses:
    """The shipped classifier, with the guesses of some texts set, so that no test depends on how good it is."""

    def __init__(self, sure: dict[str, str]) -> None:
        self._sure = sure
        self.emergency, self.problem = problems().emergency, problems().problem

    def classify(self, text: str) -> Classification | None:
        if text in self._sure:
            return self.problem(self._sure[text])
        top = [found.problem for code in GUESSES if (found := self.problem(code))]
        return Classification(problem=top[0], score=0.4, top=tuple(top))


def resident(**sure: str) -> Talk:
    talk = neighbour()
    talk.world = replace(talk.world, classifier=Guesses(sure))
    return talk


def at_kinds() -> Talk:
    talk = resident()
    talk.write("сообщить о проблеме", "тот же", "тот же номер", VAGUE)
    assert talk.session.kinds == GUESSES, talk.text
    return talk


@pytest.mark.parametrize(("said", "chosen"), [("2", "entrance_cleaning"), ("другое", "question")])
def test_another_button_than_the_first_is_a_correction(said: str, chosen: str) -> None:
    talk = at_kinds()
    talk.write(said)
    (kept,) = talk.effects(KeepCorrection)
    assert (kept.text, kept.guessed, kept.chosen) == (VAGUE, "entrance_light", chosen)
    assert kept.personal == ("ул. Садовая, д. 5", "Анна")


def test_the_first_button_corrects_nothing() -> None:
    talk = at_kinds()
    talk.write("1", "без фото", "да")
    assert talk.effects(OpenTicket)[0].problem == "entrance_light"
    assert talk.effects(KeepCorrection) == []


def test_a_danger_that_was_pressed_is_kept_beside_its_ticket() -> None:
    talk = at_kinds()
    talk.write("3")
    assert [(one.guessed, one.chosen) for one in talk.effects(KeepCorrection)] == [("entrance_light", "el_sparking")]
    assert talk.effects(OpenTicket)[0].problem == "el_sparking"


def at_summary(said: str, **sure: str) -> Talk:
    talk = resident(**sure)
    talk.write("сообщить о проблеме", "тот же", "тот же номер", said, "без фото")
    assert talk.session.state is State.SUMMARY, talk.text
    return talk


def test_the_same_matter_told_anew_on_the_summary_corrects_the_first_guess() -> None:
    words = {"лифт гудит": "heating_air_noise", "лифт гудит при езде": "lift_noise"}
    talk = at_summary("лифт гудит", **words)
    talk.write("изменить проблему", "лифт гудит при езде")
    (kept,) = talk.effects(KeepCorrection)
    assert (kept.text, kept.guessed, kept.chosen) == ("лифт гудит", "heating_air_noise", "lift_noise")


def test_another_matter_told_on_the_summary_corrects_nothing() -> None:
    words = {"лифт не работает": "lift_stopped", "домофон не открывает дверь": "intercom"}
    talk = at_summary("лифт не работает", **words)
    talk.write("изменить проблему", "домофон не открывает дверь")
    assert talk.session.draft.problem == "intercom"
    assert talk.effects(KeepCorrection) == []


def test_another_phone_on_the_summary_corrects_nothing() -> None:
    talk = at_summary("лифт не работает", **{"лифт не работает": "lift_stopped"})
    talk.write("изменить телефон", "8 927 111-22-33")
    assert talk.effects(KeepCorrection) == []
