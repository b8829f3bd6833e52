"""Sending over real sockets, and what each failure means for the message."""

from __future__ import annotations

import asyncio
import logging
import traceback
from datetime import timedelta

import pytest

from channels.contract import Button, FileRef, SendError
from tests.channels.max.conftest import World
from tests.channels.world import picture
from tests.fakes.max.people import Resident, buttons_of


async def started(world: World) -> Resident:
    maria = world.fake.resident()
    await maria.start()
    return maria


async def test_a_resident_sees_the_text_exactly_as_it_is(world: World) -> None:
    maria = await started(world)
    text = "Заявка <b>№ 12</b> *принята*, _срок_ [до](18:00) & \\ `всё`"
    async with world.sending() as channel:
        number = await channel.send(world.message(maria.chat_id, text))
    assert (await maria.sees("Заявка"))["text"] == text
    assert number == maria.messages[-1]["body"]["mid"]
    assert world.fake.bodies("POST /messages") == [{"text": text, "attachments": []}]
    assert world.fake.queries("POST /messages") == [{"chat_id": str(maria.chat_id)}]


async def test_the_longest_text_goes_out_in_one_message(world: World) -> None:
    maria = await started(world)
    async with world.sending() as channel:
        await channel.send(world.message(maria.chat_id, "🏠" * (channel.capabilities.text_length // 2)))
    assert len(maria.received()) == 1


async def test_night_pushes_make_no_sound(world: World) -> None:
    maria = await started(world)
    async with world.sending() as channel:
        await channel.send(world.message(maria.chat_id, silent=True))
        await channel.send(world.message(maria.chat_id))
    assert [message["notify"] for message in maria.messages] == [False, True]


@pytest.mark.parametrize(
    ("rows", "ask", "sizes"),
    [
        ([10], "", [7, 3]),
        ([1] * 30, "", [1] * 30),
        ([1] * 30, "contact", [1, 7, 7, 7, 7, 2]),
        ([2] * 60, "location", [1] + [7] * 17 + [1]),
    ],
)
async def test_keyboards_fit_what_max_shows(world: World, rows: list[int], ask: str, sizes: list[int]) -> None:
    maria = await started(world)
    buttons = tuple(tuple(Button("Да", "yes") for _ in range(length)) for length in rows)
    async with world.sending() as channel:
        await channel.send(world.message(maria.chat_id, "Выберите", buttons=buttons, ask=ask))
    (keyboard,) = maria.messages[-1]["body"]["attachments"]
    assert [len(row) for row in keyboard["payload"]["buttons"]] == sizes


async def test_a_label_too_long_is_cut_where_max_would_refuse_it(world: World) -> None:
    maria = await started(world)
    async with world.sending() as channel:
        await channel.send(world.message(maria.chat_id, "Который?", buttons=((Button("ж" * 129, "x" * 48),),)))
    assert maria.buttons() == ["ж" * 127 + "…"]
    assert buttons_of(maria.messages[-1])[0]["payload"] == "x" * 48


# --- files ---


async def stored_file(world: World, data: bytes, mime: str = "image/jpeg") -> FileRef:
    return await world.files.put(data, "фото.jpg", mime)


@pytest.mark.parametrize(
    ("mime", "kind"),
    [
        ("image/jpeg", "image"),
        ("image/webp", "file"),
        ("application/pdf", "file"),
        ("audio/ogg", "audio"),
        ("video/mp4", "video"),
        ("", "file"),
    ],
)
async def test_a_dispatchers_file_reaches_the_resident(world: World, mime: str, kind: str) -> None:
    maria, data = await started(world), picture()
    async with world.sending() as channel:
        file = await stored_file(world, data, mime)
        await channel.send(world.message(maria.chat_id, "Вентиль здесь", file=file, buttons=((Button("Да", "yes"),),)))
    attachment = (await maria.sees("Вентиль здесь"))["attachments"][0]
    assert attachment["type"] == kind
    assert world.fake.methods.files[attachment["payload"]["token"]].data == data
    assert maria.buttons() == ["Да"]


async def test_a_file_that_is_not_ready_is_waited_for(world: World) -> None:
    maria = await started(world)
    world.fake.methods.not_ready = 3
    async with world.sending() as channel:
        await channel.send(world.message(maria.chat_id, "Акт", file=await stored_file(world, picture())))
    assert world.pauses[:3] == [1.0, 2.0, 4.0]
    assert maria.received() == ["Акт"]


async def test_a_file_that_stays_unready_is_sent_later_without_another_upload(world: World) -> None:
    maria = await started(world)
    world.fake.methods.not_ready = 5
    async with world.sending() as channel:
        message = world.message(maria.chat_id, "Акт", file=await stored_file(world, picture()))
        with pytest.raises(SendError) as failed:
            await channel.send(message)
        await channel.send(message)
    assert (failed.value.code, failed.value.retryable) == ("rejected", True)
    assert failed.value.retry_after
    assert world.fake.counts["POST /uploads"] == 1
    assert maria.received() == ["Акт"]


async def test_a_failed_upload_has_sent_nothing(world: World) -> None:
    maria = await started(world)
    world.fake.drop("POST /uploads", done=True)
    async with world.sending() as channel:
        with pytest.raises(SendError) as failed:
            await channel.send(world.message(maria.chat_id, "Акт", file=await stored_file(world, picture())))
    assert (failed.value.code, failed.value.retryable) == ("network", True)


async def test_a_file_that_is_gone_is_rejected(world: World) -> None:
    async with world.sending() as channel:
        with pytest.raises(SendError) as failed:
            await channel.send(world.message(5, file=FileRef(remote_id="gone")))
    assert (failed.value.code, failed.value.retryable) == ("rejected", False)


async def test_a_file_larger_than_allowed_is_not_read_to_its_end(world: World) -> None:
    url = world.fake.methods.keep(b"x" * 5000, "big.jpg")
    async with world.sending() as channel:
        with pytest.raises(SendError) as failed:
            await channel.fetch(FileRef(remote_id=url), 4000)
    assert (failed.value.code, failed.value.retryable) == ("rejected", False)


@pytest.mark.parametrize(
    ("path", "code", "retryable"),
    [("/cdn/gone", "not_found", False), ("", "not_found", False), (":9", "network", True)],
)
async def test_failed_fetches(world: World, path: str, code: str, retryable: bool) -> None:
    url = f"http://127.0.0.1{path}" if path == ":9" else (world.fake.base + path if path else "file:///etc/passwd")
    async with world.sending() as channel:
        with pytest.raises(SendError) as failed:
            await channel.fetch(FileRef(remote_id=url), 4000)
    assert (failed.value.code, failed.value.retryable) == (code, retryable)
    assert url not in str(failed.value)


# --- edits ---


async def test_a_message_is_replaced_with_its_buttons(world: World) -> None:
    maria = await started(world)
    choices = ((Button("Да", "yes"), Button("Нет", "no")),)
    async with world.sending() as channel:
        number = await channel.send(world.message(maria.chat_id, "Верно?", buttons=choices))
        again = await channel.send(world.message(maria.chat_id, "Принято", edits=number))
    assert again == number
    assert maria.received() == ["Принято"]
    assert maria.buttons() == []


@pytest.mark.parametrize("why", ["gone", "too_old", "refused"])
async def test_what_cannot_be_edited_is_said_anew(world: World, why: str) -> None:
    maria = await started(world)
    async with world.sending() as channel:
        number = await channel.send(world.message(maria.chat_id, "Заявка новая"))
        if why == "gone":
            maria.messages.clear()
        elif why == "too_old":
            world.fake.advance(8 * 24 * 3600)
        else:
            world.fake.fail("PUT /messages", 400, "proto.payload")
        again = await channel.send(world.message(maria.chat_id, "Заявка в работе", edits=number))
    assert again != number
    assert maria.received()[-1] == "Заявка в работе"


async def test_an_edit_that_was_cut_off_may_be_made_again(world: World) -> None:
    maria = await started(world)
    async with world.sending() as channel:
        number = await channel.send(world.message(maria.chat_id, "Заявка новая"))
        world.fake.fail("PUT /messages", 500, "internal.error")
        message = world.message(maria.chat_id, "Заявка в работе", edits=number)
        with pytest.raises(SendError) as failed:
            await channel.send(message)
        await channel.send(message)
    assert (failed.value.code, failed.value.retryable) == ("network", True)
    assert maria.received() == ["Заявка в работе"]


async def test_who_stopped_the_bot_sees_no_edit_and_no_new_message(world: World) -> None:
    maria = await started(world)
    async with world.sending() as channel:
        number = await channel.send(world.message(maria.chat_id, "Заявка новая"))
        await maria.stop()
        with pytest.raises(SendError) as failed:
            await channel.send(world.message(maria.chat_id, "Заявка в работе", edits=number))
    assert failed.value.code == "blocked_by_resident"
    assert world.fake.counts["POST /messages"] == 1


# --- failures ---


async def send_and_fail(world: World, conversation: int | str, **settings: object) -> SendError:
    async with world.sending(**settings) as channel:
        with pytest.raises(SendError) as failed:
            await channel.send(world.message(conversation))
    return failed.value


async def test_a_resident_who_stopped_the_bot_is_not_tried_again(world: World) -> None:
    maria = await started(world)
    await maria.stop()
    error = await send_and_fail(world, maria.chat_id)
    assert (error.code, error.retryable) == ("blocked_by_resident", False)


async def test_unknown_chats_are_not_found(world: World) -> None:
    for conversation in (777, "not-a-number"):
        error = await send_and_fail(world, conversation)
        assert (error.code, error.retryable) == ("not_found", False)


@pytest.mark.parametrize(
    ("status", "code", "message", "expected", "retryable"),
    [
        (400, "proto.payload", "Key: text", "rejected", False),
        (401, "verify.token", "Invalid access_token", "unauthorized", True),
        (403, "verify.token", "", "unauthorized", True),
        (403, "chat.denied", "error.dialog.suspended", "blocked_by_resident", False),
        (403, "error.dialog.suspended", "", "blocked_by_resident", False),
        (403, "access.denied", "error.dialog.notfound", "not_found", False),
        (403, "access.denied", "", "rejected", False),
        (404, "not.found", "", "not_found", False),
        (405, "method.not.allowed", "", "rejected", False),
        (413, "too.large", "", "rejected", False),
        (429, "too.many.requests", "", "throttled", True),
        (500, "internal.error", "", "unknown", True),
        (503, "service.unavailable", "", "unknown", True),
    ],
)
async def test_answers_of_max(
    world: World, status: int, code: str, message: str, expected: str, retryable: bool
) -> None:
    maria = await started(world)
    world.fake.fail("POST /messages", status, code, message)
    error = await send_and_fail(world, maria.chat_id)
    assert (error.code, error.retryable) == (expected, retryable)
    assert error.whole_channel == (expected in ("unauthorized", "throttled"))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"success": False, "message": "no"}, "rejected"),
        ({"success": False, "message": "error.dialog.suspended"}, "blocked_by_resident"),
        ({"error_code": "chat.denied", "error_data": "x"}, "blocked_by_resident"),
        ({"code": "verify.token", "message": "Invalid access_token"}, "unauthorized"),
        ({"error_code": 7}, "rejected"),
    ],
)
async def test_a_200_that_says_no_is_no_delivery(world: World, answer: dict[str, object], expected: str) -> None:
    maria = await started(world)
    world.fake.refuse("POST /messages", answer)
    error = await send_and_fail(world, maria.chat_id)
    assert error.code == expected
    assert maria.received() == []


