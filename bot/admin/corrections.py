"""Requests of `./domovoy classifier`: read the stored corrections, mark them as learned or as forgotten."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import epoch
from models import corrections
from models.database.database import Database


async def act_on_corrections(database: Database, request: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out one request about corrections; request and answer are plain JSON."""
    match request["do"]:
        case "learn":
            ids = [int(id_) for id_ in request["ids"]]
            return {"learned": await database.transaction(lambda conn: corrections.learn(conn, ids, epoch.now_ms()))}
        case "forget":
            return {"learned": await database.transaction(corrections.forget)}
    return {"rows": [dataclasses.asdict(row) for row in await database.transaction(corrections.kept)]}
