"""The whole circle over Dovecot (IMAPS, a certificate of its own) and Exim."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from channels.contract import Letter, SendError
from channels.mail.imap import KEYWORD
from channels.mail.incoming import ONLY_SUBJECT
from tests.channels.mail.conftest import World, letter
from tests.fakes.mail.host import DOMAIN, MailHost, mail_host
from tests.fakes.mail.servers import MailService

pytestmark = pytest.mark.e2e  # servers in processes of their own


@pytest.fixture(scope="module")
def host() -> Iterator[MailHost]:
    with tempfile.TemporaryDirectory(prefix="mail") as folder:
        Path(folder).chmod(0o755)
        with mail_host(Path(folder)) as running:
            yield running


@dataclass
class Real:
    host: MailHost
    world: World


@pytest.fixture
async def real(host: MailHost) -> Real:
    service = MailService()  # of it only the waiting is used
    world = World(service)
    return Real(host, world)


async def test_the_circle_over_real_servers(real: Real) -> None:
    world, host = real.world, real.host
    async with world.receiving(world.channel(**host.settings)) as channel:
        assert await channel.diagnose() == []
        await world.started()
        await host.put("bot", letter("Течёт труба", sender=f"resident@{DOMAIN}", Message_ID="<q1@mail.example>"))
        (event,) = await world.stored(1)
        assert event.content == Letter(text="Течёт труба", subject="Вода")
        answer = world.message(
            event.conversation, "Приняли", thread=event.thread, ticket="26-000123", answers=event.external_id
        )
        sent_id = await channel.send(answer)
        with pytest.raises(SendError, match="not_found"):
            await channel.send(world.message(f"gone@{DOMAIN}"))
        await host.put("bot", letter("Квартира 5", sender=f"resident@{DOMAIN}", In_Reply_To=sent_id))
        events = await world.stored(2)
        assert events[1].content == Letter(text="Квартира 5", subject="Вода", ticket="26-000123")
        await world.service.until(lambda: world.cursor.saves >= 3)
    delivered = await asyncio.to_thread(until_mail, host)
    assert sent_id.encode() in delivered
    flags = [flag for flag, _ in await asyncio.to_thread(host.mails, "bot")]
    assert KEYWORD.encode() in flags[0]
    assert [flag for flag in flags if b"\\Seen" in flag] == []


async def test_a_restart_and_a_big_mail_over_dovecot(real: Real) -> None:
    world, host = real.world, real.host
    world.cursor.value = '{"uidvalidity": 1, "uid": 1, "day": "2020-01-01"}'  # of another numbering
    async with world.receiving(world.channel(**host.settings, message_megabytes=1)):
        await world.service.until(lambda: world.cursor.saves)
        offered = world.inbox.offered
        await host.put("bot", letter("x" * 60 + "\n" + ("y" * 70 + "\n") * 20_000))
        await world.service.until(lambda: Letter(text=ONLY_SUBJECT, subject="Вода") in world.inbox.contents)
    assert world.inbox.offered == offered + 1


def until_mail(host: MailHost) -> bytes:
    """Wait, by the server's own IDLE-less means, until Exim has delivered: NOOP tells of new mails."""
    client = host.open("resident")
    while not int(client.select("INBOX")[1][0] or b"0"):
        client.noop()
    client.logout()
    return host.mails("resident")[0][1]
