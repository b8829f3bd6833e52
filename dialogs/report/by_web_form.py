"""The site's form: everything is told at once, so its ticket is opened at once, without a question."""

from __future__ import annotations

import re

from channels.contract import Form
from dialogs import lookups, replies
from dialogs.effects import AddToTicket, CallDispatcher, Effect, SaveKnown, UpdateTicket
from dialogs.extraction import phones
from dialogs.frozen import replace
from dialogs.report import draft_fields, flow
from dialogs.session import Draft, Session, State
from dialogs.topics import emergency
from dialogs.topics.consent import NOTICE_VERSION
from dialogs.turn import Say, Turn
from dialogs.world import World

_FLAT = re.compile(r"^\s*(?:кв(?:артира)?\b\.?)?\s*(?:№\s*)?", re.IGNORECASE)


def open_ticket(session: Session, form: Form, key: str, world: World) -> Turn:
    """Open the ticket of a form, also while a dispatcher has the conversation.

    Args:
        key: of the emergency that its words report, or ''.
    """
    draft = _draft(form, world)
    save = SaveKnown(
        name=draft.name,
        phone=draft.phone,
        house_id=draft.house_id,
        apartment=draft.apartment,
        notified=True,
        notice_version=NOTICE_VERSION,
    )
    world = replace(world, known=replace(world.known, notified=True))
    session = replace(session, held="", state=State.IDLE if session.state is State.CONSENT else session.state)
    bad_phone = bool(form.phone) and not phones.find_phone(form.phone, world.company.area_code)
    if not draft.phone and not bad_phone:
        draft = replace(draft, no_phone=True)
    danger = key if key not in emergency.OTHERS else ""
    if danger := danger or _danger(draft, world):
        turn = _open_emergency(session, draft, danger, world)
    else:
        turn = _open_ordinary(session, draft, world)
    after = turn.session
    is_asked = after.alarm_ticket == emergency.PENDING and not draft.phone  # beside the ticket's number
    said = (Say(key="form-bad-phone"),) if bad_phone and not is_asked else ()
    if key in emergency.OTHERS:
        said = (emergency.safety_text(key), *said)
        turn = replace(turn, do=(*turn.do, CallDispatcher(reason="emergency", urgent=True)))
    return replace(turn, say=(*turn.say, *said), do=(save, *turn.do))


def _draft(form: Form, world: World) -> Draft:
    """Return what the form tells; its own fields win over what its words say."""
    found = world.addresses.find(form.address)
    sure = found.sure and bool(found.houses)
    named = world.classifier.classify(form.text)
    return Draft(
        started=True,
        house_id=found.houses[0].id if sure else 0,
        address=found.houses[0].address if sure else form.address.strip()[:200],
        apartment=_FLAT.sub("", form.apartment).strip()[:20] or found.apartment,
        no_apartment=True,
        entrance=found.entrance,
        floor=found.floor,
        phone=phones.find_phone(form.phone, world.company.area_code) or world.known.phone,
        name=form.name.strip()[:60] or world.known.name,
        problem=named.problem.code if named else draft_fields.OTHER,
        text=form.text,
        files=draft_fields.with_files(Draft(), *(file.remote_id for file in form.files)).files,
        no_photo=True,
    )


def _danger(draft: Draft, world: World) -> str:
    """Return the key of the safety text when the problem is sure to be a danger."""
    named = world.classifier.classify(draft.text)
    return named.problem.safety if named and named.sure else ""


def _open_ordinary(session: Session, draft: Draft, world: World) -> Turn:
    """Open the ticket as the last step of the dialog does; a report half filled in the chat is replaced by it."""
    kept = session.draft if session.draft.ticket_id else Draft()  # an emergency that still lacks answers goes on later
    turn = flow.confirm(replace(session, draft=draft), world)
    done = replace(session, state=State.IDLE, draft=kept, options=session.options if kept.ticket_id else (), kinds=())
    return replace(turn, session=done, do=[one for one in turn.do if not isinstance(one, SaveKnown)])


def _open_emergency(session: Session, draft: Draft, key: str, world: World) -> Turn:
    """The safety text, then the ticket; one that runs already at this address gets the words."""
    ticket_id = emergency.open_ticket_of(session, key, world)
    if ticket_id and _same_place(draft, ticket_id, world):
        return _repeat_emergency(session, draft, key, ticket_id, world)
    return emergency.open_complete(session, world, key, replace(draft, emergency=key))


def _same_place(draft: Draft, ticket_id: int, world: World) -> bool:
    ticket = lookups.ticket_of(ticket_id, world)
    return ticket is not None and f"{ticket.address},".startswith(f"{draft.address},")


def _repeat_emergency(session: Session, draft: Draft, key: str, ticket_id: int, world: World) -> Turn:
    ticket = lookups.ticket_of(ticket_id, world)
    do: list[Effect] = [AddToTicket(ticket_id=ticket_id, text=draft.text)]
    do += [AddToTicket(ticket_id=ticket_id, file=file) for file in draft.files]
    do.append(
        UpdateTicket(
            ticket_id=ticket_id,
            house_id=draft.house_id,
            address_text="" if draft.house_id else draft.address,
            apartment=draft.apartment,
            phone=draft.phone,
            name=draft.name,
            entrance=draft.entrance,
        )
    )
    do.append(CallDispatcher(reason="emergency", urgent=True))
    known = Say(key="emergency-again", args={"number": ticket.number if ticket else ""})
    session = replace(session, state=State.IDLE, draft=Draft(), options=())
    return replies.inform(session, emergency.safety_text(key), known, do=do)
