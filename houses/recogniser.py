"""Recognise one of the served houses in a resident's words. Pure once built.

A wrong house is the worst error, a brigade drives there. So only a street that is written right, with a number that
the register knows, is sure; a typo is asked back with one button, a close call with up to five.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import fuzz, process

from houses import details
from houses.address import KINDS, TOKEN, Number, Street, numbers, read_register, simple
from houses.types import AddressFound, House
from language.normalise import stem

MOST_OFFERED = 5
LIKE = 78.0  # of 100: a word that may be a street's name with a typo
SURE = 0.93  # score of a street below which the house is asked back
APART = 0.05  # how much better than the next street it must be
NEAR = 40  # characters between street and house number
ORDINALS = {"перв": "1", "втор": "2", "трет": "3", "четверт": "4", "пят": "5", "шест": "6"}


@dataclass(frozen=True, slots=True)
class Token:
    word: str
    stem: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A street seen in a text. score: 0..1; used: which tokens name it."""

    street: Street
    score: float
    used: tuple[Token, ...]


REMEMBERED = 64  # texts: one turn asks about the same text several times


class HouseRecogniser:
    """Implements `dialogs.types.Addresses` over a closed list of houses."""

    def __init__(self, houses: Iterable[House]) -> None:
        self._by_id = {house.id: house for house in houses}
        self._streets: dict[Street, dict[tuple[int, str], House]] = defaultdict(dict)
        for house in self._by_id.values():
            street, number = read_register(house.address)
            if street.words and number:
                self._streets[street][number.number, number.suffix] = house
        self._by_stem: dict[str, list[Street]] = defaultdict(list)
        for street in self._streets:
            self._by_stem[stem(street.words[-1])].append(street)
        self._lately = lru_cache(maxsize=REMEMBERED)(self._find)

    def get(self, house_id: int) -> House | None:
        return self._by_id.get(house_id)

    def find(self, text: str) -> AddressFound:
        """Return the houses a text may mean, best first, with flat, entrance and floor when it names them."""
        return self._lately(text[: details.MOST_TEXT])

    def _find(self, text: str) -> AddressFound:
        rest, seen = details.take(text)
        tokens = tokens_of(rest)
        hits = self._hits(tokens)
        if not hits:
            return seen
        houses, sure, flat = self._houses(hits, numbers(rest))
        return replace(seen, houses=houses[:MOST_OFFERED], sure=sure, apartment=seen.apartment or flat)

    # --- streets ---

    def _hits(self, tokens: Sequence[Token]) -> list[Hit]:
        """Return the streets named in a text, best first, one hit per street."""
        best: dict[Street, Hit] = {}
        for token in tokens:
            for street, likeness in self._named(token):
                hit = match(street, token, likeness, tokens)
                if hit and hit.score > best.get(street, NOTHING).score:
                    best[street] = hit
        return sorted(best.values(), key=lambda hit: -hit.score)

    def _named(self, token: Token) -> list[tuple[Street, float]]:
        """Return the streets whose last word this may be."""
        if token.word.isdigit() or len(token.word) < 3:
            return []
        if same := self._by_stem.get(token.stem):
            return [(street, 1.0 if street.words[-1] == token.word else 0.98) for street in same]
        if len(token.stem) < 4:
            return []
        alike = process.extract(token.stem, self._by_stem.keys(), scorer=fuzz.ratio, score_cutoff=LIKE, limit=3)
        return [(street, 0.9 * score / 100) for name, score, _ in alike for street in self._by_stem[name]]

    # --- houses ---

    def _houses(self, hits: Sequence[Hit], found: Sequence[Number]) -> tuple[tuple[House, ...], bool, str]:
        """Return houses, whether the first one is sure, and the flat written behind its number."""
        rated: list[tuple[float, House, str]] = []
        asked: list[House] = []
        for hit in hits:
            known = self._streets[hit.street]
            number, flat = house_number(hit, found)
            if number is None:
                asked += list(known.values()) if len(known) <= MOST_OFFERED else []
            elif exact := known.get((number.number, number.suffix)):
                rated.append((hit.score, exact, number.flat or flat))
            else:
                asked += [house for (plain, _), house in known.items() if plain == number.number]
        houses = list(dict.fromkeys([house for _, house, _ in rated] + asked))
        if not rated or rated[0][0] < hits[0].score - APART:
            return tuple(houses), False, ""
        clear = len(rated) == 1 or rated[0][0] - rated[1][0] >= APART
        sure = clear and rated[0][0] >= SURE
        return (rated[0][1],) if clear else tuple(houses), sure, rated[0][2] if clear else ""


NOTHING = Hit(Street("", ()), 0.0, ())


def tokens_of(text: str) -> list[Token]:
    """Return the words of a text with their places; ordinals in words become digits."""
    tokens = []
    for found in TOKEN.finditer(simple(text)):
        word = ORDINALS.get(stem(found.group()), found.group())
        tokens.append(Token(word, stem(word), found.start(), found.end()))
    return tokens


def match(street: Street, last: Token, likeness: float, tokens: Sequence[Token]) -> Hit | None:
    """Rate a street whose last word is `last`. Numerals must stand right before it; first names may be missing."""
    place = tokens.index(last)
    before = [token for token in tokens[max(0, place - 3) : place] if len(token.word) > 1 or token.word.isdigit()]
    used, score = [last], likeness
    for word in street.words[:-1]:
        same = next((token for token in before if token.word == word or token.stem == stem(word)), None)
        if same:
            used.append(same)
        elif word.isdigit() or any(other.isdigit() for other in street.words[:-1]):
            score -= 0.25  # «Садовая» may be the 1st or the 2nd: never sure
        else:
            score -= 0.03
    score += 0.06 * sum(token.word.isdigit() for token in used)
    score -= 0.3 * contradicts(street, last, before, tokens[place + 1 : place + 2])
    return Hit(street, score, tuple(used)) if score >= 0.55 else None


def contradicts(street: Street, last: Token, before: Sequence[Token], after: Sequence[Token]) -> bool:
    """Say whether the text names another kind of street, or the name in another gender: Ленинская, Ленинский."""
    for token in (*before[-1:], *before[-2:-1], *after):
        kind = KINDS.get(token.word)
        if kind and kind != street.kind and not (kind == "ул" and street.kind not in ("переулок", "проезд")):
            return True
    named, said = gender(street.words[-1]), gender(last.word)
    return bool(named and said and named != said)


def gender(word: str) -> str:
    """Return f or m for an adjective whose ending tells it, else ''."""
    if len(word) < 5:
        return ""
    if word.endswith(("ая", "яя", "ую", "юю", "ской", "ней")):
        return "f"
    return "m" if word.endswith(("ий", "ый", "ого", "его", "ому", "ском", "ним")) else ""


def house_number(hit: Hit, found: Sequence[Number]) -> tuple[Number | None, str]:
    """Return the number nearest behind the street's name, else nearest before it; and a number right behind it."""
    start, end = min(token.start for token in hit.used), max(token.end for token in hit.used)
    free = [one for one in found if not any(token.start < one.end and one.start < token.end for token in hit.used)]
    behind = [one for one in free if 0 <= one.start - end <= NEAR]
    if behind:
        flat = next((str(one.number) for one in behind[1:2] if one.start - behind[0].end <= 3 and not one.suffix), "")
        return behind[0], "" if behind[0].flat else flat
    ahead = [one for one in free if 0 <= start - one.end <= NEAR]
    return (ahead[-1], "") if ahead else (None, "")
