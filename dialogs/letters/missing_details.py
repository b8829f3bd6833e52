"""List the details that a report by letter lacks, and ask for all of them in one letter. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dialogs.session import Draft
from dialogs.turn import Say
from dialogs.world import World

MOST_HOUSES = 5  # named in one letter
PLACE, HOUSES, FLAT, PROBLEM, PHONE = "address", "houses", "apartment", "problem", "phone"
ALL = (PLACE, HOUSES, FLAT, PROBLEM, PHONE)


def list_missing(draft: Draft, options: Sequence[int], world: World) -> tuple[str, ...]:
    """Return the missing details, in the order they are asked for; empty: the ticket can be opened.

    A missing phone alone does not delay a ticket: the resident can be answered by letter.
    """
    missing = []
    if not draft.has_place:
        missing.append(HOUSES if options else PLACE)
    if draft.house_id and not draft.apartment and not draft.no_apartment and not _is_shared(draft, world):
        missing.append(FLAT)
    if not draft.text and not draft.ticket_id:
        missing.append(PROBLEM)
    if not draft.phone and (missing or draft.ticket_id):
        missing.append(PHONE)
    return tuple(missing)


def _is_shared(draft: Draft, world: World) -> bool:
    """Say whether the problem is that of a house or an entrance, so that no flat is needed."""
    named = world.classifier.problem(draft.problem) if draft.problem else None
    return bool(named and named.problem.scope)


def ask_by_letter(
    missing: Sequence[str], options: Sequence[int], world: World, *, urgent: bool = False
) -> tuple[Say, ...]:
    """Ask for all missing details at once.

    options: ids of the houses that may be meant. urgent: the ticket is open already, help is on the way.
    """
    houses = [house.address for house_id in options[:MOST_HOUSES] if (house := world.addresses.get(house_id))]
    lines = [
        Say(key=f"letter-gap-{detail}", args={"houses": "; ".join(houses)} if detail == HOUSES else {})
        for detail in missing
    ]
    head = Say(key="letter-gaps-urgent" if urgent else "letter-gaps")
    return (head, *lines, Say(key="letter-gaps-end"))
