"""Detect the language of a message as far as a Russian bot must know it: Russian, English, other, none. Pure.

Only messages that were not understood are examined, so a handful of words and the letters decide. Russian in Latin
letters or by the wrong keys is Russian.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from language.keyboard_layout import russian

REMEMBERED = 256
MOST_TEXT = 400  # characters looked at
STRANGE = 4  # one non-Russian word among so many makes the text foreign
MANY = 3  # unknown words in Latin letters from which the text is foreign

_WORD = re.compile(r"[^\W\d_]+(?:['’ʻʼ`][^\W\d_]+)*")
_NOT_RUSSIAN = re.compile(r"(?![а-яё])[\u0400-\u052f]")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_LATIN = re.compile(r"[a-z\u00c0-\u024f\u1e00-\u1eff]")
_ENGLISH_LIST = (
    "the a an is are am was were be been do does did don't doesn't didn't can can't cannot could will would should have"
    " has had isn't aren't what when where why who how which this that these those there here my your our their his her"
    " its it i i'm i've we you they he she me us them and or but not no of to in on at for from with by since hello hi"
    " hey please thanks thank sorry help need want water hot cold heating heat light power electricity gas leak"
    " leaking broken working work works lift elevator stuck flat apartment house building door pipe roof ceiling fire"
    " smoke flood english speak yes good morning evening day today yesterday now still again"
)
_ENGLISH = frozenset(_ENGLISH_LIST.split())
# Greetings and words of trouble of the neighbours: Tatar, Ukrainian, Uzbek, Tajik, Kyrgyz, Kazakh, and some others.
_CYRILLIC_LIST = (
    "салом ассалому ассаламу ассалом алайкум алейкум салам саламатсызбы саламатсыз исанмесез рахмат рахмет рехмет юк"
    " йук йок жок сув бор бар керак керек илтимос иссик ёрдам жардам нест ташаккур дякую нема кайчан качан кашан"
)
_LATIN_LIST = (
    "salom assalomu assalom alaykum alaikum rahmat raxmat suv yo'q yoq bor kerak iltimos issiq sovuq yordam mening"
    " bizda uyda gaz hidi chiroq hallo guten tag danke bitte kein keine wasser bonjour merci salut pas eau hola gracias"
    " ciao grazie merhaba selam yok su elektrik xin dzien dobry czesc dziekuje nie ma nu apa"
)
_NEIGHBOURS = frozenset(_CYRILLIC_LIST.split()) | frozenset(_LATIN_LIST.split())
_APOSTROPHES = str.maketrans("’ʻʼ`", "''''")


class Language(StrEnum):
    NONE = ""  # no words, or too few to tell
    RUSSIAN = "ru"
    ENGLISH = "en"
    OTHER = "other"


@lru_cache(maxsize=REMEMBERED)
def _language_of(text: str) -> Language:
    words = [word.translate(_APOSTROPHES) for word in _WORD.findall(text.lower())]
    if not words:
        return Language.NONE
    letters = "".join(words)
    cyrillic, latin = len(_CYRILLIC.findall(letters)), len(_LATIN.findall(letters))
    if len(letters) - letters.count("'") - cyrillic - latin > cyrillic + latin:
        return Language.OTHER  # of another alphabet
    return _by_cyrillic(words) if cyrillic >= latin else _by_latin(text, words)


def _by_cyrillic(words: list[str]) -> Language:
    strange = sum(bool(_NOT_RUSSIAN.search(word)) for word in words)
    known = sum(word in _NEIGHBOURS for word in words)
    return Language.OTHER if STRANGE * (strange + known) >= len(words) or strange > 1 else Language.RUSSIAN


def _by_latin(text: str, words: list[str]) -> Language:
    english, others = sum(word in _ENGLISH for word in words), sum(word in _NEIGHBOURS for word in words)
    if english > others and 3 * english >= len(words):
        return Language.ENGLISH
    if others or not "".join(words).isascii():
        return Language.OTHER
    if russian(text) != text:
        return Language.RUSSIAN
    return Language.OTHER if len(words) >= MANY else Language.NONE


def language_of(text: str) -> Language:
    """Return the language of a message."""
    return _language_of(text[:MOST_TEXT])


def is_foreign(text: str) -> bool:
    """Say whether a message is in a language that the bot does not speak."""
    return language_of(text) in (Language.ENGLISH, Language.OTHER)
