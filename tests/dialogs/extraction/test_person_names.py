"""Names as residents give them, and words that only look like one."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.extraction import person_names, phones
from dialogs.extraction.person_names import find_name
from language import keyboard_layout
from tests.support.effort import MOST_GROWTH, TIMES, calls, growth

PIECES = ["Анна", "петрова", "Иванов", "О.", "П. ", " ", "  " * 40, "\n", ",", "-", "8 927 111-22-33", "22-33-44", "я ",
          "кв", "5", "меня зовут", "от ", "(", "ул.", "восемь ", "John", "Ленина", "из ", "пишет ",
          "й", "🙏"]  # fmt: skip
MOST_SLOWER = 4  # times, for a text forty times as long
MOST_CALLS = 200_000  # of functions; the dearest text takes 60,000


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("меня зовут анна, лифт стоит", "Анна"),
        ("Меня Рита зовут", "Рита"),
        ("меня зовут Анной Сергеевной", "Анна Сергеевна"),
        ("меня зовут гульшатка", "Гульшатка"),
        ("батареи холодные это Таисия", "Таисия"),
        ("я Тимур Мира 7 застрял", "Тимур"),
        ("Тимур я, Мира 7", "Тимур"),
        ("Директору УК\nот Лыковой Анны Игоревны\nМира 7", "Лыкова Анна Игоревна"),
        ("Прошу выдать справку Гражданка Лыкова Анна Игоревна", "Лыкова Анна Игоревна"),
        ("Жилец кв. 27 Андрей Викторович Лыков", "Андрей Викторович Лыков"),
        ("спросить Романа", "Роман"),
        ("звонить Ольге Петровне 89271112233", "Ольга Петровна"),
        ("это дочь Ольга, пишу за маму", "Ольга"),
        ("пишет вам мама троих детей Алина", "Алина"),
        ("С уважением, Рашид Маратович Сафин", "Рашид Маратович Сафин"),
        ("my name is John Smith", "John Smith"),
        ("menya zovut oleg", "Олег"),
    ],
)
def test_an_introduced_name_is_taken_in_the_nominative(text: str, name: str) -> None:
    assert find_name(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Мира 7, нет воды, Мария 8-927-123-45-67", "Мария"),
        ("катя 89271112233", "Катя"),
        ("89271112233 Гюльчатай", "Гюльчатай"),
        ("Петрова Анна, Мира 7-15, крыша течёт", "Анна Петрова"),
        ("Ким Е.В., 89271112233", "Ким Е.В."),
        ("Иван Крючков Московская 102-180 почему столько", "Иван Крючков"),
        ("Раиса Михайловна Ломоносова пять дробь три", "Раиса Михайловна"),
        ("Олег, ул. Северная, д. 7", "Олег"),
        ("пятая линия дом четыре воды нет фарид", "Фарид"),
        ("Мира 7 кв 5 Марат нет воды", "Марат"),
        ("Марат из 45 квартиры, домофон молчит", "Марат"),
        ("Спасибо! Вера", "Вера"),
        ("баба Валя, кв. 5, Мира 7", "Валя"),
        ("бабушка Нюра (Анна Фёдоровна), кв. 5", "Анна Фёдоровна"),
    ],
)
def test_a_name_that_stands_by_itself_is_taken(text: str, name: str) -> None:
    assert find_name(text, "8422") == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Карла Маркса 21, кв 5",
        "карла либнехтта 21",
        "за чужие долги что ли",
        "Александра Невского 5 кв 3",
        "Юрия Гагарина 31",
        "это Мира 7",
        "я Ленина 12 кв 5",
        "проспект Мира, 7-15, нет света",
        "Света нет во всём доме",
        "нет воды, света",
        "мастер Сергей нахамил",
        "соседка Марина шумит",
        "Иван Петрович из 5 квартиры шумит",
        "Мария Ивановна, добрый день! течёт кран",
        "Здравствуйте, Мария! Течёт кран",
        "начальнику Петрову Ивану Ильичу",
        "звоните мужу 89271112233",
        "Здраствуйте, Мира 7",
        "надежда умирает последней",
        "у меня роза завяла",
        "I am very angry",
    ],
)
def test_streets_others_and_the_reader_are_no_names(text: str) -> None:
    assert find_name(text, "8422") == ""


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_text_is_taken(text: str) -> None:
    assert len(find_name(text, "8422")) <= 60


@pytest.mark.parametrize(
    "piece", ["Иван Петров ", "я, ", "от ", "пишет вам жилица ", "8 927 ", "1 - ", "\n", "А.", "(("]
)
def test_a_text_of_a_hundred_kilobytes_takes_no_longer_than_a_page(piece: str) -> None:
    page = phones.MOST_HEAD + phones.MOST_TAIL + 1
    line, whole, endless = (
        partial(find_name, piece * (size // len(piece)), "8422") for size in (page // TIMES, page, 100_000)
    )
    caches = (person_names._best_name, phones._find_phones, keyboard_layout._russian)
    forget = tuple(cached.cache_clear for cached in caches)
    assert growth(line, whole, forget) < MOST_GROWTH
    assert growth(whole, endless, forget) < MOST_SLOWER
    for empty in forget:
        empty()
    assert calls(endless) < MOST_CALLS
