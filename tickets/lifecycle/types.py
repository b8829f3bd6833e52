"""Types of tickets (заявки): status, priority, problem, classification, outage, view. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from errors import DomovoyError


class TransitionError(DomovoyError):
    """A status change that the rules do not allow."""


class VersionError(TransitionError):
    """Another person or process changed the ticket since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who changes something. kind: resident, dispatcher, clock, bot. id: of the resident or user; 0 for the others."""

    kind: str
    id: int = 0
    name: str = ""


class Priority(StrEnum):
    EMERGENCY = "emergency"
    URGENT = "urgent"
    NORMAL = "normal"


class Status(StrEnum):
    """Where a ticket stands; `tickets.lifecycle.rules.ALLOWED` says which changes are allowed."""

    NEW = "new"
    ASSIGNED = "assigned"  # an executor is named
    IN_PROGRESS = "in_progress"  # the executor is at work
    WAITING = "waiting"  # a reason is given
    DONE = "done"  # the work is finished, the resident has not confirmed it yet
    REOPENED = "reopened"  # the resident disagrees, or the problem came back
    CLOSED = "closed"  # the resident or a dispatcher confirmed the work
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One row of the classifier. Minutes count from registration."""

    code: str
    title: str
    category: str
    category_title: str
    priority: Priority
    react_minutes: int
    resolve_minutes: int
    trade: str
    trade_title: str
    basis: str = "policy"  # law, law_react, policy
    scope: str = ""  # who is affected beside the flat that reports it: "house", "entrance"
    safety: str = ""  # key of the safety text: gas, co, fire, lift, electric, flood, falling
    external: str = ""  # who answers when it is not the company
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """The problem of a text, as classified."""

    problem: Problem
    score: float  # 0..1
    top: tuple[Problem, ...]  # the three best, best first
    emergency: str = ""  # key of the safety text of an emergency: gas, co, fire, ...; empty: none
    sure: bool = False  # the resident need not be asked


class Resource(StrEnum):
    """A service that may be off in a whole house."""

    HOT_WATER = "hot_water"
    COLD_WATER = "cold_water"
    HEATING = "heating"
    ELECTRICITY = "electricity"
    GAS = "gas"
    LIFT = "lift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """An outage of one house that a dispatcher announced."""

    id: int
    resource: Resource
    house_id: int
    begins: datetime  # aware, in the time zone of the house
    ends: datetime  # aware, in the time zone of the house
    text: str = ""  # why, and what else residents should know


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """The part of a ticket that a dialog sees."""

    id: int
    number: str
    status: Status
    problem_title: str
    address: str  # with the flat, as residents see it
    created_ms: int
    due_ms: int
    executor: str = ""
    visit_ms: int = 0  # planned visit; 0: none
    reason: str = ""  # why it waits or was cancelled
    joined: bool = False  # a neighbour opened it, this resident only follows it
    house_id: int = 0  # 0: unknown
    emergency: bool = False  # notifications may come at night
