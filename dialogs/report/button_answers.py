"""Handle the buttons of the report form: answers, corrections on the summary, and the way back."""

from __future__ import annotations

from dialogs import replies
from dialogs.frozen import replace
from dialogs.report import corrections, draft_fields
from dialogs.report.flow import STEPS, advance, confirm
from dialogs.session import Session, State, pack, unpack
from dialogs.turn import Say, Turn
from dialogs.world import World

EDITS = {
    "address": State.ADDRESS,
    "apartment": State.APARTMENT,
    "phone": State.PHONE,
    "problem": State.PROBLEM,
    "photo": State.PHOTO,
}


def handle_button(session: Session, value: str, world: World) -> Turn | None:
    """Answer a button of the form; None: it does not belong to the open question."""
    draft, (kind, _, argument) = session.draft, value.partition(":")
    match session.state, kind:
        case State.ADDRESS | State.HOUSE, "addr" | "keep" | "house":
            return _place_button(session, kind, argument, world)
        case State.APARTMENT, "flat":
            return advance(session, replace(draft, no_apartment=True), world)
        case (State.PHONE, "phone") if world.known.phone:
            return advance(session, replace(draft, phone=world.known.phone), world)
        case _, "no-photo":  # of the open question, or of a later one
            return advance(session, replace(draft, no_photo=True), world)
        case _, "no-phone":
            return advance(session, replace(draft, no_phone=True), world)
        case (State.PHONE, "skip") if draft.ticket_id or session.misunderstood:
            return advance(session, replace(draft, no_phone=True), world)
        case State.KIND, "kind":
            code = argument if argument in session.kinds else draft_fields.OTHER
            correction = corrections.from_button(session, code, world)
            return advance(session, replace(draft, problem=code), world, do=correction)
        case State.PHOTO, "skip" | "done":
            return advance(session, replace(draft, no_photo=True), world)
        case State.SUMMARY, "confirm":
            return confirm(session, world)
        case State.SUMMARY, "edit":
            return _edit(session, argument, world)
    return None


def _place_button(session: Session, kind: str, argument: str, world: World) -> Turn | None:
    """Answer a button of the questions for the address and the house; None: it does not belong to the open one."""
    match session.state, kind:
        case State.ADDRESS, "addr":
            return _take_last_address(session, world)
        case (State.ADDRESS, "keep") if session.draft.tried:
            return _keep_address_as_written(session, world)
        case State.HOUSE, "house":
            return _choose_house(session, argument, world)
    return None


def _take_last_address(session: Session, world: World) -> Turn | None:
    """Take the address of the resident's last report; None: its house is no longer served."""
    draft, known = session.draft, world.known
    house = world.addresses.get(known.house_id)
    if house is None:
        return None
    draft = replace(
        draft_fields.with_house(draft, house.id, house.address), apartment=draft.apartment or known.apartment
    )
    return advance(session, draft, world)


def _keep_address_as_written(session: Session, world: World) -> Turn:
    draft = replace(session.draft, address=session.draft.tried, tried="", failures=0)
    return advance(session, draft, world, Say(key="report-address-kept", args={"address": draft.address}))


def _choose_house(session: Session, argument: str, world: World) -> Turn | None:
    """Take one of the houses offered, or ask for the address again; None: the house is not among them."""
    if argument == "none":
        return replies.ask(replace(session, options=(), state=State.ADDRESS), world)
    house_id = next((option for option in session.options if str(option) == argument), 0)
    house = world.addresses.get(house_id) if house_id else None
    if house is None:
        return None
    session = replace(session, options=(), state=State.ADDRESS)  # the step that "назад" leads to
    return advance(session, draft_fields.with_house(session.draft, house.id, house.address), world)


def _edit(session: Session, field: str, world: World) -> Turn:
    """Take one answer back and ask for it again; the others stay."""
    if field not in EDITS:
        return replies.ask(session, world, Say(key="report-edit-what"))
    state = EDITS[field]
    if state is State.APARTMENT and not session.draft.house_id:
        state = State.ADDRESS
    draft = draft_fields.without_answer(session.draft, state)
    return replies.ask(replace(session, state=state, draft=draft, options=(), undo=pack(session.draft)), world)


def go_back(session: Session, world: World) -> Turn:
    """Return to the question before this one and take its answer back; from a correction, return to the summary."""
    if session.undo:
        restored = replace(session, state=State.SUMMARY, draft=unpack(session.undo), options=(), undo="")
        return replies.ask(restored, world)
    path = [step for step in session.draft.path if step != session.state]
    if not path:
        return replies.ask(session, world, Say(key="report-no-way-back"))
    target = State(path[-1]) if path[-1] in STEPS else State.ADDRESS
    draft = replace(draft_fields.without_answer(session.draft, target), path=tuple(path[:-1]))
    return replies.ask(replace(session, state=target, draft=draft, options=()), world)
