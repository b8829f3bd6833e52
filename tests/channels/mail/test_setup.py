"""Settings, machines that answer machines, and what an administrator is told."""

from __future__ import annotations

import asyncio
import logging
import ssl
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trustme

from channels.contract import Channel, Diagnose, Letter, Reachability
from channels.mail.config import MailConfig
from errors import ConfigError
from tests.channels.mail.conftest import World, letter
from tests.fakes.mail.servers import PASSWORD, MailService, Sent

GOOD = {"address": "h@uk.example", "password": "secret-word", "imap_host": "i.example", "smtp_host": "s.example"}


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"address": ""}, "address"),
        ({"address": "не адрес"}, "address"),
        ({"password": ""}, "password"),
        ({"imap_host": ""}, "imap_host"),
        ({"smtp_host": "smtp://s.example"}, "smtp_host"),
        ({"imap_port": 0}, "imap_port"),
        ({"imap_security": "ssl"}, "imap_security"),
        ({"imap_security": "none", "imap_port": 1143}, "imap_security"),
        ({"imap_port": 143}, "imap_security"),
        ({"smtp_port": 587}, "smtp_security"),
        ({"smtp_security": "starttls"}, "smtp_security"),
        ({"imap_folder": ""}, "imap_folder"),
        ({"secret": "short"}, "secret"),
        ({"poll_seconds": 1}, "poll_seconds"),
        ({"poll_seconds": 1800}, "poll_seconds"),
        ({"message_megabytes": 0}, "message_megabytes"),
        ({"max_per_hour": 0}, "max_per_hour"),
        ({"ca_file": "no-such-file.pem"}, "ca_file"),
    ],
)
def test_settings_that_cannot_work_are_named(settings: dict[str, object], key: str) -> None:
    with pytest.raises(ConfigError, match=f"channels.mail.{key}"):
        MailConfig(**{**GOOD, **settings}).check()  # type: ignore[arg-type]  # by name


def test_nothing_secret_shows_in_the_settings() -> None:
    config = MailConfig(**GOOD, secret="a-long-secret-of-ours")  # type: ignore[arg-type]  # by name
    assert [secret for secret in ("secret-word", "a-long-secret-of-ours") if secret in repr(config)] == []
    assert config.user == "h@uk.example"


async def test_the_channel_has_all_its_abilities(world: World) -> None:
    async with world.sending() as channel:
        assert [ability for ability in (Channel, Diagnose) if not isinstance(channel, ability)] == []
        assert channel.capabilities.letters


# --- machines ---


async def test_two_houses_that_answer_each_other_come_to_rest() -> None:
    """Each answers every letter at once; the first receipt is the last mail."""
    async with AsyncExitStack() as stack:
        ours, theirs = MailService(), MailService(address="other@tszh.example")
        worlds = [World(await stack.enter_async_context(one)) for one in (ours, theirs)]

        def carry(world: World) -> None:
            async def deliver(one: Sent) -> None:
                await world.service.put(b"Return-Path: <" + one.sender.encode() + b">\r\n" + one.raw)

            other = worlds[1 - worlds.index(world)]
            other.service.deliver = deliver

        for world in worlds:
            carry(world)
        channels = [await stack.enter_async_context(world.receiving()) for world in worlds]
        for world in worlds:
            await world.started()
        start = worlds[1].message("hotline@uk-uyut.example", "Сообщаем о плановых работах", human=True)
        await channels[1].send(start)
        (event,) = await worlds[0].stored(1)
        assert isinstance(event.content, Letter)
        await channels[0].send(worlds[0].message(event.conversation, "Приняли", thread=event.thread, answers="q"))
        (receipt,) = await worlds[1].stored(1)
        assert receipt.content == Reachability(True, "auto")
        assert [len(one.sent) for one in (ours, theirs)] == [1, 1]


async def test_a_bounce_of_our_mail_says_who_is_not_reached(world: World) -> None:
    async with world.receiving() as channel:
        await world.started()
        sent_id = await channel.send(world.message("gone@mail.example"))
        for victim in ("maria@mail.example", "gone@mail.example"):
            await world.service.put(bounce(victim, sent_id))
        (event,) = await world.stored(1)
    assert (event.conversation, event.content) == ("gone@mail.example", Reachability(False, "bounced"))


def bounce(address: str, message_id: str) -> bytes:
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@relay.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        f"Message-ID: <b-{address}>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
    ).encode()


# --- what an administrator is told ---


async def test_all_is_well(world: World) -> None:
    async with world.sending() as channel:
        assert await channel.diagnose() == []


async def test_a_wrong_password_is_told_with_what_helps(world: World) -> None:
    async with world.sending(password="another-word") as channel:
        problems = await channel.diagnose()
    assert [("пароль приложения" in one, "another-word" in one) for one in problems] == [(True, False)] * 2
    assert "IMAP" in problems[0]


async def test_a_folder_that_is_not_there_is_told(world: World) -> None:
    async with world.sending(imap_folder="Заявки") as channel:
        (problem,) = await channel.diagnose()
    assert "imap_folder" in problem


async def test_servers_that_do_not_answer_are_told(world: World) -> None:
    async with world.sending(imap_port=9, smtp_port=9) as channel:
        receiving, sending = await channel.diagnose()
    assert "imap_host" in receiving
    assert "smtp_host" in sending


async def test_a_wrong_password_is_tried_ever_more_seldom(world: World, caplog: pytest.LogCaptureFixture) -> None:
    async with world.receiving(password="another-word") as channel:
        await world.service.until(lambda: len(world.pauses) >= 6)
        assert "IMAP" in channel.trouble
    assert world.pauses[:6] == [60.0, 120.0, 240.0, 480.0, 900.0, 900.0]
    assert [word for word in ("another-word", "hotline@") if word in caplog.text] == []


async def test_certificates_are_verified(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with MailService(tls=context) as service:
        world = World(service)
        async with world.sending() as channel:
            assert [("ca_file" in one) for one in await channel.diagnose()] == [True, True]
        async with world.receiving(ca_file=str(tmp_path / "ca.pem")) as channel:
            assert await channel.diagnose() == []
            await world.started()
            await service.put(letter("по защищённой связи"))
            await world.stored(1)
            await channel.send(world.message())
        assert len(service.sent) == 1


async def test_no_text_or_address_of_a_mail_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with world.receiving() as channel:
        await world.started()
        await world.service.put(letter("тайна моя", subject="секретная тема"))
        await world.stored(1)
        await channel.send(world.message(text="тайный ответ"))
        await asyncio.gather(channel.diagnose())
    ours = "\n".join(
        record.getMessage() + str(record.__dict__) for record in caplog.records if "channels" in record.name
    )
    assert [word for word in ("тайн", "секретная", "maria", PASSWORD) if word in ours] == []
