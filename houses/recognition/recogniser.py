"""Recognise one of the served houses in a resident's words. Pure once built.

A wrong house is the worst error, a brigade drives there. So only a street that is written right, with a number that
the register knows, is sure; a typo is asked back with one button, a close call with up to five.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from houses.recognition import flat_entrance_floor
from houses.recognition.address_parser import Number, Street, numbers, ordinals, read_register, simple
from houses.recognition.house_numbers import choose, meanings
from houses.recognition.settlements import Places
from houses.recognition.street_kinds import HOUSE_WORDS, KINDS
from houses.recognition.streets import Hit, Streets, Token, tokens_of
from houses.types import AddressFound, House
from language.keyboard_layout import readings
from language.numerals import digits

MOST_OFFERED = 5
SURE = 0.93  # score of a house below which it is asked back
APART = 0.05  # how much better than the next house it must be
WINDOW = 0.09  # houses so much worse than the best are not offered
REMEMBERED = 64  # texts: one turn asks about the same text several times
FEW_WORDS = 4  # a text so short is an answer to the question for the address
_DOUBT = re.compile(r"(?<![а-я])(?:или|либо|одн(?:ой|а|ом) из|не (?:помн|знаю|уверен)[а-я]*)(?![а-я])")
# Not the house itself: what is opposite, next to it, or was long ago.
_NOT_THERE = re.compile(r"(?<![а-я])(?:напротив|через дорогу|соседн[а-я]+|раньше|прежде|между|угол|углу)(?![а-я])")
_CAPITAL = re.compile(r"(?<=\d)\s([А-ЩЭЮЯ])(?![А-ЯЁа-яё.]|\s+[а-яё])")
_SLASH = re.compile(r"(?<=\d)\s*(?:дробь|слэш|слеш|\\)\s*(?=\d)")
_BUILDING_BEHIND = re.compile(
    r"(?<![\d-])(\d{1,2})(?:-й|(?<=\d[\s,]\d)|(?<=\d,\s\d))\s+(корпус|строение)[а-я]*(?!\s*\d)"
)
_NAMED_LETTER = re.compile(r"(?<=\d)\s[бвгд][еэ](?![а-я])")

Known = dict[str, list[House]]


@dataclass(frozen=True, slots=True)
class Option:
    """A house that a text may mean. score: 0..1."""

    house: House
    score: float
    flat: str = ""
    is_near: bool = False  # only a neighbour: the house that was written is not served


class HouseRecogniser:
    """Implements `dialogs.world.Addresses` over a closed list of houses.

    towns: what residents call the town of houses whose address names none.
    """

    def __init__(self, houses: Iterable[House], towns: Iterable[str] = ()) -> None:
        self._by_id = {house.id: house for house in houses}
        self._known: dict[Street, Known] = {}
        of_house: dict[int, tuple[str, ...]] = {}
        for house in self._by_id.values():
            if (written := read_register(house.address)) is None:
                continue
            known = self._known.setdefault(written.street, {})
            known.setdefault(written.key, []).append(house)
            if written.places:
                of_house[house.id] = written.places
        self._places = Places(of_house, len(self._by_id), towns)
        self._streets = Streets(self._known, self._places.words)
        self._kinds: dict[tuple[str, ...], list[Street]] = defaultdict(list)
        for street in self._known:
            self._kinds[street.words].append(street)
        self._lately = lru_cache(maxsize=REMEMBERED)(self._find)

    def get(self, house_id: int) -> House | None:
        return self._by_id.get(house_id)

    def find(self, text: str) -> AddressFound:
        """Return the houses a text may mean, best first, with flat, entrance and floor when it names them."""
        return self._lately(text[: flat_entrance_floor.MOST_TEXT])

    def _find(self, text: str) -> AddressFound:
        every = [self._either(prepared(reading)) for reading in readings(_composed(text))]
        best = max(every, key=lambda found: (found.sure, bool(found.houses), bool(found.apartment)))
        others = {one.houses[0].id for one in every if one.sure}
        return replace(best, sure=best.sure and len(others) == 1)

    def _either(self, text: str) -> AddressFound:
        """Read a text; where it can be read two ways and only the other way names a house, so."""
        found = self._read(text)
        other = text if found.sure else flat_entrance_floor.other_reading(text)
        return found if other == text else max((found, self._read(other)), key=lambda one: one.sure)

    def _read(self, text: str) -> AddressFound:
        rest, seen = flat_entrance_floor.take(text, self._streets.dated)
        tokens = tokens_of(rest)
        hits = self._streets.hits(rest, tokens)
        found = numbers(rest)
        if not hits:
            return replace(seen, unserved=_looks_like_address(rest, tokens, found, seen))
        options = self._options(hits, rest, tokens, found, seen.apartment)
        return self._judged(options, seen, rest, hits)

    def _judged(self, options: Sequence[Option], seen: AddressFound, text: str, hits: Sequence[Hit]) -> AddressFound:
        """Decide between one sure house, houses to ask about, and none."""
        best: dict[int, Option] = {}
        for option in sorted(options, key=lambda one: -one.score):
            best.setdefault(option.house.id, option)
        ranked = list(best.values())
        if not ranked:
            return replace(seen, unserved=bool(numbers(text)))
        top = ranked[0]
        doubtful = any(
            _DOUBT.search(text[max(0, hit.start - 40) : hit.end + 40])
            or _NOT_THERE.search(text[max(0, hit.start - 25) : hit.start])
            for hit in hits[:1]
        )
        if len(ranked) > 1 and top.score - ranked[1].score >= APART and top.score >= SURE and not doubtful:
            ranked = ranked[:1]
        ranked = [one for one in ranked if top.score - one.score <= (WINDOW if not doubtful else 1)]
        sure = len(ranked) == 1 and top.score >= SURE and not doubtful
        flat = seen.apartment or (top.flat if len({one.flat for one in ranked}) == 1 else "")
        if sure and flat.isdecimal() and top.house.flats and int(flat) > top.house.flats:
            sure = False
        entrance = seen.entrance
        worked_out = flat_entrance_floor.entrance_of(top.house, flat) if len(ranked) == 1 and not entrance else ""
        return replace(
            seen,
            houses=tuple(one.house for one in ranked[:MOST_OFFERED]),
            sure=sure,
            apartment=flat,
            entrance=entrance or worked_out,
            computed=bool(worked_out),
            unserved=top.is_near,
        )

    # --- houses ---

    def _options(
        self, hits: Sequence[Hit], text: str, tokens: Sequence[Token], found: Sequence[Number], flat: str
    ) -> list[Option]:
        options: list[Option] = []
        named = self._places.named(text, tokens, hits)
        for hit in hits:
            choice = choose(hit, hits, text, found, self._places.words)
            known = self._known[hit.street]
            if choice is None:
                options += self._without_number(hit, known, tokens)
                continue
            for meaning in meanings(choice, known, text, flat):
                score = hit.score - choice.penalty - meaning.penalty
                if not hit.kinds and hit.street.kind != "ул" and self._street_lacks(hit.street, meaning.key):
                    score -= 0.08
                for house, away in self._places.fitting(known.get(meaning.key, ()), named):
                    options.append(Option(house, score - away, meaning.flat, meaning.is_near))
        return options

    def _street_lacks(self, street: Street, key: str) -> bool:
        """Say whether a street of the same name is served and lacks the house: «Советская 1» when the square has it."""
        return any(one.kind == "ул" and key not in self._known[one] for one in self._kinds[street.words])

    def _without_number(self, hit: Hit, known: Known, tokens: Sequence[Token]) -> list[Option]:
        """Offer all houses of a short street when the text is little but its name."""
        if (hit.kinds or len(tokens) <= FEW_WORDS) and hit.score >= SURE and len(known) <= MOST_OFFERED:
            return [Option(house, 0.4) for some in known.values() for house in some]
        return []


def _composed(text: str) -> str:
    """Return the text without compatibility signs; № stays, it would become «No»."""
    return "№".join(unicodedata.normalize("NFKC", part) for part in text.split("№"))


def prepared(text: str) -> str:
    """Return a text as `houses.recognition.address_parser` reads it: simple, numerals in digits, ordinals as "5-й"."""
    if not text.isupper():
        text = _CAPITAL.sub(r'"\1"', text)
    plain = simple(digits(text))
    plain = _SLASH.sub("/", plain)
    plain = _NAMED_LETTER.sub(lambda found: f'"{found[0].strip()[0]}"', plain)
    return _BUILDING_BEHIND.sub(r"\2 \1", ordinals(plain))


def _looks_like_address(text: str, tokens: Sequence[Token], found: Sequence[Number], seen: AddressFound) -> bool:
    """Say whether a text without a served street is an address all the same: a kind or «дом», and a number."""
    if not found:
        return False
    words = {token.word for token in tokens}
    if not words.isdisjoint(KINDS) or not words.isdisjoint(HOUSE_WORDS):
        return len(words) > 1
    return bool(seen.apartment) and any(len(word) > 3 and word.isalpha() for word in words)
