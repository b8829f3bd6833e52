"""Streets of the register, found in a resident's words. Pure once built."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from houses.recognition import flat_entrance_floor
from houses.recognition.address_parser import TOKEN, Street
from houses.recognition.street_kinds import HOUSE_WORDS, KINDS, PLACES, SMALL
from houses.recognition.typos import Typos, is_like
from language.lemmas import dictionary, is_known, lemma
from language.name_dictionary import readings
from language.normalise import stem

LEAST = 0.5  # score of a street that is worth a thought
NEAR_TOKENS = 3  # a word with a typo is a street only so near to a number or a kind
SHORT_TEXT = 6  # tokens: here every word may be a street with a typo
MOST_MATCHES = 100  # of a text; who names more streets is not giving an address
MOST_HITS = 16
LIMIT = 24  # streets of one name that are looked at
_TITLES_LIST = (
    "академика маршала генерала адмирала капитана героя летчика космонавта профессора доктора лейтенанта имени"
)
TITLES = frozenset(_TITLES_LIST.split())
PREPOSITIONS = frozenset(("на", "в", "во", "по", "с", "со", "у", "из", "от", "к", "ко", "около", "возле", "напротив"))
_QUALIFIERS = ("больш", "мал", "нов", "стар", "верхн", "нижн", "средн", "северн", "южн", "западн", "восточн", "дальн")


@dataclass(frozen=True, slots=True)
class Token:
    word: str  # digits without the ending of an ordinal
    start: int
    end: int
    ordinal: bool = False

    @property
    def is_number(self) -> bool:
        return self.word[0].isdigit()


@dataclass(frozen=True, slots=True)
class Hit:
    """A street seen in a text. score: 0..1; first..last: the tokens that name it, kinds left out."""

    street: Street
    score: float
    first: int
    last: int
    start: int  # in the text
    end: int
    kinds: frozenset[str]  # that were said


def tokens_of(text: str) -> list[Token]:
    """Return the words of a simple text with their places."""
    return [
        Token(
            found[0].removesuffix("-й"), found.start(), found.end(), found[0].endswith("-й") and found[0][0].isdigit()
        )
        for found in TOKEN.finditer(text)
    ]


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
        """Return the streets that a text may mean; beside: digits and roots of the words around the name."""
        same = [street for word in beside if word in self._by_word for street in self._by_word[word]]
        return [*self._short[:LIMIT], *dict.fromkeys(same[:LIMIT] + self._long[:LIMIT])]


class Streets:
    """The names of all streets, looked up by their last word. places: words of settlements, no parts of a name."""

    def __init__(self, streets: Iterable[Street], places: Iterable[str] = ()) -> None:
        self._place_roots = frozenset(map(root, places))
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
        found: list[Hit] = []
        anchors = [n for n, one in enumerate(tokens) if one.is_number or one.word in KINDS or one.word in HOUSE_WORDS]
        for place, token in enumerate(tokens):
            if token.is_number or (len(token.word) < 3 and token.word not in KINDS):
                continue
            near = len(tokens) <= SHORT_TEXT or any(abs(place - anchor) <= NEAR_TOKENS for anchor in anchors)
            if len(found) > MOST_MATCHES:
                break
            for street, likeness in self._named(text, tokens, place, near=near):
                hit = match(street, place, likeness, text, tokens, self._place_roots)
                if hit is not None:
                    found.append(hit)
        return _longest(found)[:MOST_HITS]

    def _named(self, text: str, tokens: Sequence[Token], place: int, *, near: bool) -> list[tuple[Street, float]]:
        """Return the streets whose last word stands at a place."""
        word = tokens[place].word
        around = (*tokens[max(0, place - 3) : place], *tokens[place + 1 : place + 2])
        beside = frozenset(one.word if one.is_number else root(one.word) for one in around)
        if word in KINDS:
            word = KINDS[word]
        if (names := self._names.get(root(word))) is not None:
            preposed = place > 0 and tokens[place - 1].word in PREPOSITIONS
            fitting = names.fitting(beside)
            if not any(one.words[-1] == word for one in fitting):
                preposed = True  # «Школьной» can be but of Школьная
            return [(one, likeness(word, one.words[-1], preposed=preposed)) for one in fitting]
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
        found: list[str] = []
        while place < len(self._sorted) and self._sorted[place].startswith(start) and len(found) <= LIMIT:
            found.append(self._sorted[place])
            place += 1
        return found if len(found) <= 3 else []


def _longest(found: list[Hit]) -> list[Hit]:
    """Leave out names inside longer names: «Победы» in «40 лет Победы»; one hit per street and place."""
    found.sort(key=lambda hit: (-hit.score, hit.first))
    kept: list[Hit] = []
    for hit in found:
        longer = any(
            (other.first <= hit.first and hit.last <= other.last)
            and (other.last - other.first > hit.last - hit.first)
            and other.score >= hit.score - 0.06
            for other in found
        )
        again = any(other.street == hit.street and other.last == hit.last for other in kept)
        if not longer and not again:
            kept.append(hit)
    return kept


# --- one street ---


def match(
    street: Street,
    place: int,
    likeness: float,
    text: str,
    tokens: Sequence[Token],
    place_roots: frozenset[str] = frozenset(),
) -> Hit | None:
    """Rate a street whose last word stands at a place, by the words around it."""
    score, first, last, said = likeness, place, place, 0
    if likeness > 1.5:  # the whole name in one word: «хошимина»
        score, said = likeness - len(street.words), len(street.words)
    for word in reversed(street.words[:-1] if not said else ()):
        before = _kind_skipped(tokens, first - 1) if word.isdigit() else first - 1
        if before >= 0 and _joins(text, tokens, before) and (same := _says(tokens[before], word, text)):
            first, score = before, score - (1 - same)
        elif last + 1 < len(tokens) and _stands_behind(word, text, tokens, last):
            last += 1
        else:
            score -= 0.03 if is_personal(word) else 0.28
    if score < LEAST or _is_denied(tokens, first):
        return None
    kinds = _kinds(text, tokens, first, last)
    if place == last and KINDS.get(tokens[place].word) == street.words[-1]:
        kinds -= {street.words[-1]}
    score -= _kind_penalty(street, kinds)
    if first == 0 or root(tokens[first - 1].word) not in place_roots:
        score -= _extra(text, tokens, first)
    if score < LEAST:
        return None
    return Hit(street, score, first, last, tokens[first].start, tokens[last].end, kinds)


def _kind_skipped(tokens: Sequence[Token], place: int) -> int:
    """«4-я ул. Садовая»: the numeral stands before the kind."""
    return place - 1 if place > 0 and tokens[place].word in KINDS and tokens[place - 1].ordinal else place


def _joins(text: str, tokens: Sequence[Token], place: int) -> bool:
    """Say whether a token and the next one stand together: blanks, a dot or a hyphen between them."""
    return text[tokens[place].end : tokens[place + 1].start].strip() in ("", ".", "-", '"', "«")


def _says(token: Token, word: str, text: str) -> float:
    """How well a token stands for a word of a name: 0, or up to 1. Initials and shortened words do."""
    if token.word == word:
        return 1.0
    if word.isdigit() or token.is_number:
        return 0.0
    dotted = text[token.end : token.end + 1] == "."
    if word.startswith(token.word) and (
        dotted or (len(token.word) == 1 and token.word not in ("в", "с", "у", "к", "и"))
    ):
        return 0.99
    if len(token.word) < 3:
        return 0.0
    if root(token.word) == root(word):
        return 0.99 if gender_of(word) in ("", *genders(token.word)) else 0.6
    if len(word) >= 5 and is_like(root(token.word), root(word)) and not is_known(token.word):
        return 0.9
    return 0.0


def _stands_behind(word: str, text: str, tokens: Sequence[Token], last: int) -> bool:
    """«Садовая 2-я», «Маркса Карла», «квартал 7»: the word stands behind the name."""
    token = tokens[last + 1]
    if token.word != word or "," in text[tokens[last].end : token.start]:
        return False
    if not word.isdigit():
        return True
    after = tokens[last + 2].word if last + 2 < len(tokens) else ""
    return (token.ordinal and after not in HOUSE_WORDS) or tokens[last].word in KINDS


def _is_denied(tokens: Sequence[Token], first: int) -> bool:
    """«это не 40 лет Победы», «не на Ленина»."""
    before = [token.word for token in tokens[max(0, first - 2) : first]]
    return before[-1:] == ["не"] or (before[:1] == ["не"] and before[-1] in ("на", "по", "в", "с", "это"))


def _kinds(text: str, tokens: Sequence[Token], first: int, last: int) -> frozenset[str]:
    """Return the kinds said right before and right behind a name."""
    places = [place for place in (first - 1, last + 1) if 0 <= place < len(tokens)]
    if last > first and tokens[first].is_number:
        places += [place for place in range(first + 1, last) if tokens[place].word in KINDS]
    said = set()
    for place in places:
        kind = KINDS.get(tokens[place].word)
        between = text[tokens[last].end : tokens[place].start] if place > last else ""
        if kind and "," not in between and "\n" not in between:
            said.add(kind)
            if tokens[place].word == "пр":
                said.add("проезд")
    return frozenset(said)


def _kind_penalty(street: Street, said: frozenset[str]) -> float:
    """An explicit kind decides; a bare name is the street, not the lane."""
    if street.kind in said:
        return 0.0
    if not said:
        return 0.1 if street.kind in SMALL else 0.0
    if not street.kind:
        return 0.0 if said == {"ул"} else 0.2
    if street.kind == "ул" and said & {"площадь", "микрорайон", "квартал"}:
        return 0.3
    return 0.15 if said == {"ул"} and street.kind not in SMALL else 0.3


def _extra(text: str, tokens: Sequence[Token], first: int) -> float:
    """Return the penalty for a word before the name that makes it another name: «4-я Садовая», «Новая Садовая»."""
    place = first - 1
    if place < 0:
        return 0.0
    if tokens[place].word in KINDS and place > 0 and tokens[place - 1].ordinal:
        place -= 1
    elif not _joins(text, tokens, place):
        return 0.0
    token = tokens[place]
    if token.is_number:
        return 0.4 if token.ordinal else 0.0
    if token.word == "лет" or token.word.endswith(("летия", "летие")):
        return 0.4
    if len(token.word) > 4 and token.word.startswith(_QUALIFIERS) and is_adjective(token.word):
        return 0.4
    dotted = text[token.end : token.end + 1] == "."
    if len(token.word) == 1 and dotted and token.word not in PLACES and token.word not in KINDS:
        return 0.08  # another initial than the street has
    if token.word in KINDS or len(token.word) < 3 or token.word == "имени":
        return 0.0
    if "\n" in text[token.end : tokens[place + 1].start] and any(one.case == "nomn" for one in readings(token.word)):
        return 0.0  # a line that ends with somebody's name
    return 0.08 if is_personal(token.word) else 0.0


# --- words ---


def likeness(said: str, name: str, *, preposed: bool = False) -> float:
    """How well a word in some case stands for a name of the same stem; preposed: a preposition stands before it."""
    if gender_of(name):
        if preposed and said == name and name.endswith("ой"):
            return 0.8  # «на Лесной» is of Лесная
        if said == name:
            return 1.0
        same = gender_of(name) in genders(said)
        if not preposed and said.endswith("ой"):
            return 0.9 if same else 0.6
        return 0.99 if same else 0.6
    if said == name:
        return 1.0
    return 0.98 if lemma(name) == name and lemma(said) == name else 0.85


_ENDINGS = {
    "f": ("ая", "яя", "ую", "юю", "ой", "ей"),
    "m": ("ий", "ый", "ого", "его", "ому", "ему", "ом", "ем", "ым", "им"),
    "n": ("ое", "ее", "ого", "его", "ому", "ему", "ом", "ем", "ым", "им"),
    "p": ("ые", "ие", "ых", "их"),
}
_ADJECTIVE = frozenset(ending for endings in _ENDINGS.values() for ending in endings) | {"ыми", "ими"}


@lru_cache(maxsize=16384)
def genders(word: str) -> frozenset[str]:
    """Return the genders (f, m, n, p) that an adjective's ending allows in any case."""
    return frozenset(gender for gender, ends in _ENDINGS.items() if word.endswith(ends))


