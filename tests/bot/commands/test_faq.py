"""`./domovoy faq check`: what a person reads, and the exit codes; houses that answers name."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.commands.main import main

ENTRY = "- id: {}\n  question: {}\n  variants: [{}]\n  answer: {}\n"
CLEAN = ENTRY.format("meters", "Когда передавать показания?", "до какого числа счётчики", "До 25 числа.")
HOUSES = '  for_houses:\n    - {{houses: ["{}"], answer: "У вас по-другому."}}\n'


def checked(folder: Path, text: str, *more: str) -> int:
    file = folder / "base.yaml"
    file.write_text(text, encoding="utf-8")
    return main(["faq", "check", "--kb", str(file), "--data", str(folder / "data"), *more])


def test_shipped_base_is_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faq", "check", "--data", str(tmp_path / "data")]) == 0
    said = capsys.readouterr().out
    assert "замечаний: 0. Всё в порядке." in said
    assert "К сведению" in said  # of the facts that the example configuration leaves empty
    assert not (tmp_path / "data").exists()


def test_same_question_twice_is_told_with_both_entries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twice = CLEAN + ENTRY.format("more", "когда передавать показания", "счётчики", "Завтра.")
    assert checked(tmp_path, twice) == 1
    said = capsys.readouterr().out
    assert "Один и тот же вопрос в двух записях" in said
    assert "  meters  more           когда передавать показания\n" in said
    assert "замечаний: 1." in said


def test_long_answer_is_cut_on_the_terminal_and_the_page_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "report.html"
    long = CLEAN + ENTRY.format("key", "Где ключ от чердака?", "ключ от подвала", "слово " * 100)
    assert checked(tmp_path, long, "--html", str(page)) == 1
    assert "Ответ длиннее 500 знаков" in capsys.readouterr().out
    html = page.read_text(encoding="utf-8")
    assert "<h1>Проверка базы знаний</h1>" in html
    assert "слово " * 99 in html


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id: meters", "base.yaml: нужен список записей"),
        ("[]", "нет ни одной записи"),
        ("- id: [", "здесь нарушен YAML"),
        (CLEAN + HOUSES.format("ул. Лунная, 1"), "дом 'ул. Лунная, 1': такого нет в списке домов"),
    ],
)
def test_unusable_base_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: str) -> None:
    assert checked(tmp_path, text) == 2
    assert says in capsys.readouterr().err


def test_missing_base_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faq", "check", "--kb", str(tmp_path / "none"), "--data", str(tmp_path / "data")]) == 2
    assert "нет; укажите файл YAML" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["ул. Ленина, д. 12", "ул. Ленина,  Д. 12", "улица Садовая дом 7"])
def test_house_is_found_in_the_list_that_fills_an_empty_database(tmp_path: Path, address: str) -> None:
    assert checked(tmp_path, CLEAN + HOUSES.format(address)) == 0


def test_houses_of_the_database_go_before_those_of_the_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "houses.csv").write_text("address\nул. Лунная, д. 1\n", encoding="utf-8")
    assert main(["import", "houses", str(tmp_path / "houses.csv"), "--data", str(tmp_path / "data")]) == 0
    assert checked(tmp_path, CLEAN + HOUSES.format("Лунная 1")) == 0
    assert checked(tmp_path, CLEAN + HOUSES.format("ул. Ленина, д. 12")) == 2
    assert "такого нет в списке домов" in capsys.readouterr().err


def test_import_refuses_a_base_that_names_an_unknown_house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "faq").mkdir()
    monkeypatch.setenv("DOMOVOY_COMPANY__FAQ", str(tmp_path / "faq"))
    file = tmp_path / "ours.yaml"
    file.write_text(CLEAN + HOUSES.format("ул. Лунная, 1"), encoding="utf-8")
    assert main(["import", "faq", str(file), "--data", str(tmp_path / "data")]) == 2
    assert "Лунная" in capsys.readouterr().err
    assert list((tmp_path / "faq").iterdir()) == []
