"""The report form: address, contact, problem, photo, summary; back, cancel, corrections, questions in its middle."""

from __future__ import annotations

from dataclasses import replace

import pytest

from channels.contract import Contact, Location, Unsupported
from dialogs.effects import AddToTicket, CallDispatcher, LogUnanswered, OpenTicket, SaveKnown
from dialogs.session import MAX_FILES, State
from tests.dialogs.talk import Talk, fresh_world, neighbour, newcomer


def at_summary() -> Talk:
    talk = Talk()
    talk.write("Лифт не работает", "ул. Садовая, 5, кв. 17", "Анна, 8 903 123-45-67", "нет")
    assert talk.session.state is State.SUMMARY, talk.text
    return talk


def test_step_by_step_until_the_number_is_shown() -> None:
    talk = Talk()
    assert "Что случилось" not in talk.write("сообщить о проблеме")
    assert "По какому адресу" in talk.text
    assert "Какая квартира" in talk.write("Садовая 5")
    assert "По какому телефону" in talk.write("17")
    assert "Что случилось" in talk.write("Анна, 8 903 123-45-67")
    assert "Пришлите фото" in talk.write("Лифт не работает второй день")
    assert "Фото в заявке: 1" in talk.photo()
    summary = talk.press("Готово")
    assert "ул. Садовая, д. 5, кв. 17" in summary
    assert "+7 903 123-45-67, Анна" in summary
    assert "Лифт не работает второй день" in summary
    accepted = talk.press("Отправить заявку")
    for told in ("№ 26-000001", "24 ноября, 12:00", "Принял: бот", "Срок по нормативу: 25 ноября, 12:00"):
        assert told in accepted
    (order,) = talk.effects(OpenTicket)
    assert (order.problem, order.apartment, order.phone, order.name) == ("lift_stopped", "17", "+79031234567", "Анна")
    assert order.files == ("photo-1.jpg",)
    (known,) = talk.effects(SaveKnown)
    assert (known.phone, known.apartment, known.house_id) == ("+79031234567", "17", order.house_id)


def test_one_message_with_everything_is_asked_for_nothing_again() -> None:
    talk = Talk()
    mail = (
        "Добрый день! Меня зовут Пётр Сидоров, живу по адресу Ленина 12А, кв. 3. Третий день нет горячей воды,"
        " примите меры. Телефон 8 903 765 43 21. С уважением"
    )
    assert "Пришлите фото" in talk.write(mail)
    summary = talk.press("Без фото")
    for told in ("ул. Ленина, д. 12а, кв. 3", "+7 903 765-43-21", "Нет горячей воды"):
        assert told in summary
    assert "принята" in talk.write("всё верно")


def test_back_returns_to_the_question_before_and_takes_its_answer_back() -> None:
    talk = Talk()
    talk.write("Лифт не работает", "Садовая 5", "17")
    assert "Какая квартира" in talk.write("назад")
    assert "По какому адресу" in talk.write("назад")
    assert "вернуться некуда" in talk.write("назад")
    talk.write("Садовая 7", "2")
    assert talk.session.draft.address == "ул. Садовая, д. 7"
    assert talk.session.draft.apartment == "2"


def test_cancel_drops_the_report() -> None:
    talk = at_summary()
    assert "не отправляю" in talk.write("отмена")
    assert not talk.session.draft.started
    assert talk.effects(OpenTicket) == []


@pytest.mark.parametrize(
    ("command", "question", "answer", "shown"),
    [
        ("изменить адрес", "По какому адресу", "Садовая 7, кв. 9", "ул. Садовая, д. 7, кв. 9"),
        ("изменить телефон", "По какому телефону", "8 927 111-22-33", "+7 927 111-22-33"),
        ("изменить квартиру", "Какая квартира", "44", "кв. 44"),
        ("изменить проблему", "Что случилось", "домофон не открывает дверь", "домофон не открывает дверь"),
    ],
)
def test_any_answer_can_be_changed_on_the_summary(command: str, question: str, answer: str, shown: str) -> None:
    talk = at_summary()
    before = talk.session.draft
    assert question in talk.write(command)
    summary = talk.write(answer)
    assert "Проверьте" in summary
    assert shown in summary
    kept = [name for name in ("phone", "text", "address") if getattr(talk.session.draft, name) == getattr(before, name)]
    assert len(kept) >= 2