@pytest.mark.parametrize(("said", "due"), [(7, 7), (0, 1), (999_999, 3600)])
async def test_the_pause_is_the_one_max_asks_for_or_a_second(world: World, said: int, due: int) -> None:
    maria = await started(world)
    world.fake.fail("POST /messages", 429, "too.many.requests", retry_after=said)
    error = await send_and_fail(world, maria.chat_id)
    assert error.retry_after == timedelta(seconds=due)


@pytest.mark.parametrize("done", [True, False])
async def test_a_cut_connection_leaves_it_unknown_whether_the_message_arrived(world: World, done: bool) -> None:
    maria = await started(world)
    world.fake.drop("POST /messages", done=done)
    error = await send_and_fail(world, maria.chat_id)
    assert (error.code, error.retryable) == ("unknown", True)
    assert len(maria.received()) == done
    assert world.fake.counts["POST /messages"] == 1  # nothing below us repeats by itself


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "network"), (413, "network"), (403, "network"), (401, "unauthorized"), (429, "throttled")],
)
async def test_a_page_that_refuses_says_that_nothing_was_sent(world: World, status: int, code: str) -> None:
    maria = await started(world)
    world.fake.babble("POST /messages", status, "<html>no</html>")
    error = await send_and_fail(world, maria.chat_id)
    assert (error.code, error.retryable) == (code, True)


