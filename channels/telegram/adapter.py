"""The Telegram channel: receives by long polling or a webhook, sends by calls of the Bot API.

An update is confirmed only after `Accept` returned. Telegram repeats an unconfirmed update for a day. A process killed
between storing and confirming receives the update again, and the inbox recognises it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from channels.config import ChannelContext
from channels.contract import (
    Accept,
    Capabilities,
    Command,
    FileRef,
    Files,
    Incoming,
    Outgoing,
    Overloaded,
    PayloadError,
    SendError,
)
from channels.receiving import Answers, Failure, SendsUnderWay, Supervisor
from channels.telegram import diagnosis
from channels.telegram.api import BotApi
from channels.telegram.config import TelegramConfig
from channels.telegram.errors import (
    LIBRARY_ERRORS,
    as_send_error,
    fetch_error,
    is_conflict,
    is_no_edit,
    is_refused_photo,
    is_unchanged,
)
from channels.telegram.incoming import callback_id_of, parse_update, update_id_of
from channels.telegram.outgoing import Call, Upload, calls_for, edit_for, file_call

logger = logging.getLogger(__name__)

HEADER = "x-telegram-bot-api-secret-token"  # proves that Telegram calls
HALF_SENT = 1000  # remembered messages of two parts whose first part was sent

Updates = Sequence[Mapping[str, Any]]


def build(config: TelegramConfig, context: ChannelContext) -> Telegram:
    return Telegram(config, context.files)


class Telegram:
    """Implements `Channel`, `Fetch`, `Menu`, `Linked`, `Webhook` and `Diagnose` of `channels.contract`.

    Args:
        files: outgoing files are read from here.
        now, pause: the clock and its sleep, replaceable in tests.
    """

    name = "telegram"
    capabilities = Capabilities(
        text_length=4096,
        buttons=50,
        per_second=30,  # for the whole bot, and 1 for one chat
        per_conversation_second=1,
        upload_bytes=10_000_000,
        contact_request=True,
        location_request=True,
        edits=True,
    )

    def __init__(
        self,
        config: TelegramConfig,
        files: Files,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.webhook_path = config.webhook_path
        self._config = config
        self._files = files
        self._now = now
        self._pause = pause
        self._api = BotApi(config)
        self._accept: Accept | None = None
        self._answers = Answers()
        self._half_sent: dict[str, int] = {}  # key of a message -> number of sent parts
        self._sends = SendsUnderWay()
        self.supervisor = Supervisor(
            log_not_stored=_log_not_stored,
            log_not_received=_log_not_received,
            diagnose=failure_of,
            trouble_of=diagnosis.trouble_of,
            mend=self._mend,
            is_closed=lambda: self._sends.closed,
            pause=pause,
        )
        self._username = ""  # fetched once, by `link`

    # --- Channel ---

    async def receive(self, accept: Accept) -> None:
        """Receive until cancelled. Telegram lets only one process per token poll."""
        self._accept = accept
        try:
            if self._sends.closed:
                await asyncio.Event().wait()
            if self.webhook_path:
                await self.supervisor.until_done(self._register)
                await asyncio.Event().wait()
            else:
                await self.supervisor.until_done(self._api.delete_webhook)
                await self._poll(accept)
        finally:
            self._accept = None

    async def send(self, message: Outgoing) -> str:
        """Send one message. Raises `SendError`."""
        try:
            calls = calls_for(message, await self._upload(message.file))
            edit = edit_for(message)
        except ValueError:
            raise SendError("not_found", retryable=False, detail="the address is no chat of Telegram") from None
        with self._sends.counted():
            if edit is not None and await self._edited(edit):
                return message.edits
            return await self._send_all(message.key, calls)

    async def close(self) -> None:
        """Wait for the sends under way, then close the connections. A send that is cut off might arrive twice."""
        self._accept = None
        await self._sends.close()
        await self._answers.close()
        await self._api.close()

    # --- Fetch ---

    async def fetch(self, file: FileRef, limit_bytes: int) -> bytes:
        """Return a photo or document. Raises `SendError`: ``rejected`` when it is larger than `limit_bytes`."""
        try:
            data = await self._api.download(file.remote_id, limit_bytes)
        except LIBRARY_ERRORS as error:
            raise fetch_error(error) from None
        if data is None:
            raise SendError("rejected", retryable=False, detail="the file is too big")
        return data

    # --- Menu and Linked ---

    async def set_menu(self, commands: Sequence[Command]) -> None:
        """Replace the list behind the menu button. Raises `SendError`."""
        try:
            await self._api.set_commands(commands)
        except LIBRARY_ERRORS as error:
            raise as_send_error(error) from None

    async def link(self, payload: str) -> str:
        """Return the address that opens the bot with `payload`. Raises `SendError`."""
        if not self._username:
            try:
                self._username = (await self._api.me()).username or ""
            except LIBRARY_ERRORS as error:
                raise as_send_error(error) from None
        return f"https://t.me/{self._username}?start={payload}"

    # --- Webhook ---

    async def handle(self, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """Store one update and answer 200. Any other answer makes Telegram repeat it."""
        given = headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._config.secret.encode()):
            logger.warning("webhook called without our secret", extra={"action": "telegram.forged"})
            return 403, "forbidden"
        accept = self._accept
        if accept is None:
            return 503, "not ready"
        try:
            update = json.loads(body)
            update_id_of(update)
            events = self._read(update)
        except (ValueError, RecursionError, PayloadError):
            logger.warning("webhook called with no update", extra={"action": "telegram.malformed"})
            return 400, "no update"
        try:
            await self._store(accept, [update], events)
        except Overloaded:
            return 503, "overloaded"
        except Exception:
            logger.exception("an update was not stored", extra={"action": "telegram.not_stored"})
            return 503, "not stored"
        return 200, ""

    # --- Diagnose ---

    async def diagnose(self) -> Sequence[str]:
        """Check token, network and webhook."""
        return await diagnosis.problems_of(self._api, self._config, self.supervisor.trouble)

    # --- receiving ---

    async def _poll(self, accept: Accept) -> None:
        """Fetch, store, confirm by the next fetch. A failure makes us fetch the same updates again."""
        offset: int | None = None

        async def step() -> None:
            nonlocal offset
            updates = await self._api.updates(offset, self._config.poll_timeout_seconds)
            # Once confirmed, an offset is not sent again: after a quiet week ids may start below it.
            offset_after = max(update_id_of(update) for update in updates) + 1 if updates else None
            await self._store(accept, updates, self._read_each(updates))
            offset = offset_after

        await self.supervisor.forever(step)

    async def _store(self, accept: Accept, updates: Updates, events: list[Incoming]) -> None:
        """Store events, then end the loading state of the pressed buttons."""
        if events:
            await accept(events)
        for update in updates:
            if callback_id := callback_id_of(update):
                self._answers.start(self._answer_press(callback_id))

    def _read(self, update: Mapping[str, Any]) -> list[Incoming]:
        event = parse_update(update, self._config.bot_id, self._now())
        return [event] if event else []

    def _read_each(self, updates: Updates) -> list[Incoming]:
        """Return the events of a batch. A malformed update is logged and skipped, so that it blocks no others."""
        events: list[Incoming] = []
        for update in updates:
            try:
                events += self._read(update)
            except PayloadError:
                logger.exception("an update was not understood", extra={"action": "telegram.malformed"})
        return events

    async def _answer_press(self, callback_id: str) -> None:
        try:
            await self._api.answer_press(callback_id)
        except LIBRARY_ERRORS as error:  # mostly too old: the loading state has ended by itself
            code = as_send_error(error).code
            logger.info("a press was not answered", extra={"action": "telegram.press_unanswered", "code": code})

    # --- registering and recovering ---

    async def _register(self) -> None:
        await self._api.set_webhook(self._config.webhook_url, self._config.secret)
        logger.info("webhook set", extra={"action": "telegram.webhook_set"})

    async def _mend(self, code: str) -> None:
        """Remove the webhook on a conflict. This does not help if another program polls."""
        if code == "conflict":
            with contextlib.suppress(*LIBRARY_ERRORS):
                await self._api.delete_webhook()

    # --- sending ---

    async def _send_all(self, key: str, calls: Sequence[Call]) -> str:
        """Carry out the remaining calls of one message; return the id of the last."""
        sent = ""
        for number in range(self._half_sent.pop(key, 0), len(calls)):
            try:
                sent = str(await self._send(calls[number]))
            except LIBRARY_ERRORS as error:
                self._remember_half(key, number)
                raise as_send_error(error) from None  # the library's own text may hold the token
        return sent

    async def _edited(self, call: Call) -> bool:
        """Replace our message; False: Telegram refuses the edit. Raises `SendError`."""
        try:
            await self._api.edit(call)
        except LIBRARY_ERRORS as error:
            if is_unchanged(error):
                return True
            if is_no_edit(error):
                return False
            raise as_send_error(error) from None
        return True

    async def _send(self, call: Call) -> int:
        try:
            return await self._api.send(call)
        except LIBRARY_ERRORS as error:
            if call.upload is None or call.method != "sendPhoto" or not is_refused_photo(error):
                raise
        return await self._api.send(file_call(call.parameters, call.upload, as_photo=False))

    async def _upload(self, file: FileRef | None) -> Upload | None:
        if file is None:
            return None
        try:
            data, mime, name = await self._files.get(file.remote_id)
        except KeyError:
            raise SendError("rejected", retryable=False, detail="the file is not stored any more") from None
        return Upload(data=data, mime=mime, name=name)

    def _remember_half(self, key: str, parts: int) -> None:
        if parts:
            self._half_sent[key] = parts
        while len(self._half_sent) > HALF_SENT:
            del self._half_sent[next(iter(self._half_sent))]


def failure_of(error: Exception) -> Failure | None:
    """Describe a failed request; None: the error is not from the connection to Telegram."""
    if not isinstance(error, LIBRARY_ERRORS):
        return None
    failed = as_send_error(error)
    if is_conflict(error):
        return Failure("conflict")
    pause = failed.retry_after if failed.code == "throttled" else None
    return Failure(failed.code, pause.total_seconds() if pause else 0.0)


def _log_not_stored(error: Exception) -> None:
    logger.error("updates were not stored", exc_info=error, extra={"action": "telegram.not_stored"})


def _log_not_received(code: str) -> None:
    logger.warning("updates are not received", extra={"action": "telegram.receive_failed", "code": code})
