"""Recognise questions, and normalise a whole message for comparing it with commands. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from language.keyboard_layout import russian
from language.normalise import MOST_TEXT

REMEMBERED = 256  # texts: one turn asks about the same text several times
_SIGNS = re.compile(r"[^\w/]+")
_ASKING_WORDS = (
    "как когда где куда откуда почему зачем сколько скольки кто что какой какая какие каким какое чей чья чьи чьей кому"
    " чем можно нужно ли обязан обязаны обязана должен должны должна положено how when where why who what which can"
    " is are do does"
)
_ASKING = frozenset(_ASKING_WORDS.split())
_JOINING = frozenset({"как", "когда", "что"})
_FILLERS_WORDS = "а и ну но вот скажите подскажите здравствуйте добрый день вечер доброе утро пожалуйста извините"
_FILLERS = frozenset(_FILLERS_WORDS.split())
# Words that ask wherever they stand in a short message; «как», «когда» and «что» also join sentences.
_ASKING_ANYWHERE_WORDS = (
    "почему зачем сколько скольки куда где кто чей чья чьи ли платно бесплатно платный платная узнать положен положена"
    " положено"
)
_ASKING_ANYWHERE = frozenset(_ASKING_ANYWHERE_WORDS.split())
_ASKING_ENDS = ("что делать", "как быть", "что мне делать", "как посчитают", "когда запустят")
_ASKED_FOR_WORDS = (
    "норма нормы норматив срок сроки график расписание телефон номер тариф тарифы порядок правила адрес контакты режим"
    " стоимость цена образец бланк список копия часы реквизиты перечень перерасчет льгота льготы субсидия"
)
_ASKED_FOR = frozenset(_ASKED_FOR_WORDS.split())
MOST_ASKING = 10  # words of a message whose asking word may stand anywhere


@lru_cache(maxsize=REMEMBERED)
def normalised(text: str) -> str:
    """Return a text in lower case, е for ё, one space for punctuation; a command's slash, a lone + and - stay."""
    plain = unicodedata.normalize("NFKC", text).strip().lower().replace("ё", "е")
    if plain in ("+", "-"):
        return plain
    letters = _SIGNS.sub(" ", plain)
    return " ".join(letters.split())


def is_question(text: str) -> bool:
    """Say whether a text asks something: a question mark, a word that asks, or the name of a thing people ask for."""
    plain = normalised(russian(text[:MOST_TEXT]))
    words = plain.split()
    start = next((place for place, word in enumerate(words) if word not in _FILLERS), len(words))
    words = words[start:]
    if "?" in text or not _ASKING.isdisjoint(words[:1]) or not (_ASKING - _JOINING).isdisjoint(words[:2]):
        return True
    if len(words) > MOST_ASKING:
        return False
    if not _ASKING_ANYWHERE.isdisjoint(words) or plain.endswith(_ASKING_ENDS) or "когда" in words[-2:-1]:
        return True
    return not _ASKED_FOR.isdisjoint(words[:2]) and not any(map(str.isdigit, plain))
