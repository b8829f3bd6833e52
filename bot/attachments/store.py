"""Attachments in the database: checked, stripped of place and camera, stored under names of our own.

Bytes and row are written in one transaction; the same bytes are kept once. Data folders of before hold the bytes as
files; `take_in` moves them.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import logging
import secrets
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

import epoch
from bot.messages import content_type
from channels.contract import FileRef, PayloadError
from models import attachments
from models.attachments import Stored
from models.database.connection import Connection
from models.database.database import Database

logger = logging.getLogger(__name__)

IMAGE_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
MAX_PIXELS = 80_000_000
LONGEST_SIDE = 2560  # pixels; enough to read a meter or to see a crack, and a tenth of what a phone sends
QUALITY = 88
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


class StoredFiles:
    """Implements `channels.contract.Files` over the tables `attachment` and `file_content`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looking = asyncio.Semaphore(1)  # a picture of a few kilobytes may need 320 MB to be looked at

    async def _checked(self, data: bytes, name: str) -> Stored:
        async with self._looking:
            return await asyncio.to_thread(checked, data, name)

    async def put(self, data: bytes, name: str, mime: str) -> FileRef:
        """Store a file that came with its bytes; what it is, its content says, not `mime`. Raises `PayloadError`."""
        stored = secrets.token_hex(16)  # opaque, unguessable, safe in a URL
        file = await self._checked(data, name)
        now_ms = epoch.now_ms()

        async def work(conn: Connection) -> None:
            await attachments.register_stored(conn, stored, file.title, file.mime, len(file.data), now_ms)
            await attachments.store(conn, stored, file.data, file.hash)

        await self._database.transaction(work)
        return FileRef(remote_id=stored, name=file.title, mime=file.mime, size=len(file.data))

    async def fill(self, stored: str, data: bytes) -> None:
        """Store the bytes of an attachment that was registered before its bytes were fetched. Raises `PayloadError`."""
        name = await self._database.transaction(lambda conn: attachments.title_of(conn, stored))
        file = await self._checked(data, name)
        await self._database.transaction(lambda conn: attachments.fill(conn, stored, file))

    async def get(self, stored_name: str) -> tuple[bytes, str, str]:
        row = await self._database.transaction(lambda conn: attachments.read(conn, stored_name))
        if row is None:
            raise KeyError(stored_name)
        return bytes(row["data"]), str(row["mime"]), str(row["title"])


async def take_in(database: Database, folder: Path) -> int:
    """Move the files of an older data folder into the database, each in a transaction of its own; return how many.

    A file is removed after its transaction, so an interrupted move goes on at the next start. Files that no row knows
    stay.
    """
    if not folder.is_dir():
        return 0
    moved = left = 0
    for path in sorted(folder.iterdir()):
        if path.suffix == ".part":
            path.unlink()  # half a file; its message was never stored
        elif await _take_in_one(database, path):
            path.unlink()
            moved += 1
        else:
            left += 1
    if left:
        logger.warning("files without a row stay", extra={"action": "file.unknown", "count": left})
    else:
        folder.rmdir()
    logger.info("files moved into the database", extra={"action": "file.taken_in", "count": moved})
    return moved


async def _take_in_one(database: Database, path: Path) -> bool:
    data = await asyncio.to_thread(path.read_bytes)
    digest = await asyncio.to_thread(digest_of, data)

    async def work(conn: Connection) -> bool:
        if not await attachments.is_stored(conn, path.name):
            return False
        await attachments.store(conn, path.name, data, digest)
        return True

    return await database.transaction(work)


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def checked(data: bytes, name: str) -> Stored:
    """Return a file as it is kept: a picture redrawn, anything else as it came, without a place.

    Raises:
        PayloadError: it is damaged, or of a kind that is not accepted.
    """
    try:
        mime = content_type.mime_of(data)
        if mime in content_type.PICTURES:
            data, mime = checked_image(data)
        elif mime.startswith(("video/", "audio/mp4")):
            data = content_type.without_place(data)
    except PayloadError:
        raise
    except Exception as error:  # whatever a library makes of hostile bytes, the file is what is wrong
        raise PayloadError(f"a damaged file: {type(error).__name__}") from error
    return Stored(title=content_type.title_of(name, mime), mime=mime, data=data, hash=digest_of(data))


def checked_image(data: bytes) -> tuple[bytes, str]:
    """Return the picture upright, without metadata (place, camera), at most `LONGEST_SIDE` long, and its MIME type.

    Raises:
        PayloadError: not a JPEG, PNG or WebP picture, damaged, or above 80 million pixels.
    """
    try:
        with Image.open(io.BytesIO(data), formats=tuple(IMAGE_TYPES)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PayloadError("the picture has more than 80 million pixels")
            kind = "JPEG" if image.format == "MPO" else str(image.format)  # MPO: a phone's JPEG with a second view
            image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image)
            output = io.BytesIO()
            if kind == "JPEG":
                upright.convert("RGB").save(output, "JPEG", quality=QUALITY)
            else:
                upright.save(output, kind, exif=b"", quality=QUALITY)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PayloadError("not a readable JPEG, PNG or WebP picture") from error
    return output.getvalue(), IMAGE_TYPES[kind]
