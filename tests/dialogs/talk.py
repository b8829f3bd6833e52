"""A conversation with the dialog engine alone: the shipped knowledge, tickets in memory, time that a test moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from channels.contract import (
    Button,
    Contact,
    FileRef,
    Location,
    Photo,
    Press,
    Start,
    Text,
    Unsupported,
)
from dialogs.effects import (
    AskCode,
    CallDispatcher,
    ChangeStatus,
    ChoosePush,
    Effect,
    ForgetMe,
    OpenTicket,
    SaveKnown,
    SetTimer,
    TakeDraft,
    UseCode,
)
from dialogs.engine import step
from dialogs.events import CodeChecked, CodeMade, Event, TicketChanged, TicketOpened, TimerFired, TimerKind
from dialogs.letters.frame import with_greeting
from dialogs.session import Session, decode, encode
from dialogs.turn import Say, Turn
from dialogs.world import Company, Known, World
from faq.base.loader import load_base
from faq.matching.matcher import FaqMatcher
from houses.recognition.recogniser import HouseRecogniser
from houses.register.loader import load_csv
from houses.types import House
from texts.catalog import Catalog
from tickets.classification.classifier import RuleClassifier
from tickets.lifecycle.types import Status, TicketView

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=timezone(timedelta(hours=3)))
COMPANY = Company(name="УК «Уют»", phone="+7 8422 11-11-11", emergency_phone="+7 8422 22-22-22", area_code="8422")
FACTS = {
    "company_phone": COMPANY.phone,
    "emergency_phone": COMPANY.emergency_phone,
    "office_hours": "пн–пт с 9 до 18",
    "readings_from": "20",
    "readings_to": "25",
    "regoperator": "",
    "gji": "",
}


@cache
def houses() -> HouseRecogniser:
    return HouseRecogniser([House(id=n, address=row[0]) for n, row in enumerate(load_csv(ROOT / "houses/demo.csv"), 1)])


@cache
def questions() -> FaqMatcher:
    return FaqMatcher(load_base(ROOT / "faq/knowledge", FACTS), problems().model)


@cache
def problems() -> RuleClassifier:
    return RuleClassifier.shipped()


@cache
def texts(language: Literal["ru", "en"] = "ru") -> Catalog:
    return Catalog(language, ZoneInfo("Europe/Moscow"))


def fresh_world(**changes: Any) -> World:
    world = World(now=NOON, company=COMPANY, addresses=houses(), classifier=problems(), faq=questions())
    return replace(world, **changes)


@dataclass(slots=True)
class Talk:
    """Plays one resident; `said` holds the rendered replies to the last event, `did` every effect so far."""

    world: World = field(default_factory=lambda: fresh_world(known=Known(notified=True)))
    session: Session = field(default_factory=Session)
    said: list[str] = field(default_factory=list)
    says: list[Say] = field(default_factory=list)
    did: list[Effect] = field(default_factory=list)
    record: list[Turn] = field(default_factory=list)

    # --- what a resident does; each returns the replies as one text ---

    def write(self, *lines: str) -> str:
        """Write one message after another; return the reply to the last."""
        for line in lines:
            self.event(Text(line))
        return self.text

    def press(self, label: str) -> str:
        """Press the newest button with this label."""
        return self.event(Press(self.button(label).value))

    def photo(self, name: str = "photo-1.jpg", caption: str = "") -> str:
        return self.event(Photo(FileRef(remote_id=name, name=name, mime="image/jpeg", size=1000), caption))

    # --- what the house does ---

    def change(self, status: Status, *, comment: str = "", **fields: Any) -> str:
        """A dispatcher changes the newest ticket."""
        ticket = replace(self.world.tickets[0], status=status, **fields)
        self._put(ticket)
        return self.event(TicketChanged(ticket=ticket, kind="status", comment=comment, actor_name="Ирина"))

    def fire(self, kind: TimerKind, ticket: TicketView | None = None) -> str:
        """Let the newest timer of a kind ring."""
        timers = [one for one in self.did if isinstance(one, SetTimer) and one.kind == kind]
        token = timers[-1].token if timers else ""
        return self.event(TimerFired(kind=kind, ticket=ticket, token=token))

    def later(self, **delta: float) -> Talk:
        self.world = replace(self.world, now=self.world.now + timedelta(**delta))
        return self

    # --- what came of it ---

    @property
    def text(self) -> str:
        return "\n".join(self.said)

    @property
    def labels(self) -> list[str]:
        return [self._label(button) for say in self.says for row in say.buttons for button in row]

    def button(self, label: str) -> Button:
        for turn in reversed(self.record):
            for button in (one for say in turn.say for row in say.buttons for one in row):
                if label in self._label(button):
                    return button
        raise AssertionError(f"no button {label!r}; the last were {self.labels}")

    def effects(self, kind: type[Effect]) -> list[Any]:
        return [one for one in self.did if isinstance(one, kind)]

    def event(self, event: Event) -> str:
        """Take one turn, and those that its own effects bring back."""
        self.said, self.says, events = [], [], [event]
        while events:
            turn = step(self.session, events.pop(0), self.world)
            self.record.append(turn)
            self.session = decode(encode(turn.session))  # as the database keeps it
            self.says += turn.say
            self.did += turn.do
            events += [back for effect in turn.do for back in self._carry_out(effect)]
        if self.world.letters:
            dressed, effects = with_greeting(self.says, self.world)
            self.says, self.did = list(dressed), [*self.did, *effects]
            for effect in effects:
                self._carry_out(effect)
        self.said = [texts().render(say.key, say.args) for say in self.says]
        return self.text

    def _label(self, button: Button) -> str:
        return button.label[1:] if button.label.startswith("=") else texts().render(button.label, {})

    def _put(self, ticket: TicketView) -> None:
        others = tuple(one for one in self.world.tickets if one.id != ticket.id)
        self.world = replace(self.world, tickets=(ticket, *others))

    def _carry_out(self, effect: Effect) -> Iterable[Event]:
        """Do in memory what the shell does in the database."""
        match effect:
            case OpenTicket():
                ticket = opened(effect, len(self.world.tickets) + 1, self.world.now)
                self._put(ticket)
                return (TicketOpened(ticket=ticket),)
            case ChangeStatus(ticket_id=ticket_id, status=status):
                ticket = next(one for one in self.world.tickets if one.id == ticket_id)
                self._put(replace(ticket, status=status))
            case CallDispatcher():
                self.world = replace(self.world, waiting=True)
            case SaveKnown():
                told = {name: value for name in KNOWN if (value := getattr(effect, name))}
                self.world = replace(self.world, known=replace(self.world.known, **told))
            case ForgetMe():
                self.world = replace(self.world, known=Known())
            case AskCode():
                return (CodeMade(code=CODE),)
            case UseCode(code=code):
                return (CodeChecked(outcome="accepted" if code == CODE[::-1] else "wrong"),)
            case ChoosePush(conversation_id=chosen):
                self.world = replace(self.world, push=chosen)
            case TakeDraft():
                self.world = replace(self.world, other_draft=None)
        return ()


CODE = "12345670"  # that the house makes; backwards it is the one of another channel
KNOWN = ("name", "phone", "house_id", "apartment", "notified")


def opened(order: OpenTicket, number: int, now: datetime) -> TicketView:
    problem = problems().problem(order.problem)
    assert problem
    house = houses().get(order.house_id)
    created_ms = int(now.astimezone(UTC).timestamp() * 1000)
    return TicketView(
        id=number,
        number=f"26-{number:06}",
        status=Status.NEW,
        problem_title=problem.problem.title,
        address=house.address if house else order.address_text,
        created_ms=created_ms,
        due_ms=created_ms + problem.problem.resolve_minutes * 60_000,
    )


def newcomer(**changes: Any) -> Talk:
    """A resident who has not seen the notice on personal data."""
    return Talk(world=fresh_world(**changes))


def neighbour(**known: Any) -> Talk:
    """A resident who reported something before: «Анна, ул. Садовая, д. 5, кв. 17»."""
    house = houses().find("ул. Садовая, 5").houses[0]
    told: dict[str, Any] = {
        "name": "Анна",
        "phone": "+79031234567",
        "house_id": house.id,
        "apartment": "17",
        "notified": True,
    }
    return Talk(world=fresh_world(known=Known(**(told | known))))


def with_ticket(text: str = "Лифт не работает") -> Talk:
    """A neighbour whose report was just accepted."""
    talk = neighbour()
    talk.write(text, "да", "да", "нет", "да")
    assert len(talk.world.tickets) == 1, talk.text
    return talk


ANY_CONTENT: Sequence[Event] = (
    Start(),
    Text("когда передавать показания"),
    Press("menu"),
    Photo(FileRef(remote_id="p.jpg", name="p.jpg", mime="image/jpeg", size=1), ""),
    Contact("+79031234567", "Анна"),
    Location(54.3, 48.4),
    Unsupported("sticker"),
)
