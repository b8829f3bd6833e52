"""The SMS channel: sends through a gateway's HTTP interface to residents who called by phone. Receives nothing.

The address of a conversation is the phone in E.164. Gateways deliver answers in too many different ways, so texts that
ask for an answer are not sent here (`Capabilities.one_way`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from channels.config import ChannelContext
from channels.contract import Accept, Capabilities, Outgoing, SendError
from channels.sms import outgoing
from channels.sms.config import SmsConfig
from channels.sms.errors import check_answer

NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
PHONE = re.compile(r"\+[1-9][0-9]{7,14}")
ANSWER_BYTES = 65_536  # read of an answer
LOOPBACK = ("127.0.0.1", "::1", "localhost")
UNSEEN = (
    "Проверить шлюз, не отправив СМС, нельзя: отправлено ещё ничего не было. Настройки прочитаны; для проверки "
    "оформите в пульте звонок на свой телефон."
)
TROUBLES = {
    "unauthorized": "Шлюз не принимает ключ или на счёте нет денег. Проверьте DOMOVOY_CHANNELS__SMS__TOKEN и баланс.",
    "network": "Нет связи со шлюзом. Проверьте сеть и channels.sms.url.",
    "unknown": "Шлюз обрывает связь или отвечает ошибкой 5xx. Дошли ли СМС, неизвестно; спросите его поддержку.",
    "rejected": "Шлюз отклонил последнюю СМС. Проверьте channels.sms.body, headers и success.",
    "throttled": "Шлюз просит слать медленнее. Уменьшите channels.sms.per_second.",
}


def build(config: SmsConfig, _context: ChannelContext) -> Sms:
    return Sms(config)


class Sms:
    """Implements `Channel` and `Diagnose` of `channels.contract`."""

    name = "sms"

    def __init__(self, config: SmsConfig) -> None:
        self.capabilities = Capabilities(
            text_length=600,  # nine parts of a Cyrillic SMS
            buttons=0,
            one_way=True,
            per_second=config.per_second,
            per_conversation_second=1,
            in_flight=5,
        )
        self._config = config
        self._body = config.parsed_body
        self._http: aiohttp.ClientSession | None = None
        self._last = UNSEEN  # for `diagnose`; '': the gateway accepted the last message

    async def receive(self, accept: Accept) -> None:
        """Wait until cancelled. Nothing is received."""
        await asyncio.Event().wait()

    async def send(self, message: Outgoing) -> str:
        """Send one message; return our key as its id. Raises `SendError`."""
        if not PHONE.fullmatch(message.conversation):
            raise SendError("not_found", retryable=False, detail="no phone in E.164")
        if not message.text:
            raise SendError("rejected", retryable=False, detail="an SMS carries no files")
        try:
            await self._post(message)
        except SendError as error:
            self._last = TROUBLES.get(error.code, "")
            raise
        self._last = ""
        return message.key

    async def _post(self, message: Outgoing) -> None:
        config = self._config
        replacements = outgoing.values(message.conversation, message.text, config.token, message.key)
        body, kind = outgoing.in_body(self._body, replacements)
        headers = {"Content-Type": kind} if kind else {}
        headers |= {name: outgoing.in_header(value, replacements) for name, value in config.header_pairs}
        address = URL(outgoing.in_url(config.url, replacements), encoded=True)
        try:
            async with self._session().request(
                config.verb, address, data=body or None, headers=headers, allow_redirects=False
            ) as response:
                answer = await _beginning(response.content)
                check_answer(response.status, response.headers, answer.decode("utf-8", "replace"), config.success)
        except NOT_SENT as error:
            raise SendError("network", retryable=True, detail=type(error).__name__) from None
        except (aiohttp.ClientError, OSError) as error:  # OSError includes TimeoutError
            raise SendError("unknown", retryable=True, detail=type(error).__name__) from None

    async def diagnose(self) -> Sequence[str]:
        """Return the problem of the last send. The gateway cannot be checked without sending."""
        parts = urlsplit(self._config.url)
        problems = [self._last] if self._last else []
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            problems.append("channels.sms.url: адрес без https; ключ и телефоны жителей идут открытым текстом.")
        return problems

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._config.timeout_seconds),
                connector=aiohttp.TCPConnector(limit=self.capabilities.in_flight),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                middlewares=(_once,),
            )
        return self._http


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from repeating a GET or PUT after a broken connection. The SMS may have been sent."""
    try:
        return await handler(request)
    except NOT_SENT:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise SendError("unknown", retryable=True, detail=type(error).__name__) from None


async def _beginning(content: aiohttp.StreamReader) -> bytes:
    """Return an answer up to `ANSWER_BYTES`. One read would return only the bytes that have arrived."""
    answer = bytearray()
    async for chunk in content.iter_any():
        answer += chunk
        if len(answer) >= ANSWER_BYTES:
            break
    return bytes(answer[:ANSWER_BYTES])
