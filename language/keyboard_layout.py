"""Turn texts typed with the wrong keyboard layout or in Latin letters back into Russian. Pure.

The dictionary decides: "rjulf" is read by the keys and by the sounds, and the reading that gives Russian words wins. A
text that gives Russian words in neither reading is in another language and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from language.lemmas import is_known

_ENGLISH_LIST = (
    "the and is are was what when how where water my hot cold leak help please hello hi flat house in of to it there"
    " have has heating light broken pipe you speak english"
)
_ENGLISH = frozenset(_ENGLISH_LIST.split())
MOST_TEXT = 4000  # characters
LONGEST_WORD = 30  # letters; a longer run of letters is no word, and it has thousands of other spellings
ENOUGH = 0.5  # share of words that must be Russian after the change
_KEYS = str.maketrans("qwertyuiop[]asdfghjkl;'zxcvbnm,.`", "йцукенгшщзхъфывапролджэячсмитьбюё")
# Longest first: "shch" before "sh".
_SOUNDS = (
    *(("shch", "щ"), ("sch", "щ"), ("yo", "е"), ("jo", "е"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч")),
    *(("sh", "ш"), ("yu", "ю"), ("ju", "ю"), ("ya", "я"), ("ja", "я"), ("ye", "е"), ("iy", "ий"), ("yy", "ый")),
    *zip("abvgdeziklmnoprstufhcjwqx'", "абвгдезиклмнопрстуфхцйвкх" + "ь", strict=True),
)
_CONSONANTS = "бвгджзклмнпрстфхцчшщ"
_Y = re.compile(f"(?<=[{_CONSONANTS}])y")  # "vody" ends in ы, "y" after a vowel or at the start is й
_LATIN_WORD = re.compile(r"[a-z'`\[\];,.]*[a-z][a-z'`\[\];,.]*")
_RUSSIAN_WORD = re.compile(r"[а-яё]{2,}")
_LATIN, _RUSSIAN = re.compile("[a-z]"), re.compile("[а-яё]")
_MIXED = re.compile("[a-zа-яё]+", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[.,](?=\s|\d|$)")  # in a text by the wrong keys these are signs, not letters
_ALIKE = str.maketrans("aceopxykmtbhn", "асеорхукмтвни")
_ALIKE_ALONE = str.maketrans("aceopxykmt", "асеорхукмт")
_OTHER_SPELLINGS = (("щ", "сч"), ("е", "э"), ("и", "ы"), ("ы", "и"), ("ц", "тс"), ("й", "ы"))


def russian(text: str) -> str:
    """Return the Russian text that was meant by "rjulf lfenn djle" or "kogda dadut vodu"; Russian and English stay.

    Only the beginning of a very long text is converted.
    """
    return _russian(text[:MOST_TEXT]) + text[MOST_TEXT:]


@lru_cache(maxsize=2048)
def _russian(text: str) -> str:
    lower = text.lower()
    if not re.search(r"[a-z]{2}", lower) or len(re.findall(r"[а-яё]", lower)) > len(re.findall(r"[a-z]", lower)):
        return text
    if len(_ENGLISH & set(re.findall("[a-z]+", lower))) > 1:
        return text
    readings = (_LATIN_WORD.sub(lambda match: match.group().translate(_KEYS), lower), _spelled(lower))
    shares = [_share_known(reading) for reading in readings]
    best = max(range(2), key=shares.__getitem__)
    return readings[best] if shares[best] >= ENOUGH else text


@lru_cache(maxsize=1024)
def readings(text: str) -> tuple[str, ...]:
    """Return the texts in Russian letters that a text may stand for; the caller decides which of them makes sense.

    A text without a Russian letter has two readings, by the keys and by the sound. In a Russian text Latin look-alikes
    and Latin words are converted. A lone letter is converted only when it has a single Russian look-alike: "12B" stays.
    """
    lower = text.lower()
    if not _LATIN.search(lower):
        return (text,)
    if _RUSSIAN.search(lower):
        return (_MIXED.sub(_turned, text),)
    keys = _PUNCTUATION.sub(" ", lower).translate(_KEYS)
    return tuple(dict.fromkeys((keys, _spelled(lower))))


def _turned(match: re.Match[str]) -> str:
    word = match.group().lower()
    if not _LATIN.search(word):
        return match.group()
    if len(word) > 1 and not _RUSSIAN.search(word):
        return _spelled(word)
    return word.translate(_ALIKE if len(word) > 1 else _ALIKE_ALONE)


def _spelled(text: str) -> str:
    """Write Latin letters by their sound, each word in its nearest known spelling."""
    for sound, letter in _SOUNDS:
        text = text.replace(sound, letter)
    text = _Y.sub("ы", text).replace("y", "й")
    return _RUSSIAN_WORD.sub(lambda match: _mended(match.group()), text)


@lru_cache(maxsize=4096)
def _mended(word: str) -> str:
    """Return a spelling the dictionary knows: the soft sign is lost in Latin letters, щ and э are written many ways."""
    if len(word) > LONGEST_WORD or is_known(word):
        return word
    return next(filter(is_known, _spellings(word)), word)


def _spellings(word: str) -> Iterator[str]:
    soft = [f"{word[:place]}ь{word[place:]}" for place in range(1, len(word) + 1) if word[place - 1] in _CONSONANTS]
    yield from soft
    for old, new in _OTHER_SPELLINGS:
        for start in (match.start() for match in re.finditer(old, word)):
            yield f"{word[:start]}{new}{word[start + len(old) :]}"
    for spelling in soft:  # two soft signs, as in "oktyabr", are rarer than all of the above
        for place in range(spelling.index("ь") + 2, len(spelling) + 1):
            if spelling[place - 1] in _CONSONANTS:
                yield f"{spelling[:place]}ь{spelling[place:]}"
    yield from (f"{word[:place]}ъ{word[place:]}" for place in range(2, len(word)))


def _share_known(text: str) -> float:
    """Return the share of Russian words, weighed by length."""
    words = re.findall(r"[a-zа-яё']+", text)
    size = sum(map(len, words))
    return sum(len(word) for word in words if len(word) > 1 and is_known(word)) / size if size else 0.0
