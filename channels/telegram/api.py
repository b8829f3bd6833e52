"""Client of the Bot API over aiogram's session, with its own base address, proxy and time limits.

aiogram is only the transport. Errors are the library's own; `channels.telegram.errors` translates them.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Any, TypeVar

import certifi
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteWebhook,
    EditMessageText,
    GetFile,
    GetMe,
    GetUpdates,
    GetWebhookInfo,
    SendDocument,
    SendMessage,
    SendPhoto,
    SetMyCommands,
    SetWebhook,
    TelegramMethod,
)
from aiogram.types import BotCommand, BufferedInputFile, Message, User, WebhookInfo
from aiohttp import ClientTimeout

from channels.contract import Command
from channels.telegram.config import TelegramConfig
from channels.telegram.incoming import ALLOWED_UPDATES
from channels.telegram.outgoing import Call

T = TypeVar("T")

CONNECT_SECONDS = 10
CALL_SECONDS = 60
POLL_MARGIN_SECONDS = 15  # on top of the requested wait
BATCH = 100
METHODS: dict[str, type[TelegramMethod[Message]]] = {
    "sendMessage": SendMessage,
    "sendPhoto": SendPhoto,
    "sendDocument": SendDocument,
}


class RawUpdates(GetUpdates):
    """`getUpdates` with a plain JSON answer. An update that a model refuses would block all others."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"


class Session(AiohttpSession):
    """Sets the root certificates. aiogram drops its own with a proxy, and a slim image has no others."""

    def __init__(self, config: TelegramConfig) -> None:
        super().__init__(proxy=config.proxy or None, api=TelegramAPIServer.from_base(config.api_base))
        self._connector_init.setdefault("ssl", ssl.create_default_context(cafile=certifi.where()))

    async def close(self) -> None:
        """Close without aiogram's sleep for old versions of aiohttp. Ours waits for its connections."""
        if self._session is not None:
            await self._session.close()


class BotApi:
    def __init__(self, config: TelegramConfig) -> None:
        self._token = config.token
        self._session = Session(config)
        self._bot = Bot(config.token, session=self._session)

    async def updates(self, offset: int | None, timeout_seconds: int) -> list[dict[str, Any]]:
        """Wait for updates from `offset` on, confirming all before it. Return at most `BATCH`, oldest first."""
        method = RawUpdates(offset=offset, limit=BATCH, timeout=timeout_seconds, allowed_updates=list(ALLOWED_UPDATES))
        updates: Any = await self._call(method, timeout_seconds + POLL_MARGIN_SECONDS)
        return list(updates)

    async def send(self, call: Call) -> int:
        """Make one call of `channels.telegram.outgoing`; return the id of the message."""
        parameters = dict(call.parameters)
        if call.upload is not None:
            parameters[call.upload_as] = BufferedInputFile(call.upload.data, filename=call.upload.name or "file")
        return (await self._call(METHODS[call.method](**parameters))).message_id

    async def edit(self, call: Call) -> None:
        """Make the call of `edit_for`."""
        await self._call(EditMessageText(**call.parameters))

    async def answer_press(self, callback_id: str) -> None:
        await self._call(AnswerCallbackQuery(callback_query_id=callback_id), CONNECT_SECONDS)

    async def set_webhook(self, url: str, secret: str) -> None:
        await self._call(SetWebhook(url=url, secret_token=secret, allowed_updates=list(ALLOWED_UPDATES)))

    async def delete_webhook(self) -> None:
        """Remove the webhook and keep the pending updates for `updates`."""
        await self._call(DeleteWebhook(drop_pending_updates=False))

    async def set_commands(self, commands: Sequence[Command]) -> None:
        """Replace the list behind the menu button. Telegram stores it."""
        bot_commands = [BotCommand(command=command.name, description=command.description[:256]) for command in commands]
        await self._call(SetMyCommands(commands=bot_commands))

    async def me(self) -> User:
        return await self._call(GetMe(), CONNECT_SECONDS)

    async def webhook_info(self) -> WebhookInfo:
        return await self._call(GetWebhookInfo(), CONNECT_SECONDS)

    async def download(self, file_id: str, limit_bytes: int) -> bytes | None:
        """Return a file a resident sent; ``None`` when it is larger than `limit_bytes`."""
        file = await self._call(GetFile(file_id=file_id))
        if (file.file_size or 0) > limit_bytes:
            return None
        url = self._session.api.file_url(self._token, file.file_path or "")
        data = bytearray()
        timeout: Any = ClientTimeout(total=CALL_SECONDS, connect=CONNECT_SECONDS)  # typed as int, passed on unchanged
        chunks = self._session.stream_content(url, timeout=timeout)
        try:
            async for chunk in chunks:
                data += chunk
                if len(data) > limit_bytes:
                    return None
        finally:
            await chunks.aclose()
        return bytes(data)

    async def close(self) -> None:
        await self._session.close()

    async def _call(self, method: TelegramMethod[T], total_seconds: float = CALL_SECONDS) -> T:
        """Make a call. Connecting and answering have separate time limits, so that their errors differ."""
        timeout: Any = ClientTimeout(total=total_seconds, connect=min(CONNECT_SECONDS, total_seconds))
        return await self._bot(method, request_timeout=timeout)
