"""A flood of one resident is not answered message by message; in a storm answers are short and neighbours share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from channels.contract import Press
from dialogs.effects import ChangeStatus, CountThrottled, OpenTicket
from dialogs.events import TicketChanged, TicketOpened
from tests.dialogs.talk import Talk, neighbour
from tickets.lifecycle.types import Status

FLOOD = "Пришло слишком много сообщений подряд"
STORM = "Сейчас пишут очень многие"


def hasty(**changes: Any) -> Talk:
    talk = neighbour()
    talk.world = replace(talk.world, **({"most_messages": 3, "window_seconds": 60, "arrived": 1000} | changes))
    return talk


def test_flood_is_noticed_once_and_then_met_with_silence() -> None:
    talk = hasty()
    said = [talk.write(f"слово {number}") for number in range(6)]
    assert all(said[:3])
    assert FLOOD in said[3]
    assert said[4:] == ["", ""]
    assert len(talk.effects(CountThrottled)) == 3


def test_after_the_window_the_resident_is_served_again() -> None:
    talk = hasty()
    talk.write(*["слово"] * 6)
    talk.world = replace(talk.world, arrived=1060)
    assert "Чем могу помочь" in talk.write("меню")


def test_emergency_in_a_flood_is_answered_and_only_its_repeat_is_not() -> None:
    talk = hasty()
    talk.write(*["слово"] * 6)
    assert "Запах газа" in talk.write("в подъезде пахнет газом")
    assert talk.effects(OpenTicket)
    assert talk.write("пахнет газом!!!") == ""
    assert "Пожар или дым" in talk.write("горит щиток, пожар")


def test_flood_before_a_dispatcher_gets_no_words_of_the_bot() -> None:
    talk = hasty(claimed_by="Ирина")
    assert [talk.write("слово") for _ in range(6)] == [""] * 6
    assert talk.effects(CountThrottled) == []


def test_storm_is_told_once_per_conversation_and_again_in_the_next_storm() -> None:
    talk = hasty(storm=True, most_messages=0)
    assert talk.write("меню").startswith(STORM)
    assert STORM not in talk.write("меню")
    talk.world = replace(talk.world, storm=False)
    assert STORM not in talk.write("меню")
    talk.world = replace(talk.world, storm=True)
    assert STORM in talk.write("меню")


def test_emergency_in_a_storm_gets_its_safety_text_alone() -> None:
    talk = hasty(storm=True)
    assert STORM not in talk.write("пахнет газом")
    assert talk.record[0].say[0].key == "emergency-gas"


def test_report_in_a_storm_asks_for_no_photo() -> None:
    talk = hasty(storm=True, most_messages=0)
    talk.write("нет горячей воды", "да", "да")
    assert "Проверьте, пожалуйста" in talk.text
    talk.write("да")
    assert [order.join for order in talk.effects(OpenTicket)] == [True]


def test_problem_of_one_flat_is_never_joined() -> None:
    talk = hasty(storm=True, most_messages=0)
    talk.write("подтекает кран на кухне", "да", "да", "да")
    assert [order.join for order in talk.effects(OpenTicket)] == [False]


def test_without_a_storm_nothing_is_joined() -> None:
    talk = hasty(most_messages=0)
    talk.write("нет горячей воды", "да", "да", "нет", "да")
    assert [order.join for order in talk.effects(OpenTicket)] == [False]


def test_answer_in_a_storm_is_not_followed_by_a_question() -> None:
    talk = hasty(storm=True, most_messages=0)
    assert "Это помогло?" not in talk.write("когда передавать показания счётчиков?")
    assert "Главное меню" in talk.labels


def joined(status: Status = Status.NEW) -> Talk:
    """A neighbour who follows somebody else's ticket."""
    talk = hasty(storm=True, most_messages=0)
    talk.write("нет горячей воды", "да", "да", "да")
    talk.world = replace(talk.world, tickets=(replace(talk.world.tickets[0], joined=True, status=status),))
    return talk


def test_follower_hears_the_number_and_may_add_but_not_cancel() -> None:
    talk = joined()
    said = talk.event(TicketOpened(ticket=talk.world.tickets[0], known=True))
    assert said.startswith("Об этом в вашем доме уже сообщили: заявка № 26-000001")
    talk.write("мои заявки")
    assert "Дополнить заявку" in talk.labels
    assert "Отменить заявку" not in talk.labels
    talk.write("отменить заявку", "да")
    talk.event(Press("drop:1"))
    assert talk.effects(ChangeStatus) == []


def test_follower_is_told_of_the_end_but_not_asked_about_it() -> None:
    talk = joined(Status.DONE)
    said = talk.event(TicketChanged(ticket=talk.world.tickets[0], kind="status"))
    assert "по вашему дому выполнена" in said
    assert "решена?" not in said
    talk.event(Press("ok:1"))
    talk.event(Press("again:1"))
    talk.write("да")
    assert talk.effects(ChangeStatus) == []
