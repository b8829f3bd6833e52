"""The sewer leak: from the first message to the word that it is fixed, over any channel."""

from __future__ import annotations

import re
from typing import Any, Protocol

from tests.e2e.support.personas import Dispatcher


class Person(Protocol):
    """A resident at some channel."""

    async def write(self, text: str) -> Any: ...

    async def press(self, label: str) -> Any: ...

    async def sees(self, text: str) -> Any: ...


async def report_sewer_leak(anna: Person) -> str:
    """Report an emergency: the warning comes first, then the number, then only what is missing; return the number."""
    await anna.write("В подвале прорвало канализацию, стоки поднимаются")
    await anna.sees("Вода в доме")
    said = await anna.sees("принята как аварийная")
    await anna.sees("По какому адресу")
    await anna.write("ул. Садовая, 5, 2 подъезд")
    await anna.sees("По какому телефону")
    await anna.write("8 903 123-45-67")
    await anna.sees("всё передал диспетчеру")
    return number_in(said)


async def dispatch(irina: Dispatcher, anna: Person, number: str) -> None:
    """The dispatcher takes the ticket through its statuses; each change reaches the resident."""
    ticket = await irina.ticket(number)
    await irina.change_status(ticket, "in_progress")
    await anna.sees("начали работу")
    await irina.change_status(ticket, "done")
    await anna.sees("Проблема решена?")
    await anna.press("Да, решена")
    await anna.sees("Спасибо за ответ")


async def report_lift(anna: Person) -> str:
    """Go through the whole form, with a question in its middle and a second thought; return the number."""
    await anna.write("Лифт не работает второй день")
    await anna.sees("Нажмите «Продолжить»")
    await anna.press("Продолжить")
    await anna.sees("По какому адресу")
    await anna.write("ул. Садовая, 5")
    await anna.sees("Какая квартира")
    await anna.write("до какого числа передавать показания счётчиков?")
    await anna.sees("с 20 по 25 число")
    await anna.sees("Какая квартира")
    await anna.write("17")
    await anna.sees("По какому телефону")
    await anna.write("Анна, 8 903 123-45-67")
    await anna.sees("Пришлите фото")
    await anna.press("Без фото")
    await anna.sees("Проверьте")
    await anna.write("изменить адрес")
    await anna.sees("По какому адресу")
    await anna.write("ул. Садовая, 7, кв. 3")
    await anna.sees("ул. Садовая, д. 7, кв. 3")
    await anna.press("Отправить заявку")
    said = await anna.sees("принята")
    return number_in(said)


def number_in(said: Any) -> str:
    """Return the ticket's number that a message of either channel names."""
    text = said if isinstance(said, str) else str(said.get("text", ""))
    found = re.search(r"\d\d-\d{6}", text)
    assert found, text
    return found[0]
