"""What one batch of turns knows and has decided: read once at its start, written once at its end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.messages.rendering import Part
from dialogs.session import Session, decode, encode
from dialogs.world import Known
from models.database.connection import TENANT, Connection
from models.outages import OutageRow
from models.queues import outbox_bodies, timers
from models.queues import turn_batch as rows
from models.queues.outbox_bodies import OutboxBody
from models.queues.timers import Timer
from models.residents import conversations
from models.residents.rows import ConversationRow, OtherConversation, ResidentRow
from operators.handover import queue as handover_queue
from operators.handover.types import Call
from tickets.lifecycle.types import TicketView

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True)
class ConversationState:
    """One conversation during a batch; `row` and `resident` are the database's rows, kept up to date here."""

    row: ConversationRow
    resident: ResidentRow
    session: Session
    tickets: tuple[TicketView, ...] = ()
    dirty: bool = False
    unread: int = 0
    pressed: str = ""  # the channel's id of the message whose button was pressed in this turn

    @property
    def channel(self) -> str:
        return self.row.channel

    @property
    def id(self) -> int:
        return self.row.id

    def known(self) -> Known:
        resident = self.resident
        return Known(
            name=resident.name,
            phone=resident.phone,
            house_id=resident.house_id,
            apartment=resident.apartment,
            notified=bool(resident.notified_ms),
        )


@dataclass(slots=True)
class Batch:
    """Pending writes of one transaction, in the order they were decided."""

    conn: Connection
    now_ms: int
    conversations: dict[tuple[str, str], ConversationState] = field(default_factory=dict)
    messages: list[rows.MessageRow] = field(default_factory=list)
    outgoing: list[rows.OutboxRow] = field(default_factory=list)
    timers: dict[tuple[str, str, str], tuple[Timer, bool]] = field(default_factory=dict)  # the last word; set or not
    calls: list[Call] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    ratings: list[tuple[str, bool]] = field(default_factory=list)
    known: dict[int, rows.ResidentChanges] = field(default_factory=dict)  # by resident
    others: dict[int, list[OtherConversation]] = field(default_factory=dict)  # of residents with several conversations
    outages: dict[int, list[OutageRow]] = field(default_factory=dict)  # of the residents' houses
    topics: set[str] = field(default_factory=set)  # Topics to notify after the commit

    def log(
        self, conversation: ConversationState, author: str, text: str, buttons: str = "", file: str = "", name: str = ""
    ) -> None:
        """Add a line to the conversation's transcript."""
        self.messages.append(
            (TENANT, conversation.id, author, 0, name, text, buttons, file, self.now_ms),
        )
        self.topics.add(f"conversation:{conversation.channel}:{conversation.row.address}")

    def queue(self, conversation: ConversationState, part: Part, key: str, answers: str, due_ms: int) -> None:
        """Say one part, not before `due_ms`: a line of the transcript and a row of the outbox."""
        buttons = _JSON(outbox_bodies.buttons_as_json(part.buttons)) if part.buttons else ""
        self.log(conversation, "bot", part.text, buttons)
        body = OutboxBody(
            text=part.text,
            buttons=part.buttons,
            ask=part.ask,
            silent=part.silent,
            answers=answers,
            thread=conversation.row.thread,
            ticket=part.ticket,
            edits=conversation.pressed if part.edit else "",
        )
        self.outgoing.append(
            (
                TENANT,
                conversation.channel,
                conversation.row.address,
                key,
                outbox_bodies.encode(body),
                part.priority,
                due_ms,
                self.now_ms,
            )
        )
        self.topics.add("outbox")

    async def flush(self) -> None:
        """Write everything that was decided."""
        await self.flush_calls()
        ended = list(self.timers.values())
        await timers.cancel(self.conn, [timer for timer, _ in ended])
        await timers.add(self.conn, [timer for timer, is_set in ended if is_set])
        await conversations.log_unanswered(self.conn, self.unanswered, self.now_ms)
        await conversations.rate_answers(self.conn, self.ratings, self.now_ms)
        sessions = [
            (encode(conversation.session), self.now_ms, conversation.unread, conversation.id)
            for conversation in self._dirty()
        ]
        known = [changes.values(resident_id) for resident_id, changes in sorted(self.known.items())]
        await rows.write(self.conn, self.messages, self.outgoing, sessions, known)

    def of_resident(self, resident_id: int) -> list[ConversationState]:
        """The conversations of a resident that this batch has."""
        return [conversation for conversation in self.conversations.values() if conversation.resident.id == resident_id]

    async def flush_calls(self) -> None:
        """Write the calls for a dispatcher so far."""
        if self.calls:
            await handover_queue.call_all(self.conn, self.calls, self.now_ms)
            self.calls = []

    def _dirty(self) -> Sequence[ConversationState]:
        return [conversation for conversation in self.conversations.values() if conversation.dirty]


def state_from_rows(row: ConversationRow, resident: ResidentRow, tickets: tuple[TicketView, ...]) -> ConversationState:
    return ConversationState(
        row=row,
        resident=resident,
        session=decode(row.session),
        tickets=tickets,
    )