@pytest.mark.parametrize(("status", "body"), [(502, "<html>Bad Gateway</html>"), (200, "<html>OK</html>"), (200, "[]")])
async def test_a_proxys_page_instead_of_an_answer_is_unknown(world: World, status: int, body: str) -> None:
    maria = await started(world)
    world.fake.babble("POST /messages", status, body)
    assert (await send_and_fail(world, maria.chat_id)).code == "unknown"


async def test_a_redirect_is_not_followed_with_the_token(world: World) -> None:
    maria = await started(world)
    world.fake.babble("POST /messages", 307, "{}")
    assert (await send_and_fail(world, maria.chat_id)).code == "rejected"


async def test_without_a_connection_nothing_was_sent(world: World) -> None:
    error = await send_and_fail(world, 5, api_base="http://127.0.0.1:9")
    assert (error.code, error.retryable) == ("network", True)


async def test_a_message_after_closing_is_sent_another_time(world: World) -> None:
    maria = await started(world)
    channel = world.channel()
    await channel.send(world.message(maria.chat_id))
    await asyncio.gather(channel.close(), channel.close())
    for late in (
        channel.send(world.message(maria.chat_id)),
        channel.fetch(FileRef(remote_id="http://x/"), 1),
        channel.link("x"),
    ):
        with pytest.raises(SendError) as failed:
            await late
        assert (failed.value.code, failed.value.retryable) == ("network", True)
    assert len(maria.received()) == 1


