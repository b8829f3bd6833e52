"""The same report form as small bots on other frameworks, fed in process; their API calls are answered at once.

Each checks as little as a form can: an answer is any text. Nothing of them understands Russian.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.client.session.base import BaseSession
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.methods.base import TelegramMethod
from aiogram.types import Chat, Message, Update
from telegram import Update as PtbUpdate
from telegram.ext import Application, ApplicationBuilder, CommandHandler, ContextTypes, ConversationHandler
from telegram.ext import MessageHandler as Heard
from telegram.ext import filters as ptb_filters
from telegram.request import BaseRequest, RequestData

from tests.bench.form.reports import texts, update

TOKEN = "42:TEST"
ASK = ("Напишите адрес", "Ваш телефон?", "Что случилось?", "Всё верно?", "Заявка принята")


class Form(StatesGroup):
    address = State()
    phone = State()
    problem = State()
    confirm = State()


SENT = Message(message_id=1, date=datetime(2026, 11, 23, tzinfo=UTC), chat=Chat(id=1, type="private"))


class LocalSession(BaseSession):
    """Answers every method with one message."""

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:
        return SENT

    async def stream_content(self, *args: Any, **named: Any) -> AsyncGenerator[bytes, None]:
        raise NotImplementedError("no file is fetched")
        yield b""

    async def close(self) -> None:
        return


class AiogramForm:
    """aiogram 3 with its FSM in memory."""

    name = "aiogram 3 FSM, MemoryStorage"

    def __init__(self) -> None:
        self.opened: list[dict[str, Any]] = []
        self.bot = Bot(TOKEN, session=LocalSession())
        self.dispatcher = Dispatcher()
        message = self.dispatcher.message
        message.register(self.begin, CommandStart())
        message.register(self.address, Form.address)
        message.register(self.phone, Form.phone)
        message.register(self.problem, Form.problem)
        message.register(self.confirm, Form.confirm)

    async def open(self, folder: Path) -> None:
        return

    async def close(self) -> None:
        await self.bot.session.close()

    def prepare(self, residents: range) -> list[list[Any]]:
        """Return what these residents send, step by step; making it is no part of the measured time."""
        rows = [[update(one, number, text) for number, text in enumerate(texts(one))] for one in residents]
        return [[Update.model_validate(row[step], context={"bot": self.bot}) for row in rows] for step in range(5)]

    async def hear(self, messages: Sequence[Update]) -> None:
        await asyncio.gather(*(self.dispatcher.feed_update(self.bot, one) for one in messages))

    async def tickets(self) -> int:
        return len(self.opened)

    async def begin(self, message: Message, state: FSMContext) -> None:
        await state.set_state(Form.address)
        await message.answer(ASK[0])

    async def address(self, message: Message, state: FSMContext) -> None:
        await state.update_data(address=message.text)
        await state.set_state(Form.phone)
        await message.answer(ASK[1])

    async def phone(self, message: Message, state: FSMContext) -> None:
        await state.update_data(phone=message.text)
        await state.set_state(Form.problem)
        await message.answer(ASK[2])

    async def problem(self, message: Message, state: FSMContext) -> None:
        await state.update_data(problem=message.text)
        await state.set_state(Form.confirm)
        await message.answer(ASK[3])

    async def confirm(self, message: Message, state: FSMContext) -> None:
        self.opened.append(await state.get_data())
        await state.clear()
        await message.answer(ASK[4])


class LocalRequest(BaseRequest):
    """Answers python-telegram-bot's requests without a network."""

    @property
    def read_timeout(self) -> float:
        return 1.0

    async def initialize(self) -> None:
        return

    async def shutdown(self) -> None:
        return

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **named: Any
    ) -> tuple[int, bytes]:
        return 200, ME_JSON if url.endswith("getMe") else SENT_JSON


ME_JSON = json.dumps({"ok": True, "result": {"id": 42, "is_bot": True, "first_name": "b", "username": "b"}}).encode()
SENT_JSON = json.dumps(
    {"ok": True, "result": {"message_id": 1, "date": 1_790_000_000, "chat": {"id": 1, "type": "private"}}}
).encode()
ADDRESS, PHONE, PROBLEM, CONFIRM = range(4)


class TelegramBotForm:
    """python-telegram-bot with its ConversationHandler in memory."""

    name = "python-telegram-bot ConversationHandler"

    def __init__(self) -> None:
        self.opened: list[dict[str, Any]] = []
        builder = ApplicationBuilder().token(TOKEN).request(LocalRequest()).get_updates_request(LocalRequest())
        self.application: Application[Any, Any, Any, Any, Any, Any] = builder.updater(None).job_queue(None).build()
        text = ptb_filters.TEXT & ~ptb_filters.COMMAND
        asked = {ADDRESS: self.address, PHONE: self.phone, PROBLEM: self.problem, CONFIRM: self.confirm}
        self.application.add_handler(
            ConversationHandler(
                entry_points=[CommandHandler("start", self.begin)],
                states={state: [Heard(text, callback)] for state, callback in asked.items()},
                fallbacks=[],
            )
        )

    async def open(self, folder: Path) -> None:
        await self.application.initialize()

    async def close(self) -> None:
        await self.application.shutdown()

    def prepare(self, residents: range) -> list[list[Any]]:
        rows = [[ptb_update(one, number, text) for number, text in enumerate(texts(one))] for one in residents]
        return [[PtbUpdate.de_json(row[step], self.application.bot) for row in rows] for step in range(5)]

    async def hear(self, messages: Sequence[PtbUpdate]) -> None:
        await asyncio.gather(*(self.application.process_update(one) for one in messages))

    async def tickets(self) -> int:
        return len(self.opened)

    async def begin(self, heard: PtbUpdate, context: ContextTypes.DEFAULT_TYPE) -> int:
        return await self.answer(heard, ADDRESS)

    async def address(self, heard: PtbUpdate, context: ContextTypes.DEFAULT_TYPE) -> int:
        return await self.kept(heard, context, "address", PHONE)

    async def phone(self, heard: PtbUpdate, context: ContextTypes.DEFAULT_TYPE) -> int:
        return await self.kept(heard, context, "phone", PROBLEM)

    async def problem(self, heard: PtbUpdate, context: ContextTypes.DEFAULT_TYPE) -> int:
        return await self.kept(heard, context, "problem", CONFIRM)

    async def confirm(self, heard: PtbUpdate, context: ContextTypes.DEFAULT_TYPE) -> int:
        assert context.user_data is not None
        self.opened.append(dict(context.user_data))
        context.user_data.clear()
        await self.answer(heard, CONFIRM + 1)
        return ConversationHandler.END

    async def kept(self, heard: PtbUpdate, context: ContextTypes.DEFAULT_TYPE, name: str, state: int) -> int:
        assert context.user_data is not None
        assert heard.message is not None
        context.user_data[name] = heard.message.text
        return await self.answer(heard, state)

    async def answer(self, heard: PtbUpdate, state: int) -> int:
        assert heard.message is not None
        await heard.message.reply_text(ASK[state])
        return state


def ptb_update(resident: int, number: int, text: str) -> dict[str, Any]:
    """As `update`, with the mark of a command that Telegram adds."""
    made = update(resident, number, text)
    if text.startswith("/"):
        made["message"]["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
    return made
