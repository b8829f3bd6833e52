"""The posters of a house, with the links of the channels that have one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from channels.contract import Linked, SendError
from errors import DomovoyError
from houses.posters.deep_link import mark
from houses.posters.layout import MOST_CODES, Code, Poster

ORDER = ("max", "telegram", "vk", "web")  # on a poster; others follow
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
        last = len(ORDER)
        return sorted(self.channels, key=lambda name: (ORDER.index(name) if name in ORDER else last, name))

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
        for name in channels or self.known():
            try:
                url = await self.channels[name].link(mark(house_id, entrance))
            except SendError as error:
                failed.append(f"{name}: нет адреса ({error.code}){HELP.get(name, '')}")
                if channels:
                    break
            else:
                codes.append(Code(channel=name, url=url))
        if not codes or (channels and failed):
            raise NoLink("плакат не сделать: " + ("; ".join(failed) or "нет канала, на который ведёт ссылка"))
        return Poster(
            company=self.company, phone=self.phone, address=address, entrance=entrance, codes=tuple(codes[:MOST_CODES])
        )


HELP = {
    "web": "; задайте server.public_url",
    "telegram": "; проверьте токен и связь: ./domovoy doctor",
    "max": "; проверьте токен и связь: ./domovoy doctor",
    "vk": "; проверьте ключ и связь: ./domovoy doctor",
}


def _entrances(details: str) -> int:
    """Number of entrances in the register's details; 0: unknown, or only one."""
    try:
        count = json.loads(details or "{}").get("entrances", 0)
    except (ValueError, AttributeError):
        return 0
    return min(count, MOST_ENTRANCES) if isinstance(count, int) and count > 1 else 0
