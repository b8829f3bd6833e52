"""Answer with the announced outages of the resident's house, before a general answer is given or a report begun.

An outage under way replaces the usual answer. A planned one replaces it only when nothing is missed yet; otherwise it
is announced before the usual answer. A ticket can be opened all the same. In an emergency no outage is mentioned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from dialogs import lookups, replies
from dialogs.buttons.rows import TO_MENU, Rows, button, literal
from dialogs.extraction import outage_words
from dialogs.frozen import replace
from dialogs.session import Session, State
from dialogs.turn import NONE, Args, Say, Turn
from dialogs.world import World
from faq.types import FaqEntry
from language.questions import is_question
from tickets.lifecycle.types import Classification, Outage, Resource

MOST_OUTAGES = 3  # described in one reply
MOST_ASKED = 1000  # characters kept for a ticket that is opened all the same

# Problems that an outage explains, as codes of tickets/classification/problems.yaml. A ticket gets the first one.
PROBLEMS: Mapping[Resource, tuple[str, ...]] = {
    Resource.HOT_WATER: ("hot_no_water", "hot_low_temp"),
    Resource.COLD_WATER: ("cold_no_water", "cold_low_pressure"),
    Resource.HEATING: ("heating_none", "heating_cold_flat", "heating_cold_entrance"),
    Resource.ELECTRICITY: ("el_no_power_house", "el_no_power_flat"),
    Resource.GAS: ("gas_no_supply",),
    Resource.LIFT: ("lift_stopped",),
}
BY_PROBLEM = frozenset({Resource.HEATING, Resource.HOT_WATER, Resource.COLD_WATER})  # gas and lifts: only by words
_OF_PROBLEM = {code: resource for resource, codes in PROBLEMS.items() for code in codes}


def find_for_message(session: Session, world: World, text: str, named: Classification | None) -> tuple[Outage, ...]:
    """Return the outages of the resident's house that a message is about, those under way first.

    named: the problem of the message. It counts if the words name no resource and ask nothing: «мёрзнем вторые сутки».
    """
    if not world.outages or (named and (named.problem.safety or named.emergency)):
        return ()
    if named and named.sure and named.problem.code not in _OF_PROBLEM:
        return ()
    wanted = outage_words.resources(text)
    if not wanted and named and named.sure and not is_question(text) and not outage_words.is_other_matter(text):
        wanted = _resources_of(named.problem.code) & BY_PROBLEM
    return _of(session, world, wanted, _named_house(text, world)) if wanted else ()


def find_for_entry(session: Session, world: World, entry: FaqEntry) -> tuple[Outage, ...]:
    """Return the outages that an FAQ entry, chosen by its button, is about."""
    return _of(session, world, outage_words.resources(entry.question)) if world.outages else ()


def find_for_report(session: Session, world: World, problem: str) -> tuple[Outage, ...]:
    """Return the outage under way that explains the problem of a report, unless it was described before."""
    outages = _of(session, world, _resources_of(problem)) if world.outages else ()
    new = [outage for outage in outages if outage.id != session.outage and is_under_way(outage, world)]
    return tuple(new[:1])


def _resources_of(code: str) -> frozenset[Resource]:
    return frozenset({_OF_PROBLEM[code]} if code in _OF_PROBLEM else ())


def _named_house(text: str, world: World) -> int | None:
    """Return the house that a message names; 0: it may be one of several; None: it names none."""
    place = world.addresses.find(text)
    if not place.houses:
        return 0 if place.unserved else None
    return place.houses[0].id if place.sure else 0


def _of(session: Session, world: World, wanted: frozenset[Resource], named: int | None = None) -> tuple[Outage, ...]:
    """Return the outages of these resources in one house; named: as `_named_house` returns it."""
    house_id = lookups.house_in_question(session, world) if named is None else named
    of_house = (outage for outage in world.outages if outage.house_id == house_id and outage.ends > world.now)
    outages = [outage for outage in of_house if outage.resource in wanted]
    return tuple(sorted(outages, key=lambda outage: not is_under_way(outage, world))[:MOST_OUTAGES])


def is_under_way(outage: Outage, world: World) -> bool:
    """Say whether an outage is under way."""
    return outage.begins <= world.now < outage.ends


def is_whole_answer(outages: Sequence[Outage], text: str, world: World) -> bool:
    """Say whether these outages are the whole answer: one is under way, or nothing is missed yet."""
    return bool(outages) and (is_under_way(outages[0], world) or not outage_words.is_missed_now(text))


def describe(outage: Outage, world: World) -> Say:
    """Say what is off and until when, by the clock of the house."""
    house = world.addresses.get(outage.house_id)
    args: Args = {
        "resource": outage.resource.value,
        "address": house.address if house else NONE,
        "begins": _as_house_clock(outage.begins, world),
        "ends": _as_house_clock(outage.ends, world),
        "text": outage.text or NONE,
    }
    return Say(key="outage-now" if is_under_way(outage, world) else "outage-planned", args=args)


def _as_house_clock(at: datetime, world: World) -> datetime:
    """Return a moment that the texts, which write the company's time, show as the clocks of the house do."""
    return at.replace(tzinfo=world.now.tzinfo)


