"""Every rule by which the console reads a field of a form."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from operators.console.form import Form, FormError, id_of

MOSCOW = ZoneInfo("Europe/Moscow")


def test_text_is_stripped_and_cut() -> None:
    form = Form({"name": "  Анна Каштан \n"})
    assert form.text("name") == "Анна Каштан"
    assert form.text("name", 4) == "Анна"
    assert form.raw("name") == "  Анна Каштан \n"
    assert form.text("phone") == ""
    assert form.texts(("name", "phone"), 4) == {"name": "Анна", "phone": ""}


def test_required_text_says_what_is_missing() -> None:
    with pytest.raises(FormError, match="Напишите комментарий"):
        Form({"text": " \n"}).text("text", required="Напишите комментарий.")
    assert Form({"text": "да"}).text("text", required="Напишите комментарий.") == "да"


def test_choice_takes_only_what_is_offered() -> None:
    assert Form({"status": "done"}).choice("status", ["done", "closed"], "Выберите статус.") == "done"
    for fields in ({"status": "new"}, {"status": ""}, {}):
        with pytest.raises(FormError, match="Выберите статус"):
            Form(fields).choice("status", ["done", "closed"], "Выберите статус.")


@pytest.mark.parametrize("text", ["", "-1", "1.0", "x", "²", "٣", "1" * 19])
def test_what_no_row_has_as_its_id_is_not_found(text: str) -> None:
    assert id_of(text) is None
    with pytest.raises(web.HTTPNotFound):
        Form({"other": text}).id("other")


def test_id_is_a_number() -> None:
    assert Form({"other": "17"}).id("other") == 17
    assert id_of("9" * 18) == 10**18 - 1


def test_moment_is_read_in_the_time_zone() -> None:
    assert Form({"until": "2026-01-02T03:04"}).moment_ms("until", MOSCOW, "") == 1_767_312_240_000


@pytest.mark.parametrize("text", ["", "завтра", "2026-02-30T10:00"])
def test_wrong_moment_says_what_helps(text: str) -> None:
    with pytest.raises(FormError, match="Укажите дату"):
        Form({"until": text}).moment_ms("until", MOSCOW, "Укажите дату.")


def test_checkbox_is_checked_by_its_own_value() -> None:
    assert Form({"public": "1"}).is_checked("public")
    assert not Form({"public": "on"}).is_checked("public")
    assert not Form({}).is_checked("public")


def test_text_where_a_file_belongs_is_no_file() -> None:
    assert Form({"photo": ""}).file("photo") is None
    assert Form({}).file("photo") is None
