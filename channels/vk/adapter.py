"""The VK channel: receives by the Callback API or Bots Long Poll, sends by calls of the API.

An event is confirmed (``ok``, or the next position of the poll) only after `Accept` returned. VK repeats an unconfirmed
event under the same `event_id`, and the inbox recognises it. So a request marked as a repeat (`X-Retry-Counter`) is
read like any other.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

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
from channels.receiving import Answers, Failure, SendsUnderWay, Supervisor
from channels.vk import diagnosis
from channels.vk.api import VkApi
from channels.vk.config import VkConfig
from channels.vk.errors import LIBRARY_ERRORS, as_send_error, fetch_error, read_error
from channels.vk.execute import MOST_CALLS
from channels.vk.incoming import cropped_of, is_known, parse_event, press_of, type_of, with_message
from channels.vk.long_poll import LongPoll
from channels.vk.outgoing import STANDARD_BUTTONS, TEXT_LENGTH
from channels.vk.sender import Sending

logger = logging.getLogger(__name__)

REFETCH_SECONDS = 5.0  # for a message that came cropped; VK calls again after about 15
MOST_ANSWERS = 20  # presses answered at once; other buttons end their loading state by themselves
BATCH = 200  # events stored at once

Event = Mapping[str, Any]


def build(config: VkConfig, context: ChannelContext) -> Vk:
    return Vk(config, context.files, context.cursor)


class Vk:
    """Implements `Channel`, `Fetch`, `Webhook`, `Diagnose`, `Menu`, `Linked` and `Bulk` of `channels.contract`.

    Args:
        files: outgoing files are read from here.
        cursor: stores the position of long polling.
        now, pause, monotonic: the clock, its sleep and its stopwatch, replaceable in tests.
    """

    name = "vk"
    capabilities = Capabilities(
        text_length=TEXT_LENGTH,
        buttons=STANDARD_BUTTONS,
        per_second=20,  # requests of one token; `VkApi` makes uploads and answers to presses wait in the same line
        per_conversation_second=3,
        idempotent=True,  # within an hour; `channels.vk.sender` refuses later repeats
        location_request=True,
        edits=True,
        bulk=MOST_CALLS,
    )

    def __init__(
        self,
        config: VkConfig,
        files: Files,
        cursor: Cursor,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.webhook_path = config.webhook_path
        self._config = config
        self._now = now
        self._pause = pause
        self._api = VkApi(config)
        self._polling = LongPoll(self._api, config, cursor)
        self._sending = Sending(self._api, files, monotonic)
        self._accept: Accept | None = None
        self._screen_name = ""
        self._confirmation = config.confirmation
        self._answers = Answers()
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
        """Receive until cancelled, by callbacks or by polling."""
        self._accept = accept
        try:
            if self._sends.closed or self.webhook_path:
                await asyncio.Event().wait()
            await self._poll(accept)
        finally:
            self._accept = None

    async def send(self, message: Outgoing) -> str:
        """Send one message. Raises `SendError`."""
        with self._sends.counted():
            return await self._sending.send(message)

    async def close(self) -> None:
        """Wait for the sends under way, then close the connections. A send that is cut off might arrive twice."""
        self._accept = None
        await self._sends.close()
        await self._answers.close()
        await self._api.close()

    # --- Bulk, Menu, Linked ---

    async def send_many(self, messages: Sequence[Outgoing]) -> Sequence[str | SendError]:
        """Send up to 25 messages in one request. Never raises."""
        try:
            with self._sends.counted():
                return await self._sending.send_many(messages)
        except SendError as error:  # the channel is closed
            return [error for _ in messages]

    async def set_menu(self, commands: Sequence[Command]) -> None:
        """Store the commands for the keyboard of the next message without buttons.

        VK has no list of commands, so nothing is sent now and nothing can fail.
        """
        self._sending.menu = tuple(commands)

    async def link(self, payload: str) -> str:
        """Return an address that opens the conversation. The resident's first message carries the payload."""
        if not self._screen_name:
            try:
                self._screen_name = await diagnosis.screen_name_of(self._api, self._config.group_id)
            except LIBRARY_ERRORS as error:
                raise read_error(error) from None
        return f"https://vk.me/{self._screen_name}?ref={payload}"

    # --- Fetch ---

    async def fetch(self, file: FileRef, limit_bytes: int) -> bytes:
        """Return a photo, document or voice. Raises `SendError`: ``rejected`` when it is larger than `limit_bytes`."""
        if self._config.is_official and not file.remote_id.startswith("https://"):
            raise SendError("rejected", retryable=False, detail="the address of the file is not https")
        try:
            data = await self._api.download(file.remote_id, limit_bytes)
        except ValueError:
            raise SendError("not_found", retryable=False, detail="this is no address of a file") from None
        except LIBRARY_ERRORS as error:
            raise fetch_error(error) from None
        if data is None:
            raise SendError("rejected", retryable=False, detail="the file is too big")
        return data

    # --- Webhook ---

    async def handle(self, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """Store one event and answer ``ok``. Any other answer makes VK repeat it."""
        try:
            event = json.loads(body)
            name = type_of(event)
        except (ValueError, RecursionError, PayloadError):
            logger.warning("callback called with no event", extra={"action": "vk.malformed"})
            return 400, "no event"
        if not self._is_ours(event, name):
            logger.warning("callback called without our secret", extra={"action": "vk.forged"})
            return 403, "forbidden"
        if name == "confirmation":
            return await self._confirm()
        if (accept := self._accept) is None:
            return 503, "not ready"
        try:
            await self._store(accept, [event])
        except Overloaded:
            return 503, "overloaded"
        except Exception:
            logger.exception("an event was not stored", extra={"action": "vk.not_stored"})
            return 503, "not stored"
        return 200, "ok"

    def _is_ours(self, event: Event, name: str) -> bool:
        """Compare secret and community. VK may ask for the confirmation string before a secret is set."""
        given = event.get("secret")
        secret = given.encode("utf-8", "surrogatepass") if isinstance(given, str) else b""
        has_secret = hmac.compare_digest(secret, self._config.callback_secret.encode())
        group = event.get("group_id")
        is_group = isinstance(group, int) and not isinstance(group, bool) and group == self._config.group_id
        return is_group and (has_secret or (name == "confirmation" and given is None))

    async def _confirm(self) -> tuple[int, str]:
        """Answer with the string that proves to VK that the address is ours."""
        if not self._confirmation:
            try:
                self._confirmation = await diagnosis.confirmation_of(self._api, self._config.group_id)
            except LIBRARY_ERRORS as error:
                code = read_error(error).code
                logger.warning("the callback was not confirmed", extra={"action": "vk.not_confirmed", "code": code})
                return 503, "no confirmation"
        return 200, self._confirmation

    # --- Diagnose ---

    async def diagnose(self) -> Sequence[str]:
        """Check token, rights, event settings and the callback server."""
        return await diagnosis.problems_of(self._api, self._config, self.supervisor.trouble)

    # --- receiving ---

    async def _poll(self, accept: Accept) -> None:
        """Fetch, store, save the position. A failure makes us fetch the same events again."""

        async def step() -> None:
            events, position = await self._polling.events()
            for start in range(0, len(events), BATCH):
                await self._store(accept, events[start : start + BATCH])
            await self._polling.confirm(position)

        await self.supervisor.forever(step)

    async def _store(self, accept: Accept, events: Sequence[Event]) -> None:
        """Read and store events, then end the loading state of the pressed buttons.

        A malformed event is logged and skipped. Repeated forever, it would block all events behind it.
        """
        incoming: list[Incoming] = []
        presses: list[tuple[str, int, int]] = []
        gives_whole = True  # after the first failure the rest of the batch does not try
        for event in events:
            try:
                self._note_unknown(event)
                press = press_of(event)
                whole = await self._whole(event) if gives_whole else event
                gives_whole = gives_whole and (whole is not event or cropped_of(event) is None)
                incoming += parse_event(whole, self._now())
            except PayloadError:
                logger.exception("an event was not understood", extra={"action": "vk.malformed"})
                continue
            presses += [press] if press else []
        if incoming:
            await accept(incoming)
        for press in presses[: max(0, MOST_ANSWERS - len(self._answers))]:
            self._answers.start(self._answer_press(*press))

    def _note_unknown(self, event: Event) -> None:
        if not is_known(name := type_of(event)):
            logger.info("an event of a kind we do not use", extra={"action": "vk.unknown_event", "kind": name[:40]})

    async def _whole(self, event: Event) -> Event:
        """Return the event with a cropped message fetched whole, or unchanged if VK does not give the message."""
        if (cut := cropped_of(event)) is None:
            return event
        asked: dict[str, str | int | float] = {"peer_id": cut[0], "conversation_message_ids": cut[1]}
        try:
            answer = await self._api.call("messages.getByConversationMessageId", asked, REFETCH_SECONDS)
        except LIBRARY_ERRORS as error:
            code = read_error(error).code
            logger.warning("a cut message was not fetched", extra={"action": "vk.not_whole", "code": code})
            return event
        items = answer.get("items") if isinstance(answer, dict) else None
        whole = items[0] if isinstance(items, list) and items else None
        if not isinstance(whole, dict) or (whole.get("peer_id"), whole.get("conversation_message_id")) != cut:
            return event
        return with_message(event, whole)

    async def _answer_press(self, event_id: str, user: int, peer: int) -> None:
        parameters: dict[str, str | int | float] = {"event_id": event_id, "user_id": user, "peer_id": peer}
        try:
            await self._api.call("messages.sendMessageEventAnswer", parameters, REFETCH_SECONDS)
        except LIBRARY_ERRORS as error:  # mostly too old: the loading state has ended by itself
            code = read_error(error).code
            logger.info("a press was not answered", extra={"action": "vk.press_unanswered", "code": code})

    async def _mend(self, _code: str) -> None:
        """Ask for another poll server, because the present one may be the cause."""
        self._polling.forget_server()


def failure_of(error: Exception) -> Failure | None:
    """Describe a failed request; None: the error is not from the connection to VK."""
    if not isinstance(error, LIBRARY_ERRORS):
        return None
    failed = as_send_error(error)
    pause = failed.retry_after if failed.code == "throttled" else None
    return Failure(failed.code, pause.total_seconds() if pause else 0.0, at_least=True)


def _log_not_stored(error: Exception) -> None:
    logger.error("events were not stored", exc_info=error, extra={"action": "vk.not_stored"})


def _log_not_received(code: str) -> None:
    logger.warning("events are not received", extra={"action": "vk.receive_failed", "code": code})
