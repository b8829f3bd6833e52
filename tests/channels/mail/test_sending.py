"""Answers over real sockets: what goes out, and what is said of a mail that does not."""

from __future__ import annotations

import email
import email.policy
from datetime import timedelta

import pytest

from channels.contract import FileRef, Letter, SendError
from channels.mail.outgoing import compose
from channels.mail.parsing import threading_headers
from channels.mail.parsing.message import read
from channels.mail.parsing.sender_kind import AUTO, LETTER
from channels.mail.parsing.threading_headers import Thread
from tests.channels.mail.conftest import NOW, World, letter

PARENT = Thread("<q1@mail.example>", ("<q0@mail.example>",), "Re: Течёт труба")


async def test_an_answer_goes_under_the_letter_it_answers(world: World) -> None:
    thread = threading_headers.packed(PARENT)
    message = world.message(text="Заявка принята.\n\nСпасибо!", thread=thread, ticket="26-000123", answers="q1")
    async with world.sending() as channel:
        sent_id = await channel.send(message)
    (sent,) = world.service.sent
    mail = sent.message
    assert (sent.sender, sent.recipient) == ("hotline@uk-uyut.example", "maria@mail.example")
    assert mail["Subject"] == "Re: Течёт труба [№ 26-000123]"
    assert (mail["In-Reply-To"], mail["References"]) == ("<q1@mail.example>", "<q0@mail.example> <q1@mail.example>")
    assert (mail["Message-ID"], mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == (
        sent_id,
        "auto-replied",
        "All",
    )
    assert mail["From"].addresses[0].display_name == "УК «Уют»"
    assert sent.text == "Заявка принята.\n\nСпасибо!"
    assert mail.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    ("more", "mark"),
    [({"answers": "q"}, "auto-replied"), ({"priority": 3}, "auto-generated"), ({"human": True}, None)],
)
async def test_what_a_machine_wrote_says_so(world: World, more: dict[str, object], mark: str | None) -> None:
    async with world.sending() as channel:
        await channel.send(world.message(**more))  # type: ignore[arg-type]  # by name
    mail = world.service.sent[0].message
    assert mail["Auto-Submitted"] == mark
    assert (mail["X-Domovoy"] is None) == (mark is None)


async def test_an_announcement_can_be_stopped(world: World) -> None:
    async with world.sending() as channel:
        await channel.send(world.message(priority=9))
    mail = world.service.sent[0].message
    assert mail["List-Unsubscribe"].startswith("<mailto:hotline@uk-uyut.example?subject=")
    assert mail["Subject"] == "Объявление: УК «Уют»"


async def test_a_retry_has_the_same_id_and_a_reply_to_it_proves_its_ticket(world: World) -> None:
    message = world.message(ticket="26-000123")
    async with world.sending() as channel:
        ids = {await channel.send(message), await channel.send(message)}
    (sent_id,) = ids
    reply = read(letter(In_Reply_To=sent_id), "hotline@uk-uyut.example", world.config().key)
    assert (reply.ticket, reply.proven) == ("26-000123", True)
    forged = read(letter(In_Reply_To=sent_id.replace("000123", "000124")), "h@x.example", world.config().key)
    assert forged.ticket == ""


async def test_plus_addresses_prove_the_ticket(world: World) -> None:
    async with world.sending(plus_addresses=True) as channel:
        await channel.send(world.message(ticket="26-000123"))
    address = str(world.service.sent[0].message["Reply-To"])
    reply = read(letter(Delivered_To=address), "hotline@uk-uyut.example", world.config().key)
    assert (reply.ticket, reply.proven) == ("26-000123", True)
    guessed = read(letter(Cc="hotline+26-000123-aaaaaaaaaaaaaaaa@uk-uyut.example"), "h@x.example", world.config().key)
    assert guessed.ticket == ""


async def test_a_tag_alone_names_the_ticket_without_proof(world: World) -> None:
    reply = read(letter(subject="Re: Лифт [№ 26-000777]"), "h@x.example", world.config().key)
    assert (reply.ticket, reply.proven) == ("26-000777", False)


