"""`./domovoy import houses` and `import faq`: all or nothing, and houses keep their rows."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.commands.main import main

GUID = "0c5b2444-70a0-4932-980c-b4dc0d3f02b5"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "faq").mkdir()
    monkeypatch.setenv("DOMOVOY_COMPANY__FAQ", str(tmp_path / "faq"))
    return tmp_path


def taken(folder: Path, text: str, *more: str) -> int:
    file = folder / "houses.csv"
    file.write_text(text, encoding="utf-8")
    return main(["import", "houses", str(file), "--data", str(folder / "data"), *more])


def houses(folder: Path) -> list[tuple[int, str]]:
    with sqlite3.connect(folder / "data" / "domovoy.db") as database:
        return list(database.execute("SELECT id, address FROM house WHERE active = 1 ORDER BY id"))


def test_houses_are_added_and_then_updated_without_doubles(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert taken(folder, f"address;fias_guid\nул. Мира, д. 1;{GUID}\nул. Мира, д. 2;\n") == 0
    assert taken(folder, f"address;fias_guid\nпр-т Мира, д. 1;{GUID}\nул. мира,  д. 2;\nул. Мира, д. 3;\n") == 0
    assert "добавлено: 1, обновлено: 2, пропущено: 0" in capsys.readouterr().out
    assert houses(folder) == [(1, "пр-т Мира, д. 1"), (2, "ул. мира, д. 2"), (3, "ул. Мира, д. 3")]


def test_two_houses_may_swap_their_addresses(folder: Path) -> None:
    assert taken(folder, "id;address\nA;ул. Мира, д. 1\nB;ул. Мира, д. 2\n") == 0
    assert taken(folder, "id;address\nA;ул. Мира, д. 2\nB;ул. Мира, д. 1\n") == 0
    assert houses(folder) == [(1, "ул. Мира, д. 2"), (2, "ул. Мира, д. 1")]


WRONG = "address;year\nул. Мира, д. 1;1970\nМира;1971\nул. Мира, д. 2;давно\n"


def test_nothing_changes_unless_all_is_right(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert taken(folder, WRONG) == 2
    said = capsys.readouterr().err
    assert "houses.csv, строка 3: 'Мира'" in said
    assert "houses.csv, строка 4: в столбце year" in said
    assert houses(folder) == []


def test_partial_takes_the_right_rows_and_names_the_others(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert taken(folder, WRONG, "--partial") == 0
    assert "строка 4" in capsys.readouterr().err
    assert houses(folder) == [(1, "ул. Мира, д. 1")]


def knowledge(folder: Path, name: str, entry: str, question: str) -> Path:
    file = folder / name
    file.write_text(f"- id: {entry}\n  question: {question}\n  answer: Да.\n", encoding="utf-8")
    return file


def test_a_knowledge_base_is_put_into_its_place(folder: Path) -> None:
    file = knowledge(folder, "own.yaml", "own", "Есть ли вода?")
    assert main(["import", "faq", str(file)]) == 0
    assert (folder / "faq" / "own.yaml").read_bytes() == file.read_bytes()


def test_a_knowledge_base_that_clashes_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = knowledge(folder / "faq", "there.yaml", "same", "Есть ли вода?")
    assert main(["import", "faq", str(knowledge(folder, "own.yaml", "same", "Есть ли газ?"))]) == 2
    assert "same" in capsys.readouterr().err
    assert sorted((folder / "faq").iterdir()) == [there]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id;address\nA;ул. Мира, д. 2\n", "уже есть"),
        ("id;address\nA;ул. Мира, д. 3\n;ул. Мира, д. 1\n", "две строки"),
    ],
)
def test_a_row_that_means_two_houses_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    assert taken(folder, "id;address\nA;ул. Мира, д. 1\nB;ул. Мира, д. 2\n") == 0
    assert taken(folder, text) == 2
    assert says in capsys.readouterr().err
    assert houses(folder) == [(1, "ул. Мира, д. 1"), (2, "ул. Мира, д. 2")]
