"""Rows of conversations and residents as turns and the sender read them.

Statements take their columns from the fields, so a column that a newer schema adds disturbs nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(slots=True, kw_only=True)
class ConversationRow:
    """A conversation; a batch of turns keeps its copy up to date."""

    id: int
    channel: str
    address: str  # the channel's own
    resident_id: int
    session: str  # JSON, see `dialogs/session.py`; empty: it has none
    thread: str  # `Incoming.thread` of the last message that had one
    reachable: bool
    waiting_ms: int  # since when it waits for a dispatcher; 0: it does not
    claimed_by: int  # id of the dispatcher who has it; 0: nobody
    claimed_name: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> ConversationRow:
        """Convert a row of the table; `claimed_name` is joined to it, if known."""
        return cls(
            id=row["id"],
            channel=row["channel"],
            address=row["address"],
            resident_id=row["resident_id"],
            session=row["session"],
            thread=row["thread"],
            reachable=bool(row["reachable"]),
            waiting_ms=row["waiting_ms"],
            claimed_by=row["claimed_by"],
            claimed_name=row.get("claimed_name") or "",
        )


@dataclass(slots=True, kw_only=True)
class ResidentRow:
    """A resident; a batch of turns keeps its copy up to date."""

    id: int
    name: str = ""
    phone: str = ""
    phone_verified_ms: int = 0  # when a channel vouched for the phone; 0: it was only typed
    house_id: int = 0
    apartment: str = ""
    notice_version: str = ""
    notified_ms: int = 0
    push_conversation_id: int = 0  # where news go; 0: to the conversation of the ticket
    several: int = 0  # 1: has more than one conversation

    def forget(self) -> None:
        """Forget what is personal, as `models.erasure.forget_resident` does in the database."""
        self.name = self.phone = self.apartment = self.notice_version = ""
        self.phone_verified_ms = self.house_id = self.notified_ms = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherConversation:
    """A conversation of a resident who has several."""

    id: int
    channel: str
    address: str
    resident_id: int
    reachable: int
    session: str
    last_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationAddress:
    """The channel, address and resident of a conversation."""

    id: int
    channel: str
    address: str
    resident_id: int


def columns_of(row: type[ResidentRow | OtherConversation | ConversationAddress]) -> str:
    """Return the columns of a statement whose rows become `row`."""
    return ", ".join(column.name for column in fields(row))


CONVERSATION_COLUMNS = ", ".join(
    f"c.{column.name}" for column in fields(ConversationRow) if column.name != "claimed_name"
)
RESIDENT_COLUMNS = columns_of(ResidentRow)
