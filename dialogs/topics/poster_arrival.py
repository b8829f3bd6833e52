"""Answer a resident who scanned the link of a poster."""

from __future__ import annotations

from channels.contract import Start
from dialogs import replies
from dialogs.buttons.rows import menu
from dialogs.frozen import replace
from dialogs.report import flow, poster_links
from dialogs.session import Session, State
from dialogs.turn import Say, Turn
from dialogs.world import World


def handle_start(session: Session, event: Start, world: World) -> Turn | None:
    """Answer a scanned poster; None: an ordinary start. An address given before is not replaced."""
    scanned = poster_links.house_of(event.payload, world)
    if scanned is None:
        return None
    house, _ = scanned
    draft = session.draft
    if not draft.started:
        say = Say(key="link-house", args={"address": house.address}, buttons=menu(session))
        session = replace(session, state=State.IDLE, link=event.payload)
        return replies.inform(session, say)
    if draft.has_place and draft.house_id != house.id:
        say = Say(key="link-kept", args={"address": draft.address, "house": house.address})
        return replies.show_menu(session, say)
    return flow.start(replace(session, link=event.payload), world)
