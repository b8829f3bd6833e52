"""The name a resident gives: introduced ("меня зовут", "это", "от"), or standing by itself, as beside a phone.

Pure. Names come out in the nominative, in the words of the text: as a person is addressed ("Оксана Ковальчук"), with a
patronymic in the order of the text. A name that may be a street's, another person's or the reader's is none: a wrong
name in a ticket is worse than the one the channel knows.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from dialogs.extraction import name_cues, phones
from language.keyboard_layout import russian
from language.lemmas import is_known
from language.name_dictionary import (
    NAME,
    SURNAME,
    Reading,
    agreed,
    is_feminine,
    is_mostly_a_name,
    is_verb,
    may_be_a_name,
    readings,
    surnames,
)

REMEMBERED = 256  # texts: one turn asks about the same text several times
LONGEST = 60  # characters of a name
INTRODUCED, ALONE, LAST = 3, 2, 1  # how sure it is that a name is the resident's
NEAR_NUMBER = 3  # words between a name at the very start and the number of its address
BESIDE = 0.5  # for a name right beside a phone


@dataclass(frozen=True, slots=True)
class Token:
    word: str  # as written
    start: int
    end: int
    readings: tuple[Reading, ...]

    @property
    def plain(self) -> str:
        return self.word.lower()


@dataclass(frozen=True, slots=True)
class Candidate:
    name: str
    score: float
    start: int


def find_name(text: str, area_code: str = "") -> str:
    """Return the name a resident gives in a text, or ''; area_code as in `phones.find_phone`."""
    text = phones.searched_part(text)
    if not name_cues.CYRILLIC.search(text) and not name_cues.NAMED.search(text):
        text = russian(text)
    return _found(phones.find_phones(text, area_code))


@lru_cache(maxsize=REMEMBERED)
def _found(read: phones.PhoneText) -> str:
    best = max(_candidates(read), key=lambda one: (one.score, -one.start), default=None)
    if best and best.score >= INTRODUCED:
        return best.name[:LONGEST]
    if named := name_cues.NAMED.search(read.text):
        return _shown((named[1] or named[2]).split())[:LONGEST]
    return best.name[:LONGEST] if best else _left_over(read)


def _left_over(read: phones.PhoneText) -> str:
    """Return what is left of an answer like "Гюльчатай Ы, 8 927 …" when it looks like a name, else ''."""
    if not read.phones:
        return ""
    one = read.phones[0]
    words = re.sub(r"[^\w-]+", " ", f"{read.text[: one.start]} {read.text[one.end :]}").split()
    words = [word for word in words if word.lower() not in name_cues.NOT_NAMES]
    oblique = any(every and all(one.case != "nomn" for one in every) for every in map(readings, map(str.lower, words)))
    return " ".join(words) if 0 < len(words) <= 3 and all(map(name_cues.BRIEF.match, words)) and not oblique else ""


# --- where a name may stand ---


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a name may stand.

    introduced: ``nomn`` or ``gent``, the case that an introduction asks for; ``full``: a full name by itself; or ''.
    free: a sign, a number or the start of the text sets it apart. begins: nothing but a greeting or a number before it.
    theirs: "баба", "тётя" and the like stand before it: how some call themselves.
    """

    before: str
    introduced: str
    free: bool
    begins: bool
    theirs: bool = False


def _candidates(read: phones.PhoneText) -> Iterator[Candidate]:
    """Yield the names that a text gives, wherever one may stand: after an introduction, between signs, at the end."""
    text = read.text
    words = list(name_cues.WORD.finditer(text))
    introduced = _introduced(text, words)
    late = _late(read, words)
    for place, word in enumerate(words):
        last = words[place - 1][0].lower() if place else ""
        gap = text[words[place - 1].end() if place else 0 : word.start()]
        free = not place or gap.strip(" \t\u00a0-") != "" or last in name_cues.SET_APART
        case = introduced.get(word.start(), "")
        if not (free or case or place in late):
            continue
        before = text[max(0, word.start() - 60) : word.start()]
        begins = not place or bool(name_cues.BEGINNING.search(before))
        if not (case or begins or place in late or _is_brief(text, words[place : place + 4])):
            continue
        if found := _at(read, words[place : place + 3], Spot(before, case, free, begins)):
            yield found


