"""Lead the report form from the first message to the ticket: `advance` asks for the first missing answer."""

from __future__ import annotations

from collections.abc import Sequence

from dialogs import replies
from dialogs.effects import Effect
from dialogs.frozen import replace
from dialogs.lookups import problem_title
from dialogs.report import corrections, draft_fields, poster_links, ticket_order
from dialogs.session import Draft, Session, State
from dialogs.topics import emergency, outages
from dialogs.turn import NONE, Say, Turn
from dialogs.world import World

MOST_HOUSES = 5  # offered as buttons
MOST_KINDS = 3  # problems offered as buttons
STEPS = frozenset({State.ADDRESS, State.APARTMENT, State.PHONE, State.PROBLEM, State.PHOTO})  # "назад" leads there


def start(session: Session, world: World, text: str = "", files: Sequence[str] = (), problem: str = "") -> Turn:
    """Begin a report, or continue the half-filled one; a text may hold several answers at once."""
    resumed = session.draft.started
    draft = draft_fields.with_files(replace(session.draft, started=True), *files)
    if problem and not draft.problem:
        draft = replace(draft, problem=problem)
    options: tuple[int, ...] = ()
    if text:
        draft, options = _with_text(draft, text, world)
    say = (Say(key="report-resumed"),) if resumed and not text else _acknowledgement(session.draft, draft, world)
    if files:
        say = (Say(key="report-photo-kept"), *say)
    if not draft.has_place and not options:
        draft, options = poster_links.with_poster_house(session.link, draft, world)
    options = options or (session.options if not draft.has_place else ())
    return advance(replace(session, options=options, link=""), draft, world, *say)


def _with_text(draft: Draft, text: str, world: World) -> tuple[Draft, tuple[int, ...]]:
    """Return the draft with the answers of a text, and the ids of the houses that it may mean."""
    options: tuple[int, ...] = ()
    draft = draft_fields.with_contact(draft, text, world)
    if not draft.has_place:
        place = world.addresses.find(text)
        if place.sure and place.houses:
            draft = draft_fields.with_house(draft, place.houses[0].id, place.houses[0].address, place)
        else:
            draft = draft_fields.with_details(draft, place)
            options = tuple(house.id for house in place.houses[:MOST_HOUSES])
    named = world.classifier.classify(text)
    return draft if named is None else draft_fields.with_problem(draft, text, named), options


def _acknowledgement(before: Draft, after: Draft, world: World) -> tuple[Say, ...]:
    """Say what was understood of a first message, so that the next question is no surprise."""
    say: tuple[Say, ...] = ()
    if after.problem and after.problem != before.problem:
        say = (Say(key="report-noted-problem", args={"problem": problem_title(after.problem, world)}),)
    if after.house_id != before.house_id and draft_fields.first_missing(after) is not State.APARTMENT:
        say = (*say, address_understood(after))
    return say


def address_understood(draft: Draft) -> Say:
    """Repeat the address as it was understood."""
    return Say(key="report-address-taken", args={"address": draft.address, "apartment": draft.apartment or NONE})


def advance(session: Session, draft: Draft, world: World, *before: Say, do: Sequence[Effect] = ()) -> Turn:
    """Store the answers and ask for the first missing one. A dangerous problem gets its safety text first."""
    if draft.ticket_id:
        update = draft_fields.ticket_update(session.draft, draft)
        do = (*do, update) if update else do
        return emergency.continue_report(replace(session, draft=draft), world, *before, do=do)
    named = world.classifier.problem(draft.problem) if draft.problem else None
    danger = named.problem.safety if named else ""
    if danger and danger != draft.emergency:
        if danger in draft_fields.LIFE_THREATENING:
            turn = emergency.start(replace(session, draft=replace(draft, text="")), world, danger, draft.text)
            return replace(turn, do=(*do, *turn.do))
        before = (emergency.safety_text(danger), *before)
        draft = replace(draft, emergency=danger)
    return _ask_missing(session, draft, world, *before, do=do)


def _ask_missing(session: Session, draft: Draft, world: World, *before: Say, do: Sequence[Effect]) -> Turn:
    """Ask for the first missing answer; in a storm no photo is asked for."""
    state = draft_fields.first_missing(draft)
    if state is State.PHOTO and world.storm:
        draft, state = replace(draft, no_photo=True), State.SUMMARY
    if state is State.ADDRESS and session.options:
        state = State.HOUSE
    kinds = _likely_problems(draft, world) if state is State.KIND else session.kinds
    path = draft.path
    if session.state in STEPS and state is not session.state:
        path = (*(step for step in path if step != session.state), session.state.value)
    undo = session.undo
    if state is State.SUMMARY:
        if explained := outages.find_for_report(replace(session, draft=draft), world, draft.problem):
            session = replace(session, outage=explained[0].id)
            before = (*before, outages.describe(explained[0], world))
        undo, do = "", (*do, *corrections.from_edit(session, draft, world))
    session = replace(session, state=state, draft=replace(draft, path=path), kinds=kinds, undo=undo)
    return replies.ask(session, world, *before, do=do)


def _likely_problems(draft: Draft, world: World) -> tuple[str, ...]:
    """Return the codes of the problems that the description may mean, the likeliest first."""
    named = world.classifier.classify(draft.text)
    return tuple(problem.code for problem in named.top[:MOST_KINDS]) if named else ()


def cancel(session: Session, world: World) -> Turn:
    """Drop the report; a ticket opened in an emergency stays."""
    key = "emergency-form-left" if session.draft.ticket_id else "report-cancelled"
    return replies.show_menu(replace(session, draft=Draft(), options=(), kinds=()), Say(key=key))


def confirm(session: Session, world: World) -> Turn:
    """Open the ticket of a complete report; its number comes back as `TicketOpened` within the same turn."""
    closed = replace(session, state=State.IDLE, draft=Draft(), options=(), kinds=())
    return replies.inform(closed, do=ticket_order.effects_of(session.draft, world))
