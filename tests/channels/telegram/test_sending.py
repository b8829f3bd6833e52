"""Sending over real sockets, and what each failure means for the message."""

from __future__ import annotations

import logging
import traceback
from datetime import timedelta

import pytest

from channels.contract import Button, FileRef, SendError
from tests.channels.telegram.conftest import World
from tests.channels.world import picture


async def test_a_resident_sees_the_text_exactly_as_it_is(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    text = "Заявка <b>№ 12</b> *принята*, _срок_ [до](18:00) & \\ `всё`"
    async with world.sending() as channel:
        number = await channel.send(world.message(maria.id, text))
    assert (await maria.sees("Заявка"))["text"] == text
    assert number == str(maria.messages[-1]["message_id"])
    assert "parse_mode" not in world.telegram.called("sendMessage")[0]


async def test_the_longest_text_goes_out_in_one_message(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    async with world.sending() as channel:
        await channel.send(world.message(maria.id, "🏠" * (channel.capabilities.text_length // 2)))
    assert len(maria.received()) == 1


async def test_night_pushes_make_no_sound(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    async with world.sending() as channel:
        await channel.send(world.message(maria.id, silent=True))
        await channel.send(world.message(maria.id))
    assert [call.get("disable_notification") for call in world.telegram.called("sendMessage")] == [True, None]


async def test_a_message_that_offers_nothing_takes_the_keyboard_away(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    async with world.sending() as channel:
        await channel.send(world.message(maria.id, "Где это?", ask="location"))
        assert maria.buttons() == ["📍 Отправить место"]
        await channel.send(world.message(maria.id, "Спасибо"))
    assert maria.buttons() == []


async def test_an_edit_replaces_the_text_and_the_buttons(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    async with world.sending() as channel:
        yes = ((Button("Да", "drop-yes"),),)
        number = await channel.send(world.message(maria.id, "Отменить заявку?", buttons=yes))
        assert await channel.send(world.message(maria.id, "Заявка остаётся.", edits=number)) == number
        assert maria.received() == ["Заявка остаётся."]
        assert maria.buttons() == []
        assert await channel.send(world.message(maria.id, "Заявка остаётся.", edits=number)) == number  # unchanged
        await channel.send(world.message(maria.id, "Заявка остаётся.", buttons=yes, edits=number))
    assert maria.buttons() == ["Да"]
    assert len(maria.received()) == 1


async def test_what_cannot_be_edited_comes_as_a_new_message(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    async with world.sending() as channel:
        number = await channel.send(world.message(maria.id, "Отменить заявку?"))
        await channel.send(world.message(maria.id, "Заявка остаётся.", edits="999"))
        await channel.send(world.message(maria.id, "Где это?", ask="location", edits=number))
        await channel.send(world.message(maria.id, "Спасибо", edits="web-1"))
    assert maria.received() == ["Отменить заявку?", "Заявка остаётся.", "Где это?", "Спасибо"]


async def test_an_edit_for_somebody_who_blocked_the_bot_is_refused(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    async with world.sending() as channel:
        number = await channel.send(world.message(maria.id, "Отменить заявку?"))
        maria.blocked = True
        with pytest.raises(SendError) as caught:
            await channel.send(world.message(maria.id, "Заявка остаётся.", edits=number))
    assert caught.value.code == "blocked_by_resident"


async def test_long_rows_are_broken_where_telegram_would_refuse_them(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    async with world.sending() as channel:
        row = tuple(Button(str(number), f"n:{number}") for number in range(1, 11))
        await channel.send(world.message(maria.id, "Подъезд?", buttons=(row,)))
    rows = maria.messages[-1]["reply_markup"]["inline_keyboard"]
    assert [len(row) for row in rows] == [8, 2]


async def stored_file(world: World, data: bytes, mime: str = "image/jpeg") -> FileRef:
    return await world.files.put(data, "фото.jpg", mime)


async def test_a_dispatchers_photo_reaches_the_resident(world: World) -> None:
    maria, data = world.telegram.resident(), picture()
    await maria.start()
    async with world.sending() as channel:
        await channel.send(world.message(maria.id, "Вентиль здесь", file=await stored_file(world, data)))
    assert maria.photo_of(await maria.sees("Вентиль здесь")) == data


async def test_a_text_too_long_for_a_caption_follows_its_photo(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    async with world.sending() as channel:
        file = await stored_file(world, picture())
        await channel.send(world.message(maria.id, "д" * 1025, file=file, buttons=((Button("Да", "yes"),),)))
    photo, text = maria.messages[-2:]
    assert "photo" in photo
    assert "caption" not in photo
    assert text["text"] == "д" * 1025
    assert maria.buttons() == ["Да"]


async def test_a_photo_that_went_out_is_not_repeated_when_its_text_failed(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    world.telegram.fail("sendMessage", 429, "Too Many Requests: retry after 3", retry_after=3)
    async with world.sending() as channel:
        message = world.message(maria.id, "д" * 1025, file=await stored_file(world, picture()))
        with pytest.raises(SendError):
            await channel.send(message)
        await channel.send(message)
    assert world.telegram.counts["sendPhoto"] == 1
    assert maria.received() == ["", "д" * 1025]


@pytest.mark.parametrize("size", [(9000, 20), (12000, 600)], ids=["too_narrow", "too_large"])
async def test_a_picture_refused_as_a_photo_goes_out_as_a_document(world: World, size: tuple[int, int]) -> None:
    maria, data = world.telegram.resident(), picture(*size)
    await maria.start()
    async with world.sending() as channel:
        await channel.send(world.message(maria.id, "План подвала", file=await stored_file(world, data)))
    assert "document" in await maria.sees("План подвала")


async def test_other_files_go_out_as_documents(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    async with world.sending() as channel:
        file = await stored_file(world, b"%PDF-1.7", "application/pdf")
        await channel.send(world.message(maria.id, "Акт", file=file))
    assert "document" in await maria.sees("Акт")


async def test_a_file_that_is_gone_is_rejected(world: World) -> None:
    async with world.sending() as channel:
        with pytest.raises(SendError) as failed:
            await channel.send(world.message(5, file=FileRef(remote_id="gone")))
    assert (failed.value.code, failed.value.retryable) == ("rejected", False)


async def send_and_fail(world: World, conversation: int | str, **settings: object) -> SendError:
    async with world.sending(**settings) as channel:
        with pytest.raises(SendError) as failed:
            await channel.send(world.message(conversation))
    return failed.value


async def test_a_resident_who_blocked_the_bot_is_not_tried_again(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    await maria.block()
    error = await send_and_fail(world, maria.id)
    assert (error.code, error.retryable) == ("blocked_by_resident", False)


async def test_unknown_chats_are_not_found(world: World) -> None:
    for conversation in (777, "not-a-number"):
        error = await send_and_fail(world, conversation)
        assert (error.code, error.retryable) == ("not_found", False)


async def test_flood_control_quiets_the_whole_bot_as_long_as_telegram_asks(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    world.telegram.per_chat = (1, 20.0)
    async with world.sending() as channel:
        await channel.send(world.message(maria.id))
        with pytest.raises(SendError) as failed:
            await channel.send(world.message(maria.id))
        assert failed.value.retry_after
        assert timedelta(seconds=15) < failed.value.retry_after <= timedelta(seconds=21)
        world.telegram.advance(21)
        await channel.send(world.message(maria.id))
    assert (failed.value.code, failed.value.retryable, failed.value.whole_channel) == ("throttled", True, True)


@pytest.mark.parametrize(
    ("status", "description", "code", "retryable"),
    [
        (400, "Bad Request: message is too long", "rejected", False),
        (401, "Unauthorized", "unauthorized", True),
        (404, "Not Found", "unauthorized", True),
        (403, "Forbidden: user is deactivated", "blocked_by_resident", False),
        (413, "Request Entity Too Large", "rejected", False),
        (418, "I'm a teapot", "rejected", False),
        (500, "Internal Server Error", "unknown", True),
    ],
)
async def test_answers_of_telegram(world: World, status: int, description: str, code: str, retryable: bool) -> None:
    maria = world.telegram.resident()
    await maria.start()
    world.telegram.fail("sendMessage", status, description)
    error = await send_and_fail(world, maria.id)
    assert (error.code, error.retryable) == (code, retryable)


@pytest.mark.parametrize("done", [True, False])
async def test_a_cut_connection_leaves_it_unknown_whether_the_message_arrived(world: World, done: bool) -> None:
    maria = world.telegram.resident()
    await maria.start()
    world.telegram.drop("sendMessage", done=done)
    error = await send_and_fail(world, maria.id)
    assert (error.code, error.retryable) == ("unknown", True)
    assert len(maria.received()) == done


async def test_a_proxys_page_instead_of_an_answer_is_unknown(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    world.telegram.babble("sendMessage", 502, "<html>Bad Gateway</html>")
    assert (await send_and_fail(world, maria.id)).code == "unknown"


async def test_without_a_connection_nothing_was_sent(world: World) -> None:
    error = await send_and_fail(world, 5, api_base="http://127.0.0.1:9")
    assert (error.code, error.retryable) == ("network", True)


async def test_a_file_larger_than_allowed_is_not_read_to_its_end(world: World) -> None:
    kept = world.telegram.methods.keep_file(b"x" * 5000, "photos/big.jpg")
    lying = world.telegram.methods.keep_file(b"x" * 5000, "photos/lying.jpg", size=10)
    async with world.sending() as channel:
        for file in (kept, lying):
            with pytest.raises(SendError) as failed:
                await channel.fetch(FileRef(remote_id=file["file_id"]), 4000)
            assert (failed.value.code, failed.value.retryable) == ("rejected", False)


@pytest.mark.parametrize(
    ("status", "description", "code", "retryable"),
    [
        (400, "Bad Request: wrong file_id or the file is temporarily unavailable", "network", True),
        (400, "Bad Request: invalid file_id", "not_found", False),
        (400, "Bad Request: file is too big", "rejected", False),
        (429, "Too Many Requests: retry after 7", "throttled", True),
        (500, "Internal Server Error", "network", True),
    ],
)
async def test_failed_fetches(world: World, status: int, description: str, code: str, retryable: bool) -> None:
    world.telegram.fail("getFile", status, description, retry_after=7 if status == 429 else 0)
    async with world.sending() as channel:
        with pytest.raises(SendError) as failed:
            await channel.fetch(FileRef(remote_id="FILE"), 4000)
    assert (failed.value.code, failed.value.retryable) == (code, retryable)


async def test_a_file_link_that_expired_is_asked_for_again(world: World) -> None:
    kept = world.telegram.methods.keep_file(b"data", "photos/one.jpg")
    world.telegram.methods.files[kept["file_id"]].path = "photos/two.jpg"
    world.telegram.babble("getFile", 200, f'{{"ok": true, "result": {{**{kept}, "file_path": "photos/gone.jpg"}}}}')
    async with world.sending() as channel:
        with pytest.raises(SendError) as failed:
            await channel.fetch(FileRef(remote_id=kept["file_id"]), 4000)
        assert failed.value.retryable
        assert await channel.fetch(FileRef(remote_id=kept["file_id"]), 4000) == b"data"


async def test_the_token_is_in_no_log_and_no_error(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    maria = world.telegram.resident()
    await maria.start()
    secret = world.telegram.token.partition(":")[2]
    world.telegram.drop("getUpdates", done=False)
    world.telegram.fail("getUpdates", 401, "Unauthorized")
    said: list[str] = []
    async with world.receiving() as channel:
        await world.stored(1)
        world.telegram.drop("sendMessage", done=False)
        world.telegram.fail("sendMessage", 404, "Not Found")
        world.telegram.babble("sendMessage", 502, "<html>")
        world.telegram.fail("sendMessage", 400, "Bad Request")
        for _ in range(4):
            with pytest.raises(SendError) as failed:
                await channel.send(world.message(maria.id))
            said += traceback.format_exception(failed.value)
        kept = world.telegram.methods.keep_file(b"data", "photos/one.jpg")
        world.telegram.methods.files[kept["file_id"]].data = None  # type: ignore[assignment]  # gone
        with pytest.raises(SendError) as failed:
            await channel.fetch(FileRef(remote_id=kept["file_id"]), 4000)
        said += traceback.format_exception(failed.value)
        said += [repr(channel._config), *await channel.diagnose()]
    formatter = logging.Formatter()
    said += [formatter.format(record) + repr(record.__dict__) for record in caplog.records]
    assert len(caplog.records) >= 2
    assert [text for text in said if secret in text] == []
