"""Find the streets of the register in a text. Pure once built."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from houses.recognition import flat_entrance_floor
from houses.recognition.address_parser import Street
from houses.recognition.street_kinds import HOUSE_WORDS, KINDS
from houses.recognition.street_match import Hit, match
from houses.recognition.street_words import likeness, root
from houses.recognition.tokens import Token
from houses.recognition.typos import Typos
from language.lemmas import is_known

NEAR_TOKENS = 3  # a word with a typo may be a street only within so many tokens of a number or a kind
SHORT_TEXT = 6  # tokens; in a text so short every word may be a street with a typo
MOST_MATCHES = 100  # of a text; a text that names more streets is no address
MOST_HITS = 16
LIMIT = 24  # streets of one name that are compared
PREPOSITIONS = frozenset(("на", "в", "во", "по", "с", "со", "у", "из", "от", "к", "ко", "около", "возле", "напротив"))


class _Namesakes:
    """Streets with the same last word, of which there may be hundreds: «1-я линия», «2-я линия», …"""

    def __init__(self) -> None:
        self._short: list[Street] = []  # of one word
        self._by_word: dict[str, list[Street]] = defaultdict(list)  # by the numeral, else by the root of any other word
        self._long: list[Street] = []

    def add(self, street: Street, numerals: Sequence[str]) -> None:
        if len(street.words) == 1:
            self._short.append(street)
            return
        self._long.append(street)
        for word in numerals or map(root, street.words[:-1]):
            self._by_word[word].append(street)

    def fitting(self, beside: frozenset[str]) -> list[Street]:
        """Return the streets that a text may mean. beside: digits and roots of the words around the name."""
        same = [street for word in beside if word in self._by_word for street in self._by_word[word]]
        return [*self._short[:LIMIT], *dict.fromkeys(same[:LIMIT] + self._long[:LIMIT])]


class Streets:
    """The names of all streets, looked up by their last word. settlement_words: words that are no part of a name."""

    def __init__(self, streets: Iterable[Street], settlement_words: Iterable[str] = ()) -> None:
        self._settlement_roots = frozenset(map(root, settlement_words))
        self._names: dict[str, _Namesakes] = defaultdict(_Namesakes)
        self._joined: dict[str, list[Street]] = defaultdict(list)
        self._roots: dict[str, str] = {}  # of the names' last words
        self.dated: set[tuple[str, str]] = set()
        for street in streets:
            *before, last = street.words
            numerals = tuple(word for word in before if word.isdigit())
            self._names[root(last)].add(street, numerals)
            self._roots[last] = root(last)
            if len(before) > 0 and not numerals:
                self._joined["".join(street.words)].append(street)
            if len(before) == 1 and numerals and last in flat_entrance_floor.MONTHS:
                self.dated.add((before[0], last))
        self._roots |= {name: name for name in self._names}
        self._typos = Typos(self._roots)
        self._sorted = sorted(self._names)

    def hits(self, text: str, tokens: Sequence[Token]) -> list[Hit]:
        """Return the streets named in a simple text, best first, one hit per street and place."""
        hits: list[Hit] = []
        anchors = [
            n for n, token in enumerate(tokens) if token.is_number or token.word in KINDS or token.word in HOUSE_WORDS
        ]
        for place, token in enumerate(tokens):
            if token.is_number or (len(token.word) < 3 and token.word not in KINDS):
                continue
            near = len(tokens) <= SHORT_TEXT or any(abs(place - anchor) <= NEAR_TOKENS for anchor in anchors)
            if len(hits) > MOST_MATCHES:
                break
            for street, score in self._named(text, tokens, place, near=near):
                hit = match(street, place, score, text, tokens, self._settlement_roots)
                if hit is not None:
                    hits.append(hit)
        return _longest(hits)[:MOST_HITS]

    def _named(self, text: str, tokens: Sequence[Token], place: int, *, near: bool) -> list[tuple[Street, float]]:
        """Return the streets whose last word stands at a place, each with the likeness of that word."""
        word = tokens[place].word
        around = (*tokens[max(0, place - 3) : place], *tokens[place + 1 : place + 2])
        beside = frozenset(token.word if token.is_number else root(token.word) for token in around)
        if word in KINDS:
            word = KINDS[word]
        if (names := self._names.get(root(word))) is not None:
            preposed = place > 0 and tokens[place - 1].word in PREPOSITIONS
            fitting = names.fitting(beside)
            if not any(street.words[-1] == word for street in fitting):
                preposed = True  # «Школьной» can only be a case of Школьная
            return [(street, likeness(word, street.words[-1], preposed=preposed)) for street in fitting]
        if joined := self._joined.get(word):
            return [(street, 0.97 + len(street.words)) for street in joined]
        if not near or word in KINDS or word in HOUSE_WORDS:
            return []
        if text[tokens[place].end : tokens[place].end + 1] == "." and (begun := self._begun(word)):
            return [(street, 0.9) for name in begun for street in self._names[name].fitting(beside)]
        if len(word) < 4 or is_known(word):
            return []
        alike: dict[str, float] = {}
        for name, score in (*self._typos.near(word), *self._typos.near(root(word))):
            alike[self._roots[name]] = max(score, alike.get(self._roots[name], 0.0))
        best = sorted(alike, key=lambda name: -alike[name])[:4]
        return [(street, 0.9 * alike[name]) for name in best for street in self._names[name].fitting(beside)]

    def _begun(self, start: str) -> list[str]:
        """Return the names that begin so: «Моск.»; none when there are many."""
        place = bisect_left(self._sorted, start)
        names: list[str] = []
        while place < len(self._sorted) and self._sorted[place].startswith(start) and len(names) <= LIMIT:
            names.append(self._sorted[place])
            place += 1
        return names if len(names) <= 3 else []


def _longest(hits: list[Hit]) -> list[Hit]:
    """Leave out names inside longer names: «Победы» in «40 лет Победы»; one hit per street and place."""
    hits.sort(key=lambda hit: (-hit.score, hit.first))
    result: list[Hit] = []
    for hit in hits:
        longer = any(
            (other.first <= hit.first and hit.last <= other.last)
            and (other.last - other.first > hit.last - hit.first)
            and other.score >= hit.score - 0.06
            for other in hits
        )
        again = any(other.street == hit.street and other.last == hit.last for other in result)
        if not longer and not again:
            result.append(hit)
    return result