async def test_a_file_goes_along(world: World) -> None:
    world.files.kept["stored-1"] = (b"%PDF-1.4 akt", "application/pdf", "акт № 5.pdf")
    async with world.sending() as channel:
        await channel.send(world.message(file=FileRef(remote_id="stored-1")))
        with pytest.raises(SendError, match="rejected"):
            await channel.send(world.message(file=FileRef(remote_id="gone")))
    (attachment,) = world.service.sent[0].message.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == ("акт № 5.pdf", b"%PDF-1.4 akt")


async def test_nothing_breaks_out_of_a_header_or_into_the_page(world: World) -> None:
    evil = threading_headers.packed(
        Thread("<a@b>\r\nBcc: eve@mail.example", (), "Тема\r\nBcc: eve@mail.example\r\n\r\nтело")
    )
    message = world.message(text="<script>alert(1)</script> https://uk.example/a?b=1&c=2.", thread=evil)
    mail = compose(message, world.config(), None, NOW)
    read_back = email.message_from_bytes(mail.as_bytes(), policy=email.policy.default)
    assert (read_back["Bcc"], read_back["In-Reply-To"]) == (None, None)
    page = read_back.get_body(("html",))
    assert page is not None
    assert "<script>" not in page.get_content()
    assert '<a href="https://uk.example/a?b=1&amp;c=2">' in page.get_content()


def test_long_ids_stay_whole_on_the_wire(world: World) -> None:
    long = f"<{'x' * 150}@{'y' * 60}.example>"
    thread = threading_headers.packed(Thread(long, (long.replace("x", "z"),), "Тема " * 60))
    raw = compose(world.message(thread=thread, ticket="26-000123"), world.config(), None, NOW).as_bytes()
    assert long.encode() in raw
    assert b"=?" not in raw.partition(b"References:")[2].partition(b"\r\nAuto")[0]
    assert len(thread) <= threading_headers.LONGEST_THREAD


def test_a_thread_of_many_letters_stays_short() -> None:
    many = tuple(f"<{number:060d}@mail.example>" for number in range(100))
    packed = threading_headers.packed(Thread("<last@mail.example>", many, "Тема"))
    kept = threading_headers.unpacked(packed)
    assert len(packed) <= 2000
    assert (kept.message_id, kept.references[0], kept.references[-1]) == ("<last@mail.example>", many[0], many[-1])


@pytest.mark.parametrize("address", ["", "nobody", "a@b\r\nc@d", "мария@mail.example", "x@nobody.invalid", "a b@c.d"])
async def test_an_address_that_is_none_is_not_found(world: World, address: str) -> None:
    async with world.sending() as channel:
        with pytest.raises(SendError) as failed:
            await channel.send(world.message(address))
    assert (failed.value.code, failed.value.retryable) == ("not_found", False)
    assert world.service.sent == []


async def test_a_domain_of_russian_letters_is_spelled_as_the_wire_wants_it(world: World) -> None:
    async with world.sending() as channel:
        await channel.send(world.message("info@почта.рф"))
    assert world.service.sent[0].recipient == "info@xn--80a1acny.xn--p1ai"


@pytest.mark.parametrize(
    ("stage", "code", "text", "error", "retryable", "whole"),
    [
        ("rcpt", 550, "5.1.1 no such user maria@mail.example", "not_found", False, False),
        ("rcpt", 550, "no such user", "not_found", False, False),
        ("rcpt", 550, "5.7.1 spam", "rejected", False, False),
        ("rcpt", 552, "5.2.2 mailbox full", "rejected", False, False),
        ("rcpt", 451, "4.7.1 greylisted", "rejected", True, False),
        ("rcpt", 421, "4.7.0 too many", "throttled", True, True),
        ("mail", 451, "4.5.3 too many messages", "throttled", True, True),
        ("mail", 553, "5.7.1 not owned by user", "unauthorized", True, True),
        ("data", 554, "5.7.1 spam", "rejected", False, False),
        ("data", 451, "4.3.0 later", "rejected", True, False),
        ("rcpt", 0, "", "network", True, False),
        ("data", 0, "", "unknown", True, False),
    ],
)
async def test_what_the_server_answers_decides(
    world: World, stage: str, code: int, text: str, error: str, retryable: bool, whole: bool
) -> None:
    world.service.fail(stage, code, text)
    async with world.sending() as channel:
        with pytest.raises(SendError) as failed:
            await channel.send(world.message())
        found = failed.value
        assert (found.code, found.retryable, found.whole_channel) == (error, retryable, whole)
        assert "maria" not in str(found)
        await channel.send(world.message())
    assert len(world.service.sent) == 1


