"""Texts by key, with arguments, in two languages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from texts.catalog import Catalog

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ru.ftl").write_text(
        "hello = Здравствуйте, { $name }!\n"
        "term = Срок: { $due }.\n"
        "wait = Ждать { $minutes ->\n    [one] { $minutes } минуту\n    [few] { $minutes } минуты\n"
        "   *[other] { $minutes } минут\n }.\n"
        "only-russian = Заявка\n",
        encoding="utf-8",
    )
    (tmp_path / "en.ftl").write_text("hello = Hello, { $name }!\nterm = Due: { $due }.\n", encoding="utf-8")
    return tmp_path


def test_arguments_stand_in_the_text_as_they_are(folder: Path) -> None:
    assert Catalog("ru", MOSCOW, folder).render("hello", {"name": "Анна { $due }"}) == "Здравствуйте, Анна { $due }!"


def test_moments_are_written_in_the_zone_and_language_of_the_company(folder: Path) -> None:
    due = datetime(2026, 11, 23, 22, 5, tzinfo=UTC)
    assert Catalog("ru", MOSCOW, folder).render("term", {"due": due}) == "Срок: 24 ноября, 01:05."
    assert Catalog("en", MOSCOW, folder).render("term", {"due": due}) == "Due: 24 November, 01:05."


def test_russian_plurals(folder: Path) -> None:
    render = Catalog("ru", MOSCOW, folder).render
    sentences = [render("wait", {"minutes": minutes}) for minutes in (1, 3, 11, 25)]
    assert sentences == ["Ждать 1 минуту.", "Ждать 3 минуты.", "Ждать 11 минут.", "Ждать 25 минут."]


def test_a_text_missing_in_a_language_is_said_in_russian(folder: Path) -> None:
    assert Catalog("en", MOSCOW, folder).render("only-russian", {}) == "Заявка"


def test_an_unknown_key_or_language_says_its_name(folder: Path) -> None:
    with pytest.raises(LookupError, match="no-such-text"):
        Catalog("ru", MOSCOW, folder).render("no-such-text", {})
    with pytest.raises(LookupError, match="'tt'; known: en, ru"):
        Catalog("tt", MOSCOW, folder)


def test_the_same_text_with_an_argument_that_it_chooses_by_and_with_another(folder: Path) -> None:
    (folder / "ru.ftl").write_text(
        'place = Адрес{ $flat ->\n    [none] {""}\n   *[other] , кв. { $flat }\n }.\n', encoding="utf-8"
    )
    render = Catalog("ru", MOSCOW, folder).render
    sentences = [render("place", {"flat": flat}) for flat in ("12", "none", "7", "", "other", "[none]")]
    assert sentences == [
        "Адрес, кв. 12.",
        "Адрес.",
        "Адрес, кв. 7.",
        "Адрес, кв. .",
        "Адрес, кв. other.",
        "Адрес, кв. [none].",
    ]


def test_words_of_any_length_stand_in_a_text(folder: Path) -> None:
    name = "а" * 4000  # as much as is taken of one message; Fluent itself gives up above 2,500
    assert Catalog("ru", MOSCOW, folder).render("hello", {"name": name}) == f"Здравствуйте, {name}!"


def test_a_missing_argument_is_an_error_not_a_hole(folder: Path) -> None:
    with pytest.raises(ValueError, match="hello"):
        Catalog("ru", MOSCOW, folder).render("hello", {})


def test_a_broken_file_says_where(folder: Path) -> None:
    (folder / "ru.ftl").write_text("hello = Добрый день\nthis is no entry\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"ru\.ftl: cannot be read near: this is no entry"):
        Catalog("ru", MOSCOW, folder)
