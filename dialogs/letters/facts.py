"""Read the words, the facts and the contact of a letter."""

from __future__ import annotations

from channels.contract import Letter
from dialogs.extraction import message_facts
from dialogs.extraction.message_facts import Facts
from dialogs.frozen import replace
from dialogs.session import Session
from dialogs.world import World

REPLY_PREFIXES = ("re:", "fw:", "fwd:")


def subject_and_text(letter: Letter) -> str:
    """Return subject and text as one; a subject that only answers ours is left out."""
    is_reply = letter.ticket or letter.subject.lower().startswith(REPLY_PREFIXES)
    subject = "" if is_reply else letter.subject
    return f"{subject}\n{letter.said or letter.text}".strip()


def read_facts(letter: Letter, world: World) -> Facts:
    """Return all facts of a letter, those of its signature included."""
    return message_facts.read(subject_and_text(letter), world, letter.signature)


def with_contact(session: Session, letter: Letter, world: World) -> Session:
    """Fill empty phone and name of the draft from the words or the signature."""
    draft, facts = session.draft, read_facts(letter, world)
    return replace(session, draft=replace(draft, phone=draft.phone or facts.phone, name=draft.name or facts.name))
