"""Send news of a ticket that the resident did not ask for: each change, the planned term, a visit, the survey."""

from __future__ import annotations

from channels.contract import SendPriority
from dialogs import lookups
from dialogs.buttons.rows import Rows, button
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
    """Tell one change of a ticket; "done" asks at once whether the problem is solved."""
    ticket = event.ticket
    args: Args
    match event.kind:
        case "opened":
            args = {"problem": ticket.problem_title, "due": lookups.local_time(ticket.due_ms, world)}
            return _tell(session, _push("push-opened", args, ticket), ticket)
        case "status":
            return _tell_status(session, event, world)
        case "visit" if ticket.visit_ms:
            return _tell(session, _push("push-visit", _visit_args(ticket, world), ticket), ticket)
        case "comment" if event.comment:
            args = {"comment": event.comment, "author": event.actor_name or NONE}
            return _tell(session, _push("push-comment", args, ticket), ticket)
    args = {"due": lookups.local_time(ticket.due_ms, world)}
    return _tell(session, _push("push-term", args, ticket), ticket)


def _tell_status(session: Session, event: TicketChanged, world: World) -> Turn:
    """Tell the new status; a resident who can answer is asked about a ticket that is done."""
    ticket, args = event.ticket, _status_args(event.ticket, event, world)
    if ticket.status is not Status.DONE:
        return _tell(session, _push(f"push-{ticket.status.value.replace('_', '-')}", args, ticket), ticket)
    if world.one_way:
        say = _push("push-done-told", args | {"phone": lookups.emergency_phone(world)}, ticket)
        return _tell(session, say, ticket)
    if ticket.joined:
        return _tell(session, _push("push-done-joined", args, ticket), ticket)
    rows: Rows = ((button("solved", f"ok:{ticket.id}"), button("unsolved", f"again:{ticket.id}")),)
    say = replace(_push("push-done", args, ticket), buttons=rows)
    return Turn(session=_expecting_survey(session, ticket), say=(say,))


def _tell(session: Session, say: Say, ticket: TicketView) -> Turn:
    """Send news; a term that it names is recorded as told, unless the ticket is a neighbour's."""
    do = (TermTold(ticket_id=ticket.id),) if "due" in say.args and not ticket.joined else ()
    return Turn(session=session, say=(say,), do=do)


def _visit_args(ticket: TicketView, world: World) -> Args:
    return {"visit": lookups.local_time(ticket.visit_ms, world), "executor": ticket.executor or NONE}


def _status_args(ticket: TicketView, event: TicketChanged, world: World) -> Args:
    """Return the arguments of the text of this status; a text takes exactly its own arguments."""
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
    """Let a typed "да" or "нет" answer the survey unless another question is open."""
    if session.state in (State.IDLE, State.ANSWERED, State.SURVEY):
        return replace(session, state=State.SURVEY, ticket_id=ticket.id)
    return session


def handle_timer(session: Session, event: TimerFired, world: World) -> Turn:
    """Answer a timer of a ticket; a timer that no longer makes sense says nothing."""
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
            return Turn(session=session, say=(_push("push-visit-soon", _visit_args(ticket, world), ticket),))
        case "ticket_survey" if ticket.status is Status.DONE and not world.one_way:
            say = replace(prompts.survey_question(ticket), priority=SendPriority.PUSH)
            return Turn(session=_expecting_survey(session, ticket), say=(say,))
    return Turn(session=session)
