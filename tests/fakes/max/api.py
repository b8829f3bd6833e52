"""A stateful fake of the MAX Bot API over real sockets, with the residents who use it.

Usage::

    async with FakeMax() as fake:
        bot = SomeBot(token=fake.token, base=fake.base)
        maria = fake.resident("Мария")
        await maria.start()
        await maria.sees("Здравствуйте")

Every request, every answer and every update is checked against the description in `tests/data/max`; `violations` must
be empty at the end, and leaving the block raises when it is not. The token anywhere but at the API is a violation, too.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from tests.fakes.max import spec
from tests.fakes.max.methods import ApiError, Methods
from tests.fakes.max.people import Resident
from tests.fakes.max.updates import Updates
from tests.fakes.server import FakeServer, Fault, cut


class FakeMax(FakeServer):
    def __init__(self) -> None:
        super().__init__()
        self.token = "f9LHodD0cOI-fake_token-of-the-tests_0123456789"
        self.bot: dict[str, Any] = {
            "user_id": 99,
            "first_name": "Домовой",
            "username": "id7700000000_bot",
            "is_bot": True,
            "last_activity_time": 1_790_000_000_000,
            "name": "Домовой",
        }
        self.calls: list[tuple[str, dict[str, Any], Any]] = []  # operation, query, body; in order
        self.throttled = 0  # requests answered 429
        self.retry_after = 0  # what a 429 says; 0: nothing
        self.updates = Updates(self.now, self.changed)
        self.residents: dict[int, Resident] = {}
        self.methods = Methods(self)
        self._last_tick = 0

    def mount(self, router: web.UrlDispatcher) -> None:
        router.add_post("/upload/{place}", self._upload)
        router.add_get("/cdn/{token}", self._file)
        router.add_route("*", "/{path:.+}", self._api)

    async def end_polls(self) -> None:
        await self.updates.close()

    # --- what a test says ---

    def resident(self, first_name: str = "Мария", **more: str) -> Resident:
        number = 500_000 + len(self.residents) + 1
        self.residents[number] = Resident(self, number, first_name, **more)
        return self.residents[number]

    def fail(
        self, operation: str, status: int, code: str, message: str = "", *, retry_after: int = 0, times: int = 1
    ) -> None:
        """Answer the next requests of `operation` (``"POST /messages"``) with an error."""
        for _ in range(times):
            self.fault(operation, Fault(ApiError(status, code, message, retry_after)))

    def refuse(self, operation: str, answer: dict[str, Any]) -> None:
        """Answer the next request of `operation` with a 200 that says no."""
        self.fault(operation, Fault(answer=answer))

    def tick(self) -> int:
        """The time in milliseconds; no two events have the same."""
        self._last_tick = max(self._last_tick + 1, int(self.now() * 1000))
        return self._last_tick

    async def until_called(self, operation: str, times: int = 1) -> None:
        await self.until(lambda: self.counts[operation] >= times, f"{operation} ×{times}")

    def bodies(self, operation: str) -> list[Any]:
        """What the requests of `operation` said, in order."""
        return [body for name, _, body in self.calls if name == operation]

    def queries(self, operation: str) -> list[dict[str, Any]]:
        return [query for name, query, _ in self.calls if name == operation]

    def bot_user(self) -> dict[str, Any]:
        return dict(self.bot)

    # --- HTTP ---

    async def _api(self, request: web.Request) -> web.StreamResponse:
        operation = f"{request.method} {request.path}"
        try:
            if "access_token" in request.query or request.headers.get("Authorization") != self.token:
                raise ApiError(401, "verify.token", "Invalid access_token")
            return await self._carry_out(request, operation)
        except ApiError as error:
            return failed(error)
        except spec.SpecError as error:
            self.violations.append(str(error))
            return failed(ApiError(400, "proto.payload", str(error)))
        finally:
            self.counts[operation] += 1
            await asyncio.shield(self.changed())

    async def _carry_out(self, request: web.Request, operation: str) -> web.StreamResponse:
        query = dict(request.query)
        body = await request.json() if request.can_read_body else None
        spec.check_request(request.method, request.path, query, body)
        self.calls.append((operation, query, body))
        self.methods.count()
        fault = self.next_fault(operation)
        if (instead := await self.instead(fault, request)) is not None:
            return instead
        result = await self.methods.call(operation, query, body)
        if fault.drop == "after":
            return cut(request)
        if operation != "GET /updates":  # these were checked one by one
            spec.check_answer(request.method, request.path, result)
        return web.json_response(result)

    async def _upload(self, request: web.Request) -> web.Response:
        self._check_stranger(request)
        form = await request.post()
        part = form.get("data")
        if not isinstance(part, web.FileField):
            self.violations.append("the file must be in the field `data`")
            return web.Response(status=400)
        data = part.file.read()
        part.file.close()
        return web.Response(text=self.methods.take_file(request.match_info["place"], data, part.filename))

    async def _file(self, request: web.Request) -> web.Response:
        self._check_stranger(request)
        file = self.methods.files.get(request.match_info["token"])
        return web.Response(body=file.data) if file else web.Response(status=404)

    def _check_stranger(self, request: web.Request) -> None:
        if "Authorization" in request.headers or self.token in str(request.url):
            self.violations.append("the token went to a server of files")


def failed(error: ApiError) -> web.Response:
    answer = {"code": error.code, "message": error.message}
    spec.check(answer, "Error")
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    return web.json_response(answer, status=error.status, headers=headers)
