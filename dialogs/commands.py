"""Carry out what a button or a typed command means in the present state."""

from __future__ import annotations

from dialogs import replies
from dialogs.effects import WantAnnouncements
from dialogs.frozen import replace
from dialogs.report import button_answers, flow, reminders
from dialogs.session import FORM, Draft, Session, State
from dialogs.topics import channel_linking, consent, emergency, faq, handover, my_tickets, privacy, survey
from dialogs.turn import Say, Turn
from dialogs.world import World
from tickets.lifecycle.types import TicketView

TICKET = frozenset({"ticket", "add", "drop", "ok", "again"})  # of values "<kind>:<ticket id>"

_NO_DRAFT = Draft()


def is_about_ticket(value: str) -> bool:
    return value.partition(":")[0] in TICKET


def handle_command(session: Session, value: str, world: World) -> Turn | None:
    """Answer a button value.

    None: the value means nothing here. The caller then reads a typed text as a text, and a press as outdated.
    """
    if (turn := _global_command(session, value, world)) is not None:
        return turn
    kind, _, argument = value.partition(":")
    if kind in TICKET:
        return _ticket_command(session, kind, argument, world)
    match kind:
        case "faq":
            return faq.handle_choice(session, argument, world)
        case "link":
            return channel_linking.handle_button(session, argument, world)
        case "push" if argument:
            return channel_linking.choose_notification_target(session, argument, world)
        case "yes" | "no" if argument:
            return faq.rate_answer(session, argument, kind == "yes", world)
        case "open" if world.classifier.problem(argument):
            return flow.start(replace(session, asked=""), world, session.asked, problem=argument)
    if session.state in FORM:
        return button_answers.handle_button(session, value, world)
    return _state_command(session, kind, argument, world)


def _global_command(session: Session, value: str, world: World) -> Turn | None:
    """Answer a value that means the same in every state; None: it is none of these."""
    match value:
        case "operator":
            return handover.call_dispatcher(session, world)
        case "policy":
            return replies.inform(session, consent.policy_text(world))
        case "resume" | "continue":
            return reminders.resume(session, world) or channel_linking.take_other_draft(session, world)
        case "safe":
            return emergency.handle_all_clear(session, world)
        case "cancel":
            return _cancel(session, world)
        case "back" if session.state in FORM:
            return button_answers.go_back(session, world)
        case "hello" | "thanks":
            return _answer_courtesy(session, value, world)
        case "yes" | "no" if session.state not in (State.IDLE, State.QUESTION):
            return None
    return _topic_command(session, value, world)


def _topic_command(session: Session, value: str, world: World) -> Turn | None:
    """Answer a value that leaves the open question; None: it does not."""
    without_photos = _without_loose_photos(session)
    match value:
        case "menu":
            return channel_linking.offer_other_draft(session, world) or replies.show_menu(without_photos)
        case "report":
            return channel_linking.offer_other_draft(session, world) or flow.start(without_photos, world)
        case "status":
            return my_tickets.overview(without_photos, world)
        case "add":
            return my_tickets.start_comment(without_photos, world)
        case "drop":
            return my_tickets.start_cancelling(without_photos, world)
        case "faq":
            return faq.invite_question(without_photos, world)
        case "channels":
            return channel_linking.overview(without_photos, world)
        case "push":
            return channel_linking.ask_notification_target(without_photos, world)
        case "subscribe" | "unsubscribe":
            return _choose_announcements(without_photos, value == "subscribe")
        case "forget":
            return replies.ask(replace(without_photos, state=State.FORGET), world)
        case "back" | "yes" | "no":
            return replies.show_menu(without_photos)
    return None


def _without_loose_photos(session: Session) -> Session:
    """Drop photos that belong to no report, so that they do not leak into a later one; a half-filled report stays."""
    return session if session.draft.started else replace(session, draft=_NO_DRAFT, options=())


def _choose_announcements(session: Session, wanted: bool) -> Turn:
    say = Say(key="announcements-on" if wanted else "announcements-off")
    return replies.show_menu(session, say, do=(WantAnnouncements(wanted=wanted),))


def _cancel(session: Session, world: World) -> Turn:
    if session.state in FORM or (session.state is State.IDLE and session.draft.started):
        return flow.cancel(session, world)
    return replies.show_menu(_without_loose_photos(session), Say(key="cancelled", edit=True))


def _answer_courtesy(session: Session, value: str, world: World) -> Turn:
    """Answer "hello" or "thanks" and repeat an open question."""
    say = Say(key=value)
    if value == "hello" and session.state is State.IDLE:
        offer = channel_linking.offer_other_draft(session, world, say)
        return offer or replies.show_menu(session, say)
    if session.state in (State.IDLE, State.QUESTION, State.SURVEY, State.ANSWERED):
        return replies.show_menu(session, say)
    return replies.ask(session, world, say)


def _ticket_command(session: Session, kind: str, ticket_id: str, world: World) -> Turn | None:
    """Answer a button about one ticket; None: the resident has no such ticket."""
    ticket = _ticket_named(ticket_id, world)
    if ticket is None:
        return None
    if kind in ("ok", "again"):
        return survey.handle_button(session, ticket, kind == "ok", world)
    return my_tickets.handle_button(session, kind, ticket, world)


def _ticket_named(ticket_id: str, world: World) -> TicketView | None:
    return next((ticket for ticket in world.tickets if str(ticket.id) == ticket_id), None)


def _state_command(session: Session, kind: str, argument: str, world: World) -> Turn | None:
    """Answer a button of the question that is open outside the form; None: it belongs to another question."""
    match session.state, kind:
        case State.FILE, "new":
            return my_tickets.place_photos(session, 0, world)
        case State.FILE, "attach":
            ticket = _ticket_named(argument, world)
            return my_tickets.place_photos(session, ticket.id, world) if ticket else None
        case State.DROP, "drop-yes" | "drop-no":
            return my_tickets.finish_cancelling(session, kind == "drop-yes", world)
        case State.REASON, "skip":
            return survey.skip_reason(session, world)
        case State.COMMENT, "done" | "skip":
            return replies.show_menu(session, Say(key="comment-thanks", edit=True))
        case State.TAKE, "take":
            return channel_linking.take_other_draft(session, world)
        case State.TAKE, "take-no":
            return channel_linking.decline_other_draft(session, world)
        case State.FORGET, "forget-yes":
            return privacy.forget(session)
    return None


def outdated_button(session: Session, world: World) -> Turn:
    """Say that a button belongs to an older message, and repeat the open question."""
    return replies.ask(session, world, Say(key="stale"))
