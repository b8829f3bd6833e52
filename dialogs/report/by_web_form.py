"""Open the ticket of the site's form at once: the form has all answers, so nothing is asked."""

from __future__ import annotations

import re

from channels.contract import Form
from dialogs import replies
from dialogs.effects import AddToTicket, CallDispatcher, Effect, SaveKnown, UpdateTicket
from dialogs.extraction import phones
from dialogs.frozen import replace
from dialogs.lookups import ticket_of
from dialogs.report import draft_fields, flow
from dialogs.session import Draft, Session, State
from dialogs.topics import emergency, emergency_order
from dialogs.topics.consent import NOTICE_VERSION
from dialogs.turn import Say, Turn
from dialogs.world import World
from tickets.lifecycle.types import TicketView

_FLAT = re.compile(r"^\s*(?:кв(?:артира)?\b\.?)?\s*(?:№\s*)?", re.IGNORECASE)


def open_ticket(session: Session, form: Form, key: str, world: World) -> Turn:
    """Open the ticket of a form, also while a dispatcher has the conversation.

    Args:
        key: of the emergency that its words report, or ''.
    """
    draft = _draft(form, world)
    save = _save(draft)
    world = replace(world, known=replace(world.known, notified=True))
    session = replace(session, held="", state=State.IDLE if session.state is State.CONSENT else session.state)
    bad_phone = bool(form.phone) and not phones.find_phone(form.phone, world.company.area_code)
    if not draft.phone and not bad_phone:
        draft = replace(draft, no_phone=True)
    is_other_service = key in emergency.OTHERS
    if danger := ("" if is_other_service else key) or _danger(draft, world):
        turn = _open_emergency(session, draft, danger, world)
    else:
        turn = _open_ordinary(session, draft, world)
    is_asked = turn.session.alarm_ticket == emergency_order.PENDING and not draft.phone  # beside the ticket's number
    notices = (Say(key="form-bad-phone"),) if bad_phone and not is_asked else ()
    do: tuple[Effect, ...] = (save, *turn.do)
    if is_other_service:
        notices = (emergency.safety_text(key), *notices)
        do = (*do, CallDispatcher(reason="emergency", urgent=True))
    return replace(turn, say=(*turn.say, *notices), do=do)


def _save(draft: Draft) -> SaveKnown:
    """Remember the answers of a form; the notice on personal data stands beside the form."""
    return SaveKnown(
        name=draft.name,
        phone=draft.phone,
        house_id=draft.house_id,
        apartment=draft.apartment,
        notified=True,
        notice_version=NOTICE_VERSION,
    )


def _draft(form: Form, world: World) -> Draft:
    """Return the answers of a form; its fields win over its free text."""
    place = world.addresses.find(form.address)
    is_served = place.sure and bool(place.houses)
    named = world.classifier.classify(form.text)
    return Draft(
        started=True,
        house_id=place.houses[0].id if is_served else 0,
        address=place.houses[0].address if is_served else form.address.strip()[:200],
        apartment=_FLAT.sub("", form.apartment).strip()[:20] or place.apartment,
        no_apartment=True,
        entrance=place.entrance,
        floor=place.floor,
        phone=phones.find_phone(form.phone, world.company.area_code) or world.known.phone,
        name=form.name.strip()[:60] or world.known.name,
        problem=named.problem.code if named else draft_fields.OTHER,
        text=form.text,
        files=draft_fields.with_files(Draft(), *(file.remote_id for file in form.files)).files,
        no_photo=True,
    )


def _danger(draft: Draft, world: World) -> str:
    """Return the key of the safety text when the problem is surely dangerous, else ''."""
    named = world.classifier.classify(draft.text)
    return named.problem.safety if named and named.sure else ""


def _open_ordinary(session: Session, draft: Draft, world: World) -> Turn:
    """Open the ticket as the last step of the dialog does; it replaces a report half filled in the chat."""
    turn = flow.confirm(replace(session, draft=draft), world)
    do = [effect for effect in turn.do if not isinstance(effect, SaveKnown)]
    if session.draft.ticket_id:  # an emergency that still lacks answers is continued later
        return replace(turn, session=replace(session, state=State.IDLE, kinds=()), do=do)
    return replace(turn, session=replace(session, state=State.IDLE, draft=Draft(), options=(), kinds=()), do=do)


def _open_emergency(session: Session, draft: Draft, key: str, world: World) -> Turn:
    """Send the safety text, then open the ticket; an open one of the same emergency at this address gets the words."""
    ticket = ticket_of(emergency.open_ticket_of(session, key, world), world)
    if ticket and f"{ticket.address},".startswith(f"{draft.address},"):
        return _repeat_emergency(session, draft, key, ticket)
    return emergency.open_complete(session, world, key, replace(draft, emergency=key))


def _repeat_emergency(session: Session, draft: Draft, key: str, ticket: TicketView) -> Turn:
    """Add the form to the open ticket of the same emergency."""
    update = UpdateTicket(
        ticket_id=ticket.id,
        house_id=draft.house_id,
        address_text="" if draft.house_id else draft.address,
        apartment=draft.apartment,
        phone=draft.phone,
        name=draft.name,
        entrance=draft.entrance,
    )
    files = [AddToTicket(ticket_id=ticket.id, file=file) for file in draft.files]
    words, call = AddToTicket(ticket_id=ticket.id, text=draft.text), CallDispatcher(reason="emergency", urgent=True)
    again = Say(key="emergency-again", args={"number": ticket.number})
    session = replace(session, state=State.IDLE, draft=Draft(), options=())
    return replies.inform(session, emergency.safety_text(key), again, do=(words, *files, update, call))
