"""Send mails over one reused SMTP connection, replaced when it breaks. Errors are `SendError`."""

from __future__ import annotations

import asyncio
import contextlib
import time

import aiosmtplib

from channels.contract import SendError
from channels.mail.config import MailConfig
from channels.mail.errors import LIBRARY_ERRORS, as_send_error

TIMEOUT_SECONDS = 30.0
DATA_SECONDS = 120.0  # for the server to take a mail with a file
IDLE_SECONDS = 60.0  # a connection idle for longer is checked with NOOP
MOST_PER_CONNECTION = 50  # mails; servers close a connection after more


class Post:
    """Sends one mail at a time."""

    def __init__(self, config: MailConfig) -> None:
        self._config = config
        self._turn = asyncio.Lock()
        self._client: aiosmtplib.SMTP | None = None
        self._used = 0
        self._used_at = 0.0
        self._closed = False

    async def send(self, recipient: str, mail: bytes, attempt: int) -> None:
        """Hand a mail to the server. Raises `SendError`; its code is ``unknown`` only if the text was under way."""
        async with self._turn:
            if self._closed:
                raise SendError("network", retryable=True, detail="the program stops")
            try:
                client = await self._connected(attempt)
                await self._say(client, recipient, mail, attempt)
            except BaseException:
                self._drop()
                raise
            self._used += 1
            self._used_at = time.monotonic()

    async def check(self) -> None:
        """Log in and log out. Raises the library's own errors, for the diagnosis."""
        client = await self._connect()
        with contextlib.suppress(*LIBRARY_ERRORS):
            await client.quit(timeout=5)
        client.close()

    async def close(self) -> None:
        """Wait for the mail under way, then log out."""
        self._closed = True
        async with self._turn:
            client, self._client = self._client, None
            if client is not None:
                with contextlib.suppress(*LIBRARY_ERRORS):
                    await client.quit(timeout=2)
                client.close()

    async def _connected(self, attempt: int) -> aiosmtplib.SMTP:
        """Return a working connection. Nothing is under way yet, so no error here is ``unknown``."""
        client = self._client
        if client is not None and (self._used >= MOST_PER_CONNECTION or not await self._stands(client)):
            self._drop()
        if self._client is None:
            try:
                self._client = await self._connect()
            except LIBRARY_ERRORS as error:
                raise as_send_error(error, "connect", attempt) from None
            self._used = 0
        return self._client

    async def _stands(self, client: aiosmtplib.SMTP) -> bool:
        if not client.is_connected:
            return False
        if time.monotonic() - self._used_at < IDLE_SECONDS:
            return True
        try:
            await client.noop(timeout=5)
        except LIBRARY_ERRORS:
            return False
        return True

    async def _connect(self) -> aiosmtplib.SMTP:
        config = self._config
        secure = config.smtp_security
        client = aiosmtplib.SMTP(
            hostname=config.smtp_host,
            port=config.smtp_port,
            use_tls=secure == "tls",
            start_tls=secure == "starttls",
            tls_context=None if secure == "none" else config.tls(),
            timeout=TIMEOUT_SECONDS,
            local_hostname=config.domain,
        )
        try:
            await client.connect()
            await client.login(config.user, config.password)
        except BaseException:
            client.close()
            raise
        return client

    async def _say(self, client: aiosmtplib.SMTP, recipient: str, mail: bytes, attempt: int) -> None:
        """Send envelope and text. A reused connection that the server has closed is replaced once."""
        for last in (False, True):
            stage = "mail"
            try:
                await client.mail(self._config.address)
                stage = "rcpt"
                await client.rcpt(recipient)
                stage = "data"
                await client.data(mail, timeout=DATA_SECONDS)
            except aiosmtplib.SMTPServerDisconnected as error:
                if stage != "mail" or last:
                    raise as_send_error(error, stage, attempt) from None
                self._drop()
                client = await self._connected(attempt)
            except LIBRARY_ERRORS as error:
                raise as_send_error(error, stage, attempt) from None
            else:
                return

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()
