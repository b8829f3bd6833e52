"""A half-filled report: kept, reminded of once, closed after a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dialogs.effects import CancelTimer, OpenTicket, SetTimer
from dialogs.report.reminders import CLOSE, REMINDER
from dialogs.session import State
from tests.dialogs.talk import NOON, Talk, fresh_world, neighbour


def test_timers_are_set_once_per_report_and_cancelled_with_it() -> None:
    talk = neighbour()
    talk.write("Лифт не работает", "да", "да")
    assert [(one.kind, one.due - NOON) for one in talk.effects(SetTimer)] == [
        (REMINDER, timedelta(hours=2)),
        (CLOSE, timedelta(hours=24)),
    ]
    talk.write("нет", "да")
    assert {one.kind for one in talk.effects(CancelTimer)} == {REMINDER, CLOSE}


def test_reminded_of_once_with_the_open_question() -> None:
    talk = Talk()
    talk.write("Лифт не работает", "Садовая 5")
    said = talk.later(hours=2).fire(REMINDER)
    assert "не закончили" in said
    assert "Какая квартира" in said
    assert talk.fire(REMINDER) == ""


def test_a_reminder_waits_while_the_resident_writes() -> None:
    talk = Talk()
    talk.write("Лифт не работает")
    talk.later(hours=1).write("Садовая 5")
    assert talk.later(hours=1).fire(REMINDER) == ""
    assert talk.effects(SetTimer)[-1].due == NOON + timedelta(hours=3)


def test_no_reminder_comes_at_night() -> None:
    talk = Talk(world=replace(fresh_world(known=Talk().world.known), now=NOON + timedelta(hours=10)))
    talk.write("Лифт не работает")
    assert {one.due.hour for one in talk.effects(SetTimer) if one.kind == REMINDER} == {9}


def test_after_the_reminder_it_goes_on() -> None:
    talk = Talk()
    talk.write("Лифт не работает", "меню")
    talk.later(hours=2).fire(REMINDER)
    assert "Продолжим вашу заявку" in talk.press("Продолжить заявку")
    assert talk.session.state is State.ADDRESS
    assert talk.session.draft.problem == "lift_stopped"


def test_closed_politely_after_a_day() -> None:
    talk = Talk()
    talk.write("Лифт не работает", "Садовая 5")
    assert "сутки" in talk.later(hours=24).fire(CLOSE)
    assert not talk.session.draft.started
    assert talk.effects(OpenTicket) == []
    assert talk.fire(CLOSE) == ""


def test_a_timer_of_an_older_report_is_ignored() -> None:
    talk = Talk()
    talk.write("Лифт не работает")
    old = talk.effects(SetTimer)[0]
    talk.write("отмена", "Домофон не работает")
    talk.did = [old]
    assert talk.later(hours=3).fire(REMINDER) == ""


def test_an_emergency_form_is_reminded_of_and_left_without_losing_the_ticket() -> None:
    talk = Talk()
    talk.write("пахнет газом")
    assert "ещё нужен ваш ответ" in talk.later(hours=2).fire(REMINDER)
    assert "Заявка остаётся у диспетчера" in talk.later(hours=24).fire(CLOSE)
    assert len(talk.world.tickets) == 1


def test_a_dispatcher_puts_the_reminder_off() -> None:
    talk = Talk()
    talk.write("Лифт не работает")
    talk.world = replace(talk.world, claimed_by="Ирина")
    assert talk.later(hours=2).fire(REMINDER) == ""
    assert talk.effects(SetTimer)[-1].due == NOON + timedelta(hours=4)
