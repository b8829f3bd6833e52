"""The toy channel: residents write by HTTP, answers become lines of a file."""

from __future__ import annotations

import asyncio
import hmac
from datetime import UTC, datetime
from pathlib import Path

from channels.config import ChannelContext
from channels.contract import Accept, Capabilities, Outgoing, Overloaded, PayloadError

from .config import INFO, ToyConfig
from .incoming import parse_event
from .outgoing import line_of


def build(config: ToyConfig, _context: ChannelContext) -> Toy:
    return Toy(config)


class Toy:
    """Implements `Channel` and `Webhook` of `channels.contract`."""

    name = INFO.name
    webhook_path = "/toy/events"

    def __init__(self, config: ToyConfig) -> None:
        self.capabilities = Capabilities(
            text_length=config.text_length, buttons=0, per_second=1000, per_conversation_second=100
        )
        self._config = config
        self._accept: Accept | None = None

    async def receive(self, accept: Accept) -> None:
        self._accept = accept
        try:
            await asyncio.Event().wait()
        finally:
            self._accept = None

    async def send(self, message: Outgoing) -> str:
        with (Path(self._config.folder) / "said.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{line_of(message)}\n")
        return message.key

    async def close(self) -> None:
        return

    async def handle(self, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        if not hmac.compare_digest(headers.get("x-toy-secret", "").encode(), self._config.secret.encode()):
            return 403, "forbidden"
        if (accept := self._accept) is None:
            return 503, "not ready"
        try:
            await accept(parse_event(body, datetime.now(UTC)))
        except PayloadError:
            return 400, "no event"
        except Overloaded:
            return 503, "overloaded"
        return 200, ""
