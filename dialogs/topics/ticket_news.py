"""News of a ticket that the resident did not ask for: every change, the planned term, a visit, the survey."""

from __future__ import annotations

from channels.contract import SendPriority
from dialogs import lookups
from dialogs.buttons import Rows, button
from dialogs.effects import TermTold
from dialogs.events import TicketChanged, TimerFired
from dialogs.frozen import replace
from dialogs.report import prompts
from dialogs.session import Session, State
from dialogs.turn import NONE, Args, Say, Turn
from dialogs.world import World
from tickets.lifecycle.rules import FINISHED
from tickets.lifecycle.types import Status, TicketView


def handle_change(session: Session, event: TicketChanged, world: World) -> Turn:
    """Tell one change; "done" asks at once whether the problem is solved."""
    ticket = event.ticket
    args: Args
    match event.kind:
        case "opened":
            args = {"problem": ticket.problem_title, "due": lookups.local_time(ticket.due_ms, world)}
            say = _push("push-opened", args, ticket)
        case "status" if ticket.status is Status.DONE and world.one_way:
            args = _status_args(ticket, event, world) | {"phone": lookups.emergency_phone(world)}
            say = _push("push-done-told", args, ticket)
        case "status" if ticket.joined and ticket.status is Status.DONE:
            say = _push("push-done-joined", _status_args(ticket, event, world), ticket)
        case "status":
            say = _push(f"push-{ticket.status.value.replace('_', '-')}", _status_args(ticket, event, world), ticket)
            if ticket.status is Status.DONE:
                rows: Rows = ((button("solved", f"ok:{ticket.id}"), button("unsolved", f"again:{ticket.id}")),)
                return Turn(session=_expecting_survey(session, ticket), say=(replace(say, buttons=rows),))
        case "visit" if ticket.visit_ms:
            args = {
                "visit": lookups.local_time(ticket.visit_ms, world),
                "executor": ticket.executor or NONE,
            }
            say = _push("push-visit", args, ticket)
        case "comment" if event.comment:
            args = {"comment": event.comment, "author": event.actor_name or NONE}
            say = _push("push-comment", args, ticket)
        case _:
            say = _push("push-term", {"due": lookups.local_time(ticket.due_ms, world)}, ticket)
    do = (TermTold(ticket_id=ticket.id),) if "due" in say.args and not ticket.joined else ()
    return Turn(session=session, say=(say,), do=do)


def _status_args(ticket: TicketView, event: TicketChanged, world: World) -> Args:
    """Return what the text of this status says, no more: a text's arguments are exact."""
    match ticket.status:
        case Status.NEW | Status.REOPENED:
            return {"due": lookups.local_time(ticket.due_ms, world)}
        case Status.ASSIGNED | Status.IN_PROGRESS:
            executor = ticket.executor or NONE
            return {"executor": executor, "due": lookups.local_time(ticket.due_ms, world)}
        case Status.WAITING | Status.CANCELLED:
            return {"reason": ticket.reason or event.comment or NONE}
        case Status.DONE:
            return {"problem": ticket.problem_title, "comment": event.comment or NONE}
    return {}


def _push(key: str, args: Args, ticket: TicketView) -> Say:
    buttons: Rows = ((button("card", f"ticket:{ticket.id}"),),)
    return Say(key=key, args={"number": ticket.number, **args}, buttons=buttons, priority=SendPriority.PUSH)


def _expecting_survey(session: Session, ticket: TicketView) -> Session:
    """Let a typed "да" or "нет" answer the survey when nothing else was asked."""
    if session.state in (State.IDLE, State.ANSWERED, State.SURVEY):
        return replace(session, state=State.SURVEY, ticket_id=ticket.id)
    return session


def handle_timer(session: Session, event: TimerFired, world: World) -> Turn:
    """Answer a timer of a ticket; one that no longer makes sense says nothing."""
    ticket = event.ticket
    if ticket is None:
        return Turn(session=session)
    args: Args
    match event.kind:
        case "ticket_term" if ticket.status not in FINISHED:
            args = {
                "due": lookups.local_time(ticket.due_ms, world),
                "executor": ticket.executor or NONE,
                "visit": lookups.local_time(ticket.visit_ms, world) if ticket.visit_ms else NONE,
            }
            say = _push("push-planned-term", args, ticket)
            return Turn(session=session, say=(say,), do=(TermTold(ticket_id=ticket.id),))
        case "ticket_visit" if ticket.visit_ms and ticket.status not in FINISHED:
            args = {
                "visit": lookups.local_time(ticket.visit_ms, world),
                "executor": ticket.executor or NONE,
            }
            return Turn(session=session, say=(_push("push-visit-soon", args, ticket),))
        case "ticket_survey" if ticket.status is Status.DONE and not world.one_way:
            say = replace(prompts.survey_question(ticket), priority=SendPriority.PUSH)
            return Turn(session=_expecting_survey(session, ticket), say=(say,))
    return Turn(session=session)
