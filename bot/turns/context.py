"""Services and settings that all turns of one program share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.delivery.policy.quiet_hours import QuietHours
from channels.contract import Capabilities
from dialogs.world import Addresses, Classifier, Company, Faq
from models.queues.inbox_claim import Throttle
from texts.catalog import Catalog
from tickets.lifecycle.types import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogContext:
    """Everything a turn needs that stays the same while the program runs."""

    company: Company
    addresses: Addresses  # `bot.turns.served_houses.HouseRegister` in a running program: an import brings it up to date
    classifier: Classifier
    faq: Faq
    problems: Sequence[Problem]  # of the classifier, for lists of categories
    catalog: Catalog
    capabilities: Mapping[str, Capabilities]
    throttle: Throttle
    listens: bool = False  # a transcriber is set
    now: Callable[[], datetime]  # aware, in the houses' time zone
    quiet: QuietHours = field(default_factory=QuietHours)

    def address_of(self, house_id: int) -> str:
        house = self.addresses.get(house_id) if house_id else None
        return house.address if house else ""
