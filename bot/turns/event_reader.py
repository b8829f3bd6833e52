"""From a row of the inbox to an event of the dialog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.messages.event_codec import decode_content
from bot.turns.batch import Batch, ConversationState
from channels.contract import (
    Contact,
    Content,
    FileRef,
    Form,
    Letter,
    Location,
    Photo,
    Press,
    Reachability,
    Start,
    Text,
    Unsupported,
    Voice,
)
from dialogs.events import (
    DraftMoved,
    Event,
    FileRefused,
    Forgotten,
    HandoverChanged,
    Merged,
    Recognised,
    TicketChanged,
    TimerFired,
)
from models import attachments, erasure
from models.queues import turn_batch as rows
from models.residents import conversations
from tickets import service
from tickets.lifecycle.types import TicketView

UNREAD = {  # how the transcript shows what no bot can read
    "sticker": "[стикер]",
    "voice": "[голосовое сообщение]",
    "video": "[видео]",
    "too_big": "[слишком большой файл]",
    "empty": "[пустое сообщение]",
}


@dataclass(frozen=True, slots=True)
class Preloaded:
    """What the events of many inbox rows need from the database, read at once."""

    tickets: Mapping[int, TicketView]  # by id
    labels: Mapping[tuple[int, str], str]  # of (conversation id, button value)


async def preload(batch: Batch, heard: Sequence[tuple[ConversationState, dict[str, Any]]]) -> Preloaded:
    """Read what `decode_event` needs for these inbox bodies."""
    presses = [(conversation.id, value_of(body)) for conversation, body in heard if body["kind"] == "press"]
    return Preloaded(
        await service.ticket_views(batch.conn, {body.get("ticket_id") or 0 for _, body in heard} - {0}),
        await rows.pressed_labels(batch.conn, presses),
    )


def value_of(body: dict[str, Any]) -> str:
    content = body.get("content")
    return str(content.get("value", "")) if isinstance(content, dict) else ""


async def decode_event(batch: Batch, conversation: ConversationState, body: dict[str, Any], ahead: Preloaded) -> Event:
    """Return the event of one inbox row; a resident's line goes into the transcript."""
    match body["kind"]:
        case "ticket_changed":
            ticket = ahead.tickets.get(body["ticket_id"])
            if ticket is None:
                raise LookupError(f"ticket with id {body['ticket_id']} does not exist")
            if body.get("joined"):
                ticket = replace(ticket, joined=True)
            comment, actor = body.get("comment", ""), body.get("actor_name", "")
            return TicketChanged(ticket=ticket, kind=body["change"], comment=comment, actor_name=actor)
        case "timer":
            ticket = ahead.tickets.get(body.get("ticket_id") or 0)
            return TimerFired(kind=body["timer"], ticket=ticket, token=body.get("token", ""))
        case "handover":
            return HandoverChanged(claimed=body["claimed"], dispatcher_name=body.get("dispatcher_name", ""))
        case "file_refused":
            return FileRefused(file=body["file"], reason=body["reason"])
        case "recognised":
            return Recognised(file=body["file"], text=body["text"])
        case "merged":
            return Merged(outcome=body["outcome"], channel=body.get("channel", ""))
        case "draft_moved":
            return DraftMoved(form=body["form"], channel=body["channel"])
        case "forgotten":
            # What was said in this batch is not yet written.
            batch.messages = [line for line in batch.messages if line[1] != conversation.id]
            await erasure.forget_words(batch.conn, conversation.id, conversation.channel, conversation.row["address"])
            return Forgotten()
    if thread := body.get("thread"):
        conversation.row["thread"] = thread
        await conversations.set_thread(batch.conn, conversation.id, thread)
    return await _resident_event(batch, conversation, decode_content(body), ahead)


async def _resident_event(batch: Batch, conversation: ConversationState, content: Content, ahead: Preloaded) -> Event:
    """Write the resident's line into the transcript and give photos their stored name."""
    shown, file = "", ""
    conversation.pressed = ""
    if not conversation.row["reachable"] and not isinstance(content, Reachability):
        conversation.row["reachable"] = 1  # whoever writes can be written to
        await conversations.set_reachable(batch.conn, conversation.id, reachable=True)
    match content:
        case Text(text):
            shown = text
        case Press(value, message):
            conversation.pressed = message
            shown = ahead.labels.get((conversation.id, value)) or value
        case Photo(remote) | Voice(remote):
            file = await stored(batch, conversation, remote, voice=isinstance(content, Voice))
            content = replace(content, file=replace(remote, remote_id=file))
            shown = content.caption if isinstance(content, Photo) else line_of(content)
        case Letter() | Form():
            content = replace(content, files=tuple([await _kept(batch, conversation, one) for one in content.files]))
            shown = line_of(content)
        case Start() | Reachability():
            return content
        case _:
            shown = line_of(content)
    batch.log(conversation, "resident", shown, file=file)
    for one in content.files if isinstance(content, Letter | Form) else ():
        batch.log(conversation, "resident", "", file=one.remote_id)
    if conversation.row["claimed_by"] or conversation.row["waiting_ms"]:
        conversation.unread += 1
        batch.topics.add("console")
    return content


async def stored(batch: Batch, conversation: ConversationState, remote: FileRef, *, voice: bool = False) -> str:
    """Return the stored name of a file; one that lies at the channel is fetched later, a voice is written down."""
    batch.topics.add("files")
    if voice:
        batch.topics.add("voice")
    return await attachments.stored_name(
        batch.conn, conversation.channel, remote, batch.now_ms, conversation_id=conversation.id, voice=voice
    )


async def _kept(batch: Batch, conversation: ConversationState, remote: FileRef) -> FileRef:
    return replace(remote, remote_id=await stored(batch, conversation, remote))


def line_of(content: Content) -> str:
    """How the transcript shows what is neither text nor photo."""
    match content:
        case Voice():
            return UNREAD["voice"]
        case Letter():
            return "\n\n".join(part for part in (content.subject, content.full or content.text) if part)
        case Form():
            told = (content.address, content.apartment, content.name, content.phone, content.text)
            return "\n".join(part for part in told if part)
        case Contact(phone):
            return phone
        case Location(latitude, longitude):
            return f"{latitude:.5f}, {longitude:.5f}"
        case Unsupported(kind):
            return UNREAD.get(kind, "[сообщение, которое бот не читает]")
    return ""
