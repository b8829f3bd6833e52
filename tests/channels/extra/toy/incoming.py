"""What a resident of the toy said: ``{"id", "from", "text"}``. Pure."""

from __future__ import annotations

import json
from datetime import datetime

from channels.contract import Incoming, PayloadError, Text

from .config import INFO


def parse_event(body: bytes, now: datetime) -> list[Incoming]:
    """Read one event.

    Raises:
        PayloadError: it is none.
    """
    try:
        event = json.loads(body)
        return [
            Incoming(
                channel=INFO.name,
                conversation=event["from"],
                external_id=event["id"],
                sent_at=now,
                content=Text(event["text"]),
            )
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise PayloadError("no event of the toy") from error
