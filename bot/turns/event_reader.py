"""Turn bodies of inbox rows into events of the dialog."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never, cast

from bot.messages.event_codec import SentBody, decode_sent
from bot.turns.batch import Batch
from bot.turns.conversation_state import ConversationState
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
    ChangeKind,
    DraftMoved,
    Event,
    FileRefused,
    Forgotten,
    HandoverChanged,
    Merged,
    Recognised,
    RefusalReason,
    TicketChanged,
    TimerFired,
    TimerKind,
)
from models import attachments, erasure
from models.queues import event_bodies
from models.queues import turn_batch as rows
from models.queues.event_bodies import (
    DraftMovedBody,
    FileRefusedBody,
    ForgottenBody,
    HandoverBody,
    InternalBody,
    MergedBody,
    RecognisedBody,
    TicketChangedBody,
    TimerBody,
)
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


InboxBody = SentBody | InternalBody


@dataclass(frozen=True, slots=True)
class Preloaded:
    """Rows that the events of many inbox rows need, read at once."""

    tickets: Mapping[int, TicketView]  # by id
    labels: Mapping[tuple[int, str], str]  # of (conversation id, button value)


def decode(text: str) -> InboxBody:
    """Read an inbox body, whoever wrote it.

    Raises:
        PayloadError: neither `encode_incoming` nor `models.queues.event_bodies.encode` wrote it.
    """
    body = json.loads(text)
    return event_bodies.from_json(body) or decode_sent(body)


async def preload(batch: Batch, bodies: Sequence[tuple[ConversationState, InboxBody]]) -> Preloaded:
    """Read what `dialog_event` needs for these inbox bodies."""
    tickets = {body.ticket_id for _, body in bodies if isinstance(body, TicketChangedBody | TimerBody)}
    presses = [
        (conversation.id, body.content.value)
        for conversation, body in bodies
        if isinstance(body, SentBody) and isinstance(body.content, Press)
    ]
    return Preloaded(
        await service.ticket_views(batch.conn, tickets - {0}), await rows.pressed_labels(batch.conn, presses)
    )


async def dialog_event(batch: Batch, conversation: ConversationState, body: InboxBody, ahead: Preloaded) -> Event:
    """Return the event of one inbox row; a resident's line goes into the transcript."""
    match body:
        case SentBody():
            if body.thread:
                conversation.row.thread = body.thread
                await conversations.set_thread(batch.conn, conversation.id, body.thread)
            return await _resident_event(batch, conversation, body.content, ahead)
        case TicketChangedBody():
            return _ticket_changed(body, ahead)
        case TimerBody():
            return TimerFired(
                kind=cast(TimerKind, body.kind), ticket=ahead.tickets.get(body.ticket_id), token=body.token
            )
        case HandoverBody():
            return HandoverChanged(claimed=body.claimed, dispatcher_name=body.dispatcher_name)
        case FileRefusedBody():
            return FileRefused(file=body.file, reason=cast(RefusalReason, body.reason))
        case RecognisedBody():
            return Recognised(file=body.file, text=body.text)
        case MergedBody():
            return Merged(outcome=body.outcome, channel=body.channel)
        case DraftMovedBody():
            return DraftMoved(form=body.form, channel=body.channel)
        case ForgottenBody():
            return await _forgotten(batch, conversation)
    assert_never(body)


def _ticket_changed(body: TicketChangedBody, ahead: Preloaded) -> TicketChanged:
    ticket = ahead.tickets.get(body.ticket_id)
    if ticket is None:
        raise LookupError(f"ticket with id {body.ticket_id} does not exist")
    if body.joined:
        ticket = replace(ticket, joined=True)
    return TicketChanged(
        ticket=ticket, kind=cast(ChangeKind, body.change), comment=body.comment, actor_name=body.actor_name
    )


async def _forgotten(batch: Batch, conversation: ConversationState) -> Forgotten:
    """Forget the words of this conversation, also those of this batch that are not written yet."""
    batch.drop_lines({conversation.id})
    await erasure.forget_words(batch.conn, conversation.id, conversation.channel, conversation.row.address)
    return Forgotten()


async def _resident_event(batch: Batch, conversation: ConversationState, content: Content, ahead: Preloaded) -> Event:
    """Write the resident's line into the transcript and give photos their stored name."""
    shown, file = "", ""
    conversation.pressed = ""
    if not conversation.row.reachable and not isinstance(content, Reachability):
        conversation.row.reachable = True  # a message from the resident proves that the channel works again
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
            content = replace(
                content, files=tuple([await _with_stored_name(batch, conversation, file) for file in content.files])
            )
            shown = line_of(content)
        case Start() | Reachability():
            return content
        case _:
            shown = line_of(content)
    batch.log(conversation, "resident", shown, file=file)
    for stored_file in content.files if isinstance(content, Letter | Form) else ():
        batch.log(conversation, "resident", "", file=stored_file.remote_id)
    if conversation.row.claimed_by or conversation.row.waiting_ms:
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


async def _with_stored_name(batch: Batch, conversation: ConversationState, remote: FileRef) -> FileRef:
    return replace(remote, remote_id=await stored(batch, conversation, remote))


def line_of(content: Content) -> str:
    """Return the line of a transcript for content that is neither text nor photo."""
    match content:
        case Voice():
            return UNREAD["voice"]
        case Letter():
            return "\n\n".join(part for part in (content.subject, content.full or content.text) if part)
        case Form():
            lines = (content.address, content.apartment, content.name, content.phone, content.text)
            return "\n".join(part for part in lines if part)
        case Contact(phone):
            return phone
        case Location(latitude, longitude):
            return f"{latitude:.5f}, {longitude:.5f}"
        case Unsupported(kind):
            return UNREAD.get(kind, "[сообщение, которое бот не читает]")
    return ""
