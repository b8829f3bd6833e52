"""Find the settlement that a text names and the houses that lie there. Pure once built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from houses.recognition.street_kinds import SETTLEMENT_KINDS
from houses.recognition.street_match import Hit
from houses.recognition.tokens import Token
from houses.types import House
from language.lemmas import dictionary, is_known
from language.normalise import stem

DOUBTFUL_PENALTY = 0.1  # of a house whose town may be another one; the resident is asked
CLOSE = 2  # tokens between a settlement without its kind and the street or the number
_BEFORE = 6  # tokens before the street where a town is looked for
_TOWN_ENDS = ("ск", "град", "бург", "горск", "поль")
_RURAL_LIST = "с село селе села дер деревня деревне деревни пос поселок поселке поселка х хутор ст станица аул пгт рп"
_RURAL = frozenset(_RURAL_LIST.split())
_TOWN = frozenset(("г", "гор", "город", "городе", "города"))


@dataclass(frozen=True, slots=True)
class Named:
    """The settlement a text names.

    known: settlements of the register. own: the town itself. foreign: another settlement. doubtful: perhaps another.
    """

    known: frozenset[str] = frozenset()
    own: bool = False
    foreign: bool = False
    doubtful: bool = False


NOWHERE = Named()


class Settlements:
    """Settlements of the register. of_house: by house id, only houses that have some. total: number of all houses."""

    def __init__(self, of_house: Mapping[int, tuple[str, ...]], total: int, towns: Iterable[str] = ()) -> None:
        self._of_house = of_house
        self._by_stems: dict[tuple[str, ...], str] = {}
        for settlement in {settlement for settlements in of_house.values() for settlement in settlements}:
            self._by_stems[_stems(settlement.split())] = settlement
        self._longest = max(map(len, self._by_stems), default=0)
        self._all_placed = bool(total) and len(of_house) == total
        self._towns = frozenset(_stems(town.lower().replace("ё", "е").split()) for town in towns)
        self.words = frozenset(word for settlement in self._by_stems.values() for word in settlement.split())

    def named(self, text: str, tokens: Sequence[Token], hits: Sequence[Hit]) -> Named:
        """Return the settlement that a simple text names beside its streets."""
        used = {place for hit in hits if hit.score > 0.7 for place in range(hit.first, hit.last + 1)}
        known = self._known(tokens, used, hits)
        if known:
            return Named(known=known)
        for place, token in enumerate(tokens[:-1]):
            if place in used or place + 1 in used or tokens[place + 1].is_number:
                continue
            if token.word in _TOWN | _RURAL and len(tokens[place + 1].word) > 2:
                if len(token.word) < 3 and text[token.end : token.end + 1] != ".":
                    continue
                return self._marked(token.word, tokens[place + 1].word)
        first = min((hit.first for hit in hits), default=0)
        for place in range(max(0, first - _BEFORE), first):
            if place not in used and (named := self._bare(tokens[place].word, text[tokens[place].end :].lstrip()[:1])):
                return named
        return NOWHERE

    def _known(self, tokens: Sequence[Token], used: set[int], hits: Sequence[Hit]) -> frozenset[str]:
        settlements = set()
        for size in range(1, self._longest + 1):
            for start in range(len(tokens) - size + 1):
                settlement = self._by_stems.get(_stems([token.word for token in tokens[start : start + size]]))
                if settlement is None or used & set(range(start, start + size)):
                    continue
                called = start > 0 and tokens[start - 1].word in SETTLEMENT_KINDS
                near = any(hit.first - CLOSE - size <= start <= hit.last + CLOSE + 1 for hit in hits)
                if called or near:
                    settlements.add(settlement)
        return frozenset(settlements)

    def _marked(self, kind: str, word: str) -> Named:
        """Judge a settlement that is named with its kind and is not in the register: «г. Самара», «с. Берёзовка»."""
        if (stem(word),) in self._towns:
            return Named(own=True)
        if kind in _RURAL or self._all_placed:
            return Named(foreign=True)
        return Named(doubtful=True) if is_town(word) else Named(own=True)

    def _bare(self, word: str, sign: str) -> Named | None:
        """Judge a word without a kind; None when it is no settlement. sign: the character behind it."""
        if (stem(word),) in self._towns:
            return Named(own=True)
        if word.isalpha() and len(word) > 3:
            if is_town(word):
                return Named(foreign=True) if self._all_placed or sign == "," else Named(doubtful=True)
            if word.endswith(_TOWN_ENDS) and not is_known(word):
                return Named(foreign=True) if self._all_placed else Named(own=True)
        return None

    def fitting(self, houses: Iterable[House], named: Named) -> list[tuple[House, float]]:
        """Return the houses that lie in the named settlement, with a penalty when it may be another one."""
        if named.foreign:
            return []
        penalty = DOUBTFUL_PENALTY if named.doubtful else 0.0
        rows = [(house, frozenset(self._of_house.get(house.id, ()))) for house in houses]
        if named.known:
            rows = [(house, settlements) for house, settlements in rows if named.known <= settlements]
            least = min((len(settlements - named.known) for _, settlements in rows), default=0)
            rows = [(house, settlements) for house, settlements in rows if len(settlements - named.known) == least]
        elif named.own and any(not settlements for _, settlements in rows):
            rows = [(house, settlements) for house, settlements in rows if not settlements]
        return [(house, penalty) for house, _ in rows]


def _stems(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(stem(word) for word in words)


def is_town(word: str) -> bool:
    """Say whether the dictionary has a word as a town or a region in the nominative, and not as a name."""
    if not is_known(word):
        return False
    tags = [parse.tag for parse in dictionary().parse(word)]
    return any("Geox" in tag and "nomn" in tag for tag in tags) and not any(
        "Name" in tag or "Surn" in tag or "ADJF" in tag for tag in tags
    )
