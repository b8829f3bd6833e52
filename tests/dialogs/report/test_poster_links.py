from __future__ import annotations

from dataclasses import replace

import pytest

from channels.contract import Start
from dialogs.effects import OpenTicket, UpdateTicket
from dialogs.session import State
from houses.posters.deep_link import start_payload
from houses.recognition.recogniser import HouseRecogniser
from houses.types import House
from tests.dialogs.talk import Talk, houses, neighbour, newcomer

SADOVAYA = houses().find("ул. Садовая, 5").houses[0].id
LENINA = houses().find("ул. Ленина, 12а").houses[0].id


def test_scanned_poster_fills_house_and_entrance_of_the_report() -> None:
    talk = Talk()
    assert "Вы в доме ул. Садовая, д. 5" in talk.event(Start(start_payload(SADOVAYA, 2)))
    said = talk.press("Сообщить о проблеме")
    assert "Какая квартира" in said
    draft = talk.session.draft
    assert (draft.house_id, draft.address, draft.entrance) == (SADOVAYA, "ул. Садовая, д. 5", "2")


def test_house_of_the_poster_reaches_the_ticket_of_somebody_who_only_writes() -> None:
    talk = Talk()
    talk.event(Start(start_payload(SADOVAYA)))
    talk.write("Лифт не работает", "17", "8 903 123-45-67", "без фото", "отправить")
    (order,) = talk.effects(OpenTicket)
    assert (order.house_id, order.entrance) == (SADOVAYA, "")


def test_poster_before_the_notice_is_remembered() -> None:
    talk = newcomer()
    talk.event(Start(start_payload(SADOVAYA, 3)))
    assert "Вы в доме ул. Садовая, д. 5" in talk.press("Продолжить")
    talk.press("Сообщить о проблеме")
    assert (talk.session.draft.house_id, talk.session.draft.entrance) == (SADOVAYA, "3")


def test_who_lives_elsewhere_is_asked_which_house_it_is() -> None:
    talk = neighbour()  # of Садовая 5
    talk.event(Start(start_payload(LENINA)))
    said = talk.press("Сообщить о проблеме")
    assert talk.session.state is State.HOUSE
    assert "Какой это дом?" in said
    assert talk.session.draft.house_id == 0
    talk.press("ул. Ленина, д. 12а")
    assert talk.session.draft.house_id == LENINA


def test_address_in_words_wins_over_the_poster() -> None:
    talk = Talk()
    talk.event(Start(start_payload(LENINA)))
    talk.write("Лифт не работает, Садовая 5")
    assert talk.session.draft.house_id == SADOVAYA


def test_report_with_another_address_is_not_changed() -> None:
    talk = Talk()
    talk.write("Лифт не работает, Садовая 5")
    assert "Её не меняю" in talk.event(Start(start_payload(LENINA)))
    assert talk.session.draft.house_id == SADOVAYA
    talk.write("продолжить заявку")
    assert talk.session.state is State.APARTMENT


def test_report_without_an_address_takes_the_one_of_the_poster() -> None:
    talk = Talk()
    talk.write("Лифт не работает")
    assert "Какая квартира" in talk.event(Start(start_payload(SADOVAYA, 1)))
    assert talk.session.draft.entrance == "1"


@pytest.mark.parametrize(
    "payload", ["", "house-0", "house-99999", "house-x", "house-1-", "house-1-2-3", "house--1", "vk_ad", "house-1\n"]
)
def test_unknown_mark_is_an_ordinary_start(payload: str) -> None:
    talk = Talk()
    assert "Чем могу помочь" in talk.event(Start(payload))
    talk.press("Сообщить о проблеме")
    assert talk.session.state is State.ADDRESS


def test_house_that_is_served_no_more_is_asked_for() -> None:
    talk = Talk()
    talk.event(Start(start_payload(SADOVAYA)))
    talk.world = replace(talk.world, addresses=HouseRecogniser([House(id=LENINA, address="ул. Ленина, д. 12а")]))
    assert "По какому адресу" in talk.press("Сообщить о проблеме")


def test_emergency_goes_to_the_house_of_the_poster() -> None:
    talk = Talk()
    talk.event(Start(start_payload(SADOVAYA, 2)))
    talk.write("пахнет газом")
    (order,) = talk.effects(OpenTicket)
    assert (order.house_id, order.entrance) == (SADOVAYA, "2")


def test_emergency_of_a_guest_is_asked_in_which_house() -> None:
    talk = neighbour()
    talk.event(Start(start_payload(LENINA)))
    said = talk.write("пахнет газом")
    (order,) = talk.effects(OpenTicket)
    assert order.house_id == 0
    assert "Какой это дом?" in said
    talk.press("ул. Ленина, д. 12а")
    assert talk.effects(UpdateTicket)[-1].house_id == LENINA
