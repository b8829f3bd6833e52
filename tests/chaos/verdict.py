"""What a run must have left behind, read from the database and from the fake server's memory."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from tests.chaos.fake_server import FakeServer
from tests.chaos.residents import SCRIPT, TICKETS, Residents, is_told_in_order, masked, name_of

Rows = Sequence[dict[str, Any]]

# name -> SQL; the same on both databases
QUESTIONS = {
    "inbox": "SELECT key, state FROM inbox WHERE channel = 'simulator'",
    "outbox": "SELECT id, conversation, key, body, state, tries, error FROM outbox"
    " WHERE channel = 'simulator' ORDER BY id",
    "lines": "SELECT c.address, m.text FROM message m JOIN conversation c ON c.id = m.conversation_id"
    " WHERE m.author = 'resident' ORDER BY m.id",
    "tickets": "SELECT c.address, t.number FROM ticket t JOIN conversation c ON c.id = t.conversation_id",
}


def judge(answers: dict[str, Rows], residents: Residents, fake_server: FakeServer) -> dict[str, int]:
    """Count what went wrong; every figure but those of repeats and `unsure` must be 0.

    A channel without a key gets a message whose send was cut off once more after a pause, so later than what follows
    it, and not at all when the resident has written meanwhile: `unsure` counts the latter. Conversations with such
    messages are not compared, the order of their other messages is.

    lost: updates without a done inbox row, plus messages of the outbox that were never delivered.
    extra_turns: done inbox rows and resident's lines beyond one per update. order_turns, order_channel: conversations
    whose transcript, or whose first deliveries, are not in order. strange: conversations that read differently.
    """
    done = Counter(row["key"] for row in answers["inbox"] if row["state"] == 1)
    said = _by_conversation(answers["lines"], "address", "text")
    expected = [f"{number}:{place}" for number in range(residents.count) for place in range(len(SCRIPT))]
    told = {row["key"] for row in answers["outbox"]}
    doubted = {row["key"] for row in answers["outbox"] if not fake_server.keyed and row["error"] == "unknown"}
    unsure = {row["key"] for row in answers["outbox"] if row["state"] in (4, 5)} - fake_server.keys
    heard = {name: [one.key for one in all_heard] for name, all_heard in fake_server.heard.items()}
    answered = {one.answers for all_heard in fake_server.heard.values() for one in all_heard}
    sent_order = _by_conversation(answers["outbox"], "conversation", "key")
    tickets = _by_conversation(answers["tickets"], "address", "number")
    plain = [all_heard for name, all_heard in fake_server.heard.items() if doubted.isdisjoint(sent_order[name])]
    texts = Counter(tuple(masked(one.text) for one in all_heard) for all_heard in plain)
    left = {
        answer
        for row in answers["outbox"]
        if row["key"] in unsure and (answer := json.loads(row["body"]).get("answers"))
    }
    return {
        "lost": sum(not done[key] for key in expected)
        + len(told - fake_server.keys - unsure)
        + len(set(expected) - answered - left),
        "invented": len(fake_server.keys - told),
        "extra_turns": sum(done.values()) - len(done) + len(set(done) - set(expected)),
        "extra_lines": sum(map(len, said.values())) - residents.updates,
        "extra_tickets": sum(map(len, tickets.values())) - residents.count * TICKETS,
        "same_number": len(answers["tickets"]) - len({row["number"] for row in answers["tickets"]}),
        "order_turns": sum(not is_told_in_order(number, said[name_of(number)]) for number in range(residents.count)),
        "order_channel": sum(
            [key for key in heard.get(name, []) if key not in doubted] != [key for key in keys if key not in doubted]
            for name, keys in sent_order.items()
        ),
        "strange": sum(texts.values()) - max(texts.values(), default=0),
        "unsettled": sum(row["state"] not in (1, 4, 5) for row in answers["outbox"]),
        "unsure": len(unsure),
    }


def _by_conversation(rows: Rows, name: str, value: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[name]].append(row[value])
    return found
