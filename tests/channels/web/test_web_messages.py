"""What a resident sends: sessions, texts, presses, photos, repeats, refusals."""

from __future__ import annotations

import io
import json

import pytest
from aiohttp import FormData

from channels.config import SharedSettings
from channels.contract import (
    Channel,
    FileRef,
    Overloaded,
    Photo,
    Press,
    Routes,
    SendError,
    Start,
    Text,
    Voice,
)
from channels.web.adapter import WebChat
from channels.web.config import WebConfig
from channels.web.session import COOKIE, HEADER
from tests.channels.web.conftest import World, serving
from tests.channels.web.doubles import NOON, PNG

ID = "0b0e5a6e-0000-4000-8000-000000000001"


def photo_form(data: bytes, message_id: str = ID) -> FormData:
    form = FormData(quote_fields=False)  # as browsers do
    form.add_field("id", message_id)
    form.add_field("photo", io.BytesIO(data), filename="подвал.png", content_type="image/png")
    return form


async def test_web_chat_is_a_channel(world: World) -> None:
    assert isinstance(world.chat, Channel)
    assert isinstance(world.chat, Routes)
    assert WebChat.capabilities.idempotent


async def test_session_cookie_is_hidden_from_scripts_and_starts_the_conversation_once(world: World) -> None:
    first = await world.client.post("/chat/session", json={"start": "house-12"})
    cookie = first.headers["Set-Cookie"]
    await world.client.post("/chat/session", json={"start": "house-12"})
    assert [event.content for event in world.core.events] == [Start("house-12")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert await first.json() == {}


async def test_session_cookie_is_secure_behind_an_https_proxy() -> None:
    async with serving(WebConfig(shared=SharedSettings(trusted_proxies=1))) as world:
        answer = await world.client.post("/chat/session", json={}, headers={"X-Forwarded-Proto": "https"})
        assert "Secure" in answer.headers["Set-Cookie"]


async def test_embedded_page_gets_its_token_and_passes_it_in_a_header(world: World) -> None:
    answer = await world.client.post("/chat/session", json={"embed": True})
    token = (await answer.json())["token"]
    assert "Set-Cookie" not in answer.headers
    sent = await world.client.post("/chat/messages", json={"id": ID, "text": "Здравствуйте"}, headers={HEADER: token})
    assert sent.status == 200
    assert world.core.events[-1].content == Text("Здравствуйте")


async def test_address_of_a_conversation_does_not_reveal_the_token(world: World) -> None:
    token = (await (await world.client.post("/chat/session", json={"embed": True})).json())["token"]
    assert len(token) == 43
    assert token not in world.core.events[-1].conversation
    assert len(world.core.events[-1].conversation) == 32


async def test_text_is_stored_before_it_is_confirmed(world: World) -> None:
    conversation = await world.session()
    answer = await world.client.post("/chat/messages", json={"id": ID, "text": "Течёт труба"})
    assert await answer.json() == {"stored": True}
    event = world.core.events[-1]
    assert (event.channel, event.conversation, event.external_id) == ("web", conversation, f"{conversation}:{ID}")
    assert (event.content, event.sent_at) == (Text("Течёт труба"), NOON)


async def test_repeat_with_the_same_id_is_taken_once_and_confirmed_again(world: World) -> None:
    await world.session()
    answers = [await world.client.post("/chat/messages", json={"id": ID, "text": "Течёт"}) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert [event.content for event in world.core.events] == [Start(), Text("Течёт")]


async def test_press_of_a_button_arrives_as_its_value(world: World) -> None:
    await world.session()
    await world.client.post("/chat/messages", json={"id": ID, "press": "report:yes"})
    assert world.core.events[-1].content == Press("report:yes")


async def test_control_characters_and_half_surrogates_are_dropped(world: World) -> None:
    await world.session()
    text = "во\0ды\r\nнет\ud800 \u202eвторой день\a"
    await world.client.post("/chat/messages", json={"id": ID, "text": text})
    assert world.core.events[-1].content == Text("воды\nнет второй день")


async def test_a_hundred_kilobytes_of_text_are_taken_whole(world: World) -> None:
    await world.session()
    text = "п" * 51_200
    answer = await world.client.post("/chat/messages", json={"id": ID, "text": text})
    assert answer.status == 200
    assert world.core.events[-1].content == Text(text)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "bad_json"),
        (b"[]", 400, "bad_json"),
        (b"[" * 50_000, 400, "bad_json"),
        (b'\xff\xfe{"id"', 400, "bad_json"),
        (b"", 400, "bad_json"),
        (json.dumps({"text": "без id"}).encode(), 400, "bad_message"),
        (json.dumps({"id": "x'; --", "text": "да"}).encode(), 400, "bad_message"),
        (json.dumps({"id": ID}).encode(), 400, "bad_message"),
        (json.dumps({"id": ID, "text": 5}).encode(), 400, "bad_message"),
        (json.dumps({"id": ID, "text": "да", "press": "yes"}).encode(), 400, "bad_message"),
        (json.dumps({"id": ID, "text": " \u0000\n "}).encode(), 400, "bad_message"),
        (json.dumps({"id": ID, "press": "да"}).encode(), 400, "bad_message"),
        (json.dumps({"id": ID, "text": "п" * 51_201}).encode(), 413, "too_big"),
        (json.dumps({"id": ID, "text": "п" * 300_000}).encode(), 413, "too_big"),
    ],
    ids=lambda value: str(value)[:24],
)
async def test_bad_message_gets_a_clear_error_and_stores_nothing(
    world: World, body: bytes, status: int, code: str
) -> None:
    await world.session()
    answer = await world.client.post("/chat/messages", data=io.BytesIO(body))
    said = await answer.json()
    assert (answer.status, said["error"]) == (status, code)
    assert said["message"].endswith(".")
    assert len(world.core.events) == 1


