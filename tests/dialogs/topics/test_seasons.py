"""Answers of the day and of the house, as a resident gets them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from faq.base.loader import Base
from faq.matching.matcher import FaqMatcher
from faq.types import FaqEntry, ForHouses
from tests.dialogs.talk import Talk, fresh_world, houses, neighbour

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    ("month", "question", "said"),
    [
        (7, "почему нет горячей воды?", "Летом горячую воду отключают"),
        (1, "почему нет горячей воды?", "Обычно это ремонт на сетях"),
        (10, "когда дадут отопление?", "Начало сезона объявляет администрация"),
        (12, "когда дадут отопление?", "Сейчас отопительный сезон"),
        (4, "когда отключат отопление весной?", "после пяти дней подряд со средней температурой выше"),
        (7, "кто чистит снег и сосульки?", "Зимой крышу и двор дома чистим мы"),
        (1, "кто чистит снег и сосульки?", "Если над входом висят сосульки"),
    ],
)
def test_answer_follows_the_season(month: int, question: str, said: str) -> None:
    talk = neighbour()
    talk.world = replace(talk.world, now=datetime(2027, month, 15, 12, tzinfo=MOSCOW))
    assert said in talk.write(question)


HOUSE = houses().find("ул. Садовая, 5").houses[0]
GATES = FaqEntry(
    id="gates",
    question="Когда закрывают ворота?",
    answer="В разных домах по-разному.",
    for_houses=(ForHouses(houses=("Садовая, 5",), answer="У вас в 23 часа.", ids=frozenset({HOUSE.id})),),
)


def asked(talk: Talk) -> str:
    talk.world = replace(talk.world, faq=FaqMatcher(Base((GATES,))))
    return talk.write("когда закрывают ворота?")


def test_house_of_earlier_conversations_gets_its_own_answer() -> None:
    assert "У вас в 23 часа." in asked(neighbour())


def test_unknown_house_gets_the_general_answer() -> None:
    assert "В разных домах по-разному." in asked(neighbour(house_id=0))


def test_house_of_the_report_goes_before_the_known_one() -> None:
    talk = Talk(world=fresh_world(known=neighbour().world.known))
    talk.write("Сообщить о проблеме", "ул. Ленина, 12а")
    assert "В разных домах по-разному." in asked(talk)
