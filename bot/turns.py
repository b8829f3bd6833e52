"""Turns: waiting inbox rows become decisions of the dialog engine, up to 50 of many conversations per transaction.

Everything a batch decides is committed together with "inbox row done": state, transcript, ticket changes, outbox. A
process killed at any moment has either done all of it or nothing.
"""

from __future__ import annotations

import json
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import rendering
from bot.effects import carry_out
from bot.hearing import event_of
from bot.talk import Batch, Talk, talk_from_rows
from channels.contract import (
    Limits,
)
from dialogs import types as d
from dialogs.engine import step
from models import batch as rows
from models import inbox
from models.bell import Bell
from models.database import Connection, Database, Unavailable
from texts.catalog import Catalog
from tickets import service
from tickets.types import Problem

logger = logging.getLogger(__name__)

BATCH = 50
TRIES = 3
MOST_STEPS = 8  # of one inbox row; an engine that hands effects to itself for ever is a bug


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What never changes while the program runs: what the dialog may ask, and how its words reach people."""

    company: d.Company
    addresses: d.Addresses
    classifier: d.Classifier
    faq: d.Faq
    problems: Sequence[Problem]  # of the classifier, for lists of categories
    catalog: Catalog
    limits: Mapping[str, Limits]
    now: Callable[[], datetime]  # aware, in the houses' time zone

    def address_of(self, house_id: int) -> str:
        house = self.addresses.get(house_id) if house_id else None
        return house.address if house else ""


class Turns:
    """The only writer of sessions. On PostgreSQL several may run, in one process and in many: each has its lanes."""

    def __init__(self, house: House, database: Database, bell: Bell) -> None:
        self._house = house
        self._database = database
        self._bell = bell
        self.taken = 0
        self.quarantined = 0

    async def run(self) -> None:
        """Work until cancelled."""
        listener = self._bell.listen("inbox")
        while True:
            if not await self.work():
                await listener.wait(1.0)

    async def work(self) -> int:
        """Take one batch; return how many inbox rows were dealt with."""
        try:
            done, topics = await self._database.unit(lambda conn: self._batch(conn, BATCH))
        except Unavailable:
            raise  # no row is at fault
        except Exception:
            logger.exception("a batch failed, its rows are tried one by one", extra={"action": "turn.batch_failed"})
            return await self._one_by_one()
        self._after(done, topics)
        return done

    async def _one_by_one(self) -> int:
        """A batch failed as a whole: find the row at fault, in order, and set it aside after its third failure."""
        dealt = 0
        while dealt < BATCH:
            rows: list[dict[str, Any]] = []
            try:
                done, topics = await self._database.unit(lambda conn, rows=rows: self._batch(conn, 1, rows))  # type: ignore[misc]  # lambda default
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
            self._after(done, topics)
            dealt += done
        return dealt

    async def _blame(self, row: dict[str, Any], error: Exception) -> None:
        final = row["tries"] + 1 >= TRIES
        await self._database.unit(
            lambda conn: inbox.mark_failed(conn, row["id"], type(error).__name__, quarantine=final)
        )
        if final:
            self.quarantined += 1
            logger.error("an event was set aside", extra={"action": "turn.quarantined", "inbox": row["id"]})
            self._bell.ring("console")

    def _after(self, done: int, topics: set[str]) -> None:
        self.taken += done
        for topic in topics:
            self._bell.ring(topic)

    async def _batch(
        self, conn: Connection, limit: int, noted: list[dict[str, Any]] | None = None
    ) -> tuple[int, set[str]]:
        """Take up to `limit` rows; they are added to `noted` before anything can fail."""
        claimed = await inbox.claim(conn, limit)
        if not claimed:
            return 0, set()
        if noted is not None:
            noted += claimed
        batch = Batch(conn=conn, now_ms=int(time.time() * 1000))
        await self._load(batch, claimed)
        for row in claimed:
            await self._turn(batch, row)
        await batch.flush()
        await inbox.mark_done(conn, [row["id"] for row in claimed])
        return len(claimed), batch.topics

    async def _load(self, batch: Batch, claimed: list[dict[str, Any]]) -> None:
        pairs = [(row["channel"], row["conversation"]) for row in claimed]
        found = await rows.conversations(batch.conn, pairs, batch.now_ms)
        people = await rows.residents(batch.conn, [row["resident_id"] for row in found.values()])
        views = await service.views_of_residents(batch.conn, list(people), batch.now_ms)
        for pair, row in found.items():
            resident = people[row["resident_id"]]
            batch.talks[pair] = talk_from_rows(row, resident, views.get(resident["id"], ()))

    async def _turn(self, batch: Batch, row: dict[str, Any]) -> None:
        """Decide one inbox row, with every event that its own effects bring back."""
        talk = batch.talks[row["channel"], row["conversation"]]
        body = json.loads(row["body"])
        events: deque[d.Event] = deque([await event_of(batch, talk, body)])
        said = steps = 0
        while events:
            if (steps := steps + 1) > MOST_STEPS:
                raise RuntimeError("the dialog does not come to rest")
            turn = step(talk.session, events.popleft(), self._world(talk, body))
            talk.session, talk.dirty = turn.session, True  # type: ignore[assignment]
            for part in rendering.render_turn(turn.say, self._house.limits[talk.channel], self._house.catalog.render):
                batch.queue(talk, part, f"i{row['id']}.{said}", body.get("external_id", ""))
                said += 1
            for effect in turn.do:
                if (outcome := await carry_out(batch, talk, effect, self._house.address_of)) is not None:
                    events.append(outcome)

    def _world(self, talk: Talk, body: dict[str, Any]) -> d.World:
        house, limits = self._house, self._house.limits[talk.channel]
        return d.World(
            now=house.now(),
            company=house.company,
            addresses=house.addresses,
            classifier=house.classifier,
            faq=house.faq,
            known=talk.known(),
            tickets=talk.tickets,
            claimed_by=talk.claimed_name if talk.row["claimed_by"] else "",
            waiting=bool(talk.row["waiting_ms"]),
            contact_request=limits.contact_request,
            location_request=limits.location_request,
            sender_name=str(body.get("sender_name", "")),
        )
