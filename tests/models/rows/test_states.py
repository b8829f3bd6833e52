from __future__ import annotations

from models.queues.unconfirmed_sends import UNSURE
from models.rows.states import InboxState, OutboxState


def test_statements_say_the_numbers_themselves() -> None:
    assert f"state = {InboxState.WAITING}" == "state = 0"
    assert f"state IN ({OutboxState.SENT}, {OutboxState.UNCONFIRMED_SEEN})" == "state IN (1, 5)"
    assert UNSURE == "state = 4 AND due_ms = 0 AND priority < 9"
