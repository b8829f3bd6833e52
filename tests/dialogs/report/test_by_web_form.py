"""The form of the site: one message, one ticket, no questions; an emergency before anything else."""

from __future__ import annotations

from typing import Any

from channels.contract import FileRef, Form
from dialogs.effects import AddToTicket, CallDispatcher, CancelTimer, OpenTicket, SaveKnown, UpdateTicket
from dialogs.session import State
from dialogs.world import Known
from tests.dialogs.talk import Talk, fresh_world, houses, neighbour, newcomer, with_ticket
from tickets.lifecycle.types import Status

SADOVAYA = houses().find("ул. Садовая, 5").houses[0]


def form(**fields: Any) -> Form:
    told = {"address": "Садовая 5", "apartment": "17", "name": "Анна", "phone": "8 903 123-45-67"}
    return Form(**({"text": "Лифт не работает"} | told | fields))


def order_of(talk: Talk) -> OpenTicket:
    orders: list[OpenTicket] = talk.effects(OpenTicket)
    assert len(orders) == 1, talk.text
    return orders[0]


def test_a_newcomers_form_opens_its_ticket_without_a_question() -> None:
    talk = newcomer()
    said = talk.event(form(files=(FileRef(remote_id="a.jpg"), FileRef(remote_id="b.jpg"))))
    assert said.startswith("Заявка № 26-000001 принята.")
    assert "персональ" not in said
    order = order_of(talk)
    assert (order.house_id, order.apartment, order.phone, order.name) == (SADOVAYA.id, "17", "+79031234567", "Анна")
    assert (order.problem, order.text, order.files) == ("lift_stopped", "Лифт не работает", ("a.jpg", "b.jpg"))
    assert (talk.session.state, talk.session.draft.started) == (State.IDLE, False)


def test_the_form_is_where_the_notice_was_accepted() -> None:
    talk = newcomer()
    talk.event(form())
    (saved,) = talk.effects(SaveKnown)
    assert (saved.notified, bool(saved.notice_version), saved.phone) == (True, True, "+79031234567")
    assert "Продолжить" not in talk.write("когда передавать показания")


def test_an_address_nobody_knows_stays_as_written_and_a_dispatcher_looks_at_it() -> None:
    talk = newcomer()
    talk.event(form(address="Неведомая улица, 999"))
    assert (order_of(talk).house_id, order_of(talk).address_text) == (0, "Неведомая улица, 999")
    assert [call.reason for call in talk.effects(CallDispatcher)] == ["address_unknown"]


def test_words_without_a_problem_are_other() -> None:
    talk = newcomer()
    talk.event(form(text="ыва олдж"))
    assert order_of(talk).problem == "question"


def test_a_phone_that_is_none_is_kept_out_and_said() -> None:
    talk = newcomer()
    said = talk.event(form(phone="нет"))
    assert order_of(talk).phone == ""
    assert "Телефон из формы прочитать не удалось" in said
    assert "Заявка № 26-000001 принята." in said


def test_the_flat_of_the_form_wins_over_a_flat_in_the_words() -> None:
    talk = newcomer()
    talk.event(form(apartment="кв. 17", text="Нас топит квартира 21 сверху"))
    assert order_of(talk).apartment == "17"


def test_an_emergency_gets_its_safety_text_first_and_no_question() -> None:
    talk = newcomer()
    talk.event(form(text="На кухне пахнет газом"))
    assert [say.key for say in talk.says] == ["emergency-gas", "emergency-opened", "emergency-complete"]
    assert (order_of(talk).emergency, order_of(talk).house_id, order_of(talk).phone) == (
        "gas",
        SADOVAYA.id,
        "+79031234567",
    )
    assert [call.urgent for call in talk.effects(CallDispatcher)] == [True]
    assert talk.session.state is State.IDLE


def test_an_emergency_with_a_phone_that_is_none_asks_for_it() -> None:
    talk = newcomer()
    talk.event(form(text="В подвале прорвало трубу, заливает", phone="123"))
    assert talk.says[0].priority == 0
    assert talk.session.state is State.PHONE
    talk.write("8 903 123-45-67")
    assert talk.effects(UpdateTicket)[-1].phone == "+79031234567"


def test_an_emergency_without_an_address_asks_for_it() -> None:
    talk = newcomer()
    talk.event(form(text="Пахнет газом", address=""))
    assert order_of(talk).house_id == 0
    assert talk.session.state is State.ADDRESS


def test_the_same_emergency_twice_is_one_ticket() -> None:
    talk = newcomer()
    talk.event(form(text="Пахнет газом"))
    said = talk.event(form(text="Сильно пахнет газом, третий этаж"))
    assert len(talk.effects(OpenTicket)) == 1
    assert "26-000001" in said
    assert talk.effects(AddToTicket)[-1].text == "Сильно пахнет газом, третий этаж"


def test_the_same_emergency_in_another_house_is_another_ticket() -> None:
    talk = newcomer()
    talk.event(form(text="Пахнет газом"))
    other = next(house for n in range(1, 9) if (house := houses().get(n)) and house.id != SADOVAYA.id)
    talk.event(form(text="Пахнет газом", address=other.address))
    assert [order.house_id for order in talk.effects(OpenTicket)] == [SADOVAYA.id, other.id]


def test_words_for_the_police_name_the_number_and_still_get_a_ticket() -> None:
    talk = newcomer()
    talk.event(form(text="Во дворе драка"))
    assert [say.key for say in talk.says] == ["emergency-police", "ticket-opened"]
    assert order_of(talk).emergency == ""
    assert any(call.urgent for call in talk.effects(CallDispatcher))


def test_a_form_opens_its_ticket_while_a_dispatcher_has_the_conversation() -> None:
    talk = Talk(world=fresh_world(known=Known(notified=True), claimed_by="Ирина"))
    assert "принята" in talk.event(form())
    assert order_of(talk).house_id == SADOVAYA.id


def test_a_form_replaces_the_report_half_filled_in_the_chat() -> None:
    talk = neighbour()
    talk.write("Домофон сломан")
    assert talk.session.draft.started
    talk.event(form())
    assert not talk.session.draft.started
    assert [effect.kind for effect in talk.effects(CancelTimer)] == ["draft_reminder", "draft_close"]


def test_a_second_form_is_a_second_ticket_and_its_news_arrive() -> None:
    talk = with_ticket()
    talk.event(form(text="Домофон сломан"))
    assert len(talk.world.tickets) == 2
    assert "26-000002" in talk.change(Status.IN_PROGRESS)


def test_a_flood_of_forms_is_set_aside_but_no_emergency() -> None:
    talk = Talk(world=fresh_world(most_messages=2, arrived=1000))
    for _ in range(4):
        talk.event(form())
    assert len(talk.effects(OpenTicket)) == 2
    talk.event(form(text="Пахнет газом"))
    assert talk.effects(OpenTicket)[-1].emergency == "gas"


def test_an_over_long_form_is_cut_and_says_so() -> None:
    talk = newcomer()
    said = talk.event(form(text="лифт " * 1000))
    assert said.startswith("Сообщение очень длинное.")
    assert len(order_of(talk).text) <= 4000
