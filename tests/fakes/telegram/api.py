"""A stateful fake of the Telegram Bot API over real sockets, with the residents who use it.

Usage::

    async with FakeTelegram() as telegram:
        bot = SomeBot(token=telegram.token, base=telegram.base)
        maria = telegram.resident("Мария")
        await maria.start()
        await maria.sees("Здравствуйте")

Every request, every answer and every update is checked against the description in `tests/data/telegram`; `violations`
must be empty at the end, and leaving the block raises when it is not.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from aiohttp import web

from tests.fakes.telegram import spec
from tests.fakes.telegram.methods import ApiError, Methods
from tests.fakes.telegram.people import Resident
from tests.fakes.telegram.updates import ConflictError, Updates

BOT_ID = 4_242_424_242
WAIT_SECONDS = 120.0  # a test that waits longer for something to happen hangs


@dataclass
class Fault:
    """What happens to the next call of a method instead of, or after, doing it."""

    error: ApiError | None = None
    drop: str = ""  # "before" or "after" doing it the connection is cut without an answer
    raw: tuple[int, str] | None = None  # status and body, not in the form of the Bot API
    held: bool = False  # carried out only after `release`


class FakeTelegram:
    def __init__(self) -> None:
        self.token = f"{BOT_ID}:FAKE-token_of_the_tests_0123456789"
        self.base = ""
        self.bot = {"id": BOT_ID, "is_bot": True, "first_name": "Домовой", "username": "domovoy_test_bot"}
        self.calls: list[tuple[str, dict[str, Any]]] = []  # method and parameters, in order
        self.counts: Counter[str] = Counter()
        self.violations: list[str] = []
        self.per_chat: tuple[int, float] | None = None  # messages and seconds; beyond: 429
        self.updates = Updates(self.now, self.changed)
        self.residents: dict[int, Resident] = {}
        self.methods = Methods(self)
        self._faults: dict[str, deque[Fault]] = {}
        self._clock_offset = 0.0
        self._released = True
        self._change = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    # --- life ---

    async def __aenter__(self) -> FakeTelegram:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()
        if kind is None:
            assert self.violations == []

    async def open(self, port: int = 0) -> None:
        """Listen; a `port` of an earlier life may be given to come back."""
        application = web.Application(client_max_size=60_000_000)
        application.router.add_route("*", "/bot{token}/{method}", self._api)
        application.router.add_get("/file/bot{token}/{path:.+}", self._file)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        await self.updates.close()
        if self._runner:
            await self._runner.cleanup()

    # --- what a test says ---

    def resident(self, first_name: str = "Мария", **more: str) -> Resident:
        number = 500_000_000 + len(self.residents) + 1
        self.residents[number] = Resident(self, number, first_name, **more)
        return self.residents[number]

    def fail(self, method: str, status: int, description: str, *, retry_after: int = 0, times: int = 1) -> None:
        """Answer the next calls of `method` with an error."""
        for _ in range(times):
            self._fault(method, Fault(ApiError(status, description, retry_after)))

    def drop(self, method: str, *, done: bool) -> None:
        """Cut the connection of the next call of `method`, after it was `done` or before."""
        self._fault(method, Fault(drop="after" if done else "before"))

    def babble(self, method: str, status: int, body: str) -> None:
        """Answer the next call of `method` with what a proxy in between would say."""
        self._fault(method, Fault(raw=(status, body)))

    def hold(self, method: str) -> None:
        """Let the next call of `method` wait for `release`."""
        self._released = False
        self._fault(method, Fault(held=True))

    async def release(self) -> None:
        self._released = True
        await self.changed()

    def _fault(self, method: str, fault: Fault) -> None:
        self._faults.setdefault(method.lower(), deque()).append(fault)

    def advance(self, seconds: float) -> None:
        self._clock_offset += seconds

    def now(self) -> float:
        return time.time() + self._clock_offset

    async def changed(self) -> None:
        async with self._change:
            self._change.notify_all()

    async def until(self, is_so: Callable[[], object], what: str = "") -> None:
        """Wait until something became true. Raises `AssertionError` after a while."""
        try:
            async with asyncio.timeout(WAIT_SECONDS), self._change:
                await self._change.wait_for(is_so)
        except TimeoutError:
            raise AssertionError(f"did not happen: {what or is_so}; calls were {self.counts}") from None

    async def until_called(self, method: str, times: int = 1) -> dict[str, Any]:
        """Wait for the given call of `method` to be answered; return the parameters of the last one."""
        await self.until(lambda: self.counts[method] >= times, f"{method} ×{times}")
        return self.called(method)[-1]

    def called(self, method: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.calls if name == method]

    # --- HTTP ---

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.match_info["token"] != self.token:
            return failed(ApiError(401, "Unauthorized"))
        if method.lower() not in spec.METHODS:
            return failed(ApiError(404, "Not Found"))
        method = str(spec.METHODS[method.lower()]["name"])
        try:
            return await self._carry_out(request, method)
        except ApiError as error:
            return failed(error)
        except spec.SpecError as error:
            self.violations.append(str(error))
            return failed(ApiError(400, f"Bad Request: {error}"))
        finally:
            self.counts[method] += 1
            await asyncio.shield(self.changed())

    async def _carry_out(self, request: web.Request, method: str) -> web.StreamResponse:
        parameters = spec.decode(method, await self._form(request))
        spec.check_request(method, parameters)
        self.calls.append((method, parameters))
        waiting = self._faults.get(method.lower())
        fault = waiting.popleft() if waiting else Fault()
        if fault.held:
            await self.changed()
            await self.until(lambda: self._released, "release")
        if fault.error:
            raise fault.error
        if fault.raw:
            return web.Response(status=fault.raw[0], text=fault.raw[1], content_type="text/html")
        if fault.drop == "before":
            return cut(request)
        try:
            result = await self.methods.call(method, parameters)
        except ConflictError:
            words = "terminated by other getUpdates request; make sure that only one bot instance is running"
            raise ApiError(409, f"Conflict: {words}") from None
        if fault.drop == "after":
            return cut(request)
        spec.check_result(method, result)
        return web.json_response({"ok": True, "result": result})

    async def _form(self, request: web.Request) -> dict[str, Any]:
        """Read parameters from the query, a form or JSON; `attach://name` stands for the part of that name."""
        form: dict[str, Any] = dict(request.query)
        if request.content_type == "application/json":
            return {**form, **await request.json()}
        files: dict[str, bytes] = {}
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = value.file.read()
                value.file.close()
            else:
                form[name] = value
        for name, value in form.items():
            if isinstance(value, str) and value.startswith("attach://"):
                form[name] = files.pop(value.removeprefix("attach://"))
        return {**form, **files}

    async def _file(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            return failed(ApiError(401, "Unauthorized"))
        data = self.methods.file_at(request.match_info["path"])
        return web.Response(body=data) if data is not None else failed(ApiError(404, "Not Found"))

    def check_update(self, update: dict[str, Any] | None) -> None:
        """Refuse an update that Telegram could not send."""
        if update is not None:
            spec.check_type(update, "Update")


def failed(error: ApiError) -> web.Response:
    answer: dict[str, Any] = {"ok": False, "error_code": error.status, "description": error.description}
    if error.retry_after:
        answer["parameters"] = {"retry_after": error.retry_after}
        spec.check_type(answer["parameters"], "ResponseParameters")
    return web.json_response(answer, status=error.status)


def cut(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()
