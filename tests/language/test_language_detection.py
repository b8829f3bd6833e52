"""The language of a message, as far as the bot must know it."""

from __future__ import annotations

import pytest

from language.language_detection import Language, is_foreign, language_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, my heating does not work", Language.ENGLISH),
        ("there is no hot water since Monday", Language.ENGLISH),
        ("The lift’s stuck, isn’t it?", Language.ENGLISH),
        ("No water", Language.ENGLISH),
        ("Исәнмесез", Language.OTHER),  # Tatar
        ("Сәлам, су юк", Language.OTHER),
        ("Доброго дня, немає води", Language.OTHER),  # Ukrainian
        ("Привіт", Language.OTHER),
        ("Ассалому алайкум", Language.OTHER),  # Uzbek in either alphabet
        ("Assalomu alaykum, issiq suv yo‘q", Language.OTHER),
        ("suv yo'q", Language.OTHER),
        ("Саламатсызбы, суу жок", Language.OTHER),  # Kyrgyz
        ("Салом, об нест", Language.OTHER),  # Tajik
        ("你好，没有热水", Language.OTHER),
        ("السلام عليكم", Language.OTHER),
        ("გამარჯობა", Language.OTHER),
        ("Guten Tag, wir haben kein Wasser", Language.OTHER),
        ("Où est l'eau chaude", Language.OTHER),
        ("нет горячей воды", Language.RUSSIAN),
        ("вoдa не идёт", Language.RUSSIAN),  # with Latin look-alikes
        ("net goryachey vody", Language.RUSSIAN),
        ("ytn ujhzxtq djls", Language.RUSSIAN),
        ("ыва олдж", Language.RUSSIAN),
        ("У нас соседка Гөлнара, она не платит за воду", Language.RUSSIAN),
        ("не работает Wi-Fi и домофон", Language.RUSSIAN),
        ("asdfgh", Language.NONE),
        ("🙂🙂🙂", Language.NONE),
        ("12345 67", Language.NONE),
        ("١٢٣", Language.NONE),
        ("?!", Language.NONE),
        ("", Language.NONE),
    ],
)
def test_language_is_told(text: str, expected: Language) -> None:
    assert language_of(text) == expected
    assert is_foreign(text) == (expected in (Language.ENGLISH, Language.OTHER))


def test_only_the_beginning_of_a_long_message_is_looked_at() -> None:
    assert language_of("Hello, there is no water. " + "вода " * 20_000) == Language.RUSSIAN
    assert language_of("вода " * 90 + "hello there " * 10_000) == Language.RUSSIAN
