"""Attachments on disk: checked, stripped of camera metadata, written durably under names of our own."""

from __future__ import annotations

import asyncio
import io
import os
import secrets
import time
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from channels.contract import FileRef, PayloadError
from models.database import TENANT, Connection, Database

IMAGE_TYPES = {"JPEG": ("image/jpeg", ".jpg"), "PNG": ("image/png", ".png"), "WEBP": ("image/webp", ".webp")}
MAX_PIXELS = 80_000_000
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


class DiskFiles:
    """Implements `channels.contract.Files` over one folder and the table `attachment`."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder = folder
        self._database = database
        folder.mkdir(parents=True, exist_ok=True)

    async def put(self, data: bytes, name: str, mime: str) -> FileRef:
        stored = new_name()
        clean, real_mime = await asyncio.to_thread(checked_image, data)
        await asyncio.to_thread(self._write, stored, clean)
        now_ms = int(time.time() * 1000)

        async def work(conn: Connection) -> None:
            await conn.insert(
                "INSERT INTO attachment (tenant, name, channel, remote, title, mime, size, state, created_ms)"
                " VALUES (?, ?, '', '', ?, ?, ?, 1, ?)",
                TENANT,
                stored,
                name[:200],
                real_mime,
                len(clean),
                now_ms,
            )

        await self._database.unit(work)
        return FileRef(remote_id=stored, name=name[:200], mime=real_mime, size=len(clean))

    async def fill(self, stored: str, data: bytes) -> None:
        """Write the bytes of an attachment that was registered before its bytes were fetched."""
        clean, mime = await asyncio.to_thread(checked_image, data)
        await asyncio.to_thread(self._write, stored, clean)

        async def work(conn: Connection) -> None:
            await conn.execute(
                "UPDATE attachment SET state = 1, mime = ?, size = ?, error = '' WHERE tenant = ? AND name = ?",
                mime,
                len(clean),
                TENANT,
                stored,
            )

        await self._database.unit(work)

    async def get(self, stored_name: str) -> tuple[bytes, str, str]:
        async def work(conn: Connection) -> dict[str, object] | None:
            return await conn.fetch_one(
                "SELECT mime, title, state FROM attachment WHERE tenant = ? AND name = ?", TENANT, stored_name
            )

        row = await self._database.unit(work)
        if row is None or row["state"] != 1:
            raise KeyError(stored_name)
        data = await asyncio.to_thread((self._folder / stored_name).read_bytes)
        return data, str(row["mime"]), str(row["title"])

    def _write(self, stored: str, data: bytes) -> None:
        path = self._folder / stored
        temporary = path.with_suffix(".part")
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        directory = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def new_name() -> str:
    """Opaque and unguessable; safe as a file name and in a URL."""
    return secrets.token_hex(16)


def checked_image(data: bytes) -> tuple[bytes, str]:
    """Return the picture turned upright and without metadata (place, camera), and its MIME type.

    Raises:
        PayloadError: not a JPEG, PNG or WebP picture, damaged, or above 80 million pixels.
    """
    try:
        with Image.open(io.BytesIO(data), formats=tuple(IMAGE_TYPES)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PayloadError("the picture has more than 80 million pixels")
            kind = str(image.format)
            upright = ImageOps.exif_transpose(image)
            output = io.BytesIO()
            if kind == "JPEG":
                upright.convert("RGB").save(output, "JPEG", quality=88)
            else:
                upright.save(output, kind, exif=b"")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PayloadError("not a readable JPEG, PNG or WebP picture") from error
    return output.getvalue(), IMAGE_TYPES[kind][0]
