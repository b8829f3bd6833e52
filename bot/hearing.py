"""From a row of the inbox to an event of the dialog."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.events import decode_content
from bot.talk import Batch, Talk
from channels.contract import Contact, Content, Location, Photo, Press, Reachability, Start, Text, Unsupported
from dialogs import types as d
from models import attachments
from models import batch as rows
from tickets import service

UNREAD = {  # how the transcript shows what no bot can read
    "sticker": "[стикер]",
    "voice": "[голосовое сообщение]",
    "video": "[видео]",
    "too_big": "[слишком большой файл]",
    "empty": "[пустое сообщение]",
}


async def event_of(batch: Batch, talk: Talk, body: dict[str, Any]) -> d.Event:
    """Return the event of one inbox row; a resident's line goes into the transcript."""
    match body["kind"]:
        case "ticket_changed":
            ticket = await service.ticket_view(batch.conn, body["ticket_id"])
            if ticket is None:
                raise LookupError(f"ticket with id {body['ticket_id']} does not exist")
            comment, actor = body.get("comment", ""), body.get("actor_name", "")
            return d.TicketChanged(ticket=ticket, kind=body["change"], comment=comment, actor_name=actor)
        case "timer":
            ticket_id = body.get("ticket_id") or 0
            ticket = await service.ticket_view(batch.conn, ticket_id) if ticket_id else None
            return d.TimerFired(kind=body["timer"], ticket=ticket, token=body.get("token", ""))
        case "handover":
            return d.HandoverChanged(claimed=body["claimed"], dispatcher_name=body.get("dispatcher_name", ""))
    return await _resident_event(batch, talk, decode_content(body))


async def _resident_event(batch: Batch, talk: Talk, content: Content) -> d.Event:
    """Write the resident's line into the transcript and give photos their stored name."""
    shown, file = "", ""
    match content:
        case Text(text):
            shown = text
        case Press(value):
            shown = await rows.pressed_label(batch.conn, talk.id, value) or value
        case Photo(remote, caption):
            file = await attachments.stored_name(batch.conn, talk.channel, remote, batch.now_ms)
            content = replace(content, file=replace(remote, remote_id=file))
            shown = caption
            batch.topics.add("files")
        case Start() | Reachability():
            return content
        case _:
            shown = line_of(content)
    batch.log(talk, "resident", shown, file=file)
    if talk.row["claimed_by"] or talk.row["waiting_ms"]:
        talk.unread += 1
        batch.topics.add("console")
    return content


def line_of(content: Content) -> str:
    """How the transcript shows what is neither text nor photo."""
    match content:
        case Contact(phone):
            return phone
        case Location(latitude, longitude):
            return f"{latitude:.5f}, {longitude:.5f}"
        case Unsupported(kind):
            return UNREAD.get(kind, "[сообщение, которое бот не читает]")
    return ""
