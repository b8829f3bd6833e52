"""Emergency first: the safety text is the very first reply, in any state, before consent and before any question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from channels.contract import FileRef, Photo
from dialogs.effects import AddToTicket, CallDispatcher, ChangeStatus, OpenTicket, UpdateTicket
from dialogs.session import State
from tests.dialogs.talk import COMPANY, Talk, fresh_world, neighbour, newcomer, with_ticket
from tickets.lifecycle.types import Status

CRIES = {
    "gas": "пахнет газом в подъезде",
    "co": "сработал датчик угарного газа",
    "fire": "горит мусоропровод, дым",
    "lift": "мы застряли в лифте",
    "electric": "искрит щиток на этаже",
    "flood": "прорвало трубу, заливает подвал",
    "falling": "с крыши падает кирпич",
}


def in_form(*lines: str) -> Callable[[], Talk]:
    def play() -> Talk:
        talk = Talk()
        talk.write("сообщить о проблеме", *lines)
        return talk

    return play


STATES: dict[str, Callable[[], Talk]] = {
    "newcomer": newcomer,
    "idle": Talk,
    "address": in_form(),
    "house": in_form("Садовая"),
    "apartment": in_form("Садовая 5"),
    "phone": in_form("Садовая 5", "17"),
    "problem": in_form("Садовая 5", "17", "8 903 123-45-67"),
    "photo": in_form("Садовая 5", "17", "8 903 123-45-67", "Домофон не работает"),
    "summary": in_form("Садовая 5", "17", "8 903 123-45-67", "Домофон не работает", "нет"),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("key", CRIES)
def test_the_warning_is_the_first_reply_in_any_state(state: str, key: str) -> None:
    talk = STATES[state]()
    talk.write(CRIES[key])
    assert talk.says[0].key == f"emergency-{key}"
    assert talk.says[0].priority == 0
    (order,) = talk.effects(OpenTicket)
    assert order.emergency == key
    assert any(call.urgent for call in talk.effects(CallDispatcher))


@pytest.mark.parametrize("key", [key for key in CRIES if key not in ("flood", "falling")])
def test_no_safety_text_promises_that_the_bot_calls_somebody(key: str) -> None:
    talk = Talk()
    assert "бот за вас позвонить не может" in talk.write(CRIES[key])


def test_the_ticket_is_open_before_any_question_and_gaps_are_filled_after() -> None:
    talk = newcomer()
    said = talk.write("В подвале прорвало канализацию, стоки поднимаются")
    assert said.index("Вода в доме") < said.index("№ 26-000001") < said.index("По какому адресу")
    assert str(COMPANY.emergency_phone) in said
    assert "только для работы по заявке" in said
    assert "Всё в порядке" in talk.labels[-2:]
    talk.write("ул. Садовая, 5, 2 подъезд")
    assert "По какому телефону" in talk.text
    assert "Всё в порядке" in talk.labels
    assert "передал диспетчеру" in talk.write("8 903 123-45-67")
    place, phone = talk.effects(UpdateTicket)
    assert (place.house_id > 0, place.entrance, phone.phone) == (True, "2", "+79031234567")
    assert len(talk.effects(OpenTicket)) == 1
    assert talk.session.state is State.IDLE


def test_everything_in_one_cry_is_asked_for_nothing() -> None:
    talk = Talk()
    said = talk.write("Садовая 5, третий подъезд, застряли в лифте! 8 903 123 45 67")
    assert "передал диспетчеру" in said
    (order,) = talk.effects(OpenTicket)
    assert (order.house_id > 0, order.phone) == (True, "+79031234567")


def test_a_known_resident_is_asked_only_to_confirm_the_house() -> None:
    talk = neighbour()
    assert "Это ул. Садовая, д. 5?" in talk.write("пахнет газом")
    (order,) = talk.effects(OpenTicket)
    assert (order.phone, order.apartment) == ("+79031234567", "17")
    assert "передал диспетчеру" in talk.write("да")


def test_the_same_cry_again_opens_no_second_ticket() -> None:
    talk = Talk()
    talk.write("пахнет газом")
    said = talk.write("ГАЗОМ ПАХНЕТ!!! скорее, Садовая 5")
    assert "уже записана в заявке № 26-000001" in said
    assert len(talk.effects(OpenTicket)) == 1
    assert talk.effects(AddToTicket)[0].text.startswith("ГАЗОМ")
    assert talk.effects(UpdateTicket)[0].house_id > 0


def test_another_emergency_opens_another_ticket() -> None:
    talk = Talk()
    talk.write("пахнет газом", "Садовая 5", "8 903 123-45-67", "застряли в лифте")
    assert [order.emergency for order in talk.effects(OpenTicket)] == ["gas", "lift"]


def test_a_closed_emergency_may_happen_again() -> None:
    talk = Talk()
    talk.write("пахнет газом", "Садовая 5", "8 903 123-45-67")
    talk.world = replace(talk.world, tickets=(replace(talk.world.tickets[0], status=Status.CLOSED),))
    talk.write("снова пахнет газом")
    assert len(talk.effects(OpenTicket)) == 2


def test_the_form_under_way_goes_into_the_emergency_ticket() -> None:
    talk = STATES["photo"]()
    talk.write("ой, пахнет газом")
    (order,) = talk.effects(OpenTicket)
    assert (order.apartment, order.phone) == ("17", "+79031234567")
    assert "передал диспетчеру" in talk.text


def test_a_caption_is_read_and_its_photo_kept() -> None:
    talk = Talk()
    talk.event(Photo(FileRef(remote_id="fire.jpg"), "горит щиток в подъезде"))
    (order,) = talk.effects(OpenTicket)
    assert order.files == ("fire.jpg",)


def test_unknown_address_is_taken_as_it_is() -> None:
    talk = Talk()
    talk.write("пахнет газом")
    assert "Записал адрес как есть" in talk.write("Неведомая 999")
    assert talk.effects(UpdateTicket)[0].address_text == "Неведомая 999"


def test_all_is_well_keeps_the_ticket_until_the_resident_says_it_is_not_needed() -> None:
    talk = Talk()
    talk.write("пахнет газом")
    assert "остаётся в работе" in talk.press("Всё в порядке")
    talk.press("Отменить заявку")
    talk.press("Да, отменить")
    (change,) = talk.effects(ChangeStatus)
    assert change.status is Status.CANCELLED


def test_cancel_leaves_the_emergency_ticket() -> None:
    talk = Talk()
    talk.write("пахнет газом")
    assert "Заявка остаётся у диспетчера" in talk.write("отмена")
    assert talk.effects(ChangeStatus) == []


def test_words_without_a_number_are_no_address_but_are_kept() -> None:
    talk = Talk()
    talk.write("мы застряли в лифте")
    assert "бригаде нужен адрес" in talk.write("нас тут двое, темно")
    assert talk.effects(AddToTicket)[-1].text == "нас тут двое, темно"
    assert "По какому телефону" in talk.write("ленина 12 подъезд 2")
    assert talk.effects(UpdateTicket)[-1].entrance == "2"


def test_the_address_can_be_corrected_when_the_phone_is_asked() -> None:
    talk = Talk()
    talk.write("пахнет газом", "Садовая 5")
    talk.write("ой, Садовая 7")
    assert talk.effects(UpdateTicket)[-1].house_id != talk.effects(UpdateTicket)[0].house_id
    assert "По какому телефону" in talk.text


def test_words_after_it_belong_to_it_and_no_notice_comes_between() -> None:
    talk = newcomer()
    talk.write("мы застряли в лифте", "Садовая 5, 2 подъезд", "8 903 123-45-67")
    assert "Добавил к заявке № 26-000001" in talk.write("тут ещё ребёнок со мной")
    assert talk.effects(AddToTicket)[-1].text == "тут ещё ребёнок со мной"
    assert "Пожалуйста!" in talk.write("ой спасибо")
    talk.change(Status.CLOSED)
    assert "Нажмите «Продолжить»" in talk.write("домофон не работает")


def test_somebody_unwell_gets_the_number_and_the_crew_reads_it() -> None:
    talk = Talk()
    assert "103" in talk.write("мужу плохо с сердцем")
    assert talk.effects(OpenTicket) == []
    talk.write("мы застряли в лифте")
    said = talk.write("да она одна ей плохо сердце")
    assert "103" in said
    assert "По какому адресу" in said
    assert talk.effects(AddToTicket)[-1].text == "да она одна ей плохо сердце"


def test_in_a_claimed_conversation_the_ticket_is_opened_and_the_dispatcher_asks() -> None:
    talk = Talk(world=fresh_world(known=Talk().world.known, claimed_by="Ирина"))
    said = talk.write("в подъезде пахнет газом, садовая 5")
    assert said.startswith("⚠️")
    assert "№ 26-000001" in said
    assert "По какому" not in said
    assert not talk.session.draft.started
    assert talk.effects(CallDispatcher)[-1].urgent
    talk.write("газом пахнет всё сильнее")
    assert len(talk.effects(OpenTicket)) == 1


def test_police_matters_get_the_number_and_no_ticket() -> None:
    talk = with_ticket()
    orders = len(talk.effects(OpenTicket))
    said = talk.write("в подъезде драка, ломают дверь")
    assert "102" in said
    assert len(talk.effects(OpenTicket)) == orders


def test_a_dangerous_problem_chosen_by_button_is_warned_of_too() -> None:
    talk = Talk()
    talk.world = fresh_world(known=talk.world.known)
    talk.write("сообщить о проблеме")
    opened = talk.write("у соседей открытый люк во дворе")
    assert "Опасное место" in opened
