"""Stored files for dispatchers: pictures, sound and video are shown in place, documents only downloaded."""

from __future__ import annotations

import re
from urllib.parse import quote

from aiohttp import web

from operators.console.context import console_of

STORED_NAME = re.compile(r"[A-Za-z0-9_-]{8,128}")
INLINE = re.compile(r"image/(?:jpeg|png|webp)|audio/[a-z0-9]+|video/[a-z0-9]+")


async def file(request: web.Request) -> web.Response:
    """Answer with a stored file. Its name cannot be guessed, and only dispatchers get here."""
    name = request.match_info["name"]
    if not STORED_NAME.fullmatch(name):
        raise web.HTTPNotFound
    data, mime, title = await console_of(request).files.get(name)
    is_inline = bool(INLINE.fullmatch(mime))
    headers = {
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=86400",
        "Content-Disposition": disposition(title, is_inline=is_inline),
        "Accept-Ranges": "bytes",
    }
    status, part, ranged = part_of(request, data)
    kind = mime if is_inline else "application/octet-stream"
    return web.Response(status=status, body=part, content_type=kind, headers=headers | ranged)


def disposition(title: str, *, is_inline: bool) -> str:
    """Return the header that names a file. Source: RFC 6266, RFC 8187."""
    kind = "inline" if is_inline else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(title, safe='')}" if title else kind


def part_of(request: web.Request, data: bytes) -> tuple[int, bytes, dict[str, str]]:
    """Return status, bytes and headers of the requested range; players seek by ranges, and Safari plays only so.

    Raises 416 for a range outside the file. Several ranges at once are answered with the whole file.
    """
    requested = request.headers.get("Range", "")
    if not requested or "," in requested:
        return 200, data, {}
    try:
        start, end, _ = request.http_range.indices(len(data))
    except ValueError:
        return 200, data, {}
    if start >= end:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{len(data)}"})
    return 206, data[start:end], {"Content-Range": f"bytes {start}-{end - 1}/{len(data)}"}
