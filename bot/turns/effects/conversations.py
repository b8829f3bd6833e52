"""Carry out what a dialog decided about its conversation and resident. One function per kind of effect."""

from __future__ import annotations

import epoch
from bot.turns.batch import Batch
from bot.turns.conversation_state import ConversationState
from dialogs.effects import (
    CallDispatcher,
    CancelTimer,
    ChoosePush,
    KeepCorrection,
    SaveKnown,
    SetTimer,
    TakeDraft,
    UseCode,
)
from dialogs.events import CodeChecked, CodeMade
from models import erasure
from models.database.connection import TENANT
from models.queues import inbox
from models.queues.timers import Timer
from models.queues.turn_batch import ResidentChanges
from models.residents import conversations, link_codes, merge_requests, merging
from models.residents.rows import OtherConversation
from models.rows.event_bodies import DraftMovedBody, ForgottenBody, InternalBody, encode
from operators.types import Call
from tickets.learning.types import RESIDENT
from tickets.storage import corrections


def call_dispatcher(batch: Batch, conversation: ConversationState, effect: CallDispatcher) -> None:
    if conversation.row.claimed_by and not effect.urgent:
        return
    batch.calls.append(Call(conversation.id, effect.reason, effect.urgent))
    conversation.row.waiting_ms = conversation.row.waiting_ms or (0 if conversation.row.claimed_by else batch.now_ms)
    batch.topics.add("console")


async def save_known(batch: Batch, conversation: ConversationState, effect: SaveKnown) -> None:
    """Note what is new; a phone that is only typed takes the proof of the one before it away."""
    resident, changes = (
        conversation.resident,
        batch.resident_changes.setdefault(conversation.resident.id, ResidentChanges()),
    )
    if effect.name and effect.name != resident.name:
        resident.name = changes.name = effect.name
    if effect.house_id and effect.house_id != resident.house_id:
        resident.house_id = changes.house_id = effect.house_id
    if effect.apartment and effect.apartment != resident.apartment:
        resident.apartment = changes.apartment = effect.apartment
    if effect.notice_version and effect.notice_version != resident.notice_version:
        resident.notice_version = changes.notice_version = effect.notice_version
    if effect.notified and not resident.notified_ms:
        resident.notified_ms = changes.notified_ms = batch.now_ms
    await save_phone(batch, conversation, effect)


async def save_phone(batch: Batch, conversation: ConversationState, effect: SaveKnown) -> None:
    resident, changes = conversation.resident, batch.resident_changes[conversation.resident.id]
    if effect.phone and effect.phone != resident.phone:
        resident.phone = changes.phone = effect.phone
        resident.phone_verified_ms = changes.phone_verified_ms = 0
    if effect.phone and effect.verified:
        changes.phone = effect.phone
        resident.phone_verified_ms = changes.phone_verified_ms = batch.now_ms
        await merge_requests.ask(batch.conn, conversation.id, 0, "contact", batch.now_ms)
        batch.topics.add("identity")


async def forget_me(batch: Batch, conversation: ConversationState) -> None:
    """Forget at once; the resident's other conversations are told, so that their own turns forget what is under way."""
    await batch.flush_calls()
    resident_id = conversation.resident.id
    await erasure.forget_resident(batch.conn, resident_id, batch.now_ms)
    batch.drop_lines({own.id for own in batch.of_resident(resident_id)})
    batch.resident_changes.pop(resident_id, None)
    for other in batch.others.get(resident_id, ()):
        if other.id != conversation.id:
            await notify_conversation(batch, other, f"forgotten:{conversation.id}", ForgottenBody())
    conversation.row.waiting_ms = await conversations.waiting_since(batch.conn, conversation.id)
    conversation.resident.forget()


async def notify_conversation(batch: Batch, other: OtherConversation, key: str, body: InternalBody) -> None:
    """Tell another conversation of the resident something; its own turn acts on it."""
    batch.topics.add("inbox")
    await inbox.enqueue(
        batch.conn,
        tenant=TENANT,
        channel=other.channel,
        conversation=other.address,
        key=f"{key}:{other.id}:{batch.now_ms}",
        body=encode(body),
        at_ms=batch.now_ms,
    )


async def ask_code(batch: Batch, conversation: ConversationState) -> CodeMade:
    return CodeMade(code=await link_codes.issue(batch.conn, conversation.id, batch.now_ms))


async def use_code(batch: Batch, conversation: ConversationState, effect: UseCode) -> CodeChecked:
    outcome, other_id = await link_codes.use(batch.conn, conversation.id, effect.code, batch.now_ms)
    if other_id:
        await merge_requests.ask(batch.conn, conversation.id, other_id, "code", batch.now_ms)
        batch.topics.add("identity")
    return CodeChecked(outcome=outcome)


async def choose_push(batch: Batch, conversation: ConversationState, effect: ChoosePush) -> None:
    if await merging.choose_push(batch.conn, conversation.resident.id, effect.conversation_id):
        conversation.resident.push_conversation_id = effect.conversation_id
        batch.topics.add("console")


async def take_draft(batch: Batch, conversation: ConversationState, effect: TakeDraft) -> None:
    """The report goes on here; the conversation it was begun in drops it in a turn of its own."""
    for other in batch.others.get(conversation.resident.id, ()):
        if other.id == effect.conversation_id:
            body = DraftMovedBody(form=effect.form, channel=conversation.channel)
            await notify_conversation(batch, other, f"draft_moved:{effect.form}", body)


def set_timer(batch: Batch, conversation: ConversationState, effect: SetTimer) -> None:
    timer = Timer(
        channel=conversation.channel,
        conversation=conversation.row.address,
        kind=effect.kind,
        due_ms=epoch.to_ms(effect.due),
        token=effect.token,
    )
    batch.timers[timer.name] = timer, True


def cancel_timer(batch: Batch, conversation: ConversationState, effect: CancelTimer) -> None:
    timer = Timer(channel=conversation.channel, conversation=conversation.row.address, kind=effect.kind)
    batch.timers[timer.name] = timer, False


async def keep_correction(batch: Batch, conversation: ConversationState, effect: KeepCorrection) -> None:
    await corrections.keep(
        batch.conn,
        effect.text,
        personal=effect.personal,
        guessed=effect.guessed,
        chosen=effect.chosen,
        who=RESIDENT,
        now_ms=batch.now_ms,
        conversation_id=conversation.id,
    )
