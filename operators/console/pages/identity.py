"""One resident in several channels: merge two residents, undo a merge, choose the channel for news."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from models.database.connection import Connection
from models.residents import merging
from operators.console.context import console_of, number_of, page, see, session_of
from operators.console.form import Form
from operators.console.identity_labels import MERGE_ERRORS
from operators.console.queries import conversations as conversation_rows

LONGEST_SEARCH = 100


async def same_resident(request: web.Request) -> web.Response:
    """Show the search for another resident; with `with` in the address ask whether that resident is the same."""
    return await _same_resident(request, "", Form(request.query).id("with") if request.query.get("with") else None)


async def search(request: web.Request) -> web.Response:
    """Show the search results. A phone or a name travels in the body, never in an address."""
    return await _same_resident(request, (await Form.of(request)).text("q", LONGEST_SEARCH), None)


async def _same_resident(request: web.Request, search: str, other: int | None) -> web.Response:
    console, number = console_of(request), number_of(request)

    async def work(conn: Connection) -> dict[str, Any]:
        conversation = await conversation_rows.conversation(conn, number)
        chosen = await conversation_rows.conversation(conn, other) if other is not None else None
        rows = (
            await conversation_rows.candidates(conn, conversation["resident_id"], search)
            if search and not chosen
            else []
        )
        return {"conversation": conversation, "chosen": chosen, "rows": rows, "search": search}

    return await page(request, "same_resident.html", **await console.database.transaction(work))


async def merge(request: web.Request) -> web.Response:
    """Merge the residents of two conversations."""
    console, user, number = console_of(request), session_of(request).user, number_of(request)
    other = (await Form.of(request)).id("other")

    async def work(conn: Connection) -> None:
        first, second = await merging.owner_of(conn, number), await merging.owner_of(conn, other)
        await merging.merge(conn, first, second, reason="dispatcher", actor=user.actor(), now_ms=console.now_ms())

    try:
        await console.database.transaction(work)
    except merging.MergeError as error:
        return await _refusal(request, error)
    console.notify("console")
    return see(f"/dialogs/{number}", "merged")


async def undo(request: web.Request) -> web.Response:
    """Undo a merge of this resident."""
    console, user, number = console_of(request), session_of(request).user, number_of(request)
    merge_id = number_of(request, "merge")

    async def work(conn: Connection) -> None:
        known = await conversation_rows.merges_of(conn, await merging.owner_of(conn, number))
        if merge_id not in [row["id"] for row in known]:
            raise merging.MergeError("unknown")
        await merging.undo(conn, merge_id, actor=user.actor(), now_ms=console.now_ms())

    try:
        await console.database.transaction(work)
    except merging.MergeError as error:
        return await _refusal(request, error)
    console.notify("console")
    return see(f"/dialogs/{number}", "separated")


async def push(request: web.Request) -> web.Response:
    """Choose the conversation that news of the resident's tickets go to; 0: that of the ticket."""
    console, number = console_of(request), number_of(request)
    target = (await Form.of(request)).id("to")

    async def work(conn: Connection) -> bool:
        resident = await merging.owner_of(conn, number)
        return await merging.choose_push(conn, resident, target)

    try:
        done = await console.database.transaction(work)
    except merging.MergeError as error:
        return await _refusal(request, error)
    if not done:
        return await _refusal(request, merging.MergeError("not_theirs"))
    console.notify("console")
    return see(f"/dialogs/{number}", "saved")


async def _refusal(request: web.Request, error: merging.MergeError) -> web.Response:
    console, number = console_of(request), number_of(request)
    conversation = await console.database.transaction(lambda conn: conversation_rows.conversation(conn, number))
    values: dict[str, Any] = {"conversation": conversation, "chosen": None, "rows": [], "search": ""}
    return await page(request, "same_resident.html", status=409, error=MERGE_ERRORS[error.code], **values)
