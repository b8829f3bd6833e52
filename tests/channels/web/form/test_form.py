"""The form without JavaScript and as the script sends it: errors, double clicks, programs, emergencies."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from channels.config import SharedSettings
from channels.contract import Form, Incoming, Overloaded, Photo, Text
from channels.web.config import WebConfig
from channels.web.form.page import MOST_BIG, NOT_SENT
from channels.web.form.token import FormTokens
from tests.channels.web.conftest import World, serving
from tests.channels.web.doubles import NOON, PNG_PICTURE, Rows

CONFIG = WebConfig(
    shared=SharedSettings(company="УК «Уют»", policy_url="/policy"),
    plain_wait_seconds=0.2,
    form_secret="shared",
    photo_megabytes=1,
)
TOLD = {
    "text": "Лифт не работает",
    "address": "Садовая 5",
    "apartment": "17",
    "phone": "8 903 123-45-67",
    "name": "Анна",
    "consent": "1",
}
# What aiohttp's own reader of forms does when a long part ends inside a chunk.
long_form = pytest.mark.filterwarnings("ignore:unread_data:DeprecationWarning")
FETCH = {"X-Requested-With": "fetch"}
HIDDEN = ("id", "stamp", "after", "embed")


def answered(item: Incoming) -> tuple[str, Rows] | None:
    return ("Заявка № 26-000001 принята.", ()) if isinstance(item.content, Form) else ("⚠️ Запах газа", ())


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with serving(CONFIG) as made:
        made.core.answer = answered
        yield made


def later(world: World, seconds: float) -> None:
    """Let time pass for the stamps and for the buckets."""
    before = world.chat.service.now()
    world.chat.service.now = lambda: before + timedelta(seconds=seconds)
    world.clock.seconds += seconds


def hidden(page: str) -> dict[str, str]:
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in HIDDEN}
    return {name: match[1] for name, match in found.items() if match}


async def opened(world: World, seconds: float = 5) -> dict[str, str]:
    """Open the page and fill it in; return what its form holds."""
    async with world.client.get("/form") as answer:
        assert answer.status == 200
        fields = hidden(await answer.text()) | TOLD
    assert set(HIDDEN) < set(fields)
    later(world, seconds)
    return fields


def multipart(fields: dict[str, str], photos: list[bytes] | None = None) -> aiohttp.FormData:
    data = aiohttp.FormData()
    for name, value in fields.items():
        data.add_field(name, value)
    for number, photo in enumerate(photos or [b""]):
        data.add_field("photo", io.BytesIO(photo), filename=f"{number}.png" if photo else "", content_type="image/png")
    return data


async def post(world: World, data: Any, **headers: str) -> tuple[int, str]:
    async with world.client.post("/form/send", data=data, headers=headers, allow_redirects=True) as answer:
        return answer.status, await answer.text()


async def post_json(world: World, data: Any) -> tuple[int, dict[str, Any]]:
    async with world.client.post("/form/send", data=data, headers=FETCH) as answer:
        return answer.status, await answer.json()


async def test_without_a_script_the_form_leads_to_the_tickets_number(world: World) -> None:
    fields = await opened(world)
    status, page = await post(world, multipart(fields, [PNG_PICTURE, PNG_PICTURE]))
    assert status == 200
    assert "<h2>Заявка № 26-000001 принята</h2>" in page
    assert "Заявка № 26-000001 принята." in page
    assert "/chat/plain" in page
    (event,) = world.core.events
    assert isinstance(event.content, Form)
    told = {name: getattr(event.content, name) for name in ("text", "address", "apartment", "phone", "name")}
    assert told == {name: value for name, value in TOLD.items() if name != "consent"}
    assert [file.remote_id for file in event.content.files] == ["file1", "file2"]


async def test_the_answer_is_in_the_same_web_chat(world: World) -> None:
    await post(world, multipart(await opened(world)))
    async with world.client.get("/chat/lines") as answer:
        assert [line["text"] for line in (await answer.json())["lines"]] == ["Заявка № 26-000001 принята."]
    await world.client.post("/chat/session", json={})
    assert len(world.core.events) == 1  # no greeting: the conversation has begun


async def test_the_script_is_told_where_the_answer_will_come(world: World) -> None:
    await world.session()
    status, told = await post_json(world, multipart(await opened(world)))
    assert (status, told) == (200, {"stored": True, "after": 1})


async def test_a_double_click_and_the_back_button_give_one_ticket(world: World) -> None:
    fields = await opened(world)
    for _ in range(3):
        status, page = await post(world, multipart(fields))
        assert (status, "26-000001" in page) == (200, True)
    assert len(world.core.events) == 1


async def test_a_double_click_without_cookies_gives_one_ticket(world: World) -> None:
    fields = await opened(world)
    tokens = set()
    for _ in range(2):
        world.client.session.cookie_jar.clear()
        _, told = await post_json(world, multipart(fields | {"embed": "1"}))
        tokens.add(told["token"])
    assert len(tokens) == 1
    assert len(world.core.events) == 1
    world.client.session.cookie_jar.clear()
    async with world.client.get("/chat/lines", headers={"X-Chat-Token": tokens.pop()}) as answer:
        assert len((await answer.json())["lines"]) == 1


async def test_another_installations_stamp_opens_no_conversation(world: World) -> None:
    foreign = FormTokens("other").new(NOON.timestamp())
    fields = await opened(world)
    world.client.session.cookie_jar.clear()
    status, told = await post_json(world, multipart(fields | {"stamp": foreign}))
    assert (status, told["error"]) == (409, "stale")
    assert told["stamp"] != foreign
    assert FormTokens("shared").age(told["stamp"], NOON.timestamp()) is not None


async def test_errors_stand_beside_their_fields_which_keep_what_was_typed(world: World) -> None:
    wrong = {"address": "", "phone": "позвоните", "consent": "", "name": '"><script>'}
    fields = await opened(world) | wrong
    status, page = await post(world, multipart(fields))
    assert status == 400
    assert 'id="address-error" role="alert">Напишите адрес' in page
    assert 'id="phone-error" role="alert">Не похоже на телефон' in page
    assert 'id="consent-error" role="alert">Без этой отметки' in page
    assert page.count('aria-invalid="true"') == 3
    assert ">Лифт не работает</textarea>" in page
    assert 'value="позвоните"' in page
    assert "<script>" not in page
    assert hidden(page)["id"] == fields["id"]
    status, told = await post_json(world, multipart(fields))
    assert (status, sorted(told["fields"])) == (400, ["address", "consent", "phone"])
    assert world.core.events == []


@long_form
@pytest.mark.parametrize(
    ("photos", "words"),
    [
        ([b"no picture"], "не удалось прочитать"),
        ([PNG_PICTURE + bytes(1_000_000)], "больше 1 МБ"),
        ([PNG_PICTURE] * 6, "до 5 фотографий"),
    ],
)
async def test_a_photo_that_cannot_be_taken_is_named(world: World, photos: list[bytes], words: str) -> None:
    status, told = await post_json(world, multipart(await opened(world), photos))
    assert (status, list(told["fields"])) == (400, ["photo"])
    assert words in told["fields"]["photo"]
    assert world.core.events == []


@long_form
async def test_photos_too_big_together_are_named_and_stop_no_emergency() -> None:
    async with serving(WebConfig(form_bytes=2_000_000, photo_megabytes=2)) as world:
        photos = [PNG_PICTURE + bytes(1_200_000)] * 2
        status, told = await post_json(world, multipart(await opened(world), photos))
        assert (status, told["fields"]["photo"][:22]) == (400, "Фотографии вместе боль")
        status, _ = await post_json(world, multipart(await opened(world) | {"text": "Пахнет газом"}, photos))
        assert status == 200
        content = world.core.events[0].content
        assert isinstance(content, Form)
        assert len(content.files) == 1


@long_form
async def test_a_form_longer_than_any_is_refused_and_keeps_its_words() -> None:
    async with serving(WebConfig(form_bytes=20_000)) as world:
        status, page = await post(world, multipart(await opened(world), [bytes(100_000)]))
    assert status == 413
    assert ">Лифт не работает</textarea>" in page


@long_form
async def test_while_many_send_photos_the_words_still_arrive(world: World) -> None:
    world.chat.form.big = MOST_BIG
    photos = [PNG_PICTURE + bytes(900)] * 220  # a form long enough to count as one with photos
    status, told = await post_json(world, multipart(await opened(world), photos))
    assert (status, told["fields"]["photo"][:24]) == (400, "Сейчас присылают слишком")
    status, _ = await post_json(world, multipart(await opened(world) | {"text": "Пахнет газом"}, photos))
    assert (status, len(world.core.events)) == (200, 1)
    assert world.chat.form.big == MOST_BIG


async def test_what_programs_do_is_refused_and_explained(world: World) -> None:
    fields = await opened(world, seconds=1)
    status, told = await post_json(world, multipart(fields))
    assert (status, told["error"]) == (429, "too_fast")
    later(world, 3)
    status, told = await post_json(world, multipart(fields | {"website": "https://spam.example"}))
    assert (status, told["error"]) == (400, "trap")
    later(world, 13 * 3600)
    status, told = await post_json(world, multipart(fields))
    assert (status, told["error"]) == (409, "stale")
    assert world.core.events == []
    later(world, 4)
    status, _ = await post_json(world, multipart(fields | {"stamp": told["stamp"]}))
    assert (status, len(world.core.events)) == (200, 1)


async def test_forms_one_after_another_are_throttled(world: World) -> None:
    statuses = [(await post(world, multipart(await opened(world))))[0] for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    later(world, 60)
    assert (await post(world, multipart(await opened(world))))[0] == 200


async def test_one_address_is_throttled_whatever_its_cookies() -> None:
    async with serving(WebConfig(form_address_burst=2, form_least_seconds=0)) as world:
        statuses = []
        for _ in range(3):
            world.client.session.cookie_jar.clear()
            statuses.append((await post_json(world, multipart(await opened(world, 0))))[0])
    assert statuses == [200, 200, 429]


async def test_nothing_stops_an_emergency(world: World) -> None:
    wrong = {"text": "Пахнет газом", "website": "x", "stamp": "old", "phone": "", "address": ""}
    for number in range(6):
        fields = await opened(world, 0) | wrong
        status, _ = await post(world, multipart(fields, [b"no picture", PNG_PICTURE]))
        assert status == 200
        content = world.core.events[number].content
        assert isinstance(content, Form)
        assert (content.text, len(content.files)) == ("Пахнет газом", 1)


async def test_an_emergency_without_consent_is_told_in_words(world: World) -> None:
    fields = await opened(world, 0) | {"text": "Пахнет газом", "consent": ""}
    for _ in range(2):
        await post(world, multipart(fields, [PNG_PICTURE]))
    words, photo = [event.content for event in world.core.events]
    assert words == Text("Пахнет газом\nСадовая 5, кв. 17\nАнна\n8 903 123-45-67")
    assert isinstance(photo, Photo)


async def test_a_form_is_acknowledged_only_when_it_is_stored(world: World) -> None:
    fields = await opened(world)
    world.core.failure = Overloaded()
    status, page = await post(world, multipart(fields))
    assert status == 503
    assert 'role="alert">Заявка ещё не отправлена: сервис перегружен.' in page
    assert ">Лифт не работает</textarea>" in page
    assert 'value="8 903 123-45-67"' in page
    status, told = await post_json(world, multipart(fields))
    assert (status, told["error"], told["message"]) == (503, "not_ready", NOT_SENT)
    world.core.failure = None
    assert (await post(world, multipart(fields)))[0] == 200
    assert len(world.core.events) == 1


async def test_before_the_core_receives_the_form_says_that_it_was_not_sent() -> None:
    async with serving(CONFIG, accepting=False) as world:
        status, page = await post(world, multipart(await opened(world)))
    assert status == 503
    assert f'role="alert">{NOT_SENT}' in page


async def test_a_foreign_site_cannot_send_it(world: World) -> None:
    fields = await opened(world)
    status, _ = await post(world, multipart(fields), Origin="https://evil.example")
    assert status == 403
    assert world.core.events == []


async def test_until_the_answer_is_there_the_page_reads_itself_again(world: World) -> None:
    world.core.answer = lambda item: None
    async with world.client.post("/form/send", data=multipart(await opened(world))) as answer:
        assert answer.headers["Refresh"] == "3"
        assert "Ответ появится здесь" in await answer.text()


async def test_a_form_sent_as_urlencoded_is_taken_too(world: World) -> None:
    status, page = await post(world, await opened(world))
    assert (status, "26-000001" in page) == (200, True)


async def test_the_page_names_who_gets_the_data_and_runs_only_our_files(world: World) -> None:
    async with world.client.get("/form") as answer:
        page = await answer.text()
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "УК «Уют»" in page
    assert 'href="/policy"' in page
    assert not re.search(r"<script(?! type=\"module\" src=\"/chat/form.js\"></script>)|\son\w+=|style=", page)


def test_a_stamp_is_ours_only_unchanged() -> None:
    stamps = FormTokens("shared")
    stamp = stamps.new(1000.9)
    assert stamps.age(stamp, 1010) == 10
    assert FormTokens("shared").age(stamp, 1010) == 10
    for changed in (stamp.replace("3e8", "3e0", 1), stamp[:-1], "", f"{stamp}x", FormTokens("").new(1000)):
        assert stamps.age(changed, 1010) is None
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", stamps.session_token(stamp))
    assert stamps.session_token(stamp) != stamps.session_token(stamps.new(1000.9))
