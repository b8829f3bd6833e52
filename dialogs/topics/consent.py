"""Show the notice on personal data at first contact; the resident's words from before it are answered after it."""

from __future__ import annotations

from channels.contract import Contact, Photo, Start, Text, Voice
from dialogs import lookups, replies
from dialogs.buttons.rows import Rows, button
from dialogs.effects import SaveKnown
from dialogs.events import Event
from dialogs.extraction import phones
from dialogs.frozen import replace
from dialogs.report import draft_fields, prompts
from dialogs.session import MAX_FILES, Session, State
from dialogs.topics import handover
from dialogs.turn import Say, Turn
from dialogs.world import Known, World

NOTICE_VERSION = "2026-11"
MOST_LINK = 64  # characters kept of a poster's payload
MOST_HELD = 4000  # characters kept of the words from before the notice


def is_needed(session: Session, world: World) -> bool:
    """Say whether the notice must come first; it does not interrupt an emergency."""
    if world.letters:  # a letter cannot wait for a button: the notice goes out with the first reply
        return False
    return not world.known.notified and not session.draft.ticket_id and not lookups.emergency_ticket(session, world)


def hold_back(session: Session, event: Event, value: str, world: World) -> Turn:
    """Answer a resident who has not continued the notice. value: the button or command that is meant, or ''."""
    was_shown = session.state is State.CONSENT
    session = replace(session, state=State.CONSENT)
    if value == "operator":
        return handover.call_dispatcher(session, world, reason="declined_notice" if was_shown else "asked")
    if value == "policy":
        return replies.inform(session, policy_text(world))
    if was_shown and value in ("no", "cancel"):
        return replies.inform(session, _declined(world))
    session, notice = _hold(session, event, value, world), prompts.consent_notice(world)
    if not was_shown:
        return replies.inform(session, notice)
    if world.waiting:
        return replies.inform(session, Say(key="handover-waiting", buttons=((button("continue"),),)))
    return replies.inform(session, Say(key="consent-again", buttons=notice.buttons))


def _declined(world: World) -> Say:
    """Tell a resident who declined the notice what is left: a phone call, or a dispatcher."""
    rows: Rows = ((button("continue"),), (button("operator"),))
    return Say(key="consent-declined", args={"phone": lookups.emergency_phone(world)}, buttons=rows)


def policy_text(world: World) -> Say:
    """Return the address of the policy, or its short form, with «Продолжить» until the notice is continued."""
    rows: Rows = ((button("continue"),),) if not world.known.notified else ()
    url, company = world.company.policy_url, world.company.name
    if url:
        return Say(key="consent-policy", args={"policy": url}, buttons=rows)
    return Say(key="consent-policy-short", args={"company": company}, buttons=rows)


def _hold(session: Session, event: Event, value: str, world: World) -> Session:
    """Keep the resident's words and files for later; a greeting and «Старт» need no answer."""
    match event:
        case Text(text) if value not in ("hello", "thanks", "menu", "yes", "no"):
            held = f"{session.held}\n{text}".strip()[:MOST_HELD]
            return replace(session, held=held)
        case Photo(file, caption):
            held = f"{session.held}\n{caption}".strip()[:MOST_HELD]
            return replace(session, held=held, draft=draft_fields.with_files(session.draft, file.remote_id))
        case Voice(file):
            voices = (*session.draft.voices, file.remote_id)[:MAX_FILES]
            return replace(session, draft=replace(session.draft, voices=voices))
        case Start(payload) if payload:
            return replace(session, link=payload[:MOST_LINK])
        case Contact(phone, name):
            draft, number = session.draft, phones.find_phone(phone, world.company.area_code)
            return replace(session, draft=replace(draft, phone=number or draft.phone, name=name[:60] or draft.name))
    return session


def accept(session: Session, world: World) -> tuple[Session, Event, World, SaveKnown]:
    """Record that the notice was continued.

    Returns the session, the held words as the event to answer now, the world in which the notice is continued, and the
    effect that saves it.
    """
    known: Known = replace(world.known, notified=True)
    event: Event = Text(session.held) if session.held else Start(session.link)
    session = replace(session, state=State.IDLE, held="", misunderstood=0)
    return session, event, replace(world, known=known), SaveKnown(notified=True, notice_version=NOTICE_VERSION)
