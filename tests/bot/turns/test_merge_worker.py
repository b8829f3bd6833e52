"""Links between conversations through the real turns: contacts, codes, reports that move, wishes to be forgotten."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.turns.merge_worker import Linker
from channels.contract import Contact, Content, Press, Text
from dialogs.session import decode
from models.coordination.wakeup import LocalWakeup
from models.database.connection import TENANT
from models.queues import inbox
from models.residents import merging
from models.rows.event_bodies import ForgottenBody, encode
from tests.bench.durability.rig import Rig, incoming, rig

PHONE = "79031234567"


@pytest.fixture
async def made(tmp_path: Path, database_url: str) -> AsyncIterator[Rig]:
    async with rig(tmp_path, database_url) as running:
        yield running


class Home:
    """Residents who write to a running core; `say` returns what the bot answered in that conversation since."""

    def __init__(self, made: Rig) -> None:
        self.made = made
        self.linker = Linker(made.database, LocalWakeup())
        self.number = 0
        self.seen: dict[int, int] = {}

    async def say(self, resident: int, *contents: Content | str) -> str:
        for content in contents:
            self.number += 1
            said = Text(content) if isinstance(content, str) else content
            await self.made.intake([incoming(resident, self.number, said)])
        await self.settle()
        return await self.heard(resident)

    async def heard(self, resident: int) -> str:
        """What the bot said there since the last look."""
        lines = await self.rows(
            "SELECT m.id, m.text FROM message m JOIN conversation c ON c.id = m.conversation_id"
            " WHERE c.address = ? AND m.author = 'bot' AND m.id > ? ORDER BY m.id",
            f"resident-{resident}",
            self.seen.get(resident, 0),
        )
        self.seen[resident] = lines[-1]["id"] if lines else self.seen.get(resident, 0)
        return "\n".join(line["text"] for line in lines)

    async def settle(self) -> None:
        while await self.made.turns.work() or await self.linker.work():
            continue

    async def rows(self, sql: str, *args: object) -> list[dict[str, Any]]:
        return await self.made.database.transaction(lambda conn: conn.fetch(sql, *args))

    async def owners(self) -> list[int]:
        return [row["resident_id"] for row in await self.rows("SELECT resident_id FROM conversation ORDER BY address")]

    async def begins(self, *residents: int) -> None:
        for resident in residents:
            await self.say(resident, "здравствуйте", Press("continue"))

    async def links(self, first: int, second: int) -> str:
        code = re.search(r"\d{4} \d{4}", await self.say(first, "код"))
        assert code
        return await self.say(second, f"код {code[0]}")


@pytest.fixture
def home(made: Rig) -> Home:
    return Home(made)


async def test_a_proven_contact_in_both_channels_makes_one_resident(home: Home) -> None:
    await home.begins(1, 2)
    await home.say(1, Contact(PHONE, "Анна", verified=True))
    assert "Готово" in await home.say(2, Contact(PHONE, "Аня", verified=True))
    assert "подключили переписку" in await home.heard(1)
    assert len(set(await home.owners())) == 1
    kept = (await home.rows("SELECT name, phone FROM resident WHERE merged_into = 0"))[0]
    assert kept == {"name": "Анна", "phone": f"+{PHONE}"}


async def test_a_typed_or_forwarded_phone_is_no_proof(home: Home) -> None:
    await home.begins(1, 2, 3)
    await home.say(1, Contact(PHONE, "Анна", verified=True))
    await home.say(2, Contact(PHONE, "Анна"))
    await home.say(3, "лифт не работает", "ул. Садовая, 5, кв. 17", "8 903 123-45-67", "нет", "да")
    assert len(set(await home.owners())) == 3
    assert await home.rows("SELECT id FROM identity_request") == []


async def test_another_typed_phone_takes_the_proof_away(home: Home) -> None:
    await home.begins(1, 2)
    await home.say(1, Contact(PHONE, "Анна", verified=True), Contact("79035550000", "Анна"))
    await home.say(2, Contact("79035550000", "Анна", verified=True), Contact(PHONE, "Анна", verified=True))
    assert len(set(await home.owners())) == 2


async def test_three_with_one_proven_phone_become_one(home: Home) -> None:
    await home.begins(1, 2, 3)
    for resident in (1, 2, 3):
        await home.made.intake([incoming(resident, 900, Contact(PHONE, "Анна", verified=True))])
    await home.settle()
    assert len(set(await home.owners())) == 1


async def test_a_code_merges_and_a_second_use_of_it_does_not(home: Home) -> None:
    await home.begins(1, 2, 3)
    code = re.search(r"\d{4} \d{4}", await home.say(1, "код"))
    assert code
    assert "Введите его в другом мессенджере" in await home.say(1, f"код {code[0]}")
    assert "Готово" in await home.say(2, f"код {code[0]}")
    assert "уже не действует" in await home.say(3, f"код {code[0]}")
    owners = await home.owners()
    assert (owners[0] == owners[1], owners[2] == owners[0]) == (True, False)


async def test_who_types_the_code_of_a_channel_without_answers_gets_news_there(home: Home) -> None:
    home.linker = Linker(home.made.database, LocalWakeup(), one_way={"bench"})
    await home.begins(1, 2)
    code = re.search(r"\d{4} \d{4}", await home.say(1, "код"))
    assert code
    await home.say(2, f"код {code[0]}")
    chosen = await home.rows(
        "SELECT c.address FROM resident r JOIN conversation c ON c.id = r.push_conversation_id WHERE r.merged_into = 0"
    )
    assert [row["address"] for row in chosen] == ["resident-2"]


async def test_known_data_and_tickets_are_there_after_the_merge(home: Home) -> None:
    await home.begins(1, 2)
    said = await home.say(1, "лифт не работает", "ул. Садовая, 5, кв. 17", "Анна, 8 903 123-45-67", "нет", "да")
    number = re.search(r"\d\d-\d{6}", said)
    assert number
    await home.links(1, 2)
    assert number[0] in await home.say(2, "мои заявки")
    await home.say(2, "домофон сломан", Press("addr:last"))
    assert decode((await home.rows("SELECT session FROM conversation ORDER BY address"))[1]["session"]).draft.house_id
    assert "отменена" in await home.say(2, Press("menu"), f"отменить {number[0]}", Press("drop:1"), "да")


async def test_a_report_moves_and_ends_where_it_was_begun(home: Home) -> None:
    await home.begins(1, 2)
    await home.say(1, "лифт не работает", "ул. Садовая, 5")
    assert "Продолжить её здесь?" in await home.links(1, 2)
    await home.heard(1)
    assert "Какая квартира" in await home.say(2, "да")
    assert "Эту заявку вы продолжаете" in await home.heard(1)
    sessions = [decode(row["session"]) for row in await home.rows("SELECT session FROM conversation ORDER BY address")]
    assert [one.draft.started for one in sessions] == [False, True]
    timers = await home.rows("SELECT conversation FROM timer WHERE state = 0")
    assert {row["conversation"] for row in timers} == {"resident-2"}


async def test_an_old_report_is_not_offered(home: Home) -> None:
    await home.begins(1, 2)
    await home.say(1, "лифт не работает", "ул. Садовая, 5")
    session = (await home.rows("SELECT session FROM conversation ORDER BY address"))[0]["session"]
    old = re.sub(r'"touched":\d+', '"touched":1000', session)
    assert old != session
    await home.made.database.transaction(
        lambda conn: conn.execute("UPDATE conversation SET session = ? WHERE address = 'resident-1'", old)
    )
    code = await home.made.database.transaction(lambda conn: _issue(conn, "resident-1"))
    assert "Продолжить её здесь?" not in await home.say(2, f"код {code}")


async def _issue(conn: Any, address: str) -> str:
    from models.residents import link_codes

    row = await conn.fetch_one("SELECT id, last_ms FROM conversation WHERE address = ?", address)
    return await link_codes.issue(conn, row["id"], row["last_ms"])


async def test_a_wish_to_be_forgotten_reaches_every_conversation(home: Home) -> None:
    await home.begins(1, 2)
    await home.say(1, "лифт не работает, Анна", "ул. Садовая, 5, кв. 17")
    await home.links(1, 2)
    await home.say(2, "меню", "удалить мои данные", "да")
    sessions = [decode(row["session"]) for row in await home.rows("SELECT session FROM conversation ORDER BY address")]
    assert [one.draft.started for one in sessions] == [False, False]
    texts = [row["text"] for row in await home.rows("SELECT text FROM message")]
    assert [text for text in texts if "лифт" in text.lower() or "Садовая" in text] == []
    people = await home.rows("SELECT phone, name, house_id, forgotten_ms > 0 AS forgotten FROM resident")
    assert all(not row["phone"] and not row["name"] and not row["house_id"] and row["forgotten"] for row in people)


async def test_what_is_said_in_the_same_batch_as_a_wish_elsewhere_is_forgotten_too(home: Home) -> None:
    await home.begins(1, 2)
    await home.made.intake([incoming(number, 800, Text("лифт не работает, Анна")) for number in (1, 2)])
    await home.made.database.transaction(
        lambda conn: inbox.enqueue(
            conn,
            tenant=TENANT,
            channel="bench",
            conversation="resident-1",
            key="forgotten:2",
            body=encode(ForgottenBody()),
            at_ms=1,
        )
    )
    await home.settle()
    texts = await home.rows(
        "SELECT c.address FROM message m JOIN conversation c ON c.id = m.conversation_id WHERE m.text LIKE '%Анна'"
    )
    assert [row["address"] for row in texts] == ["resident-2"]


async def test_a_request_that_fails_keeps_nobody_waiting(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    await home.begins(1, 2, 3)

    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken_for_now:
        broken_for_now.setattr(merging, "merge", broken)
        assert "Связать не получилось" in await home.links(1, 2)
    assert "Готово" in await home.links(1, 3)
    assert await home.rows("SELECT id FROM identity_request") == []


async def test_many_pairs_link_and_report_at_once(home: Home) -> None:
    """Several workers and linkers: afterwards every ticket belongs to who has its conversation, and to nobody else."""
    pairs = [(number, number + 20) for number in range(1, 9)]
    for first, second in pairs:
        await home.begins(first, second)
    codes = {}
    for first, _ in pairs:
        found = re.search(r"\d{4} \d{4}", await home.say(first, "код"))
        assert found
        codes[first] = found[0]
    report = ("лифт не работает", "ул. Садовая, 5, кв. 17", "Анна, 8 903 123-45-67", "нет", "да")
    for first, second in pairs:
        await home.made.intake([incoming(second, 500, Text(f"код {codes[first]}"))])
        for resident in (first, second):
            await home.made.intake([incoming(resident, 600 + n, Text(text)) for n, text in enumerate(report)])
    workers = [home.made.turns, *home.made.more_turns]
    linkers = [home.linker, Linker(home.made.database, LocalWakeup())]

    async def work(one: Any) -> None:
        while await home.rows("SELECT id FROM inbox WHERE state = 0 UNION ALL SELECT id FROM identity_request"):
            await one.work()

    async with asyncio.timeout(120):
        await asyncio.gather(*(work(one) for one in (*workers, *linkers)))
    assert await home.rows("SELECT id FROM inbox WHERE state = 2") == []
    astray = "SELECT t.id FROM ticket t JOIN conversation c ON c.id = t.conversation_id"
    assert await home.rows(f"{astray} WHERE t.resident_id <> c.resident_id") == []
    assert len(await home.rows(astray)) >= len(pairs)
    assert len(set(await home.owners())) == len(pairs)
