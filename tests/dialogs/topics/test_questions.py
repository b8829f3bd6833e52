"""Questions outside the form, «Это помогло?», small talk and the menu."""

from __future__ import annotations

import pytest

from channels.contract import Contact, Press, Start
from dialogs.buttons.words import meaning, number
from dialogs.effects import CallDispatcher, LogUnanswered, OpenTicket, RateAnswer, SaveKnown
from dialogs.session import State
from language.questions import is_question
from tests.dialogs.talk import Talk, newcomer, questions, with_ticket


def test_an_answer_asks_whether_it_helped() -> None:
    talk = Talk()
    assert "с 20 по 25 число" in talk.write("до какого числа передавать показания счётчиков?")
    assert talk.said[-1] == "Это помогло?"
    assert "Рад, что помогло" in talk.write("да")
    (rate,) = talk.effects(RateAnswer)
    assert rate.helped


def test_an_answer_that_did_not_help_offers_a_dispatcher() -> None:
    talk = Talk()
    talk.write("до какого числа передавать показания счётчиков?")
    assert "Жаль" in talk.press("Нет")
    assert "Позвать диспетчера" in talk.labels
    assert [rate.helped for rate in talk.effects(RateAnswer)] == [False]


def test_an_answer_may_open_a_ticket() -> None:
    talk = Talk()
    talk.write("почему нет горячей воды?")
    assert "Оформить заявку" in talk.labels, talk.text
    assert "По какому адресу" in talk.press("Оформить заявку")
    assert talk.session.draft.problem


def test_follow_ups_are_buttons() -> None:
    talk = Talk()
    talk.write("до какого числа передавать показания счётчиков?")
    more = [one for one in talk.labels if one.endswith("?")]
    assert more
    talk.press(more[0])
    assert more[0] in talk.text


def test_a_question_nobody_answers_is_logged() -> None:
    talk = Talk()
    talk.write("где ближайшая шиномонтажная мастерская?")
    assert [one.text for one in talk.effects(LogUnanswered)] == ["где ближайшая шиномонтажная мастерская?"]


def test_a_complaint_is_no_question() -> None:
    talk = Talk()
    talk.write("батареи холодные вторые сутки")
    assert talk.session.state is State.ADDRESS


def test_shipped_questions_are_answered_not_reported() -> None:
    """All but a few wordings of the shipped questions that are complaints or cries for help as well."""
    astray = []
    for entry in questions().entries:
        talk = Talk()
        talk.write(entry.question)
        if talk.session.entry != entry.id:
            astray.append(entry.id)
    assert set(astray) <= {"gas_what_to_do", "lift_what_to_do"}  # there the safety text comes first


@pytest.mark.parametrize(
    "text", ["Кто чистит снег и сосульки?", "уборка снега с крыши чья обязанность", "за чей счёт убирают сосульки"]
)
def test_asking_who_is_responsible_is_no_emergency(text: str) -> None:
    talk = Talk()
    talk.write(text)
    assert talk.effects(OpenTicket) == []
    talk.write("сосульки висят над входом")
    assert len(talk.effects(OpenTicket)) == 1


def test_after_the_invitation_words_are_a_question() -> None:
    talk = Talk()
    talk.write("привет")
    talk.press("Задать вопрос")
    assert "с 20 по 25" in talk.write("до какого числа показания")


def test_a_question_nobody_answers_opens_no_form() -> None:
    talk = Talk()
    talk.write("почему трава зелёная?")
    assert not talk.session.draft.started
    talk.write("Лифт не работает")
    assert "отдельный вопрос" in talk.write("какая погода завтра?")
    assert talk.session.state is State.ADDRESS


def test_a_plain_no_is_no_misunderstanding() -> None:
    assert "Чем могу помочь" in Talk().write("нет")


def test_who_waits_for_a_dispatcher_is_not_interrupted() -> None:
    talk = Talk()
    talk.write("позвать диспетчера")
    assert "уже знает, что вы ждёте" in talk.write("алло, вы где там")
    stranger = newcomer()
    stranger.write("привет", "позвать диспетчера")
    assert "уже знает, что вы ждёте" in stranger.write("меня зовут Пётр")


def test_small_talk() -> None:
    talk = Talk()
    assert "Здравствуйте" in talk.write("добрый день")
    assert "Пожалуйста" in talk.write("спасибо")
    assert "Напишите вопрос" in talk.write("задать вопрос")
    assert "Чем могу помочь" in talk.event(Start("house-500"))


def test_greeting_in_the_form_repeats_its_question() -> None:
    talk = Talk()
    talk.write("Лифт не работает")
    assert "По какому адресу" in talk.write("здравствуйте")


def test_a_shared_contact_is_remembered() -> None:
    talk = Talk()
    assert "+7 903 123-45-67" in talk.event(Contact("79031234567", "Анна"))
    (saved,) = talk.effects(SaveKnown)
    assert saved.phone == "+79031234567"


def test_an_old_button_is_answered() -> None:
    talk = with_ticket()
    said = talk.event(Press("house:999"))
    assert "уже не действует" in said
    assert "Чем могу помочь" in said


def test_numbers_pick_buttons_where_there_are_none_to_press() -> None:
    talk = Talk()
    talk.write("привет")
    assert "По какому адресу" in talk.write("1")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Меню!", "menu"),
        ("назад", "back"),
        ("Отмена.", "cancel"),
        ("Позовите, пожалуйста, живого человека", "operator"),
        ("соедините меня с диспетчером", "operator"),
        ("ДА", "yes"),
        ("нет, спасибо", "no"),
        ("Изменить адрес", "edit:address"),
        ("спасибо, Ирина", "thanks"),
        ("удалите мои данные", "forget"),
        ("диспетчер обещал прийти и не пришёл уже третий день подряд", ""),
        ("", ""),
    ],
)
def test_whole_messages_are_commands(text: str, value: str) -> None:
    assert meaning(text) == value


def test_what_asks() -> None:
    assert is_question("когда дадут воду")
    assert is_question("воды нет, это надолго?")
    assert not is_question("воды нет")
    assert is_question("за чей счёт засор стояка")
    assert is_question("норма температуры в комнате")
    assert not is_question("адрес: Садовая 5")
    assert not is_question("течёт когда включаю кран на кухне")
    assert [number(text) for text in ("1", " 12.", "0", "100", "два")] == [1, 12, 0, 0, 0]


def test_a_dispatcher_is_called_with_the_reason() -> None:
    talk = Talk()
    talk.write("диспетчер")
    assert [call.reason for call in talk.effects(CallDispatcher)] == ["asked"]
