"""The register of houses from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.contract import ConfigError
from houses.register import load_csv


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "houses.csv"


def test_columns_in_any_order_and_details_as_numbers(file: Path) -> None:
    file.write_text("floors;address;timezone\n5;ул.  Садовая, д. 5;Asia/Omsk\n;ул. Садовая, д. 7;\n", encoding="utf-8")
    assert load_csv(file) == [
        ("ул. Садовая, д. 5", {"floors": 5, "timezone": "Asia/Omsk"}),
        ("ул. Садовая, д. 7", {}),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_files_of_excel_are_read(file: Path, encoding: str) -> None:
    file.write_text('address,year\n"ул. Садовая, д. 5",1974\n', encoding=encoding)
    assert load_csv(file) == [("ул. Садовая, д. 5", {"year": 1974})]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "названия столбцов"),
        ("house\nул. Садовая, д. 5\n", "address"),
        ("address;colour\n", "colour"),
        ("address\n", "нет ни одного дома"),
        ("address;year\nСадовая;1974\n", "строка 2: 'Садовая'"),
        ("address;year\nул. Садовая, д. 5;старый\n", "строка 2: в столбце year"),
        ("address;timezone\nул. Садовая, д. 5;Луна\n", "строка 2: часового пояса 'Луна' нет"),
        (
            "address;year\nул. Садовая, д. 5;1\nул. Садовая,  д. 5;2\n",
            "строка 3: дом ул. Садовая, д. 5 встречается дважды",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_row(file: Path, text: str, says: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_csv(file)
    assert str(error.value).startswith("houses.csv")
    assert says in str(error.value)


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"houses\.csv"):
        load_csv(file)
