"""Score how sure it is that a name in a text is the resident's own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dialogs.extraction import name_cues, phones
from dialogs.extraction.name_parts import FULL_NAME, GENITIVE, Token
from dialogs.extraction.name_positions import Position
from language.name_dictionary import is_mostly_a_name, is_verb, readings

INTRODUCED, ALONE, LAST = 3, 2, 1  # scores: introduced, standing by itself, at the end of the text
BESIDE_PHONE = 0.5  # added for a name right beside a phone
BESIDE_CHARACTERS = 12  # at most so many stand between the two
NEAR_NUMBER = 3  # words between a name at the very start and the number of its address
FOLLOWING = 60  # characters looked at behind a name

_SIGNS = re.compile(r"[.,;:!?()\n]")


def score(read: phones.PhoneText, tokens: Sequence[Token], name: str, end: int, position: Position) -> float:
    """Return the score of a name that ends at `end`; 0: it is not the resident's.

    tokens: the words that the dictionary knows; none for a name that it lacks.
    """
    text = read.text
    certain = len(name.split()) > 1 or is_mostly_a_name(name.lower())
    closed = _is_closed(text, end, position.begins, certain)
    likely = certain or not tokens or (tokens[0].word[0].isupper() and not text.isupper())
    if position.introduced == FULL_NAME and len(name.split()) == 3:
        return LAST
    if (position.introduced and (likely or closed)) or (likely and name_cues.CALLS_ITSELF.match(text, end)):
        return INTRODUCED
    beside = read.has_phone_beside(end - len(name), end, BESIDE_CHARACTERS)
    if not closed or not (likely or beside) or _is_greeting(text, end, position.before):
        return 0
    if not position.free and not _is_last(read, end, name):
        return 0
    return (ALONE if position.free and not position.fond else LAST) + (BESIDE_PHONE if beside else 0)


def _is_last(read: phones.PhoneText, end: int, name: str) -> bool:
    """Say whether a name that nothing sets apart ends the text or stands right before a phone: "воды нет фарид"."""
    if len(name.split()) == 1 and not is_mostly_a_name(name.lower()):
        return False
    next_phone = next((phone.start for phone in read.phones if end <= phone.start), None)
    return all(word.lower() in name_cues.CONTACT for word in re.findall(r"\w+", read.text[end:next_phone]))


def _is_closed(text: str, end: int, begins: bool, certain: bool) -> bool:
    """Say whether a name ends here: a sign, a number, the address or the phone follows.

    begins: the name stands at the very start. certain: its words can be nothing but a name.
    """
    if name_cues.RIGHT.match(text, end) or name_cues.FROM_HOME.match(text, end):
        return True
    following = _SIGNS.split(text[end : end + FOLLOWING], maxsplit=1)[0].split() or [""]
    if following[0].lower().strip('«»"') in name_cues.CONTACT:
        return True
    if not begins or following[0].lower() in name_cues.JOINING:
        return False
    if _is_street(text[:end].rpartition(" ")[2].rpartition("\n")[2].lower(), following):
        return False
    number_at = next((index for index, word in enumerate(following) if word[:1].isdigit()), NEAR_NUMBER + 1)
    return number_at <= NEAR_NUMBER or (certain and not is_verb(following[0].lower()))


def _is_street(word: str, following: Sequence[str]) -> bool:
    """Say whether a word in what may be the genitive goes on as a misspelt street: "Карла Либнехта 21"."""
    next_word = following[0].lower()
    has_number = len(following) > 1 and following[1][:1].isdigit()
    may_be_genitive = any(reading.case == GENITIVE for reading in readings(word))
    return has_number and next_word.endswith(("а", "ого", "его")) and may_be_genitive


def _is_greeting(text: str, end: int, before: str) -> bool:
    """Say whether a name is the reader's: "Мария Ивановна, здравствуйте", "Здравствуйте, Мария!"."""
    if name_cues.GREETS.match(text, end):
        return True
    return bool(name_cues.GREETED.search(before)) and text[end : end + 1] == "!"
