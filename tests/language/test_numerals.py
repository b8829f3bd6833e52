"""Numerals in words, as people dictate them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.numerals import digits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("дом двенадцать", "дом 12"),
        ("сорок два", "42"),
        ("сто шесть", "106"),
        ("квартира триста пятьдесят", "квартира 350"),
        ("двести двадцать два", "222"),
        ("четырнадцать двадцать два", "14 22"),
        ("двадцать, пять", "20, 5"),
        ("пять дробь три", "5 дробь 3"),
        ("первая садовая", "1-й садовая"),
        ("во втором подъезде", "во 2-й подъезде"),
        ("третья линия", "3-й линия"),
        ("в Двадцать первом доме", "в 21-й доме"),
        ("восьмого марта", "8-й марта"),
        ("двадцать одного", "21"),
        ("на одной из улиц", "на одной из улиц"),
        ("первомайская, пятницкая, стоянка", "первомайская, пятницкая, стоянка"),
        ("четвёртый этаж", "4-й этаж"),
        ("восемь девятьсот двадцать семь ноль ноль", "8 927 0 0"),
        ("сорокалетия Победы четыре", "40 лет Победы 4"),
        ("", ""),
    ],
)
def test_numerals_become_digits(text: str, expected: str) -> None:
    assert digits(text) == expected


@given(st.text(alphabet="абвгдеёжзиклмнопрстуИ 0123456789-,", max_size=80))
def test_any_text_is_taken_and_is_stable(text: str) -> None:
    once = digits(text)
    assert digits(once) == once
