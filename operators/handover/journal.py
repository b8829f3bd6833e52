"""The journal of handovers: one `handover_event` for every call, claim, release and alert."""

from __future__ import annotations

import json

from models.database.connection import TENANT, Connection
from operators.types import Dispatcher

INSERT = (
    "INSERT INTO handover_event (tenant, conversation_id, action, actor_id, actor_name, details, at_ms)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)


async def log_event(
    conn: Connection,
    conversation_id: int,
    action: str,
    user: Dispatcher | None,
    details: dict[str, object],
    now_ms: int,
) -> int:
    """Write one event and return its id; user: None for the program itself."""
    return await conn.insert(INSERT, *event_values(conversation_id, action, user, details, now_ms))


def event_values(
    conversation_id: int, action: str, user: Dispatcher | None, details: dict[str, object], now_ms: int
) -> tuple[object, ...]:
    """Return the values of `INSERT`."""
    actor_id, actor_name = (user.id, user.name) if user else (0, "")
    return TENANT, conversation_id, action, actor_id, actor_name, json.dumps(details), now_ms
