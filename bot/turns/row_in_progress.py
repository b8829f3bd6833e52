"""One inbox row while a batch deals with it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.messages.event_codec import SentBody
from bot.turns.conversation_state import ConversationState
from bot.turns.event_reader import InboxBody
from dialogs.events import Event
from dialogs.turn import Say
from models.queues.inbox_claim import ClaimedRow


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
    parts_said: int = 0
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
    split: list[list[ClaimedRow]] = []
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for row in claimed:
        place = counts[row.channel, row.conversation]
        counts[row.channel, row.conversation] += 1
        if place == len(split):
            split.append([])
        split[place].append(row)
    return split
