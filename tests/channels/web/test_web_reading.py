"""What a resident sees: events with resume, long poll, files, pages, the plain form."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest
from aiohttp import ClientResponse, FormData

from channels.config import SharedSettings
from channels.contract import FileRef, Outgoing, Overloaded, Press, Start, Text
from channels.web.config import WebConfig
from channels.web.no_script.page import NOT_SENT
from errors import ConfigError
from tests.channels.web.conftest import World, serving
from tests.channels.web.doubles import MENU, PNG

ID = "0b0e5a6e-0000-4000-8000-000000000001"


async def read_events(response: ClientResponse, count: int) -> list[dict[str, Any]]:
    """Read until `count` lines came; each with the event id as `event_id`."""
    found: list[dict[str, Any]] = []
    frame: dict[str, str] = {}
    async with asyncio.timeout(10):
        while len(found) < count:
            row = (await response.content.readline()).decode().rstrip("\n")
            if row:
                name, _, value = row.partition(": ")
                frame[name] = value
                continue
            if "id" in frame:
                found.append({**json.loads(frame["data"]), "event_id": frame["id"]})
            frame = {}
    return found


async def test_stream_gives_what_was_said_and_then_what_is_said(world: World) -> None:
    conversation = await world.session()
    await world.transcript.add(conversation, "bot", "Здравствуйте\nЧто случилось?", buttons=MENU)
    async with world.client.get("/chat/events") as stream:
        assert stream.content_type == "text/event-stream"
        assert stream.headers["X-Accel-Buffering"] == "no"
        (first,) = await read_events(stream, 1)
        await world.transcript.add(conversation, "dispatcher", "Иду", name="Ирина")
        await world.chat.send(Outgoing(key="k1", conversation=conversation, text="Иду"))
        (second,) = await read_events(stream, 1)
    assert (first["event_id"], first["text"], first["author"]) == ("1", "Здравствуйте\nЧто случилось?", "bot")
    assert first["buttons"][0] == [["Сообщить о проблеме", "report"]]
    assert (second["event_id"], second["name"]) == ("2", "Ирина")


@pytest.mark.parametrize("by_header", [True, False])
async def test_resumed_stream_repeats_nothing_and_loses_nothing(world: World, by_header: bool) -> None:
    conversation = await world.session()
    for text in ("один", "два"):
        await world.transcript.add(conversation, "bot", text)
    async with world.client.get("/chat/events") as stream:
        assert [line["text"] for line in await read_events(stream, 2)] == ["один", "два"]
    for text in ("три", "четыре"):
        await world.transcript.add(conversation, "bot", text)
    headers, query = ({"Last-Event-ID": "2"}, "") if by_header else ({}, "?after=2")
    async with world.client.get(f"/chat/events{query}", headers=headers) as stream:
        assert [line["text"] for line in await read_events(stream, 2)] == ["три", "четыре"]


async def test_long_conversation_is_streamed_whole_and_in_order(world: World) -> None:
    conversation = await world.session()
    for number in range(450):
        await world.transcript.add(conversation, "bot", str(number))
    async with world.client.get("/chat/events") as stream:
        lines = await read_events(stream, 450)
    assert [line["text"] for line in lines] == [str(number) for number in range(450)]


async def test_silent_stream_sends_comments_and_ends_when_the_channel_closes(world: World) -> None:
    await world.session()
    async with world.client.get("/chat/events") as stream, asyncio.timeout(10):
        assert b": quiet\n" in [await stream.content.readline() for _ in range(8)]
        await world.chat.close()
        assert (await stream.content.read()).strip(b": quiet\n") == b""


async def test_send_wakes_and_returns_the_key(world: World) -> None:
    assert await world.chat.send(Outgoing(key="out-5", conversation="nobody", text="да")) == "out-5"


async def test_streams_of_one_conversation_are_limited() -> None:
    async with serving(WebConfig(streams_per_session=1)) as world:
        await world.session()
        async with world.client.get("/chat/events") as first:
            assert first.status == 200
            assert (await world.client.get("/chat/events")).status == 429


async def test_long_poll_waits_for_a_line(world: World) -> None:
    conversation = await world.session()
    assert await (await world.client.get("/chat/lines")).json() == {"lines": [], "more": False}
    waiting = asyncio.create_task(world.client.get("/chat/lines?after=0&wait=20"))
    await world.transcript.somebody_waits.wait()
    await world.transcript.add(conversation, "bot", "Мастер выехал")
    lines = (await (await waiting).json())["lines"]
    assert [(line["id"], line["text"], line["at"]) for line in lines] == [
        (1, "Мастер выехал", "2026-11-02T09:00:00+00:00")
    ]


@pytest.mark.parametrize("path", ["/chat/events", "/chat/lines", "/chat/files/file1"])
async def test_reading_needs_a_session(world: World, path: str) -> None:
    assert (await world.client.get(path)).status == 401


async def test_file_is_shown_in_its_own_conversation_only(world: World) -> None:
    conversation = await world.session()
    world.files.stored["file1"] = (PNG, "image/png", "вода.png")
    world.files.stored["file2"] = (PNG, "image/png", "чужое.png")
    file = FileRef(remote_id="file1", name="вода.png", mime="image/png")
    line = await world.transcript.add(conversation, "dispatcher", "", file=file)
    await world.transcript.add("another", "resident", "", file=FileRef(remote_id="file2"))
    answer = await world.client.get("/chat/files/file1")
    assert (answer.status, answer.content_type, await answer.read()) == (200, "image/png", PNG)
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert (await world.client.get("/chat/files/file2")).status == 404
    assert (await world.client.get("/chat/files/..%2Fsecret")).status == 404
    shown = (await (await world.client.get("/chat/lines")).json())["lines"][line.id - 1]["file"]
    assert shown == {"url": "/chat/files/file1", "name": "вода.png", "mime": "image/png"}


async def test_pages_run_only_our_own_scripts_and_only_named_sites_may_frame_them() -> None:
    async with serving(WebConfig(title="Линия <1>", frame_ancestors=("https://uk.example",))) as world:
        for path in ("/", "/chat/plain"):
            answer = await world.client.get(path)
            policy, text = answer.headers["Content-Security-Policy"], await answer.text()
            assert "script-src 'self';" in policy
            assert policy.endswith("frame-ancestors 'self' https://uk.example")
            assert "Линия &lt;1&gt;" in text
            assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", text)


@pytest.mark.parametrize(
    "name", ["widget.js", *(f"chat/{name}" for name in ("app.js", "view.js", "focus.js", "style.css"))]
)
async def test_assets_are_served_and_kept_until_they_change(world: World, name: str) -> None:
    answer = await world.client.get(f"/{name}")
    assert (answer.status, len(await answer.text()) > 500) == (200, True)
    again = await world.client.get(f"/{name}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304
    other = "cross-origin" if name == "widget.js" else "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == other


def hidden(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]*)"', page)


async def test_plain_form_works_without_scripts(world: World) -> None:
    world.core.answer = lambda item: ("Что случилось?", MENU)
    page = await (await world.client.get("/chat/plain")).text()
    form = FormData({"id": hidden(page, "id")[0], "after": "0", "text": "Нет <воды>"})
    answer = await world.client.post("/chat/plain", data=form, allow_redirects=False)
    assert answer.status == 303
    page = await (await world.client.get(answer.headers["Location"])).text()
    assert "Нет &lt;воды&gt;" in page
    assert "Что случилось?" in page
    assert hidden(page, "press") == ["report", "status", "faq"]
    assert len(set(hidden(page, "id"))) == 4
    pressed = FormData({"id": hidden(page, "id")[0], "press": "report"})
    await world.client.post("/chat/plain", data=pressed)
    assert [event.content for event in world.core.events] == [Text("Нет <воды>"), Press("report")]


async def test_plain_form_sent_twice_is_one_message(world: World) -> None:
    form = {"id": ID, "text": "Нет воды"}
    await world.client.post("/chat/plain", data=form)
    await world.client.post("/chat/plain", data=form)
    assert [event.content for event in world.core.events] == [Text("Нет воды")]


async def test_plain_form_takes_a_photo_and_explains_errors_on_the_page(world: World) -> None:
    form = FormData({"id": ID, "text": "вот"})
    form.add_field("photo", PNG, filename="a.png", content_type="image/png")
    page = await (await world.client.post("/chat/plain", data=form)).text()
    assert "/chat/files/file1" in page
    refused = await world.client.post("/chat/plain", data={"id": ID, "text": " "})
    assert (refused.status, "Сообщение пустое" in await refused.text()) == (400, True)


async def test_plain_page_of_an_overloaded_service_says_that_nothing_was_sent(world: World) -> None:
    world.core.failure = Overloaded()
    refused = await world.client.post("/chat/plain", data={"id": ID, "text": "Нет воды\0 <на кухне>"})
    page = await refused.text()
    assert (refused.status, refused.headers["Retry-After"]) == (503, "3")
    assert f'role="alert">{NOT_SENT}<' in page
    assert ">Нет воды &lt;на кухне&gt;</textarea>" in page
    form = FormData({"id": ID})
    form.add_field("photo", PNG, filename="a.png", content_type="image/png")
    assert f"{NOT_SENT} Файл выберите" in await (await world.client.post("/chat/plain", data=form)).text()
    world.core.failure = None
    await world.client.post("/chat/plain", data={"id": hidden(page, "id")[0], "text": "Нет воды <на кухне>"})
    assert [event.content for event in world.core.events] == [Text("Нет воды <на кухне>")]


async def test_before_the_core_receives_the_plain_page_says_that_nothing_was_sent() -> None:
    async with serving(WebConfig(), accepting=False) as world:
        refused = await world.client.post("/chat/plain", data={"id": ID, "text": "Нет воды"})
        assert (refused.status, NOT_SENT in await refused.text()) == (503, True)


async def test_plain_page_that_got_no_answer_yet_says_so(world: World) -> None:
    page = await (await world.client.post("/chat/plain", data={"id": ID, "text": "Нет воды"})).text()
    assert "нажмите «Обновить»" in page


async def test_nonsense_in_place_of_a_line_id_shows_the_conversation_from_its_beginning(world: World) -> None:
    conversation = await world.session()
    await world.transcript.add(conversation, "bot", "Здравствуйте")
    for after in ("-1", "9" * 30, "²", "x"):
        lines = (await (await world.client.get("/chat/lines", params={"after": after})).json())["lines"]
        assert [line["text"] for line in lines] == ["Здравствуйте"]
        assert (await world.client.get("/chat/plain", params={"after": after})).status == 200


async def test_plain_start_is_a_start(world: World) -> None:
    await world.client.post("/chat/plain", data={"id": ID, "start": "1"})
    assert [event.content for event in world.core.events] == [Start()]


@pytest.mark.parametrize(
    "wrong",
    [
        {"shared": SharedSettings(public_url="chat.example")},
        {"shared": SharedSettings(trusted_proxies=-1)},
        {"frame_ancestors": ("a; script-src *",)},
        {"photo_megabytes": 0},
    ],
)
def test_wrong_setting_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"server|channels"):
        WebConfig(**wrong).check()
