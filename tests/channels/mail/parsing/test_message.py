"""Traps of mails: encodings, damaged heads, what cannot be read, what is too much."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from channels.contract import Letter, Reachability, Unsupported
from channels.mail.incoming import incoming_of
from channels.mail.parsing import bodies
from channels.mail.parsing.charsets import decoded
from channels.mail.parsing.message import Mail, read
from channels.mail.parsing.sender_kind import AUTO, BOUNCE, LETTER
from tests.channels.mail.conftest import CheckedFiles, letter

OWN, KEY = "hotline@uk-uyut.example", b"key"
TEXT = "Нет света в подъезде, темно."


def mail_of(raw: bytes) -> Mail:
    mail = read(raw, OWN, KEY)
    assert mail.problem == ""
    return mail


async def content_of(raw: bytes) -> object:
    event = await incoming_of(mail_of(raw), CheckedFiles(), datetime.now(UTC))
    return event.content if event else None


@pytest.mark.parametrize("codec", ["utf-8", "cp1251", "koi8-r", "cp866", "iso8859-5"])
@pytest.mark.parametrize("label", ["", "utf-8", "x-unknown", "us-ascii", "koi8-r", "windows-1251", "iso-8859-1", "нет"])
def test_text_is_read_whatever_its_label_says(codec: str, label: str) -> None:
    assert decoded(TEXT.encode(codec), label) == TEXT


@pytest.mark.parametrize("label", ["x-cp1251", "windows-1251-u", "cp-1251", "win-1251", "CP1251", '"windows-1251"'])
def test_labels_of_old_programs_are_known(label: str) -> None:
    assert decoded("НЕТ ВОДЫ".encode("cp1251"), label) == "НЕТ ВОДЫ"


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        (b"=?koi8-r?B?98/EwQ==?=", "Вода"),
        (b"=?utf-8?Q?=D0=92=D0=BE=D0=B4=D0=B0?=", "Вода"),
        (b"=?utf-8?B?0JI=?=\r\n =?utf-8?B?0L7QtNCw?=", "Вода"),
        (b"=?utf-8?B?0JLQvtC=?=\r\n =?utf-8?B?0LTQsA==?=", None),
        (b"=?utf-8?B?broken", "=?utf-8?B?broken"),
        ("Вода".encode(), "Вода"),
        ("Нет воды".encode("cp1251"), "Нет воды"),
        ("Нет воды".encode("koi8-r"), "Нет воды"),
    ],
)
def test_subjects_are_read(value: bytes, subject: str | None) -> None:
    mail = mail_of(b"From: a@b.example\r\nSubject: " + value + b"\r\n\r\nx\r\n")
    assert mail.subject == subject if subject else mail.text == "x"


@pytest.mark.parametrize(
    ("value", "sender"),
    [
        ("Мария <MARIA@Mail.Example>", "maria@mail.example"),
        ('"Иванова, М." <m@mail.example>', "m@mail.example"),
        ('"eve@evil.example" <m@mail.example>', "m@mail.example"),
        ("m@mail.example (Мария)", "m@mail.example"),
        ("<m@mail.example", "m@mail.example"),
        ("Мария", ""),
    ],
)
def test_senders_are_read(value: str, sender: str) -> None:
    assert mail_of(f"From: {value}\r\nSubject: x\r\n\r\nx\r\n".encode()).sender == sender


def test_a_text_file_speaks_for_a_mail_that_says_nothing() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@b.example", "x"
    mail.set_content("\n")
    mail.add_attachment(TEXT, filename="заявление.txt")
    assert mail_of(mail.as_bytes()).text == TEXT
    mail.get_payload(0).set_content("Текст во вложении")  # type: ignore[union-attr]  # a part
    assert mail_of(mail.as_bytes()).text == "Текст во вложении"


def test_from_wins_over_reply_to() -> None:
    assert mail_of(letter(Reply_To="eve@evil.example")).sender == "maria@mail.example"


@pytest.mark.parametrize("value", ["<[abc]@x>", "<a b@c>", "", "<a@b> <c@d>", "<" + "x" * 900 + "@y>"])
def test_strange_ids_become_a_hash(value: str) -> None:
    raw = f"From: a@b.example\r\nMessage-ID: {value}\r\n\r\nx\r\n".encode()
    found = mail_of(raw).external_id
    assert len(found) < 250
    assert mail_of(raw).external_id == found


async def test_what_is_encrypted_is_said_to_be() -> None:
    head = b"From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n"
    smime = head + b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nAAAA\r\n"
    assert await content_of(smime) == Unsupported("encrypted")


async def test_signed_mails_are_read_and_winmail_is_a_file() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@b.example", "x"
    mail.set_content(TEXT)
    mail.add_attachment(b"x\x9f>\x22", maintype="application", subtype="ms-tnef", filename="winmail.dat")
    mail.add_attachment(b"signature", maintype="application", subtype="pgp-signature")
    content = await content_of(mail.as_bytes())
    assert content == Letter(text=f"{TEXT}\n[файл не принят: winmail.dat]", subject="x")


async def test_too_many_files_are_counted_not_stored() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@b.example", "x"
    mail.set_content(TEXT)
    for number in range(14):
        mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename=f"{number}.pdf")
    content = await content_of(mail.as_bytes())
    assert isinstance(content, Letter)
    assert len(content.files) == bodies.MOST_FILES
    assert "ещё файлов не принято: 4" in content.text


def test_nested_and_endless_mails_are_read_so_far() -> None:
    raw = letter(TEXT)
    for _ in range(40):
        raw = b"From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n" + raw
    assert mail_of(raw).sender == "a@b.example"
    parts = b"".join(b"--b\r\nContent-Type: text/plain\r\n\r\nx%d\r\n" % number for number in range(5000))
    many = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + b"--b--\r\n"
    assert len(mail_of(many).text.split()) < bodies.MOST_PARTS


async def test_an_empty_reply_with_our_quote_is_empty_and_a_photo_alone_is_not() -> None:
    quote = "24.11.2026, 14:03, УК <a@uk.example>:\n> Пришлите фото\n"
    assert isinstance(await content_of(letter("", subject="Лифт")), Letter)
    assert await content_of(letter("", subject="")) == Unsupported("empty")
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@b.example", "Re: x"
    mail.set_content(quote)
    mail.add_attachment(b"jpeg", maintype="image", subtype="jpeg", filename="1.jpg")
    content = await content_of(mail.as_bytes())
    assert isinstance(content, Letter)
    assert (content.text, len(content.files)) == ("", 1)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"Auto_Submitted": "auto-generated"}, AUTO),
        ({"Auto_Submitted": "no"}, LETTER),
        ({"Return_Path": "<>"}, AUTO),
        ({"Return_Path": "<maria@mail.example>"}, LETTER),
        ({"Precedence": "bulk"}, AUTO),
        ({"Precedence": "junk"}, AUTO),
        ({"Precedence": "list"}, AUTO),
        ({"Precedence": "first-class"}, LETTER),
        ({"List_Id": "<x.example>"}, AUTO),
        ({"List_Unsubscribe": "<mailto:x@x.example>"}, AUTO),
        ({"X_Auto_Response_Suppress": "All"}, AUTO),
        ({"X_Auto_Response_Suppress": "DR, OOF"}, AUTO),
        ({"X_Auto_Response_Suppress": "AutoReply"}, AUTO),
        ({"X_Auto_Response_Suppress": "DR, RN, NRN"}, LETTER),
        ({"X_Autoreply": "yes"}, AUTO),
        ({"X_Autorespond": "1"}, AUTO),
        ({"X_Domovoy": "1"}, AUTO),
        ({"From": "MAILER-DAEMON@mail.example"}, AUTO),
        ({"From": "postmaster@mail.example"}, AUTO),
        ({"From": "no-reply@mail.example"}, AUTO),
        ({"From": "noreply@mail.example"}, AUTO),
        ({"From": "no_reply@mail.example"}, AUTO),
        ({"From": "donotreply@mail.example"}, AUTO),
        ({"From": OWN}, AUTO),
        ({"From": "norman@mail.example"}, LETTER),
        ({"From": "bouncer.petrov@mail.example"}, LETTER),
        ({"subject": "Автоответ: я в отпуске"}, AUTO),
        ({"subject": "Out of Office: до 5 мая"}, AUTO),
        ({"subject": "Re: Автоответ: я в отпуске"}, LETTER),
        ({"subject": "Автоответчик молчит"}, LETTER),
        ({"subject": "Не доставлена квитанция"}, LETTER),
        ({"From": "mailer-daemon@mail.example", "subject": "Недоставленное сообщение"}, BOUNCE),
    ],
)
def test_machines_are_told_from_people(headers: dict[str, str], kind: str) -> None:
    assert mail_of(letter(**headers)).kind.kind == kind


async def test_a_bounce_that_proves_nothing_silences_nobody() -> None:
    raw = letter("550 5.1.1 maria@mail.example unknown", From="mailer-daemon@mail.example", subject="Undelivered")
    content = await content_of(raw)
    assert content is None or not isinstance(content, Reachability)