async def test_message_without_a_session_is_refused(world: World) -> None:
    answer = await world.client.post("/chat/messages", json={"id": ID, "text": "да"})
    assert (answer.status, (await answer.json())["error"]) == (401, "no_session")
    forged = await world.client.post("/chat/messages", json={"id": ID, "text": "да"}, headers={HEADER: "../../etc"})
    assert forged.status == 401


async def test_before_the_core_receives_a_message_is_asked_to_come_later() -> None:
    async with serving(WebConfig(), accepting=False) as world:
        answer = await world.client.post("/chat/messages", json={"id": ID, "text": "да"}, headers={HEADER: "a" * 43})
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0


async def test_overloaded_store_asks_to_come_later_and_confirms_nothing(world: World) -> None:
    await world.session()
    world.core.failure = Overloaded("full")
    answer = await world.client.post("/chat/messages", json={"id": ID, "text": "да"})
    assert (answer.status, (await answer.json())["error"]) == (503, "not_ready")


async def test_photo_is_stored_and_handed_over_by_its_stored_name(world: World) -> None:
    await world.session()
    answer = await world.client.post("/chat/photos", data=photo_form(PNG + b"x" * 3_000_000))
    assert await answer.json() == {"stored": True}
    content = world.core.events[-1].content
    assert isinstance(content, Photo)
    assert (content.file.remote_id, content.file.name, content.file.mime) == ("file1", "подвал.png", "image/png")
    assert world.core.events[-1].external_id.endswith(ID)


async def test_sound_is_a_voice_unless_words_came_with_it(world: World) -> None:
    await world.session()
    await world.client.post("/chat/photos", data=photo_form(b"OggS sound"))
    form = photo_form(b"OggS sound", "b" * 36)
    form.add_field("caption", "пахнет")
    await world.client.post("/chat/photos", data=form)
    first, second = (event.content for event in world.core.events[-2:])
    assert first == Voice(FileRef(remote_id="file1", name="подвал.png", mime="audio/ogg", size=10))
    assert isinstance(second, Photo)
    assert second.caption == "пахнет"


@pytest.mark.parametrize(
    ("data", "kind", "shown"),
    [
        (PNG, "image/png", "inline"),
        (b"OggS", "audio/ogg", "inline"),
        (b"%PDF-", "application/octet-stream", "attachment"),
    ],
)
async def test_only_pictures_and_sounds_are_shown_in_place(world: World, data: bytes, kind: str, shown: str) -> None:
    conversation = await world.session()
    file = await world.files.put(data, "акт.pdf", "")
    await world.transcript.add(conversation, "dispatcher", "", file=file)
    answer = await world.client.get(f"/chat/files/{file.remote_id}")
    assert (answer.status, answer.content_type) == (200, kind)
    assert answer.headers["Content-Disposition"] == f"{shown}; filename*=UTF-8''%D0%B0%D0%BA%D1%82.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_mark_of_a_poster_counts_in_an_old_conversation_and_only_once(world: World) -> None:
    await world.session()
    for mark in ("house-5-2", "house-5-2", "house-6"):
        assert (await world.client.post("/chat/session", json={"start": mark})).status == 200
    assert [event.content for event in world.core.events] == [Start(), Start("house-5-2"), Start("house-6")]


