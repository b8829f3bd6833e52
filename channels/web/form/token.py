"""The signed token of a form: the time of its page and a nonce. Its field in requests is `stamp`. Pure.

A session's token can be derived from it. So a form sent twice by a browser without a cookie (a double click, a blocked
cookie) still belongs to one conversation.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

_FORM_TOKEN = re.compile(r"([0-9a-f]{1,12})\.([A-Za-z0-9_-]{22})\.([0-9a-f]{32})")


class FormTokens:
    """Makes and reads the tokens of forms.

    Args:
        secret: shared by all processes that serve the form; empty: random, for this process only.
    """

    def __init__(self, secret: str) -> None:
        self._key = secret.encode() or secrets.token_bytes(32)

    def new(self, now: float) -> str:
        """Return a token made at `now` (epoch seconds)."""
        signed = f"{int(now):x}.{secrets.token_urlsafe(16)}"
        return f"{signed}.{self._sign('stamp', signed)}"

    def age(self, form_token: str, now: float) -> float | None:
        """Return the age in seconds; None: the token is not ours."""
        match = _FORM_TOKEN.fullmatch(form_token)
        if match is None:
            return None
        expected = self._sign("stamp", f"{match[1]}.{match[2]}")
        return now - int(match[1], 16) if hmac.compare_digest(expected, match[3]) else None

    def session_token(self, form_token: str) -> str:
        """Return the session token derived from our form token: 256 bits that only we can make."""
        digest = hmac.new(self._key, f"token:{form_token}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def _sign(self, use: str, text: str) -> str:
        return hmac.new(self._key, f"{use}:{text}".encode(), hashlib.sha256).hexdigest()[:32]
