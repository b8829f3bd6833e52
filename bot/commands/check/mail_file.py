"""Messages and mails for `check message`: a mail takes the same way as an incoming one, but nothing is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from bot.attachments.store import checked
from bot.commands.check.json_lines import Row
from bot.settings.schema import Settings
from channels.contract import FileRef, Letter, Text
from channels.mail.config import INFO, MailConfig
from channels.mail.incoming import incoming_of
from channels.mail.parsing.message import read
from dialogs.extraction import message_facts
from dialogs.extraction.message_facts import Facts
from dialogs.letters.facts import read_facts
from dialogs.report import draft_fields
from dialogs.world import World
from errors import ConfigError

RECEIVED = datetime(2026, 1, 1, tzinfo=UTC)  # of mails that lie in files; nothing reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A chat message or a mail of a resident.

    kind: of a mail ``report``, ``reply``, ``auto`` or ``bounce``; empty: a chat message. content: None for an automatic
    or an empty mail. sender_name: as the channel reports it.
    """

    content: Text | Letter | None
    kind: str = ""
    sender_name: str = ""

    def read(self, world: World) -> Facts:
        """Read the facts as the dialog does; the name of the sender fills in when the text gives none."""
        world = replace(world, sender_name=self.sender_name, letters=bool(self.kind))
        match self.content:
            case Letter():
                facts = read_facts(self.content, world)
            case Text(text):
                facts = message_facts.read(text, world)
            case _:
                facts = message_facts.read("", world)
        return replace(facts, name=draft_fields.reporter_name(facts.name, world))


class DiscardedFiles:
    """Implements `channels.contract.Files`: accepts what the store accepts and keeps nothing."""

    async def put(self, data: bytes, name: str, mime: str) -> FileRef:
        """Check a file as it is checked before it is stored. Raises `PayloadError`."""
        file = checked(data, name)
        return FileRef(remote_id=file.hash, name=file.title, mime=file.mime, size=len(file.data))

    async def get(self, stored_name: str) -> tuple[bytes, str, str]:
        raise KeyError(stored_name)


def read_messages(rows: Sequence[tuple[int, Row]], source: Path, settings: Settings) -> list[SentMessage]:
    """Return the message of each row.

    Args:
        rows: with their line numbers; ``eml`` is a path, relative ones begin at the folder of `source`.
        settings: of the mail channel address, secret and largest mail; empty ones prove no answer to be one of ours.

    Raises:
        ConfigError: a mail cannot be read; the text names file and line.
    """
    config = cast(MailConfig, settings.channels[INFO.name])
    return asyncio.run(_all(rows, source, config))


async def _all(rows: Sequence[tuple[int, Row]], source: Path, config: MailConfig) -> list[SentMessage]:
    return [await _read_row(number, row, source, config) for number, row in rows]


async def _read_row(number: int, row: Row, source: Path, config: MailConfig) -> SentMessage:
    if isinstance(name := row.get("eml"), str):
        return await _mail(_bytes(source, number, name), config)
    if isinstance(text := row.get("text"), str):
        return SentMessage(content=Text(text))
    raise ConfigError(f"{source}, строка {number}: поле text или eml должно быть строкой")


def _bytes(source: Path, number: int, name: str) -> bytes:
    path = source.parent / name
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "такого имени не бывает"
        raise ConfigError(f"{source}, строка {number}: письмо {name} не читается: {why}") from error
    if not raw.strip():
        raise ConfigError(f"{source}, строка {number}: письмо {name} пустое")
    return raw


async def _mail(raw: bytes, config: MailConfig) -> SentMessage:
    too_big = len(raw) > config.message_bytes
    mail = read(raw, config.address, config.key, headers_only=too_big)
    event = await incoming_of(mail, DiscardedFiles(), RECEIVED, too_big=too_big)
    content = event.content if event and isinstance(event.content, Letter) else None
    name = event.sender_name if event else ""
    return SentMessage(content=content, kind=mail.named_kind, sender_name=name)