def unexplained(outages: Sequence[Outage], text: str, world: World) -> tuple[frozenset[Resource], ...]:
    """Return the resources that a message misses and no outage under way explains.

    In «нет воды и света» that is water when only the light is off. outages: of one house, those under way first.
    """
    if not outages or not is_under_way(outages[0], world):
        return ()
    house_id = outages[0].house_id
    off = {outage.resource for outage in world.outages if outage.house_id == house_id and is_under_way(outage, world)}
    return tuple(missed for missed in outage_words.missed(text) if missed.isdisjoint(off))


def describe_all(outages: Sequence[Outage], text: str, world: World) -> tuple[Say, ...]:
    """Describe outages, and say which resources of the message none of them is about."""
    resources = {outage.resource for outage in outages}
    others = [missed for missed in unexplained(outages, text, world) if missed.isdisjoint(resources)]
    names = [next(iter(missed)).value if len(missed) == 1 else "water" for missed in others]
    says = [Say(key="outage-not-announced", args={"resource": name}) for name in names]
    return (*(describe(outage, world) for outage in outages), *says)


def answer(session: Session, outages: Sequence[Outage], text: str, world: World, problem: str = "") -> Turn:
    """Answer with outages; buttons open a ticket all the same, with the resident's words.

    The first buttons are for resources that are missed and not explained. problem: code of the message's problem.
    """
    unexplained_codes = [PROBLEMS[_ticket_resource(missed)][0] for missed in unexplained(outages, text, world)]
    problems = [named.problem for code in unexplained_codes if (named := world.classifier.problem(code))]
    rows: Rows = tuple((literal(other.title, f"open:{other.code}"),) for other in problems)
    is_explained = _resources_of(problem) & {outage.resource for outage in outages}
    code = problem if is_explained and problem not in unexplained_codes else PROBLEMS[outages[0].resource][0]
    if world.classifier.problem(code):
        rows = (*rows, (button("open-anyway", f"open:{code}"),))
    session = replace(session, state=State.IDLE, outage=outages[0].id, asked=text[:MOST_ASKED])
    last = Say(key="outage-rest" if problems else "outage-anyway", buttons=(*rows, *TO_MENU))
    return replies.inform(session, *describe_all(outages, text, world), last)


def _ticket_resource(missed: frozenset[Resource]) -> Resource:
    """Return the resource that gives a ticket its problem: cold water when water is neither hot nor cold."""
    return Resource.COLD_WATER if Resource.COLD_WATER in missed else next(iter(missed))


def announce_before(turn: Turn, outages: Sequence[Outage], world: World) -> Turn:
    """Describe outages, planned ones as a rule, before the usual answer."""
    return replace(turn, say=(*(describe(outage, world) for outage in outages), *turn.say)) if outages else turn
