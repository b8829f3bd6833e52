"""Recognise the resource that a message misses or asks about: «нет горячей воды», «когда дадут свет». Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from language.keyboard_layout import russian
from language.normalise import plain
from tickets.lifecycle.types import Resource

REMEMBERED = 256  # texts: one turn asks about the same text several times
MOST_TEXT = 600  # characters looked at: a question about an outage is short
EVERYTHING = frozenset(Resource)
BOTH_WATERS = frozenset({Resource.HOT_WATER, Resource.COLD_WATER})

# The resource that a message mentions. Water that is neither hot nor cold is both.
_NAMED: Mapping[Resource, re.Pattern[str]] = {
    Resource.HOT_WATER: re.compile(
        r"\b(горяч(ая|ей|ую)(?! (батаре|радиатор|труб|лини))|гвс"
        # Boiling water counts only where it is missed: boiling water out of the tap is another problem.
        r"|(нет|нету|нема|без|отключил\w*|дадут|включ\w+|верн\w+|будет) кипят(ка|ку|ок)"
        r"|кипятк[ау] (уже |совсем |опять |снова |так и )?(нет|нету|не \w+)"
        r"|кипяток (уже |совсем |опять |снова |так и )?"
        r"(не \w+|пропал|исчез|кончил\w+|отключил\w*|дадут|включат|будет))\b"
    ),
    Resource.COLD_WATER: re.compile(r"\b(холодн\w+ (вод\w+|кран\w*|стояк\w*)|вод\w+ холодн\w+|холодной нет|хвс)\b"),
    Resource.HEATING: re.compile(r"\b(отопл\w+|батаре\w+|радиатор\w*|топят|тепло|теплоснабжен\w+|отопительн\w+)\b"),
    Resource.ELECTRICITY: re.compile(
        r"\b(свет|света|свету|светом|электричеств\w+|электроснабжен\w+|\w*энерги\w+|обесточ\w+)\b"
    ),
    Resource.GAS: re.compile(r"\b(газ|газа|газу|газом|газоснабжен\w+)\b"),
    Resource.LIFT: re.compile(r"\bлифт\w*\b"),
}
_WATER = re.compile(r"\b(вода|воды|воду|водой|водичк\w+|водоснабжен\w+)\b")
_PLANNED = re.compile(
    r"\b(отключени\w+|отключат|отключите|отключать|опрессовк\w+|планов\w+|заплан\w+"
    r"|планир\w+|перекроют|выключат)\b"
)
# Plans that mean every resource when none is named: «какие отключения запланированы», but not «планирую уехать».
_PLANNED_ALL = re.compile(
    r"\b(отключени(е|я|й|ю|ям|ях)|отключат|отключать|опрессовк\w+|перекроют стояк\w*"
    r"|(планов\w+|заплан\w+|планиру\w+)( ли)? ((сегодня|завтра|какие( то| нибудь)?|ремонтн\w+) )?работ[аы]"
    r"|работы?( \w+)? (заплан\w+|планиру\w+))\b"
)
# Things that can be switched off but are no resource of the house.
_OTHER_THING = re.compile(
    r"\b(отключ\w+ (\w+ )?(домофон|рассыл|уведомлен|оповещен|сообщен|бот|интернет|телевид|антенн|радио"
    r"|сигнализац|видеонаблюд|камер|подписк|насос)\w*|(домофон|интернет|антенн|сигнализац)\w* (\w+ )?отключ\w+)\b"
)
# The resource is missed now: it is gone, or the resident asks when it comes back.
_GONE = re.compile(
    r"\b(нет|нету|нема|без|отсутств\w+|делась|подевал\w+|неисправ\w+|в простое|пропал\w*|исчез\w*|кончил\w+"
    r"|отключил\w*|отключен\w?|отключали|выключил\w*|отрубил\w*"
    r"|вырубил\w*|перекрыл\w*|обесточ\w+|стоит|встал|остановил\w+|сломал\w*|сломан\w*|ледян\w+|остыл\w*"
    r"|(еле|чуть|едва) (тепл|теч|ид|капа|гре|жив)\w+|не \w{0,3}(работ|ид|теч|греет|греют|топ|гор|едет|ездит|включ|дают"
    r"|поступ|появ|дали|пусти|запуст|фурыч|пашет)\w*|ни капли)\b"
)
_BACK = re.compile(
    r"\b(когда|скоро|сколько|во сколько|долго|до скольки|до какого)\b.{0,40}"
    r"\b(дад\w+|дава\w+|включ\w+|верн\w+|буд\w+|появ\w+|восстанов\w+|пуст\w+|запуст\w+|почин\w+|сдела\w+|подключ\w+"
    r"|пода\w+|заработа\w+|не будет|жда\w+)\b"
)
_COLD_ROOMS = re.compile(r"\b(холодн\w+ (батаре|радиатор)\w*|(батаре|радиатор)\w* (совсем |почти )?холодн\w+)")
# The message is about another matter: money, meters, the law, repairs.
_ELSE = re.compile(
    r"\b(счетчик\w*|показани\w+|поверк\w+|плат\w+|оплат\w+|квитанц\w+|начисл\w+|перерасч\w+|пересчита\w+|тариф\w*"
    r"|норматив\w*|долг\w*|задолж\w+|стоимост\w+|стоит ли|сколько стоит|замен\w+|поменя\w+|менят\w+|меняют|установ\w+"
    r"|нов(ый|ые|ого|ую)|капремонт\w*|деньги|денег|акт|акта|(холодн|горяч)\w+ \d+|договорит\w+|смесител\w+"
    r"|(отключени\w|отключить|перекрыть|слить) стояк\w*|по закону|по норм\w+|за какой срок|за сколько дней|уведомля\w+"
    r"|имеют право|имеете право)\b"
)
# Only one flat lacks the resource: this is no outage of the house.
_ONE_FLAT = re.compile(
    r"\b((только|лишь) у (меня|нас)|у меня одн\w+|в одной комнате|пробк\w+|автомат\w*|у (соседей|всех)( \w+)?"
    r" (есть|гор\w+|работа\w+|норм\w*|жар\w+|тепл\w+|ид\w+))\b"
)
# The resource is there all the same, or has another problem.
_THERE: Mapping[Resource, re.Pattern[str]] = {
    Resource.HOT_WATER: re.compile(r"\bгоряч\w+ (вода )?(есть|теч\w+|норм\w*)\b"),
    Resource.COLD_WATER: re.compile(r"\b(хвс|холодн\w+ (вода )?)(есть|теч\w+|норм\w*)\b"),
    Resource.LIFT: re.compile(
        r"\b(люд\w+|человек\w*|ребен\w+|дет\w+|застр\w+|освобод\w+|внутри|ламп\w*|темно|зеркал\w*|кнопк\w*|гряз\w+"
        r"|пахн\w+|воня\w+|связ\w+|шум\w+|скрип\w+|скреж\w+)\b"
    ),
}
_WARM = re.compile(r"\b(батаре\w+|радиатор\w*) (?!(еле|чуть|едва|не) )(\w+ )?(горяч|тепл|жарк)\w+")
# Light on the stairs and in the yard is no outage.
_OUTSIDE_LIGHT = re.compile(
    r"\b(подъезд\w*|лестн\w+|площадк\w+|тамбур\w*|подвал\w*|лампоч\w+|фонар\w*|двор\w*|улиц\w*|этаже|светильник\w*)\b"
)


@lru_cache(maxsize=REMEMBERED)
def resources(text: str) -> frozenset[Resource]:
    """Return the resources that a message misses or asks about; empty: it is about another matter."""
    words = plain(russian(text[:MOST_TEXT]))
    if _is_other_matter(words):
        return frozenset()
    planned = bool(_PLANNED.search(words))
    if not planned and not _is_missed_now(words):
        return frozenset()
    named = _named(words)
    if named:
        return frozenset(named - _not_missed(words))
    return EVERYTHING if _PLANNED_ALL.search(words) and not _OTHER_THING.search(words) else frozenset()


def _named(words: str) -> set[Resource]:
    """Return the resources that are mentioned, missed or not; water that is neither hot nor cold is both."""
    named = _mentioned(words)
    return named | BOTH_WATERS if _WATER.search(words) and named.isdisjoint(BOTH_WATERS) else named


def _not_missed(words: str) -> set[Resource]:
    """Return the resources that are there all the same, or have another problem than an outage."""
    outside = {Resource.ELECTRICITY} if _OUTSIDE_LIGHT.search(words) else set()
    return outside | {resource for resource, pattern in _THERE.items() if pattern.search(words)}


@lru_cache(maxsize=REMEMBERED)
def missed(text: str) -> tuple[frozenset[Resource], ...]:
    """Return the resources that are missed now, each as a set of its own.

    Water that is neither hot nor cold is a set of both: either may be meant.
    """
    words = plain(russian(text[:MOST_TEXT]))
    if not _is_missed_now(words):
        return ()
    mentioned = _mentioned(words)
    wanted = resources(text) - ({Resource.HEATING} if _WARM.search(words) else set())
    single = [frozenset({resource}) for resource in Resource if resource in wanted & mentioned]
    water = wanted & BOTH_WATERS if _WATER.search(words) and mentioned.isdisjoint(BOTH_WATERS) else frozenset()
    return (*single, water) if water else tuple(single)


def _mentioned(words: str) -> set[Resource]:
    """Return the resources that are called by their own words."""
    return {resource for resource, pattern in _NAMED.items() if pattern.search(words)}


def is_other_matter(text: str) -> bool:
    """Say whether a message is about money, meters, repairs or one flat alone, whatever else it misses."""
    return _is_other_matter(plain(russian(text[:MOST_TEXT])))


def _is_other_matter(words: str) -> bool:
    return bool(_ELSE.search(words) or _ONE_FLAT.search(words))


@lru_cache(maxsize=REMEMBERED)
def is_missed_now(text: str) -> bool:
    """Say whether something is missed now: an outage planned for later is then no answer."""
    return _is_missed_now(plain(russian(text[:MOST_TEXT])))


def _is_missed_now(words: str) -> bool:
    return bool(_GONE.search(words) or _BACK.search(words) or _COLD_ROOMS.search(words))
