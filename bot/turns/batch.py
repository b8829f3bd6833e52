"""The unit of work of a batch of turns: read once at its start, written once at its end."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from bot.messages.rendering import Part
from bot.turns.conversation_state import ConversationState
from dialogs.session import encode
from models.database.connection import TENANT, Connection
from models.outages import OutageRow
from models.queues import timers
from models.queues import turn_batch as rows
from models.queues.timers import Timer
from models.residents import conversations
from models.residents.rows import OtherConversation
from models.rows import outbox_bodies
from models.rows.outbox_bodies import OutboxBody
from operators.handover import queue as handover_queue
from operators.types import Call

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True)
class Batch:
    """What a batch has read and what it will write.

    Decisions collect in the buffers; `flush` writes them in a few statements. An effect that must see its own outcome
    (a ticket, a code) writes at once instead.
    """

    conn: Connection
    now_ms: int

    # Read at the start, kept up to date.
    conversations: dict[tuple[str, str], ConversationState] = field(default_factory=dict)  # by (channel, address)
    others: dict[int, list[OtherConversation]] = field(default_factory=dict)  # of residents with several conversations
    outages: dict[int, list[OutageRow]] = field(default_factory=dict)  # of the residents' houses

    # Buffers, in the order of the decisions.
    messages: list[rows.MessageRow] = field(default_factory=list)
    outgoing: list[rows.OutboxRow] = field(default_factory=list)
    timers: dict[tuple[str, str, str], tuple[Timer, bool]] = field(default_factory=dict)  # the last word; set or not
    calls: list[Call] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    ratings: list[tuple[str, bool]] = field(default_factory=list)
    resident_changes: dict[int, rows.ResidentChanges] = field(default_factory=dict)  # by resident
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
        changed = list(self.timers.values())
        await timers.cancel(self.conn, [timer for timer, _ in changed])
        await timers.add(self.conn, [timer for timer, is_set in changed if is_set])
        await conversations.log_unanswered(self.conn, self.unanswered, self.now_ms)
        await conversations.rate_answers(self.conn, self.ratings, self.now_ms)
        sessions = [
            (encode(conversation.session), self.now_ms, conversation.unread, conversation.id)
            for conversation in self._dirty()
        ]
        changes_of_residents = [
            changes.values(resident_id) for resident_id, changes in sorted(self.resident_changes.items())
        ]
        await rows.write(self.conn, self.messages, self.outgoing, sessions, changes_of_residents)

    def drop_lines(self, conversation_ids: Collection[int]) -> None:
        """Forget lines of transcripts that are not written yet."""
        self.messages = [line for line in self.messages if line[1] not in conversation_ids]

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
