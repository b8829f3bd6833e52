"""Build the question of each state, so that any dialog can answer something else and then repeat the question."""

from __future__ import annotations

from collections.abc import Sequence

from channels.contract import Button
from dialogs.buttons.rows import OPERATOR, Rows, button, fits, literal, menu, navigation
from dialogs.extraction import phones
from dialogs.frozen import replace
from dialogs.lookups import problem_title, ticket_of
from dialogs.session import FORM, Draft, Session, State
from dialogs.turn import NONE, Args, Say
from dialogs.world import OtherDraft, World
from tickets.lifecycle.rules import FINISHED
from tickets.lifecycle.types import TicketView

MOST_TICKETS = 3  # offered for a photo without a context
FAILURES = 2  # addresses not recognised in a row, after which the words may be kept as written


def question(session: Session, world: World) -> Say:
    """Return the question of the state; in a state that asks nothing, the menu."""
    if session.state in FORM:
        say = _form_question(session, world)
        return replace(say, buttons=(*say.buttons, *navigation(session)))
    match session.state:
        case State.CONSENT:
            return consent_notice(world)
        case State.FILE:
            return _ask_ticket_of_photo(world)
        case State.CODE:
            return Say(key="link-enter", buttons=((button("cancel"),),))
        case State.TAKE if world.other_draft:
            return _ask_other_draft(world.other_draft, world)
        case State.FORGET:
            return Say(key="forget-ask", buttons=((button("forget-yes"), button("menu")),))
    ticket = ticket_of(session.ticket_id, world)
    return (_ticket_question(session.state, ticket) if ticket else None) or Say(key="menu", buttons=menu(session))


def _ticket_question(state: State, ticket: TicketView) -> Say | None:
    """Return the question about one ticket; None: the state asks about none."""
    args: Args = {"number": ticket.number}
    match state:
        case State.COMMENT:
            return Say(key="comment-ask", args=args, buttons=((button("done"), button("cancel")),))
        case State.DROP:
            return Say(key="drop-ask", args=args, buttons=((button("drop-yes"), button("drop-no")),))
        case State.REASON:
            return Say(key="survey-why", args=args, buttons=((button("skip"), button("cancel")),))
        case State.SURVEY:
            return survey_question(ticket)
    return None


def _ask_ticket_of_photo(world: World) -> Say:
    tickets = [ticket for ticket in world.tickets if ticket.status not in FINISHED][:MOST_TICKETS]
    rows = tuple((ticket_button(ticket, "attach"),) for ticket in tickets)
    return Say(key="photo-where", buttons=(*rows, (button("new"),), (button("cancel"),)))


def _ask_other_draft(other: OtherDraft, world: World) -> Say:
    args: Args = {
        "channel": other.channel,
        "problem": problem_title(other.draft.problem, world) or NONE,
        "address": other.draft.address or NONE,
    }
    return Say(key="link-draft", args=args, buttons=((button("take"), button("take-no")),))


def _form_question(session: Session, world: World) -> Say:
    draft = session.draft
    match session.state:
        case State.ADDRESS:
            return _ask_address(draft, world)
        case State.HOUSE:
            return _ask_house(session, world)
        case State.APARTMENT:
            rows = ((button("flat-none", "flat:none"),),)
            return Say(key="report-ask-apartment", args={"address": draft.address}, buttons=rows)
        case State.PHONE:
            return _ask_phone(session, world)
        case State.KIND:
            return Say(key="report-ask-kind", buttons=_kind_buttons(session.kinds, world))
        case State.PHOTO:
            return _ask_photo(draft)
        case State.SUMMARY:
            return _summary(draft, world)
    if draft.problem:
        return Say(key="report-ask-details", args={"problem": problem_title(draft.problem, world)})
    return Say(key="report-ask-problem")


def _ask_address(draft: Draft, world: World) -> Say:
    rows: Rows = ()
    house = world.addresses.get(world.known.house_id) if world.known.house_id else None
    if house and not draft.failures:
        flat = f", кв. {world.known.apartment}" if world.known.apartment else ""
        rows = ((literal(f"{house.address}{flat}", "addr:last"),),)
    if draft.failures >= FAILURES:
        rows = ((button("keep"),), *OPERATOR)
    return Say(key="emergency-ask-address" if draft.ticket_id else "report-ask-address", buttons=rows)


def _ask_house(session: Session, world: World) -> Say:
    houses = [house for house_id in session.options if (house := world.addresses.get(house_id))]
    if len(houses) == 1:
        rows: Rows = ((button("yes", f"house:{houses[0].id}"), button("house-none", "house:none")),)
        return Say(key="report-confirm-house", args={"address": houses[0].address}, buttons=rows)
    rows = tuple((literal(house.address, f"house:{house.id}"),) for house in houses)
    return Say(key="report-choose-house", buttons=(*rows, (button("house-none", "house:none"),)))


def _ask_phone(session: Session, world: World) -> Say:
    known_phone, is_emergency = world.known.phone, bool(session.draft.ticket_id)
    rows: Rows = ((literal(phones.format_phone(known_phone), "phone:last"),),) if known_phone else ()
    if is_emergency or session.misunderstood:
        rows = (*rows, (button("skip-phone", "skip"),))
    ask = "contact" if world.contact_request else ""
    return Say(key="emergency-ask-phone" if is_emergency else "report-ask-phone", buttons=rows, ask=ask)


def _ask_photo(draft: Draft) -> Say:
    if draft.files:
        return Say(key="report-more-photos", args={"photos": len(draft.files)}, buttons=((button("done"),),))
    return Say(key="report-ask-photo", buttons=((button("skip-photo", "skip"),),))


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
    """Ask whether the problem of a ticket is solved."""
    rows: Rows = ((button("solved", f"ok:{ticket.id}"), button("unsolved", f"again:{ticket.id}")),)
    return Say(key="survey-ask", args={"number": ticket.number, "problem": ticket.problem_title}, buttons=rows)


def consent_notice(world: World) -> Say:
    """Return the notice on personal data."""
    rows: Rows = ((button("continue"),), (button("policy"), button("operator")))
    args: Args = {"company": world.company.name, "policy": world.company.policy_url or NONE}
    return Say(key="consent-notice", args=args, buttons=rows)


def ticket_button(ticket: TicketView, value: str) -> Button:
    """Return a button of one ticket with the value ``<value>:<ticket id>``."""
    return literal(f"№ {ticket.number}. {ticket.problem_title}", f"{value}:{ticket.id}")
