"""Deadlines and allowed changes, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.classification.problems import shipped
from tickets.lifecycle import rules
from tickets.lifecycle.types import Status, TransitionError

MOSCOW = ZoneInfo("Europe/Moscow")
PROBLEMS = shipped()
NOON = datetime(2026, 11, 24, 12, tzinfo=MOSCOW)
MOMENTS = st.integers(1_767_225_600, 1_861_920_000).flatmap(  # 2026 to 2028
    lambda seconds: st.sampled_from([datetime.fromtimestamp(seconds, zone) for zone in (MOSCOW, UTC)])
)


# All 64 pairs: a row for the old status, a column for the new one, both in the order of `Status`; x: allowed.
TRANSITIONS = """
              new assigned in_progress waiting done reopened closed cancelled
new            -     x          x         x     -      -       -        x
assigned       -     -          x         x     x      -       -        x
in_progress    -     -          -         x     x      -       -        x
waiting        -     x          x         -     x      -       -        x
done           -     -          -         -     -      x       x        -
reopened       -     x          x         x     x      -       -        x
closed         -     -          -         -     -      x       -        -
cancelled      -     -          -         -     -      -       -        -
"""


def expected_transitions() -> list[tuple[Status, Status, bool]]:
    """Return (old, new, whether it is allowed) for every pair of statuses."""
    header, *rows = (line.split() for line in TRANSITIONS.strip().splitlines())
    return [
        (Status(old), Status(new), mark == "x") for old, *marks in rows for new, mark in zip(header, marks, strict=True)
    ]


def test_the_expected_transitions_name_every_pair() -> None:
    assert [(old, new) for old, new, _ in expected_transitions()] == list(product(Status, Status))


@pytest.mark.parametrize(("old", "new", "allowed"), expected_transitions())
def test_a_change_is_allowed_or_refused_with_what_helps(*, old: Status, new: Status, allowed: bool) -> None:
    if allowed:
        rules.check_transition("26-000001", old, new)
    else:
        with pytest.raises(TransitionError, match=r"26-000001.*allowed: "):
            rules.check_transition("26-000001", old, new)


def test_every_status_but_the_final_one_can_still_change_and_each_can_be_reached() -> None:
    assert [status for status in Status if not rules.ALLOWED[status]] == [Status.CANCELLED]
    reached = {new for row in rules.ALLOWED.values() for new in row}
    assert reached | {Status.NEW} == set(Status)


@pytest.mark.parametrize(
    ("code", "opened", "react", "solved"),
    [
        ("gas_smell", "2026-11-24 23:50", "2026-11-24 23:55", None),
        ("lift_trapped", "2026-11-24 12:00", "2026-11-24 12:30", None),
        ("lift_stopped", "2026-11-24 12:00", None, "2026-11-25 12:00"),
        ("chute_blockage", "2026-11-24 22:30", "2026-11-24 23:00", "2026-11-25 09:30"),
        ("chute_blockage", "2026-11-24 03:00", "2026-11-24 08:30", "2026-11-24 10:00"),
    ],
)
def test_deadlines(code: str, opened: str, react: str | None, solved: str | None) -> None:
    problem = PROBLEMS[code]
    got = rules.due(problem, datetime.fromisoformat(opened).replace(tzinfo=MOSCOW))
    for moment, wanted in zip(got, (react, solved), strict=True):
        if wanted:
            assert moment.strftime("%Y-%m-%d %H:%M") == wanted


@given(st.sampled_from(sorted(PROBLEMS)), MOMENTS)
def test_no_deadline_is_before_registration_and_reaction_comes_first(code: str, opened: datetime) -> None:
    react, solve = rules.due(PROBLEMS[code], opened)
    assert opened < react
    assert opened < solve
    if code != rules.CHUTE:
        assert solve - opened == timedelta(minutes=PROBLEMS[code].resolve_minutes)


@given(MOMENTS)
def test_the_chute_has_its_hours(opened: datetime) -> None:
    for moment in rules.due(PROBLEMS[rules.CHUTE], opened):
        assert rules.CHUTE_FROM <= moment.time() <= rules.CHUTE_TO


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        rules.due(PROBLEMS["lift_stopped"], NOON.replace(tzinfo=None))


@given(MOMENTS)
def test_the_term_is_told_within_half_an_hour(opened: datetime) -> None:
    assert timedelta() < rules.term_push_at(opened) - opened < timedelta(minutes=30)


@given(MOMENTS)
def test_the_survey_comes_by_day(done: datetime) -> None:
    at = rules.survey_push_at(done)
    assert rules.POLITE_FROM <= at.time() < rules.POLITE_TO
    assert timedelta(hours=24) <= at - done <= timedelta(hours=37)


def test_a_visit_is_reminded_of_an_hour_before_unless_it_is_near() -> None:
    assert rules.visit_push_at(NOON + timedelta(hours=3), NOON) == NOON + timedelta(hours=2)
    assert rules.visit_push_at(NOON + timedelta(minutes=50), NOON) is None


def test_the_classifier_is_ordered_by_category() -> None:
    """Rows of one category stand together, so that lists of them read well."""
    categories = [problem.category for problem in PROBLEMS.values()]
    changes = [later for earlier, later in pairwise(categories) if earlier != later]
    assert len(changes) == len(set(changes))
