"""Merges residents on the proof that turns have found, and tells both conversations.

A turn cannot do it, because merging needs the lanes of all conversations of both; see `models/residents/merging.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

import epoch
from models.coordination.wakeup import Wakeup
from models.database.connection import TENANT, Connection, Unavailable
from models.database.database import Database
from models.queues import inbox
from models.queues.event_bodies import MergedBody, encode
from models.residents import conversations, merge_requests, merging, reachability
from models.residents.merge_requests import MergeRequest

logger = logging.getLogger(__name__)


class Linker:
    """Runs beside the turns, in any number of processes.

    Args:
        one_way: names of channels whose residents cannot answer. A resident who links one by a code gets news where
            they typed the code: that is what they did it for.
    """

    def __init__(self, database: Database, wakeup: Wakeup, one_way: Collection[str] = ()) -> None:
        self._one_way = one_way
        self._database = database
        self._wakeup = wakeup

    async def run(self) -> None:
        """Work until cancelled."""
        listener = self._wakeup.listen("identity")
        while True:
            if not await self.work():
                await listener.wait(5.0)

    async def work(self) -> bool:
        """Carry out one request; False: there is none. One that fails is refused, so that it keeps nobody waiting."""
        taken: list[MergeRequest] = []
        try:
            worked = await self._database.transaction(lambda conn: self._carry_out(conn, taken))
        except Unavailable:
            raise
        except Exception:
            if not taken:
                raise
            logger.exception("residents were not merged", extra={"action": "identity.failed"})
            await self._database.transaction(lambda conn: self._give_up(conn, taken[-1]))
            worked = True
        if worked:
            for topic in ("inbox", "console"):
                self._wakeup.notify(topic)
        return worked

    async def _carry_out(self, conn: Connection, taken: list[MergeRequest]) -> bool:
        request = await merge_requests.take_request(conn)
        if request is None:
            return False
        taken.append(request)
        by_code = bool(request.other_id)
        outcome, channel = await (_by_code if by_code else _by_phone)(conn, request, epoch.now_ms())
        if outcome == "merged" and channel in self._one_way:
            owner = await merging.owner_of(conn, request.conversation_id)
            await merging.choose_push(conn, owner, request.conversation_id)
        if outcome == "merged":
            logger.info("residents merged", extra={"action": "identity.merged", "reason": request.reason})
        if outcome == "merged" or by_code:
            await _notify(conn, request, request.conversation_id, outcome, channel)
        return True

    async def _give_up(self, conn: Connection, request: MergeRequest) -> None:
        await merge_requests.drop_request(conn, request.id)
        if request.other_id:
            await _notify(conn, request, request.conversation_id, "refused", "")


async def _by_code(conn: Connection, request: MergeRequest, now_ms: int) -> tuple[str, str]:
    """Merge the two who have shown and typed a code; return the outcome and the other channel."""
    mine, other = (
        await conversations.address_of(conn, request.conversation_id),
        await conversations.address_of(conn, request.other_id),
    )
    if mine is None or other is None:
        return "refused", ""
    try:
        await merging.merge(conn, mine.resident_id, other.resident_id, reason="code", now_ms=now_ms)
    except merging.MergeError as error:
        return ("same" if error.code == "same" else "refused"), other.channel
    await _notify(conn, request, other.id, "linked", mine.channel)
    return "merged", other.channel


async def _by_phone(conn: Connection, request: MergeRequest, now_ms: int) -> tuple[str, str]:
    """Merge with the first who has the same proven phone; the next one has a request of its own."""
    mine = await conversations.address_of(conn, request.conversation_id)
    others = await merging.with_same_phone(conn, mine.resident_id) if mine else []
    for place, other in enumerate(others, 1):
        theirs = await reachability.of_resident(conn, other, now_ms)
        try:
            await merging.merge(conn, mine.resident_id if mine else 0, other, reason="contact", now_ms=now_ms)
        except merging.MergeError:
            continue  # asked to be forgotten, or a dispatcher has separated them: no proof
        if place < len(others):
            await merge_requests.ask(conn, request.conversation_id, 0, request.reason, now_ms)
        for conversation in theirs[:1]:
            await _notify(conn, request, conversation.id, "linked", mine.channel if mine else "")
        return "merged", theirs[0].channel if theirs else ""
    return "none", ""


async def _notify(conn: Connection, request: MergeRequest, conversation_id: int, outcome: str, channel: str) -> None:
    if (conversation := await conversations.address_of(conn, conversation_id)) is None:
        return
    await inbox.enqueue(
        conn,
        tenant=TENANT,
        channel=conversation.channel,
        conversation=conversation.address,
        key=f"merged:{request.id}:{conversation_id}",
        body=encode(MergedBody(outcome=outcome, channel=channel)),
        at_ms=epoch.now_ms(),
    )
