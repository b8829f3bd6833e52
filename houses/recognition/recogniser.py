"""Recognise one of the served houses in a resident's words. Pure once built.

A wrong house is the worst error, because a brigade drives there. So a house is sure only when its street is spelled
right and the register has its number. A typo is confirmed with one button, a close call with up to five.
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
from houses.recognition.settlements import Settlements
from houses.recognition.street_kinds import HOUSE_WORDS, KINDS
from houses.recognition.street_match import Hit
from houses.recognition.streets import Streets
from houses.recognition.tokens import Token, tokens_of
from houses.types import AddressFound, House
from language.keyboard_layout import readings
from language.numerals import digits

MOST_OFFERED = 5
SURE = 0.93  # score of a house from which the resident is not asked
APART = 0.05  # lead over the next house that a sure house needs
WINDOW = 0.09  # houses further than this behind the best are not offered
REMEMBERED = 64  # texts: one turn asks about the same text several times
FEW_WORDS = 4  # a text of at most so many words is an answer to the question for the address
_DOUBT = re.compile(r"(?<![а-я])(?:или|либо|одн(?:ой|а|ом) из|не (?:помн|знаю|уверен)[а-я]*)(?![а-я])")
# Words for a place that is not the house itself: opposite, next to it, long ago.
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

    towns: names that residents use for the town of houses whose address names none.
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
            if written.settlements:
                of_house[house.id] = written.settlements
        self._settlements = Settlements(of_house, len(self._by_id), towns)
        self._streets = Streets(self._known, self._settlements.words)
        self._kinds: dict[tuple[str, ...], list[Street]] = defaultdict(list)
        for street in self._known:
            self._kinds[street.words].append(street)
        self._cached_find = lru_cache(maxsize=REMEMBERED)(self._find)

    def get(self, house_id: int) -> House | None:
        return self._by_id.get(house_id)

    def find(self, text: str) -> AddressFound:
        """Return the houses that a text may mean, best first, with the flat, entrance and floor it names."""
        return self._cached_find(text[: flat_entrance_floor.MOST_TEXT])

    def _find(self, text: str) -> AddressFound:
        every = [self._either(prepared(reading)) for reading in readings(_composed(text))]
        best = max(every, key=lambda result: (result.sure, bool(result.houses), bool(result.apartment)))
        others = {result.houses[0].id for result in every if result.sure}
        return replace(best, sure=best.sure and len(others) == 1)

    def _either(self, text: str) -> AddressFound:
        """Read a text in the way that names a sure house; in the first way when both or neither does."""
        first = self._read(text)
        other = text if first.sure else flat_entrance_floor.other_reading(text)
        return first if other == text else max((first, self._read(other)), key=lambda result: result.sure)

    def _read(self, text: str) -> AddressFound:
        rest, seen = flat_entrance_floor.take(text, self._streets.dated)
        tokens = tokens_of(rest)
        hits = self._streets.hits(rest, tokens)
        candidates = numbers(rest)
        if not hits:
            return replace(seen, unserved=_looks_like_address(rest, tokens, candidates, seen))
        options = self._options(hits, rest, tokens, candidates, seen.apartment)
        return self._judged(options, seen, rest, hits)

    def _judged(self, options: Sequence[Option], seen: AddressFound, text: str, hits: Sequence[Hit]) -> AddressFound:
        """Decide between one sure house, houses to ask about, and none."""
        ranked = _best_of_each_house(options)
        if not ranked:
            return replace(seen, unserved=bool(numbers(text)))
        top, doubtful = ranked[0], _is_doubtful(text, hits[0])
        ranked = _offered(ranked, doubtful=doubtful)
        flat = seen.apartment or (top.flat if len({option.flat for option in ranked}) == 1 else "")
        has_flat = not (flat.isdecimal() and top.house.flats and int(flat) > top.house.flats)
        is_computed = len(ranked) == 1 and not seen.entrance
        computed = flat_entrance_floor.entrance_of(top.house, flat) if is_computed else ""
        return replace(
            seen,
            houses=tuple(option.house for option in ranked[:MOST_OFFERED]),
            sure=len(ranked) == 1 and top.score >= SURE and not doubtful and has_flat,
            apartment=flat,
            entrance=seen.entrance or computed,
            computed=bool(computed),
            unserved=top.is_near,
        )

    # --- houses ---

    def _options(
        self, hits: Sequence[Hit], text: str, tokens: Sequence[Token], candidates: Sequence[Number], flat: str
    ) -> list[Option]:
        options: list[Option] = []
        named = self._settlements.named(text, tokens, hits)
        for hit in hits:
            choice = choose(hit, hits, text, candidates, self._settlements.words)
            known = self._known[hit.street]
            if choice is None:
                options += self._without_number(hit, known, tokens)
                continue
            for meaning in meanings(choice, known, text, flat):
                score = hit.score - choice.penalty - meaning.penalty
                if not hit.kinds and hit.street.kind != "ул" and self._street_lacks(hit.street, meaning.key):
                    score -= 0.08
                for house, away in self._settlements.fitting(known.get(meaning.key, ()), named):
                    options.append(Option(house, score - away, meaning.flat, meaning.is_near))
        return options

    def _street_lacks(self, street: Street, key: str) -> bool:
        """Say whether a street of the same name is served and lacks the house: «Советская 1» when the square has it."""
        return any(namesake.kind == "ул" and key not in self._known[namesake] for namesake in self._kinds[street.words])

    def _without_number(self, hit: Hit, known: Known, tokens: Sequence[Token]) -> list[Option]:
        """Offer all houses of a short street when the text is little more than its name."""
        if (hit.kinds or len(tokens) <= FEW_WORDS) and hit.score >= SURE and len(known) <= MOST_OFFERED:
            return [Option(house, 0.4) for houses in known.values() for house in houses]
        return []


def _best_of_each_house(options: Sequence[Option]) -> list[Option]:
    """Return the best option of each house, best first."""
    best: dict[int, Option] = {}
    for option in sorted(options, key=lambda option: -option.score):
        best.setdefault(option.house.id, option)
    return list(best.values())


def _is_doubtful(text: str, hit: Hit) -> bool:
    """Say whether the words around a street leave the house open: «или», «напротив»."""
    around, before = text[max(0, hit.start - 40) : hit.end + 40], text[max(0, hit.start - 25) : hit.start]
    return bool(_DOUBT.search(around) or _NOT_THERE.search(before))


def _offered(ranked: Sequence[Option], *, doubtful: bool) -> list[Option]:
    """Return the best option alone when it is sure and far ahead, else every option near the best."""
    top = ranked[0]
    is_ahead = len(ranked) > 1 and top.score - ranked[1].score >= APART and top.score >= SURE and not doubtful
    window = 1 if doubtful else WINDOW
    return [option for option in ranked[: 1 if is_ahead else None] if top.score - option.score <= window]


def _composed(text: str) -> str:
    """Return the text without compatibility signs; № stays, it would become «No»."""
    return "№".join(unicodedata.normalize("NFKC", part) for part in text.split("№"))


def prepared(text: str) -> str:
    """Return a text as `houses.recognition.address_parser` reads it: simple, numerals in digits, ordinals as "5-й"."""
    if not text.isupper():
        text = _CAPITAL.sub(r'"\1"', text)
    plain = simple(digits(text))
    plain = _SLASH.sub("/", plain)
    plain = _NAMED_LETTER.sub(lambda match: f'"{match[0].strip()[0]}"', plain)
    return _BUILDING_BEHIND.sub(r"\2 \1", ordinals(plain))


def _looks_like_address(text: str, tokens: Sequence[Token], candidates: Sequence[Number], seen: AddressFound) -> bool:
    """Say whether a text without a served street is an address all the same: a kind or «дом», and a number."""
    if not candidates:
        return False
    words = {token.word for token in tokens}
    if not words.isdisjoint(KINDS) or not words.isdisjoint(HOUSE_WORDS):
        return len(words) > 1
    return bool(seen.apartment) and any(len(word) > 3 and word.isalpha() for word in words)
