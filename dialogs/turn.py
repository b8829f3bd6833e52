"""Turn: the result of one step of the dialog engine. Frozen data only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from channels.contract import Button, SendPriority
from dialogs.effects import Effect
from dialogs.session import Session

Args = dict[str, str | int | datetime]  # of a text

NONE = "none"  # the argument for an absent value; the texts leave its line out


@dataclass(frozen=True, kw_only=True)  # no slots: see `dialogs.frozen`
class Say:
    """One reply: a key of texts/*.ftl with its arguments, never a sentence."""

    key: str
    args: Args = field(default_factory=dict)
    buttons: tuple[tuple[Button, ...], ...] = ()  # rows; a label that starts with "=" is literal, any other a text key
    ask: str = ""  # "contact", "location": the channel's own request; '': none
    priority: int = SendPriority.REPLY
    silent: bool = False  # sent without a sound
    edit: bool = False  # replaces the message whose button was pressed, without a sound, where the channel can


@dataclass(frozen=True, kw_only=True)  # no slots: see `dialogs.frozen`
class Turn:
    """The result of one step."""

    session: Session  # goes into the next step; `dialogs.session` turns it into JSON and back
    say: Sequence[Say] = ()  # replies, in order
    do: Sequence[Effect] = ()  # effects for the shell to carry out, in order
