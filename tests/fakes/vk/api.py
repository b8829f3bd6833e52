"""A stateful fake of VK over real sockets, with the residents who write to the community.

Usage::

    async with FakeVk() as vk:
        bot = SomeBot(token=vk.token, group_id=vk.group_id, base=vk.base)
        maria = vk.resident()
        await maria.start()
        await maria.sees("Здравствуйте")

Every request, answer and event is checked against VK's schema in `tests/data/vk`; `violations` must be empty
at the end, and leaving the block raises when it is not.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any

from aiohttp import web

from tests.fakes.server import FakeServer, Fault, cut
from tests.fakes.vk import spec
from tests.fakes.vk.events import Events
from tests.fakes.vk.methods import ApiError, Methods
from tests.fakes.vk.people import Resident

GROUP_ID = 123_456_789
PER_SECOND = 20


class FakeVk(FakeServer):
    def __init__(self) -> None:
        super().__init__()
        self.token = "vk1.a.FAKE-token_of_the_tests_0123456789"
        self.group_id = GROUP_ID
        self.calls: list[tuple[str, dict[str, Any]]] = []  # method and parameters, in order
        self.repeats = 0  # sends that were recognised by their random_id
        self.refused_for_pace = 0
        self.residents: dict[int, Resident] = {}
        self.events = Events(GROUP_ID, self.changed)
        self.methods = Methods(self)
        self._lately: deque[float] = deque()

    def mount(self, router: web.UrlDispatcher) -> None:
        router.add_post("/method/{method}", self._api)
        router.add_get("/poll", self._poll)
        router.add_post("/upload/{field}", self._upload)
        router.add_get("/files/{name}", self._file)

    async def end_polls(self) -> None:
        await self.events.close()

    # --- what a test says ---

    def resident(self, *, number: int = 0, allowed: bool = False) -> Resident:
        number = number or 500_000_000 + len(self.residents) + 1
        self.residents[number] = Resident(self, number)
        self.residents[number].allowed = allowed
        return self.residents[number]

    def fail(self, method: str, code: int, *, times: int = 1) -> None:
        """Answer the next calls of `method` with an error; 0: do the next one."""
        for _ in range(times):
            self.fault(method, Fault(ApiError(code) if code else None))

    def fail_now(self, method: str) -> None:
        """Raise what a test wants the next call of `method` to fail with."""
        if error := self.next_fault(method).error:
            raise error

    async def until_called(self, method: str, times: int = 1) -> dict[str, Any]:
        """Wait for the given call of `method` to be answered; return the parameters of the last one."""
        await self.until(lambda: self.counts[method] >= times, f"{method} ×{times}")
        return self.called(method)[-1]

    def called(self, method: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.calls if name == method]

    # --- HTTP ---

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            return await self._carry_out(request, method, form)
        except ApiError as error:
            return failed(error.code)
        except spec.SpecError as error:
            self.violations.append(str(error))
            return failed(100)
        finally:
            self.counts[method] += 1
            await asyncio.shield(self.changed())

    async def _carry_out(self, request: web.Request, method: str, form: dict[str, str]) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {self.token}" and form.get("access_token") != self.token:
            raise ApiError(5)
        self._check_pace()
        if method not in spec.METHODS:
            raise ApiError(3)
        if form.get("v") != "5.199":
            raise ApiError(8)
        parameters = spec.parameters_of(method, form)
        self.calls.append((method, parameters))
        fault = self.next_fault(method)
        if (instead := await self.instead(fault, request)) is not None:
            return instead
        result = await self.methods.call(method, parameters)
        if fault.drop == "after":
            return cut(request)
        answer = result if method == "execute" else {"response": result}
        spec.check_response(method, answer)
        return web.json_response(answer)

    def _check_pace(self) -> None:
        now = time.monotonic()
        while self._lately and self._lately[0] <= now - 1:
            self._lately.popleft()
        if len(self._lately) >= PER_SECOND:
            self.refused_for_pace += 1
            raise ApiError(6)
        self._lately.append(now)

    async def _poll(self, request: web.Request) -> web.StreamResponse:
        asked = request.query
        fault = self.next_fault("poll")
        if fault.raw:
            return web.Response(status=fault.raw[0], text=fault.raw[1], content_type="text/html")
        if fault.drop:
            return cut(request)
        if asked["act"] != "a_check" or not 1 <= int(asked["wait"]) <= 90:
            self.violations.append(f"poll: {dict(asked)}")
        return web.json_response(await self.events.poll(asked["key"], asked["ts"], float(asked["wait"])))

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        field = request.match_info["field"]
        fault = self.next_fault(f"upload/{field}")
        if fault.drop:
            return cut(request)
        part = (await request.post())[field]
        assert isinstance(part, web.FileField)
        data = part.file.read()
        part.file.close()
        return web.json_response(self.methods.uploads(field, data, part.filename), content_type="text/html")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        fault = self.next_fault("file")
        if fault.raw:
            return web.Response(status=fault.raw[0], text=fault.raw[1])
        data = self.methods.files.get(request.match_info["name"])
        return web.Response(body=data) if data is not None else web.Response(status=404)


def failed(code: int) -> web.Response:
    error = {"error_code": code, "error_msg": spec.SPEC["errors"].get(str(code), "?"), "request_params": []}
    spec.check_error(error)
    return web.json_response({"error": error})
