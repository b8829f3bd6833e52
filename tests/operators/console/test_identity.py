"""A dispatcher decides who is the same: search, confirm, take back; channels of a resident and where news go."""

from __future__ import annotations

from typing import Any

import pytest

from models.database.connection import TENANT, Connection
from models.residents import conversations, merging
from tests.operators.conftest import NOW
from tests.support.conversations import get_or_create


async def add(console: Any, address: str, channel: str = "telegram", **known: object) -> dict[str, Any]:
    async def work(conn: Connection) -> dict[str, Any]:
        row = await get_or_create(conn, tenant=TENANT, channel=channel, address=address, now_ms=NOW)
        for column, value in known.items():
            await conn.execute(f"UPDATE resident SET {column} = ? WHERE id = ?", value, row["resident_id"])  # noqa: S608
        return row

    return dict(await console.database.transaction(work))


async def owners(console: Any) -> set[int]:
    return {row["resident_id"] for row in await console.rows("SELECT resident_id FROM conversation")}


async def test_the_same_resident_is_found_confirmed_and_separated_again(
    console: Any, conversation: dict[str, Any]
) -> None:
    other = await add(console, "t1", name="Анна Петрова", phone="+79031234567")
    await add(console, "t2", name="Анна Сидорова")
    irina, here = await console.visitor(), f"/dialogs/{conversation['id']}"
    _, side = await irina.get(here)
    assert f"/console{here}/same" in side
    for search in ("8 903 123-45-67", "Петрова"):
        _, found = await irina.post(f"{here}/same", {"q": search})
        assert "Анна Петрова" in found
        assert "Сидорова" not in found
    assert "Анна Петрова" not in (await irina.get(f"{here}/same", params={"q": "Петрова"}))[1]
    assert 'method="get"' not in (await irina.get(f"{here}/same"))[1]
    _, asked = await irina.get(f"{here}/same?with={other['id']}")
    assert "Да, это один человек" in asked
    assert len(await owners(console)) == 3
    _, after = await irina.post(f"{here}/merge", {"other": other["id"]})
    assert "Теперь это один житель" in after
    assert "решил диспетчер, Ирина" in after
    assert f'href="/console/dialogs/{other["id"]}"' in after
    assert "Анна Петрова" in after
    assert len(await owners(console)) == 2
    merge = (await console.rows("SELECT id, actor_id, actor_name FROM identity_merge"))[0]
    assert (merge["actor_name"], merge["actor_id"] > 0) == ("Ирина", True)
    _, undone = await irina.post(f"{here}/merges/{merge['id']}/undo")
    assert "Объединение отменено." in undone
    assert "отменено" in undone
    assert "Это разные люди" not in undone
    assert len(await owners(console)) == 3
    status, again = await irina.post(f"{here}/merges/{merge['id']}/undo")
    assert (status, "уже отменили" in again) == (409, True)


async def test_what_cannot_be_merged_says_why(console: Any, conversation: dict[str, Any]) -> None:
    irina, here = await console.visitor(), f"/dialogs/{conversation['id']}"
    other = await add(console, "t1")
    assert (await irina.post(f"{here}/merge", {"other": conversation["id"]}))[0] == 409
    assert "Такого объединения или диалога нет" in (await irina.post(f"{here}/merge", {"other": "999"}))[1]
    for wrong in ("", "x", "-1", "9" * 30, "٣"):
        assert (await irina.post(f"{here}/merge", {"other": wrong}))[0] == 404
        assert (await irina.post(f"{here}/push", {"to": wrong}))[0] == 404
    assert (await irina.get(f"{here}/same?with=999"))[0] == 404
    await irina.post(f"{here}/merge", {"other": other["id"]})
    status, text = await irina.post(f"{here}/merge", {"other": other["id"]})
    assert (status, "и так один житель" in text) == (409, True)


async def test_a_merge_of_others_is_not_undone_from_here(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    first, second = await add(console, "t1"), await add(console, "t2")
    await irina.post(f"/dialogs/{first['id']}/merge", {"other": second["id"]})
    merge = (await console.rows("SELECT id FROM identity_merge"))[0]["id"]
    assert (await irina.post(f"/dialogs/{conversation['id']}/merges/{merge}/undo"))[0] == 409
    assert (await console.rows("SELECT undone_ms FROM identity_merge")) == [{"undone_ms": 0}]


async def test_a_forged_form_merges_nobody(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    other = await add(console, "t1")
    irina.csrf = "forged"
    assert (await irina.post(f"/dialogs/{conversation['id']}/merge", {"other": other["id"]}))[0] == 403
    assert len(await owners(console)) == 2


@pytest.mark.parametrize(("reason", "says"), [("blocked", "заблокировал бота"), ("bounced", "письма не доходят")])
async def test_the_side_says_which_channels_work_and_where_news_go(
    console: Any, conversation: dict[str, Any], reason: str, says: str
) -> None:
    irina, here = await console.visitor(), f"/dialogs/{conversation['id']}"
    other = await add(console, "t1")
    await irina.post(f"{here}/merge", {"other": other["id"]})
    _, side = await irina.get(f"{here}/side")
    assert "давно не заходил" in side  # nobody has written in the web chat
    assert "достижим" in side
    assert "Ответы приходят туда, где оставлена заявка." in side
    _, side = await irina.post(f"{here}/push", {"to": other["id"]})
    assert "ответы сюда" in side
    resident = "SELECT push_conversation_id AS push FROM resident WHERE several = 1"
    assert await console.rows(resident) == [{"push": other["id"]}]
    await console.database.transaction(lambda conn: conversations.set_reachable(conn, other["id"], False, reason))
    assert says in (await irina.get(f"{here}/side"))[1]
    await irina.post(f"{here}/push", {"to": "0"})
    assert await console.rows(resident) == [{"push": 0}]
    stranger = await add(console, "t2")
    status, text = await irina.post(f"{here}/push", {"to": stranger["id"]})
    assert (status, "уже не принадлежит" in text) == (409, True)


async def test_two_who_are_with_dispatchers_are_merged_and_stay_with_them(
    console: Any, conversation: dict[str, Any]
) -> None:
    irina, oleg = await console.visitor(), await console.visitor("oleg", "Олег")
    other = await add(console, "t1")
    await irina.post(f"/dialogs/{conversation['id']}/claim")
    await oleg.post(f"/dialogs/{other['id']}/claim")
    await irina.post(f"/dialogs/{conversation['id']}/merge", {"other": other["id"]})
    assert "Диалог ведёте вы" in (await irina.get(f"/dialogs/{conversation['id']}"))[1]
    assert "Диалог ведёт Олег" in (await irina.get(f"/dialogs/{other['id']}"))[1]
    owner = await console.database.transaction(lambda conn: merging.owner_of(conn, other["id"]))
    assert await owners(console) == {owner}
