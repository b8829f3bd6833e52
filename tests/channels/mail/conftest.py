"""The mail channel on real sockets: a mail service on one side, an inbox in memory on the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from channels.config import SharedSettings
from channels.contract import FileRef, Outgoing, PayloadError
from channels.mail.adapter import Mail
from channels.mail.config import MailConfig
from tests.channels.world import ChannelWorld, MemoryFiles
from tests.fakes.mail.servers import MailService

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SHARED = SharedSettings(company="УК «Уют»")
MARIA = "maria@mail.example"
SECRET = "a secret of the test mailbox"


class CheckedFiles(MemoryFiles):
    """Takes what is named like a picture or a document, as the real store takes what is one."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[Exception] = []

    async def put(self, data: bytes, name: str, mime: str) -> FileRef:
        if self.failures:
            raise self.failures.pop(0)
        if not name.lower().endswith((".jpg", ".jpeg", ".png", ".pdf", ".docx")):
            raise PayloadError("not allowed")
        return await super().put(data, name, mime)


class World(ChannelWorld[Mail]):
    files: CheckedFiles

    def __init__(self, service: MailService) -> None:
        super().__init__(service)
        self.service = service
        self.files = CheckedFiles()
        self.now: datetime | None = None  # None: the clock's

    def config(self, **settings: object) -> MailConfig:
        given = {
            **self.service.settings,
            "shared": SHARED,
            "secret": SECRET,
            "poll_seconds": 600,
            **settings,
        }
        return MailConfig(**given)  # type: ignore[arg-type]  # by name

    def channel(self, **settings: object) -> Mail:
        """A channel of this box that waits for nothing between its attempts."""
        return Mail(
            self.config(**settings),
            self.files,
            self.cursor,
            now=lambda: self.now or datetime.now(UTC),
            pause=self.pause,
        )

    async def started(self) -> None:
        """Wait until the box was opened and its place is known: from here on every mail is new."""
        await self.service.until(lambda: self.cursor.value, "a place in the box")

    def message(
        self, conversation: object = "maria@mail.example", text: str = "Здравствуйте", **more: object
    ) -> Outgoing:
        return super().message(conversation, text, **more)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with MailService() as service:
        yield World(service)


def letter(
    text: str = "В подвале вода", sender: str = "maria@mail.example", subject: str = "Вода", **headers: str
) -> bytes:
    """A plain mail; headers by name with ``_`` for ``-``."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = headers.pop("From", f"Мария Иванова <{sender}>")
    mail["To"] = "hotline@uk-uyut.example"
    mail["Subject"] = subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()
