"""The IMAP mailbox: blocking calls, made in one thread, one at a time.

Mails are read with PEEK and stay unread for the people who open the mailbox.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import select
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError
from imap_tools.utils import check_command_status

from channels.mail.config import MailConfig


class Refused(Exception):
    """The server refused one command. The connection still works."""


TIMEOUT_SECONDS = 30.0
HEAD_BYTES = 200_000  # read of a mail whose body is too big
KEYWORD = "$Domovoy"  # marks the mails we have taken, for people and for a renumbered box
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
IMAP_ERRORS = (Refused, imaplib.IMAP4.error, ImapToolsError, OSError, EOFError, ValueError)
SIZE = re.compile(rb"RFC822\.SIZE (\d+)", re.IGNORECASE)
UID = re.compile(rb"\bUID (\d+)", re.IGNORECASE)
RECEIVED = re.compile(rb'INTERNALDATE "([^"]+)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail as stored on the server. whole: `raw` is the complete mail, not only its head."""

    uid: int
    raw: bytes = field(repr=False)
    received_at: datetime | None  # aware
    whole: bool = True


class LoginRefused(Exception):
    """The server refuses login and password. The text is the server's and contains neither."""


class NoFolder(Exception):
    """The folder cannot be opened."""


class Box:
    """One connection, from `open` to `cut`. Raises only `IMAP_ERRORS`, `LoginRefused` and `NoFolder`."""

    def __init__(self, config: MailConfig) -> None:
        self._config = config
        self._box: BaseMailBox | None = None
        self._can_idle = False
        self._cut = False
        self._keywords = False
        self._wake, self._woken = socket.socketpair()
        self.uidvalidity = 0
        self.uidnext = 0

    def open(self) -> None:
        """Connect, log in, open the folder."""
        box = self._box = self._connected()
        if self._cut:
            raise OSError("closed")
        client = box.client
        try:
            if f"{self._config.user}{self._config.password}".isascii():
                box.login(self._config.user, self._config.password, initial_folder=None)
            else:
                box.login_utf8(self._config.user, self._config.password, initial_folder=None)
        except (imaplib.IMAP4.abort, OSError):
            raise
        except (imaplib.IMAP4.error, ImapToolsError) as error:
            raise LoginRefused(str(error)[:300]) from None
        # Some capabilities are offered only after the log-in.
        client.capabilities = tuple(self._capabilities(client)) or client.capabilities
        self._can_idle = "IDLE" in client.capabilities
        try:
            box.folder.set(self._config.imap_folder)
        except (imaplib.IMAP4.abort, OSError):
            raise
        except (imaplib.IMAP4.error, ImapToolsError) as error:
            raise NoFolder(str(error)[:300]) from None
        self.uidvalidity = self._number("UIDVALIDITY")
        self.uidnext = self._number("UIDNEXT")
        flags = b" ".join(item for item in client.response("PERMANENTFLAGS")[1] if isinstance(item, bytes))
        self._keywords = b"\\*" in flags or KEYWORD.encode() in flags

    @property
    def can_idle(self) -> bool:
        return self._can_idle

    def uids_after(self, last: int) -> list[int]:
        """Return the numbers of the mails that came after the one numbered `last`, in order."""
        self._client.response("EXISTS")  # discard earlier announcements; see `wait`
        uids = self._search(f"UID {last + 1}:*")
        return sorted(uid for uid in uids if uid > last)  # "5:*" names the last mail even when it is 4

    def uids_since(self, day: date, *, unread: bool) -> list[int]:
        """Return the numbers of the mails that came on or after a day and do not bear our mark, in order."""
        self._client.response("EXISTS")
        criteria = f"SINCE {day.day}-{MONTHS[day.month - 1]}-{day.year}{' UNSEEN' if unread else ''}"
        if self._keywords:
            criteria += f" UNKEYWORD {KEYWORD}"
        return sorted(self._search(criteria))

    def sizes(self, uids: list[int]) -> dict[int, int]:
        """Return the size in bytes of each mail. Deleted mails are missing."""
        size_by_uid: dict[int, int] = {}
        for line, _ in self._fetch(",".join(map(str, uids)), "(UID RFC822.SIZE)"):
            uid, size = UID.search(line), SIZE.search(line)
            if uid and size:
                size_by_uid[int(uid[1])] = int(size[1])
        return size_by_uid

    def fetch(self, uid: int, *, whole: bool) -> Fetched | None:
        """Return a mail or its head; ``None`` when it has been deleted."""
        wanted = "BODY.PEEK[]" if whole else f"BODY.PEEK[HEADER]<0.{HEAD_BYTES}>"
        for line, raw in self._fetch(str(uid), f"(UID INTERNALDATE {wanted})"):
            if raw is not None:
                return Fetched(uid, raw, _moment(line), whole)
        return None

    def mark(self, uids: list[int]) -> None:
        """Set our keyword if the server stores keywords. The flags that people see stay unchanged."""
        if uids and self._keywords:
            self._command("STORE", ",".join(map(str, uids)), "+FLAGS.SILENT", f"({KEYWORD})")

    def wait(self, seconds: float) -> None:
        """Return when the server announces something new, after `seconds`, or when `wake` is called."""
        if self._client.response("EXISTS")[1] != [None]:
            return  # announced during another command; the server does not repeat it
        if not self._can_idle:
            self._sleep(seconds)
            check_command_status(self._client.noop(), ImapToolsError)
            return
        assert self._box is not None  # noqa: S101  open was called
        with self._box.idle:
            if not self._already_told():
                self._sleep(seconds)

    def wake(self) -> None:
        """End a `wait`. May be called from another thread."""
        with contextlib.suppress(OSError):
            self._wake.send(b"!")

    def cut(self) -> None:
        """Break the connection, so that a call under way ends with an error. May be called from another thread."""
        self._cut = True
        self.wake()
        if self._box is not None:
            with contextlib.suppress(OSError, AttributeError):
                socket.socket.shutdown(self._box.client.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Log out if the connection still works, then release the sockets. Never raises."""
        if self._box is not None:
            with contextlib.suppress(*IMAP_ERRORS, AttributeError):
                if not self._cut:
                    self._client.sock.settimeout(2.0)
                    self._client.logout()
            with contextlib.suppress(*IMAP_ERRORS, AttributeError):
                self._client.shutdown()
        self._wake.close()
        self._woken.close()

    # --- not covered by the library ---

    def _connected(self) -> BaseMailBox:
        config = self._config
        host, port = config.imap_host, config.imap_port
        match config.imap_security:
            case "tls":
                return MailBox(host, port, timeout=TIMEOUT_SECONDS, ssl_context=config.tls())
            case "starttls":
                return MailBoxStartTls(host, port, timeout=TIMEOUT_SECONDS, ssl_context=config.tls())
        return MailBoxUnencrypted(host, port, timeout=TIMEOUT_SECONDS)

    @property
    def _client(self) -> imaplib.IMAP4:
        if self._box is None:
            raise OSError("not connected")
        return self._box.client

    @staticmethod
    def _capabilities(client: imaplib.IMAP4) -> list[str]:
        _, data = client.capability()
        return data[-1].decode("ascii", "replace").upper().split() if data and isinstance(data[-1], bytes) else []

    def _number(self, name: str) -> int:
        data = self._client.response(name)[1]
        number = next((item for item in reversed(data) if isinstance(item, bytes) and item.isdigit()), b"0")
        return int(number)

    def _search(self, criteria: str) -> list[int]:
        assert self._box is not None  # noqa: S101  open was called
        return [int(uid) for uid in self._box.uids(criteria, charset=None)]

    def _fetch(self, uids: str, wanted: str) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the response line of each mail and its bytes, if they were requested."""
        for item in self._command("FETCH", uids, wanted):
            if isinstance(item, tuple) and len(item) == 2:
                yield item[0], item[1]
            elif isinstance(item, bytes):
                yield item, None

    def _command(self, name: str, *args: str) -> list[Any]:
        try:
            done, data = self._client.uid(name, *args)
        except imaplib.IMAP4.abort:
            raise  # the connection is gone
        except imaplib.IMAP4.error as error:
            raise Refused(name) from error
        if done != "OK":
            raise Refused(name)
        return data

    def _already_told(self) -> bool:
        """Whether the first announcement is already in our read buffer, where polling the socket cannot see it."""
        client = self._client
        client.sock.settimeout(0.0)
        try:
            return bool(client._get_line())  # as imap-tools reads them
        except (OSError, imaplib.IMAP4.abort):
            return False  # nothing yet; a broken connection is seen at the end of IDLE
        finally:
            client.sock.settimeout(TIMEOUT_SECONDS)

    def _sleep(self, seconds: float) -> None:
        """Wait for a line of the server, a wake-up or the time."""
        poller = select.poll()
        poller.register(self._client.sock, select.POLLIN)
        poller.register(self._woken, select.POLLIN)
        if self._woken.fileno() in [number for number, _ in poller.poll(seconds * 1000)]:
            self._woken.recv(100)


def _moment(line: bytes) -> datetime | None:
    received = RECEIVED.search(line)
    if not received:
        return None
    try:
        return datetime.strptime(received[1].decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return None
