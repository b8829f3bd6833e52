"""The base class of every channel's settings, and the description of a channel.

A channel's `config.py` has one frozen dataclass derived from `ChannelConfig`. Its fields are the keys of
``channels.<name>`` in `config.yaml`, with their defaults; the loader reads them. The module ends with ``INFO``, by
which the program finds the channel. It imports no library of the channel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar
from urllib.parse import urlsplit

from channels.contract import Cursor, Files, Transcript

T = TypeVar("T")
_NO_KEY = {"key": False}


def fixed(value: T) -> T:
    """Declare a field that is not a key of `config.yaml`: a constant of the channel, replaceable in tests."""
    made: T = field(default=value, metadata=_NO_KEY)
    return made


def keys_of(section: type[Any]) -> set[str]:
    """Return the keys of the section of `config.yaml` that a dataclass describes."""
    return {item.name for item in fields(section) if item.metadata.get("key", True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedSettings:
    """Settings of other sections of `config.yaml` that several channels use."""

    company: str = ""  # name
    phone: str = ""  # of the emergency service, shown beside 112
    policy_url: str = ""  # personal data policy; empty: no link
    timezone: str = "Europe/Moscow"  # IANA name
    public_url: str = ""  # outer address, "https://chat.example"; empty: unknown
    trusted_proxies: int = 0  # our own proxies in front of the web server; 0: X-Forwarded-* is ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelConfig:
    """The settings of every channel. `shared` is filled in before the channel is built."""

    enabled: bool = False
    shared: SharedSettings = field(default=SharedSettings(), metadata=_NO_KEY)

    def check_secret(self) -> None:
        """Check that the channel's required secret is given. Every command calls this at its start.

        Raises:
            ConfigError: the secret is empty. The text names the key and says where to get the secret.
        """

    def check(self) -> None:
        """Check all values. Called before the channel is built.

        Raises:
            ConfigError: a value cannot work. The text names the key and never contains a secret.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelContext:
    """The services of the core that a channel may use."""

    files: Files
    cursor: Cursor  # of this channel
    transcript: Transcript  # of this channel
    is_emergency: Callable[[str], bool]  # whether a text reports a danger


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelInfo:
    """The description of a channel, valid also when the channel is switched off."""

    name: str  # of its folder, its section in `config.yaml` and its rows in the database
    config: type[ChannelConfig]
    title: str  # its Russian name for dispatchers and on posters; the names for residents are in `texts/`
    rank: int = 100  # its place in lists; the lowest comes first
    only_when_open: bool = (
        False  # shows messages only while its page is open (web chat), so news may not reach the resident
    )
    by_phone: bool = False  # its address is a phone number, so we can write to residents first
    for_callers: bool = False  # may carry news of a ticket that was opened by a phone call
    link_help: str = ""  # the remedy for the administrator when `Linked.link` fails; without a full stop


def is_address(address: str, schemes: tuple[str, ...] = ("http", "https")) -> bool:
    """Whether a text is an address with one of the schemes and a host."""
    try:
        parts = urlsplit(address)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
