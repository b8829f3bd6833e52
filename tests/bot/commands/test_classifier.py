"""`./domovoy classifier` from end to end: nothing without --apply, a refusal when it gets worse, and a way back."""

from __future__ import annotations

import asyncio
import csv
import io
from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from bot.commands import classifier as command
from bot.commands.main import main
from bot.factory import build_classifier
from models import corrections
from models.database.connection import Connection
from models.database.database import Database, open_database
from tests.support.running import running_app
from tests.tickets.learning.test_evaluation import LEARNED
from tickets.classification.problems import shipped
from tickets.learning import evaluation as learning
from tickets.learning.types import Correction

Rows = Sequence[tuple[str, str]]  # text, code chosen
POISON: Rows = [(text, "certificate") for code, text in learning.control() if not shipped()[code].safety]


async def fill(conn: Connection, rows: Rows) -> None:
    for number, (text, chosen) in enumerate(rows):
        await corrections.add(conn, text=text, guessed="intercom", chosen=chosen, who="resident", at_ms=number + 1)


class Home:
    """An installation that does not run."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def filled(self, rows: Rows) -> Home:
        async def work(database: Database) -> None:
            await database.transaction(lambda conn: fill(conn, rows))

        self.do(work)
        return self

    def do(self, work: object) -> object:
        async def opened() -> object:
            self.data.mkdir(exist_ok=True)
            database = await open_database(f"sqlite://{self.data / 'domovoy.db'}")
            try:
                return await work(database)  # type: ignore[operator]  # any coroutine function
            finally:
                await database.close()

        return asyncio.run(opened())

    def run(self, *words: str) -> int:
        return main(["classifier", *words, "--data", str(self.data)])

    def learned(self) -> list[str]:
        async def work(database: Database) -> list[Correction]:
            return await database.transaction(corrections.learned)

        found = self.do(work)
        assert isinstance(found, list)
        return [row.text for row in found]

    def guess(self, text: str) -> str:
        """What a program that starts now says of a text."""

        async def work(database: Database) -> str:
            found = (await build_classifier(database)).classify(text)
            return found.problem.code if found else ""

        return str(self.do(work))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "data")


def told(capsys: pytest.CaptureFixture[str]) -> str:
    caught = capsys.readouterr()
    return caught.out + caught.err


def test_without_apply_nothing_is_changed(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.filled([(LEARNED, "lift_noise")])
    assert home.run("learn") == 0
    said = told(capsys)
    assert "Ничего не изменено; примените: ./domovoy classifier learn --apply" in said
    assert "По отложенным судить нельзя: их 0, нужно хотя бы 5" in said
    assert home.learned() == []
    assert home.guess(LEARNED) != "lift_noise"


def test_what_was_misjudged_is_right_after_apply_until_it_is_forgotten(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.filled([(LEARNED, "lift_noise")])
    before = home.guess(LEARNED)
    assert home.run("learn", "--apply") == 0
    assert "Выучено строк: 1. Подействует после перезапуска" in told(capsys)
    assert home.learned() == [LEARNED]
    assert home.guess(LEARNED) == "lift_noise"
    assert home.run("forget") == 0
    assert "Забыто строк: 1. Сами исправления остались." in told(capsys)
    assert home.learned() == []
    assert home.guess(LEARNED) == before


def test_the_table_shows_before_and_after_on_kept_out_rows(
    home: Home, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    beginnings = ("шарманка", "волынка", "арфа", "балалайка", "гармонь", "лютня", "флейта", "труба")
    texts = [f"{one} {two}" for one in beginnings for two in ("гнусавит", "гундосит", "фальшивит", "мямлит")]
    home.filled([(text, "lift_noise") for text in texts])
    judging = [text for text in texts if learning.is_held_out(text)]
    assert len(judging) >= learning.FEW
    assert home.run("learn", "--html", str(tmp_path / "report.html")) == 0
    said = told(capsys)
    assert f"отложено для проверки: {len(judging)}" in said
    line = next(line for line in said.splitlines() if "проблема верна" in line)
    assert f"0 из {len(judging)} (0%)" in line
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for part in ("Было и стало", "Что изменилось", "Что учим", "аварий услышано", judging[0]):
        assert part in page


def test_apply_refuses_what_makes_the_control_set_worse(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.filled(POISON)
    assert home.run("learn", "--apply") == command.REFUSED
    said = told(capsys)
    assert "на контрольном наборе стало хуже" in said
    assert "Всё равно выучить: --force" in said
    assert home.learned() == []
    assert home.run("learn", "--apply", "--force") == 0
    assert len(home.learned()) > 10


def test_what_teaches_nothing_is_named_and_nothing_is_learned(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.filled([(LEARNED, "question"), (f"{LEARNED} снова", "gas_smell")])
    assert home.run("learn", "--apply") == 0
    said = told(capsys)
    assert "Не учим: 1 – «Другое», верная проблема неизвестна." in said
    assert "Учить пока нечего" in said
    assert home.learned() == []


def test_corrections_are_exported_for_a_spreadsheet(
    home: Home, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    home.filled([(LEARNED, "lift_noise"), ("=1+1 темно", "entrance_light")])
    out = tmp_path / "corrections.csv"
    assert home.run("corrections", "--out", str(out)) == 0
    assert f"Исправлений: 2. Файл: {out}" in told(capsys)
    rows = list(csv.reader(io.StringIO(out.read_text(encoding="utf-8-sig")), delimiter=";"))
    assert rows[0] == list(command.COLUMNS)
    assert rows[1][1:] == ["житель", LEARNED, "intercom", "lift_noise", ""]
    assert rows[2][2] == "'=1+1 темно"
    assert home.run("corrections", "--out", str(tmp_path)) == 2
    assert "не записывается" in told(capsys)


@pytest.mark.parametrize("words", [["learn"], ["learn", "--apply"], ["forget"], ["corrections", "--out", "x.csv"]])
def test_without_a_database_the_command_says_what_to_do(
    home: Home, words: Iterable[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert home.run(*words) == 2
    assert "базы ещё нет; она появится после первого запуска" in told(capsys)
    assert not home.data.exists()


def test_force_alone_is_refused(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert home.filled([(LEARNED, "lift_noise")]).run("learn", "--force") == 2
    assert "--force: действует только вместе с --apply" in told(capsys)


def test_without_corrections_the_command_says_where_they_come_from(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.filled([])
    assert home.run("learn", "--apply") == 0
    assert "Исправлений пока нет: они появятся" in told(capsys)


async def test_a_running_program_is_asked_and_learns_at_its_next_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    database = await open_database(f"sqlite://{data / 'domovoy.db'}")
    await database.transaction(lambda conn: fill(conn, [(LEARNED, "lift_noise")]))
    await database.close()
    async with running_app(tmp_path) as running:
        options = Namespace(action="learn", apply=True, force=False, html=None)
        assert await command.run(running.app.settings, data, options) == 0
    assert "Выучено строк: 1" in told(capsys)
    database = await open_database(f"sqlite://{data / 'domovoy.db'}")
    try:
        found = (await build_classifier(database)).classify(LEARNED)
    finally:
        await database.close()
    assert found
    assert found.problem.code == "lift_noise"
