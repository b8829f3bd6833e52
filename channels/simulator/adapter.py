"""The simulator channel: virtual residents over plain HTTP, for load, chaos and training.

It follows the contract like the adapter of a messenger. An event is answered 200 only after `Accept` returned. A
message that was written but not answered is ``unknown``.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime

import aiohttp

from channels.config import ChannelContext
from channels.contract import Accept, Capabilities, Outgoing, Overloaded, PayloadError, SendError
from channels.simulator.config import SimulatorConfig
from channels.simulator.incoming import CHANNEL, parse_body
from channels.simulator.outgoing import body_of, id_in

logger = logging.getLogger(__name__)

HEADER = "x-simulator-secret"  # proves that the residents' server calls
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


def build(config: SimulatorConfig, _context: ChannelContext) -> Simulator:
    return Simulator(config)


class Simulator:
    """Implements `Channel` and `Webhook` of `channels.contract`.

    Args:
        now: the clock, replaceable in tests.
    """

    name = CHANNEL
    webhook_path = "/simulator/events"

    def __init__(self, config: SimulatorConfig, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.capabilities = Capabilities(
            text_length=4096,
            buttons=50,
            per_second=config.per_second,
            per_conversation_second=config.per_conversation_second,
            in_flight=config.in_flight,
            idempotent=config.idempotent,
        )
        self._config = config
        self._now = now
        self._accept: Accept | None = None
        self._http: aiohttp.ClientSession | None = None

    # --- Channel ---

    async def receive(self, accept: Accept) -> None:
        """Take calls of the webhook until cancelled."""
        self._accept = accept
        try:
            await asyncio.Event().wait()
        finally:
            self._accept = None

    async def send(self, message: Outgoing) -> str:
        """Send one message. Raises `SendError`."""
        address = f"{self._config.endpoint.rstrip('/')}/messages"
        try:
            async with self._session().post(
                address, json=body_of(message), headers={"Idempotency-Key": message.key}, allow_redirects=False
            ) as response:
                return id_in(response.status, response.headers, await response.read())
        except NOT_SENT as error:
            raise SendError("network", retryable=True, detail=type(error).__name__) from None
        except (aiohttp.ClientError, OSError) as error:  # OSError includes TimeoutError
            raise SendError("unknown", retryable=True, detail=type(error).__name__) from None

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()

    # --- Webhook ---

    async def handle(self, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """Store one event or a list of them and answer 200.

        The residents' server repeats a request answered 503.
        """
        given = headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._config.secret.encode()):
            logger.warning("webhook called without our secret", extra={"action": "simulator.forged"})
            return 403, _error("forbidden", f"the header {HEADER} does not hold channels.simulator.secret")
        accept = self._accept
        if accept is None:
            return 503, _error("not_ready", "the program starts or stops; repeat the request")
        try:
            events = parse_body(body, self._now())
        except PayloadError as error:
            return 400, _error("bad_event", str(error))
        try:
            new = await accept(events)
        except Overloaded:
            return 503, _error("overloaded", "nothing was stored; repeat the request")
        except Exception:
            logger.exception("events were not stored", extra={"action": "simulator.not_stored"})
            return 503, _error("not_stored", "nothing was stored; repeat the request")
        return 200, json.dumps({"new": new})

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._config.timeout_seconds),
                connector=aiohttp.TCPConnector(limit=self._config.in_flight),
                trust_env=False,
            )
        return self._http


def _error(code: str, message: str) -> str:
    return json.dumps({"error": code, "message": message})
