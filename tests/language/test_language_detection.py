"""In which language somebody writes, as far as the bot must know."""

from __future__ import annotations

import pytest

from language.language_detection import Tongue, is_foreign, tongue


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, my heating does not work", Tongue.ENGLISH),
        ("there is no hot water since Monday", Tongue.ENGLISH),
        ("The lift’s stuck, isn’t it?", Tongue.ENGLISH),
        ("No water", Tongue.ENGLISH),
        ("Исәнмесез", Tongue.OTHER),  # Tatar
        ("Сәлам, су юк", Tongue.OTHER),
        ("Доброго дня, немає води", Tongue.OTHER),  # Ukrainian
        ("Привіт", Tongue.OTHER),
        ("Ассалому алайкум", Tongue.OTHER),  # Uzbek in either alphabet
        ("Assalomu alaykum, issiq suv yo‘q", Tongue.OTHER),
        ("suv yo'q", Tongue.OTHER),
        ("Саламатсызбы, суу жок", Tongue.OTHER),  # Kyrgyz
        ("Салом, об нест", Tongue.OTHER),  # Tajik
        ("你好，没有热水", Tongue.OTHER),
        ("السلام عليكم", Tongue.OTHER),
        ("გამარჯობა", Tongue.OTHER),
        ("Guten Tag, wir haben kein Wasser", Tongue.OTHER),
        ("Où est l'eau chaude", Tongue.OTHER),
        ("нет горячей воды", Tongue.RUSSIAN),
        ("вoдa не идёт", Tongue.RUSSIAN),  # with Latin look-alikes
        ("net goryachey vody", Tongue.RUSSIAN),
        ("ytn ujhzxtq djls", Tongue.RUSSIAN),
        ("ыва олдж", Tongue.RUSSIAN),
        ("У нас соседка Гөлнара, она не платит за воду", Tongue.RUSSIAN),
        ("не работает Wi-Fi и домофон", Tongue.RUSSIAN),
        ("asdfgh", Tongue.NONE),
        ("🙂🙂🙂", Tongue.NONE),
        ("12345 67", Tongue.NONE),
        ("١٢٣", Tongue.NONE),
        ("?!", Tongue.NONE),
        ("", Tongue.NONE),
    ],
)
def test_language_is_told(text: str, expected: Tongue) -> None:
    assert tongue(text) == expected
    assert is_foreign(text) == (expected in (Tongue.ENGLISH, Tongue.OTHER))


def test_only_the_beginning_of_a_long_message_is_looked_at() -> None:
    assert tongue("Hello, there is no water. " + "вода " * 20_000) == Tongue.RUSSIAN
    assert tongue("вода " * 90 + "hello there " * 10_000) == Tongue.RUSSIAN
