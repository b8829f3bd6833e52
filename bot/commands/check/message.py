"""`check message`: facts of one message or mail: house, flat, phone, name, category, priority, problem."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bot.commands.check.classify import predicted as kinds_of
from bot.commands.check.house_file import Register, same_house_id
from bot.commands.check.json_lines import Row, share
from bot.commands.check.mail_file import SentMessage
from bot.commands.check.result import Outcome, Table, Timed
from bot.process.progress import Progress
from dialogs.extraction import message_facts
from dialogs.world import World

FIELDS = ("house_id", "apartment", "phone", "name", "category", "priority", "problem")
WARMING = "Иван, нет воды"


def check(
    rows: Sequence[Row], messages: Sequence[SentMessage], register: Register, world: World, progress: Progress
) -> Outcome:
    """Read each row; its expected fields (at the top or under ``expect``) are compared with the facts read.

    messages: by row. Automatic mails and bounces have no facts.
    """
    message_facts.read(WARMING, world)  # opens the dictionary, which a running program has open
    timed = Timed("сообщения", time.perf_counter)
    read = timed.over(messages, lambda message: message.read(world), progress)
    results = []
    for row, message, facts in zip(rows, messages, read, strict=True):
        prediction = predicted(facts, register) if message.kind in ("", "report", "reply") else dict.fromkeys(FIELDS)
        results.append(row | {"predicted": prediction | ({"kind": message.kind} if message.kind else {})})
    summary: dict[str, object] = {"n": len(rows)}
    for name in (*FIELDS, "kind"):
        judged = [row for row in results if name in _expected(row)]
        summary[name] = share(sum(_matches(row, name) for row in judged), len(judged))
    wrong = [
        (row.get("text") or row.get("eml"), name, _expected(row)[name], row["predicted"].get(name))
        for row in results
        for name in (*FIELDS, "kind")
        if name in _expected(row) and not _matches(row, name)
    ]
    columns = ("сообщение", "поле", "ожидалось", "получилось")
    tables = (Table(title="Что прочитано неверно", columns=columns, rows=wrong[:400]),)
    return Outcome(rows=results, summary=summary | timed.figures(), tables=tables)


def predicted(facts: message_facts.Facts, register: Register) -> Row:
    named = kinds_of(facts.named, facts.emergency)
    return {
        "house_id": register.name_of(facts.house.id) if facts.house else None,
        "apartment": facts.place.apartment or None,
        "phone": facts.phone or None,
        "name": facts.name or None,
        "category": named["predicted_category"],
        "priority": named["predicted_priority"],
        "problem": named["predicted_problem"],
    }


def _expected(row: Row) -> Row:
    expect = row.get("expect")
    return expect if isinstance(expect, dict) else row


def _matches(row: Row, name: str) -> bool:
    expected, actual = _expected(row)[name], row["predicted"].get(name)
    if name == "house_id":
        return same_house_id(expected, actual)
    if name == "name":  # in any order of its words: "Петрова Анна" is "Анна Петрова"
        return sorted(str(expected or "").lower().split()) == sorted(str(actual or "").lower().split())
    return str(expected or "").strip().lower() == str(actual or "").strip().lower()
