"""Names that look alike, numbers that are no houses, and all the ways to write one address."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from houses.recognition.flat_entrance_floor import MOST_TEXT
from houses.recognition.recogniser import HouseRecogniser
from houses.types import AddressFound, House
from tests.support.effort import calls

ADDRESSES = [
    "ул. Цветочная, д. 4",
    "ул. Цветочная, д. 4а",
    "ул. Цветочная, д. 4, корп. 2",
    "ул. Цветочная, д. 6/3",
    "пер. Цветочный, д. 4",
    "пер. Цветочный, д. 10",
    "пер. Моховой, д. 2",
    "ул. Моховая, д. 2",
    "ул. 3-я Цветочная, д. 4",
    "ул. 12 Апреля, д. 7",
    "пр-т Есенина, д. 15",
    "ул. Есенина, д. 15",
    "ул. Сергея Есенина, д. 21",
    "б-р Генерала Панфилова, д. 8",
    "мкр. Звёздный, д. 3",
    "мкр. 5, д. 3",
    "пос. Ключи, ул. Цветочная, д. 9",
    "ул. Дубравная, д. 9",
    "пос. Ключи, ул. Дубравная, д. 9",
]
FLATS = dict.fromkeys(ADDRESSES, (2, 40))
SLICING = 10  # calls more for a text that is cut
MOST_CALLS = 600_000  # of functions; it was two seconds of them where every name met every number


@pytest.fixture(scope="module")
def register() -> HouseRecogniser:
    return built()


def built() -> HouseRecogniser:
    rows = enumerate(ADDRESSES, 1)
    return HouseRecogniser([House(id=n, address=address, entrances=2, flats=40) for n, address in rows])


def addresses(match: AddressFound) -> list[str]:
    return [house.address for house in match.houses]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("цветочная четыре", "ул. Цветочная, д. 4"),
        ("в четвёртом доме на Цветочной", "ул. Цветочная, д. 4"),
        ("Цветочная 4-А", "ул. Цветочная, д. 4а"),
        ("цветочная 4 лит. а", "ул. Цветочная, д. 4а"),
        ("Цветочная 4A", "ул. Цветочная, д. 4а"),  # a Latin letter
        ("цветочная 4 в подъезде темно", "ул. Цветочная, д. 4"),
        ("цветочная, д.4к2", "ул. Цветочная, д. 4, корп. 2"),
        ("цветочная 4 второй корпус", "ул. Цветочная, д. 4, корп. 2"),
        ("Цветочная 4, 2 корпус", "ул. Цветочная, д. 4, корп. 2"),
        ("Цветочная 4-2-17", "ул. Цветочная, д. 4, корп. 2"),
        ("цветочная шесть дробь три", "ул. Цветочная, д. 6/3"),
        ("третья цветочная дом четыре", "ул. 3-я Цветочная, д. 4"),
        ("Цветочная 3-я, 4", "ул. 3-я Цветочная, д. 4"),
        ("пер. Цветочный 4", "пер. Цветочный, д. 4"),
        ("на Моховой 2", "ул. Моховая, д. 2"),
        ("двенадцатого апреля семь", "ул. 12 Апреля, д. 7"),
        ("проспект Есенина 15", "пр-т Есенина, д. 15"),
        ("ул есенина15", "ул. Есенина, д. 15"),
        ("С. Есенина 21", "ул. Сергея Есенина, д. 21"),
        ("панфилова 8", "б-р Генерала Панфилова, д. 8"),
        ("звездный 3", "мкр. Звёздный, д. 3"),
        ("5 микрорайон дом 3", "мкр. 5, д. 3"),
        ("5-й мкр, 3", "мкр. 5, д. 3"),
        ("Ключи, Дубравная 9", "пос. Ключи, ул. Дубравная, д. 9"),
        ("wdtnjxyfz 4", "ул. Цветочная, д. 4"),
        ("tsvetochnaya 4", "ул. Цветочная, д. 4"),
        ("цветочная 4 частично нет света", "ул. Цветочная, д. 4"),
        ("цветочная 4 разбито окно, 5 дней ждём", "ул. Цветочная, д. 4"),
        ("не моховая, а цветочная 4", "ул. Цветочная, д. 4"),
    ],
)
def test_one_house_is_meant(register: HouseRecogniser, text: str, address: str) -> None:
    match = register.find(text)
    assert (addresses(match), match.sure) == ([address], True)


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("есенина 15", {"пр-т Есенина, д. 15", "ул. Есенина, д. 15"}),
        ("цветочная 4-2", {"ул. Цветочная, д. 4", "ул. Цветочная, д. 4, корп. 2"}),
        ("дубравная 9", {"ул. Дубравная, д. 9", "пос. Ключи, ул. Дубравная, д. 9"}),
        ("моховой 2", {"ул. Моховая, д. 2", "пер. Моховой, д. 2"}),
        ("цветочная 4 а потом что", {"ул. Цветочная, д. 4", "ул. Цветочная, д. 4а"}),
        ("Цветочная 10", {"пер. Цветочный, д. 10"}),
        ("цвиточная 6/3", {"ул. Цветочная, д. 6/3"}),
        ("Новая Цветочная 4", {"ул. Цветочная, д. 4"}),
        ("г. Москва, ул. Цветочная 4", {"ул. Цветочная, д. 4"}),
        ("напротив Цветочной 4", {"ул. Цветочная, д. 4"}),
        ("Цветочная 4 секция 3", {"ул. Цветочная, д. 4"}),
        ("цветочная 4 и 6/3", {"ул. Цветочная, д. 4"}),
        ("цветочная 4/31", {"ул. Цветочная, д. 4"}),
        ("маршала Панфилова 8", {"б-р Генерала Панфилова, д. 8"}),
        ("Цветочная 4 кв 900", {"ул. Цветочная, д. 4"}),
        ("моховая 2 или цветочная 4", {"ул. Моховая, д. 2", "ул. Цветочная, д. 4"}),
    ],
)
def test_a_close_call_is_asked(register: HouseRecogniser, text: str, offered: set[str]) -> None:
    match = register.find(text)
    assert not match.sure
    assert offered <= set(addresses(match))
    assert len(match.houses) <= 5


@pytest.mark.parametrize(
    "text",
    [
        "7-я Цветочная 4",
        "Цветочная 4в",
        "Цветочная 44",
        "переулок Есенина 15",
        "с. Покровка, Цветочная 4",
        "с 12 апреля 7 раз звонили",
        "звоните 4-15-21 или 31-22-11",
        "заявка 4-15",
        "цветочный запах в подъезде 4 дня",
        "Ромашковая 4",
    ],
)
def test_no_served_house_is_taken(register: HouseRecogniser, text: str) -> None:
    assert not register.find(text).sure


@pytest.mark.parametrize(
    ("text", "unserved"),
    [("Цветочная 44", True), ("улица Ромашковая, дом 4", True), ("привет", False), ("Цветочная 4", False)],
)
def test_an_address_elsewhere_is_told_from_no_address(register: HouseRecogniser, text: str, unserved: bool) -> None:
    assert register.find(text).unserved is unserved


@pytest.mark.parametrize(
    ("text", "flat", "entrance", "floor"),
    [
        ("цветочная 4 кв 21", "21", "2", ""),
        ("цветочная 4 кв 20", "20", "1", ""),
        ("цветочная 4 квартира сорок", "40", "2", ""),
        ("цветочная4кв5", "5", "1", ""),
        ("в двенадцатой квартире на цветочной 4", "12", "1", ""),
        ("цветочная 4 п.2 эт.3", "", "2", "3"),
        ("цветочная 4, домофон 15к2580, 2 подъезд", "", "2", ""),
        ("цветочная 4-15, тел. 8 912 345-67-89", "15", "1", ""),
        ("цветочная 4 15 звоните 31-22-11", "15", "1", ""),
        ("цветочная 4 кв 12 подъезд не моют", "12", "1", ""),
        ("цветочная 4 кв 12 подъезд 2", "12", "2", ""),
        ("кв. 18 на Цветочной 4... ой, нет, кв. 8", "8", "1", ""),
    ],
)
def test_the_place_in_the_house(register: HouseRecogniser, text: str, flat: str, entrance: str, floor: str) -> None:
    match = register.find(text)
    assert addresses(match) == ["ул. Цветочная, д. 4"]
    assert (match.apartment, match.entrance, match.floor) == (flat, entrance, floor)


def test_a_fraction_that_no_house_has_may_be_a_flat(register: HouseRecogniser) -> None:
    match = register.find("цветочная 4 / 31")
    assert (addresses(match), match.sure, match.apartment) == (["ул. Цветочная, д. 4"], False, "31")


def test_an_entrance_is_worked_out_only_of_an_even_spread() -> None:
    uneven = HouseRecogniser([House(id=1, address="ул. Цветочная, д. 4", entrances=3, flats=40)])
    assert uneven.find("цветочная 4 кв 5").entrance == ""
    even = built().find("цветочная 4 кв 5")
    assert (even.entrance, even.computed) == ("1", True)
    match = built().find("цветочная 4 кв 5 подъезд 2")
    assert (match.entrance, match.computed) == ("2", False)


_WORDS_LIST = (
    "цветочная цветочный есенина 3-я ул пер пр-т 4 4а 15 / - , кв дом к 12 апреля моховой на в и не 5 мкр ключи"
)
WORDS = _WORDS_LIST.split()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_it_is_never_sure_of_two(text: str) -> None:
    match = built().find(text)
    assert len(match.houses) == 1 or not match.sure
    assert len({house.id for house in match.houses}) == len(match.houses) <= 5


@pytest.mark.parametrize(
    "text", ["цветочная 4 " * 200, "цветочная " * 300, "12 апреля " * 200, "9" * 100_000, "дом " * 500]
)
def test_a_long_text_is_looked_at_only_so_far(register: HouseRecogniser, text: str) -> None:
    assert len(register.find(text).houses) <= 5
    first, endless = text[:MOST_TEXT], text * (100_000 // len(text))
    register._cached_find.cache_clear()
    counted = calls(lambda: register.find(first))
    register._cached_find.cache_clear()
    assert calls(lambda: register.find(endless)) <= counted + SLICING
    assert counted < MOST_CALLS


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_taken(text: str) -> None:
    assert not built().find(text).sure
