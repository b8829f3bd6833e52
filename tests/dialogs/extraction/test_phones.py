"""Phones as residents write and dictate them, and numbers that are none."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.extraction.phones import find_phone

CODE = "8422"
OURS = "+7 (8422) 40-00-00"


@pytest.mark.parametrize(
    "written",
    [
        "8 927 111-22-33",
        "+7-927-111-22-33",
        "89271112233,",
        "7 927 111 22 33",
        "8(927)1112233",
        "8.927.111.22.33",
        "8 9 2 7 1 1 1 2 2 3 3",
        "мой: 9271112233.",
        "тел89271112233",
        "кв 12 89271112233",
        "кв55, 8927-111-22-33",
        "Мира 7-15 8 927 111 22 33",
        "8 (927) 111 22 33 5 этаж",
        "восемь девятьсот двадцать семь сто одиннадцать двадцать два тридцать три",
        "плюс семь девятьсот двадцать семь сто одиннадцать двадцать два тридцать три",
        "квартира тридцать восемь девятьсот двадцать семь сто одиннадцать двадцать два тридцать три",
        "+79271112233/+79272223344",
        "показания 00412, 89271112233",
        "Московская 102-180, звоните 8-927-111-22-33",
    ],
)
def test_a_mobile_phone_is_found(written: str) -> None:
    assert find_phone(written, CODE) == "+79271112233"


@pytest.mark.parametrize(
    "written",
    [
        "22-33-44",
        "тел. 22 33 44",
        "т.223344",
        "домашний 223-344",
        "8 (8422) 22-33-44 доб. 5",
        "(8422) 22-33-44",
        "88422223344",
        "223344",
        "Садовая 5 22-33-44",
        "тел двадцать два тридцать три сорок четыре",
    ],
)
def test_a_city_phone_takes_the_area_code(written: str) -> None:
    assert find_phone(written, CODE) == "+78422223344"


def test_two_noughts_are_dictated() -> None:
    spoken = "девятьсот двадцать семь сто одиннадцать два нуля тридцать три"
    assert find_phone(spoken, CODE) == "+79271110033"


@pytest.mark.parametrize(
    "text",
    [
        "л/с 1200456789",
        "лицевой счёт 89271112233",
        "счётчик № 18456723, показания 412",
        "хол 00412, гор 00207",
        "10.11.2026 в 12:30",
        "Садовая 102-180",
        "к оплате 14 382,50 руб.",
        "начислили 123456 руб",
        "ИНН 7325012345",
        "заявка № 26-000123",
        "8-800-555-35-35",
        "89271112233@mail.example",
        "квартира двенадцать дом пять",
        "1" * 5000,
        "",
    ],
)
def test_other_numbers_are_no_phones(text: str) -> None:
    assert find_phone(text, CODE) == ""


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("их телефон 89270000001, мой 89270000002", "+79270000002"),
        ("номер мужа 89270000001, мой 89270000002", "+79270000002"),
        ("89270000001, жена 89270000002", "+79270000001"),
        ("звоните мужу 89270000001", "+79270000001"),
        ("Звонил вам на 22-00-22, никто не берёт. 89270000002", "+79270000002"),
        ("телефон соседки 89270000001", ""),
        ("89270000001 (сосед)", ""),
        ("залили соседей снизу, 89270000002", "+79270000002"),
        ("по вашему номеру 40-00-00 занято", ""),
    ],
)
def test_the_resident_s_own_phone_is_taken(text: str, phone: str) -> None:
    assert find_phone(text, CODE, (OURS,)) == phone


def test_an_answer_may_give_anybody_s_phone() -> None:
    assert find_phone("телефон соседки 89270000001", CODE, asked=True) == "+79270000001"
    assert find_phone("223344 но звоните лучше после шести вечера", CODE, asked=True) == "+78422223344"


def test_the_end_of_a_long_text_is_searched_too() -> None:
    assert find_phone("Прошу принять меры. " * 5000 + "89271112233", CODE) == "+79271112233"


@given(st.text(alphabet="0123456789 -()+.,/\n кваётлмйсд№", max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_is_taken(text: str) -> None:
    assert re.fullmatch(r"(\+\d{10,15})?", find_phone(text, CODE, asked=True))


def test_foreign_phones_are_checked() -> None:
    assert find_phone("+375 29 123-45-67", CODE) == "+375291234567"
    assert find_phone("+375 29 123-45-6", CODE) == ""
