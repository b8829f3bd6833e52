"""The notice on personal data at first contact. What was said before it is kept and answered after it."""

from __future__ import annotations

from channels.contract import Contact, Photo, Start, Text, Voice
from dialogs import lookups, replies
from dialogs.buttons import Rows, button
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
MOST_LINK = 64
MOST_HELD = 4000  # characters kept of what is said before the notice is continued


def is_needed(session: Session, world: World) -> bool:
    """Say whether the notice must come first; an emergency under way is not interrupted by it."""
    if world.letters:  # a letter cannot be gated: the notice goes with the first answer
        return False
    return not world.known.notified and not session.draft.ticket_id and not lookups.emergency_ticket(session, world)


def hold_back(session: Session, event: Event, value: str, world: World) -> Turn:
    """Answer a resident who has not continued the notice; `value` is the button or command meant, if any."""
    shown = session.state is State.CONSENT
    session = replace(session, state=State.CONSENT)
    if value == "operator":
        return handover.call_dispatcher(session, world, reason="declined_notice" if shown else "asked")
    if value == "policy":
        return replies.inform(session, policy_text(world))
    if shown and value in ("no", "cancel"):
        phone = lookups.emergency_phone(world)
        rows: Rows = ((button("continue"),), (button("operator"),))
        return replies.inform(session, Say(key="consent-declined", args={"phone": phone}, buttons=rows))
    held = _hold(session, event, value, world)
    if world.waiting and shown:
        rows = ((button("continue"),),)
        return replies.inform(held, Say(key="handover-waiting", buttons=rows))
    if not shown:
        return replies.inform(held, prompts.consent_notice(world))
    return replies.inform(held, Say(key="consent-again", buttons=prompts.consent_notice(world).buttons))


def policy_text(world: World) -> Say:
    """Where the policy is, or what it says in short; «Продолжить» stays at hand."""
    rows: Rows = ((button("continue"),),) if not world.known.notified else ()
    url, company = world.company.policy_url, world.company.name
    if url:
        return Say(key="consent-policy", args={"policy": url}, buttons=rows)
    return Say(key="consent-policy-short", args={"company": company}, buttons=rows)


def _hold(session: Session, event: Event, value: str, world: World) -> Session:
    """Keep what was said; a greeting and «Старт» need no answer later."""
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
            found = phones.find_phone(phone, world.company.area_code)
            draft = replace(session.draft, phone=found or session.draft.phone, name=name[:60] or session.draft.name)
            return replace(session, draft=draft)
    return session


def accept(session: Session, world: World) -> tuple[Session, Event, World, SaveKnown]:
    """Go on: return what the resident wanted to say as the event to answer now, in a world that knows."""
    known: Known = replace(world.known, notified=True)
    event: Event = Text(session.held) if session.held else Start(session.link)
    session = replace(session, state=State.IDLE, held="", misunderstood=0)
    return session, event, replace(world, known=known), SaveKnown(notified=True, notice_version=NOTICE_VERSION)