@pytest.mark.parametrize("command", ["изменить адрес", "изменить телефон", "изменить проблему", "изменить фото"])
def test_back_from_a_correction_returns_to_the_summary_as_it_was(command: str) -> None:
    talk = at_summary()
    before = talk.session.draft
    talk.write(command)
    assert "Проверьте" in talk.write("назад")
    assert talk.session.draft == before
    assert talk.session.undo == ""


def test_not_in_a_flat_by_button() -> None:
    talk = Talk()
    talk.write("Лифт не работает", "Садовая 5")
    assert "По какому телефону" in talk.press("Не в квартире")


def test_what_was_understood_is_said() -> None:
    talk = Talk()
    said = talk.write("НЕ РАБОТАЕТ ДОМОФОН садовая 5 кв 17")
    assert "Понял: Домофон" in said
    assert "Адрес: ул. Садовая, д. 5, кв. 17." in said


def test_photos_can_be_changed_on_the_summary() -> None:
    talk = at_summary()
    talk.press("Изменить фото")
    talk.photo("one.jpg")
    talk.photo("two.jpg")
    assert "Фото: 2" in talk.write("готово")


def test_a_correction_on_the_summary_speaks_for_itself() -> None:
    talk = at_summary()
    assert "+7 927 111-22-33" in talk.write("телефон другой: 8 927 111 22 33")
    assert "ул. Садовая, д. 7" in talk.write("нет, Садовая 7")
    assert "кв. 9" in talk.write("9")
    assert "Что исправить" in talk.write("изменить")


def test_a_question_in_the_middle_is_answered_and_the_form_goes_on() -> None:
    talk = Talk()
    talk.write("Лифт не работает")
    said = talk.write("до какого числа передавать показания счётчиков?")
    assert "с 20 по 25 число" in said
    assert said.endswith("Садовая 12, кв. 5.")
    assert talk.session.state is State.ADDRESS
    assert talk.session.draft.problem == "lift_stopped"


def test_known_address_and_phone_are_offered() -> None:
    talk = neighbour()
    talk.write("Лифт не работает")
    assert "ул. Садовая, д. 5, кв. 17" in talk.labels
    assert "По какому телефону" in talk.press("ул. Садовая, д. 5, кв. 17")
    assert "+7 903 123-45-67" in talk.labels
    assert "Пришлите фото" in talk.press("+7 903 123-45-67")
    assert "кв. 17" in talk.press("Без фото")


def test_yes_takes_the_known_answers() -> None:
    talk = neighbour()
    talk.write("Лифт не работает", "да", "да", "нет", "да")
    (order,) = talk.effects(OpenTicket)
    assert (order.apartment, order.phone) == ("17", "+79031234567")


def test_unclear_house_is_asked_about_and_another_one_can_be_typed() -> None:
    talk = Talk()
    talk.write("Лифт не работает")
    talk.write("Садовая")
    assert talk.session.state is State.HOUSE
    assert 2 <= len(talk.session.options) <= 5
    assert "Какая квартира" in talk.write("1")
    talk.write("назад")
    talk.write("Садовая")
    assert "По какому адресу" in talk.press("Другой дом")
    assert "Какая квартира" in talk.write("Ленина 12")


def test_another_house_can_be_named_when_the_flat_is_asked() -> None:
    talk = Talk()
    talk.write("Лифт не работает", "Садовая 5", "ой, Садовая 7, кв. 3")
    assert (talk.session.draft.address, talk.session.draft.apartment) == ("ул. Садовая, д. 7", "3")


