"""The identity of a request: the anonymous session, the IP address behind our proxies, the origin of the page.

The token is the only secret. The conversation's address is its hash, so nothing has to be stored. A reader of the
database cannot write in a resident's name.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets
from urllib.parse import urlsplit

from aiohttp import web

from channels.web.config import WebConfig
from channels.web.errors import Refusal

COOKIE = "domovoy_chat"
HEADER = "X-Chat-Token"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """Return a token of 256 random bits."""
    return secrets.token_urlsafe(32)


def address_of(token: str) -> str:
    """Return the conversation's address: 128 bits of the token's SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode("ascii")).hexdigest()[:32]


def token_of(request: web.Request) -> str:
    """Return the session's token from the header or else the cookie; empty when absent or malformed."""
    token = request.headers.get(HEADER) or request.cookies.get(COOKIE, "")
    return token if TOKEN.fullmatch(token) else ""


def conversation_of(request: web.Request) -> str:
    """Return the conversation's address.

    Raises:
        Refusal: 401 without a session.
    """
    token = token_of(request)
    if not token:
        raise Refusal(401, "no_session", "Откройте чат заново: браузер не прислал номер разговора.")
    return address_of(token)


def set_cookie(response: web.StreamResponse, request: web.Request, token: str, config: WebConfig) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=config.session_days * 86_400,
        httponly=True,
        secure=is_https(request, config),
        samesite="Lax",
        path="/",
    )


def is_https(request: web.Request, config: WebConfig) -> bool:
    if request.secure or config.shared.public_url.startswith("https://"):
        return True
    forwarded = request.headers.get("X-Forwarded-Proto", "") if config.shared.trusted_proxies else ""
    return forwarded.rsplit(",", 1)[-1].strip() == "https"


def client_address(request: web.Request, config: WebConfig) -> str:
    """Return the resident's IP address for throttling. IPv6 is cut to /64, the network of one household.

    Each of our `trusted_proxies` appends one value to X-Forwarded-For, so the resident's address is that many from the
    right. Values further left come from the resident and are not trusted.
    """
    remote = request.remote or ""
    if config.shared.trusted_proxies:
        chain = [part.strip() for value in request.headers.getall("X-Forwarded-For", []) for part in value.split(",")]
        if len(chain) >= config.shared.trusted_proxies:
            remote = chain[-config.shared.trusted_proxies]
    try:
        address = ipaddress.ip_address(remote)
    except ValueError:
        return request.remote or "unknown"
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def check_origin(request: web.Request, config: WebConfig) -> None:
    """Refuse a POST made by another site's page in the resident's browser.

    Browsers send `Origin` with every POST. Other programs send none, but they have no resident's cookie either.

    Raises:
        Refusal: 403 for a foreign origin.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        foreign = request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
    else:
        own = {request.host, urlsplit(config.shared.public_url).netloc}
        foreign = urlsplit(origin).netloc not in own - {""}
    if foreign:
        raise Refusal(403, "foreign_origin", "Запрос пришёл с чужого сайта и не принят.")
