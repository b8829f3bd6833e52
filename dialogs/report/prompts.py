"""The question each state asks, so that any dialog can answer something else and then repeat it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import epoch
from channels.contract import Button
from dialogs.buttons import OPERATOR, Rows, button, fits, literal, menu, navigation
from dialogs.effects import Effect
from dialogs.extraction import phones
from dialogs.frozen import replace
from dialogs.session import FORM, Draft, Session, State
from dialogs.turn import Say, Turn
from dialogs.world import World
from tickets.lifecycle.rules import FINISHED, POLITE_FROM, POLITE_TO
from tickets.lifecycle.types import TicketView

Args = dict[str, str | int | datetime]  # of a text

NONE = "none"  # what a text gets for an absent value; the texts leave its line out
PATIENCE = 2  # misunderstandings in a row, after which a dispatcher is offered


def question(session: Session, world: World) -> Say:
    """Return what the resident is asked in this state; in a state that asks nothing: the menu."""
    if session.state in FORM:
        say = _form_question(session, world)
        return replace(say, buttons=(*say.buttons, *navigation(session)))
    ticket = ticket_of(session.ticket_id, world)
    match session.state:
        case State.CONSENT:
            return consent_notice(world)
        case State.FILE:
            waiting = tuple(
                (literal(f"№ {one.number}. {one.problem_title}", f"attach:{one.id}"),) for one in _open_tickets(world)
            )
            return Say(key="photo-where", buttons=(*waiting, (button("new"),), (button("cancel"),)))
        case State.COMMENT if ticket:
            return Say(key="comment-ask", args={"number": ticket.number}, buttons=((button("done"), button("cancel")),))
        case State.DROP if ticket:
            rows = ((button("drop-yes"), button("drop-no")),)
            return Say(key="drop-ask", args={"number": ticket.number}, buttons=rows)
        case State.REASON if ticket:
            rows = ((button("skip"), button("cancel")),)
            return Say(key="survey-why", args={"number": ticket.number}, buttons=rows)
        case State.SURVEY if ticket:
            return survey_question(ticket)
        case State.CODE:
            return Say(key="link-enter", buttons=((button("cancel"),),))
        case State.TAKE if world.other_draft:
            draft = world.other_draft.draft
            args: Args = {
                "channel": world.other_draft.channel,
                "problem": problem_title(draft.problem, world) or NONE,
                "address": draft.address or NONE,
            }
            return Say(key="link-draft", args=args, buttons=((button("take"), button("take-no")),))
        case State.FORGET:
            return Say(key="forget-ask", buttons=((button("forget-yes"), button("menu")),))
    return Say(key="menu", buttons=menu(session))


def _form_question(session: Session, world: World) -> Say:
    draft, known = session.draft, world.known
    match session.state:
        case State.ADDRESS:
            return _ask_address(draft, world)
        case State.HOUSE:
            return _ask_house(session, world)
        case State.APARTMENT:
            return Say(
                key="report-ask-apartment",
                args={"address": draft.address},
                buttons=((button("flat-none", "flat:none"),),),
            )
        case State.PHONE:
            rows: Rows = ((literal(phones.format_phone(known.phone), "phone:last"),),) if known.phone else ()
            if draft.ticket_id or session.misunderstood:
                rows = (*rows, (button("skip-phone", "skip"),))
            ask = "contact" if world.contact_request else ""
            return Say(key="emergency-ask-phone" if draft.ticket_id else "report-ask-phone", buttons=rows, ask=ask)
        case State.KIND:
            return Say(key="report-ask-kind", buttons=_kind_buttons(session.kinds, world))
        case State.PHOTO:
            if draft.files:
                return Say(key="report-more-photos", args={"photos": len(draft.files)}, buttons=((button("done"),),))
            return Say(key="report-ask-photo", buttons=((button("skip-photo", "skip"),),))
        case State.SUMMARY:
            return _summary(draft, world)
    title = problem_title(draft.problem, world)
    if draft.problem:
        return Say(key="report-ask-details", args={"problem": title})
    return Say(key="report-ask-problem")


def _ask_address(draft: Draft, world: World) -> Say:
    rows: Rows = ()
    house = world.addresses.get(world.known.house_id) if world.known.house_id else None
    if house and not draft.failures:
        flat = f", кв. {world.known.apartment}" if world.known.apartment else ""
        rows = ((literal(f"{house.address}{flat}", "addr:last"),),)
    if draft.failures >= PATIENCE:
        rows = ((button("keep"),), *OPERATOR)
    key = "emergency-ask-address" if draft.ticket_id else "report-ask-address"
    return Say(key=key, buttons=rows, ask="")


def _ask_house(session: Session, world: World) -> Say:
    houses = [house for one in session.options if (house := world.addresses.get(one))]
    if len(houses) == 1:
        rows: Rows = ((button("yes", f"house:{houses[0].id}"), button("house-none", "house:none")),)
        return Say(key="report-confirm-house", args={"address": houses[0].address}, buttons=rows)
    rows = tuple((literal(house.address, f"house:{house.id}"),) for house in houses)
    return Say(key="report-choose-house", buttons=(*rows, (button("house-none", "house:none"),)))


def _kind_buttons(codes: Sequence[str], world: World) -> Rows:
    values = [(problem_title(code, world), f"kind:{code}") for code in codes]
    rows = tuple((literal(title, value),) for title, value in values if title and fits(value))
    return (*rows, (button("kind-other", "kind:other"),))


def _summary(draft: Draft, world: World) -> Say:
    args: Args = {
        "address": draft.address,
        "apartment": draft.apartment or NONE,
        "name": draft.name or NONE,
        "phone": phones.format_phone(draft.phone) or NONE,
        "problem": problem_title(draft.problem, world) or NONE,
        "text": draft.text,
        "photos": len(draft.files),
    }
    edit: Rows = (
        (button("edit-address", "edit:address"), button("edit-phone", "edit:phone")),
        (button("edit-problem", "edit:problem"), button("edit-photo", "edit:photo")),
    )
    return Say(key="report-summary", args=args, buttons=((button("confirm"),), *edit))


def survey_question(ticket: TicketView) -> Say:
    rows: Rows = ((button("solved", f"ok:{ticket.id}"), button("unsolved", f"again:{ticket.id}")),)
    return Say(key="survey-ask", args={"number": ticket.number, "problem": ticket.problem_title}, buttons=rows)


def consent_notice(world: World) -> Say:
    """The notice on personal data."""
    rows: Rows = ((button("continue"),), (button("policy"), button("operator")))
    args: Args = {
        "company": world.company.name,
        "policy": world.company.policy_url or NONE,
    }
    return Say(key="consent-notice", args=args, buttons=rows)


def problem_title(code: str, world: World) -> str:
    found = world.classifier.problem(code) if code else None
    return found.problem.title if found else ""


def ticket_of(ticket_id: int, world: World) -> TicketView | None:
    return next((ticket for ticket in world.tickets if ticket.id == ticket_id), None)


def house_in_question(session: Session, world: World) -> int:
    """Return the house that is talked about: of the report, else the resident's last one; 0: unknown."""
    draft = session.draft
    return draft.house_id or (0 if draft.address else world.known.house_id)


