"""Make Russian text comparable: one spelling, words, stems. Pure and cached.

`plain` keeps every word. `words` drops words without meaning. `stems` cuts endings so that "трубой" and "трубы" have
one stem. The stemmer is a short list of endings, not a dictionary: it only has to cut all forms of a word alike.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from language.invisible_characters import visible

MOST_TEXT = 4000  # characters examined; no description of a leak is longer
SHORTEST_STEM = 3

_LOOK_ALIKE = str.maketrans("aceopxykmtbhn", "асеорхукмтвни")
_NEAREST = str.maketrans("ёіїєґўәөүұҗҷңқғһҳӣӯ", "еииегуаоуужжнкгххиу")
_CYRILLIC = re.compile(r"[а-я]")
_LATIN = re.compile(r"[a-z]")
_REPEATED = re.compile(r"([а-яa-z])\1{2,}")
_TOKEN = re.compile(r"[а-яa-z]+|\d+")
_ENDING_LIST = (
    "а я о е ы и у ю ь й ам ям ом ем ой ей ую юю ая яя ое ее ые ие ый ий ов ев ах ях ами ями ого его ому ему "
    "ым им ых их ою ею ыми ими ешь ет ут ют ит ат ят ишь ил ал ел ла ло ли ила ала ела ило ало ело или али ели "
    "ть ать ять ить еть нуть лся лась лось лись ется ются ится атся ятся ться ает яет уют ают яют ешь ишь те "
    "йте ьте ия ии ию ием ией иям иями иях ость ости остью ен ена ено ены ный ная ное ные ного ной ному ным "
    "ную нут нул нула нуло нули ает али аем аете ами ится ился илась илось ались ались ается аются ался алась "
    "ся сь"
)
_STOP_LIST = (
    "а без более бы был была были было быть в вам вас ваш ваша ваше весь вот все всё всех вы где да даже для "
    "до его ее если есть еще же за здравствуйте и из или им их к как какие какой когда кто ли либо мне может "
    "можно мой моя мы на над надо наш наша наше нас не него нее нет ни них но ну о об один он она они оно от "
    "очень по под пожалуйста после при про раз с сам свой себя сейчас со спасибо так также там те тем то того "
    "тоже той только том ты у уже хочу чего чем что чтобы эта эти это этого этой этом этот я добрый день вечер "
    "утро подскажите скажите"
)
_ENDINGS = frozenset(_ENDING_LIST.split())
_LONGEST_ENDING = max(map(len, _ENDINGS))
STOP_WORDS = frozenset(_STOP_LIST.split())


def plain(text: str) -> str:
    """Return lower-case words with one space between: е for ё, no signs, no repeated letters, no look-alikes.

    Letters of related alphabets become their nearest Russian ones, so that a Ukrainian «ліфт» is one word.
    """
    return _plain(text[:MOST_TEXT])


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    lower = unicodedata.normalize("NFKC", visible(text)).lower().translate(_NEAREST)
    tokens = _TOKEN.findall(_joined(lower))
    return " ".join(_REPEATED.sub(r"\1\1", token) for token in tokens)


def _joined(text: str) -> str:
    """Turn Latin look-alikes inside Russian words into Russian letters: "вoдa" with a Latin o."""
    if not _LATIN.search(text) or not _CYRILLIC.search(text):
        return text
    mixed = re.findall(r"\w+", text)
    for word in mixed:
        if _LATIN.search(word) and _CYRILLIC.search(word):
            text = text.replace(word, word.translate(_LOOK_ALIKE))
    return text


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """Return the words that carry meaning, in order; all words when none does."""
    every = tuple(plain(text).split())
    return tuple(word for word in every if word not in STOP_WORDS) or every


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """Cut the ending of one plain word; short words and numbers stay."""
    for _ in range(2):  # "течётся": the reflexive part, then the ending
        for size in range(min(_LONGEST_ENDING, len(word) - SHORTEST_STEM), 0, -1):
            if (ending := word[-size:]) in _ENDINGS:
                word = word[:-size]
                break
        else:
            return word
        if ending not in ("ся", "сь"):
            return word
    return word


@lru_cache(maxsize=4096)
def stems(text: str) -> tuple[str, ...]:
    """Return the stems of `words`, in order."""
    return tuple(stem(word) for word in words(text))
