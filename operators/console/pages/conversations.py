"""Pages of conversations: the queue, the list with its search, one conversation with its reply form."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from channels.contract import PayloadError
from models.database.connection import Connection
from models.residents import reachability
from operators.accounts import sessions
from operators.console.context import (
    ConsoleContext,
    console_of,
    figures_of,
    fragment,
    number_of,
    page,
    page_number,
    see,
    session_of,
    wants_json,
)
from operators.console.form import Form
from operators.console.queries import conversations as conversation_rows
from operators.console.queries import queue as queue_rows
from operators.console.queries import tickets as ticket_rows
from operators.handover import service as handover
from operators.handover.service import LONGEST_REPLY
from operators.types import AlreadyClaimed


async def queue(request: web.Request) -> web.Response:
    return await page(request, "queue.html", **await _queue(request))


async def queue_part(request: web.Request) -> web.Response:
    return fragment(request, "parts/queue.html", **await _queue(request))


async def _queue(request: web.Request) -> dict[str, Any]:
    console, me = console_of(request), session_of(request).user

    async def work(conn: Connection) -> dict[str, Any]:
        claimed = await queue_rows.claimed(conn)
        return {
            "waiting": await queue_rows.waiting(conn),
            "mine": [row for row in claimed if row["claimed_by"] == me.id],
            "others": [row for row in claimed if row["claimed_by"] != me.id],
            "on_duty": await sessions.on_duty(conn, console.now_ms()),
        }

    return await console.database.transaction(work)


async def header_part(request: web.Request) -> web.Response:
    """Answer with the header of every page: its figures and the alert. The script refreshes it on every hint."""
    console, me = console_of(request), session_of(request).user
    figures = await figures_of(console, me.id)
    return fragment(request, "parts/header.html", figures=figures, section=request.query.get("at", ""))


async def all_conversations(request: web.Request) -> web.Response:
    console, number = console_of(request), page_number(request)
    search = request.query.get("q", "")[:100]
    rows, more = await console.database.transaction(lambda conn: conversation_rows.conversations(conn, search, number))
    return await page(request, "conversations.html", rows=rows, more=more, page=number, search=search)


async def conversation(request: web.Request) -> web.Response:
    return await page(request, "conversation.html", **await _conversation(request))


async def lines_part(request: web.Request) -> web.Response:
    return fragment(request, "parts/lines.html", **await _conversation(request))


async def strip_part(request: web.Request) -> web.Response:
    """Answer with the line above the transcript: who has the conversation, and the button to claim or release it."""
    return fragment(request, "parts/strip.html", **await _conversation(request))


async def side_part(request: web.Request) -> web.Response:
    return fragment(request, "parts/side.html", **await _conversation(request))


async def _conversation(request: web.Request) -> dict[str, Any]:
    console, me, number = console_of(request), session_of(request).user, number_of(request)

    async def work(conn: Connection) -> dict[str, Any]:
        row = await conversation_rows.conversation(conn, number)
        await handover.mark_read(conn, conversation_id=number, user=me)
        return {
            "conversation": row,
            "lines": await conversation_rows.transcript(conn, number),
            "handovers": await conversation_rows.handovers(conn, number),
            "channels": await reachability.of_resident(conn, row["resident_id"], console.now_ms()),
            "merges": await conversation_rows.merges_of(conn, row["resident_id"]),
            "tickets": await ticket_rows.tickets_of(conn, row["resident"].get("id", 0), number),
            "is_mine": row["claimed_by"] == me.id,
            "longest": LONGEST_REPLY,
        }

    return await console.database.transaction(work)


async def claim(request: web.Request) -> web.Response:
    console, me, number = console_of(request), session_of(request).user, number_of(request)
    try:
        row = await console.database.transaction(
            lambda conn: handover.claim(conn, conversation_id=number, user=me, now_ms=console.now_ms())
        )
    except AlreadyClaimed as error:
        return await _refused(request, 409, f"Диалог уже ведёт {error.name}. Вы можете читать его.")
    console.notify_conversation(row)
    return see(f"/dialogs/{number}", "claimed")


async def release(request: web.Request) -> web.Response:
    console, me, number = console_of(request), session_of(request).user, number_of(request)
    row = await console.database.transaction(
        lambda conn: handover.release(conn, conversation_id=number, user=me, now_ms=console.now_ms())
    )
    console.notify_conversation(row)
    return see(f"/dialogs/{number}", "released")


async def reply(request: web.Request) -> web.Response:
    """Send the text and the attached file of the form; one of them may be missing."""
    console, me, number = console_of(request), session_of(request).user, number_of(request)
    form = await Form.of(request)
    text = form.raw("text")
    if len(text) > LONGEST_REPLY:
        return await _refused(request, 400, f"Слишком длинно: {len(text)} знаков, можно {LONGEST_REPLY}.", text)
    before = await console.database.transaction(lambda conn: handover.conversation(conn, number))
    if before["claimed_by"] != me.id:
        return await _refused(request, 409, "Диалог сейчас не у вас. Сначала возьмите его.", text)
    try:
        file = await _stored_file(console, form)
    except PayloadError:
        megabytes = console.photo_bytes // 1_000_000
        kinds = "фото (JPEG, PNG, WebP), PDF, DOCX, XLSX, текст, звук или видео MP4"
        return await _refused(request, 400, f"Файл не подходит: можно {kinds} до {megabytes} МБ.", text)
    if not text.strip() and not file:
        return await _refused(request, 400, "Напишите ответ или приложите файл.")
    row = await console.database.transaction(
        lambda conn: handover.reply(
            conn, conversation_id=number, user=me, text=text, file=file, now_ms=console.now_ms()
        )
    )
    console.notify_conversation(row)
    return web.json_response({"ok": True}) if wants_json(request) else see(f"/dialogs/{number}", "sent")


async def _stored_file(console: ConsoleContext, form: Form) -> str:
    """Store the attached file and return its name; '' when there is none. Raises `PayloadError`."""
    photo = form.file("photo")
    if photo is None:
        return ""
    data = photo.file.read(console.photo_bytes + 1)
    if not data:
        return ""
    if len(data) > console.photo_bytes:
        raise PayloadError("the file is too big")
    return (await console.files.put(data, photo.filename, photo.content_type)).remote_id


async def _refused(request: web.Request, status: int, message: str, text: str = "") -> web.Response:
    """Answer with the reason of a refusal; the page keeps the typed text."""
    if wants_json(request):
        return web.json_response({"error": message}, status=status)
    return await page(
        request, "conversation.html", status=status, error=message, draft=text, **await _conversation(request)
    )
