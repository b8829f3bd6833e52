"""Decide which button value an event means: a pressed button, a typed word, or a typed number."""

from __future__ import annotations

from collections.abc import Mapping

from channels.contract import Press, Start, Text
from dialogs.buttons import words
from dialogs.events import Event
from dialogs.session import Session, State

# States whose answer is free text: only the words of `ALWAYS` are commands there.
FREE = frozenset({State.COMMENT, State.REASON, State.PROBLEM, State.KIND})
ALWAYS = frozenset({"menu", "operator", "back", "cancel", "skip", "done", "status", "forget", "safe", "drop"})

# States in which a typed number picks a button of the last question.
BY_NUMBER = frozenset(
    {State.IDLE, State.CONSENT, State.HOUSE, State.KIND, State.PHOTO, State.SUMMARY, State.FILE, State.DROP}
    | {State.SURVEY, State.ANSWERED, State.FORGET, State.TAKE}
)

# The values of a typed yes and no, by state.
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


def value_of(session: Session, event: Event) -> str:
    """Return the button value that an event means, or ''."""
    match event:
        case Start():
            return "menu"
        case Press(value):
            return value
        case Text(text):
            return _value_of_text(session, text)
    return ""


def _value_of_text(session: Session, text: str) -> str:
    meaning = words.meaning(text)
    if session.recognised and meaning in ("yes", "no"):  # the resident confirms what a transcriber heard
        return f"heard:{meaning}"
    number = words.number(text)
    if number and session.state in BY_NUMBER and number <= len(session.offered):
        return session.offered[number - 1]
    if meaning in ("yes", "solved"):
        return _value_of_yes(session, meaning)
    if meaning in ("no", "unsolved"):
        return _value_of_no(session, meaning)
    return _value_of_word(session, meaning)


def _value_of_yes(session: Session, meaning: str) -> str:
    match session.state:
        case State.SURVEY:
            return f"ok:{session.ticket_id}"
        case State.ANSWERED:
            return f"yes:{session.entry}"
    if meaning != "yes":
        return _value_of_word(session, meaning)
    if session.state is State.HOUSE and len(session.options) == 1:
        return f"house:{session.options[0]}"
    return YES.get(session.state, "yes")


def _value_of_no(session: Session, meaning: str) -> str:
    match session.state:
        case State.SURVEY:
            return f"again:{session.ticket_id}"
        case State.ANSWERED:
            return f"no:{session.entry}"
    return NO.get(session.state, "no") if meaning == "no" else _value_of_word(session, meaning)


def _value_of_word(session: Session, meaning: str) -> str:
    """Return the value of any other word; where free text is expected, only the strongest words are commands."""
    state = session.state
    if meaning == "open":
        return next((value for value in session.offered if value.startswith("open:")), "report")
    if meaning == "continue" and state is State.SUMMARY:
        return "confirm"
    if state in FREE and meaning not in ALWAYS and not (state is State.KIND and meaning == "kind:other"):
        return ""
    if meaning == "done" and state is State.SUMMARY:
        return "confirm"
    return meaning
