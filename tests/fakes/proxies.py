"""SOCKS5 and HTTP CONNECT proxies on loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Proxy:
    url: str = ""
    targets: list[str] = field(default_factory=list)


@asynccontextmanager
async def proxying(scheme: str) -> AsyncIterator[Proxy]:
    """A SOCKS5 or HTTP CONNECT proxy on loopback that writes down where it was asked to go."""
    proxy = Proxy()
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ask = ask_socks if scheme == "socks5" else ask_connect
        host, port, granted = await ask(reader, writer)
        proxy.targets.append(f"http://{host}:{port}")
        there, back = await asyncio.open_connection(host, port)
        writer.write(granted)
        await asyncio.gather(pump(reader, back), pump(there, writer))

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        tasks.add(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    proxy.url = f"{scheme}://user:pass@127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await asyncio.gather(*tasks)


async def ask_socks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int, bytes]:
    """RFC 1928 with the log-in of RFC 1929; the address is a name or four bytes."""
    _, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(b"\x05\x02")
    _, length = await reader.readexactly(2)
    assert await reader.readexactly(length) == b"user"
    assert await reader.readexactly((await reader.readexactly(1))[0]) == b"pass"
    writer.write(b"\x01\x00")
    kind = (await reader.readexactly(4))[3]
    if kind == 3:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
    else:
        host = ".".join(map(str, await reader.readexactly(4)))
    port = int.from_bytes(await reader.readexactly(2), "big")
    return host, port, b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00"


async def ask_connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    assert "Proxy-Authorization: Basic dXNlcjpwYXNz" in head
    host, _, port = head.split()[1].rpartition(":")
    return host, int(port), b"HTTP/1.1 200 Connection established\r\n\r\n"
