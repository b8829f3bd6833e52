"""Words about a person's health, which the law protects more than a name. Pure data.

The list is short: illnesses, disabilities, conditions. Words that mostly describe houses are not in it ("давление").
"Глухой" is in it, so "глухая стена" is removed too.
"""

from __future__ import annotations

import re

from language.lemmas import lemma

_BEGINNINGS_LIST = (
    "диабет инсулин онко инвалид астм эпилеп гепатит туберкул шизофрен аллерг аутис аутиз инсульт инфаркт беременн"
    " гипертон стенокард аритми ишеми кардио опухол альцгеймер паркинсон деменци психиатр психическ психоз депресси"
    " парализ паралич ампутир ампутац химиотерап гемодиализ диализ ковид коронавирус пневмони бронхит псориаз"
    " артрит артроз склероз тромбоз мигрен катаракт глауком цирроз"
    " незряч слабовид слабослыш глухонем колясочни недееспособ алкоголизм наркомания сердечник сифилис"
)
_FORMS_LIST = (
    "рак спид болеть заболеть болезнь больной слепой глухой немой лежачий сердечный перелом язва грипп метастаз"
    " протез хромой душевнобольной приступ припадок"
)
_SHORT = re.compile("(?:вич|дцп|орви|онмк|хобл)(?:а|у|е|ом)?")
_BEGINNINGS = re.compile(f"(?:{'|'.join(_BEGINNINGS_LIST.split())})[а-я]*")
_FORMS = frozenset(_FORMS_LIST.split())


def is_of_health(word: str) -> bool:
    """Say whether a plain word names an illness, a disability or a condition."""
    return bool(_SHORT.fullmatch(word) or _BEGINNINGS.fullmatch(word)) or lemma(word) in _FORMS
