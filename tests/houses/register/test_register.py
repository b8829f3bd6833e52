"""The register of houses from a file."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from errors import ConfigError
from houses.recognition.address_parser import Street, Written, read_register
from houses.register.loader import load_csv, read


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


def test_every_wrong_row_is_named(file: Path) -> None:
    file.write_text("address;year;gas\nСадовая;1974;\nул. Мира, д. 1;старый;может быть\n", encoding="utf-8")
    reading = read(file)
    assert reading.houses == []
    assert [error.partition(":")[0] for error in reading.errors] == [
        "houses.csv, строка 2",
        "houses.csv, строка 3",
        "houses.csv, строка 3",
    ]


def test_russian_headings_and_split_columns(file: Path) -> None:
    file.write_text(
        "Населенный пункт\tУлица\tДом\tКорпус\tКол-во подъездов\tЧисло квартир\tГаз\tВ управлении с\n"
        "пос. Дальний\tул. Мира\t7а\t2\t4\t80\tда\t01.09.2024\n",
        encoding="utf-8",
    )
    [(address, details)] = load_csv(file)
    assert address == "пос. Дальний, ул. Мира, д. 7а, корп. 2"
    assert details == {"entrances": 4, "flats": 80, "gas": True, "managed_since": "2024-09-01"}
    assert read_register(address) == Written(("дальний",), Street("ул", ("мира",)), "7ак2", 7)


def test_the_same_house_written_otherwise_is_a_double(file: Path) -> None:
    file.write_text("address\nул. Зелёная, д. 5, корп. 1\nулица Зеленая, дом 5 к1\n", encoding="utf-8")
    assert "строка 3" in read(file).errors[0]


def test_the_workbook_of_gis_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    main = book.active
    main.title = "Характеристики МКД"
    main.append(["Сведения о домах"])
    main.append(["Адрес", "Код дома по ФИАС", "Год ввода в эксплуатацию", "Количество этажей, наибольшее", "ОКТМО"])
    home = "432000, Ульяновская обл, г. Луговск, ул. Мира, д. 7, корп. 1"
    main.append([home, "0c5b2444-70a0-4932-980c-b4dc0d3f02b5", 1984, 9, "73701000"])
    for title, rows in (("Подъезды", 2), ("Жилые помещения", 4)):
        sheet = book.create_sheet(title)
        sheet.append(["Адрес МКД", "Номер"])
        for number in range(rows):
            sheet.append([home, number + 1])
    book.save(tmp_path / "gis.xlsx")
    [(address, details)] = load_csv(tmp_path / "gis.xlsx")
    assert address == home
    assert details == {
        "fias_guid": "0c5b2444-70a0-4932-980c-b4dc0d3f02b5",
        "year": 1984,
        "floors": 9,
        "entrances": 2,
        "flats": 4,
    }
    assert read_register(address) == Written(("луговск",), Street("ул", ("мира",)), "7к1", 7)


def test_a_broken_workbook_is_named(tmp_path: Path) -> None:
    (tmp_path / "gis.xlsx").write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(ConfigError, match=r"gis\.xlsx"):
        load_csv(tmp_path / "gis.xlsx")