async def test_closing_waits_for_the_sends_under_way(world: World) -> None:
    maria = await started(world)
    channel = world.channel()
    under_way = asyncio.create_task(channel.send(world.message(maria.chat_id, "успею")))
    await asyncio.sleep(0)
    await channel.close()
    await under_way
    assert maria.received() == ["успею"]


async def test_a_burst_to_many_residents_stays_below_the_limits(world: World) -> None:
    people = [world.fake.resident() for _ in range(40)]
    for one in people:
        one.started = True
    async with world.sending() as channel:
        for one in people:
            await channel.send(world.message(one.chat_id, "Воды не будет"))
            await channel.send(world.message(one.chat_id, "до 18:00"))
    assert world.fake.throttled == 0
    assert [one.received() for one in people] == [["Воды не будет", "до 18:00"]] * 40


async def test_the_token_is_in_no_log_and_no_error(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    maria = await started(world)
    world.fake.babble("GET /subscriptions", 502, world.fake.token)
    world.fake.fail("GET /updates", 401, "verify.token", world.fake.token)
    said: list[str] = []
    async with world.receiving() as channel:
        await world.stored(1)
        world.fake.drop("POST /messages", done=False)
        world.fake.fail("POST /messages", 404, world.fake.token)
        world.fake.babble("POST /messages", 502, "<html>")
        world.fake.fail("POST /messages", 400, "proto.payload", f"Здравствуйте {world.fake.token}")
        for _ in range(4):
            with pytest.raises(SendError) as failed:
                await channel.send(world.message(maria.chat_id))
            said += traceback.format_exception(failed.value)
        said += [repr(channel._config), *await channel.diagnose()]
    formatter = logging.Formatter()
    said += [formatter.format(record) + repr(record.__dict__) for record in caplog.records]
    assert len(caplog.records) >= 2
    assert [text for text in said if world.fake.token in text] == []
    assert [text for text in said if "Здравствуйте" in text and "world.message" not in text] == []
