"""Steps of the dialog: an inbox row's event, what the dialog decides about it, and the outcomes it is handed back."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bot.delivery.policy.quiet_hours import may_wait_until_morning
from bot.messages import rendering
from bot.monitoring.metrics import Metrics
from bot.turns.batch import Batch
from bot.turns.context import DialogContext
from bot.turns.conversation_state import ConversationState
from bot.turns.effects.carry_out import carry_out
from bot.turns.effects.tickets import open_tickets
from bot.turns.event_reader import decode, dialog_event, preload
from bot.turns.row_in_progress import RowInProgress
from bot.turns.world import world_of
from channels.contract import SendPriority
from dialogs.effects import Effect, OpenTicket, TermTold
from dialogs.engine import step
from dialogs.events import Event, TicketChanged, TimerFired
from dialogs.frozen import replace
from dialogs.letters import frame as letter
from dialogs.turn import Say
from dialogs.world import World
from models.queues.inbox_claim import ClaimedRow

MOST_STEPS = 8  # of one inbox row; an engine that hands effects to itself forever is a bug


class Steps:
    """Lets the dialog decide about the rows of one batch.

    Args:
        storm: more is written than answered; the dialog says so.
    """

    def __init__(self, batch: Batch, context: DialogContext, metrics: Metrics, *, storm: bool) -> None:
        self._batch = batch
        self._context = context
        self._metrics = metrics
        self._storm = storm

    async def take(self, wave: Sequence[ClaimedRow]) -> None:
        """Decide one inbox row of each of many conversations; the tickets they open are written together."""
        rows = [
            RowInProgress(
                claimed.id,
                self._batch.conversations[claimed.channel, claimed.conversation],
                decode(claimed.body),
                claimed.at_ms,
            )
            for claimed in wave
        ]
        preloaded = await preload(self._batch, [(row.conversation, row.body) for row in rows])
        for row in rows:
            row.events.append(await dialog_event(self._batch, row.conversation, row.body, preloaded))
        while rows:
            await self._round(rows)
            for row in rows:
                if not row.events and row.letter:
                    await self._write_letter(row)
            rows = [row for row in rows if row.events]

    async def _round(self, rows: Sequence[RowInProgress]) -> None:
        """Let the dialog decide about one event of each row; then open the tickets that it wants."""
        ordered: list[tuple[RowInProgress, OpenTicket]] = []
        for row in rows:
            started = time.perf_counter()
            orders = await self._step(row)
            self._metrics.turn_seconds.observe(time.perf_counter() - started)
            ordered += [(row, order) for order in orders]
        outcomes = await open_tickets(
            self._batch, [(row.conversation, order) for row, order in ordered], self._context.address_of
        )
        for (row, _), outcome in zip(ordered, outcomes, strict=True):
            row.events.append(outcome)

    async def _step(self, row: RowInProgress) -> Sequence[OpenTicket]:
        """Let the dialog decide about the next event; return the tickets it wants opened."""
        row.steps += 1
        if row.steps > MOST_STEPS:
            raise RuntimeError("the dialog does not come to rest")
        conversation, event = row.conversation, row.events.popleft()
        if row.steps == 1:
            row.push_due_ms = self._push_due_ms(event, conversation, self._batch.now_ms)
        turn = step(conversation.session, event, self._world(row))
        before, after = conversation.session, turn.session
        if row.push_due_ms > self._batch.now_ms:  # what waits for the morning has asked nothing yet
            after = replace(after, state=before.state, ticket_id=before.ticket_id, offered=before.offered)
        conversation.session, conversation.dirty = after, True
        if self._context.capabilities[conversation.channel].letters:
            row.letter += turn.say
        else:
            self._say(row, turn.say)
        await self._carry_out(row, turn.do)
        return [effect for effect in turn.do if isinstance(effect, OpenTicket)]

    async def _carry_out(self, row: RowInProgress, effects: Sequence[Effect]) -> None:
        """Do all effects but the tickets to open; their outcomes are further events of the row."""
        for effect in effects:
            if isinstance(effect, OpenTicket):
                continue
            if isinstance(effect, TermTold) and row.push_due_ms > self._batch.now_ms:
                continue  # nothing is told before the morning
            if outcome := await carry_out(self._batch, row.conversation, effect, self._context.address_of):
                row.events.append(outcome)

    def _say(self, row: RowInProgress, says: Sequence[Say]) -> None:
        conversation, capabilities = row.conversation, self._context.capabilities[row.conversation.channel]
        for part in rendering.render_turn(says, capabilities, self._context.catalog.render):
            due_ms = row.push_due_ms if part.priority >= SendPriority.PUSH else self._batch.now_ms
            self._batch.queue(conversation, part, f"i{row.row_id}.{row.parts_said}", row.external_id, due_ms)
            row.parts_said += 1

    def _push_due_ms(self, event: Event, conversation: ConversationState, now_ms: int) -> int:
        """Return when to send news of this event: now, or after the quiet hours of the house if it may wait."""
        if not may_wait_until_morning(event):
            return now_ms
        ticket = event.ticket if isinstance(event, TicketChanged | TimerFired) else None
        return self._context.quiet.due_ms(now_ms, ticket.house_id if ticket else 0, conversation.resident.house_id)

    async def _write_letter(self, row: RowInProgress) -> None:
        """Everything that answers one event goes out as one letter."""
        says, effects = letter.with_greeting(row.letter, self._world(row))
        self._say(row, says)
        for effect in effects:
            await carry_out(self._batch, row.conversation, effect, self._context.address_of)

    def _world(self, row: RowInProgress) -> World:
        return world_of(self._context, self._batch, row, storm=self._storm)
