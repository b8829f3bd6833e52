"""Keep what people correct after the classifier, without anything personal."""

from __future__ import annotations

from collections.abc import Iterable

from models import corrections
from models.database.connection import Connection
from tickets.learning.anonymise import without_private


async def keep(
    conn: Connection,
    words: str,
    *,
    personal: Iterable[str],
    guessed: str,
    chosen: str,
    who: str,
    now_ms: int,
    conversation_id: int = 0,
    ticket_id: int = 0,
) -> None:
    """Keep a correction of these words; words of which nothing is left without what is personal are not kept.

    personal: what is known of the resident: name, address. conversation_id: whose words they are; 0: nobody's.
    """
    if text := without_private(words, personal):
        await corrections.add(
            conn,
            text=text,
            guessed=guessed,
            chosen=chosen,
            who=who,
            at_ms=now_ms,
            conversation_id=conversation_id,
            ticket_id=ticket_id,
        )