def test_entrance_and_floor_mean_that_it_is_in_no_flat() -> None:
    talk = Talk()
    assert "По какому телефону" in talk.write("Лифт не работает", "Садовая 5", "2 подъезд, 3 этаж")
    draft = talk.session.draft
    assert (draft.no_apartment, draft.entrance, draft.floor) == (True, "2", "3")


def test_unknown_house_twice_may_be_kept_as_written() -> None:
    talk = Talk()
    talk.write("Лифт не работает")
    assert "Такого дома не нашёл" in talk.write("Неведомая 999")
    assert "Снова не нашёл" in talk.write("Неведомая, 999")
    assert {"Оставить как написано", "Позвать диспетчера"} <= set(talk.labels)
    assert "Записал адрес как есть: Неведомая, 999" in talk.press("Оставить как написано")
    assert talk.effects(CallDispatcher) == []  # nobody is called before there is a ticket
    talk.write("8 903 123-45-67", "нет", "да")
    assert [one.reason for one in talk.effects(CallDispatcher)] == ["address_unknown"]


def test_a_phone_can_be_left_out_after_a_misunderstanding() -> None:
    talk = Talk()
    talk.write("Лифт не работает", "Садовая 5", "17", "не скажу")
    assert "Без телефона" in talk.labels
    assert "Пришлите фото" in talk.press("Без телефона")
    assert "Телефон: не указан" in talk.write("нет")


@pytest.mark.parametrize("answer", ["12", "позвоните мне", "8 903 123 45", "+7 000 000-00-00"])
def test_wrong_phone_is_refused_clearly(answer: str) -> None:
    talk = Talk()
    talk.write("Лифт не работает", "Садовая 5", "17")
    assert "Не похоже на номер телефона" in talk.write(answer)
    assert "Отмена" in talk.labels
    assert talk.session.state is State.PHONE


@pytest.mark.parametrize(
    ("answer", "phone"),
    [
        ("89031234567", "+79031234567"),
        ("+7 (903) 123-45-67", "+79031234567"),
        ("903 123 45 67 Анна", "+79031234567"),
        ("33-44-55", "+78422334455"),
    ],
)
def test_phones_are_taken_as_people_write_them(answer: str, phone: str) -> None:
    talk = Talk()
    talk.write("Лифт не работает", "Садовая 5", "17", answer)
    assert talk.session.draft.phone == phone


def test_shared_contact_answers_the_phone_question() -> None:
    talk = Talk(world=fresh_world(known=neighbour().world.known.__class__(notified=True), contact_request=True))
    talk.write("Лифт не работает", "Садовая 5", "17")
    assert talk.says[-1].ask == "contact"
    talk.event(Contact("79031234567", "Анна"))
    assert (talk.session.draft.phone, talk.session.draft.name) == ("+79031234567", "Анна")


def test_location_is_no_address_and_is_said_so() -> None:
    talk = Talk()
    talk.write("Лифт не работает")
    assert "напишите адрес словами" in talk.event(Location(54.3, 48.4))
    assert "По какому адресу" in talk.text


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("sticker", "Стикеры"),
        ("video", "Видео"),
        ("too_big", "слишком большой"),
        ("x", "не могу"),
    ],
)
def test_what_cannot_be_read_is_said_and_the_question_repeated(kind: str, told: str) -> None:
    talk = Talk()
    talk.write("Лифт не работает")
    said = talk.event(Unsupported(kind))
    assert told in said
    assert "По какому адресу" in said


def test_empty_text_and_control_characters_are_no_answer() -> None:
    talk = Talk()
    talk.write("Лифт не работает")
    assert "пришло пустым" in talk.write("\x00\x07 \u200b")
    assert talk.session.state is State.ADDRESS


def test_very_long_text_is_cut_and_said_so() -> None:
    talk = Talk()
    assert "взял первые 4\N{NO-BREAK SPACE}000 знаков" in talk.write("Лифт не работает. " + "очень " * 20_000)
    assert len(talk.session.draft.text) <= 4000


