"""A small core in memory: stores what the web chat accepts, answers by rule, keeps files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from channels.contract import (
    Button,
    FileRef,
    Incoming,
    Line,
    PayloadError,
    Photo,
    Press,
    Start,
    Text,
)

PNG_PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000080000000808020000004b6d29dc000000114944415478da63b0a9e8c18a18"
    "869604002e99500149af64be0000000049454e44ae426082"
)  # 8×8, one colour
PNG = b"\x89PNG\r\n\x1a\n"
KINDS = {PNG: "image/png", b"\xff\xd8": "image/jpeg", b"OggS": "audio/ogg", b"%PDF-": "application/pdf"}
NOON = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
Rows = tuple[tuple[Button, ...], ...]
GREETING = (
    "Здравствуйте! Это помощник УК «Домовой».\nПримем заявку, подскажем по частым вопросам или позовём диспетчера."
)
MENU: Rows = ((Button("Сообщить о проблеме", "report"),), (Button("Мои заявки", "status"), Button("Вопрос", "faq")))


class MemoryTranscript:
    def __init__(self) -> None:
        self.lines: dict[str, list[Line]] = {}
        self.somebody_waits = asyncio.Event()
        self._changed = asyncio.Condition()

    async def lines_after(self, conversation: str, after_id: int, limit: int = 200) -> list[Line]:
        return [line for line in self.lines.get(conversation, []) if line.id > after_id][:limit]

    async def wait(self, conversation: str, after_id: int, timeout: float) -> None:
        self.somebody_waits.set()
        try:
            async with asyncio.timeout(timeout), self._changed:
                await self._changed.wait_for(lambda: self._last(conversation) > after_id)
        except TimeoutError:
            return

    async def add(
        self,
        conversation: str,
        author: str,
        text: str,
        *,
        buttons: Rows = (),
        file: FileRef | None = None,
        name: str = "",
    ) -> Line:
        line = Line(
            id=self._last(conversation) + 1,
            author=author,
            author_name=name,
            text=text,
            buttons=buttons,
            file=file,
            at=NOON,
        )
        async with self._changed:
            self.lines.setdefault(conversation, []).append(line)
            self._changed.notify_all()
        return line

    def _last(self, conversation: str) -> int:
        lines = self.lines.get(conversation)
        return lines[-1].id if lines else 0


class MemoryFiles:
    def __init__(self) -> None:
        self.stored: dict[str, tuple[bytes, str, str]] = {}

    async def put(self, data: bytes, name: str, mime: str) -> FileRef:
        kind = next((mime for start, mime in KINDS.items() if data.startswith(start)), "")
        if not kind:
            raise PayloadError("not accepted")
        stored = f"file{len(self.stored) + 1}"
        self.stored[stored] = (data, kind, name)
        return FileRef(remote_id=stored, name=name, mime=kind, size=len(data))

    async def get(self, stored_name: str) -> tuple[bytes, str, str]:
        return self.stored[stored_name]


class Core:
    """`accept` of a test: drops repeats, writes the resident's line, lets `answer` speak."""

    def __init__(self, transcript: MemoryTranscript) -> None:
        self.transcript = transcript
        self.events: list[Incoming] = []
        self.failure: Exception | None = None
        self.answer: Callable[[Incoming], tuple[str, Rows] | None] = lambda item: None
        self.rewrite: Callable[[str], str] = lambda text: text
        self._known: set[str] = set()

    async def accept(self, items: Sequence[Incoming]) -> int:
        if self.failure:
            raise self.failure
        fresh = [item for item in items if item.external_id not in self._known]
        for item in fresh:
            self._known.add(item.external_id)
            self.events.append(item)
            await self._write(item)
        return len(fresh)

    async def _write(self, item: Incoming) -> None:
        where, content = item.conversation, item.content
        if isinstance(content, Text):
            await self.transcript.add(where, "resident", self.rewrite(content.text))
        elif isinstance(content, Photo):
            await self.transcript.add(where, "resident", content.caption, file=content.file)
        elif isinstance(content, Press):
            await self.transcript.add(where, "resident", self.label(where, content.value))
        if said := self.answer(item):
            await self.transcript.add(where, "bot", said[0], buttons=said[1])

    def label(self, conversation: str, value: str) -> str:
        rows = [row for line in self.transcript.lines.get(conversation, []) for row in line.buttons]
        return next((button.label for row in rows for button in row if button.value == value), value)


def sewer_dialog(item: Incoming) -> tuple[str, Rows] | None:
    """A greeting with a menu, one question, one confirmation: enough of a dialog to look at."""
    match item.content:
        case Start():
            return GREETING, MENU
        case Press("report"):
            return "Напишите, пожалуйста, адрес: улица, дом и квартира.", ((Button("Отмена", "cancel"),),)
        case Press(value):
            return f"Вы выбрали: {value}", ()
        case Photo():
            return "Спасибо, фотография приложена к заявке.", ()
        case Text(text) if "подвал" in text:
            return "Понял: течь канализации в подвале. Всё верно?", (
                (Button("Да, отправить", "yes"), Button("Изменить адрес", "address")),
                (Button("Позвать диспетчера", "person"),),
            )
        case _:
            return "Спасибо. Что случилось?", ()
