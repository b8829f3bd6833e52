"""Shared contacts: the VCF card, and MAX's proof that the number is the sender's own.

Source: `hash` is hex HMAC-SHA256 with the bot's token as key over `vcf_info` exactly as received. Lines may end in CRLF
and be folded (RFC 6350), so the text is hashed unchanged.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

from channels.contract import Contact

FOLD = re.compile(r"\r?\n[ \t]")
LINE = re.compile(r"^(?:[\w-]+\.)?(TEL|FN)(?:;[^:\r\n]*)?:([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


def contact_of(payload: Mapping[str, Any], sender: Mapping[str, Any], token: str) -> Contact | None:
    """Read a contact; ``None`` without a phone number.

    token: empty for a forwarded card, whose proof is about somebody else.
    """
    card = payload.get("vcf_info")
    if not isinstance(card, str):
        return None
    fields: dict[str, str] = {}
    for name, value in LINE.findall(FOLD.sub("", card)):
        fields.setdefault(name.upper(), _plain(value))
    phone = fields.get("TEL", "").removeprefix("tel:").strip()
    if not phone:
        return None
    own = bool(token) and _is_proven(card, payload.get("hash"), token) and _is_of(payload.get("max_info"), sender)
    international = own and phone.isdigit() and not phone.startswith("8")
    return Contact(f"+{phone}" if international else phone, fields.get("FN", ""), own)


def _is_proven(card: str, given: object, token: str) -> bool:
    if not isinstance(given, str):
        return False
    due = hmac.new(token.encode(), card.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
    return hmac.compare_digest(given.lower().encode("utf-8", "surrogatepass"), due.encode())


def _is_of(person: object, sender: Mapping[str, Any]) -> bool:
    """Whether the card is the sender's. MAX may omit the owner; then the proof alone decides."""
    return not isinstance(person, Mapping) or person.get("user_id") == sender.get("user_id")


def _plain(value: str) -> str:
    text = re.sub(r"\\([,;\\])", r"\1", value).strip()
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
