"""Words of the handover: users of the console, calls for a dispatcher, refusals."""

from __future__ import annotations

from dataclasses import dataclass

from errors import DomovoyError


class HandoverError(DomovoyError):
    """A dispatcher may not do this with the conversation now."""


class AlreadyClaimed(HandoverError):
    """Somebody else has the conversation; `name` is the dispatcher who does."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the conversation is claimed by {name}")
        self.name = name


class NotClaimed(HandoverError):
    """Only the dispatcher who has the conversation may do this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """A user of the console. role: one of `operators.accounts.permissions.ROLES`."""

    id: int
    name: str
    role: str = "dispatcher"


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody wants a person in this conversation."""

    conversation_id: int
    reason: str
    urgent: bool = False