def test_vague_problem_is_asked_about_once_then_taken() -> None:
    talk = Talk()
    talk.write("сообщить о проблеме", "Садовая 5", "17", "8 903 123-45-67")
    assert "Пока не понял" in talk.write("ну вот так оно")
    assert "Пришлите фото" in talk.write("ну вот так оно")
    assert talk.session.draft.problem == "question"


def test_two_misunderstandings_in_a_row_offer_a_dispatcher() -> None:
    talk = Talk()
    assert "Простите, не понял" in talk.write("ыва олдж")
    assert "Похоже, я вас не понимаю" in talk.write("ывапр олджэ")
    assert "Позвать диспетчера" in talk.labels
    assert len(talk.effects(LogUnanswered)) == 2
    assert "Зову диспетчера" in talk.press("Позвать диспетчера")
    assert [one.reason for one in talk.effects(CallDispatcher)] == ["misunderstood"]


@pytest.mark.parametrize(
    "words", ["позвать диспетчера", "Позовите, пожалуйста, человека", "оператор", "хочу поговорить с диспетчером"]
)
@pytest.mark.parametrize("before", [(), ("Лифт не работает",), ("Лифт не работает", "Садовая 5"), ("ыва олдж",)])
def test_a_dispatcher_can_be_called_anywhere(words: str, before: tuple[str, ...]) -> None:
    talk = Talk()
    talk.write(*before)
    state = talk.session.state
    assert "Зову диспетчера" in talk.write(words)
    assert talk.session.state is state
    assert "уже знает" in talk.write(words)
    assert len(talk.effects(CallDispatcher)) == 1


def test_while_a_dispatcher_has_the_conversation_the_bot_is_silent() -> None:
    talk = Talk()
    talk.write("Лифт не работает")
    talk.world = fresh_world(known=talk.world.known, claimed_by="Ирина")
    assert talk.write("вы тут?") == ""
    assert talk.photo() == ""
    assert "Запах газа" in talk.write("пахнет газом")
    assert talk.effects(CallDispatcher)[-1].urgent


def test_photos_of_one_report_have_a_limit() -> None:
    talk = Talk()
    talk.write("Лифт не работает", "Садовая 5", "17", "8 903 123-45-67")
    for number in range(MAX_FILES):
        talk.photo(f"{number}.jpg")
    assert f"Уже {MAX_FILES} фото" in talk.photo("one-more.jpg")
    assert len(talk.session.draft.files) == MAX_FILES


def test_a_photo_with_a_caption_begins_a_report() -> None:
    talk = Talk()
    assert "Фото сохранил" in talk.photo(caption="домофон не работает")
    assert "По какому адресу" in talk.text
    assert (talk.session.draft.problem, talk.session.draft.files) == ("intercom", ("photo-1.jpg",))


def test_a_loose_photo_is_kept_and_begins_a_report() -> None:
    talk = Talk()
    assert "Фото сохранил" in talk.photo()
    talk.write("Садовая 5", "17", "8 903 123-45-67", "Лифт не работает")
    assert "Фото: 1" in talk.text


def test_newcomer_without_name_is_called_as_the_channel_tells() -> None:
    talk = newcomer(sender_name="Мария")
    talk.write("Лифт не работает", "да", "Садовая 5", "17", "8 903 123-45-67", "нет", "да")
    (order,) = talk.effects(OpenTicket)
    assert order.name == "Мария"
    assert talk.effects(AddToTicket) == []


def test_a_problem_that_the_classifier_no_longer_knows_is_something_else() -> None:
    talk = at_summary()
    talk.session = replace(talk.session, draft=replace(talk.session.draft, problem="gone"))
    assert "принята" in talk.write("да")
    assert talk.effects(OpenTicket)[0].problem == "question"


def test_something_else_can_be_typed_where_problems_are_offered() -> None:
    talk = at_summary()
    asked = replace(talk.session.draft, problem="")
    talk.session = replace(talk.session, state=State.KIND, kinds=("intercom", "entrance_door"), draft=asked)
    talk.write("Другое")
    assert talk.session.draft.problem == "question"
    assert talk.session.draft.text == asked.text
