"""What is new in a mail, for each way in which Russian mail programs quote; and what must not be cut."""

from __future__ import annotations

import pytest

from channels.mail.parsing.html_text import html_to_text
from channels.mail.parsing.quotes import new_part

NEW = "Квартира 12, код 45."
QUOTED = "Напишите, пожалуйста, номер квартиры."

HEADS = {
    "yandex": '12.11.2025, 14:03, "УК Уют" <a@uk.example>:',
    "mailru": "Среда, 12 ноября 2025, 14:03 +03:00 от УК Уют <a@uk.example>:",
    "gmail": "ср, 12 нояб. 2025 г. в 14:03, УК Уют <a@uk.example>:",
    "gmail_wrapped": "ср, 12 нояб. 2025 г. в 14:03, Управляющая компания Уют\n<a@uk.example>:",
    "thunderbird": "12.11.2025 14:03, УК Уют пишет:",
    "ios": "> 12 нояб. 2025 г., в 14:03, УК Уют <a@uk.example> написал(а):",
    "android": "12 ноября 2025 г. 14:03:10 пользователь УК Уют <a@uk.example> написал:",
    "wrote": "On Wed, Nov 12, 2025 at 2:03 PM UK <a@uk.example> wrote:",
    "bat": "Вы писали 12 ноября 2025 г., 14:03:10:",
    "outlook_ru": "От: УК Уют <a@uk.example>\nОтправлено: 12 ноября 2025 г. 14:03\nКому: Мария\nТема: Заявка",
    "outlook_en": "From: UK <a@uk.example>\nSent: Wednesday, November 12, 2025 2:03 PM\nTo: M\nSubject: RE: x",
    "outlook_line": "________________________________\nОт: УК Уют\nДата: 12.11.2025 14:03\nКому: Мария",
    "original": "-----Исходное сообщение-----",
    "original_en": "-----Original Message-----",
}


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("marked", [True, False], ids=["marked", "plain"])
def test_the_quoted_mail_goes(head: str, marked: bool) -> None:
    quoted = f"> {QUOTED}\n>\n> УК Уют" if marked else f"{QUOTED}\n\nУК Уют"
    if head == "ios" and not marked:
        quoted = f"> {QUOTED}"
    found = new_part(f"{NEW}\n\n{HEADS[head]}\n\n{quoted}\n")
    assert (found.text, found.had_quote, found.empty) == (NEW, True, False)


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nМария",
        "--\nМария Иванова\nтел. 123",
        "Отправлено с iPhone",
        "Отправлено из Почты Mail",
        "Отправлено из мобильной Яндекс Почты",
        "Sent from my Galaxy",
        "С уважением,\nМария Иванова",
        "С наилучшими пожеланиями\nМария",
        "С уважением, Мария\n\nОтправлено с iPhone",
    ],
)
def test_the_signature_goes(signature: str) -> None:
    assert new_part(f"{NEW}\n\n{signature}\n").text == NEW


@pytest.mark.parametrize(
    ("written", "signature"),
    [
        ("-- \nМария\nтел. 123", "Мария\nтел. 123"),
        ("С уважением,\nМария Иванова", "С уважением,\nМария Иванова"),
        ("С уважением, Мария\n-- \nтел. 123", "С уважением, Мария\nтел. 123"),
        ("Отправлено с iPhone", ""),
    ],
)
def test_the_writer_s_own_signature_is_kept_apart(written: str, signature: str) -> None:
    quoted = f"\n\n{HEADS['yandex']}\n> {QUOTED}\n> -- \n> УК Уют, тел. 456"
    assert new_part(f"{NEW}\n\n{written}{quoted}").signature == signature


@pytest.mark.parametrize(
    "text",
    [
        "Прошу:\n- починить лифт\n- вкрутить лампу",
        "От: Ивановой М.И.\nКому: директору УК\nПрошу перерасчёт.",
        "Тема: лифт\nКому: в УК «Уют»\n\nЛифт стоит.",
        "Вчера в 14:03 мастер написал: придёт завтра. Не пришёл.",
        "12.11.2025 в 14:03 отключили воду: до сих пор нет.",
        "С уважением отношусь к вашей работе, но лифт стоит третий день подряд и никто не едет.",
        "Здравствуйте.\n\nС уважением,\nИванова\nДа, ещё забыла сказать что лифт тоже стоит третий день.",
        "Температура -- 14 градусов.\n\nЭто холодно.",
        "Отправлено с iPhone",
        "---------- Forwarded message ---------\nFrom: a@b.example\nDate: 12.11.2025\n\nНет света",
        'Смотрите:\n\n-------- Пересылаемое сообщение --------\n12.11.2025, 14:03, "А" <a@b.example>:\n\nТечёт',
        "Начало переадресованного сообщения:\n\nОт: А <a@b.example>\nДата: 12.11.2025\n\nНет воды",
    ],
)
def test_what_a_resident_wrote_stays(text: str) -> None:
    assert new_part(text).text == text


def test_a_forward_by_its_subject_stays_whole() -> None:
    text = f"Прошу помочь\n\n{HEADS['outlook_ru']}\n\nНет отопления"
    assert new_part(text, "FW: батареи").text == text
    assert new_part(text, "RE: FW: батареи").text == "Прошу помочь"


def test_answers_between_the_lines_survive() -> None:
    text = f"{HEADS['thunderbird']}\n> Адрес?\nЛесная 5\n> Квартира?\nВторая\n\n-- \nМария"
    assert new_part(text).text == "Лесная 5\nВторая"


def test_a_mail_of_nothing_but_a_quote_says_so() -> None:
    found = new_part(f"{HEADS['yandex']}\n> {QUOTED}")
    assert (found.empty, QUOTED in found.text) == (True, True)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Раз</p><p>Два<br>Три</p>", "Раз\n\nДва\nТри"),
        ("<div>Раз</div><div><br></div><div>Два</div>", "Раз\n\nДва"),
        ("<style>p{}</style><script>x</script><p>Да</p>", "Да"),
        ('<a href="https://a.example/x">тут</a>', "тут (https://a.example/x)"),
        ('<a href="https://a.example">https://a.example</a>', "https://a.example"),
        ("<table><tr><td>Дом</td><td>5</td></tr><tr><td>Кв</td><td>7</td></tr></table>", "Дом 5\nКв 7"),
        ("Привет<blockquote>старое<br>ещё</blockquote>", "Привет\n> старое\n> ещё"),
        ("&lt;b&gt; &amp; &#1071;", "<b> & Я"),
        ("<p>не закрыто<div>совсем", "не закрыто\nсовсем"),
    ],
)
def test_html_is_read_as_people_see_it(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_gmail_and_outlook_quotes_in_html_go() -> None:
    for opening in ('<div class="gmail_quote">', '<div id="divRplyFwdMsg">', '<div class="mail-quote-collapse">'):
        assert new_part(html_to_text(f"<div>{NEW}</div>{opening}<p>{QUOTED}</p></div>")).text == NEW
    forward = '<div class="gmail_quote">---------- Forwarded message ---------<br>Нет света</div>'
    assert "Нет света" in new_part(html_to_text(f"<div>Вот</div>{forward}")).text
