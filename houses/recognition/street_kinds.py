"""Kinds of streets and settlements, and every way they are shortened. Pure data."""

from __future__ import annotations

import re

_STREETS = {
    "ул": "ул ули улиц улица улице улицы улицу улицей",
    "проспект": "пр просп проспект проспекте проспекта проспекту прт пркт прос",
    "переулок": "пер переулок переулке переулка переулку прк перк",
    "проезд": "проезд проезде проезда проезду проездом прд прзд",
    "бульвар": "бул бульв бульвар бульваре бульвара бульвару бр блвр",
    "площадь": "пл площадь площади площадью",
    "шоссе": "ш шоссе шос шсе",
    "набережная": "наб набережная набережной набережную набер набя",
    "микрорайон": "мкр микрорайон микрорайоне микрорайона микрорайону мкрн мкн мн микр микрн",
    "квартал": "квл квартал квартале квартала кварталу кварт",
    "тупик": "туп тупик тупике тупика тупику",
    "тракт": "тракт тракте тракта тракту трактом",
    "аллея": "ал аллея аллее аллеи аллею аллеей алл",
    "спуск": "спуск спуске спуска спуску",
    "снт": "снт днт тсн днп",
}
KINDS = {word: kind for kind, words in _STREETS.items() for word in words.split()}
SMALL = frozenset({"переулок", "проезд", "тупик"})  # never meant by the bare name when there is a street
_SETTLEMENT_KINDS_LIST = (
    "г гор город городе города п пос поселок поселке поселка поселку пгт рп р с село селе села дер деревня деревне"
    " деревни х хутор хуторе ст станица станице аул д го мо городской округ"
)
SETTLEMENT_KINDS = frozenset(_SETTLEMENT_KINDS_LIST.split())
_HOUSE_WORDS_LIST = "д дом дома доме дому домом двлд домовладение вл владение влд здание зд строение"
HOUSE_WORDS = frozenset(_HOUSE_WORDS_LIST.split())
_JOINED = re.compile(
    r"(?<![а-я])(?:(пр)-(т|кт|д|зд|к)|(б)-(р)|(м)-(н)|(мк)-(р|рн|н)|(мкр)-(н)|(кв)-(л)|(пер)-(к)|(ш)-(се)|(наб)-(я)"
    r"|(ул)-(ца|ице))(?![а-я])"
)


def joined(text: str) -> str:
    """Write kinds like "пр-т", "б-р" and "кв-л" as one word, a blank behind it; the length stays."""
    return _JOINED.sub(lambda match: _one_word("".join(part for part in match.groups() if part)), text)


def _one_word(word: str) -> str:
    return ("ул" if word.startswith("ул") else word).ljust(len(word) + 1)
