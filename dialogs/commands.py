"""What a button or a typed command means here and now."""

from __future__ import annotations

from collections.abc import Mapping

from channels.contract import Press, Start, Text
from dialogs import command_words, replies
from dialogs.effects import WantAnnouncements
from dialogs.events import Event
from dialogs.frozen import replace
from dialogs.report import flow, reminders
from dialogs.session import FORM, Draft, Session, State
from dialogs.topics import channel_linking, consent, emergency, faq, handover, my_tickets, privacy, survey
from dialogs.turn import Say, Turn
from dialogs.world import World

TICKET = frozenset({"ticket", "add", "drop", "ok", "again"})  # "<kind>:<ticket id>"

# States whose answer is free text: only these typed words are commands there.
FREE = frozenset({State.COMMENT, State.REASON, State.PROBLEM, State.KIND})
ALWAYS = frozenset({"menu", "operator", "back", "cancel", "skip", "done", "status", "forget", "safe", "drop"})

# States in which a typed number picks a button of the last question.
BY_NUMBER = frozenset(
    {State.IDLE, State.CONSENT, State.HOUSE, State.KIND, State.PHOTO, State.SUMMARY, State.FILE, State.DROP}
    | {State.SURVEY, State.ANSWERED, State.FORGET, State.TAKE}
)

YES: Mapping[State, str] = {
    State.CONSENT: "continue",
    State.ADDRESS: "addr:last",
    State.PHONE: "phone:last",
    State.SUMMARY: "confirm",
    State.DROP: "drop-yes",
    State.FORGET: "forget-yes",
    State.TAKE: "take",
}
NO: Mapping[State, str] = {
    State.HOUSE: "house:none",
    State.APARTMENT: "flat:none",
    State.PHOTO: "skip",
    State.SUMMARY: "edit",
    State.DROP: "drop-no",
    State.FORGET: "menu",
    State.REASON: "skip",
    State.FILE: "new",
    State.TAKE: "take-no",
}


def value_of(session: Session, event: Event, world: World) -> str:
    """Return the button value that an event means, or ''."""
    match event:
        case Start():
            return "menu"
        case Press(value):
            return value
        case Text(text) if session.recognised and (said := command_words.meaning(text)) in ("yes", "no"):
            return f"heard:{said}"
        case Text(text):
            number = command_words.number(text)
            if number and session.state in BY_NUMBER and number <= len(session.offered):
                return session.offered[number - 1]
            return _value_of_word(session, command_words.meaning(text))
    return ""


def _value_of_word(session: Session, meaning: str) -> str:
    """Give yes and no their meaning in this state; in free text only the strongest words are commands."""
    state = session.state
    if meaning in ("yes", "solved") and state in (State.SURVEY, State.ANSWERED):
        return f"ok:{session.ticket_id}" if state is State.SURVEY else f"yes:{session.entry}"
    if meaning in ("no", "unsolved") and state in (State.SURVEY, State.ANSWERED):
        return f"again:{session.ticket_id}" if state is State.SURVEY else f"no:{session.entry}"
    if meaning == "yes":
        if state is State.HOUSE and len(session.options) == 1:
            return f"house:{session.options[0]}"
        return YES.get(state, "yes")
    if meaning == "no":
        return NO.get(state, "no")
    if meaning == "open":
        return next((value for value in session.offered if value.startswith("open:")), "report")
    if meaning == "continue" and state is State.SUMMARY:
        return "confirm"
    if state in FREE and meaning not in ALWAYS and not (state is State.KIND and meaning == "kind:other"):
        return ""
    if meaning == "done" and state is State.SUMMARY:
        return "confirm"
    return meaning


def is_about_ticket(value: str) -> bool:
    return value.partition(":")[0] in TICKET