async def test_link_opens_the_chat_with_a_mark_where_its_address_is_known(world: World) -> None:
    async with serving(WebConfig(shared=SharedSettings(public_url="https://chat.example/"))) as known:
        assert await known.chat.link("house-5") == "https://chat.example/?start=house-5"
    with pytest.raises(SendError, match="public_url is empty"):
        await world.chat.link("house-5")


async def test_photo_of_twenty_megabytes_gets_a_clear_answer(world: World) -> None:
    await world.session()
    answer = await world.client.post("/chat/photos", data=photo_form(PNG + b"x" * 20_000_000))
    assert answer.status == 413
    assert (await answer.json())["message"].startswith("Файл больше 10 МБ")
    assert len(world.core.events) == 1


async def test_file_that_is_no_photo_gets_a_clear_answer(world: World) -> None:
    await world.session()
    answer = await world.client.post("/chat/photos", data=photo_form(b"MZ not a picture"))
    assert (answer.status, (await answer.json())["error"]) == (400, "bad_photo")
    empty = await world.client.post("/chat/photos", data=photo_form(b""))
    assert (empty.status, (await empty.json())["error"]) == (400, "bad_photo")
    broken = await world.client.post("/chat/photos", data=b"--x", headers={"Content-Type": "multipart/form-data"})
    assert (broken.status, (await broken.json())["error"]) == (400, "bad_message")


@pytest.mark.parametrize("path", ["/chat/session", "/chat/messages", "/chat/photos", "/chat/plain"])
@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_post_from_another_site_is_refused(world: World, path: str, headers: dict[str, str]) -> None:
    await world.session()
    answer = await world.client.post(path, json={"id": ID, "text": "да"}, headers=headers)
    assert answer.status == 403
    assert len(world.core.events) == 1


async def test_post_from_our_own_page_is_taken() -> None:
    async with serving(WebConfig(shared=SharedSettings(public_url="https://chat.example"))) as world:
        await world.session()
        for number, origin in enumerate((str(world.client.make_url("/")).rstrip("/"), "https://chat.example")):
            message = {"id": f"message-{number}", "text": "да"}
            answer = await world.client.post(
                "/chat/messages",
                json=message,
                headers={"Origin": origin, HEADER: "a" * 43},
            )
            assert answer.status == 200


async def test_too_many_messages_are_slowed_down_but_an_emergency_never_is() -> None:
    async with serving(WebConfig(session_burst=3, session_per_second=0.5)) as world:
        await world.session()  # takes one
        statuses = [
            (await world.client.post("/chat/messages", json={"id": f"message-{n}", "text": "да"})).status
            for n in range(3)
        ]
        refused = await world.client.post("/chat/messages", json={"id": "message-9", "text": "да"})
        urgent = await world.client.post("/chat/messages", json={"id": "message-8", "text": "Пахнет газом!"})
        assert statuses == [200, 200, 429]
        assert (refused.status, refused.headers["Retry-After"]) == (429, "2")
        assert "подождите" in (await refused.json())["message"].lower()
        assert urgent.status == 200
        world.clock.seconds = 2.0
        assert (await world.client.post("/chat/messages", json={"id": "message-9", "text": "да"})).status == 200


async def test_one_ip_address_is_slowed_down_by_the_value_our_proxy_wrote() -> None:
    async with serving(
        WebConfig(shared=SharedSettings(trusted_proxies=1), address_burst=2, address_per_second=0.1)
    ) as world:

        async def post(forwarded: str, number: int) -> int:
            headers = {HEADER: "abcdefghij"[number] * 43, "X-Forwarded-For": forwarded}
            message = {"id": f"message-{number}", "text": "да"}
            return (await world.client.post("/chat/messages", json=message, headers=headers)).status

        assert [await post("1.1.1.1, 10.0.0.7", 0), await post("2.2.2.2, 10.0.0.7", 1)] == [200, 200]
        assert await post("3.3.3.3, 10.0.0.7", 2) == 429
        assert await post("10.0.0.8", 3) == 200


async def test_throttled_resident_still_gets_a_session_to_report_an_emergency() -> None:
    async with serving(WebConfig(address_burst=1, address_per_second=0.01)) as world:
        await world.session()
        world.client.session.cookie_jar.clear()  # another browser of the same house
        answer = await world.client.post("/chat/session", json={})
        assert (answer.status, COOKIE in answer.headers["Set-Cookie"]) == (200, True)
        urgent = await world.client.post("/chat/messages", json={"id": ID, "text": "Пахнет газом"})
        assert urgent.status == 200
