from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets import rules
from tickets.types import Priority, Problem, Status, TransitionError

PERM = ZoneInfo("Asia/Yekaterinburg")


def problem(code: str = "sewer_blockage", react: int = 30, resolve: int = 120) -> Problem:
    return Problem(
        code=code,
        title="",
        category="",
        category_title="",
        priority=Priority.EMERGENCY,
        react_minutes=react,
        resolve_minutes=resolve,
        trade="plumber",
        trade_title="",
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PERM)


def test_refused_change_says_what_is_allowed() -> None:
    with pytest.raises(TransitionError) as refused:
        rules.check_transition("26-000143", Status.DONE, Status.NEW)
    assert str(refused.value) == "ticket 26-000143: done cannot become new; allowed: closed, reopened"


def test_cancelled_is_final() -> None:
    for status in Status:
        with pytest.raises(TransitionError, match="it is final"):
            rules.check_transition("26-000001", Status.CANCELLED, status)


@pytest.mark.parametrize("old", [status for status in Status if status is not Status.CANCELLED])
def test_every_other_status_has_a_way_out(old: Status) -> None:
    assert rules.ALLOWED[old]
    for new in rules.ALLOWED[old]:
        rules.check_transition("26-000001", old, new)


def test_no_status_leads_back_to_new_or_to_itself() -> None:
    assert [old for old in Status if Status.NEW in rules.ALLOWED[old] or old in rules.ALLOWED[old]] == []


def test_deadlines_count_from_registration() -> None:
    assert rules.due(problem(), at("2026-11-23T23:30")) == (at("2026-11-24T00:00"), at("2026-11-24T01:30"))


def test_deadlines_count_elapsed_time_when_the_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    opened = datetime(2026, 10, 25, 1, 30, tzinfo=berlin)
    assert rules.due(problem(), opened)[1].isoformat() == "2026-10-25T02:30:00+01:00"


def test_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        rules.due(problem(), datetime(2026, 11, 23))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("opened", "resolve"),
    [
        ("2026-11-23T12:00", "2026-11-23T14:00"),
        ("2026-11-23T21:00", "2026-11-23T23:00"),
        ("2026-11-23T22:30", "2026-11-24T09:30"),
        ("2026-11-23T23:30", "2026-11-24T10:00"),
        ("2026-11-23T03:00", "2026-11-23T10:00"),
        ("2026-11-23T08:00", "2026-11-23T10:00"),
    ],
)
def test_rubbish_chute_has_its_hours(opened: str, resolve: str) -> None:
    assert rules.due(problem("chute_blockage"), at(opened))[1] == at(resolve)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(PERM)))  # noqa: DTZ001
def test_rubbish_chute_is_never_due_at_night_and_never_too_early(opened: datetime) -> None:
    react, resolve = rules.due(problem("chute_blockage"), opened)
    assert rules.CHUTE_FROM <= resolve.time() <= rules.CHUTE_TO
    assert resolve - opened >= timedelta(hours=2)
    assert opened < react <= resolve


def test_stricter_takes_each_part_by_itself() -> None:
    one = (at("2026-11-23T10:00"), at("2026-11-23T20:00"))
    other = (at("2026-11-23T11:00"), at("2026-11-23T12:00"))
    assert rules.stricter(one, other) == (one[0], other[1])


def test_term_is_told_within_the_half_hour_of_the_law() -> None:
    opened = at("2026-11-23T12:00")
    assert rules.term_push_at(opened) - opened == timedelta(minutes=20)


def test_visit_is_reminded_an_hour_before_unless_it_is_nearer() -> None:
    visit = at("2026-11-23T15:00")
    assert rules.visit_push_at(visit, at("2026-11-23T12:00")) == at("2026-11-23T14:00")
    assert rules.visit_push_at(visit, at("2026-11-23T14:00")) is None


@pytest.mark.parametrize(
    ("done", "asked"),
    [
        ("2026-11-23T15:00", "2026-11-24T15:00"),
        ("2026-11-23T03:00", "2026-11-24T09:00"),
        ("2026-11-23T22:00", "2026-11-25T09:00"),
    ],
)
def test_second_question_comes_a_day_later_but_not_at_night(done: str, asked: str) -> None:
    assert rules.survey_push_at(at(done)) == at(asked)