def emergency_ticket(session: Session, world: World) -> TicketView | None:
    """Return the ticket of the last emergency while somebody is expected to work on it."""
    ticket = ticket_of(session.alarm_ticket, world)
    return ticket if ticket and ticket.status not in FINISHED else None


def _open_tickets(world: World) -> tuple[TicketView, ...]:
    return tuple(ticket for ticket in world.tickets if ticket.status not in FINISHED)[:3]


def ticket_button(ticket: TicketView, value: str) -> Button:
    return literal(f"№ {ticket.number}. {ticket.problem_title}", f"{value}:{ticket.id}")


def emergency_phone(world: World) -> str:
    return world.company.emergency_phone or world.company.phone or NONE


def local_time(epoch_ms: int, world: World) -> datetime:
    """Return an aware moment in the zone of the house."""
    return epoch.from_ms(epoch_ms).astimezone(world.now.tzinfo)


def in_polite_hours(at: datetime) -> datetime:
    """Move a message that can wait out of the night."""
    if at.time() < POLITE_FROM:
        return datetime.combine(at, POLITE_FROM, at.tzinfo)
    if at.time() >= POLITE_TO:
        return datetime.combine(at + timedelta(days=1), POLITE_FROM, at.tzinfo)
    return at


# --- turns ---------------------------------------------------------------------------------------------------------


def ask(session: Session, world: World, *before: Say, do: Sequence[Effect] = ()) -> Turn:
    """Say something and then the question of the state; the resident was understood."""
    session = replace(session, misunderstood=0)
    return Turn(session=session, say=(*before, question(session, world)), do=tuple(do))


def inform(session: Session, *say: Say, do: Sequence[Effect] = ()) -> Turn:
    """Say something without a question."""
    return Turn(session=replace(session, misunderstood=0), say=say, do=tuple(do))


def show_menu(session: Session, *before: Say, do: Sequence[Effect] = ()) -> Turn:
    """Leave whatever was asked. A half-filled report stays and can be continued."""
    session = replace(session, state=State.IDLE, misunderstood=0)
    say = Say(key="menu", buttons=menu(session)) if not before else None
    last = replace(before[-1], buttons=(*before[-1].buttons, *menu(session))) if before else say
    assert last is not None  # noqa: S101  one of the two is there
    return Turn(session=session, say=(*before[:-1], last), do=tuple(do))


def not_understood(session: Session, world: World, sorry: str, *, twice: str = "", do: Sequence[Effect] = ()) -> Turn:
    """Say what was not understood, with the buttons of the question; the second time in a row offer a dispatcher.

    twice: a text for the second time that needs no question after it; '' is the offer and the question again.
    """
    session = replace(session, misunderstood=session.misunderstood + 1)
    again = question(session, world)
    if session.misunderstood < PATIENCE:
        return Turn(session=session, say=(replace(again, key=sorry, args={}),), do=tuple(do))
    offered = any(one.value == "operator" for row in again.buttons for one in row)
    again = replace(again, buttons=again.buttons if offered else (*OPERATOR, *again.buttons))
    said = (replace(again, key=twice, args={}),) if twice else (Say(key="handover-offer"), again)
    return Turn(session=session, say=said, do=tuple(do))