def _is_brief(text: str, words: Sequence[re.Match[str]]) -> bool:
    """Say whether a name may end within these words; a cheap look before the dictionary's."""
    return bool(name_cues.BRIEF_PART.match(text, words[0].start())) or any(
        word[0].lower() in name_cues.CLOSING for word in words[1:]
    )


def _introduced(text: str, words: Sequence[re.Match[str]]) -> dict[int, str]:
    """Return how a name is introduced, by where it starts: ``nomn``, ``gent`` (the case), ``full`` (by itself)."""
    found = dict.fromkeys((match.start() for match in name_cues.FULL.finditer(text)), "full")
    found |= dict.fromkeys((match.end() for match in name_cues.INTRODUCTION.finditer(text)), "nomn")
    starts = [word.start() for word in words]
    for match in name_cues.WRITES.finditer(text):
        first = bisect_right(starts, match.start()) - 1
        for before, word in pairwise(words[first : first + 1 + name_cues.FAR]):
            if text[before.end() : word.start()].strip(" ,"):
                break
            found[word.start()] = "nomn"
    return found | dict.fromkeys((match.end() for match in name_cues.OBLIQUE.finditer(text)), "gent")


def _late(read: phones.PhoneText, words: Sequence[re.Match[str]]) -> set[int]:
    """Return the places of the words right before a phone, words like "тел" between, and of the last ones."""
    starts = [word.start() for word in words]
    found: set[int] = set()
    for end in {len(words), *(bisect_right(starts, one.start) for one in read.phones)}:
        last = next((place for place in range(end - 1, -1, -1) if words[place][0].lower() not in name_cues.CONTACT), -1)
        if last >= 0 and _parts(words[last][0]):
            found |= set(range(max(0, last - 2), last + 1))
    return found


def _at(read: phones.PhoneText, words: Sequence[re.Match[str]], spot: Spot) -> Candidate | None:
    """Return the name that begins with the first of `words`, if it is the resident's."""
    tokens = _run(read.text, words)
    if not tokens and not words[0][0][0].isupper():
        return None
    mine = _checked(spot)
    if mine is None or name_cues.STREET_BEFORE.search(spot.before):
        return None
    name, end = _taken(read, tokens, mine)
    if not name and (mine.free or mine.introduced):
        name, end = _foreign(read, words[0], mine.introduced)
    score = _score(read, tokens, name, end, mine) if name else 0
    return Candidate(name, score, words[0].start()) if score else None


def _checked(spot: Spot) -> Spot | None:
    """Return a spot as it is when another person is called right before it; None when the name is theirs."""
    if name_cues.RELATED.search(spot.before):
        return replace(spot, introduced=spot.introduced or "nomn")
    others = name_cues.OTHERS.search(spot.before)
    if others is None:
        return spot
    fond = name_cues.FONDLY.match(others[0]) and not name_cues.WORD_BEFORE.search(spot.before[: others.start()])
    return replace(spot, introduced="", theirs=True) if fond else None


def _score(read: phones.PhoneText, tokens: Sequence[Token], name: str, end: int, spot: Spot) -> float:
    """Say how sure it is that a name is the resident's; 0: it is not."""
    text, start = read.text, end - len(name)
    certain = len(name.split()) > 1 or is_mostly_a_name(name.lower())
    closed = _is_closed(text, end, spot.begins, certain)
    sure = certain or not tokens or (tokens[0].word[0].isupper() and not text.isupper())
    if spot.introduced == "full" and len(name.split()) == 3:
        return LAST
    if (spot.introduced and (sure or closed)) or (sure and name_cues.CALLS_ITSELF.match(text, end)):
        return INTRODUCED
    beside = any(0 <= one.start - end <= 12 or 0 <= start - one.end <= 12 for one in read.phones)
    if not closed or not (sure or beside) or _is_greeting(text, end, spot.before):
        return 0
    if not spot.free and not _is_last(read, end, name):
        return 0
    return (ALONE if spot.free and not spot.theirs else LAST) + (BESIDE if beside else 0)


