"""The report form as residents fill it in: what each of them says, step by step, in words of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FIRST, LAST = "абвгдежзик", "щфцжшчхъэю"  # letters of a resident's own word; the last ones are near no real word
STREETS = ("ул. Садовая, д. 5", "ул. Ленина, д. 12/1", "ул. 8 Марта, д. 3", "б-р Строителей, д. 9", "ул. Лесная, д. 1")
PROBLEMS = (
    "На кухне капает кран уже второй день, {own} ругается",
    "Не горит лампочка на площадке, {own} боится ходить",
    "Батареи еле тёплые, в комнате холодно, {own} мёрзнет",
    "Домофон не открывает дверь, {own} стоит на улице",
    "Засорилась канализация, вода не уходит, {own} расстроен",
)


@dataclass(frozen=True, slots=True)
class Report:
    """One filled form. Every resident has another flat, phone, name and words."""

    address: str
    phone: str
    problem: str


def report(resident: int) -> Report:
    digits = f"{resident:05}"
    name = "Ан" + "".join(FIRST[int(digit)] for digit in digits)
    own = "".join(LAST[int(digit)] for digit in digits)
    return Report(
        address=f"{STREETS[resident % len(STREETS)]}, кв. {resident % 12 + 1}, домофон {resident % 999 + 1}",
        phone=f"{name}, +7 903 {1_000_000 + resident}",
        problem=PROBLEMS[resident % len(PROBLEMS)].format(own=own),
    )


def update(resident: int, number: int, text: str) -> dict[str, Any]:
    """Return the Telegram update in which a resident writes a text."""
    person = {"id": resident + 1, "first_name": "Анна"}
    chat = person | {"type": "private"}
    message = {"message_id": number + 1, "date": 1_790_000_000, "chat": chat, "from": person | {"is_bot": False}}
    return {"update_id": resident * 10 + number, "message": message | {"text": text}}


def texts(resident: int) -> tuple[str, ...]:
    """The five steps of a form in a bot that asks for no photo."""
    one = report(resident)
    return "/start", one.address, one.phone, one.problem, "да"
