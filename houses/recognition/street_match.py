"""Rate one street whose last word stands in a text, by the words around it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from houses.recognition.address_parser import Street
from houses.recognition.street_kinds import HOUSE_WORDS, KINDS, SETTLEMENT_KINDS, SMALL
from houses.recognition.street_words import gender_of, genders, is_adjective, is_personal, root
from houses.recognition.tokens import Token
from houses.recognition.typos import is_like
from language.lemmas import is_known
from language.name_dictionary import readings

LEAST = 0.5  # score below which a street is dropped
_QUALIFIERS = ("больш", "мал", "нов", "стар", "верхн", "нижн", "средн", "северн", "южн", "западн", "восточн", "дальн")


@dataclass(frozen=True, slots=True)
class Hit:
    """A street named in a text. score: 0..1. first, last: the tokens that name it, without its kind."""

    street: Street
    score: float
    first: int
    last: int
    start: int  # in the text
    end: int
    kinds: frozenset[str]  # kinds named beside the street


def match(
    street: Street,
    place: int,
    likeness: float,
    text: str,
    tokens: Sequence[Token],
    settlement_roots: frozenset[str] = frozenset(),
) -> Hit | None:
    """Rate a street whose last word stands at a place, by the words around it."""
    if likeness > 1.5:  # the whole name in one word: «хошимина»
        score, first, last = likeness - len(street.words), place, place
    else:
        score, first, last = _with_other_words(street, place, likeness, text, tokens)
    if score < LEAST or _is_denied(tokens, first):
        return None
    kinds = _kinds(text, tokens, first, last)
    if place == last and KINDS.get(tokens[place].word) == street.words[-1]:
        kinds -= {street.words[-1]}
    score -= _kind_penalty(street, kinds)
    if first == 0 or root(tokens[first - 1].word) not in settlement_roots:
        score -= _extra(text, tokens, first)
    if score < LEAST:
        return None
    return Hit(street, score, first, last, tokens[first].start, tokens[last].end, kinds)


def _with_other_words(
    street: Street, place: int, score: float, text: str, tokens: Sequence[Token]
) -> tuple[float, int, int]:
    """Return the score after looking for the other words of a name around the last one, and the tokens they span."""
    first, last = place, place
    for word in reversed(street.words[:-1]):
        before = _kind_skipped(tokens, first - 1) if word.isdigit() else first - 1
        if before >= 0 and _joins(text, tokens, before) and (same := _says(tokens[before], word, text)):
            first, score = before, score - (1 - same)
        elif last + 1 < len(tokens) and _stands_behind(word, text, tokens, last):
            last += 1
        else:
            score -= 0.03 if is_personal(word) else 0.28
    return score, first, last


def _kind_skipped(tokens: Sequence[Token], place: int) -> int:
    """Return the place of a numeral, which may stand before the kind: «4-я ул. Садовая»."""
    return place - 1 if place > 0 and tokens[place].word in KINDS and tokens[place - 1].ordinal else place


def _joins(text: str, tokens: Sequence[Token], place: int) -> bool:
    """Say whether a token and the next one stand together: blanks, a dot or a hyphen between them."""
    return text[tokens[place].end : tokens[place + 1].start].strip() in ("", ".", "-", '"', "«")


def _says(token: Token, word: str, text: str) -> float:
    """Return how well a token stands for a word of a name, 0..1. Initials and shortened words count too."""
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
    """Say whether a word stands behind the name: «Садовая 2-я», «Маркса Карла», «квартал 7»."""
    token = tokens[last + 1]
    if token.word != word or "," in text[tokens[last].end : token.start]:
        return False
    if not word.isdigit():
        return True
    after = tokens[last + 2].word if last + 2 < len(tokens) else ""
    return (token.ordinal and after not in HOUSE_WORDS) or tokens[last].word in KINDS


def _is_denied(tokens: Sequence[Token], first: int) -> bool:
    """Say whether a name is denied: «это не 40 лет Победы», «не на Ленина»."""
    before = [token.word for token in tokens[max(0, first - 2) : first]]
    return before[-1:] == ["не"] or (before[:1] == ["не"] and before[-1] in ("на", "по", "в", "с", "это"))


def _kinds(text: str, tokens: Sequence[Token], first: int, last: int) -> frozenset[str]:
    """Return the kinds that stand right before and right behind a name."""
    places = [place for place in (first - 1, last + 1) if 0 <= place < len(tokens)]
    if last > first and tokens[first].is_number:
        places += [place for place in range(first + 1, last) if tokens[place].word in KINDS]
    kinds = set()
    for place in places:
        kind = KINDS.get(tokens[place].word)
        between = text[tokens[last].end : tokens[place].start] if place > last else ""
        if kind and "," not in between and "\n" not in between:
            kinds.add(kind)
            if tokens[place].word == "пр":
                kinds.add("проезд")
    return frozenset(kinds)


def _kind_penalty(street: Street, kinds: frozenset[str]) -> float:
    """Return the penalty for other kinds than the street's. A bare name means the street, not the lane."""
    if street.kind in kinds:
        return 0.0
    if not kinds:
        return 0.1 if street.kind in SMALL else 0.0
    if not street.kind:
        return 0.0 if kinds == {"ул"} else 0.2
    if street.kind == "ул" and kinds & {"площадь", "микрорайон", "квартал"}:
        return 0.3
    return 0.15 if kinds == {"ул"} and street.kind not in SMALL else 0.3


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
    if len(token.word) == 1 and dotted and token.word not in SETTLEMENT_KINDS and token.word not in KINDS:
        return 0.08  # another initial than the street has
    if token.word in KINDS or len(token.word) < 3 or token.word == "имени":
        return 0.0
    if "\n" in text[token.end : tokens[place + 1].start] and any(
        reading.case == "nomn" for reading in readings(token.word)
    ):
        return 0.0  # a line that ends with a person's name
    return 0.08 if is_personal(token.word) else 0.0
