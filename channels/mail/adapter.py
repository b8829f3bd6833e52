"""The mail channel: a mailbox read by IMAP, answers sent by SMTP.

A mail is stored by `Accept` first. Then the position in the mailbox is saved, then the mail gets our mark. A process
killed between these steps reads the mail again, and the inbox recognises it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from channels.config import ChannelContext
from channels.contract import (
    Accept,
    Capabilities,
    Cursor,
    FileRef,
    Files,
    Incoming,
    Outgoing,
    Overloaded,
    SendError,
    SendPriority,
)
from channels.mail import diagnosis, mailbox_cursor
from channels.mail.config import MailConfig
from channels.mail.imap import IMAP_ERRORS, Box, Fetched, LoginRefused, NoFolder, Refused
from channels.mail.incoming import incoming_of
from channels.mail.mailbox_cursor import OVERLAP, Place
from channels.mail.outgoing import Enclosure, compose, recipient
from channels.mail.parsing.message import read
from channels.mail.smtp import Post
from channels.receiving import pause_after

logger = logging.getLogger(__name__)
T = TypeVar("T")

BATCH = 20  # mails stored at once
BATCH_BYTES = 30_000_000  # the limit of one batch; a single mail may exceed it
SETTLE_SECONDS = 1.0  # the first wait after something came
LOGIN_PAUSE_SECONDS = 60.0  # grows up to:
LONGEST_LOGIN_PAUSE_SECONDS = 900.0  # a wrong password repeated too often locks the mailbox
CLOSE_SECONDS = 5.0  # for the mail and the call under way
UNFETCHABLE = 3  # answers "no" of the server before a mail is passed over
HOUR = timedelta(hours=1)
BULK_SHARE = 0.75  # of the mails of an hour that announcements may use


def build(config: MailConfig, context: ChannelContext) -> Mail:
    return Mail(config, context.files, context.cursor)


class Mail:
    """Implements `Channel` and `Diagnose` of `channels.contract`.

    Args:
        files: attachments are stored here and read from here.
        cursor: the position in the mailbox from which reading continues.
        now, pause: the clock and its sleep, replaceable in tests.
    """

    name = "mail"
    capabilities = Capabilities(
        text_length=100_000,
        buttons=0,
        per_second=2,
        per_conversation_second=0.2,
        in_flight=4,
        upload_bytes=10_000_000,
        letters=True,
    )

    def __init__(
        self,
        config: MailConfig,
        files: Files,
        cursor: Cursor,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.trouble = ""  # the current failure of receiving, for `diagnose`
        self._config = config
        self._files = files
        self._cursor = cursor
        self._now = now
        self._pause = pause
        self._post = Post(config)
        self._thread = ThreadPoolExecutor(1, "mail")
        self._place = Place(0, 0, now().date())
        self._refused: dict[tuple[int, int], int] = {}  # uidvalidity, uid -> answers "no"
        self._sent_at: deque[datetime] = deque()
        self._failures = 0
        self._closed = False

    # --- Channel ---

    async def receive(self, accept: Accept) -> None:
        """Receive until cancelled. One process per mailbox."""
        while not self._closed:
            box = Box(self._config)
            try:
                await self._serve(box, accept)
            except Exception as error:  # noqa: BLE001  # reading must go on after any failure
                self._failures += 1
                seconds = self._failed(error)
            finally:
                await self._release(box)
            await self._pause(seconds)
        await asyncio.Event().wait()

    async def send(self, message: Outgoing) -> str:
        """Send one mail; return its Message-ID, the same at each attempt. Raises `SendError`."""
        if self._closed:
            raise SendError("network", retryable=True, detail="the program stops")
        self._keep_to_the_hour(message)
        enclosure = await self._enclosure(message.file)
        try:
            mail = compose(message, self._config, enclosure, self._now())
            raw = await asyncio.to_thread(mail.as_bytes) if enclosure else mail.as_bytes()
            address = recipient(message.conversation).addr_spec
        except ValueError:
            raise SendError("not_found", retryable=False, detail="no address that mail can be sent to") from None
        await self._post.send(address, raw, message.attempt)
        self._sent_at.append(self._now())
        return str(mail["Message-ID"])

    async def close(self) -> None:
        """Wait for the mail under way, then close the connections."""
        self._closed = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._post.close(), CLOSE_SECONDS)
        self._thread.shutdown(wait=False)

    # --- Diagnose ---

    async def diagnose(self) -> Sequence[str]:
        """Log in both ways and look at the folder."""
        with ThreadPoolExecutor(1, "mail-check") as thread:
            return await diagnosis.problems_of(self._config, thread, self.trouble)

    # --- receiving ---

    async def _serve(self, box: Box, accept: Accept) -> None:
        """Take the mails in the box, then every new mail, until the connection breaks."""
        await self._in_thread(box, box.open)
        await self._take_up(box, accept)
        settled = False  # a server need not announce mails that came between our search and our wait
        while True:
            new = await self._in_thread(box, box.uids_after, self._place.uid)
            for batch in _batches(new):
                await self._take(box, batch, accept, advance=True)
            self._failures, self.trouble = 0, ""
            seconds = float(self._config.poll_seconds) if settled and not new else SETTLE_SECONDS
            settled = not new
            await self._in_thread(box, box.wait, seconds)

    async def _take_up(self, box: Box, accept: Accept) -> None:
        """Continue at the saved position; rescan the last days of a box that is new or has been renumbered.

        The very first start takes only unread mails of today and yesterday, because people have seen the others.
        """
        place = mailbox_cursor.unpacked(await self._cursor.load())
        if place is not None and place.uidvalidity == box.uidvalidity:
            self._place = place
            return
        today = self._now().date()
        since = place.since if place else today - OVERLAP
        logger.info("the box is new or numbered anew", extra={"action": "mail.rescan", "first": place is None})
        last = box.uidnext - 1 if box.uidnext else max(await self._in_thread(box, box.uids_after, 0), default=0)
        self._place = Place(box.uidvalidity, last, today)
        uids = await self._in_thread(box, partial(box.uids_since, since, unread=place is None))
        for batch in _batches([uid for uid in uids if uid <= last]):
            await self._take(box, batch, accept, advance=False)
        await self._cursor.save(mailbox_cursor.packed(self._place))

    async def _take(self, box: Box, uids: list[int], accept: Accept, *, advance: bool) -> None:
        """Store mails in parts that fit into memory. advance: the saved position moves with them."""
        sizes = await self._sizes(box, uids)
        events: list[Incoming] = []
        taken: list[int] = []
        weight = 0
        for uid in uids:
            whole = sizes.get(uid, 0) <= self._config.message_bytes
            if taken and whole and weight + sizes.get(uid, 0) > BATCH_BYTES:
                await self._store(box, events, taken, accept, advance=advance)
                events, taken, weight = [], [], 0
            if uid in sizes and (fetched := await self._fetched(box, uid, whole)) is not None:
                weight += len(fetched.raw)
                events += await self._read(fetched)
            taken.append(uid)
        await self._store(box, events, taken, accept, advance=advance)

    async def _sizes(self, box: Box, uids: list[int]) -> dict[int, int]:
        """Return the sizes in bytes.

        One corrupt mail makes the server refuse all sizes. Then each mail is asked for alone.
        """
        try:
            return await self._in_thread(box, box.sizes, uids)
        except Refused:
            sizes: dict[int, int] = {}
            for uid in uids:
                sizes |= await self._unless_refused(box, uid, partial(box.sizes, [uid])) or {}
            return sizes

    async def _fetched(self, box: Box, uid: int, whole: bool) -> Fetched | None:
        return await self._unless_refused(box, uid, partial(box.fetch, uid, whole=whole))

    async def _unless_refused(self, box: Box, uid: int, call: Callable[[], T]) -> T | None:
        """Run a call for one mail; return ``None`` once the server has refused it `UNFETCHABLE` times.

        A mail that is never handed over would otherwise block all mails behind it.
        """
        try:
            return await self._in_thread(box, call)
        except Refused:
            key = box.uidvalidity, uid
            times = self._refused[key] = self._refused.get(key, 0) + 1
            if times < UNFETCHABLE:
                raise
        if times == UNFETCHABLE:  # another mail of the batch may bring us here again
            logger.error(
                "a mail cannot be fetched and is passed over", extra={"action": "mail.unfetchable", "uid": uid}
            )
        return None

    async def _read(self, fetched: Fetched) -> list[Incoming]:
        mail = await asyncio.to_thread(
            read, fetched.raw, self._config.address, self._config.key, headers_only=not fetched.whole
        )
        received_at = fetched.received_at or self._now()
        event = await incoming_of(mail, self._files, received_at, too_big=not fetched.whole)
        return [event] if event else []

    async def _store(self, box: Box, events: list[Incoming], uids: list[int], accept: Accept, *, advance: bool) -> None:
        """Store the events, then save the position, then mark the mails.

        The files are stored already, so storing the events is repeated until it succeeds.
        """
        failures = 0
        while events:
            try:
                await accept(events)
            except Exception as error:  # noqa: BLE001  # nothing was stored
                failures += 1
                await self._pause(self._not_stored(error, failures))
            else:
                break
        if advance:
            self._place = Place(self._place.uidvalidity, uids[-1], self._now().date())
            await self._cursor.save(mailbox_cursor.packed(self._place))
        try:
            await self._in_thread(box, box.mark, uids)
        except Refused:  # we may have no right to write in the box
            logger.info("mails were not marked", extra={"action": "mail.not_marked"})

    async def _in_thread(self, box: Box, call: Callable[..., T], *args: object) -> T:
        """Make one blocking call in the box's thread. Cancelling it cuts the connection."""
        done = asyncio.get_running_loop().run_in_executor(self._thread, partial(call, *args))
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            box.cut()
            await asyncio.wait({done}, timeout=CLOSE_SECONDS)
            done.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            raise

    async def _release(self, box: Box) -> None:
        """Close a box without waiting for a thread that is still connecting."""
        done = asyncio.get_running_loop().run_in_executor(self._thread, box.close)
        await asyncio.wait({done}, timeout=CLOSE_SECONDS)

    # --- when something does not work ---

    def _failed(self, error: Exception) -> float:
        """Log the failure; return the seconds to wait before the next attempt."""
        if not isinstance(error, (LoginRefused, NoFolder, *IMAP_ERRORS)):
            return self._not_stored(error, self._failures)
        code = diagnosis.code_of(error)
        dropped = code == "network" and self._failures == 1
        if dropped:  # servers drop connections after some minutes
            logger.info("the connection to the box ended", extra={"action": "mail.dropped"})
        else:
            logger.warning("mails are not received", extra={"action": "mail.receive_failed", "code": code})
            self.trouble = diagnosis.TROUBLES[code]
        if code == "login":
            return float(min(LOGIN_PAUSE_SECONDS * 2 ** min(self._failures - 1, 6), LONGEST_LOGIN_PAUSE_SECONDS))
        return pause_after(self._failures)

    def _not_stored(self, error: Exception, failures: int) -> float:
        if isinstance(error, Overloaded):
            logger.warning("mails are not received", extra={"action": "mail.receive_failed", "code": "overloaded"})
        else:
            logger.error("mails were not stored", exc_info=error, extra={"action": "mail.not_stored"})
        return pause_after(failures)

    # --- sending ---

    def _keep_to_the_hour(self, message: Outgoing) -> None:
        """Hold a mail back that would exceed the hourly limit. Announcements may use only `BULK_SHARE` of it.

        Raises:
            SendError: ``throttled`` until the oldest mail of the hour is an hour old.
        """
        now = self._now()
        if message.priority == SendPriority.URGENT:  # emergency messages are never held back
            return
        while self._sent_at and now - self._sent_at[0] >= HOUR:
            self._sent_at.popleft()
        allowance = self._config.max_per_hour
        if message.priority >= SendPriority.ANNOUNCEMENT:
            allowance = max(1, int(allowance * BULK_SHARE))
        if len(self._sent_at) < allowance:
            return
        oldest = self._sent_at[len(self._sent_at) - allowance]
        whole = len(self._sent_at) >= self._config.max_per_hour
        raise SendError("throttled", retryable=True, retry_after=oldest + HOUR - now, whole_channel=whole)

    async def _enclosure(self, file: FileRef | None) -> Enclosure | None:
        if file is None:
            return None
        try:
            data, mime, name = await self._files.get(file.remote_id)
        except KeyError:
            raise SendError("rejected", retryable=False, detail="the file is not stored any more") from None
        return Enclosure(data=data, mime=mime, name=name)


def _batches(uids: list[int]) -> list[list[int]]:
    return [uids[start : start + BATCH] for start in range(0, len(uids), BATCH)]
