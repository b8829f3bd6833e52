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
from typing import Any

from aiohttp import web

from tests.fakes.server import FakeServer, Fault, cut
from tests.fakes.telegram import spec
from tests.fakes.telegram.methods import ApiError, Methods
from tests.fakes.telegram.people import Resident
from tests.fakes.telegram.updates import ConflictError, Updates

BOT_ID = 4_242_424_242


class FakeTelegram(FakeServer):
    def __init__(self) -> None:
        super().__init__()
        self.token = f"{BOT_ID}:FAKE-token_of_the_tests_0123456789"
        self.bot = {"id": BOT_ID, "is_bot": True, "first_name": "Домовой", "username": "domovoy_test_bot"}
        self.calls: list[tuple[str, dict[str, Any]]] = []  # method and parameters, in order
        self.per_chat: tuple[int, float] | None = None  # messages and seconds; beyond: 429
        self.updates = Updates(self.now, self.changed)
        self.residents: dict[int, Resident] = {}
        self.methods = Methods(self)

    def mount(self, router: web.UrlDispatcher) -> None:
        router.add_route("*", "/bot{token}/{method}", self._api)
        router.add_get("/file/bot{token}/{path:.+}", self._file)

    async def end_polls(self) -> None:
        await self.updates.close()

    # --- what a test says ---

    def resident(self, first_name: str = "Мария", **more: str) -> Resident:
        number = 500_000_000 + len(self.residents) + 1
        self.residents[number] = Resident(self, number, first_name, **more)
        return self.residents[number]

    def fail(self, method: str, status: int, description: str, *, retry_after: int = 0, times: int = 1) -> None:
        """Answer the next calls of `method` with an error."""
        for _ in range(times):
            self.fault(method, Fault(ApiError(status, description, retry_after)))

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
        fault = self.next_fault(method)
        if (instead := await self.instead(fault, request)) is not None:
            return instead
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
