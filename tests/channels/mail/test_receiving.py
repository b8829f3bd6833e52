"""The box over real sockets: a mail is passed over only after it is stored, and each one once."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message

import pytest

from channels.contract import Letter, Overloaded, Reachability, Unsupported
from channels.mail.adapter import BATCH, SETTLE_SECONDS
from channels.mail.imap import KEYWORD, Box
from channels.mail.incoming import ONLY_SUBJECT
from channels.mail.parsing.bodies import Body, body_of
from channels.mail.parsing.headers import text_of
from tests.channels.mail.conftest import World, letter
from tests.channels.world import KilledError


def texts(world: World) -> list[str]:
    return [content.text for content in world.inbox.contents if isinstance(content, Letter)]


async def test_what_a_resident_writes_is_stored(world: World) -> None:
    async with world.receiving():
        await world.started()
        await world.service.put(letter("В подвале прорвало трубу", Message_ID="<1@mail.example>"))
        (event,) = await world.stored(1)
    assert event.content == Letter(text="В подвале прорвало трубу", subject="Вода")
    assert event.conversation == "maria@mail.example"
    assert event.sender_name == "Мария Иванова"
    assert json.loads(event.thread) == {"id": "<1@mail.example>", "refs": [], "subject": "Вода"}
    assert abs(event.sent_at - datetime.now(UTC)) < timedelta(minutes=2)


async def test_mails_stay_unread_for_people_and_bear_our_mark(world: World) -> None:
    async with world.receiving():
        await world.started()
        await world.service.put(letter())
        await world.stored(1)
        await world.service.until(lambda: world.cursor.saves == 2)
        await world.service.put(letter("второе"))
        await world.service.until(lambda: world.cursor.saves == 3)
    first, _ = await world.service.flags()
    assert "\\Seen" not in first
    assert KEYWORD in first or "\\*" not in first


async def test_only_new_mails_are_taken_after_a_restart(world: World) -> None:
    async with world.receiving():
        await world.started()
        await world.service.put(letter("первое"))
        await world.service.until(lambda: world.cursor.saves == 2)
    await world.service.put(letter("пока программа стояла"))
    async with world.receiving():
        await world.stored(2)
    assert world.inbox.offered == 2
    assert texts(world) == ["первое", "пока программа стояла"]


async def test_the_first_start_leaves_to_people_what_they_have_read(world: World) -> None:
    await world.service.put(letter("прочитано людьми"), flags="\\Seen")
    await world.service.put(letter("ещё никем не прочитано"))
    async with world.receiving():
        await world.stored(1)
        await world.started()
    assert texts(world) == ["ещё никем не прочитано"]


async def test_the_first_start_leaves_old_mails_alone(world: World) -> None:
    await world.service.put(letter("старое"))
    world.now = datetime.now(UTC) + timedelta(days=3)
    async with world.receiving():
        await world.started()
        await world.service.put(letter("новое"))
        await world.stored(1)
    assert texts(world) == ["новое"]


@pytest.mark.parametrize("stored", [True, False], ids=["after_storing", "before_storing"])
async def test_killed_before_the_place_is_saved_the_mail_comes_again_and_is_known(world: World, stored: bool) -> None:
    async with world.receiving():
        await world.started()
    await world.service.put(letter("не потеряйте"))
    world.inbox.killed_after_storing = stored
    world.inbox.refusals = [] if stored else [KilledError()]
    channel = world.channel()
    with pytest.raises(KilledError):
        await channel.receive(world.inbox.accept)
    await channel.close()
    assert len(world.inbox.events) == stored
    world.inbox.killed_after_storing = False
    async with world.receiving():
        await world.service.until(lambda: world.cursor.saves == 2)
    assert texts(world) == ["не потеряйте"]
    assert world.inbox.offered == 2


async def test_an_overloaded_store_is_asked_again_and_files_are_stored_once(world: World) -> None:
    world.inbox.refusals = [Overloaded("full"), Overloaded("full"), RuntimeError("disk full")]
    async with world.receiving():
        await world.started()
        await world.service.put(with_file("смета.pdf"))
        (event,) = await world.stored(1)
    assert world.pauses == [2.0, 4.0, 8.0]
    assert isinstance(event.content, Letter)
    assert [file.name for file in event.content.files] == ["смета.pdf"]
    assert len(world.files.kept) == 1


async def test_a_store_of_files_that_is_away_loses_no_mail(world: World) -> None:
    world.files.failures = [RuntimeError("database away")]
    async with world.receiving():
        await world.started()
        await world.service.put(with_file("смета.pdf"))
        (event,) = await world.stored(1)
    assert isinstance(event.content, Letter)
    assert len(event.content.files) == 1


async def test_a_place_that_is_not_saved_is_no_loss(world: World) -> None:
    async with world.receiving():
        await world.started()
        world.cursor.failures = [RuntimeError("database away")]
        await world.service.put(letter("раз"))
        await world.service.until(lambda: world.cursor.saves == 2)
        await world.service.put(letter("два"))
        await world.stored(2)
    assert texts(world) == ["раз", "два"]


async def test_the_same_mail_delivered_twice_is_one(world: World) -> None:
    raw = letter("дважды", Message_ID="<same@mail.example>")
    async with world.receiving():
        await world.started()
        await world.service.put(raw)
        await world.service.put(b"Received: by another way\r\n" + raw)
        await world.service.put(letter("последнее"))
        await world.service.until(lambda: "последнее" in texts(world))
    assert texts(world) == ["дважды", "последнее"]


async def test_a_stranger_cannot_suppress_a_mail_by_its_id(world: World) -> None:
    async with world.receiving():
        await world.started()
        await world.service.put(letter("подделка", sender="eve@mail.example", Message_ID="<same@mail.example>"))
        await world.service.put(letter("настоящее", Message_ID="<same@mail.example>"))
        await world.stored(2)
    assert texts(world) == ["подделка", "настоящее"]


async def test_mails_without_an_id_are_known_by_their_bytes(world: World) -> None:
    async with world.receiving():
        await world.started()
        for _ in range(2):
            await world.service.put(letter("без номера", Date="Tue, 24 Nov 2026 10:00:00 +0300"))
        await world.service.put(letter("другое"))
        await world.service.until(lambda: "другое" in texts(world))
    assert texts(world) == ["без номера", "другое"]


async def test_a_box_numbered_anew_brings_nothing_twice(world: World) -> None:
    async with world.receiving():
        await world.started()
        for number in range(5):
            await world.service.put(letter(f"письмо {number}", Message_ID=f"<{number}@mail.example>"))
        await world.stored(5)
        before = world.cursor.value
        await world.service.renumber()
        await world.service.put(letter("после", Message_ID="<after@mail.example>"))
        await world.service.until(lambda: len(world.inbox.events) == 6)
        await world.service.until(lambda: validity(world.cursor.value) != validity(before))
    assert texts(world) == [*(f"письмо {number}" for number in range(5)), "после"]


@pytest.mark.parametrize("bye", [True, False], ids=["bye", "silent"])
async def test_a_dropped_connection_is_made_anew(world: World, bye: bool) -> None:
    async with world.receiving():
        await world.started()
        for number in range(3):
            world.service.cut(bye=bye)
            await world.service.put(letter(f"письмо {number}"))
            await world.stored(number + 1)
    assert texts(world) == ["письмо 0", "письмо 1", "письмо 2"]
    assert set(world.pauses) <= {2.0}


async def test_without_idle_the_box_is_looked_into_from_time_to_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    loop = asyncio.get_running_loop()

    def sleep(box: Box, seconds: float) -> None:
        waits.append(seconds)
        asyncio.run_coroutine_threadsafe(world.service.changed(), loop).result()

    monkeypatch.setattr(Box, "_sleep", sleep)
    monkeypatch.setattr(Box, "_capabilities", staticmethod(lambda client: ["IMAP4REV1"]))
    async with world.receiving(poll_seconds=30):
        await world.started()
        await world.service.until(lambda: 30.0 in waits)
        await world.service.put(letter("без подсказки сервера"))
        await world.stored(1)
    assert set(waits) == {SETTLE_SECONDS, 30.0}


async def test_of_a_mail_that_is_too_big_only_the_subject_is_read(world: World) -> None:
    async with world.receiving(message_megabytes=1):
        await world.started()
        await world.service.put(letter("x" * 70 + "\n" + ("y" * 70 + "\n") * 30_000, subject="Фото"))
        await world.service.put(letter("обычное"))
        big, small = await world.stored(2)
    assert big.content == Letter(text=ONLY_SUBJECT, subject="Фото")
    assert big.conversation == "maria@mail.example"
    assert small.content == Letter(text="обычное", subject="Вода")


async def test_a_mail_that_is_too_big_and_has_no_subject_gets_a_polite_answer(world: World) -> None:
    async with world.receiving(message_megabytes=1):
        await world.started()
        await world.service.put(letter(("y" * 70 + "\n") * 30_000, subject=""))
        (event,) = await world.stored(1)
    assert event.content == Unsupported("too_big")


async def test_a_mail_of_thirty_megabytes_goes_by(world: World) -> None:
    async with world.receiving():
        await world.started()
        await world.service.put(with_file("видео.mp4", bytes(23_000_000)))
        (event,) = await world.stored(1)
    assert event.content == Letter(text=ONLY_SUBJECT, subject="Файл")
    assert world.files.kept == {}


async def test_a_mail_that_breaks_the_reader_is_kept_as_it_came(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(message: Message) -> Body:
        if text_of(message, "Subject") == "Беда":
            raise RecursionError("too deep")
        return body_of(message)

    monkeypatch.setattr("channels.mail.parsing.message.body_of", broken)
    async with world.receiving():
        await world.started()
        await world.service.put(letter("прочесть нельзя", subject="Беда"))
        await world.service.put(letter("обычное"))
        first, second = await world.stored(2)
    assert isinstance(first.content, Letter)
    assert (first.content.subject, first.conversation) == ("Беда", "maria@mail.example")
    assert "From: " in first.content.text
    assert second.content == Letter(text="обычное", subject="Вода")
    actions = [getattr(record, "action", "") for record in caplog.records]
    assert actions.count("mail.malformed") == 1


async def test_a_mail_the_server_cannot_hand_over_holds_up_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fetch = Box._fetch
    bad: list[str] = []

    def refusing(box: Box, uids: str, wanted: str) -> Iterator[tuple[bytes, bytes | None]]:
        if "BODY" in wanted and not bad:
            bad.append(uids)
        return fetch(box, uids, "(BODY[9.NONSENSE])" if uids in bad and "BODY" in wanted else wanted)

    monkeypatch.setattr(Box, "_fetch", refusing)
    async with world.receiving():
        await world.started()
        await world.service.put(letter("испорчено на сервере"))
        await world.service.put(letter("за ним"))
        await world.stored(1)
    assert texts(world) == ["за ним"]
    assert [record.levelno for record in caplog.records if getattr(record, "action", "") == "mail.unfetchable"] == [
        logging.ERROR
    ]


async def test_a_mail_whose_size_the_server_cannot_tell_holds_up_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, *corrupt, last = "101", "102", "103", "104"
    for text in (first, *corrupt, last):
        await world.service.put(letter(text))
    fetch = Box._fetch
    bad = {"102", "103"}

    def refusing(box: Box, uids: str, wanted: str) -> Iterator[tuple[bytes, bytes | None]]:
        refused = "SIZE" in wanted and bad & set(uids.split(","))
        return fetch(box, uids, "(BODY[9.NONSENSE])" if refused else wanted)

    monkeypatch.setattr(Box, "_fetch", refusing)
    async with world.receiving():
        await world.stored(2)
        await world.started()
        await world.service.put(letter("за ними"))
        await world.stored(3)
    assert texts(world) == [first, last, "за ними"]
    passed_over = [record for record in caplog.records if getattr(record, "action", "") == "mail.unfetchable"]
    assert [(record.levelno, str(record.uid)) for record in passed_over] == [(logging.ERROR, uid) for uid in corrupt]  # type: ignore[attr-defined]


async def test_a_mail_without_a_sender_is_kept(world: World) -> None:
    async with world.receiving():
        await world.started()
        await world.service.put(b"Subject: test\r\n\r\nNo water at 5 Lesnaya\r\n")
        (event,) = await world.stored(1)
    assert event.content == Letter(text="No water at 5 Lesnaya", subject="test")
    assert event.conversation.endswith("@nobody.invalid")


async def test_what_a_machine_wrote_asks_for_no_answer(world: World) -> None:
    async with world.receiving():
        await world.started()
        await world.service.put(letter("Я в отпуске", Auto_Submitted="auto-replied"))
        await world.service.put(letter("Проверка", From="hotline@uk-uyut.example"))
        await world.service.put(letter("Не отвечайте", From="no-reply@shop.example"))
        await world.service.put(letter("человек"))
        auto, person = await world.stored(2)
    assert auto.content == Reachability(True, "auto")
    assert person.content == Letter(text="человек", subject="Вода")


async def test_refused_files_are_named_and_the_letter_goes_on(world: World, caplog: pytest.LogCaptureFixture) -> None:
    async with world.receiving():
        await world.started()
        await world.service.put(with_file("счёт.pdf.exe", b"MZ", text="Оплатите счёт"))
        (event,) = await world.stored(1)
    assert event.content == Letter(text="Оплатите счёт\n[файл не принят: счёт.pdf.exe]", subject="Файл")
    assert "счёт" not in caplog.text


async def test_a_mail_bomb_is_stored_in_batches(world: World) -> None:
    async with world.receiving():
        await world.started()
    for number in range(200):
        await world.service.put(letter(f"бомба {number}", Message_ID=f"<{number}@mail.example>"))
    async with world.receiving():
        await world.stored(200)
        await world.service.until(lambda: world.cursor.saves == 11)
    assert texts(world) == [f"бомба {number}" for number in range(200)]
    assert world.inbox.largest == BATCH
    assert world.inbox.offered == 200


async def test_memory_is_bounded_by_bytes_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.mail.adapter.BATCH_BYTES", 1000)
    async with world.receiving():
        await world.started()
    for number in range(6):
        await world.service.put(letter("x" * 300 + str(number)))
    async with world.receiving():
        await world.stored(6)
    assert world.inbox.largest < 3


async def test_cancelling_ends_at_once_though_the_server_is_silent(world: World) -> None:
    async with world.receiving():
        await world.started()
    assert world.pauses == []


def validity(place: str) -> int:
    return int(json.loads(place)["uidvalidity"])


def with_file(name: str, data: bytes = b"%PDF-1.4", text: str = "Во вложении") -> bytes:
    message = email.message_from_bytes(letter(text, subject="Файл"), policy=email.policy.SMTP)
    message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()
