"""Phone calls: the caller, the subject, and the conversation that gets news of the ticket.

Every function that takes a connection runs inside the caller's transaction.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import phonenumbers

from channels.contract import Channel, Linked, SendError
from channels.registry import names_of
from houses.types import AddressFound, House
from models.database.connection import TENANT, Connection
from models.database.sql_lists import literals, placeholders
from models.residents import conversations
from tickets.lifecycle.rules import FINISHED
from tickets.lifecycle.types import Classification

BY_PHONE = names_of(lambda info: info.by_phone)  # an address there is a number, given to us by phone or in a chat
MOST_CALLERS = 5
LINK_SECONDS = 3.0  # a dispatcher is waiting
LINK_MARK = "call"
logger = logging.getLogger(__name__)

Row = dict[str, Any]


class Addresses(Protocol):
    def find(self, text: str) -> AddressFound: ...


class Classifier(Protocol):
    def classify(self, text: str) -> Classification | None: ...

    def emergency(self, text: str) -> str: ...


class NoAddresses:
    def find(self, text: str) -> AddressFound:
        return AddressFound()


class NoClassifier:
    def classify(self, text: str) -> Classification | None:
        return None

    def emergency(self, text: str) -> str:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompter:
    """Prompts for a dispatcher who types while talking; the same classes understand residents' messages in the bot.

    safety: the text for an emergency's key, to read aloud.
    """

    addresses: Addresses = field(default_factory=NoAddresses)
    classifier: Classifier = field(default_factory=NoClassifier)
    safety: Callable[[str], str] = lambda key: ""
    channels: Mapping[str, Channel] = field(default_factory=dict)

    @property
    def pushes(self) -> list[str]:
        """Channels that are switched on and may carry news of a ticket."""
        return [name for name in names_of(lambda info: info.for_callers) if name in self.channels]

    @property
    def by_phone(self) -> str:
        """The channel that writes to phone numbers (SMS); '' when none is switched on."""
        return next((name for name in BY_PHONE if name in self.channels), "")

    async def link(self, name: str) -> str:
        """Return the address that opens our bot in a messenger, to dictate; '' when there is none or it is unknown."""
        channel = self.channels.get(name)
        if not isinstance(channel, Linked):
            return ""
        try:
            async with asyncio.timeout(LINK_SECONDS):
                return await channel.link(LINK_MARK)
        except (SendError, TimeoutError) as error:
            logger.info(
                "a bot's link is not known",
                extra={"action": "console.no_link", "channel": name, "error": type(error).__name__},
            )
            return ""

    def house(self, address: str) -> House | None:
        """Return the served house that an address surely means."""
        match = self.addresses.find(address) if address else AddressFound()
        return match.houses[0] if match.sure and match.houses else None


async def callers(conn: Connection, phone: str) -> list[Row]:
    """Return residents with this number (E.164): the surest proof first, then the latest conversation first.

    Each row has `tickets` (open ones), `channels` and `proof` of the number: 2 a channel confirmed it, 1 the resident
    said it on the phone and has no chat, 0 it was typed in a chat.
    """
    if not phone:
        return []
    residents = await conn.fetch(
        "SELECT r.id, r.name, r.phone, r.house_id, r.apartment, h.address AS house_address,"  # noqa: S608
        " COALESCE(MAX(c.last_ms), 0) AS last_ms, CASE WHEN r.phone_verified_ms > 0 THEN 2"
        f" WHEN COUNT(CASE WHEN c.channel NOT IN ({literals(BY_PHONE)}) THEN 1 END) = 0 THEN 1 ELSE 0 END AS proof"
        " FROM resident r LEFT JOIN house h ON h.id = r.house_id"
        " LEFT JOIN conversation c ON c.resident_id = r.id WHERE r.tenant = ? AND r.phone = ? AND r.merged_into = 0"
        " GROUP BY r.id, r.name, r.phone, r.house_id, r.apartment, r.phone_verified_ms, h.address"
        " ORDER BY 8 DESC, 7 DESC, r.id DESC LIMIT ?",
        TENANT,
        phone,
        MOST_CALLERS,
    )
    for caller in residents:
        caller["tickets"] = await open_tickets(conn, caller["id"])
        caller["channels"] = await reachable(conn, caller["id"])
    return residents


async def open_tickets(conn: Connection, resident_id: int) -> list[Row]:
    finished = sorted(FINISHED)
    return await conn.fetch(
        "SELECT id, number, status, priority, problem_title, address, apartment, due_ms FROM ticket"  # noqa: S608  marks
        f" WHERE resident_id = ? AND status NOT IN ({placeholders(finished)}) ORDER BY id DESC LIMIT 10",
        resident_id,
        *finished,
    )


async def reachable(conn: Connection, resident_id: int) -> dict[str, int]:
    """Return the channels that reach this resident, each with the id of the latest conversation."""
    rows = await conn.fetch(
        "SELECT id, channel FROM conversation WHERE resident_id = ? AND reachable = 1 ORDER BY last_ms, id", resident_id
    )
    return {row["channel"]: row["id"] for row in rows}


async def channel_and_resident(conn: Connection, conversation_id: int) -> tuple[str, int]:
    """Return channel and resident of a conversation; '' and 0 when there is none."""
    row = await conn.fetch_one("SELECT channel, resident_id FROM conversation WHERE id = ?", conversation_id)
    return (row["channel"], row["resident_id"]) if row else ("", 0)


def choose_caller(residents: Sequence[Row], resident_id: int) -> Row | None:
    """Return the resident whom the dispatcher chose, else the only resident with the surest proof of the number.

    residents: from `callers`. A number typed in a chat is no proof. None: nobody, or several with equal proof.
    """
    if taken := next((caller for caller in residents if caller["id"] == resident_id), None):
        return taken
    surest = [caller for caller in residents if caller["proof"] and caller["proof"] == residents[0]["proof"]]
    return surest[0] if len(surest) == 1 else None


async def new_resident(conn: Connection, *, name: str, phone: str, house_id: int, apartment: str, now_ms: int) -> int:
    """Store a first-time caller and return the id of the resident."""
    return await conn.insert(
        "INSERT INTO resident (tenant, name, phone, house_id, apartment, created_ms) VALUES (?, ?, ?, ?, ?, ?)",
        TENANT,
        name,
        phone,
        house_id,
        apartment,
        now_ms,
    )


async def conversation_for(
    conn: Connection, resident_id: int, wanted: str, phone: str, *, by_phone: str, now_ms: int
) -> int:
    """Return the id of the conversation that gets news of the ticket; 0: none.

    The bot cannot write first in a messenger where the resident has not written to us; an SMS replaces it. A number
    whose SMS conversation belongs to another resident gets none. by_phone: as `Prompter.by_phone`.
    """
    if wanted in ("", "none"):
        return 0
    if wanted not in BY_PHONE and (known := (await reachable(conn, resident_id)).get(wanted)):
        return known
    if not by_phone or not takes_sms(phone):
        return 0
    row = await conversations.open_for(conn, resident_id, by_phone, phone, now_ms)
    return int(row["id"]) if row["resident_id"] == resident_id else 0


def takes_sms(phone: str) -> bool:
    """Return whether a number (E.164) may get an SMS; a landline may not."""
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return False
    return kind != phonenumbers.PhoneNumberType.FIXED_LINE
