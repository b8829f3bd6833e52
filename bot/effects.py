"""Carry out what a dialog decided. One function per kind of effect; each may hand an event back to the dialog."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, cast

from bot.talk import Batch, Talk
from dialogs import types as d
from models import conversations, forgetting, timers
from models.database import TENANT
from operators import handover
from tickets import service
from tickets.service import Actor

BOT = Actor(kind="bot", id=0, name="бот")


def resident_of(talk: Talk) -> Actor:
    return Actor(kind="resident", id=talk.resident["id"], name=talk.resident["name"])


async def refresh_tickets(batch: Batch, talk: Talk) -> None:
    """Read the tickets of this resident again after one of them changed."""
    resident_id = talk.resident["id"]
    views = await service.views_of_residents(batch.conn, [resident_id], batch.now_ms)
    talk.tickets = views.get(resident_id, ())
    batch.topics.add("console")


async def open_ticket(batch: Batch, talk: Talk, effect: d.OpenTicket, address_of: Callable[[int], str]) -> d.Event:
    order = service.NewTicket(
        problem=effect.problem,
        conversation_id=talk.id,
        resident_id=talk.resident["id"],
        source=talk.channel,
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
    view = await service.open_ticket(batch.conn, order, actor=BOT, now_ms=batch.now_ms)
    await refresh_tickets(batch, talk)
    return d.TicketOpened(ticket=view)


async def add_to_ticket(batch: Batch, talk: Talk, effect: d.AddToTicket) -> None:
    actor = resident_of(talk)
    if effect.text:
        await service.add_comment(
            batch.conn, effect.ticket_id, effect.text, public=True, actor=actor, now_ms=batch.now_ms
        )
    if effect.file:
        await service.add_file(batch.conn, effect.ticket_id, effect.file, actor=actor, now_ms=batch.now_ms)
    batch.topics.add("console")


async def update_ticket(batch: Batch, talk: Talk, effect: d.UpdateTicket, address_of: Callable[[int], str]) -> None:
    await service.update_details(
        batch.conn,
        effect.ticket_id,
        actor=resident_of(talk),
        now_ms=batch.now_ms,
        house_id=effect.house_id,
        address=address_of(effect.house_id) or effect.address_text,
        apartment=effect.apartment,
        phone=effect.phone,
        name=effect.name,
        entrance=effect.entrance,
        text=effect.text,
    )
    await refresh_tickets(batch, talk)


async def term_told(batch: Batch, talk: Talk, effect: d.TermTold) -> None:
    await service.mark_informed(batch.conn, effect.ticket_id, actor=BOT, now_ms=batch.now_ms)
    batch.topics.add("console")


async def change_status(batch: Batch, talk: Talk, effect: d.ChangeStatus) -> None:
    await service.change_status(
        batch.conn,
        effect.ticket_id,
        effect.status,
        actor=resident_of(talk),
        now_ms=batch.now_ms,
        reason=effect.reason,
    )
    await refresh_tickets(batch, talk)


async def call_dispatcher(batch: Batch, talk: Talk, effect: d.CallDispatcher) -> None:
    if talk.row["claimed_by"] and not effect.urgent:
        return
    await handover.call(
        batch.conn, conversation_id=talk.id, reason=effect.reason, urgent=effect.urgent, now_ms=batch.now_ms
    )
    talk.row["waiting_ms"] = talk.row["waiting_ms"] or (0 if talk.row["claimed_by"] else batch.now_ms)
    batch.topics.add("console")


async def save_known(batch: Batch, talk: Talk, effect: d.SaveKnown) -> None:
    resident = talk.resident
    for name in ("name", "phone", "house_id", "apartment", "notice_version"):
        if value := getattr(effect, name):
            resident[name] = value
    if effect.notified and not resident["notified_ms"]:
        resident["notified_ms"] = batch.now_ms
    talk.resident_dirty = True


async def forget_me(batch: Batch, talk: Talk, effect: d.ForgetMe) -> None:
    await forgetting.forget_resident(batch.conn, talk.resident["id"], batch.now_ms)
    batch.messages = [line for line in batch.messages if line[1] != talk.id]  # said in this batch, not yet written
    row = await batch.conn.fetch_one("SELECT waiting_ms FROM conversation WHERE id = ?", talk.id)
    talk.row["waiting_ms"] = row["waiting_ms"] if row else 0
    talk.resident.update(name="", phone="", house_id=0, apartment="", notice_version="", notified_ms=0)
    talk.resident_dirty = True


def timer_key(talk: Talk, kind: str) -> str:
    return f"{talk.channel}:{talk.row['address']}:{kind}"


async def set_timer(batch: Batch, talk: Talk, effect: d.SetTimer) -> None:
    await timers.set_timer(
        batch.conn,
        tenant=TENANT,
        channel=talk.channel,
        conversation=talk.row["address"],
        kind=effect.kind,
        token=effect.token,
        due_ms=milliseconds(effect.due),
    )


async def cancel_timer(batch: Batch, talk: Talk, effect: d.CancelTimer) -> None:
    await timers.cancel_timer(
        batch.conn, tenant=TENANT, channel=talk.channel, conversation=talk.row["address"], kind=effect.kind
    )


async def log_unanswered(batch: Batch, talk: Talk, effect: d.LogUnanswered) -> None:
    await conversations.log_unanswered(batch.conn, effect.text, batch.now_ms)


async def rate_answer(batch: Batch, talk: Talk, effect: d.RateAnswer) -> None:
    await conversations.rate_answer(batch.conn, effect.entry_id, effect.helped, batch.now_ms)


async def set_reachable(batch: Batch, talk: Talk, effect: d.SetReachable) -> None:
    await conversations.set_reachable(batch.conn, talk.id, effect.reachable)


Plain = Callable[[Batch, Talk, Any], Awaitable[None]]

PLAIN: dict[type[Any], Plain] = {
    d.AddToTicket: cast(Plain, add_to_ticket),
    d.TermTold: cast(Plain, term_told),
    d.ChangeStatus: cast(Plain, change_status),
    d.CallDispatcher: cast(Plain, call_dispatcher),
    d.SaveKnown: cast(Plain, save_known),
    d.ForgetMe: cast(Plain, forget_me),
    d.SetTimer: cast(Plain, set_timer),
    d.CancelTimer: cast(Plain, cancel_timer),
    d.LogUnanswered: cast(Plain, log_unanswered),
    d.RateAnswer: cast(Plain, rate_answer),
    d.SetReachable: cast(Plain, set_reachable),
}


async def carry_out(batch: Batch, talk: Talk, effect: d.Effect, address_of: Callable[[int], str]) -> d.Event | None:
    """Do one effect inside the batch's transaction; return the event that tells the dialog its outcome."""
    if isinstance(effect, d.OpenTicket):
        return await open_ticket(batch, talk, effect, address_of)
    if isinstance(effect, d.UpdateTicket):
        await update_ticket(batch, talk, effect, address_of)
        return None
    await PLAIN[type(effect)](batch, talk, effect)
    return None


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
