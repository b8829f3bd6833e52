from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.messages.rendering import render, split_text, utf16_length
from channels.contract import Button, Capabilities
from dialogs.turn import Say


def capabilities(buttons: int = 10, text_length: int = 4000) -> Capabilities:
    return Capabilities(text_length=text_length, buttons=buttons, per_second=1, per_conversation_second=1)


def text_of(key: str, args: Mapping[str, object]) -> str:
    return f"<{key}>"


def test_labels_are_text_keys_unless_literal() -> None:
    say = Say(key="ask", buttons=((Button("yes", "y"), Button("=ул. Ленина, 12", "h:1")),))
    assert [button.label for button in render(say, capabilities(), text_of)[0].buttons[0]] == [
        "<yes>",
        "ул. Ленина, 12",
    ]


def test_channel_without_buttons_gets_a_numbered_list() -> None:
    say = Say(key="ask", buttons=((Button("yes", "y"),), (Button("no", "n"),)))
    (part,) = render(say, capabilities(buttons=0), text_of)
    assert part.text == "<ask>\n\n1. <yes>\n2. <no>"
    assert part.buttons == ()


def test_channel_that_brings_no_answer_back_gets_no_choices() -> None:
    say = Say(key="ask", buttons=((Button("yes", "y"),),))
    (part,) = render(say, replace(capabilities(buttons=0), one_way=True), text_of)
    assert (part.text, part.buttons) == ("<ask>", ())


def test_buttons_stand_under_the_last_part_only() -> None:
    def long_text(key: str, args: Mapping[str, object]) -> str:
        return "слово " * 100

    parts = render(Say(key="x", buttons=((Button("=да", "y"),),)), capabilities(text_length=200), long_text)
    assert [bool(part.buttons) for part in parts] == [False] * (len(parts) - 1) + [True]


@given(st.text(alphabet=st.sampled_from("аб.!…» \n😀"), max_size=300), st.integers(2, 60))
def test_split_keeps_every_letter_and_every_part_fits(text: str, most: int) -> None:
    parts = split_text(text, most)
    assert all(utf16_length(part) <= most for part in parts)
    assert all(part.encode("utf-16-le").decode("utf-16-le") == part for part in parts)  # no half of a pair
    assert all(parts) or parts == [""]
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_text_is_cut_at_paragraphs_else_sentences_else_words() -> None:
    assert split_text("Первый абзац. Он короткий.\n\nВторой абзац! И ещё?", 40) == [
        "Первый абзац. Он короткий.",
        "Второй абзац! И ещё?",
    ]
    assert split_text("Воды нет? Мастер едет… Ждите дома, пожалуйста", 30) == [
        "Воды нет? Мастер едет…",
        "Ждите дома, пожалуйста",
    ]
    assert split_text("Он сказал: «Приеду!» Потом уехал далеко", 25) == ["Он сказал: «Приеду!»", "Потом уехал далеко"]
    assert split_text("Давление 2.5 бар держится", 18) == ["Давление 2.5 бар", "держится"]
    assert split_text("слово слово", 8) == ["слово", "слово"]
    assert split_text("а" * 10, 4) == ["аааа", "аааа", "аа"]
