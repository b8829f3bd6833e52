"""Sending over real sockets, and what each failure means for the message."""

from __future__ import annotations

import asyncio
import logging
import traceback
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.contract import Bulk, Button, Command, FileRef, Linked, Menu, SendError
from channels.vk.sender import REPEAT_SECONDS
from tests.channels.vk.conftest import World
from tests.channels.world import picture

YES = ((Button("Да", "yes"),),)


async def test_a_resident_sees_the_text_exactly_as_it_is(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    text = 'Заявка <b>№ 12</b> *принята* & \\ `всё` "кавычки" %20 + 🏠\u2028строка'
    async with world.sending() as channel:
        number = await channel.send(world.message(maria.id, text))
    assert maria.received() == [text]
    assert number == str(maria.messages[-1]["id"])


async def test_the_longest_text_goes_out_in_one_message(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    async with world.sending() as channel:
        await channel.send(world.message(maria.id, "🏠" * (channel.capabilities.text_length // 2)))
    assert len(maria.received()) == 1


async def test_a_retry_has_the_same_random_id_and_arrives_once(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    world.vk.drop("messages.send", done=True)
    message = world.message(maria.id)
    async with world.sending() as channel:
        with pytest.raises(SendError) as failed:
            await channel.send(message)
        await channel.send(replace(message, attempt=2))
        await channel.send(world.message(maria.id))
    assert (failed.value.code, failed.value.retryable) == ("unknown", True)
    first, again, other = (call["random_id"] for call in world.vk.called("messages.send"))
    assert first == again != other
    assert 0 < first < 2**31
    assert len(maria.received()) == 2
    assert world.vk.repeats == 1


async def test_a_retry_that_vk_would_not_recognise_any_more_is_not_made(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    world.vk.drop("messages.send", done=True)
    world.vk.fail("messages.send", 6)
    message = world.message(maria.id)
    async with world.sending() as channel:
        for code in ("unknown", "throttled"):
            with pytest.raises(SendError) as failed:
                await channel.send(message)
            assert failed.value.code == code
        world.stopwatch = REPEAT_SECONDS + 1
        with pytest.raises(SendError) as failed:
            await channel.send(message)
        [late] = await channel.send_many([message])
    assert (failed.value.code, failed.value.retryable) == ("unknown", False)
    assert isinstance(late, SendError)
    assert late.retryable is False
    assert world.vk.counts["messages.send"] == 2


async def test_a_message_that_was_surely_not_sent_may_wait_as_long_as_it_must(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    world.vk.fail("messages.send", 6)
    message = world.message(maria.id)
    async with world.sending() as channel:
        with pytest.raises(SendError):
            await channel.send(message)
        world.stopwatch = 5 * REPEAT_SECONDS
        await channel.send(message)
    assert len(maria.received()) == 1


async def test_vk_is_not_asked_faster_than_it_takes(world: World) -> None:
    people = [world.vk.resident(allowed=True) for _ in range(45)]
    async with world.sending() as channel:
        await asyncio.gather(*(channel.send(world.message(person.id)) for person in people))
    assert world.vk.refused_for_pace == 0
    assert all(len(person.received()) == 1 for person in people)


# --- buttons ---


async def test_a_press_of_a_button_comes_back_with_its_value(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    async with world.receiving() as channel:
        await channel.send(world.message(maria.id, "Верно?", buttons=YES))
        pressed = await maria.press("Да")
        [event] = await world.stored(1)
    assert pressed["object"]["message"]["payload"] == '{"press":"yes"}'
    assert str(event.content) == "Press(value='yes', message='')"


@pytest.mark.parametrize(
    ("rows", "inline", "shape"),
    [
        ([5, 5], True, [5, 5]),
        ([10], True, [5, 5]),
        ([1] * 6, True, [1] * 6),
        ([1] * 8, False, [1] * 8),
        ([11], False, [5, 5, 1]),
        ([1] * 20, False, [2] * 10),
        ([8] * 5, False, [5, 3] * 5),
        ([3] * 13, False, [4] * 9 + [3]),
    ],
)
async def test_keyboards_keep_to_the_limits_of_vk(
    world: World, rows: list[int], inline: bool, shape: list[int]
) -> None:
    maria = world.vk.resident(allowed=True)
    buttons = tuple(
        tuple(Button(f"{row}.{at}", f"n:{row}.{at}") for at in range(wide)) for row, wide in enumerate(rows)
    )
    async with world.sending() as channel:
        await channel.send(world.message(maria.id, "Что?", buttons=buttons))
    keyboard = maria.messages[-1].get("keyboard") if inline else maria.keyboard
    assert keyboard
    assert keyboard.get("one_time") is not inline
    assert [len(row) for row in keyboard["buttons"]] == shape
    assert sorted(maria.buttons()) == sorted(button.label for row in buttons for button in row)


async def test_a_label_too_long_for_a_button_stands_whole_in_the_text(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    label = "Протечка в подвале или в техническом этаже дома"
    async with world.sending() as channel:
        await channel.send(world.message(maria.id, "Что?", buttons=((Button(label, "leak"), Button("Свет", "light")),)))
    assert maria.received() == [f"Что?\n\n1. {label}\n2. Свет"]
    assert maria.buttons() == ["Протечка в подвале или в техническом эт…", "Свет"]


@pytest.mark.parametrize(
    ("client", "thread", "shown"),
    [
        ({"inline_keyboard": False, "keyboard": True}, "keyboard=standard", "below"),
        ({"inline_keyboard": False, "keyboard": False}, "keyboard=none", "text"),
        ({"inline_keyboard": True, "keyboard": True}, "keyboard=inline", "inline"),
    ],
)
async def test_a_client_without_keyboards_gets_what_it_can_show(
    world: World, client: dict[str, bool], thread: str, shown: str
) -> None:
    maria = world.vk.resident()
    maria.client |= client
    async with world.receiving() as channel:
        await maria.write("привет")
        [event] = await world.stored(1)
        assert event.thread == thread
        await channel.send(world.message(maria.id, "Верно?", buttons=YES, thread=event.thread))
    assert maria.received() == ["Верно?\n\n1. Да" if shown == "text" else "Верно?"]
    assert (maria.keyboard is not None) == (shown == "below")
    assert ("keyboard" in maria.messages[-1]) == (shown == "inline")


async def test_a_list_that_does_not_fit_beside_its_text_follows_it(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    world.vk.fail("messages.send", 0)  # the first part goes out
    world.vk.fail("messages.send", 6)
    message = world.message(maria.id, "д" * 4090, buttons=YES, thread="keyboard=none")
    async with world.sending() as channel:
        with pytest.raises(SendError):
            await channel.send(message)
        [number] = await channel.send_many([message])
    assert maria.received() == ["д" * 4090, "1. Да"]
    assert number == str(maria.messages[-1]["id"])
    assert world.vk.repeats == 0


async def test_the_place_is_asked_for_with_a_button_and_a_number_with_words(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    async with world.receiving() as channel:
        assert channel.capabilities.contact_request is False
        await channel.send(world.message(maria.id, "Номер?", ask="contact"))
        assert maria.buttons() == []
        await channel.send(world.message(maria.id, "Где это?", ask="location", buttons=YES))
        assert maria.buttons() == ["Отправить место", "Да"]
        await maria.press("Отправить место")
        [event] = await world.stored(1)
        assert str(event.content) == "Location(latitude=55.7558, longitude=37.6173)"
        await channel.send(world.message(maria.id, "Где это?", ask="location"))
        await channel.send(world.message(maria.id, "Спасибо"))
    assert maria.buttons() == []


async def test_the_menu_stands_below_the_text_field_and_is_not_sent_again(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    async with world.receiving() as channel:
        assert isinstance(channel, Menu)
        await channel.set_menu([Command("menu", "Меню"), Command("operator", "Позвать диспетчера")])
        for text in ("раз", "два"):
            await channel.send(world.message(maria.id, text))
        assert maria.buttons() == ["Меню", "Позвать диспетчера"]
        await channel.send(world.message(maria.id, "Верно?", buttons=YES))
        await channel.send(world.message(maria.id, "Где?", ask="location"))
        await channel.send(world.message(maria.id, "три"))
        assert maria.buttons() == ["Меню", "Позвать диспетчера"]
        await maria.press("Позвать диспетчера")
        [event] = await world.stored(1)
    assert str(event.content) == "Text(text='/operator')"
    assert ["keyboard" in call for call in world.vk.called("messages.send")] == [True, False, True, True, True]


# --- edits ---


async def test_a_message_is_replaced_by_the_id_that_sending_returned(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    async with world.sending() as channel:
        number = await channel.send(world.message(maria.id, "Верно?", buttons=YES))
        assert await channel.send(world.message(maria.id, "Записал", edits=number)) == number
    assert maria.received() == ["Записал"]
    assert maria.buttons() == []


async def test_a_message_is_replaced_by_the_number_that_a_press_told(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    async with world.sending() as channel:
        await channel.send(world.message(maria.id, "Верно?"))
        cmid = maria.messages[-1]["conversation_message_id"]
        await channel.send(world.message(maria.id, "Так?", edits=f"c{cmid}", buttons=YES))
    assert maria.received() == ["Так?"]
    assert maria.buttons() == ["Да"]


@pytest.mark.parametrize("edits", ["old", "gone", "odd"])
async def test_what_cannot_be_replaced_is_said_anew(world: World, edits: str) -> None:
    maria = world.vk.resident(allowed=True)
    async with world.sending() as channel:
        number = await channel.send(world.message(maria.id, "Верно?", buttons=YES))
        world.vk.advance(100_000)
        edits = {"old": number, "gone": "77", "odd": "c³"}[edits]
        assert await channel.send(world.message(maria.id, "Записал", edits=edits)) != number
    assert maria.received() == ["Верно?", "Записал"]


async def test_an_edit_that_may_succeed_later_is_tried_again(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    async with world.sending() as channel:
        number = await channel.send(world.message(maria.id, "Верно?"))
        world.vk.fail("messages.edit", 6)
        with pytest.raises(SendError) as failed:
            await channel.send(world.message(maria.id, "Записал", edits=number))
    assert failed.value.code == "throttled"
    assert maria.received() == ["Верно?"]


# --- files ---


async def test_a_dispatchers_photo_reaches_the_resident_and_is_uploaded_once(world: World) -> None:
    maria, anna = world.vk.resident(allowed=True), world.vk.resident(allowed=True)
    file = await world.files.put(picture(), "фото.jpg", "image/jpeg")
    async with world.sending() as channel:
        await channel.send(world.message(maria.id, "Вентиль здесь", file=file))
        await channel.send(world.message(anna.id, "", file=file))
    for person, text in ((maria, "Вентиль здесь"), (anna, "")):
        assert person.messages[-1]["text"] == text
        assert person.messages[-1]["attachments"][0]["type"] == "photo"
    assert world.vk.counts["photos.saveMessagesPhoto"] == 1


@pytest.mark.parametrize("size", [(9000, 20), (12000, 2600)], ids=["too_narrow", "too_large"])
async def test_a_picture_refused_as_a_photo_goes_out_as_a_document(world: World, size: tuple[int, int]) -> None:
    maria = world.vk.resident(allowed=True)
    file = await world.files.put(picture(*size), "план.jpg", "image/jpeg")
    async with world.sending() as channel:
        await channel.send(world.message(maria.id, "План подвала", file=file))
    assert maria.messages[-1]["attachments"][0]["doc"]["title"] == "план.jpg"


async def test_other_files_go_out_as_documents_and_refused_ones_are_rejected(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    pdf = await world.files.put(b"%PDF-1.7", "Акт.pdf", "application/pdf")
    music = await world.files.put(b"ID3", "гимн.mp3", "audio/mpeg")
    async with world.sending() as channel:
        await channel.send(world.message(maria.id, "Акт", file=pdf))
        for file in (music, FileRef(remote_id="gone")):
            with pytest.raises(SendError) as failed:
                await channel.send(world.message(maria.id, "", file=file))
            assert (failed.value.code, failed.value.retryable) == ("rejected", False)
    assert maria.messages[-1]["attachments"][0]["type"] == "doc"


@pytest.mark.parametrize("what", ["upload/photo", "photos.saveMessagesPhoto", "photos.getMessagesUploadServer"])
async def test_a_failed_upload_leaves_nothing_unknown(world: World, what: str) -> None:
    maria = world.vk.resident(allowed=True)
    file = await world.files.put(picture(), "фото.jpg", "image/jpeg")
    world.vk.drop(what, done=False)
    message = world.message(maria.id, "Вентиль", file=file)
    async with world.sending() as channel:
        with pytest.raises(SendError) as failed:
            await channel.send(message)
        assert (failed.value.code, failed.value.retryable) == ("network", True)
        await channel.send(message)
    assert maria.received() == ["Вентиль"]


# --- failures ---


async def send_and_fail(world: World, conversation: object, **settings: object) -> SendError:
    async with world.sending(**settings) as channel:
        with pytest.raises(SendError) as failed:
            await channel.send(world.message(conversation))
    return failed.value


async def test_a_resident_who_forbade_messages_is_not_tried_again(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    await maria.deny()
    blacklisted = world.vk.resident(allowed=True)
    blacklisted.blacklisted = True
    for person in (maria, blacklisted):
        error = await send_and_fail(world, person.id)
        assert (error.code, error.retryable) == ("blocked_by_resident", False)


async def test_unknown_people_are_not_found(world: World) -> None:
    for conversation in (777, "not-a-number", -5, 0):
        error = await send_and_fail(world, conversation)
        assert (error.code, error.retryable) == ("not_found", False)


@pytest.mark.parametrize(
    ("code", "ours", "retryable", "whole_channel", "after"),
    [
        (1, "unknown", True, False, None),
        (10, "unknown", True, False, None),
        (5, "unauthorized", True, True, 300),
        (27, "unauthorized", True, True, 300),
        (6, "throttled", True, True, 1),
        (9, "throttled", True, False, 60),
        (14, "throttled", True, True, 600),
        (29, "throttled", True, True, 600),
        (7, "rejected", False, False, None),
        (15, "rejected", False, False, None),
        (100, "rejected", False, False, None),
        (911, "rejected", False, False, None),
        (912, "rejected", False, False, None),
        (914, "rejected", False, False, None),
        (900, "blocked_by_resident", False, False, None),
        (901, "blocked_by_resident", False, False, None),
        (902, "blocked_by_resident", False, False, None),
        (950, "blocked_by_resident", False, False, None),
        (936, "not_found", False, False, None),
    ],
)
async def test_answers_of_vk(
    world: World, code: int, ours: str, retryable: bool, whole_channel: bool, after: int | None
) -> None:
    maria = world.vk.resident(allowed=True)
    world.vk.fail("messages.send", code)
    world.vk.fail("messages.send", code)
    error = await send_and_fail(world, maria.id)
    async with world.sending() as channel:
        [together] = await channel.send_many([world.message(maria.id)])
    assert isinstance(together, SendError)
    expected = (ours, retryable, whole_channel, timedelta(seconds=after) if after else None)
    for one in (error, together):
        assert (one.code, one.retryable, one.whole_channel, one.retry_after) == expected
    assert maria.received() == []


@pytest.mark.parametrize("done", [True, False])
async def test_a_cut_connection_leaves_it_unknown_whether_the_message_arrived(world: World, done: bool) -> None:
    maria = world.vk.resident(allowed=True)
    world.vk.drop("messages.send", done=done)
    error = await send_and_fail(world, maria.id)
    assert (error.code, error.retryable) == ("unknown", True)
    assert len(maria.received()) == done


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (502, "<html>Bad Gateway</html>", "unknown"),
        (200, "[]", "unknown"),
        (200, "{}", "unknown"),
        (200, '{"response": "five"}', "unknown"),
        (200, '{"error": {"error_code": "x"}}', "unknown"),
        (401, '{"error": {"error_code": 5}}', "unauthorized"),
        (429, "slow down", "throttled"),
        (413, "too large", "rejected"),
    ],
)
async def test_what_a_proxy_says_instead(world: World, status: int, body: str, code: str) -> None:
    maria = world.vk.resident(allowed=True)
    world.vk.babble("messages.send", status, body)
    assert (await send_and_fail(world, maria.id)).code == code


async def test_without_a_connection_nothing_was_sent(world: World) -> None:
    error = await send_and_fail(world, 5, api_base="http://127.0.0.1:9")
    assert (error.code, error.retryable) == ("network", True)


# --- many at once ---


async def test_twenty_five_messages_go_out_in_one_request(world: World) -> None:
    people = [world.vk.resident(allowed=True) for _ in range(25)]
    people[3].allowed = False
    people[7].blacklisted = True
    tricky = 'Отключение "ХВС" \\ 5\u2028до обеда\u2029{"a": 1}; return 1; </script> 🏠\n'
    async with world.sending() as channel:
        assert isinstance(channel, Bulk)
        messages = [world.message(person.id, f"{tricky}{person.id}", buttons=YES) for person in people]
        results = await channel.send_many(messages)
        again = await channel.send_many(messages)
    codes = [one.code if isinstance(one, SendError) else "sent" for one in results]
    assert codes == ["blocked_by_resident" if at in (3, 7) else "sent" for at in range(25)]
    for at, person in enumerate(people):
        shown = f"{tricky}{person.id}".replace("\u2028", "\n").replace("\u2029", "\n")
        assert person.received() == ([] if at in (3, 7) else [shown])
        if at not in (3, 7):
            assert results[at] == again[at] == str(person.messages[-1]["id"])
    assert world.vk.counts == {"execute": 2}
    assert world.vk.repeats == 23


async def test_a_request_that_fails_as_a_whole_gives_each_message_its_error(world: World) -> None:
    people = [world.vk.resident(allowed=True) for _ in range(3)]
    messages = [world.message(person.id) for person in people]
    async with world.sending() as channel:
        world.vk.drop("execute", done=True)
        lost = await channel.send_many(messages)
        world.vk.fail("execute", 6)
        fast = await channel.send_many(messages)
        sent = await channel.send_many(messages)
        assert list(await channel.send_many([])) == []
    assert [one.code for one in lost if isinstance(one, SendError)] == ["unknown"] * 3
    assert [one.code for one in fast if isinstance(one, SendError)] == ["throttled"] * 3
    assert all(isinstance(one, str) for one in sent)
    assert [len(person.received()) for person in people] == [1, 1, 1]


async def test_what_the_answer_does_not_say_is_unknown(world: World) -> None:
    people = [world.vk.resident(allowed=True) for _ in range(4)]
    body = '{"response": [5, false], "execute_errors": [{"method": "execute", "error_code": 13}]}'
    world.vk.babble("execute", 200, body)
    async with world.sending() as channel:
        results = await channel.send_many([world.message(person.id) for person in people])
    assert results[0] == "5"
    assert [one.code for one in results[1:] if isinstance(one, SendError)] == ["unknown"] * 3


async def test_a_message_that_cannot_be_made_does_not_keep_the_others(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    async with world.sending() as channel:
        results = await channel.send_many(
            [world.message("nobody"), world.message(maria.id), world.message(maria.id, file=FileRef(remote_id="gone"))]
        )
    assert [one.code if isinstance(one, SendError) else "sent" for one in results] == ["not_found", "sent", "rejected"]


# --- links, files of residents, secrets ---


async def test_the_link_opens_the_community_and_its_mark_comes_back(world: World) -> None:
    maria = world.vk.resident()
    async with world.receiving() as channel:
        assert isinstance(channel, Linked)
        world.vk.fail("groups.getById", 10)
        with pytest.raises(SendError):
            await channel.link("podezd-3")
        assert await channel.link("podezd-3") == "https://vk.me/uk_uyut?ref=podezd-3"
        assert await channel.link("x") == "https://vk.me/uk_uyut?ref=x"
        await maria.write("течёт", ref="podezd-3")
        events = await world.stored(2)
    assert [str(event.content) for event in events] == ["Start(payload='podezd-3')", "Text(text='течёт')"]
    assert world.vk.counts["groups.getById"] == 2


async def test_the_largest_size_of_a_photo_is_fetched(world: World) -> None:
    maria, data = world.vk.resident(), picture()
    async with world.receiving() as channel:
        await maria.send_photo(data)
        [event] = await world.stored(1)
        assert await channel.fetch(event.content.file, 1_000_000) == data  # type: ignore[union-attr]  # a photo


async def test_a_file_larger_than_allowed_is_not_read_to_its_end(world: World) -> None:
    file = FileRef(remote_id=world.vk.methods.keep(b"x" * 5000))
    async with world.sending() as channel:
        with pytest.raises(SendError) as failed:
            await channel.fetch(file, 4000)
    assert (failed.value.code, failed.value.retryable) == ("rejected", False)


@pytest.mark.parametrize(
    ("status", "code", "retryable"), [(404, "not_found", False), (500, "network", True), (429, "throttled", True)]
)
async def test_failed_fetches(world: World, status: int, code: str, retryable: bool) -> None:
    file = FileRef(remote_id=world.vk.methods.keep(b"data"))
    world.vk.babble("file", status, "no")
    async with world.sending() as channel:
        with pytest.raises(SendError) as failed:
            await channel.fetch(file, 4000)
    assert (failed.value.code, failed.value.retryable) == (code, retryable)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x", "file:///etc/passwd", "not an address", ""])
async def test_only_files_of_vk_are_fetched(world: World, address: str) -> None:
    async with world.sending(api_base="https://api.vk.ru") as channel:
        with pytest.raises(SendError) as failed:
            await channel.fetch(FileRef(remote_id=address), 4000)
    assert (failed.value.code, failed.value.retryable) == ("rejected", False)


async def test_sends_under_way_end_before_the_channel_closes(world: World) -> None:
    maria = world.vk.resident(allowed=True)
    channel = world.channel()
    world.vk.hold("messages.send")
    sending = asyncio.create_task(channel.send(world.message(maria.id)))
    await world.vk.until(lambda: world.vk.calls)
    closing = asyncio.create_task(channel.close())
    await world.vk.release()
    await closing
    assert await sending == str(maria.messages[-1]["id"])
    with pytest.raises(SendError) as failed:
        await channel.send(world.message(maria.id))
    [refused] = await channel.send_many([world.message(maria.id)])
    assert failed.value.code == "network"
    assert isinstance(refused, SendError)


async def test_the_secrets_are_in_no_log_and_no_error(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    maria = world.vk.resident(allowed=True)
    said: list[str] = []
    words = " ".join(("тайный", "текст"))  # in no line of this file, which a traceback shows
    world.vk.babble("poll", 502, "<html>")
    async with world.receiving(callback_secret="very" + "Secret") as channel:
        await maria.write("привет")
        await world.stored(1)
        world.vk.drop("messages.send", done=False)
        world.vk.babble("messages.send", 502, "<html>")
        world.vk.fail("messages.send", 100)
        world.vk.fail("messages.send", 5)
        for _ in range(4):
            with pytest.raises(SendError) as failed:
                await channel.send(world.message(maria.id, words))
            said += traceback.format_exception(failed.value)
        with pytest.raises(SendError) as failed:
            await channel.fetch(FileRef(remote_id=f"{world.vk.base}/files/none"), 4000)
        said += traceback.format_exception(failed.value)
        said += [repr(channel._config), *await channel.diagnose()]
    formatter = logging.Formatter()
    ours = [record for record in caplog.records if record.name.startswith("channels.")]
    said += [formatter.format(record) + repr(record.__dict__) for record in ours]
    assert len(ours) >= 1
    secrets = (world.vk.token, "very" + "Secret", world.vk.events.key, words)
    assert [text for text in said if any(secret in text for secret in secrets)] == []
