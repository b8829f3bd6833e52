"""What we say, as the toy's line. Pure."""

from __future__ import annotations

import json

from channels.contract import Outgoing


def line_of(message: Outgoing) -> str:
    return json.dumps({"key": message.key, "to": message.conversation, "text": message.text}, ensure_ascii=False)
