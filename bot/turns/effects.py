"""Carry out what a dialog decided. One function per kind of effect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import epoch
from bot.turns.batch import Batch, ConversationState
from dialogs.effects import (
    AddToTicket,
    AskCode,
    CallDispatcher,
    CancelTimer,
    ChangeStatus,
    ChoosePush,
    CountThrottled,
    Effect,
    ForgetMe,
    KeepCorrection,
    LogUnanswered,
    OpenTicket,
    RateAnswer,
    SaveKnown,
    SetReachable,
    SetTimer,
    TakeDraft,
    TermTold,
    UpdateTicket,
    UseCode,
    WantAnnouncements,
)
from dialogs.events import CodeChecked, CodeMade, Event, TicketOpened
from models import erasure
from models.database.connection import TENANT
from models.queues import inbox
from models.queues.event_bodies import DraftMovedBody, ForgottenBody, InternalBody, encode
from models.queues.timers import Timer
from models.queues.turn_batch import ResidentChanges
from models.residents import conversations, link_codes, merging
from models.residents.rows import OtherConversation
from operators.handover.types import Call
from tickets import service
from tickets.learning.types import RESIDENT
from tickets.service import Actor
from tickets.storage import corrections

BOT = Actor(kind="bot", id=0, name="бот")


def resident_of(conversation: ConversationState) -> Actor:
    return Actor(kind="resident", id=conversation.resident.id, name=conversation.resident.name)


async def refresh_tickets(batch: Batch, conversation: ConversationState) -> None:
    """Read the tickets of this resident again after one of them changed."""
    resident_id = conversation.resident.id
    views = await service.views_of_residents(batch.conn, [resident_id], batch.now_ms)
    for one in batch.of_resident(resident_id):
        one.tickets = views.get(resident_id, ())
    batch.topics.add("console")


async def open_tickets(
    batch: Batch, orders: Sequence[tuple[ConversationState, OpenTicket]], address_of: Callable[[int], str]
) -> list[Event]:
    """Open the tickets of many conversations at once; return what each dialog is told, in the same order."""
    if not orders:
        return []
    new = [order_of(conversation, effect, address_of) for conversation, effect in orders]
    alone = [order for order, (_, effect) in zip(new, orders, strict=True) if not effect.join]
    views = await service.open_tickets(batch.conn, alone, actor=BOT, now_ms=batch.now_ms) if alone else []
    opened, told = iter(views), list[Event]()
    for order, (conversation, effect) in zip(new, orders, strict=True):
        event = await join_or_open(batch, order) if effect.join else TicketOpened(ticket=next(opened))
        for same in batch.of_resident(conversation.resident.id):
            others = (one for one in same.tickets if one.id != event.ticket.id)
            same.tickets = (event.ticket, *others)  # newest first
        told.append(event)
    batch.topics.add("console")
    return told


async def join_or_open(batch: Batch, order: service.NewTicket) -> TicketOpened:
    """One after the other, so that the second of two neighbours in a batch joins the first."""
    known = await service.join_ticket(batch.conn, order, actor=BOT, now_ms=batch.now_ms)
    view = known or await service.open_ticket(batch.conn, order, actor=BOT, now_ms=batch.now_ms)
    return TicketOpened(ticket=view, known=known is not None)


def order_of(
    conversation: ConversationState, effect: OpenTicket, address_of: Callable[[int], str]
) -> service.NewTicket:
    return service.NewTicket(
        problem=effect.problem,
        conversation_id=conversation.id,
        resident_id=conversation.resident.id,
        source=conversation.channel,
        house_id=effect.house_id,
        address=address_of(effect.house_id) or effect.address_text,
        apartment=effect.apartment,
        entrance=effect.entrance,
        floor=effect.floor,
        name=effect.name,
        phone=effect.phone,
        text=effect.text,
        emergency=effect.emergency,
        files=effect.files,
    )


async def add_to_ticket(batch: Batch, conversation: ConversationState, effect: AddToTicket) -> None:
    actor = resident_of(conversation)
    if effect.text:
        await service.add_comment(
            batch.conn, effect.ticket_id, effect.text, public=True, actor=actor, now_ms=batch.now_ms
        )
    if effect.file:
        await service.add_file(batch.conn, effect.ticket_id, effect.file, actor=actor, now_ms=batch.now_ms)
    batch.topics.add("console")


async def update_ticket(
    batch: Batch, conversation: ConversationState, effect: UpdateTicket, address_of: Callable[[int], str]
) -> None:
    await service.update_details(
        batch.conn,
        effect.ticket_id,
        actor=resident_of(conversation),
        now_ms=batch.now_ms,
        house_id=effect.house_id,
        address=address_of(effect.house_id) or effect.address_text,
        apartment=effect.apartment,
        phone=effect.phone,
        name=effect.name,
        entrance=effect.entrance,
        text=effect.text,
    )
    await refresh_tickets(batch, conversation)


async def term_told(batch: Batch, conversation: ConversationState, effect: TermTold) -> None:
    await service.mark_informed(batch.conn, effect.ticket_id, actor=BOT, now_ms=batch.now_ms)
    batch.topics.add("console")


async def change_status(batch: Batch, conversation: ConversationState, effect: ChangeStatus) -> None:
    await service.change_status(
        batch.conn,
        effect.ticket_id,
        effect.status,
        actor=resident_of(conversation),
        now_ms=batch.now_ms,
        reason=effect.reason,
    )
    await refresh_tickets(batch, conversation)


async def call_dispatcher(batch: Batch, conversation: ConversationState, effect: CallDispatcher) -> None:
    if conversation.row.claimed_by and not effect.urgent:
        return
    batch.calls.append(Call(conversation.id, effect.reason, effect.urgent))
    conversation.row.waiting_ms = conversation.row.waiting_ms or (0 if conversation.row.claimed_by else batch.now_ms)
    batch.topics.add("console")


async def save_known(batch: Batch, conversation: ConversationState, effect: SaveKnown) -> None:
    """Note what is new; a phone that is only typed takes the proof of the one before it away."""
    resident, changes = conversation.resident, batch.known.setdefault(conversation.resident.id, ResidentChanges())
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
    resident, changes = conversation.resident, batch.known[conversation.resident.id]
    if effect.phone and effect.phone != resident.phone:
        resident.phone = changes.phone = effect.phone
        resident.phone_verified_ms = changes.phone_verified_ms = 0
    if effect.phone and effect.verified:
        changes.phone = effect.phone
        resident.phone_verified_ms = changes.phone_verified_ms = batch.now_ms
        await merging.ask(batch.conn, conversation.id, 0, "contact", batch.now_ms)
        batch.topics.add("identity")


async def forget_me(batch: Batch, conversation: ConversationState, effect: ForgetMe) -> None:
    """Forget at once; the resident's other conversations are told, so that their own turns forget what is under way."""
    await batch.flush_calls()
    resident_id = conversation.resident.id
    await erasure.forget_resident(batch.conn, resident_id, batch.now_ms)
    mine = {one.id for one in batch.of_resident(resident_id)}
    batch.messages = [line for line in batch.messages if line[1] not in mine]  # said in this batch, not yet written
    batch.known.pop(resident_id, None)
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


