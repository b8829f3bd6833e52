"""The fake Bot API is kept honest by python-telegram-bot, which knows nothing of our adapter, and by its own limits."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import telegram as ptb
from PIL import Image
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter, TimedOut
from telegram.ext import Application, CallbackQueryHandler, ContextTypes, MessageHandler, filters
from telegram.request import HTTPXRequest

from tests.fakes.telegram import spec
from tests.fakes.telegram.api import FakeTelegram
from tests.fakes.telegram.updates import MESSAGE_SECONDS, PRESS_SECONDS


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[ptb.Bot]:
    async with python_telegram_bot(telegram) as made:
        yield made


@asynccontextmanager
async def python_telegram_bot(telegram: FakeTelegram, token: str = "") -> AsyncIterator[ptb.Bot]:
    made = ptb.Bot(
        token or telegram.token,
        base_url=f"{telegram.base}/bot",
        base_file_url=f"{telegram.base}/file/bot",
        request=HTTPXRequest(httpx_kwargs={"trust_env": False}),
        get_updates_request=HTTPXRequest(httpx_kwargs={"trust_env": False}),
    )
    async with made:
        yield made


def picture(width: int = 320, height: int = 240) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "olive").save(made, "JPEG")
    return made.getvalue()


async def test_an_application_of_another_library_talks_with_a_resident(telegram: FakeTelegram) -> None:
    async def greet(update: ptb.Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message
        keyboard = ptb.InlineKeyboardMarkup([[ptb.InlineKeyboardButton("Да", callback_data="yes")]])
        await update.message.reply_text(f"Вы написали: {update.message.text}. Верно?", reply_markup=keyboard)

    async def pressed(update: ptb.Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query
        await query.answer()
        await query.edit_message_reply_markup(None)
        assert query.message
        await context.bot.send_message(query.message.chat.id, f"Принято: {query.data}")

    builder = Application.builder().token(telegram.token).base_url(f"{telegram.base}/bot")
    for request in (builder.request, builder.get_updates_request):
        request(HTTPXRequest(httpx_kwargs={"trust_env": False}))
    application = builder.build()
    application.add_handler(MessageHandler(filters.TEXT, greet))
    application.add_handler(CallbackQueryHandler(pressed))
    maria = telegram.resident()
    async with application:
        assert application.updater
        await application.updater.start_polling(allowed_updates=["message", "callback_query"], timeout=5)
        await application.start()
        await maria.write("течёт")
        await maria.sees("Вы написали: течёт")
        await maria.press("Да")
        await maria.sees("Принято: yes")
        await application.updater.stop()
        await application.stop()
    assert telegram.methods.open_presses == {}
    assert maria.buttons() == []
    assert telegram.updates.pending() == []


async def test_updates_stay_until_an_offset_confirms_them(telegram: FakeTelegram, bot: ptb.Bot) -> None:
    maria = telegram.resident()
    for text in ("раз", "два", "три"):
        await maria.write(text)
    first = await bot.get_updates(limit=2)
    again = await bot.get_updates()
    assert [update.message.text for update in first if update.message] == ["раз", "два"]
    start = again[0].update_id
    assert [update.update_id for update in again] == [start, start + 1, start + 2]
    rest = await bot.get_updates(offset=first[-1].update_id + 1)
    assert [update.message.text for update in rest if update.message] == ["три"]
    await bot.get_updates(offset=-1)
    assert len(telegram.updates.pending()) == 1


async def test_a_long_poll_ends_when_something_happens(telegram: FakeTelegram, bot: ptb.Bot) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=40))
    await telegram.until(lambda: telegram.updates.polls == 1)
    await telegram.resident().write("привет")
    (update,) = await asyncio.wait_for(polling, 10)
    assert update.message


async def test_a_second_poller_ends_the_first(telegram: FakeTelegram, bot: ptb.Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=40))
    await telegram.until(lambda: telegram.updates.polls == 1)
    assert list(await bot.get_updates()) == []
    with pytest.raises(Conflict, match="terminated by other getUpdates"):
        await first


async def test_updates_do_not_live_for_ever(telegram: FakeTelegram, bot: ptb.Bot) -> None:
    maria = telegram.resident()
    await maria.press_data("yes")
    await maria.write("привет")
    telegram.advance(PRESS_SECONDS + 1)
    assert [bool(update.message) for update in await bot.get_updates()] == [True]
    telegram.advance(MESSAGE_SECONDS)
    assert list(await bot.get_updates()) == []


async def test_kinds_that_were_not_asked_for_do_not_come(telegram: FakeTelegram, bot: ptb.Bot) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    assert await telegram.resident().write("мимо") is None
    await bot.get_updates(allowed_updates=[])
    assert await telegram.resident().write("снова слышно")


async def test_a_webhook_excludes_polling(telegram: FakeTelegram, bot: ptb.Bot) -> None:
    await bot.set_webhook("http://127.0.0.1:9/hook", secret_token="hush")
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await telegram.resident().write("привет")
    await telegram.until(lambda: telegram.updates.webhook_error)
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == ("http://127.0.0.1:9/hook", 1)
    assert info.last_error_message == "Connection refused"
    await bot.delete_webhook()
    assert len(await bot.get_updates()) == 1


async def test_photos_travel_both_ways(telegram: FakeTelegram, bot: ptb.Bot) -> None:
    maria, theirs, ours = telegram.resident(), picture(1280, 960), picture()
    await maria.send_photo(theirs, "протечка")
    (update,) = await bot.get_updates()
    assert update.message
    file = await update.message.photo[-1].get_file()
    assert bytes(await file.download_as_bytearray()) == theirs
    assert [(size.width, size.height) for size in update.message.photo] == [(90, 68), (1280, 960)]
    await bot.send_photo(maria.id, ours, caption="вентиль")
    assert maria.photo_of(await maria.sees("вентиль")) == ours


async def test_every_kind_of_content_is_read_by_another_library(telegram: FakeTelegram, bot: ptb.Bot) -> None:
    maria = telegram.resident(last_name="Иванова")
    await maria.start("mark")
    await maria.send_contact()
    await maria.send_location()
    await maria.send("sticker")
    await maria.send("voice")
    await maria.send_document(b"%PDF", "счёт.pdf", "application/pdf")
    await maria.edit("поправка")
    await maria.block()
    updates = await bot.get_updates()
    assert len(updates) == 8
    messages = [update.message for update in updates if update.message]
    assert messages[0].parse_entities() == {messages[0].entities[0]: "/start"}
    assert messages[1].contact
    assert messages[1].contact.user_id == maria.id
    assert messages[2].location
    assert messages[3].sticker
    assert messages[4].voice
    assert messages[5].document
    assert updates[6].edited_message
    assert updates[7].my_chat_member
    assert updates[7].my_chat_member.new_chat_member.status == "kicked"


async def test_errors_are_told_as_telegram_tells_them(telegram: FakeTelegram, bot: ptb.Bot) -> None:
    maria = telegram.resident()
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(maria.id, "рано")
    await maria.start()
    with pytest.raises(BadRequest, match="Message is too long"):
        await bot.send_message(maria.id, "я" * 4097)
    with pytest.raises(BadRequest, match="Message text is empty"):
        await bot.send_message(maria.id, " ")
    button = ptb.InlineKeyboardButton("Да", callback_data="я" * 33)
    with pytest.raises(BadRequest, match="Button_data_invalid"):
        await bot.send_message(maria.id, "Да?", reply_markup=ptb.InlineKeyboardMarkup([[button]]))
    with pytest.raises(BadRequest, match="Photo_invalid_dimensions"):
        await bot.send_photo(maria.id, picture(2100, 100))
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query("never-was")
    with pytest.raises(BadRequest, match="Invalid file_id"):
        await bot.get_file("never-was")
    await maria.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(maria.id, "ау")
    with pytest.raises(InvalidToken):
        async with python_telegram_bot(telegram, "1:wrong"):
            raise AssertionError("a wrong token was taken")


async def test_a_message_is_modified_or_refused(telegram: FakeTelegram, bot: ptb.Bot) -> None:
    maria = telegram.resident()
    await maria.start()
    keyboard = ptb.InlineKeyboardMarkup([[ptb.InlineKeyboardButton("Да", callback_data="yes")]])
    sent = await bot.send_message(maria.id, "Да?", reply_markup=keyboard)
    await sent.edit_reply_markup(None)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await sent.edit_reply_markup(None)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_reply_markup(maria.id, 1)


async def test_flood_control_holds_one_chat_and_not_the_other(
    telegram: FakeTelegram, bot: ptb.Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # the form of `retry_after` that it does not warn of
    maria, ivan = telegram.resident(), telegram.resident("Иван")
    await maria.start()
    await ivan.start()
    telegram.per_chat = (1, 30.0)
    await bot.send_message(maria.id, "раз")
    with pytest.raises(RetryAfter):
        await bot.send_message(maria.id, "два")
    await bot.send_message(ivan.id, "раз")
    telegram.advance(31)
    await bot.send_message(maria.id, "два")


async def test_small_methods_of_a_bot(telegram: FakeTelegram, bot: ptb.Bot) -> None:
    maria = telegram.resident()
    await maria.start()
    assert (await bot.get_me()).username == "domovoy_test_bot"
    assert await bot.send_chat_action(maria.id, "typing")
    assert await bot.set_my_commands([ptb.BotCommand("start", "Начать")])
    assert telegram.methods.commands == [{"command": "start", "description": "Начать"}]


async def test_a_cut_connection_is_a_network_error_also_there(telegram: FakeTelegram, bot: ptb.Bot) -> None:
    telegram.drop("getMe", done=False)
    with pytest.raises((ptb.error.NetworkError, TimedOut)):
        await bot.get_me()


# --- the description is really enforced ---


@pytest.mark.parametrize(
    ("method", "form", "words"),
    [
        ("sendMessage", {"chat_id": "5"}, "text is missing"),
        ("sendMessage", {"chat_id": "5", "text": "a", "markup": "{}"}, "unknown field markup"),
        ("sendMessage", {"chat_id": "5", "text": "a", "reply_markup": "{"}, "is no JSON"),
        ("sendMessage", {"chat_id": "5", "text": "a", "reply_markup": '{"inline_keyboard": [{}]}'}, "no array"),
        ("getUpdates", {"timeout": "soon"}, "is no JSON"),
    ],
)
async def test_a_wrong_request_is_a_violation(method: str, form: dict[str, str], words: str) -> None:
    telegram = FakeTelegram()
    await telegram.open()
    async with aiohttp.ClientSession() as session:
        answer = await session.post(f"{telegram.base}/bot{telegram.token}/{method}", data=form)
        assert answer.status == 400
    await telegram.close()
    assert words in telegram.violations[0]


@pytest.mark.parametrize(
    "update",
    [
        {"message": {}},
        {"update_id": "1"},
        {"update_id": 1, "message": {"message_id": 1, "date": 1}},
        {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "txet": "a"}},
        {"update_id": 1, "callback_query": {"id": "1", "chat_instance": "1", "from": {"id": 1, "first_name": "a"}}},
    ],
)
def test_an_update_telegram_could_not_send_is_refused(update: dict[str, object]) -> None:
    with pytest.raises(spec.SpecError):
        spec.check_type(update, "Update")


async def test_a_violation_fails_the_test_that_made_it() -> None:
    with pytest.raises(AssertionError):
        async with FakeTelegram() as telegram:
            telegram.violations.append("sendMessage: text is missing")
