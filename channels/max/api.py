"""Client of the MAX Bot API over plain aiohttp, with its own base address, root certificates, proxy and time limits.

The token is sent only to `api_base`. Files travel to and from other hosts without it, and redirects of requests with
the token are not followed. Errors are those of `channels.max.errors.LIBRARY_ERRORS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import BaseConnector, ClientResponse, ClientSession, ClientTimeout, FormData, TCPConnector
from aiohttp_socks import ProxyConnector

from channels.contract import Command
from channels.max.config import MaxConfig
from channels.max.errors import ClosedError, MaxError, answer_of
from channels.max.incoming import UPDATE_TYPES
from channels.max.outgoing import Json, Upload
from channels.max.rate_limits import Gate

CONNECT_SECONDS = 10
CALL_SECONDS = 60
SHORT_SECONDS = 20  # for small requests
POLL_MARGIN_SECONDS = 15  # on top of the requested wait
BATCH = 100
COMMANDS = 32
DESCRIPTION_LENGTH = 128


class MaxApi:
    def __init__(self, config: MaxConfig, gate: Gate) -> None:
        self._config = config
        self._gate = gate
        self._base = config.api_base.rstrip("/")
        self._trust = config.trust()
        self._session: ClientSession | None = None
        self._closed = False

    # --- receiving ---

    async def updates(self, marker: int | None, timeout_seconds: int) -> tuple[list[Any], int | None]:
        """Wait for updates after `marker`, confirming all before it; return at most `BATCH` and the next marker.

        Without a marker MAX gives only the last update, or all unread ones: its documents disagree.
        """
        asked: dict[str, str | int] = {"limit": BATCH, "timeout": timeout_seconds}
        if marker is not None:
            asked["marker"] = marker
        answer = await self._call("GET", "/updates", asked, seconds=timeout_seconds + POLL_MARGIN_SECONDS, held=True)
        updates, following = answer.get("updates"), answer.get("marker")
        if not isinstance(updates, list):
            raise MaxError(200, "no_updates")
        return updates, following if isinstance(following, int) else None

    async def subscriptions(self) -> list[Json]:
        """Return the webhook subscriptions, each ``{"url", "time", "update_types"}``."""
        subscriptions = (await self._call("GET", "/subscriptions", seconds=SHORT_SECONDS)).get("subscriptions")
        return (
            [subscription for subscription in subscriptions if isinstance(subscription, dict)]
            if isinstance(subscriptions, list)
            else []
        )

    async def subscribe(self, url: str, secret: str) -> None:
        body = {"url": url, "update_types": list(UPDATE_TYPES), "secret": secret}
        await self._call("POST", "/subscriptions", body=body)

    async def unsubscribe(self, url: str) -> None:
        await self._call("DELETE", "/subscriptions", {"url": url})

    async def answer_press(self, callback_id: str, chat: str) -> None:
        """End the loading state of a pressed button."""
        asked, body = {"callback_id": callback_id}, {"notification": "Принято"}
        await self._call("POST", "/answers", asked, body, chat=chat, seconds=SHORT_SECONDS)

    # --- sending ---

    async def send(self, chat: int, body: Json) -> str:
        """Send a message; return its id."""
        answer = await self._call("POST", "/messages", {"chat_id": chat}, body, chat=str(chat))
        message = answer.get("message")
        sent_body = message.get("body") if isinstance(message, dict) else None
        return str(sent_body.get("mid") or "") if isinstance(sent_body, dict) else ""  # sent, even if the id is missing

    async def edit(self, message_id: str, chat: int, body: Json) -> None:
        await self._call("PUT", "/messages", {"message_id": message_id}, body, chat=str(chat))

    async def upload(self, upload: Upload) -> Json:
        """Upload a file; return its attachment. MAX may need some time before it can be sent."""
        kind = upload.kind
        place = await self._call("POST", "/uploads", {"type": kind})
        form = FormData()
        form.add_field("data", upload.data, filename=upload.name or "file", content_type=upload.mime or None)
        timeout = ClientTimeout(total=CALL_SECONDS, connect=CONNECT_SECONDS)
        url = str(place.get("url") or "")
        if not url.startswith(("http://", "https://")):
            raise MaxError(200, "no_upload_url")
        async with self._open().post(url, data=form, timeout=timeout, allow_redirects=False) as response:
            body = await response.read()
            if response.status == 200 and isinstance(place.get("token"), str):
                return {"type": kind, "payload": {"token": place["token"]}}  # the answer may be XML then
            answer = answer_of(response.status, response.headers, body)
        if kind == "image" and isinstance(answer.get("photos"), dict) and answer["photos"]:
            return {"type": kind, "payload": {"photos": answer["photos"]}}
        if not isinstance(answer.get("token"), str):
            raise MaxError(200, "no_token")
        return {"type": kind, "payload": {"token": answer["token"]}}

    async def download(self, url: str, limit_bytes: int) -> bytes | None:
        """Return a file a resident sent; ``None`` when it is larger than `limit_bytes`."""
        timeout = ClientTimeout(total=CALL_SECONDS, connect=CONNECT_SECONDS)
        async with self._open().get(url, timeout=timeout) as response:
            if response.status != 200:
                raise MaxError(response.status)
            return await _read(response, limit_bytes)

    # --- the bot itself ---

    async def me(self) -> Json:
        return await self._call("GET", "/me", seconds=SHORT_SECONDS)

    async def set_commands(self, commands: Sequence[Command]) -> None:
        listed = [
            {"name": command.name, "description": command.description[:DESCRIPTION_LENGTH]}
            for command in commands[:COMMANDS]
        ]
        await self._call("PATCH", "/me/commands", body={"commands": listed})

    async def close(self) -> None:
        self._closed = True
        if self._session is not None:
            await self._session.close()

    # --- the request ---

    async def _call(
        self,
        method: str,
        path: str,
        asked: Mapping[str, str | int] | None = None,
        body: Json | None = None,
        *,
        chat: str = "",
        seconds: float = CALL_SECONDS,
        held: bool = False,
    ) -> Json:
        """Make a request. Connecting and answering have separate time limits, so that their errors differ."""
        timeout = ClientTimeout(total=seconds, connect=CONNECT_SECONDS)
        headers = {"Authorization": self._config.token}
        url = self._base + path
        async with (
            self._gate.room(chat, held=held),
            self._open().request(
                method, url, params=asked, json=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response,
        ):
            return answer_of(response.status, response.headers, await response.read())

    def _open(self) -> ClientSession:
        """Return the session. Raises `ClosedError` after `close`."""
        if self._closed:
            raise ClosedError
        if self._session is None:
            self._session = ClientSession(connector=self._connector())
        return self._session

    def _connector(self) -> BaseConnector:
        if self._config.proxy:
            return ProxyConnector.from_url(self._config.proxy, ssl=self._trust)
        return TCPConnector(ssl=self._trust)


async def _read(response: ClientResponse, limit_bytes: int) -> bytes | None:
    if (response.content_length or 0) > limit_bytes:
        return None
    data = bytearray()
    async for chunk in response.content.iter_chunked(65536):
        data += chunk
        if len(data) > limit_bytes:
            return None
    return bytes(data)
