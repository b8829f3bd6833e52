"""Every kind of thing a resident can send, from the app to the inbox."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from channels.contract import (
    Button,
    Contact,
    FileRef,
    Incoming,
    Location,
    Photo,
    Press,
    Reachability,
    Text,
    Unsupported,
    Voice,
)
from channels.max.incoming import parse_update
from tests.channels.max.conftest import World
from tests.channels.world import picture
from tests.fakes.max import spec as max_spec

RECORDED = sorted((Path(__file__).parents[2] / "data" / "max" / "events").glob("*.json"))
TOKEN = "token-of-the-recorded-events"
CHOICES = ((Button("Да", "confirm:yes"), Button("Нет", "confirm:no")), (Button("Изменить адрес", "edit:address"),))


def as_json(event: Incoming) -> dict[str, Any]:
    written = asdict(event)
    content = {"kind": type(event.content).__name__, **written["content"]}
    kept = {name: written[name] for name in ("external_id", "conversation", "order_key", "sender_name")}
    return {**kept, "content": content}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_recorded_update(path: Path) -> None:
    recorded = json.loads(path.read_text(encoding="utf-8"))
    max_spec.check(recorded["update"], "Update")
    assert [as_json(event) for event in parse_update(recorded["update"], TOKEN)] == recorded["incoming"]


@pytest.mark.parametrize(
    ("attachment", "kind"),
    [
        ({"type": "image", "payload": {"photo_id": 1}}, "image"),
        ({"type": "image", "payload": "x"}, "image"),
        ({"type": "audio"}, "audio"),
        ({"type": "file", "filename": "a.pdf", "payload": {"url": 5}}, "file"),
        ({"type": "contact"}, "contact"),
        ({"type": "location", "latitude": "59"}, "location"),
        ({"type": "location", "latitude": 59.9, "longitude": True}, "location"),
        ({"type": ["image"]}, "message"),
        ({}, "message"),
        ("image", "message"),
    ],
)
def test_an_odd_attachment_loses_neither_the_text_nor_the_others(attachment: object, kind: str) -> None:
    recorded = json.loads((RECORDED[0].parent / "text.json").read_text(encoding="utf-8"))
    body = recorded["update"]["message"]["body"]
    good = {"type": "image", "payload": {"url": "https://i.example/1"}}
    body |= {"text": "Пахнет газом", "attachments": [attachment, good]}
    events = parse_update(recorded["update"], TOKEN)
    photo = Photo(FileRef(remote_id="https://i.example/1", mime="image/jpeg"))
    assert [event.content for event in events] == [Text("Пахнет газом"), Unsupported(kind), photo]
    assert len({event.external_id for event in events}) == 3


def test_attachments_that_are_no_list_do_not_lose_the_text() -> None:
    recorded = json.loads((RECORDED[0].parent / "text.json").read_text(encoding="utf-8"))
    recorded["update"]["message"]["body"] |= {"text": "Пахнет газом", "attachments": "x"}
    contents = [event.content for event in parse_update(recorded["update"], TOKEN)]
    assert contents == [Text("Пахнет газом"), Unsupported("message")]


def test_an_events_time_is_that_of_max() -> None:
    recorded = json.loads((RECORDED[0].parent / "text.json").read_text(encoding="utf-8"))
    (event,) = parse_update(recorded["update"], TOKEN)
    assert event.sent_at.isoformat() == "2026-09-21T14:13:20.123000+00:00"


async def test_a_pressed_button_arrives_and_stops_turning(world: World) -> None:
    maria = world.fake.resident()
    await maria.start()
    async with world.receiving() as channel:
        await world.stored(1)
        number = await channel.send(world.message(maria.chat_id, "Всё верно?", buttons=CHOICES))
        assert maria.buttons() == ["Да", "Нет", "Изменить адрес"]
        await maria.press("Изменить адрес")
        events = await world.stored(2)
        await world.fake.until_called("POST /answers")
    assert events[1].content == Press("edit:address", number)
    assert world.fake.methods.open_presses == set()


async def test_a_press_is_answered_only_after_it_was_stored(world: World) -> None:
    maria = world.fake.resident()
    await maria.start()
    async with world.receiving() as channel:
        await world.stored(1)
        await channel.send(world.message(maria.chat_id, "Всё верно?", buttons=CHOICES))
        world.inbox.refusals = [RuntimeError("disk full")]
        await maria.press("Да")
        await world.fake.until(lambda: world.pauses)
        await world.stored(2)
        await world.fake.until_called("POST /answers")
    assert world.fake.counts["POST /answers"] == 1


async def test_a_press_that_cannot_be_answered_still_counts(world: World) -> None:
    maria = world.fake.resident()
    await maria.start()
    async with world.receiving() as channel:
        await channel.send(world.message(maria.chat_id, "Всё верно?", buttons=CHOICES))
        world.fake.fail("POST /answers", 400, "proto.payload")
        await maria.press("Да")
        await world.fake.until_called("POST /answers")
        await maria.write("дальше")
        await world.stored(3)
    assert world.inbox.contents[2] == Text("дальше")


async def test_the_same_button_pressed_twice_is_two_presses(world: World) -> None:
    maria = world.fake.resident()
    await maria.start()
    async with world.receiving() as channel:
        number = await channel.send(world.message(maria.chat_id, "Всё верно?", buttons=CHOICES))
        await maria.press("Да")
        await maria.press("Да")
        await world.stored(3)
        await world.fake.until_called("POST /answers", 2)
    assert world.inbox.contents[1:] == [Press("confirm:yes", number)] * 2


async def test_many_presses_and_messages_stay_below_the_limit_of_a_chat(world: World) -> None:
    maria = world.fake.resident()
    await maria.start()
    async with world.receiving() as channel:
        await channel.send(world.message(maria.chat_id, "Всё верно?", buttons=CHOICES))
        for number in range(1, 7):
            await maria.press("Да")
            await world.fake.until_called("POST /answers", number)
            await channel.send(world.message(maria.chat_id, "Хорошо"))
    assert world.fake.throttled == 0
    assert world.pauses  # thirteen requests, two a second: some had to wait


async def test_own_number_is_vouched_for_and_others_are_not(world: World) -> None:
    maria = world.fake.resident(phone="79161234567")
    await maria.start()
    async with world.receiving() as channel:
        asked = world.message(maria.chat_id, "Ваш телефон?", ask="contact", buttons=((Button("Назад", "back"),),))
        await channel.send(asked)
        assert maria.buttons() == ["📱 Отправить мой номер", "Назад"]
        await maria.press("📱 Отправить мой номер")
        await maria.send_contact("79167654321", of_another=True)
        await maria.send_contact("79035555555", forged=True)
        events = await world.stored(4)
    assert [event.content for event in events[1:]] == [
        Contact("+79161234567", "Мария", verified=True),
        Contact("79167654321", "Иван", verified=False),
        Contact("79035555555", "Мария", verified=False),
    ]


async def test_a_place_arrives_by_its_button(world: World) -> None:
    maria = world.fake.resident()
    await maria.start()
    async with world.receiving() as channel:
        await channel.send(world.message(maria.chat_id, "Где это?", ask="location"))
        await maria.press("📍 Отправить место")
        events = await world.stored(2)
    assert events[1].content == Location(55.7558, 37.6173)


async def test_photos_and_voice_can_be_fetched(world: World) -> None:
    maria, first, second = world.fake.resident(), picture(), picture(64, 64, "PNG")
    async with world.receiving() as channel:
        await maria.say("Течёт", maria.photo(first), maria.file(second, "снимок.png"))
        await maria.send("audio", b"voice")
        photo, file, voice = (event.content for event in await world.stored(3))
        assert isinstance(photo, Photo)
        assert isinstance(file, Photo)
        assert isinstance(voice, Voice)
        assert photo.caption == "Течёт"
        assert await channel.fetch(photo.file, 1_000_000) == first
        assert await channel.fetch(file.file, 1_000_000) == second
        assert await channel.fetch(voice.file, 1_000_000) == b"voice"


async def test_what_no_bot_can_read_gets_its_name(world: World) -> None:
    maria = world.fake.resident()
    async with world.receiving():
        for kind in ("sticker", "video"):
            await maria.send(kind)
        await world.stored(2)
    assert world.inbox.contents == [Unsupported("sticker"), Unsupported("video")]


async def test_a_corrected_text_is_heard_once_for_each_correction(world: World) -> None:
    maria = world.fake.resident()
    async with world.receiving():
        await maria.write("Садовая 5")
        edited = await maria.edit("Садовая 7")
        await world.fake.updates.add(edited)
        await maria.edit("Садовая 9")
        await world.stored(3)
        await world.confirmed()
    assert world.inbox.contents == [Text("Садовая 5"), Text("Садовая 7"), Text("Садовая 9")]


async def test_who_stops_the_bot_or_removes_the_dialog_is_not_reachable(world: World) -> None:
    maria, oleg = world.fake.resident("Мария"), world.fake.resident("Олег")
    async with world.receiving():
        await maria.stop()
        await oleg.remove_dialog()
        await world.stored(2)
    assert world.inbox.contents == [Reachability(False, "blocked")] * 2
