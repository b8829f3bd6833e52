"""The posters of a house, with the links of the channels that have one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from channels.contract import Linked, SendError
from channels.registry import channel_infos, names_of
from errors import DomovoyError
from houses.posters.deep_link import start_payload
from houses.posters.layout import MOST_CODES, Code, Poster

MOST_ENTRANCES = 40


class NoLink(DomovoyError):
    """A poster cannot be made; the text says which channel gave no address and what helps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer:
    company: str
    phone: str  # of the emergency service
    channels: Mapping[str, Linked]

    def known(self) -> list[str]:
        """Names of the channels that can stand on a poster, in its order."""
        return names_of(lambda info: info.name in self.channels)

    async def posters(self, house_id: int, address: str, details: str, channels: Sequence[str] = ()) -> list[Poster]:
        """Return a poster of the whole house, then one of each entrance that the register knows.

        details: JSON of the register. channels: which codes, at most four; empty: all that have an address.

        Raises:
            NoLink: a channel that was named, or every channel, gives no address.
        """
        numbers = [0, *range(1, _entrances(details) + 1)]
        return [await self.poster(house_id, address, number, channels) for number in numbers]

    async def poster(self, house_id: int, address: str, entrance: int, channels: Sequence[str] = ()) -> Poster:
        """Return one poster; as for `posters`."""
        codes, failed = [], []
        infos = {info.name: info for info in channel_infos()}
        for name in channels or self.known():
            try:
                url = await self.channels[name].link(start_payload(house_id, entrance))
            except SendError as error:
                help_ = f"; {infos[name].link_help}" if infos[name].link_help else ""
                failed.append(f"{name}: нет адреса ({error.code}){help_}")
                if channels:
                    break
            else:
                codes.append(Code(title=infos[name].title, url=url))
        if not codes or (channels and failed):
            raise NoLink("плакат не сделать: " + ("; ".join(failed) or "нет канала, на который ведёт ссылка"))
        return Poster(
            company=self.company, phone=self.phone, address=address, entrance=entrance, codes=tuple(codes[:MOST_CODES])
        )


def _entrances(details: str) -> int:
    """Number of entrances in the register's details; 0: unknown, or only one."""
    try:
        count = json.loads(details or "{}").get("entrances", 0)
    except (ValueError, AttributeError):
        return 0
    return min(count, MOST_ENTRANCES) if isinstance(count, int) and count > 1 else 0
