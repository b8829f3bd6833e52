"""The MAX channel: receives by a webhook or long polling, sends by requests of the Bot API.

An update is confirmed only after `Accept` returned: by the 200 of the webhook, or by the marker of the next poll, which
is saved as well. MAX repeats an unanswered call ten times, then drops the event. After 8 hours without a 200 it
silently unsubscribes the bot, so the subscription is checked every few minutes.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from channels.config import ChannelContext
from channels.contract import (
    Accept,
    Capabilities,
    Command,
    Cursor,
    FileRef,
    Files,
    Incoming,
    Outgoing,
    Overloaded,
    PayloadError,
    SendError,
)
from channels.max import diagnosis
from channels.max.api import MaxApi
from channels.max.config import MaxConfig
from channels.max.errors import (
    LIBRARY_ERRORS,
    NOT_READY,
    MaxError,
    as_send_error,
    cannot_be_edited,
    fetch_error,
    repeatable,
)
from channels.max.incoming import SILENT, UPDATE_TYPES, callback_of, kind_of, parse_update
from channels.max.outgoing import Json, Upload, body_for
from channels.max.rate_limits import Gate
from channels.max.webhook import Subscription
from channels.receiving import Answers, Failure, SendsUnderWay, Supervisor

logger = logging.getLogger(__name__)

T = TypeVar("T")

HEADER = "x-max-bot-api-secret"  # proves that MAX calls
WATCH_SECONDS = 180.0
NOT_READY_SECONDS = (1.0, 2.0, 4.0)  # MAX processes an uploaded file before it can be sent
ANSWERS, ANSWERS_OF_CHAT = 30, 4  # presses that may wait for an answer; more would delay replies
UPLOADED = 100  # files of unsent messages


def build(config: MaxConfig, context: ChannelContext) -> Max:
    return Max(config, context.files, context.cursor)


class Max:
    """Implements `Channel`, `Fetch`, `Webhook`, `Menu`, `Linked` and `Diagnose` of `channels.contract`.

    Args:
        files: outgoing files are read from here.
        cursor: stores the marker of long polling across restarts.
        monotonic, pause: the clock of the limits and its sleep, replaceable in tests.
    """

    name = "max"
    capabilities = Capabilities(
        text_length=4000,
        buttons=60,
        per_second=30,  # requests; `channels.max.rate_limits` makes all other requests wait in the same line
        per_conversation_second=2,
        upload_bytes=10_000_000,
        contact_request=True,
        location_request=True,
        edits=True,
    )

    def __init__(
        self,
        config: MaxConfig,
        files: Files,
        cursor: Cursor,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.webhook_path = config.webhook_path
        self._config = config
        self._files = files
        self._cursor = cursor
        self._pause = pause
        self._api = MaxApi(config, Gate(monotonic, pause))
        self._subscription = Subscription(self._api, config)
        self._accept: Accept | None = None
        self._answers = Answers()
        self._uploaded: dict[str, Json] = {}  # key of a message -> its attachment
        self._denied = 0  # consecutive refused sends
        self._username = ""
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

    # --- Channel ---

    async def receive(self, accept: Accept) -> None:
        """Receive until cancelled. Only one process may poll; several may serve the webhook."""
        self._accept = accept
        try:
            if self._sends.closed:
                await asyncio.Event().wait()
            if self.webhook_path:
                await self.supervisor.until_done(self._subscription.renew)
                await self._watch()
            else:
                await self.supervisor.until_done(self._subscription.remove_all)
                await self._poll(accept)
        finally:
            self._accept = None

    async def send(self, message: Outgoing) -> str:
        """Send or edit one message. Raises `SendError`."""
        try:
            chat = int(message.conversation)
        except ValueError:
            raise SendError("not_found", retryable=False, detail="the address is no chat of MAX") from None
        with self._sends.counted():
            attachment = await self._attachment(message)
            sent = await self._send(message, chat, body_for(message, attachment))
        self._uploaded.pop(message.key, None)
        return sent

    async def close(self) -> None:
        """Wait for the sends under way, then close the connections. A send that is cut off might arrive twice."""
        self._accept = None
        await self._sends.close()
        await self._answers.close()
        await self._api.close()

    # --- Fetch ---

    async def fetch(self, file: FileRef, limit_bytes: int) -> bytes:
        """Return a photo or a voice message. Raises `SendError`: ``rejected`` when it is larger than `limit_bytes`."""
        if not file.remote_id.startswith(("https://", "http://")):
            raise SendError("not_found", retryable=False, detail="the file has no address")
        try:
            data = await self._api.download(file.remote_id, limit_bytes)
        except LIBRARY_ERRORS as error:
            raise fetch_error(error) from None  # the library's own text holds the address
        if data is None:
            raise SendError("rejected", retryable=False, detail="the file is too big")
        return data

    # --- Webhook ---

    async def handle(self, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """Store one update and answer 200. Any other answer makes MAX repeat it.

        A malformed update is logged and answered 200, because a repeat would not help.
        """
        given = headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._config.secret.encode()):
            logger.warning("webhook called without our secret", extra={"action": "max.forged"})
            return 403, "forbidden"
        accept = self._accept
        if accept is None:
            return 503, "not ready"
        try:
            update = json.loads(body)
            kind_of(update)
        except (ValueError, RecursionError, PayloadError):
            logger.warning("webhook called with no update", extra={"action": "max.malformed"})
            return 400, "no update"
        try:
            await self._store(accept, [update])
        except Overloaded:
            return 503, "overloaded"
        except Exception:
            logger.exception("an update was not stored", extra={"action": "max.not_stored"})
            return 503, "not stored"
        return 200, ""

    # --- Menu and Linked ---

    async def set_menu(self, commands: Sequence[Command]) -> None:
        """Replace the bot's list of commands. Raises `SendError`."""
        try:
            await self._api.set_commands(commands)
        except LIBRARY_ERRORS as error:
            raise repeatable(error) from None

    async def link(self, payload: str) -> str:
        """Return the address that opens the bot with `payload`. Raises `SendError`."""
        if not self._username:
            try:
                self._username = str((await self._api.me()).get("username") or "")
            except LIBRARY_ERRORS as error:
                raise repeatable(error) from None
        if not self._username:
            raise SendError("rejected", retryable=False, detail="MAX gives this bot no name")
        return f"https://max.ru/{quote(self._username)}?start={quote(payload)}"

    # --- Diagnose ---

    async def diagnose(self) -> Sequence[str]:
        """Check token, network, certificates, subscription and the permission to send."""
        denied = [diagnosis.trouble_of("denied")] if self._denied >= diagnosis.DENIED_MANY else []
        return denied + await diagnosis.problems_of(self._api, self._config, self.supervisor.trouble)

    # --- receiving ---

    async def _poll(self, accept: Accept) -> None:
        """Fetch, store, save the marker, confirm by the next fetch. A failure makes us fetch the same updates again."""
        marker: int | None = None
        is_loaded = False

        async def step() -> None:
            nonlocal marker, is_loaded
            if not is_loaded:
                marker, is_loaded = self._marker_of(await self._cursor.load()), True
            updates, following = await self._api.updates(marker, self._config.poll_timeout_seconds)
            await self._store(accept, updates)
            if updates and following is None:
                raise MaxError(200, "no_marker")  # stored, but they cannot be confirmed without a marker
            if following is not None and following != marker:
                await self._cursor.save(f"{self._config.cursor_owner}:{following}")
                marker = following

        await self.supervisor.forever(step)

    def _marker_of(self, saved: str) -> int | None:
        """Return the saved marker; ``None`` when there is none or it belongs to another bot."""
        owner, _, marker = saved.partition(":")
        return int(marker) if owner == self._config.cursor_owner and marker.lstrip("-").isdigit() else None

    async def _store(self, accept: Accept, updates: Sequence[Any]) -> None:
        """Store the events of updates, then end the loading state of the pressed buttons."""
        events = [event for update in updates for event in self._read(update)]
        if events:
            await accept(events)
        for update in updates:
            callback_id, chat = callback_of(update)
            if callback_id and self._may_answer(chat):
                self._answers.start(self._answer_press(callback_id, chat), chat)

    def _may_answer(self, chat: str) -> bool:
        """Whether few enough answers are waiting. They share the chat's limit with our messages."""
        return len(self._answers) < ANSWERS and self._answers.count_named(chat) < ANSWERS_OF_CHAT

    def _read(self, update: Any) -> list[Incoming]:
        """Return the events of one update. A malformed update is logged and skipped, so that it blocks no others."""
        try:
            kind = kind_of(update)
            if kind not in UPDATE_TYPES and kind not in SILENT:
                safe_kind = kind[:40] if kind.isascii() and kind.replace("_", "").isalnum() else ""
                logger.info("an update of a new kind", extra={"action": "max.unknown_event", "kind": safe_kind})
            return parse_update(update, self._config.token)
        except Exception:  # errors of ours included: MAX would repeat it forever
            logger.exception("an update was not understood", extra={"action": "max.malformed"})
            return []

    async def _answer_press(self, callback_id: str, chat: str) -> None:
        try:
            await self._api.answer_press(callback_id, chat)
        except LIBRARY_ERRORS as error:  # the loading state ends by itself
            code = as_send_error(error).code
            logger.info("a press was not answered", extra={"action": "max.press_unanswered", "code": code})

    # --- the subscription ---

    async def _watch(self) -> None:
        """Check every few minutes that MAX still calls us."""
        while True:
            await self._pause(WATCH_SECONDS)
            try:
                if await self._subscription.is_current():
                    self.supervisor.trouble = ""
                    continue
                await self._subscription.renew()
            except LIBRARY_ERRORS as error:
                code = diagnosis.code_of(error)
                logger.warning("updates are not received", extra={"action": "max.receive_failed", "code": code})
                self.supervisor.trouble = diagnosis.trouble_of(code)
                continue
            logger.error("MAX had unsubscribed the webhook, it is set again", extra={"action": "max.resubscribed"})
            self.supervisor.trouble = diagnosis.trouble_of("resubscribed")

    async def _mend(self, code: str) -> None:
        """Remove a webhook that reappeared and conflicts with polling."""
        if code == "conflict" and not self.webhook_path:
            with contextlib.suppress(*LIBRARY_ERRORS):
                await self._subscription.remove_all()

    # --- sending ---

    async def _send(self, message: Outgoing, chat: int, body: Json) -> str:
        if message.edits and await self._edit(message.edits, chat, body):
            return message.edits
        try:
            sent = await self._when_ready(lambda: self._api.send(chat, body))
        except LIBRARY_ERRORS as error:
            failed = as_send_error(error)
            self._denied = self._denied + 1 if failed.code == "blocked_by_resident" else self._denied
            raise failed from None
        self._denied = 0
        return sent

    async def _edit(self, message_id: str, chat: int, body: Json) -> bool:
        """Replace our message; False: it cannot be edited. A repeated edit does no harm."""
        try:
            await self._when_ready(lambda: self._api.edit(message_id, chat, body))
        except LIBRARY_ERRORS as error:
            if cannot_be_edited(error):
                return False
            raise repeatable(error) from None
        return True

    async def _when_ready(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a request; wait and repeat it while MAX is still processing its file."""
        for seconds in NOT_READY_SECONDS:
            try:
                return await call()
            except MaxError as error:
                if not error.says(NOT_READY):
                    raise
            await self._pause(seconds)
        return await call()

    async def _attachment(self, message: Outgoing) -> Json | None:
        """Upload the file of a message, once for all its attempts."""
        if message.file is None:
            return None
        if message.key in self._uploaded:
            return self._uploaded[message.key]
        try:
            data, mime, name = await self._files.get(message.file.remote_id)
        except KeyError:
            raise SendError("rejected", retryable=False, detail="the file is not stored any more") from None
        try:
            attachment = await self._api.upload(Upload(data=data, mime=mime, name=name))
        except LIBRARY_ERRORS as error:
            raise repeatable(error) from None
        self._uploaded[message.key] = attachment
        while len(self._uploaded) > UPLOADED:
            del self._uploaded[next(iter(self._uploaded))]
        return attachment


def failure_of(error: Exception) -> Failure | None:
    """Describe a failed request; None: the error is not from the connection to MAX."""
    if not isinstance(error, LIBRARY_ERRORS):
        return None
    code, pause = diagnosis.code_of(error), as_send_error(error).retry_after
    return Failure(code, pause.total_seconds() if code == "throttled" and pause else 0.0)


def _log_not_stored(error: Exception) -> None:
    logger.error("updates were not stored", exc_info=error, extra={"action": "max.not_stored"})


def _log_not_received(code: str) -> None:
    logger.warning("updates are not received", extra={"action": "max.receive_failed", "code": code})
