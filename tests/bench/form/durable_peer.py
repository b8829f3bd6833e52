"""aiogram with Tortoise ORM on SQLite: as its users write it, with every turn committed before it is answered."""

from __future__ import annotations

from pathlib import Path

from aiogram.fsm.context import FSMContext
from aiogram.types import Message
from tortoise import fields
from tortoise.context import TortoiseContext
from tortoise.models import Model
from tortoise.transactions import in_transaction

from tests.bench.form.peers import ASK, AiogramForm

SETTINGS = {"journal_mode": "WAL", "synchronous": "FULL"}


class Dialog(Model):
    chat = fields.BigIntField(primary_key=True, generated=False)
    state = fields.TextField()
    address = fields.TextField(default="")
    phone = fields.TextField(default="")
    problem = fields.TextField(default="")

    class Meta:
        table = "dialog"


class Order(Model):
    id = fields.BigIntField(primary_key=True)
    address = fields.TextField()
    phone = fields.TextField()
    problem = fields.TextField()

    class Meta:
        table = "order_made"


class TortoiseForm(AiogramForm):
    """The state is a row; one handler for all, as the state is read from the database."""

    name = "aiogram 3 + Tortoise ORM, SQLite FULL"

    def __init__(self) -> None:
        super().__init__()
        self._tortoise = TortoiseContext()
        self.dispatcher.message.handlers.clear()
        self.dispatcher.message.register(self.take)

    async def open(self, folder: Path) -> None:
        self._tortoise.__enter__()
        credentials = {"file_path": str(folder / "peer.db"), **SETTINGS}
        await self._tortoise.init(
            config={
                "connections": {"default": {"engine": "tortoise.backends.sqlite", "credentials": credentials}},
                "apps": {"models": {"models": [__name__], "default_connection": "default"}},
            }
        )
        await self._tortoise.generate_schemas()

    async def close(self) -> None:
        await super().close()
        await self._tortoise.close_connections()

    async def tickets(self) -> int:
        return await Order.all().count()

    async def take(self, message: Message, state: FSMContext) -> None:
        text = message.text or ""
        async with in_transaction():
            answer = await self._advance(message.chat.id, text)
        await message.answer(answer)

    async def _advance(self, chat: int, text: str) -> str:
        dialog = await Dialog.get_or_none(chat=chat)
        if text == "/start" or dialog is None:
            await Dialog.update_or_create({"state": "address"}, chat=chat)
            return ASK[0]
        asked = ("address", "phone", "problem", "confirm")
        place = asked.index(dialog.state)
        if dialog.state == "confirm":
            order = Order(address=dialog.address, phone=dialog.phone, problem=dialog.problem)
            await order.save()
            await dialog.delete()
            return ASK[4]
        setattr(dialog, dialog.state, text)
        dialog.state = asked[place + 1]
        await dialog.save()
        return ASK[place + 1]
