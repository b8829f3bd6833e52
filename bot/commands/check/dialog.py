"""`check dialog`: play whole conversations through the dialog engine, with tickets in memory and a fixed clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import epoch
from bot.commands.check.house_file import Register, same_house_id
from bot.commands.check.json_lines import Row
from bot.commands.check.result import Outcome, Table
from bot.process.progress import Progress
from channels.contract import SendPriority, Start, Text
from dialogs.effects import CallDispatcher, ChangeStatus, Effect, ForgetMe, OpenTicket, SaveKnown, UpdateTicket
from dialogs.engine import step
from dialogs.events import Event, TicketOpened
from dialogs.session import Session, decode, encode
from dialogs.turn import Say
from dialogs.world import Classifier, Company, Faq, Known, World
from texts.catalog import Catalog
from tickets.lifecycle.types import Status, TicketView

KNOWN = ("name", "phone", "house_id", "apartment", "notified")


@dataclass(slots=True)
class PlayedDialog:
    """One conversation in memory, with the same data as a row of the database."""

    world: World
    catalog: Catalog
    session: Session = field(default_factory=Session)
    transcript: list[dict[str, str]] = field(default_factory=list)
    orders: list[OpenTicket] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)  # ids of FAQ entries given
    calls: list[str] = field(default_factory=list)  # reasons of calls for a dispatcher
    alarms: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Handle one message of the resident; events returned by its effects belong to the same turn."""
        self.transcript.append({"author": "resident", "text": text})
        events: list[Event] = [Start() if text == "/start" else Text(text)]
        while events:
            turn = step(self.session, events.pop(0), self.world)
            self.session = decode(encode(turn.session))
            for answer in turn.say:
                self.transcript.append({"author": "bot", "text": self._as_text(answer)})
                self._note(answer)
            events += [event for effect in turn.do for event in self._carry_out(effect)]

    def _as_text(self, answer: Say) -> str:
        labels = [button.label for row in answer.buttons for button in row]
        labels_text = [label[1:] if label.startswith("=") else self.catalog.render(label, {}) for label in labels]
        text = self.catalog.render(answer.key, answer.args)
        return f"{text}\n[{'] ['.join(labels_text)}]" if labels_text else text

    def _note(self, answer: Say) -> None:
        if answer.key == "faq-answer":
            self.answers += [entry.id for entry in self._entries() if entry.question == answer.args["question"]]
        if answer.priority == SendPriority.URGENT and answer.key.startswith("emergency-"):
            self.alarms.append(answer.key.removeprefix("emergency-"))

    def _entries(self) -> Iterable[Any]:
        return getattr(self.world.faq, "entries", ())

    def _carry_out(self, effect: Effect) -> tuple[Event, ...]:
        match effect:
            case OpenTicket():
                self.orders.append(effect)
                ticket = self._opened(effect)
                self.world = replace(self.world, tickets=(ticket, *self.world.tickets))
                return (TicketOpened(ticket=ticket),)
            case UpdateTicket(ticket_id=number):
                self.orders[number - 1] = _updated(self.orders[number - 1], effect)
            case ChangeStatus(ticket_id=number, status=status):
                tickets = [
                    replace(ticket, status=status) if ticket.id == number else ticket for ticket in self.world.tickets
                ]
                self.world = replace(self.world, tickets=tuple(tickets))
            case CallDispatcher(reason=reason):
                self.calls.append(reason)
                self.world = replace(self.world, waiting=True)
            case SaveKnown():
                changes = {name: value for name in KNOWN if (value := getattr(effect, name))}
                self.world = replace(self.world, known=replace(self.world.known, **changes))
            case ForgetMe():
                self.world = replace(self.world, known=Known())
        return ()

    def _opened(self, order: OpenTicket) -> TicketView:
        number, named = len(self.orders), self.world.classifier.problem(order.problem)
        house = self.world.addresses.get(order.house_id) if order.house_id else None
        created_ms = epoch.to_ms(self.world.now)
        return TicketView(
            id=number,
            number=f"{self.world.now.year % 100:02d}-{number:06d}",
            status=Status.NEW,
            problem_title=named.problem.title if named else "",
            address=house.address if house else order.address_text,
            created_ms=created_ms,
            due_ms=created_ms + (named.problem.resolve_minutes if named else 0) * 60_000,
        )


def _updated(order: OpenTicket, update: UpdateTicket) -> OpenTicket:
    names = ("house_id", "address_text", "apartment", "phone", "name", "entrance")
    changes: dict[str, Any] = {name: value for name in names if (value := getattr(update, name))}
    return replace(order, **changes, text="\n".join(part for part in (order.text, update.text) if part))


def facts_of(played: PlayedDialog, register: Register) -> Row:
    """Return the result of a conversation; of several tickets the last one is described."""
    facts: Row = {
        "tickets": len(played.orders),
        "open_tickets": sum(ticket.status is not Status.CANCELLED for ticket in played.world.tickets),
        "emergency": played.alarms[0] if played.alarms else None,
        "faq": played.answers,
        "handover": bool(played.calls),
        "state": played.session.state.value,
    }
    if played.orders:
        order = played.orders[-1]
        named = played.world.classifier.problem(order.problem)
        facts |= {
            "problem": order.problem,
            "category": named.problem.category if named else None,
            "priority": "emergency" if order.emergency else named.problem.priority.value if named else None,
            "house_id": register.name_of(order.house_id),
            "address": order.address_text or None,
            **{name: getattr(order, name) or None for name in ("apartment", "phone", "name", "entrance", "floor")},
        }
    return facts


def check(rows: Sequence[Row], register: Register, world: World, catalog: Catalog, progress: Progress) -> Outcome:
    """Play each conversation's ``turns``; it passes when every fact that ``expect`` names is as expected."""
    results, failed = [], []
    for number, row in enumerate(rows, 1):
        played = PlayedDialog(world=world, catalog=catalog)
        for text in row["turns"]:
            played.say(text)
        facts = facts_of(played, register)
        wrong = {name: value for name, value in (row.get("expect") or {}).items() if not _met(name, value, facts)}
        results.append(row | {"transcript": played.transcript, "facts": facts, "passed": not wrong})
        failed += [(row.get("id", number), name, value, facts.get(name)) for name, value in wrong.items()]
        progress(number, len(rows), "разговоры")
    columns = ("разговор", "факт", "ожидалось", "получилось")
    summary = {"n": len(rows), "passed": sum(row["passed"] for row in results)}
    return Outcome(rows=results, summary=summary, tables=(Table(title="Не сошлось", columns=columns, rows=failed),))


def _met(name: str, expected: Any, facts: Row) -> bool:
    actual = facts.get(name)
    if name == "house_id":
        return same_house_id(expected, actual)
    if isinstance(expected, list) and isinstance(actual, list):
        return all(item in actual for item in expected) and bool(expected) == bool(actual)
    return bool(expected == actual or (expected in ("", None, False, 0) and not actual))


def world_at(moment: datetime, register: Register, classifier: Classifier, faq: Faq, company: Company) -> World:
    return World(now=moment, company=company, addresses=register.addresses, classifier=classifier, faq=faq)
