"""What a report by letter still lacks, and the one letter that asks for all of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dialogs.session import Draft
from dialogs.turn import Say
from dialogs.world import World

MOST_HOUSES = 5  # named in one letter
PLACE, HOUSES, FLAT, PROBLEM, PHONE = "address", "houses", "apartment", "problem", "phone"
ALL = (PLACE, HOUSES, FLAT, PROBLEM, PHONE)


def list_missing(draft: Draft, options: Sequence[int], world: World) -> tuple[str, ...]:
    """Return what is missing, in the order it is asked for; empty: the ticket can be opened.

    A phone alone holds no ticket up: the resident can be answered by letter.
    """
    found = []
    if not draft.has_place:
        found.append(HOUSES if options else PLACE)
    if draft.house_id and not draft.apartment and not draft.no_apartment and not _is_shared(draft, world):
        found.append(FLAT)
    if not draft.text and not draft.ticket_id:
        found.append(PROBLEM)
    if not draft.phone and (found or draft.ticket_id):
        found.append(PHONE)
    return tuple(found)


def _is_shared(draft: Draft, world: World) -> bool:
    """Whether the problem is the house's or an entrance's, so that no flat is needed."""
    named = world.classifier.problem(draft.problem) if draft.problem else None
    return bool(named and named.problem.scope)


def ask_by_letter(
    missing: Sequence[str], options: Sequence[int], world: World, *, urgent: bool = False
) -> tuple[Say, ...]:
    """Ask for everything that is missing at once. urgent: the ticket is open already, somebody is on the way."""
    houses = [house.address for one in options[:MOST_HOUSES] if (house := world.addresses.get(one))]
    lines = [
        Say(key=f"letter-gap-{one}", args={"houses": "; ".join(houses)} if one == HOUSES else {}) for one in missing
    ]
    head = Say(key="letter-gaps-urgent" if urgent else "letter-gaps")
    return (head, *lines, Say(key="letter-gaps-end"))
