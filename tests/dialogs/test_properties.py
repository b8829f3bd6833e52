"""Whatever a resident does: no exception, never silent, a way out of every state, only texts that exist; replayable."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.contract import (
    Contact,
    FileRef,
    Form,
    Location,
    Photo,
    Press,
    Start,
    Text,
    Unsupported,
    Voice,
)
from dialogs.buttons.words import meaning
from dialogs.events import Event, FileRefused, HandoverChanged, Recognised
from dialogs.session import Session, State
from dialogs.world import Known
from tests.dialogs.talk import ANY_CONTENT, Talk, fresh_world, neighbour, newcomer, texts, with_ticket
from tests.dialogs.test_session import SESSIONS
from tickets.lifecycle.types import Outage, Resource, Status

LINES = (
    "Лифт не работает|пахнет газом|Садовая 5|Садовая|Неведомая 999|17|8 903 123-45-67|12345|Анна|да|нет|назад|отмена|"
    "меню|мои заявки|диспетчер|изменить адрес|изменить|готово|пропустить|когда передавать показания?|спасибо|привет|1|"
    "9|всё верно|удалить мои данные|ыва олдж|домофон сломан, Ленина 12 кв 4, 89031112233|в подвале прорвало трубу|"
    "батарея холодная|нет горячей воды|когда дадут свет?|"
    "Hello, no water|Сәлам, су юк|gas leak|всё равно оформить|👍|"
    "/start|🙂🙂🙂|<b>&amp;|тут драка|всё в порядке|продолжить|решена|не решена|hello"
)
TEXTS = st.sampled_from([Text(line) for line in LINES.split("|")]) | st.text(max_size=60).map(Text)
FILES = st.sampled_from(["a.jpg", "b.jpg", "c.jpg"]).map(lambda name: FileRef(remote_id=name))
FORMS = st.builds(
    Form,
    address=st.sampled_from(["Садовая 5", "Неведомая 999", "", "Садовая"]),
    text=st.sampled_from(LINES.split("|")) | st.text(max_size=60),
    apartment=st.sampled_from(["", "17", "кв. 3", "нет"]),
    name=st.sampled_from(["", "Анна"]),
    phone=st.sampled_from(["", "8 903 123-45-67", "12"]),
    files=st.lists(FILES, max_size=2).map(tuple),
)
RESIDENT = st.one_of(
    TEXTS,
    TEXTS,
    st.integers(0, 30),  # a button of the last question, by its place
    FORMS,
    st.builds(Voice, FILES),
    st.builds(Photo, FILES, st.sampled_from(["", "вот", "течёт труба в подвале"])),
    st.sampled_from(
        [
            Contact("79031234567", "Анна"),
            Contact("1", ""),
            Location(54.3, 48.4),
            Start(),
            Start("house-1"),
            Start("house-2-3"),
        ]
    ),
    st.sampled_from(["sticker", "voice", "video", "too_big", "empty", "poll"]).map(Unsupported),
    st.sampled_from(
        ["menu", "ok:1", "again:1", "house:3", "faq:none", "kind:x", "edit:phone", "confirm", "zzz", "yes:"]
    ).map(Press),
)
FILE_NEWS = st.sampled_from(
    [FileRefused(file="a.jpg", reason=reason) for reason in ("not_allowed", "too_big", "lost")]
    + [Recognised(file="a.jpg", text=text) for text in ("", "да", "Лифт не работает", "пахнет газом", "Садовая 5")]
)
NEWS = FILE_NEWS | st.sampled_from(
    [*Status, "draft_reminder", "draft_close", "ticket_term", "ticket_survey", "claimed", "back"]
)
WAYS_OUT = ("menu", "отмена", "диспетчер")


def play(talk: Talk, action: object) -> None:
    """Do one thing; every key is rendered on the way, so an unknown one or a wrong argument fails."""
    match action:
        case int(place):
            offered = [button for say in talk.says for row in say.buttons for button in row]
            talk.event(Press(offered[place % len(offered)].value) if offered else Text("да"))
        case Status():
            if talk.world.tickets:
                talk.change(action)
        case "claimed" | "back":
            talk.world = replace(talk.world, claimed_by="Ирина" if action == "claimed" else "", waiting=False)
            talk.event(HandoverChanged(claimed=action == "claimed", dispatcher_name="Ирина"))
        case str(kind):
            ticket = talk.world.tickets[0] if talk.world.tickets and kind.startswith("ticket") else None
            talk.later(hours=3).fire(kind, ticket)  # type: ignore[arg-type]  # a kind of timer
        case _:
            talk.event(action)  # type: ignore[arg-type]  # one of the events above


def warned() -> Talk:
    """A neighbour whose house has everything off, and more to come."""
    talk = neighbour()
    now, house_id = talk.world.now, talk.world.known.house_id
    hours = [(-1, 5), (30, 40)]
    outages = [
        Outage(
            id=number,
            resource=resource,
            house_id=house_id,
            begins=now + timedelta(hours=begins),
            ends=now + timedelta(hours=ends),
        )
        for number, (resource, (begins, ends)) in enumerate(product(Resource, hours), 1)
    ]
    talk.world = replace(talk.world, outages=tuple(outages))
    return talk


def is_from_resident(action: object) -> bool:
    return isinstance(action, int | Text | Press | Photo | Voice | Form | Contact | Location | Unsupported | Start)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([newcomer, Talk, neighbour, with_ticket, warned]), st.lists(RESIDENT | NEWS, max_size=14))
def test_never_silent_and_always_a_way_out(start: type[Talk], actions: list[object]) -> None:
    talk = start()
    for action in actions:
        play(talk, action)
        if is_from_resident(action) and not talk.world.claimed_by:
            assert talk.said, action
            assert all(said.strip() for said in talk.said)
        for say in talk.says:
            values = [button.value for row in say.buttons for button in row]
            assert all(0 < len(value) <= 48 and value.isascii() for value in values)
    talk.world = replace(talk.world, claimed_by="")
    talk.write("отмена")
    talk.write("меню")
    assert talk.session.state in (State.IDLE, State.CONSENT)
    assert talk.labels


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([newcomer, Talk, neighbour, with_ticket, warned]),
    st.lists(RESIDENT | NEWS, max_size=8),
    st.integers(0, 30),
)
def test_no_button_of_the_last_question_is_stale(start: type[Talk], actions: list[object], place: int) -> None:
    talk = start()
    for action in actions:
        play(talk, action)
    talk.world = replace(talk.world, claimed_by="")
    offered = [button for say in talk.says for row in say.buttons for button in row]
    if offered:
        talk.event(Press(offered[place % len(offered)].value))
        assert talk.said
        assert "stale" not in [say.key for say in talk.says], offered[place % len(offered)]


@settings(max_examples=200, deadline=None)
@given(SESSIONS, st.sampled_from(ANY_CONTENT) | TEXTS)
def test_any_session_however_odd_gets_an_answer(session: Session, event: Event) -> None:
    talk = with_ticket()
    talk.session = session
    assert talk.event(event)


@settings(max_examples=50, deadline=None)
@given(st.lists(RESIDENT | NEWS, max_size=12))
def test_the_same_conversation_gives_the_same_turns(actions: list[object]) -> None:
    first, second = newcomer(), newcomer()
    for action in actions:
        play(first, action)
        play(second, action)
    assert first.record == second.record


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_way_out(state: State) -> None:
    for way in WAYS_OUT:
        talk = with_ticket()
        talk.session = replace(talk.session, state=state, options=(1, 2), kinds=("lift_stopped",), ticket_id=1)
        said = talk.event(Press("menu") if way == "menu" else Text(way))
        assert said
        assert meaning(way) in ("menu", "cancel", "operator")
        if way != "диспетчер":
            assert talk.session.state is State.IDLE


@pytest.mark.parametrize("state", State)
def test_every_state_asks_something_with_buttons(state: State) -> None:
    talk = with_ticket()
    if state in (State.REASON, State.SURVEY):
        talk.change(Status.DONE)
    talk.session = replace(talk.session, state=state, options=(1, 2), kinds=("lift_stopped",), ticket_id=1)
    talk.event(Unsupported("sticker"))
    assert "Стикеры" in talk.said[0]
    assert talk.labels


@settings(max_examples=60, deadline=None)
@given(st.lists(RESIDENT | NEWS, max_size=10))
def test_english_has_every_text_that_is_said(actions: list[object]) -> None:
    talk = with_ticket()
    for action in actions:
        play(talk, action)
        for say in talk.says:
            assert texts("en").render(say.key, say.args)


def test_a_claimed_conversation_is_silent_but_for_emergencies() -> None:
    talk = Talk(world=fresh_world(known=Known(notified=True), claimed_by="Ирина"))
    for event in ANY_CONTENT:
        assert talk.event(event) == ""
    assert talk.write("искрит щиток").startswith("⚠️")
