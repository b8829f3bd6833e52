from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.attachments.store import StoredFiles, checked_image, digest_of, take_in
from channels.contract import FileRef, PayloadError
from models import attachments
from models.database.connection import Connection
from models.database.database import Database, open_database


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, "brown").save(output, kind, **options)
    return output.getvalue()


def shape(data: bytes) -> tuple[str | None, tuple[int, int]]:
    with Image.open(io.BytesIO(data)) as image:
        return image.format, image.size


@pytest.mark.parametrize(("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_large_picture_is_scaled_down_and_keeps_its_kind(kind: str, mime: str) -> None:
    data, found = checked_image(picture(kind, (4000, 3000)))
    assert (shape(data), found) == ((kind, (2560, 1920)), mime)


def test_picture_within_the_limit_keeps_its_size() -> None:
    assert shape(checked_image(picture(size=(2560, 10)))[0])[1] == (2560, 10)


def test_picture_is_turned_upright_and_loses_its_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: lies on its side
    exif[0x010F] = "a camera"
    data, _ = checked_image(picture(size=(4000, 3000), exif=exif))
    assert shape(data)[1] == (1920, 2560)
    with Image.open(io.BytesIO(data)) as image:
        assert dict(image.getexif()) == {}


def test_a_phones_picture_with_a_second_view_is_a_jpeg() -> None:
    second = Image.new("RGB", (40, 30), "green")
    data, mime = checked_image(picture("MPO", save_all=True, append_images=[second]))
    assert (shape(data)[0], mime) == ("JPEG", "image/jpeg")


@pytest.mark.parametrize("data", [b"", b"MZ this is a program", picture()[:200], picture("GIF")])
def test_what_is_no_whole_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PayloadError):
        checked_image(data)


async def test_stored_file_is_read_back(database: Database) -> None:
    files = StoredFiles(database)
    stored = await files.put(picture("PNG"), "вода.png", "application/octet-stream")
    data, mime, title = await files.get(stored.remote_id)
    assert (shape(data), mime, title) == (("PNG", (40, 30)), "image/png", "вода.png")
    assert stored.size == len(data)


async def test_refused_file_leaves_no_row(database: Database) -> None:
    with pytest.raises(PayloadError):
        await StoredFiles(database).put(b"MZ\x90\0 a program", "x.png", "image/png")
    assert await rows(database, "SELECT name FROM attachment") == []


async def test_registered_file_can_be_read_once_it_was_filled(database: Database) -> None:
    files = StoredFiles(database)
    name = await database.transaction(lambda conn: attachments.stored_name(conn, "telegram", FileRef(remote_id="r"), 5))
    with pytest.raises(KeyError):
        await files.get(name)
    await files.fill(name, picture())
    await files.fill(name, picture("PNG"))  # fetched twice: the program was killed in between
    assert (await files.get(name))[1] == "image/png"
    assert await rows(database, "SELECT state FROM attachment") == [{"state": 1}]


async def test_bytes_of_a_forgotten_file_go_and_do_not_come_back(database: Database) -> None:
    files = StoredFiles(database)
    name = await database.transaction(lambda conn: attachments.stored_name(conn, "telegram", FileRef(remote_id="r"), 5))
    await files.fill(name, picture())
    await database.transaction(lambda conn: attachments.forget(conn, [name]))
    assert await rows(database, "SELECT name FROM file_content") == []
    await files.fill(name, picture())  # the fetch was under way
    assert await rows(database, "SELECT name FROM file_content") == []


async def test_files_of_an_older_data_folder_are_moved_once(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("a1", "b2"):
        await database.transaction(
            lambda conn, name=name: attachments.register_stored(conn, name, "фото.jpg", "image/jpeg", 3, 5)  # type: ignore[misc]  # lambda default
        )
        (folder / name).write_bytes(name.encode())
    (folder / "c3.part").write_bytes(b"half")
    assert await take_in(database, folder) == 2
    assert await StoredFiles(database).get("b2") == (b"b2", "image/jpeg", "фото.jpg")
    assert not folder.exists()
    assert await take_in(database, folder) == 0


async def test_interrupted_move_of_files_goes_on_at_the_next_start(tmp_path: Path) -> None:
    url, folder = f"sqlite://{tmp_path / 'test.db'}", tmp_path / "files"
    folder.mkdir()
    database = await open_database(url)
    for name in ("a1", "b2"):
        await database.transaction(
            lambda conn, name=name: attachments.register_stored(conn, name, "", "image/jpeg", 3, 5)  # type: ignore[misc]  # lambda default
        )
        (folder / name).write_bytes(name.encode())
    # Killed after the transaction of the first file, before its removal.
    await database.transaction(lambda conn: attachments.store(conn, "a1", b"a1", digest_of(b"a1")))
    await database.close()
    database = await open_database(url)
    assert await take_in(database, folder) == 2
    assert [(await StoredFiles(database).get(name))[0] for name in ("a1", "b2")] == [b"a1", b"b2"]
    await database.close()


async def test_file_that_no_row_knows_stays_where_it_is(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "stranger").write_bytes(b"x")
    assert await take_in(database, folder) == 0
    assert (folder / "stranger").read_bytes() == b"x"


async def rows(database: Database, sql: str) -> list[dict[str, Any]]:
    return await database.transaction(lambda conn: conn.fetch(sql))


# --- the same bytes are kept once ----------------------------------------------------------------------------------

NAMES = "SELECT name FROM file_content"


async def test_same_bytes_are_kept_once_until_the_last_file_that_has_them_goes(database: Database) -> None:
    files = StoredFiles(database)
    first = await files.put(picture(), "а.jpg", "")
    second = await files.put(picture(), "б.jpg", "")
    kept = await files.get(second.remote_id)
    assert await rows(database, NAMES) == [{"name": digest_of(kept[0])}]
    await database.transaction(lambda conn: attachments.forget(conn, [first.remote_id]))
    assert await files.get(second.remote_id) == kept
    with pytest.raises(KeyError):
        await files.get(first.remote_id)
    await database.transaction(lambda conn: attachments.forget(conn, [second.remote_id]))
    assert await rows(database, NAMES) == []


async def test_files_of_before_keep_their_own_bytes_and_lose_them_with_their_row(database: Database) -> None:
    async def old(conn: Connection) -> None:
        await attachments.register_stored(conn, "old", "старый.jpg", "image/jpeg", 3, 5)
        await conn.execute("INSERT INTO file_content (tenant, name, data) VALUES (1, 'old', ?)", b"old")

    await database.transaction(old)
    await StoredFiles(database).put(picture(), "новый.jpg", "")
    assert await StoredFiles(database).get("old") == (b"old", "image/jpeg", "старый.jpg")
    await database.transaction(lambda conn: attachments.forget(conn, ["old"]))
    assert "old" not in [row["name"] for row in await rows(database, NAMES)]
    assert len(await rows(database, NAMES)) == 1


async def test_bytes_survive_whoever_forgets_and_stores_them_at_the_same_moment(database: Database) -> None:
    files = StoredFiles(database)
    for _ in range(15):
        old = await files.put(picture(), "а.jpg", "")
        _, new = await asyncio.gather(
            database.transaction(lambda conn, name=old.remote_id: attachments.forget(conn, [name])),  # type: ignore[misc]  # lambda default
            files.put(picture(), "б.jpg", ""),
        )
        assert (await files.get(new.remote_id))[1] == "image/jpeg"
        await database.transaction(lambda conn, name=new.remote_id: attachments.forget(conn, [name]))  # type: ignore[misc]  # lambda default


async def test_two_who_forget_the_last_files_of_some_bytes_leave_none(database: Database) -> None:
    files = StoredFiles(database)
    for _ in range(15):
        pair = [await files.put(picture(), "а.jpg", "") for _ in range(2)]
        await asyncio.gather(
            *(
                database.transaction(lambda conn, name=one.remote_id: attachments.forget(conn, [name]))  # type: ignore[misc]  # lambda default
                for one in pair
            )
        )
        assert await rows(database, NAMES) == []