async def ask_code(batch: Batch, conversation: ConversationState, effect: AskCode) -> CodeMade:
    return CodeMade(code=await link_codes.issue(batch.conn, conversation.id, batch.now_ms))


async def use_code(batch: Batch, conversation: ConversationState, effect: UseCode) -> CodeChecked:
    outcome, other_id = await link_codes.use(batch.conn, conversation.id, effect.code, batch.now_ms)
    if other_id:
        await merging.ask(batch.conn, conversation.id, other_id, "code", batch.now_ms)
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


async def set_timer(batch: Batch, conversation: ConversationState, effect: SetTimer) -> None:
    due_ms = epoch.to_ms(effect.due)
    timer = Timer(
        channel=conversation.channel,
        conversation=conversation.row.address,
        kind=effect.kind,
        due_ms=due_ms,
        token=effect.token,
    )
    batch.timers[timer.name] = timer, True


async def cancel_timer(batch: Batch, conversation: ConversationState, effect: CancelTimer) -> None:
    timer = Timer(channel=conversation.channel, conversation=conversation.row.address, kind=effect.kind)
    batch.timers[timer.name] = timer, False


async def log_unanswered(batch: Batch, conversation: ConversationState, effect: LogUnanswered) -> None:
    batch.unanswered.append(effect.text)


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


async def rate_answer(batch: Batch, conversation: ConversationState, effect: RateAnswer) -> None:
    batch.ratings.append((effect.entry_id, effect.helped))


async def set_reachable(batch: Batch, conversation: ConversationState, effect: SetReachable) -> None:
    await conversations.set_reachable(batch.conn, conversation.id, effect.reachable, effect.reason)


async def want_announcements(batch: Batch, conversation: ConversationState, effect: WantAnnouncements) -> None:
    await conversations.want_announcements(batch.conn, conversation.resident.id, effect.wanted)


async def count_throttled_message(batch: Batch, conversation: ConversationState, effect: CountThrottled) -> None:
    await conversations.count_throttled(batch.conn, conversation.id, 1, batch.now_ms)
    batch.topics.add("console")


Plain = Callable[[Batch, ConversationState, Any], Awaitable[Event | None]]

PLAIN: dict[type[Any], Plain] = {
    AddToTicket: cast(Plain, add_to_ticket),
    TermTold: cast(Plain, term_told),
    ChangeStatus: cast(Plain, change_status),
    CallDispatcher: cast(Plain, call_dispatcher),
    SaveKnown: cast(Plain, save_known),
    ForgetMe: cast(Plain, forget_me),
    SetTimer: cast(Plain, set_timer),
    CancelTimer: cast(Plain, cancel_timer),
    LogUnanswered: cast(Plain, log_unanswered),
    KeepCorrection: cast(Plain, keep_correction),
    RateAnswer: cast(Plain, rate_answer),
    SetReachable: cast(Plain, set_reachable),
    WantAnnouncements: cast(Plain, want_announcements),
    CountThrottled: cast(Plain, count_throttled_message),
    AskCode: cast(Plain, ask_code),
    UseCode: cast(Plain, use_code),
    ChoosePush: cast(Plain, choose_push),
    TakeDraft: cast(Plain, take_draft),
}


async def carry_out(
    batch: Batch, conversation: ConversationState, effect: Effect, address_of: Callable[[int], str]
) -> Event | None:
    """Do one effect inside the batch's transaction; tickets are opened by `open_tickets`.

    Returns what the dialog must know of the outcome, if anything.
    """
    if isinstance(effect, UpdateTicket):
        await update_ticket(batch, conversation, effect, address_of)
        return None
    return await PLAIN[type(effect)](batch, conversation, effect)
