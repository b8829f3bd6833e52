"""The register: a house keeps its row whatever is written of it, on both databases."""

from __future__ import annotations

import json

from models import houses
from models.database.database import Database


async def test_houses_are_known_by_id_code_and_address(database: Database) -> None:
    first: list[tuple[str, dict[str, object]]] = [
        ("ул. Мира, д. 1", {"id": "A", "year": 1970}),
        ("ул. Мира, д. 2", {"fias_guid": "f"}),
        ("ул. Мира, д. 3", {}),
    ]
    assert await database.transaction(lambda conn: houses.merge(conn, first)) == (3, 0)
    second: list[tuple[str, dict[str, object]]] = [
        ("ул. Мира, д. 2", {"id": "A", "flats": 9}),  # swapped with the next one
        ("ул. Мира, д. 1", {"fias_guid": "f"}),
        ("ул.  мира, д. 3", {"year": 1999}),
        ("ул. Мира, д. 4", {}),
    ]
    assert await database.transaction(lambda conn: houses.merge(conn, second)) == (1, 3)
    rows = await database.transaction(houses.active)
    assert [row["address"] for row in rows] == [address for address, _ in second]
    assert json.loads(rows[0]["details"]) == {"id": "A", "year": 1970, "flats": 9}
