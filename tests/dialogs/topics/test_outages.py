"""An outage that a dispatcher announced answers the residents of its houses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest

from channels.contract import Letter, Press
from dialogs.effects import LogUnanswered, OpenTicket
from dialogs.extraction import outage_words
from houses.types import House
from tests.dialogs.talk import NOON, Talk, houses, neighbour
from tickets.lifecycle.types import Outage, Resource

HOUSE: House = houses().find("ул. Садовая, 5").houses[0]
OTHER: House = houses().find("ул. Ленина, 12а").houses[0]
HOT, COLD, HEAT = Resource.HOT_WATER, Resource.COLD_WATER, Resource.HEATING
LIGHT, GAS, LIFT = Resource.ELECTRICITY, Resource.GAS, Resource.LIFT


def outage(resource: Resource, *, starts: float = -1, lasts: float = 7, **more: Any) -> Outage:
    """An outage that begins in so many hours and lasts so many."""
    begins = NOON + timedelta(hours=starts)
    fields: dict[str, Any] = {"id": 1, "house_id": HOUSE.id, "text": "Порыв на сетях."} | more
    return Outage(resource=resource, begins=begins, ends=begins + timedelta(hours=lasts), **fields)


def warned(*outages: Outage, **known: Any) -> Talk:
    talk = neighbour(**known)
    talk.world = replace(talk.world, outages=outages)
    return talk


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        (HOT, "почему нет горячей воды"),
        (HOT, "нет горячей воды"),
        (HOT, "Когда дадут горячую воду?"),
        (HOT, "gjxtve ytn ujhzxtq djls"),
        (HOT, "горячая вода еле тёплая, что случилось?"),
        (HOT, "опять воды нет!!!"),
        (COLD, "опять воды нет!!!"),
        (COLD, "отключили холодную воду без предупреждения"),
        (HEAT, "батареи холодные"),
        (HEAT, "когда включат отопление"),
        (LIGHT, "когда дадут свет"),
        (LIGHT, "во всём доме пропало электричество"),
        (GAS, "почему отключили газ?"),
        (LIFT, "лифт не работает"),
        (LIFT, "когда запустят лифт?"),
    ],
)
def test_outage_under_way_answers_question_and_complaint(resource: Resource, text: str) -> None:
    talk = warned(outage(resource))
    said = talk.write(text)
    assert "Порыв на сетях." in said
    assert "24 ноября, 18:00" in said
    assert "Всё равно оформить" in talk.labels
    assert talk.effects(OpenTicket) == []
    assert talk.effects(LogUnanswered) == []


@pytest.mark.parametrize(
    ("resource", "promise"), [(HOT, "Обещают включить к 24 ноября"), (LIFT, "Обещают починить к 24 ноября")]
)
def test_answer_says_what_is_promised(resource: Resource, promise: str) -> None:
    assert promise in warned(outage(resource)).write("нет горячей воды" if resource is HOT else "лифт не работает")


@pytest.mark.parametrize(
    "text",
    [
        "когда передавать показания счётчиков горячей воды?",
        "сколько платить, если нет горячей воды",
        "сделайте перерасчёт, не было горячей воды",
        "прорвало трубу горячей воды",
        "какая должна быть температура горячей воды?",
        "нет света в подъезде на лестнице",
        "когда моют подъезд?",
        "нет отопления",
        "света нет только у меня, у соседей горит",
        "выбило автомат, нет света",
        "запишите показания: горячая 112, холодная 230",
        "по закону сколько можно сидеть без горячей воды?",
        "верните деньги, горячей воды не было неделю",
    ],
)
def test_what_is_about_something_else_gets_its_own_answer(text: str) -> None:
    talk = warned(outage(HOT), outage(LIGHT, id=2))
    assert "Порыв на сетях." not in talk.write(text)


def test_unknown_house_gets_the_general_answer() -> None:
    said = warned(outage(HOT), house_id=0).write("почему нет горячей воды?")
    assert "Порыв" not in said
    assert "до 4 часов подряд" in said


def test_outage_of_another_house_says_nothing() -> None:
    assert "Порыв" not in warned(outage(HOT, house_id=OTHER.id)).write("почему нет горячей воды?")


def test_complaint_about_another_house_is_not_answered_with_the_outage_at_home() -> None:
    talk = warned(outage(HOT))
    assert "Порыв" not in talk.write("нет горячей воды, ул. Ленина, 12а, кв. 3")
    assert talk.session.draft.house_id == OTHER.id


def test_outage_that_is_over_says_nothing() -> None:
    assert "Порыв" not in warned(outage(HOT, starts=-5, lasts=5)).write("почему нет горячей воды?")


def test_planned_outage_answers_who_asks_about_plans() -> None:
    talk = warned(outage(HOT, starts=48))
    said = talk.write("какие отключения запланированы?")
    assert "не будет горячей воды с 26 ноября, 12:00 до 26 ноября, 19:00" in said
    assert "Это помогло?" not in said


def test_planned_outage_stands_before_the_answer_to_who_misses_water_now() -> None:
    said = warned(outage(HOT, starts=48)).write("почему нет горячей воды?")
    assert said.index("с 26 ноября, 12:00") < said.index("до 4 часов подряд")


def test_planned_outage_does_not_keep_a_report_from_being_begun() -> None:
    talk = warned(outage(HOT, starts=48))
    assert "с 26 ноября, 12:00" in talk.write("нет горячей воды")
    assert talk.session.draft.problem == "hot_no_water"


def test_ticket_is_opened_all_the_same_with_the_words_that_were_said() -> None:
    talk = warned(outage(HOT))
    talk.write("нет горячей воды, и у соседей тоже")
    talk.press("Всё равно оформить")
    talk.write("да", "да", "нет", "да")
    order = talk.effects(OpenTicket)[0]
    assert (order.problem, order.text) == ("hot_no_water", "нет горячей воды, и у соседей тоже")


def test_button_may_be_typed() -> None:
    talk = warned(outage(LIFT))
    talk.write("лифт стоит", "всё равно оформить")
    assert talk.session.draft.problem == "lift_stopped"


def test_words_of_an_older_question_do_not_get_into_a_later_report() -> None:
    talk = warned(outage(HOT))
    talk.write("нет горячей воды", "когда моют подъезд?")
    talk.event(Press("open:entrance_cleaning"))
    assert "горячей" not in talk.session.draft.text


@pytest.mark.parametrize(
    ("text", "key"), [("пахнет газом, и света нет", "Запах газа"), ("застряли в лифте, он не работает", "лифт")]
)
def test_outage_never_stands_before_the_safety_text(text: str, key: str) -> None:
    talk = warned(outage(GAS), outage(LIFT, id=2), outage(LIGHT, id=3))
    said = talk.write(text)
    assert key.lower() in said.lower()
    assert "Порыв" not in said
    assert talk.effects(OpenTicket)


def test_question_within_the_form_is_answered_and_the_form_goes_on() -> None:
    talk = warned(outage(LIGHT))
    talk.write("Сообщить о проблеме", "да")
    said = talk.write("а когда дадут свет?")
    assert "Порыв" in said
    assert talk.says[-1].key.startswith("report-ask")


def test_report_tells_the_outage_of_its_house_once_before_it_is_sent() -> None:
    talk = neighbour()
    talk.write("нет горячей воды, ул. Ленина, 12а, кв. 3")
    talk.world = replace(talk.world, outages=(outage(HOT, house_id=OTHER.id),))  # now that the house is known
    talk.write("да")
    assert "Порыв" in talk.write("нет")
    assert "Порыв" not in talk.write("изменить телефон")
    assert "Порыв" not in talk.write("+7 903 123-45-68")


def test_button_of_a_question_leads_to_the_outage() -> None:
    talk = warned(outage(HOT))
    assert "Порыв" in talk.event(Press("faq:hot_off"))


def test_times_are_those_of_the_house() -> None:
    omsk = timezone(timedelta(hours=6))
    one = outage(HOT)
    talk = warned(replace(one, begins=one.begins.astimezone(omsk), ends=one.ends.astimezone(omsk)))
    assert "24 ноября, 21:00" in talk.write("нет горячей воды")


def test_several_outages_are_told_those_under_way_first() -> None:
    talk = warned(outage(COLD, starts=20, text="Замена стояка."), outage(HOT, id=2))
    said = talk.write("почему нет воды?")
    assert said.index("Порыв на сетях.") < said.index("Замена стояка.")


def test_what_is_missed_besides_the_announced_is_named_and_its_report_goes_on() -> None:
    talk = warned(outage(LIGHT))
    said = talk.write("нет холодной воды и света")
    assert said.index("отключено электричество") < said.index("О холодной воде объявления нет.")
    talk.press("Нет холодной воды")
    talk.write("да", "да", "нет", "да")
    order = talk.effects(OpenTicket)[0]
    assert (order.problem, order.text) == ("cold_no_water", "нет холодной воды и света")


def test_all_the_same_means_the_announced_trouble_also_when_more_is_missed() -> None:
    talk = warned(outage(LIGHT))
    talk.write("нет воды и света")
    talk.press("Всё равно оформить")
    assert talk.session.draft.problem == "el_no_power_house"


@pytest.mark.parametrize(
    ("off", "text", "rest"),
    [
        (LIGHT, "нет воды и света", ["water"]),
        (COLD, "нет воды и света", ["electricity"]),
        (HOT, "нет ни горячей, ни холодной воды", ["cold_water"]),
        (LIGHT, "нет света, газа и отопления", ["heating", "gas"]),
        (LIGHT, "когда дадут свет и горячую воду?", ["hot_water"]),
        (LIGHT, "батареи тёплые, но нет света", []),
        (LIGHT, "горячая есть, света нет", []),
        (HOT, "нет воды", []),
        (COLD, "нет воды", []),
    ],
)
def test_only_what_no_outage_explains_is_named(off: Resource, text: str, rest: list[str]) -> None:
    talk = warned(outage(off))
    said = talk.write(text)
    assert "Порыв" in said
    assert [say.args["resource"] for say in talk.says if say.key == "outage-not-announced"] == rest
    assert sum(label != "Всё равно оформить" for label in talk.labels) == len(rest) + 1  # and the menu


def test_both_announced_leave_nothing_over() -> None:
    said = warned(outage(LIGHT), outage(COLD, id=2)).write("нет воды и света")
    assert "объявления нет" not in said
    assert "отключено электричество" in said
    assert "отключена холодная вода" in said


def test_what_is_off_only_later_is_told_and_its_report_is_offered_when_it_is_missed_now() -> None:
    talk = warned(outage(LIGHT), outage(COLD, id=2, starts=48))
    said = talk.write("нет холодной воды и света")
    assert "не будет холодной воды с 26 ноября" in said
    assert "объявления нет" not in said
    talk.press("Нет холодной воды")
    assert talk.session.draft.problem == "cold_no_water"


def test_question_in_the_form_hears_what_is_not_announced() -> None:
    talk = warned(outage(LIGHT))
    talk.write("Сообщить о проблеме", "да")
    assert "О горячей воде объявления нет." in talk.write("а когда дадут свет и горячую воду?")


def test_letter_is_not_answered_with_the_outage_alone_when_it_misses_more() -> None:
    talk = warned(outage(LIGHT))
    talk.world = replace(talk.world, letters=True)
    said = talk.event(Letter(text="Когда дадут свет и горячую воду?", subject="Вопрос"))
    assert said.index("О горячей воде объявления нет.") < said.index("Воды может не быть до 4 часов подряд")


def test_letter_that_asks_gets_the_outage_and_a_report_by_letter_is_opened_with_it() -> None:
    talk = warned(outage(HOT))
    talk.world = replace(talk.world, letters=True)
    assert "Порыв" in talk.event(Letter(text="Когда дадут горячую воду?", subject="Вопрос"))
    assert talk.effects(OpenTicket) == []
    assert "Порыв" in talk.event(Letter(text="Нет горячей воды третий день, примите меры.", subject="Жалоба"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("нет воды", {HOT, COLD}),
        ("нет ни горячей, ни холодной воды", {HOT, COLD}),
        ("будут ли завтра отключать воду", {HOT, COLD}),
        ("батареи горячие, а света нет", {HEAT, LIGHT}),
        ("не горит фонарь во дворе, нет света", set()),
        ("горячая есть, холодной нет", {COLD}),
        ("когда поставят новый лифт", set()),
        ("в лифте не работает кнопка вызова", set()),
        ("лифт не работает, внутри люди", set()),
        ("как договориться об отключении стояка", set()),
        ("когда придёт электрик", set()),
        ("спасибо", set()),
        ("нет", set()),
        ("", set()),
        ("когда будет опрессовка", set(Resource)),
        ("какие отключения запланированы", set(Resource)),
        ("какие отключения планируются?", set(Resource)),
        ("плановые отключения", set(Resource)),
        ("что будут отключать завтра", set(Resource)),
        ("какие работы запланированы в доме", set(Resource)),
        ("отключите рассылку", set()),
        ("отключите мне домофон", set()),
        ("будет ли отключение домофона", set()),
        ("интернет будут отключать?", set()),
        ("какие отключения планируются, мой телефон 8 903 123-45-67", set(Resource)),
        ("планирую уехать на месяц", set()),
        ("планировка квартиры какая", set()),
        ("плановый осмотр когда", set()),
        ("когда выключат музыку", set()),
        ("отключат свет на лестнице", set()),
        ("будет ли отключение света во дворе", set()),
        ("выключат ли свет завтра", {LIGHT}),
        ("когда отключите отопление", {HEAT}),
        ("горячую линию отключили", set()),
        ("горячая линия не работает", set()),
        ("звоню на горячую линию, нет холодной воды", {COLD}),
        ("кипяток течёт из крана, нет напора", set()),
        ("кипятка нет", {HOT}),
        ("второй день без кипятка", {HOT}),
        ("кипяток пропал", {HOT}),
        ("вместо холодной воды идёт кипяток, холодной нет", {COLD}),
    ],
)
def test_words_name_what_is_missed(text: str, expected: set[Resource]) -> None:
    assert outage_words.resources(text) == expected