def handle_command(session: Session, value: str, world: World) -> Turn | None:
    """Answer a value; None: it means nothing here, so a typed text is read as a text and a press is stale."""
    if (turn := _global_command(session, value, world)) is not None:
        return turn
    kind, _, rest = value.partition(":")
    if kind in TICKET:
        return _ticket_command(session, kind, rest, world)
    match kind:
        case "faq":
            return faq.handle_choice(session, rest, world)
        case "link":
            return channel_linking.handle_button(session, rest, world)
        case "push" if rest:
            return channel_linking.choose_notification_target(session, rest, world)
        case "yes" | "no" if rest:
            return faq.rate_answer(session, rest, kind == "yes", world)
        case "open" if world.classifier.problem(rest):
            return flow.start(replace(session, asked=""), world, session.asked, problem=rest)
    if session.state in FORM:
        return flow.handle_button(session, value, world)
    return _state_command(session, kind, rest, world)


def _global_command(session: Session, value: str, world: World) -> Turn | None:
    match value:
        case "menu":
            return channel_linking.offer_other_draft(session, world) or replies.show_menu(
                _without_loose_photos(session)
            )
        case "report":
            return channel_linking.offer_other_draft(session, world) or flow.start(
                _without_loose_photos(session), world
            )
        case "status":
            return my_tickets.overview(_without_loose_photos(session), world)
        case "add":
            return my_tickets.start_comment(_without_loose_photos(session), world)
        case "drop":
            return my_tickets.start_cancelling(_without_loose_photos(session), world)
        case "faq":
            return faq.invite_question(_without_loose_photos(session), world)
        case "operator":
            return handover.call_dispatcher(session, world)
        case "policy":
            return replies.inform(session, consent.policy_text(world))
        case "resume" | "continue":
            return reminders.resume(session, world) or channel_linking.take_other_draft(session, world)
        case "channels":
            return channel_linking.overview(_without_loose_photos(session), world)
        case "push":
            return channel_linking.ask_notification_target(_without_loose_photos(session), world)
        case "safe":
            return emergency.handle_all_clear(session, world)
        case "subscribe" | "unsubscribe":
            say = Say(key="announcements-on" if value == "subscribe" else "announcements-off")
            return replies.show_menu(
                _without_loose_photos(session), say, do=(WantAnnouncements(wanted=value == "subscribe"),)
            )
        case "forget":
            return replies.ask(replace(_without_loose_photos(session), state=State.FORGET), world)
        case "cancel":
            return _cancel(session, world)
        case "back":
            return (
                flow.go_back(session, world)
                if session.state in FORM
                else replies.show_menu(_without_loose_photos(session))
            )
        case "hello" | "thanks":
            return _answer_courtesy(session, value, world)
        case "yes" | "no" if session.state in (State.IDLE, State.QUESTION):
            return replies.show_menu(_without_loose_photos(session))
    return None


def _without_loose_photos(session: Session) -> Session:
    """Photos that nobody placed do not leak into a later report; a half-filled report stays."""
    return session if session.draft.started else replace(session, draft=Draft(), options=())


def _cancel(session: Session, world: World) -> Turn:
    if session.state in FORM or (session.state is State.IDLE and session.draft.started):
        return flow.cancel(session, world)
    return replies.show_menu(_without_loose_photos(session), Say(key="cancelled", edit=True))


def _answer_courtesy(session: Session, value: str, world: World) -> Turn:
    say = Say(key=value)
    if (
        value == "hello"
        and session.state is State.IDLE
        and (offered := channel_linking.offer_other_draft(session, world, say))
    ):
        return offered
    if session.state in (State.IDLE, State.QUESTION, State.SURVEY, State.ANSWERED):
        return replies.show_menu(session, say)
    return replies.ask(session, world, say)


def _ticket_command(session: Session, kind: str, rest: str, world: World) -> Turn | None:
    ticket = next((one for one in world.tickets if str(one.id) == rest), None)
    if ticket is None:
        return None
    if kind in ("ok", "again"):
        return survey.handle_button(session, ticket, kind == "ok", world)
    return my_tickets.handle_button(session, kind, ticket, world)


def _state_command(session: Session, kind: str, rest: str, world: World) -> Turn | None:
    match session.state, kind:
        case State.FILE, "new":
            return my_tickets.place_photos(session, 0, world)
        case State.FILE, "attach":
            ticket = next((one for one in world.tickets if str(one.id) == rest), None)
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
    """A button of an older message: say so and ask again what is open."""
    return replies.ask(session, world, Say(key="stale"))
