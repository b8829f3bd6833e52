from __future__ import annotations

from pathlib import Path

import pytest

from bot.commands.posters import print_posters
from bot.settings.loader import load_settings
from errors import ConfigError, DomovoyError
from models import houses
from models.database.database import Database

SITE = {"DOMOVOY_SERVER__PUBLIC_URL": "https://chat.uk-uyut.example"}


async def print_all(database: Database, folder: Path, environment: dict[str, str], **choice: str) -> list[str]:
    options = {"houses": "all", "channels": "", "form": "svg"} | choice
    settings = load_settings(None, environment)
    written = await print_posters(database, settings, folder=folder, **options)
    assert sorted(written) == sorted(folder.iterdir())
    return [path.name for path in written]


async def register(database: Database) -> None:
    rows: list[tuple[str, dict[str, object]]] = [("ул. Садовая, д. 5", {"entrances": 2}), ("ул. Ленина, д. 12", {})]
    await database.transaction(lambda conn: houses.add(conn, rows))


async def test_every_house_and_entrance_gets_its_page(database: Database, tmp_path: Path) -> None:
    await register(database)
    assert await print_all(database, tmp_path / "svg", SITE) == [
        "house-1.svg",
        "house-1-1.svg",
        "house-1-2.svg",
        "house-2.svg",
    ]
    assert await print_all(database, tmp_path / "pdf", SITE, form="pdf", houses="2") == ["house-2.pdf"]
    assert (tmp_path / "pdf" / "house-2.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("environment", "choice", "told"),
    [
        (SITE, {"houses": "9"}, "дома с таким номером нет"),
        (SITE, {"channels": "telegram"}, "канал выключен"),
        ({}, {}, "нет канала, на который ведёт ссылка"),
    ],
)
async def test_what_cannot_be_printed_says_why(
    database: Database, tmp_path: Path, environment: dict[str, str], choice: dict[str, str], told: str
) -> None:
    await register(database)
    with pytest.raises(DomovoyError, match=told):
        await print_all(database, tmp_path / "out", environment, **choice)


async def test_folder_that_cannot_be_written_is_named(database: Database, tmp_path: Path) -> None:
    await register(database)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="сюда не записать"):
        await print_all(database, tmp_path / "file", SITE)
