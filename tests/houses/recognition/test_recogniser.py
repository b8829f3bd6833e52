"""Addresses as residents write them, over the demo register, which is full of traps."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houses.recognition.recogniser import HouseRecogniser
from houses.register.loader import load_csv
from houses.types import House

DEMO = Path(__file__).resolve().parents[3] / "houses" / "demo.csv"


@pytest.fixture(scope="module")
def register() -> HouseRecogniser:
    return HouseRecogniser([House(id=number, address=row[0]) for number, row in enumerate(load_csv(DEMO), 1)])


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ул. Садовая, д. 5", "ул. Садовая, д. 5"),
        ("садовая 5", "ул. Садовая, д. 5"),
        ("на Садовой 7 прорвало трубу", "ул. Садовая, д. 7"),
        ("дом 7а по садовой улице", "ул. Садовая, д. 7а"),
        ("Садовая, 7-А, подъезд 1", "ул. Садовая, д. 7а"),
        ("1-я Садовая 5", "ул. 1-я Садовая, д. 5"),
        ("первая садовая дом 5", "ул. 1-я Садовая, д. 5"),
        ("вторая Садовая, дом пять 5", "ул. 2-я Садовая, д. 5"),
        ("ленина 12", "ул. Ленина, д. 12"),
        ("Ленина 12А кв 3", "ул. Ленина, д. 12а"),
        ("ленина 12/1", "ул. Ленина, д. 12/1"),
        ("Ленина 12 корпус 1 кв. 40", "ул. Ленина, д. 12, корп. 1"),
        ("ленина д 12 к 1", "ул. Ленина, д. 12, корп. 1"),
        ("Ленинская 12", "ул. Ленинская, д. 12"),
        ("Ленинский проспект 12", "пр-т Ленинский, д. 12"),
        ("на ленинском 45", "пр-т Ленинский, д. 45"),
        ("пр-т Ленинский, 45, кв. 100", "пр-т Ленинский, д. 45"),
        ("8 марта 8", "ул. 8 Марта, д. 8"),
        ("улица 8 Марта дом 3", "ул. 8 Марта, д. 3"),
        ("карла маркса 21", "ул. Карла Маркса, д. 21"),
        ("К.Маркса 21-15", "ул. Карла Маркса, д. 21"),
        ("лесная 1 стр 2", "ул. Лесная, д. 1, стр. 2"),
        ("переулок лесной 1", "пер. Лесной, д. 1"),
        ("50 лет Октября 50", "ул. 50 лет Октября, д. 50"),
        ("Октябрьская 50", "ул. Октябрьская, д. 50"),
        ("бульвар строителей д.9 3 подъезд", "б-р Строителей, д. 9"),
        ("Заречное шоссе 2к3", "ш. Заречное, д. 2, корп. 3"),
    ],
)
def test_a_clear_address_is_sure(register: HouseRecogniser, text: str, address: str) -> None:
    match = register.find(text)
    assert [house.address for house in match.houses] == [address]
    assert match.sure


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("ул. Садвая 5", "ул. Садовая, д. 5"),
        ("первомйская 30", "ул. Первомайская, д. 30"),
        ("лесная 1 корпус 9", "ул. Лесная, д. 1"),
        ("стоителей 9", "б-р Строителей, д. 9"),
    ],
)
def test_a_doubtful_address_is_asked_back(register: HouseRecogniser, text: str, first: str) -> None:
    match = register.find(text)
    assert match.houses
    assert match.houses[0].address == first
    assert not match.sure


@pytest.mark.parametrize(
    "text",
    [
        "Марсианская 1",
        "Садовая 99",
        "ленина 120",
        "у меня течёт кран",
        "12",
        "",
        "с 8 марта нет воды",
        "позвоните 8 903 123-45-67",
        "в 12:30 пришёл мастер",
        "лес рубят 1 день",
    ],
)
def test_what_is_no_served_address_is_never_sure(register: HouseRecogniser, text: str) -> None:
    assert not register.find(text).sure


def test_two_streets_with_one_name_are_both_offered(register: HouseRecogniser) -> None:
    houses = [house.address for house in register.find("ленинск 12").houses]
    assert len(houses) > 1


@pytest.mark.parametrize(
    ("text", "flat", "entrance", "floor"),
    [
        ("Садовая 5, кв. 17", "17", "", ""),
        ("садовая 5 квартира 17 подъезд 2 этаж 4", "17", "2", "4"),
        ("садовая 5-17", "17", "", ""),
        ("садовая, 5, 17", "17", "", ""),
        ("2 подъезд 3 этаж, садовая 5", "", "2", "3"),
        ("во втором подъезде на третьем этаже, Садовая 5", "", "2", "3"),
        ("17 квартира садовая 5", "17", "", ""),
        ("садовая 5 подъезд 2", "", "2", ""),
        ("садовая 5 подъезд 2 этаж 3 кв 17", "17", "2", "3"),
        ("садовая 5, 2 подъезд, 3 этаж, 17 квартира", "17", "2", "3"),
        ("Садовая, 5, второй подъезд, эт. 3", "", "2", "3"),
    ],
)
def test_flat_entrance_and_floor(register: HouseRecogniser, text: str, flat: str, entrance: str, floor: str) -> None:
    match = register.find(text)
    assert [house.address for house in match.houses] == ["ул. Садовая, д. 5"]
    assert (match.apartment, match.entrance, match.floor) == (flat, entrance, floor)


def test_every_house_of_the_register_is_found_by_its_own_address(register: HouseRecogniser) -> None:
    for number, (address, _) in enumerate(load_csv(DEMO), 1):
        match = register.find(address)
        assert match.sure, address
        assert match.houses[0].id == number


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    houses = HouseRecogniser([House(id=1, address="ул. Садовая, д. 5")])
    assert len(houses.find(text).houses) <= 1
