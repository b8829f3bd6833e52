"""Turns: waiting inbox rows become decisions of the dialog engine, up to 50 of many conversations per transaction.

Everything a batch decides is committed together with "inbox row done": state, transcript, ticket changes, outbox. A
process killed at any moment has either done all of it or nothing.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import epoch
from bot.delivery.policy.quiet_hours import may_wait_until_morning
from bot.messages import rendering
from bot.messages.event_codec import SentBody, decode
from bot.monitoring.metrics import Metrics
from bot.turns.batch import Batch, ConversationState, state_from_rows
from bot.turns.context import DialogContext
from bot.turns.effects import carry_out, open_tickets
from bot.turns.event_reader import InboxBody, dialog_event, preload
from bot.turns.known_outages import houses_of, outages_of
from bot.turns.other_conversations import notification_targets_of, other_draft_of
from channels.contract import SendPriority
from dialogs.effects import OpenTicket, TermTold
from dialogs.engine import step
from dialogs.events import Event, TicketChanged, TimerFired
from dialogs.frozen import replace
from dialogs.letters.frame import with_greeting
from dialogs.turn import Say
from dialogs.world import World
from models import outages
from models.coordination.wakeup import Wakeup
from models.database.connection import Connection, Unavailable
from models.database.database import Database
from models.queues import inbox
from models.queues import turn_batch as rows
from models.queues.backlog import Storm
from models.queues.inbox_claim import MOST_OF_ONE, ClaimedRow, crowding
from tickets import service

logger = logging.getLogger(__name__)

BATCH = 50
TRIES = 3
LETTERS, LETTERS_SECONDS = 10, 6 * 3600  # of one sender in this time are answered: automata come to rest
MOST_STEPS = 8  # of one inbox row; an engine that hands effects to itself for ever is a bug


@dataclass(slots=True)
class RowInProgress:
    """An inbox row that is being dealt with."""

    row_id: int
    conversation: ConversationState
    body: InboxBody
    at_ms: int
    events: deque[Event] = field(default_factory=deque)  # the row's own, then the outcomes of its effects
    push_due_ms: int = 0  # when news of it that nobody waits for is sent
    steps: int = 0
    said: int = 0
    letter: list[Say] = field(default_factory=list)  # what one letter will say, where letters answer

    @property
    def external_id(self) -> str:
        """The channel's id of what a resident sent; empty for the program's own events."""
        return self.body.external_id if isinstance(self.body, SentBody) else ""

    @property
    def sender_name(self) -> str:
        return self.body.sender_name if isinstance(self.body, SentBody) else ""


def waves(claimed: Sequence[ClaimedRow]) -> list[list[ClaimedRow]]:
    """Split rows so that each wave has one of each conversation, in its order."""
    found: list[list[ClaimedRow]] = []
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for row in claimed:
        place = counts[row.channel, row.conversation]
        counts[row.channel, row.conversation] += 1
        if place == len(found):
            found.append([])
        found[place].append(row)
    return found


class Turns:
    """The only writer of sessions. On PostgreSQL several may run, in one process and in many: each has its lanes."""

    def __init__(
        self,
        context: DialogContext,
        database: Database,
        wakeup: Wakeup,
        metrics: Metrics | None = None,
        storm: Storm | None = None,
    ) -> None:
        self._context = context
        self._storm = storm or Storm()
        self._database = database
        self._wakeup = wakeup
        self._metrics = metrics or Metrics()
        self.taken = 0
        self.quarantined = 0

    async def run(self) -> None:
        """Work until cancelled."""
        listener = self._wakeup.listen("inbox")
        while True:
            if not await self.work():
                await listener.wait(1.0)

    async def work(self) -> int:
        """Take one batch; return how many inbox rows were dealt with."""
        started = time.perf_counter()
        try:
            done, topics = await self._database.transaction(lambda conn: self._batch(conn, BATCH))
        except Unavailable:
            raise  # no row is at fault
        except Exception:
            logger.exception("a batch failed, its rows are tried one by one", extra={"action": "turn.batch_failed"})
            return await self._one_by_one()
        self._after(done, topics, started)
        return done

    async def _look(self, conn: Connection, now_ms: int) -> None:
        """Notice a storm that begins or ends."""
        before = self._storm.on
        if await self._storm.look(conn, now_ms) is before:
            return
        lag_seconds = self._storm.lag_seconds
        if before:
            logger.warning("a storm ended", extra={"action": "storm.ended", "lag_seconds": lag_seconds})
        else:
            logger.warning("a storm began", extra={"action": "storm.began", "lag_seconds": lag_seconds})
        self._wakeup.notify("console")

    async def _one_by_one(self) -> int:
        """A batch failed as a whole: find the row at fault, in order, and set it aside after its third failure."""
        dealt = 0
        while dealt < BATCH:
            rows: list[ClaimedRow] = []
            started = time.perf_counter()
            try:
                done, topics = await self._database.transaction(lambda conn, rows=rows: self._batch(conn, 1, rows))  # type: ignore[misc]  # lambda default
            except Unavailable:
                raise
            except Exception as error:
                if not rows:
                    raise  # it failed before it had one
                logger.exception("a turn failed", extra={"action": "turn.failed"})
                await self._blame(rows[-1], error)
                continue
            if not done:
                break
            self._after(done, topics, started)
            dealt += done
        return dealt

    async def _blame(self, row: ClaimedRow, error: Exception) -> None:
        final = row.tries + 1 >= TRIES
        await self._database.transaction(
            lambda conn: inbox.mark_failed(conn, row.id, type(error).__name__, quarantine=final)
        )
        if final:
            self.quarantined += 1
            self._metrics.quarantines.inc()
            logger.error("an event was set aside", extra={"action": "turn.quarantined", "inbox": row.id})
            self._wakeup.notify("console")

    def _after(self, done: int, topics: set[str], started: float) -> None:
        self.taken += done
        if done:
            self._metrics.turns.inc(done)
            self._metrics.batch_seconds.observe(time.perf_counter() - started)
        for topic in topics:
            self._wakeup.notify(topic)

    async def _batch(self, conn: Connection, limit: int, noted: list[ClaimedRow] | None = None) -> tuple[int, set[str]]:
        """Take up to `limit` rows; they are added to `noted` before anything can fail."""
        now_ms = epoch.now_ms()
        await self._look(conn, now_ms)
        claimed = await inbox.claim(conn, limit, self._context.throttle)
        if not claimed:
            return 0, set()
        if noted is not None:
            noted += claimed
        batch = Batch(conn=conn, now_ms=now_ms)
        if crowding(claimed, MOST_OF_ONE - 1):
            batch.topics.add("aside")
        await self._load(batch, claimed)
        for wave in waves(claimed):
            await self._wave(batch, wave)
        await batch.flush()
        await inbox.mark_done(conn, [row.id for row in claimed])
        return len(claimed), batch.topics

    async def _load(self, batch: Batch, claimed: list[ClaimedRow]) -> None:
        pairs = [(row.channel, row.conversation) for row in claimed]
        found = await rows.conversations(batch.conn, pairs, batch.now_ms)
        people = await rows.residents(batch.conn, [row.resident_id for row in found.values()])
        views = await service.views_of_residents(batch.conn, list(people), batch.now_ms)
        if several := [resident.id for resident in people.values() if resident.several]:
            batch.others = await rows.other_conversations(batch.conn, several)
        for pair, row in found.items():
            resident = people[row.resident_id]
            batch.conversations[pair] = state_from_rows(row, resident, views.get(resident.id, ()))
        houses = {house for conversation in batch.conversations.values() for house in houses_of(conversation)}
        batch.outages = await outages.of_houses(batch.conn, houses, batch.now_ms)

    async def _wave(self, batch: Batch, wave: Sequence[ClaimedRow]) -> None:
        """Decide one inbox row of each of many conversations; the tickets they open are written together."""
        going = [
            RowInProgress(
                row.id,
                batch.conversations[row.channel, row.conversation],
                decode(row.body),
                row.at_ms,
            )
            for row in wave
        ]
        ahead = await preload(batch, [(one.conversation, one.body) for one in going])
        for one in going:
            one.events.append(await dialog_event(batch, one.conversation, one.body, ahead))
        while going:
            ordered: list[tuple[RowInProgress, OpenTicket]] = []
            for one in going:
                started = time.perf_counter()
                orders = await self._step(batch, one)
                self._metrics.turn_seconds.observe(time.perf_counter() - started)
                ordered += [(one, order) for order in orders]
            outcomes = await open_tickets(
                batch, [(one.conversation, order) for one, order in ordered], self._context.address_of
            )
            for (one, _), outcome in zip(ordered, outcomes, strict=True):
                one.events.append(outcome)
            for one in going:
                if not one.events and one.letter:
                    await self._write_letter(batch, one)
            going = [one for one in going if one.events]

    async def _step(self, batch: Batch, one: RowInProgress) -> Sequence[OpenTicket]:
        """Let the dialog decide about the next event; return the tickets it wants opened."""
        one.steps += 1
        if one.steps > MOST_STEPS:
            raise RuntimeError("the dialog does not come to rest")
        conversation, event = one.conversation, one.events.popleft()
        if one.steps == 1:
            one.push_due_ms = self._push_due_ms(event, conversation, batch.now_ms)
        turn = step(conversation.session, event, self._world(batch, one))
        before, after = conversation.session, turn.session
        if one.push_due_ms > batch.now_ms:  # what waits for the morning has asked nothing yet
            after = replace(after, state=before.state, ticket_id=before.ticket_id, offered=before.offered)
        conversation.session, conversation.dirty = after, True
        if self._context.capabilities[conversation.channel].letters:
            one.letter += turn.say
        else:
            self._say(batch, one, turn.say)
        for effect in turn.do:
            if isinstance(effect, TermTold) and one.push_due_ms > batch.now_ms:
                continue  # nothing is told before the morning
            if not isinstance(effect, OpenTicket) and (
                outcome := await carry_out(batch, conversation, effect, self._context.address_of)
            ):
                one.events.append(outcome)
        return [effect for effect in turn.do if isinstance(effect, OpenTicket)]

    def _say(self, batch: Batch, one: RowInProgress, says: Sequence[Say]) -> None:
        conversation, capabilities = one.conversation, self._context.capabilities[one.conversation.channel]
        for part in rendering.render_turn(says, capabilities, self._context.catalog.render):
            due_ms = one.push_due_ms if part.priority >= SendPriority.PUSH else batch.now_ms
            batch.queue(conversation, part, f"i{one.row_id}.{one.said}", one.external_id, due_ms)
            one.said += 1

    def _push_due_ms(self, event: Event, conversation: ConversationState, now_ms: int) -> int:
        """When to send what nobody waits for: at once, but what can wait not in the quiet hours of the house."""
        if not may_wait_until_morning(event):
            return now_ms
        ticket = event.ticket if isinstance(event, TicketChanged | TimerFired) else None
        return self._context.quiet.due_ms(now_ms, ticket.house_id if ticket else 0, conversation.resident.house_id)

    async def _write_letter(self, batch: Batch, one: RowInProgress) -> None:
        """Everything that answers one event goes out as one letter."""
        says, effects = with_greeting(one.letter, self._world(batch, one))
        self._say(batch, one, says)
        for effect in effects:
            await carry_out(batch, one.conversation, effect, self._context.address_of)

    def _world(self, batch: Batch, one: RowInProgress) -> World:
        conversation = one.conversation
        context, capabilities = self._context, self._context.capabilities[conversation.channel]
        others = batch.others.get(conversation.resident.id, ())
        return World(
            now=context.now(),
            company=context.company,
            addresses=context.addresses,
            classifier=context.classifier,
            faq=context.faq,
            known=conversation.known(),
            tickets=conversation.tickets,
            claimed_by=conversation.row.claimed_name if conversation.row.claimed_by else "",
            waiting=bool(conversation.row.waiting_ms),
            letters=capabilities.letters,
            one_way=capabilities.one_way,
            contact_request=capabilities.contact_request,
            location_request=capabilities.location_request,
            listens=context.listens,
            sender_name=one.sender_name,
            storm=self._storm.on,
            arrived=one.at_ms // 1000,
            most_messages=LETTERS if capabilities.letters else context.throttle.messages,
            window_seconds=LETTERS_SECONDS if capabilities.letters else context.throttle.seconds,
            notification_targets=notification_targets_of(conversation, others),
            push=conversation.resident.push_conversation_id,
            other_draft=other_draft_of(batch, conversation, others),
            outages=outages_of(batch, conversation, context.quiet),
        )
