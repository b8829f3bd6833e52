"""A mail service on loopback: a mailbox over IMAP (pymap), a relay over SMTP (aiosmtpd), with faults to order.

Mails to the service's own address lie in its box, mails to others in `sent`. The servers are real ones; only the
faults are ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import imaplib
import socket
import ssl
import warnings
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer
from pysasl.hashing import BuiltinHash

PASSWORD = "app-password-of-the-test"
PATIENCE_SECONDS = 180.0
BIGGEST = 60_000_000


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail that left for somebody else."""

    sender: str
    recipient: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n").strip()


@dataclass
class Fault:
    """What the relay answers instead of doing its work. code 0: it breaks the connection without a word."""

    stage: str  # "mail", "rcpt", "data"
    code: int
    text: str = ""
    times: int = 1
    done: bool = False  # "data" only: the mail is taken, and then the connection breaks


@dataclass
class MailService:
    """Use as an async context manager."""

    address: str = "hotline@uk-uyut.example"
    tls: ssl.SSLContext | None = None
    deliver: Callable[[Sent], Any] | None = None  # where mails to others go on to
    sent: list[Sent] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    offered: int = 0  # mails whose text reached the relay, with refused ones
    logins: int = 0
    smtp_connections: int = 0
    imap_port: int = 0
    smtp_port: int = 0
    can_idle: bool = True
    box: list[bytes] = field(default_factory=list)  # all that was ever put into the box
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _condition: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __aenter__(self) -> MailService:
        await self._open_imap(0)
        loop = asyncio.get_running_loop()
        self._smtp = await loop.create_server(self._relay, "127.0.0.1", 0, ssl=self.tls)
        self.smtp_port = self._smtp.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._writing.shutdown)
        for server in (self._smtp, self._imap):
            server.close()
        await self._end_all()

    # --- the mailbox ---

    async def _open_imap(self, port: int) -> None:
        args = Namespace(
            host="127.0.0.1", port=port, debug=False, cert=None, key=None, tls=False, passlib_cfg=None,
            inherited_sockets=None, proxy_protocol=None, skip_services=[], demo_data=False,
            demo_user=self.address, demo_password=PASSWORD,
        )  # fmt: skip
        backend, config = await DictBackend.init(
            args,
            secure_auth=False,
            max_append_len=BIGGEST,
            invalid_user_sleep=0.0,
            disable_idle=not self.can_idle,
            hash_context=BuiltinHash(rounds=1),  # a dear hash for each connection would be most of a test
        )
        config.apply_context()
        serve = IMAPServer(backend.login, config)
        self._serving: set[asyncio.Task[None]] = getattr(self, "_serving", set())

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            async def talk() -> None:
                try:
                    with contextlib.suppress(OSError, EOFError):
                        await serve(reader, writer, SocketInfoLocal(writer))
                finally:
                    self._writers.discard(writer)
                    writer.close()

            self.logins += 1
            self._writers.add(writer)
            task = asyncio.create_task(talk())
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)

        self._imap = await asyncio.start_server(connected, "127.0.0.1", port, ssl=self.tls, limit=BIGGEST)
        self.imap_port = self._imap.sockets[0].getsockname()[1]
        self._writing = await asyncio.to_thread(self._log_in)
        self.logins = 0

    def _log_in(self) -> imaplib.IMAP4:
        if self.tls is None:
            client = imaplib.IMAP4("127.0.0.1", self.imap_port, 20)
        else:
            client = imaplib.IMAP4_SSL("127.0.0.1", self.imap_port, ssl_context=_anybody(), timeout=20)
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.login(self.address, PASSWORD)
        return client

    async def put(self, raw: bytes, flags: str = "") -> None:
        """Lay a mail into the box, as a delivery does."""
        self.box.append(raw)
        done, said = await asyncio.to_thread(
            self._writing.append,
            "INBOX",
            f"({flags})" if flags else None,
            None,
            raw,
        )
        assert done == "OK", said

    def cut(self, *, bye: bool = False) -> None:
        """Break all connections of the mailbox, with or without a word; `put` goes on to work."""
        own = self._own_port()
        for writer in list(self._writers):
            if writer.get_extra_info("peername")[1] != own:
                if bye:
                    writer.write(b"* BYE Idle for too long\r\n")
                writer.close()

    async def _end_all(self) -> None:
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _own_port(self) -> int:
        try:
            return int(self._writing.sock.getsockname()[1])
        except OSError:
            return 0

    async def renumber(self) -> None:
        """The server loses its numbering: the same mails, a new UIDVALIDITY, another order of numbers."""
        port, mails = self.imap_port, list(self.box)
        await asyncio.to_thread(self._writing.shutdown)
        self._imap.close()
        await self._end_all()
        self.box = []
        await self._open_imap(port)
        for raw in mails:
            await self.put(raw)

    async def flags(self) -> list[str]:
        """Return the flags of each mail of the box."""

        def ask() -> list[str]:
            self._writing.select("INBOX", readonly=True)
            _, data = self._writing.fetch("1:*", "(FLAGS)")
            self._writing.close()
            return [line.decode() for line in data if isinstance(line, bytes)]

        return await asyncio.to_thread(ask)

    # --- the relay ---

    def _relay(self) -> SMTP:
        self.smtp_connections += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a password goes unencrypted: it stays on loopback
            return SMTP(
                self,
                hostname="relay.example",
                data_size_limit=BIGGEST,
                authenticator=self._authenticate,
                auth_require_tls=False,
                auth_required=True,
                loop=asyncio.get_running_loop(),
            )

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, method: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
        return AuthResult(success=right, handled=False)

    def fail(self, stage: str, code: int, text: str = "", times: int = 1, *, done: bool = False) -> None:
        """Let the relay answer `code` (0: hang up) at a stage, the next `times` times."""
        self.faults.append(Fault(stage, code, text, times, done))

    def _fault(self, stage: str) -> Fault | None:
        for fault in self.faults:
            if fault.stage == stage and fault.times:
                fault.times -= 1
                return fault
        return None

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if fault := self._fault("mail"):
            return self._refuse(server, fault)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if fault := self._fault("rcpt"):
            return self._refuse(server, fault)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.offered += 1
        fault = self._fault("data")
        if fault is not None and not fault.done:
            return self._refuse(server, fault)
        assert isinstance(envelope.content, bytes)
        for recipient in envelope.rcpt_tos:
            await self._route(Sent(envelope.mail_from or "", recipient, envelope.content))
        return self._refuse(server, fault) if fault else "250 2.0.0 taken"

    def _refuse(self, server: SMTP, fault: Fault) -> str:
        if not fault.code:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return f"{fault.code or 421} {fault.text or 'refused'}"

    async def _route(self, one: Sent) -> None:
        if one.recipient.lower() == self.address:
            await self.put(b"Return-Path: <" + one.sender.encode() + b">\r\n" + one.raw)
        else:
            self.sent.append(one)
            if self.deliver is not None:
                await self.deliver(one)
        await self.changed()

    # --- waiting ---

    async def changed(self) -> None:
        async with self._condition:
            self._condition.notify_all()

    async def until(self, happened: Callable[[], object], what: str = "") -> None:
        """Wait until something is so; it is looked at whenever something changed."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._condition:
            while not happened():
                await self._condition.wait()

    @property
    def settings(self) -> dict[str, Any]:
        """What a `MailConfig` needs to use this service."""
        return {
            "address": self.address,
            "password": PASSWORD,
            "imap_host": "127.0.0.1",
            "imap_port": self.imap_port,
            "imap_security": "none" if self.tls is None else "tls",
            "smtp_host": "127.0.0.1",
            "smtp_port": self.smtp_port,
            "smtp_security": "none" if self.tls is None else "tls",
        }


def _anybody() -> ssl.SSLContext:
    """For the fake's own way into its box."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
