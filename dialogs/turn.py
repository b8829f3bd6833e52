"""What one step of the dialog engine decided: the next session, what to say, what to do. Frozen data only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from channels.contract import Button, SendPriority
from dialogs.effects import Effect
from dialogs.session import Session


@dataclass(frozen=True, kw_only=True)  # no slots: see `dialogs.frozen`
class Say:
    """One reply: a key of texts/*.ftl with its arguments, never a sentence.

    buttons: rows of (label key, value) or ready `Button`s (a house's address is data, not text).
    """

    key: str
    args: dict[str, str | int | datetime] = field(default_factory=dict)
    buttons: tuple[tuple[Button, ...], ...] = ()  # a label starting with "=" is literal, otherwise a text key
    ask: str = ""  # "contact", "location"
    priority: int = SendPriority.REPLY
    silent: bool = False
    edit: bool = False  # replaces the message whose button was pressed, where the channel can: no sound for it


@dataclass(frozen=True, kw_only=True)  # no slots: see `dialogs.frozen`
class Turn:
    """What one step decided. `session` goes back into the next step; `dialogs.session` turns it into JSON and back."""

    session: Session
    say: Sequence[Say] = ()
    do: Sequence[Effect] = ()
