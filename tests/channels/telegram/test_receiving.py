"""Every kind of thing a resident can send, from the app to the inbox."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from channels.contract import (
    Button,
    Command,
    Contact,
    Location,
    Photo,
    Press,
    Reachability,
    SendError,
    Text,
    Unsupported,
    Voice,
)
from channels.telegram.incoming import DOWNLOAD_BYTES, parse_update
from tests.channels.telegram.conftest import World
from tests.channels.world import picture
from tests.fakes.telegram.people import MEDIA

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CHOICES = ((Button("Да", "confirm:yes"), Button("Нет", "confirm:no")), (Button("Изменить адрес", "edit:address"),))


async def test_a_pressed_button_arrives_and_stops_turning(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    async with world.receiving() as channel:
        number = await channel.send(world.message(maria.id, "Всё верно?", buttons=CHOICES))
        assert maria.buttons() == ["Да", "Нет", "Изменить адрес"]
        await maria.press("Изменить адрес")
        events = await world.stored(2)
        await world.telegram.until_called("answerCallbackQuery")
    assert events[1].content == Press("edit:address", number)
    assert events[1].conversation == str(maria.id)
    assert world.telegram.methods.open_presses == {}


async def test_a_press_is_answered_only_after_it_was_stored(world: World) -> None:
    maria = world.telegram.resident()
    world.inbox.refusals = [RuntimeError("disk full")]
    await maria.start()
    async with world.receiving():
        await maria.press_data("confirm:yes")
        await world.telegram.until(lambda: world.pauses)
        await world.stored(2)
        await world.telegram.until_called("answerCallbackQuery")
    assert world.telegram.counts["answerCallbackQuery"] == 1


async def test_a_press_that_cannot_be_answered_any_more_still_counts(world: World) -> None:
    maria = world.telegram.resident()
    words = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    world.telegram.fail("answerCallbackQuery", 400, words)
    async with world.receiving():
        await maria.press_data("confirm:yes")
        await world.stored(1)
        await world.telegram.until_called("answerCallbackQuery")
        await maria.write("дальше")
        await world.stored(2)
    assert world.inbox.contents == [Press("confirm:yes"), Text("дальше")]


@pytest.mark.parametrize("value", ["адрес:" + "я" * 40, "x" * 65, "", "~label:made-up"])
async def test_a_value_telegram_refuses_comes_back_as_the_label(world: World, value: str) -> None:
    maria = world.telegram.resident()
    await maria.start()
    async with world.receiving() as channel:
        buttons = ((Button("улица Ленина, 5", value), Button("улица Ленина, 15", value)),)
        await channel.send(world.message(maria.id, "Который дом?", buttons=buttons))
        await maria.press("улица Ленина, 15")
        events = await world.stored(2)
    assert events[1].content == Text("улица Ленина, 15")


async def test_a_refused_value_of_a_forgotten_message_is_not_guessed(world: World) -> None:
    maria = world.telegram.resident()
    async with world.receiving():
        await maria.press_data("~label:0123456789abcdef01234567")
        await world.stored(1)
    assert world.inbox.contents == [Unsupported("button")]


async def test_own_number_is_vouched_for_and_anothers_is_not(world: World) -> None:
    maria = world.telegram.resident(phone="79161234567")
    await maria.start()
    async with world.receiving() as channel:
        await channel.send(
            world.message(maria.id, "Ваш телефон?", ask="contact", buttons=((Button("Назад", "back"),),))
        )
        await maria.press("📱 Отправить мой номер")
        await maria.send_contact("8 916 765-43-21", of_another=True)
        events = await world.stored(3)
    assert events[1].content == Contact("+79161234567", "Мария", verified=True)
    assert events[2].content == Contact("8 916 765-43-21", "Иван", verified=False)


async def test_beside_a_request_the_choices_are_typed_by_their_labels(world: World) -> None:
    maria = world.telegram.resident()
    await maria.start()
    async with world.receiving() as channel:
        await channel.send(
            world.message(maria.id, "Ваш телефон?", ask="contact", buttons=((Button("Назад", "back"),),))
        )
        await maria.press("Назад")
        await world.stored(2)
        assert maria.keyboard == []
    assert world.inbox.contents[1] == Text("Назад")


async def test_a_place_arrives_once_however_long_it_is_shared(world: World) -> None:
    maria = world.telegram.resident()
    async with world.receiving():
        sent = await maria.send_location(59.9386, 30.3141)
        assert sent
        moved = {**sent["message"], "location": {"latitude": 59.94, "longitude": 30.32}, "edit_date": 1_790_000_000}
        await world.telegram.updates.add("edited_message", moved)
        await world.confirmed()
    assert world.inbox.contents == [Location(59.9386, 30.3141)]


async def test_a_corrected_text_is_heard(world: World) -> None:
    maria = world.telegram.resident()
    async with world.receiving():
        await maria.write("Лениа 5")
        await maria.edit("Ленина 5")
        await world.stored(2)
    assert world.inbox.contents == [Text("Лениа 5"), Text("Ленина 5")]


async def test_a_photo_arrives_in_its_largest_size_and_can_be_fetched(world: World) -> None:
    maria, data = world.telegram.resident(), picture(1280, 960)
    async with world.receiving() as channel:
        await maria.send_photo(data, "вот протечка")
        (event,) = await world.stored(1)
        assert isinstance(event.content, Photo)
        assert await channel.fetch(event.content.file, 10_000_000) == data
    assert event.content.caption == "вот протечка"
    assert (event.content.file.mime, event.content.file.size) == ("image/jpeg", len(data))


async def test_a_picture_sent_as_a_document_is_a_photo(world: World) -> None:
    maria, data = world.telegram.resident(), picture(kind="PNG")
    async with world.receiving() as channel:
        await maria.send_document(data, "подвал.png", "image/png", "вид сверху")
        (event,) = await world.stored(1)
        assert isinstance(event.content, Photo)
        assert await channel.fetch(event.content.file, 10_000_000) == data
    assert (event.content.file.name, event.content.caption) == ("подвал.png", "вид сверху")


async def test_other_documents_are_files_and_too_big_ones_are_named(world: World) -> None:
    maria = world.telegram.resident()
    async with world.receiving() as channel:
        await maria.send_document(b"%PDF-1.7", "счёт.pdf", "application/pdf", "вот счёт")
        await maria.send_document(picture(), "огромная.jpg", "image/jpeg", claimed_size=DOWNLOAD_BYTES + 1)
        events = await world.stored(2)
        assert isinstance(events[0].content, Photo)
        assert await channel.fetch(events[0].content.file, 10_000_000) == b"%PDF-1.7"
    file = events[0].content.file
    assert (file.name, file.mime, events[0].content.caption) == ("счёт.pdf", "application/pdf", "вот счёт")
    assert events[1].content == Unsupported("too_big")


@pytest.mark.parametrize(
    ("kind", "mime", "seconds"),
    [("voice", "audio/ogg", 3), ("audio", "audio/ogg", 200), ("video_note", "video/mp4", 5)],
)
async def test_a_voice_is_one_and_can_be_fetched(world: World, kind: str, mime: str, seconds: int) -> None:
    maria = world.telegram.resident()
    async with world.receiving() as channel:
        await maria.send(kind)
        (event,) = await world.stored(1)
        assert isinstance(event.content, Voice)
        assert await channel.fetch(event.content.file, 10_000_000) == b"media"
    assert (event.content.file.mime, event.content.seconds) == (mime, seconds)


async def test_a_film_is_a_file(world: World) -> None:
    maria = world.telegram.resident()
    async with world.receiving():
        await maria.send("video")
        (event,) = await world.stored(1)
    assert isinstance(event.content, Photo)


def test_words_under_a_voice_are_kept() -> None:
    voice = {"file_id": "v1", "duration": 3, "mime_type": "audio/ogg"}
    found = parse_update(message(voice=voice, caption="пахнет газом"), "1", NOON)
    assert found
    assert isinstance(found.content, Photo)
    assert found.content.caption == "пахнет газом"


def test_voice_above_the_limit_of_telegram_is_too_big() -> None:
    voice = {"file_id": "v1", "duration": -3, "file_size": DOWNLOAD_BYTES + 1}
    found = parse_update(message(voice=voice), "1", NOON)
    assert found
    assert found.content == Unsupported("too_big")


@pytest.mark.parametrize("kind", sorted(set(MEDIA) - {"voice", "audio", "video", "video_note"}))
async def test_what_we_cannot_read_is_named(world: World, kind: str) -> None:
    maria = world.telegram.resident()
    async with world.receiving():
        await maria.send(kind)
        await world.stored(1)
    assert world.inbox.contents == [Unsupported(kind)]


async def test_list_of_commands_is_set(world: World) -> None:
    channel = world.channel()
    await channel.set_menu([Command("report", "Подать заявку"), Command("status", "Мои заявки")])
    await channel.close()
    assert [(one["command"], one["description"]) for one in world.telegram.methods.commands] == [
        ("report", "Подать заявку"),
        ("status", "Мои заявки"),
    ]


async def test_link_opens_the_bot_with_a_mark_and_the_name_is_asked_once(world: World) -> None:
    channel = world.channel()
    name = world.telegram.bot["username"]
    assert await channel.link("house-12-3") == f"https://t.me/{name}?start=house-12-3"
    assert await channel.link("x") == f"https://t.me/{name}?start=x"
    assert world.telegram.counts["getMe"] == 1
    await channel.close()


async def test_link_of_an_unknown_bot_is_an_error_of_ours(world: World) -> None:
    world.telegram.fail("getMe", 401, "Unauthorized")
    channel = world.channel()
    with pytest.raises(SendError, match="unauthorized"):
        await channel.link("x")
    await channel.close()


async def test_blocking_and_unblocking_the_bot_is_told(world: World) -> None:
    maria = world.telegram.resident()
    async with world.receiving():
        await maria.start()
        await maria.block()
        await maria.unblock()
        events = await world.stored(3)
    assert [event.content for event in events[1:]] == [Reachability(False), Reachability(True)]


def message(**parts: object) -> dict[str, object]:
    someone = {"id": 7, "is_bot": False, "first_name": "Мария"}
    chat = {"id": 7, "type": "private", "first_name": "Мария"}
    return {"update_id": 1, "message": {"message_id": 1, "date": 1_790_000_000, "from": someone, "chat": chat, **parts}}


@pytest.mark.parametrize(
    "update",
    [
        message(text="в группе", chat={"id": -5, "type": "supergroup", "title": "Дом 5"}),
        message(text="робот", **{"from": {"id": 8, "is_bot": True, "first_name": "Робот"}}),
        message(pinned_message={"message_id": 1}),
        message(message_auto_delete_timer_changed={"message_auto_delete_time": 86400}),
        {"update_id": 1, "poll": {}},
    ],
    ids=["group", "bot", "pinned", "timer", "unknown_kind"],
)
def test_what_asks_nothing_of_us_is_passed_over(update: dict[str, object]) -> None:
    assert parse_update(update, "1", NOON) is None


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("a\0b", Text("ab")),
        ("\ud83d", Unsupported("empty")),
        ("  \n ", Unsupported("empty")),
        ("/status@domovoy_bot", Text("/status")),
        ("/starting", Text("/starting")),
        ("ул. Ленина@5", Text("ул. Ленина@5")),
    ],
)
def test_odd_texts(text: str, content: object) -> None:
    event = parse_update(message(text=text), "1", NOON)
    assert event
    assert event.content == content


def test_content_of_a_later_bot_api_is_not_passed_over_in_silence() -> None:
    event = parse_update(message(hologram={"depth": 3}), "1", NOON)
    assert event
    assert event.content == Unsupported("message")


def test_the_same_number_from_another_bot_is_another_event() -> None:
    ids = {event.external_id for bot in ("1", "2") if (event := parse_update(message(text="а"), bot, NOON))}
    assert ids == {"1:1", "2:1"}
