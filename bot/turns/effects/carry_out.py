"""Carry out what a dialog decided. Each kind of effect has its line here; a new one that lacks it is a type error."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from bot.turns.batch import Batch
from bot.turns.conversation_state import ConversationState
from bot.turns.effects import conversations as of_conversation
from bot.turns.effects import tickets as of_ticket
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
from dialogs.events import Event
from models.residents import conversations

TicketEffect = AddToTicket | ChangeStatus | TermTold | UpdateTicket
NoteEffect = CountThrottled | LogUnanswered | RateAnswer | SetReachable | WantAnnouncements


async def carry_out(
    batch: Batch, conversation: ConversationState, effect: Effect, address_of: Callable[[int], str]
) -> Event | None:
    """Do one effect inside the batch's transaction; tickets are opened by `open_tickets`.

    Returns what the dialog must know of the outcome, if anything.
    """
    match effect:
        case OpenTicket():
            raise ValueError("tickets are opened by open_tickets, many at once")
        case AddToTicket() | ChangeStatus() | TermTold() | UpdateTicket():
            await _change_ticket(batch, conversation, effect, address_of)
        case CountThrottled() | LogUnanswered() | RateAnswer() | SetReachable() | WantAnnouncements():
            await _note(batch, conversation, effect)
        case AskCode():
            return await of_conversation.ask_code(batch, conversation)
        case UseCode():
            return await of_conversation.use_code(batch, conversation, effect)
        case CallDispatcher():
            of_conversation.call_dispatcher(batch, conversation, effect)
        case SaveKnown():
            await of_conversation.save_known(batch, conversation, effect)
        case ForgetMe():
            await of_conversation.forget_me(batch, conversation)
        case SetTimer():
            of_conversation.set_timer(batch, conversation, effect)
        case CancelTimer():
            of_conversation.cancel_timer(batch, conversation, effect)
        case KeepCorrection():
            await of_conversation.keep_correction(batch, conversation, effect)
        case ChoosePush():
            await of_conversation.choose_push(batch, conversation, effect)
        case TakeDraft():
            await of_conversation.take_draft(batch, conversation, effect)
        case _:
            assert_never(effect)
    return None


async def _change_ticket(
    batch: Batch, conversation: ConversationState, effect: TicketEffect, address_of: Callable[[int], str]
) -> None:
    match effect:
        case AddToTicket():
            await of_ticket.add_to_ticket(batch, conversation, effect)
        case ChangeStatus():
            await of_ticket.change_status(batch, conversation, effect)
        case TermTold():
            await of_ticket.mark_term_told(batch, effect)
        case UpdateTicket():
            await of_ticket.update_ticket(batch, conversation, effect, address_of)
        case _:
            assert_never(effect)


async def _note(batch: Batch, conversation: ConversationState, effect: NoteEffect) -> None:
    """Write down what needs no decision."""
    match effect:
        case CountThrottled():
            await conversations.count_throttled(batch.conn, conversation.id, 1, batch.now_ms)
            batch.topics.add("console")
        case LogUnanswered(text=text):
            batch.unanswered.append(text)
        case RateAnswer(entry_id=entry_id, helped=helped):
            batch.ratings.append((entry_id, helped))
        case SetReachable(reachable=reachable, reason=reason):
            await conversations.set_reachable(batch.conn, conversation.id, reachable, reason)
        case WantAnnouncements(wanted=wanted):
            await conversations.want_announcements(batch.conn, conversation.resident.id, wanted)
        case _:
            assert_never(effect)
