"""The wire between a node and its database, which can be cut: silently, or with every connection reset."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

CHUNK = 65536


@dataclass(slots=True)
class Wire:
    """Forwards TCP from `port` to the server's port on loopback until `close`."""

    server_port: int
    port: int = 0
    _whole: asyncio.Event = field(default_factory=asyncio.Event)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _refuses: bool = False

    async def open(self) -> None:
        self._whole.set()
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._whole.set()
        self._reset()
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    def cut(self, *, silently: bool) -> None:
        """Nothing passes any more. silently: connections stay and hang; otherwise they are reset and refused."""
        self._whole.clear()
        if not silently:
            self._refuses = True
            self._reset()

    def heal(self) -> None:
        """What hung flows on, as after a cable was plugged in again."""
        self._refuses = False
        self._whole.set()

    def _reset(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self._refuses:
                return
            await self._whole.wait()
            there_reader, there = await asyncio.open_connection("127.0.0.1", self.server_port)
            self._writers.add(there)
            try:
                await asyncio.gather(self._pass(reader, there), self._pass(there_reader, writer))
            finally:
                self._writers.discard(there)
                there.transport.abort()
        except OSError:
            return  # the server is away, or one side has hung up
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            await self._whole.wait()
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()
