"""The notice on personal data at first contact: what was said before it is answered after it."""

from __future__ import annotations

from channels.contract import Press, Start
from dialogs.effects import CallDispatcher, SaveKnown
from dialogs.session import State
from dialogs.world import Known
from tests.dialogs.talk import ANY_CONTENT, newcomer


def test_first_contact_is_greeted_with_the_notice() -> None:
    talk = newcomer()
    said = talk.event(Start())
    assert "УК «Уют»" in said
    assert "Удалить мои данные" in said
    assert talk.labels == ["Продолжить", "Политика", "Позвать диспетчера"]
    assert "Чем могу помочь" in talk.press("Продолжить")
    (saved,) = talk.effects(SaveKnown)
    assert saved.notified
    assert saved.notice_version


def test_what_was_said_before_is_answered_after_it() -> None:
    talk = newcomer()
    assert "Нажмите «Продолжить»" in talk.write("Лифт не работает")
    assert "Записал" in talk.write("уже второй день")
    assert "Лифт не работает" in talk.write("да")
    assert "уже второй день" in talk.session.draft.text
    assert talk.session.held == ""


def test_photo_and_contact_before_it_are_kept() -> None:
    talk = newcomer()
    for event in ANY_CONTENT[3:5]:
        talk.event(event)
    talk.press("Продолжить")
    assert talk.session.draft.files == ("p.jpg",)
    assert talk.session.draft.phone == "+79031234567"


def test_nothing_is_asked_before_it() -> None:
    for event in ANY_CONTENT:
        talk = newcomer()
        talk.event(event)
        assert talk.session.state in (State.CONSENT, State.IDLE)
        assert "Продолжить" in talk.labels


def test_declined_tells_the_phone_and_stores_nothing() -> None:
    talk = newcomer()
    talk.write("Лифт не работает")
    said = talk.write("не согласен")
    assert "+7 8422 22-22-22" in said
    assert talk.effects(SaveKnown) == []
    talk.press("Позвать диспетчера")
    assert len(talk.effects(CallDispatcher)) == 1


def test_policy_can_be_read_first() -> None:
    talk = newcomer()
    talk.write("здравствуйте")
    assert "Кто обрабатывает: УК «Уют»" in talk.press("Политика")
    assert "Продолжить" in talk.labels


def test_asked_once_only() -> None:
    talk = newcomer()
    talk.write("привет")
    talk.press("Продолжить")
    talk.event(Start())
    assert "персональн" not in talk.text
    assert "Чем могу помочь" in talk.text


def test_forgetting_needs_a_yes_and_brings_the_notice_back() -> None:
    talk = newcomer()
    talk.write("привет", "да", "удалить мои данные")
    assert "Удалить ваши имя" in talk.text
    assert "Ваши данные удалены" in talk.press("Да, удалить")
    assert talk.world.known == Known()
    assert "Нажмите «Продолжить»" in talk.write("Лифт не работает")


def test_a_stale_button_before_the_notice_is_no_way_round_it() -> None:
    talk = newcomer()
    talk.event(Press("confirm"))
    assert "Нажмите «Продолжить»" in talk.text
