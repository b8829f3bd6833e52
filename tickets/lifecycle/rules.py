"""Rules of tickets: allowed changes of status, deadlines, times of notifications. Pure; every moment is aware."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from tickets.lifecycle.types import Problem, Status, TransitionError

# Old status -> the statuses it may change to; the only place that says it.
ALLOWED: Mapping[Status, tuple[Status, ...]] = {
    Status.NEW: (Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING, Status.CANCELLED),
    Status.ASSIGNED: (Status.IN_PROGRESS, Status.DONE, Status.WAITING, Status.CANCELLED),
    Status.IN_PROGRESS: (Status.DONE, Status.WAITING, Status.CANCELLED),
    Status.WAITING: (Status.ASSIGNED, Status.IN_PROGRESS, Status.DONE, Status.CANCELLED),
    Status.DONE: (Status.CLOSED, Status.REOPENED),
    Status.REOPENED: (Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING, Status.DONE, Status.CANCELLED),
    Status.CLOSED: (Status.REOPENED,),
    Status.CANCELLED: (),
}
FINISHED = frozenset({Status.DONE, Status.CLOSED, Status.CANCELLED})  # no more work is expected

# A blocked rubbish chute is cleared by day only, though it is reported round the clock: Rules 416, point 13.
CHUTE = "chute_blockage"
CHUTE_FROM, CHUTE_TO = time(8), time(23)

TERM_PUSH = timedelta(minutes=20)  # Rules 416, point 13 ask for 30 minutes from registration; ten are left for delivery
VISIT_PUSH = timedelta(hours=1)  # before the visit
SURVEY_PUSH = timedelta(hours=24)  # after "done", when the first question stayed unanswered
POLITE_FROM, POLITE_TO = time(9), time(21)  # a question that can wait does not come at night


def check_transition(number: str, old: Status, new: Status) -> None:
    """Raise `TransitionError` when the rules do not allow the change; `number` is the ticket's."""
    if new not in ALLOWED[old]:
        allowed = ", ".join(ALLOWED[old]) or "nothing, it is final"
        raise TransitionError(f"ticket {number}: {old} cannot become {new}; allowed: {allowed}")


def due(problem: Problem, opened_at: datetime) -> tuple[datetime, datetime]:
    """Return the deadlines for the reaction and for the solution.

    opened_at: moment of registration, aware, in the time zone of the house (the rubbish chute has its hours).
    """
    if opened_at.tzinfo is None:
        raise ValueError("opened_at must be aware")
    add = _later_by_day if problem.code == CHUTE else _later
    return (
        add(opened_at, timedelta(minutes=problem.react_minutes)),
        add(opened_at, timedelta(minutes=problem.resolve_minutes)),
    )


def _later(moment: datetime, by: timedelta) -> datetime:
    """Add elapsed time; a plain sum would add to the wall clock and be wrong when the clocks change."""
    return (moment.astimezone(UTC) + by).astimezone(moment.tzinfo)


def _later_by_day(moment: datetime, by: timedelta) -> datetime:
    """Add time that passes only between `CHUTE_FROM` and `CHUTE_TO`."""
    while True:
        start = max(moment, datetime.combine(moment, CHUTE_FROM, moment.tzinfo))
        left = datetime.combine(moment, CHUTE_TO, moment.tzinfo) - start
        if by <= left:
            return start + by
        by -= max(left, timedelta())
        moment = datetime.combine(moment + timedelta(days=1), CHUTE_FROM, moment.tzinfo)


def stricter(first: tuple[datetime, datetime], second: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    """Return the earlier of two pairs of deadlines, each part by itself."""
    return min(first[0], second[0]), min(first[1], second[1])


def term_push_at(opened_at: datetime) -> datetime:
    """Return when to notify the resident of the planned term."""
    return _later(opened_at, TERM_PUSH)


def visit_push_at(visit_at: datetime, now: datetime) -> datetime | None:
    """Return when to remind of a visit; None when it is so near that the news of it is the reminder."""
    at = _later(visit_at, -VISIT_PUSH)
    return at if at > now else None


def survey_push_at(done_at: datetime) -> datetime:
    """Return when to ask again whether the problem is solved: by day, in the time zone of `done_at`."""
    at = _later(done_at, SURVEY_PUSH)
    if at.time() < POLITE_FROM:
        return datetime.combine(at, POLITE_FROM, at.tzinfo)
    if at.time() >= POLITE_TO:
        return datetime.combine(at + timedelta(days=1), POLITE_FROM, at.tzinfo)
    return at
