"""Carry out what a dialog decided about tickets. One function per kind of effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.turns.batch import Batch
from bot.turns.conversation_state import ConversationState
from dialogs.effects import AddToTicket, ChangeStatus, OpenTicket, TermTold, UpdateTicket
from dialogs.events import Event, TicketOpened
from tickets import service
from tickets.lifecycle.types import Actor

BOT = Actor(kind="bot", id=0, name="бот")


def resident_of(conversation: ConversationState) -> Actor:
    return Actor(kind="resident", id=conversation.resident.id, name=conversation.resident.name)


async def refresh_tickets(batch: Batch, conversation: ConversationState) -> None:
    """Read the tickets of this resident again after one of them changed."""
    resident_id = conversation.resident.id
    views = await service.views_of_residents(batch.conn, [resident_id], batch.now_ms)
    for own in batch.of_resident(resident_id):
        own.tickets = views.get(resident_id, ())
    batch.topics.add("console")


async def open_tickets(
    batch: Batch, orders: Sequence[tuple[ConversationState, OpenTicket]], address_of: Callable[[int], str]
) -> list[Event]:
    """Open the tickets of many conversations at once; return the event for each dialog, in the same order."""
    if not orders:
        return []
    new = [order_of(conversation, effect, address_of) for conversation, effect in orders]
    alone = [order for order, (_, effect) in zip(new, orders, strict=True) if not effect.join]
    views = await service.open_tickets(batch.conn, alone, actor=BOT, now_ms=batch.now_ms) if alone else []
    opened, outcomes = iter(views), list[Event]()
    for order, (conversation, effect) in zip(new, orders, strict=True):
        event = await join_or_open(batch, order) if effect.join else TicketOpened(ticket=next(opened))
        for own in batch.of_resident(conversation.resident.id):
            others = (ticket for ticket in own.tickets if ticket.id != event.ticket.id)
            own.tickets = (event.ticket, *others)  # newest first
        outcomes.append(event)
    batch.topics.add("console")
    return outcomes


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


async def mark_term_told(batch: Batch, effect: TermTold) -> None:
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
