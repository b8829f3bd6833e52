"""What people say in forwarded mails, without heads, signatures and quotes."""

from __future__ import annotations

import pytest

from channels.mail.parsing.forwards import people_text_of

OWN = "hotline@uk-uyut.example"
MARK = "---------- Forwarded message ---------"
GMAIL = f"{MARK}\nОт: Жанна <zh@mail.example>\nDate: вс, 22 нояб. 2026 г. в 20:15\nTo: П <p@m.example>"
YANDEX = "-------- Пересылаемое сообщение --------\n22.11.2026, 20:15, Жанна Белова\n<zh@mail.example>:"
OUTLOOK = "От: Жанна <zh@mail.example>\nОтправлено: 22 ноября 2026 г. 20:15\nКому: Павел\nТема: Мусор"
LONG_HEAD = f"{MARK}\nFrom: Жанна\n<zh@mail.example>\nDate: Sun, Nov 22, 2026"


@pytest.mark.parametrize("head", [GMAIL, YANDEX, OUTLOOK, LONG_HEAD])
def test_head_and_signature_of_a_forwarded_mail_go(head: str) -> None:
    text = f"Посмотрите, пожалуйста.\n\n{head}\n\nНе вывозят мусор.\n\nС уважением,\nЖанна, 8 927 111-22-33"
    assert people_text_of(text, "Fwd: Мусор", OWN) == "Посмотрите, пожалуйста.\n\nНе вывозят мусор."


def test_a_mail_without_a_forwarded_one_has_nothing_to_leave_out() -> None:
    assert people_text_of("Нет воды", "Вода", OWN) == ""
    assert people_text_of("Нет воды", "Fwd: Вода", OWN) == ""


def test_a_mail_of_ours_goes_whole() -> None:
    text = f"Опять.\n\n{GMAIL.replace('zh@mail.example', OWN)}\n\nРаботы закончены, Мира 7"
    assert people_text_of(text, "Fwd: x", OWN) == "Опять."
    assert people_text_of(text, "Fwd: x", "") == "Опять.\n\nРаботы закончены, Мира 7"


def test_what_stands_below_a_forwarded_mail_is_read_too() -> None:
    text = f"{YANDEX}\n\nНет воды\n-------- Конец пересылаемого сообщения --------\nПомогите ей"
    assert people_text_of(text, "Fwd: x", OWN) == "Нет воды\n\nПомогите ей"


def test_a_forward_of_a_forward_is_taken_apart() -> None:
    text = f"Смотрите\n\n{GMAIL}\n\nПередаю\n\n{GMAIL}\n\nНет воды\n> старое"
    assert people_text_of(text, "Fwd: x", OWN) == "Смотрите\n\nПередаю\n\nНет воды"