@lru_cache(maxsize=16384)
def gender_of(name: str) -> str:
    """Return the gender of an adjective in the nominative, '' of any other word."""
    if len(name) < 5:
        return ""
    ends = {"ая": "f", "яя": "f", "ий": "m", "ый": "m", "ой": "m", "ое": "n", "ее": "n", "ые": "p", "ие": "p"}
    return ends.get(name[-2:], "")


@lru_cache(maxsize=16384)
def root(word: str) -> str:
    """Cut the ending of an adjective, else of any word, so that all cases of a name meet."""
    for size in (3, 2):
        if len(word) - size >= 3 and word[-size:] in _ADJECTIVE:
            return word[:-size]
    return stem(word)


@lru_cache(maxsize=16384)
def is_adjective(word: str) -> bool:
    """Say whether a word is declined as an adjective; «Горького» and the like are names in the genitive."""
    return len(word) >= 5 and bool(genders(word))


@lru_cache(maxsize=8192)
def is_personal(word: str) -> bool:
    """Say whether a word of a street's name is a person's title or first name, which people leave out."""
    return word in TITLES or is_first_name(word)


@lru_cache(maxsize=8192)
def is_first_name(word: str) -> bool:
    """Say whether a word is a first name in the genitive: «Максима»."""
    return is_known(word) and any("Name" in one.tag and "gent" in one.tag for one in dictionary().parse(word))
