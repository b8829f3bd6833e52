"""`check address`: recognition of served houses. A wrong house is the worst error; asking back is no error."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bot.commands.check.house_file import Register, same_house_id
from bot.commands.check.json_lines import Row, share
from bot.commands.check.result import Outcome, Table, Timed
from bot.process.progress import Progress
from houses.types import AddressFound

PARTS = ("apartment", "entrance", "floor")


def check(rows: Sequence[Row], register: Register, progress: Progress) -> Outcome:
    """Recognise each ``text``. ``house_id`` null: no served house, or one that must be asked for.

    ``accuracy`` counts rows whose house, and every given part of the place, is right: a house that is not sure but
    first among the candidates would be confirmed by a button and counts; ``wrong_house`` counts houses taken without
    asking that are not meant.
    """
    timed = Timed("адреса", time.perf_counter)
    places = timed.over([str(row["text"]) for row in rows], register.addresses.find, progress)
    results = [row | predicted(place, register) for row, place in zip(rows, places, strict=True)]
    judged = [row for row in results if "house_id" in row]
    wrong = [row for row in judged if is_wrong(row)]
    right = [row for row in judged if is_right(row)]
    summary = {
        "n": len(rows),
        "accuracy": share(len(right), len(judged)),
        "wrong_house": share(len(wrong), len(judged)),
        **timed.figures(),
    }
    missed = [row for row in judged if row not in right and row not in wrong]
    columns = ("текст", "дом", "получился", "кандидаты", "квартира", "получилась")
    tables = tuple(
        Table(title=title, columns=columns, rows=[_cells(row) for row in listed[:200]])
        for title, listed in (("Не тот дом", wrong), ("Не распознано целиком", missed))
    )
    return Outcome(rows=results, summary=summary, tables=tables)


def predicted(place: AddressFound, register: Register) -> Row:
    houses = [register.name_of(house.id) for house in place.houses]
    return {
        "predicted_house_id": houses[0] if place.sure and houses else None,
        "predicted_candidates": houses,
        "predicted_apartment": place.apartment or None,
        "predicted_entrance": place.entrance or None,
        "predicted_floor": place.floor or None,
    }


def is_wrong(row: Row) -> bool:
    taken = row["predicted_house_id"]
    return taken is not None and not same_house_id(row["house_id"], taken)


def is_right(row: Row) -> bool:
    """Return whether the house is taken or the only candidate, and every part that the row names is right."""
    taken, offered = row["predicted_house_id"], row["predicted_candidates"]
    if row["house_id"] is None:
        house = taken is None
    else:
        house = same_house_id(row["house_id"], taken) or (
            len(offered) == 1 and same_house_id(row["house_id"], offered[0])
        )
    return house and all(_same_part(row.get(part), row[f"predicted_{part}"]) for part in PARTS if row.get(part))


def _same_part(expected: object, actual: object) -> bool:
    return str(expected).strip().lower() == str(actual or "").strip().lower()


def _cells(row: Row) -> tuple[object, ...]:
    names = ("text", "house_id", "predicted_house_id", "predicted_candidates", "apartment", "predicted_apartment")
    return tuple("" if row.get(name) is None else row[name] for name in names)
