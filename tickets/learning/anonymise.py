"""Remove personal data from a resident's text, so that it can be stored as an example. Pure.

The convention worth knowing: removing too much is better than too little. A word stays only in two cases: the
dictionary knows it, and no name, surname, patronymic or place is spelled so; or the classifier's own examples have it,
misspelt or not (`personal_words.py`). Words about health never stay. A number stays only when it counts something
("2 дня").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from houses.recognition.street_kinds import HOUSE_WORDS, KINDS
from language.keyboard_layout import russian
from language.lemmas import dictionary
from language.normalise import STOP_WORDS, plain
from language.numerals import digits
from tickets.learning.personal_words import Around, forms_of, is_plain

MARK = "[*]"  # in place of removed words
MOST_TEXT = 1000  # characters
SIGNS, SIGNS_OF_AN_END = ",.!?;:()-–—…", ".!?…"
HIDDEN = "_"  # in place of a span until the words are looked at
_COUNTED_LIST = (
    "день дня дней сутки суток неделя недели недель месяц месяца месяцев год года лет час часа часов минут"
    " минуты раз раза градус градуса градусов градусах литр литра литров метр метра метров см мм"
)
_COUNTED = frozenset(_COUNTED_LIST.split())
_ON_THE_NET = re.compile(
    r"""[\w.+-]+\s*@\s*[\w-]+(?:\s*\.\s*[\w-]+){0,2}?\s*\.\s*(?:ru|su|com|org|net|info|by|kz|рф|ру|ком)\b
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)*                              # e-mail; above with blanks
    | (?:https?://|www\.|t\.me/|vk\.com/)\S+
    | @\s?\w+""",
    re.VERBOSE | re.IGNORECASE,
)
_SPANS = re.compile(
    r"""(?<!\w)(?:меня\s+зовут|зовут\s+меня|мо[её]\s+имя|обращаться|фио|фамилия)\s*[:—–-]?\s*\w+(?:\s+[\w.-]+){0,2}
    | (?<!\w)[А-ЯЁ]\.\s?(?:[А-ЯЁ]\.)?                             # initials
    | \+?\d[\d\s()\-–—.,/:]*\d[\d\s()\-–—]*\d                     # phones, accounts, dates: three digits and more""",
    re.VERBOSE | re.IGNORECASE,
)
_TOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d\w*(?:-\w+)*|[^\w\s]|_")
_BEFORE_A_SIGN = re.compile(r"\s+(?=[,.;:!?)])")
_MARKS = re.compile(rf"{re.escape(MARK)}(?:[\s,.:;()№#/-]*{re.escape(MARK)})+")


def without_private(text: str, known: Iterable[str] = ()) -> str:
    """Return the text with `MARK` in place of personal data; '' when no word with a meaning is left.

    known: facts about the resident, each in any form: name, address.
    """
    russian_text = russian(_ON_THE_NET.sub(_hide, text[:MOST_TEXT]))  # hidden before: "mail" would become "маил"
    hidden = _SPANS.sub(_hide, digits(russian_text))
    theirs = forms_of(known)
    tokens = list(_TOKEN.finditer(hidden))
    redacted = [_redacted(tokens, place, hidden, theirs) for place in range(len(tokens))]
    joined = "".join(_spaced(tokens, redacted, hidden)).strip()
    result = _BEFORE_A_SIGN.sub("", _MARKS.sub(MARK, joined))
    meant = [word for word in plain(result.replace(MARK, " ")).split() if word not in STOP_WORDS]
    return result if meant else ""


def _hide(match: re.Match[str]) -> str:
    return f" {HIDDEN} "


def _spaced(tokens: list[re.Match[str]], redacted: list[str], text: str) -> Iterator[str]:
    """Yield the tokens with the blanks between them; all other signs were tokens."""
    for place, token in enumerate(redacted):
        gap = _gap(tokens, place, text)
        yield "\n" if "\n" in gap else " " if gap or token == MARK else ""
        yield token


def _gap(tokens: list[re.Match[str]], place: int, text: str) -> str:
    """Return the characters between a token and the one before it."""
    return text[tokens[place - 1].end() : tokens[place].start()] if place else ""


def _redacted(tokens: list[re.Match[str]], place: int, text: str, theirs: frozenset[str]) -> str:
    """Return a token, or `MARK` when it is personal, or '' for a sign that is dropped."""
    word = tokens[place][0]
    if word == HIDDEN:
        return MARK
    if word[0].isdigit():
        return word if _counts(tokens, place) else MARK
    if not word[0].isalpha():
        return word if word in SIGNS else ""
    around = Around(
        capital=word[0].isupper() and not word.isupper(),
        begins=place == 0 or tokens[place - 1][0] in SIGNS_OF_AN_END or "\n" in _gap(tokens, place, text),
        apart=_is_apart(tokens, place),
        lacks=_lacks(tokens, place),
    )
    parts = [plain(part) for part in word.split("-")]
    every = (is_plain(part, around, theirs) for part in parts)
    return word if all(every) and not _names_a_street(tokens, place) else MARK


def _is_apart(tokens: list[re.Match[str]], place: int) -> bool:
    behind = tokens[place + 1][0] if place + 1 < len(tokens) else ""
    return not behind[:1].isalpha() or plain(behind) == "нет"


def _lacks(tokens: list[re.Match[str]], place: int) -> bool:
    """Say whether "нет" behind a word means that the word is missing: "Света нет в доме", not "Света нет воды"."""
    behind = [plain(token[0]) for token in tokens[place + 1 : place + 3]]
    if behind[:1] != ["нет"]:
        return False
    after = behind[1] if len(behind) == 2 else ""
    return after in STOP_WORDS or not after or all("gent" not in parse.tag for parse in dictionary().parse(after))


def _counts(tokens: list[re.Match[str]], place: int) -> bool:
    """Say whether a number of one or two digits counts the word behind it."""
    number = re.fullmatch(r"(\d{1,2})(?:-?[йяех]|-го|-ый|-ой)?", tokens[place][0])
    return bool(number) and place + 1 < len(tokens) and plain(tokens[place + 1][0]) in _COUNTED


def _names_a_street(tokens: list[re.Match[str]], place: int) -> bool:
    """Say whether a word names a street: an adjective beside "улица", or one with a house number behind it."""
    word = plain(tokens[place][0])
    written = [tokens[number][0] if 0 <= number < len(tokens) else "" for number in range(place - 2, place + 4)]
    around = ["0" if token == HIDDEN else plain(token) for token in written]  # a hidden span may be "5-17"
    before, behind = list(filter(None, around[:2]))[-1:], list(filter(None, around[3:]))
    if word in KINDS or word in HOUSE_WORDS:
        return False
    if before and before[0] in KINDS and _is_adjective(word):
        return True
    if behind and behind[0] in KINDS and _is_adjective(word):
        return True
    numbered = [token for token in behind if token not in HOUSE_WORDS][:1]
    is_counted = any(token in _COUNTED for token in behind)
    return bool(numbered) and numbered[0][:1].isdigit() and _is_adjective(word) and not is_counted


@lru_cache(maxsize=4096)
def _is_adjective(word: str) -> bool:
    return any("ADJF" in parse.tag.grammemes for parse in dictionary().parse(word)[:2])