def _is_last(read: phones.PhoneText, end: int, name: str) -> bool:
    """Say whether a name that nothing sets apart ends the text or stands right before a phone: "воды нет фарид"."""
    if len(name.split()) == 1 and not is_mostly_a_name(name.lower()):
        return False
    between = [read.text[end : one.start] for one in read.phones if end <= one.start] + [read.text[end:]]
    rest = [word for word in re.findall(r"\w+", between[0]) if word.lower() not in name_cues.CONTACT]
    return not rest


def _is_closed(text: str, end: int, begins: bool, certain: bool) -> bool:
    """Say whether a name ends here: a sign, a number, the address or the phone follows.

    begins: it stands at the very start. certain: its words can be nothing but a name.
    """
    if name_cues.RIGHT.match(text, end):
        return True
    if name_cues.FROM_HOME.match(text, end):
        return True
    following = re.split(r"[.,;:!?()\n]", text[end : end + 60], maxsplit=1)[0].split() or [""]
    if following[0].lower().strip('«»"') in name_cues.CONTACT:
        return True
    if not begins or following[0].lower() in name_cues.JOINING:
        return False
    if _is_of_a_street(text[:end].rpartition(" ")[2].rpartition("\n")[2].lower(), following):
        return False
    number = next((place for place, word in enumerate(following) if word[:1].isdigit()), NEAR_NUMBER + 1)
    return number <= NEAR_NUMBER or (certain and not is_verb(following[0].lower()))


def _is_of_a_street(word: str, following: Sequence[str]) -> bool:
    """Say whether a name in what may be the genitive goes on as a street's, misspelt: "Карла Либнехта 21"."""
    behind = following[0].lower()
    houses = len(following) > 1 and following[1][:1].isdigit()
    return houses and behind.endswith(("а", "ого", "его")) and any(one.case == "gent" for one in readings(word))


def _is_greeting(text: str, end: int, before: str) -> bool:
    """Say whether a name is the reader's: "Мария Ивановна, здравствуйте", "Здравствуйте, Мария!"."""
    if name_cues.GREETS.match(text, end):
        return True
    return bool(name_cues.GREETED.search(before)) and text[end : end + 1] == "!"


# --- the name itself ---


def _run(text: str, words: Sequence[re.Match[str]]) -> list[Token]:
    """Return the words of a name that begins with the first of `words`, nothing but a blank between them."""
    tokens: list[Token] = []
    for word in words:
        if tokens and text[tokens[-1].end : word.start()] not in (" ", "\n", "  "):
            break
        if not (found := _parts(word[0])):
            break
        tokens.append(Token(word[0], word.start(), word.end(), found))
    return tokens


def _parts(word: str) -> tuple[Reading, ...]:
    """Return what part of a name a word may be; with a capital, a surname that only its ending tells, too."""
    found = readings(word.lower()) if len(word) > 2 or word[0].isupper() else ()  # "ли" is a particle, Ли a surname
    if word[0].isupper() and all(one.part == SURNAME for one in found):
        return tuple(dict.fromkeys((*found, *surnames(word.lower()))))
    return found


def _taken(read: phones.PhoneText, tokens: list[Token], spot: Spot) -> tuple[str, int]:
    """Return the longest name of these words in the case wanted, and where it ends; '' when they are none."""
    text, introduced = read.text, spot.introduced
    while tokens:
        end = tokens[-1].end
        initials = name_cues.BEHIND_INITIALS.match(text, end) if len(tokens) == 1 else None
        street = not initials and _is_street(read, tokens, introduced)
        if not street and (found := _best([one.readings for one in tokens], introduced)):
            parts = {one.part for one in found}
            ahead = name_cues.AHEAD_INITIALS.search(spot.before) if len(tokens) == 1 else None
            if NAME in parts or len(parts) > 1 or initials or ahead or _is_alone(read, tokens[0], introduced, parts):
                words = [_as_written(one, reading) for one, reading in zip(tokens, found, strict=True)]
                if [one.part for one in found] == [SURNAME, NAME]:
                    words.reverse()
                if initials:
                    return f"{_shown(words)} {initials[1].strip()}", initials.end()
                return f"{ahead[1].strip()} {_shown(words)}" if ahead else _shown(words), end
        if len(tokens) > 1 and NAME in {one.part for one in tokens[0].readings}:
            every = agreed([one.readings for one in tokens])
            if every and not any(one[0].case == "nomn" for one in every):
                return "", 0  # "Александра Невского": the first word alone would be another name
        tokens = tokens[:-1]
    return "", 0


