"""Words of the handover: users of the console, calls for a dispatcher, refusals."""

from __future__ import annotations

from dataclasses import dataclass

from errors import DomovoyError
from tickets.lifecycle.types import Actor


class HandoverError(DomovoyError):
    """The conversation does not allow this action now."""


class AlreadyClaimed(HandoverError):
    """Another dispatcher has the conversation; `name` is theirs."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the conversation is claimed by {name}")
        self.name = name


class NotClaimed(HandoverError):
    """Only the dispatcher who has the conversation may do this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """A user of the console. role: one of `operators.permissions.ROLES`."""

    id: int
    name: str
    role: str = "dispatcher"

    def actor(self) -> Actor:
        return Actor(kind="dispatcher", id=self.id, name=self.name)


@dataclass(frozen=True, slots=True)
class Call:
    """A request for a dispatcher in this conversation."""

    conversation_id: int
    reason: str
    urgent: bool = False