async def test_a_mail_taken_before_the_line_broke_is_unknown_and_a_retry_has_the_same_id(world: World) -> None:
    world.service.fail("data", 0, done=True)
    message = world.message()
    async with world.sending() as channel:
        with pytest.raises(SendError) as failed:
            await channel.send(message)
        await channel.send(message)
    assert failed.value.code == "unknown"
    assert len({str(sent.message["Message-ID"]) for sent in world.service.sent}) == 1


async def test_greylisting_is_waited_for_longer_each_time(world: World) -> None:
    world.service.fail("rcpt", 451, "greylisted", times=9)
    pauses = []
    async with world.sending() as channel:
        for attempt in (1, 2, 3, 9):
            with pytest.raises(SendError) as failed:
                await channel.send(world.message(attempt=attempt))
            pauses.append(failed.value.retry_after)
    assert pauses == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20), timedelta(hours=1)]


async def test_one_connection_carries_many_mails_and_a_closed_one_is_replaced(world: World) -> None:
    async with world.sending() as channel:
        for _ in range(3):
            await channel.send(world.message())
        connections = world.service.smtp_connections
        world.service.fail("mail", 0)
        await channel.send(world.message())
    assert (connections, world.service.smtp_connections) == (1, 2)
    assert len(world.service.sent) == 4


async def test_a_wrong_password_pauses_the_channel(world: World) -> None:
    async with world.sending(password="another-password") as channel:
        with pytest.raises(SendError) as failed:
            await channel.send(world.message())
    assert (failed.value.code, failed.value.retryable, failed.value.whole_channel) == ("unauthorized", True, True)
    assert "another-password" not in str(failed.value)


async def test_without_a_server_nothing_was_sent(world: World) -> None:
    async with world.sending(smtp_port=9) as channel:
        with pytest.raises(SendError) as failed:
            await channel.send(world.message())
    assert (failed.value.code, failed.value.retryable) == ("network", True)


async def test_the_hour_is_kept_to_and_announcements_leave_room(world: World) -> None:
    world.now = NOW
    async with world.sending(max_per_hour=4) as channel:
        for _ in range(3):
            await channel.send(world.message(priority=9))
        with pytest.raises(SendError) as bulk:
            await channel.send(world.message(priority=9))
        world.now = NOW + timedelta(minutes=20)
        await channel.send(world.message())
        with pytest.raises(SendError) as reply:
            await channel.send(world.message())
        assert (bulk.value.code, bulk.value.whole_channel, bulk.value.retry_after) == (
            "throttled",
            False,
            timedelta(hours=1),
        )
        assert (reply.value.whole_channel, reply.value.retry_after) == (True, timedelta(minutes=40))
        world.now = NOW + timedelta(hours=1)
        await channel.send(world.message())
    assert len(world.service.sent) == 5


async def test_our_own_mails_are_machines_to_another_house(world: World) -> None:
    async with world.sending() as channel:
        await channel.send(world.message(answers="q"))
        await channel.send(world.message(human=True))
    kinds = [read(sent.raw, "other@uk.example", b"another key").kind.kind for sent in world.service.sent]
    assert kinds == [AUTO, LETTER]


async def test_the_circle_of_question_and_answer(world: World) -> None:
    async with world.receiving() as channel:
        await world.started()
        await world.service.put(letter("Течёт", Message_ID="<q1@mail.example>"))
        (event,) = await world.stored(1)
        answer = world.message(text="Приняли", thread=event.thread, ticket="26-000123", answers=event.external_id)
        sent_id = await channel.send(answer)
        await world.service.put(letter("Квартира 5", Message_ID="<q2@mail.example>", In_Reply_To=sent_id))
        events = await world.stored(2)
    assert events[1].content == Letter(text="Квартира 5", subject="Вода", ticket="26-000123")