def _foreign(read: phones.PhoneText, word: re.Match[str], introduced: str) -> tuple[str, int]:
    """Return a name that the dictionary lacks: one word with a capital, introduced or right before a phone."""
    text, plain, end = read.text, word[0].lower(), word.end()
    if not word[0][0].isupper() or text.isupper():
        return "", 0
    if readings(plain) and not is_feminine(plain):
        return "", 0
    if introduced:
        said = word[0][1:].islower() and not is_known(plain) and may_be_a_name(plain)
        return (word[0], end) if said and not name_cues.HOUSE_BEHIND.match(text, end) else ("", 0)
    if is_feminine(plain) and name_cues.RIGHT.match(text, end) and text[end : end + 1] not in (" ", "-"):
        return word[0], end
    beside = any(0 <= one.start - end <= 3 or 0 <= word.start() - one.end <= 3 for one in read.phones)
    last = word.start() > 0 and not text[end:].strip(" .!\n") and not is_known(plain)
    return (word[0], end) if (beside or last) and may_be_a_name(plain) else ("", 0)


def _is_alone(read: phones.PhoneText, token: Token, introduced: str, parts: set[str]) -> bool:
    """Say whether a lone surname or patronymic is a name: introduced, or a surname right beside a phone."""
    if introduced:
        return token.word[0].isupper() or parts != {SURNAME}
    text = read.text
    if parts != {SURNAME} or not token.word[0].isupper() or text.isupper():
        return False
    if any(0 <= one.start - token.end <= 4 or 0 <= token.start - one.end <= 4 for one in read.phones):
        return True
    man = all(one.case == "nomn" for one in token.readings if one.gender == "masc")  # "Ленина" may be a street
    return not text[token.end :].strip(" .!\n") and (man or text[: token.start].rstrip(" \t")[-1:] in (".", "!", "\n"))


def _best(words: list[tuple[Reading, ...]], introduced: str) -> tuple[Reading, ...]:
    """Return the readings in the case wanted: the nominative, or after "от" and the like rather another one."""
    every = agreed(words)
    if introduced == "full":
        return next((one for one in every if len(one) == 3 and one[0].case in ("gent", "ablt")), ())
    if introduced == "gent":
        return min(every, key=lambda one: ("gent", "accs", "datv", "nomn", "ablt").index(one[0].case), default=())
    nominative = next((one for one in every if one[0].case == "nomn"), ())
    return nominative or next((one for one in every if introduced and one[0].case == "ablt"), ())


def _is_street(read: phones.PhoneText, tokens: Sequence[Token], introduced: str) -> bool:
    """Say whether the last word belongs to a street: the number of a house stands behind it."""
    last = tokens[-1]
    if any(one.start - 1 <= last.end + 2 <= one.end for one in read.phones):
        return False
    house = name_cues.HOUSE_BEHIND.match(read.text, last.end)
    if house is None or any(one.start <= house.start(2) < one.end for one in read.phones):
        return False
    if (house[3] or "").lower() in name_cues.NOT_A_HOUSE:
        return False
    return not house[1] or (any(one.case == "gent" for one in last.readings) and len(tokens) == 1 and not introduced)


def _as_written(token: Token, reading: Reading) -> str:
    return token.word if reading.case == "nomn" else reading.plain


def _shown(words: Sequence[str]) -> str:
    """Write a name with capitals: "анна-мария петрова" is "Анна-Мария Петрова"."""
    return " ".join("-".join(part[:1].upper() + part[1:].lower() for part in word.split("-")) for word in words)
