"""One conversation as a batch of turns knows it."""

from __future__ import annotations

from dataclasses import dataclass

from dialogs.session import Session, decode
from dialogs.world import Known
from models.residents.rows import ConversationRow, ResidentRow
from tickets.lifecycle.types import TicketView


@dataclass(slots=True)
class ConversationState:
    """One conversation during a batch; `row` and `resident` are the database's rows, kept up to date here."""

    row: ConversationRow
    resident: ResidentRow
    session: Session
    tickets: tuple[TicketView, ...] = ()
    dirty: bool = False
    unread: int = 0
    pressed: str = ""  # the channel's id of the message whose button was pressed in this turn

    @property
    def channel(self) -> str:
        return self.row.channel

    @property
    def id(self) -> int:
        return self.row.id

    def known(self) -> Known:
        resident = self.resident
        return Known(
            name=resident.name,
            phone=resident.phone,
            house_id=resident.house_id,
            apartment=resident.apartment,
            notified=bool(resident.notified_ms),
        )


def state_from_rows(row: ConversationRow, resident: ResidentRow, tickets: tuple[TicketView, ...]) -> ConversationState:
    return ConversationState(
        row=row,
        resident=resident,
        session=decode(row.session),
        tickets=tickets,
    )
