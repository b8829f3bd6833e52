"""Logs can be searched by action, and nobody's words can get into them."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
from collections.abc import Iterator

import pytest

from bot.monitoring import logging_setup
from bot.monitoring.logging_setup import JsonLines
from tests.support.import_graph import ROOT, modules
from tests.support.logged import calls, constant, listed

ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
PERSONAL = {"text", "body", "phone", "address", "apartment", "caption", "login", "conversation", "sender_name"}
SECRET = "Анна, кв. 5, +79031234567"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What a handler with our format writes for every logger of the process."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines({"node": "one", "role": "web"}))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def test_every_call_has_constant_text_an_action_and_nothing_personal() -> None:
    assert [place for place, one in calls() if one.text == "?"] == [], "what changes goes into extra"
    assert [place for place, one in calls() if not ACTION.fullmatch(one.action)] == [], "an action is area.event"
    assert [place for place, one in calls() if (PERSONAL | {"?"}) & set(one.fields)] == []


def test_the_docs_list_every_action_and_nothing_else() -> None:
    known = listed()
    assert sorted(known) == sorted({one for _, one in calls()}), "run: python -m tests.support.logged"
    assert [one.action for one, means in known.items() if not means] == []


def test_every_logger_of_the_project_is_named_after_its_module() -> None:
    """So the format knows which records are ours."""
    for file in modules():
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("getLogger") and node.args:
                named = ast.unparse(node.args[0])
                changes_level = constant(node.args[0]) != "?" or named == "noisy"
                assert named == "__name__" or changes_level, f"{file}:{node.lineno}"


def test_every_line_names_its_process_and_its_fields(lines: io.StringIO) -> None:
    logging.getLogger("bot.turns.processor").warning(
        "constant", extra={"action": "turn.failed", "count": 2, "names": {"a"}}
    )
    line = json.loads(lines.getvalue())
    assert (line["node"], line["role"], line["message"]) == ("one", "web", "constant")
    assert (line["action"], line["count"], line["names"], line["level"]) == ("turn.failed", 2, ["a"], "WARNING")


def test_an_error_is_told_by_its_types_and_places_only(lines: io.StringIO) -> None:
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise ValueError(SECRET) from error
    except ValueError as error:
        logging.getLogger("bot.turns.processor").exception(
            "failed", extra={"action": "turn.failed", "error_object": error}
        )
    line = json.loads(lines.getvalue())
    assert (line["error"], line["causes"], line["error_object"]) == ("ValueError", ["KeyError"], "ValueError")
    assert line["places"][0].startswith("test_logging_setup.py:")
    assert "Анна" not in lines.getvalue()


@pytest.mark.parametrize(
    "name",
    ["aiohttp.access", "aiogram.event", "asyncio", "tortoise.db_client", "asyncpg", "apscheduler.executors", "root"],
)
def test_what_a_library_says_is_not_repeated(name: str, lines: io.StringIO) -> None:
    library = logging.getLogger(name if name != "root" else "")
    before = library.level
    library.setLevel(logging.DEBUG)
    try:
        library.error("INSERT INTO message: %s", [SECRET], extra={"params": SECRET})
        library.error(f"Task exception was never retrieved {SECRET}")
        library.error(SECRET, exc_info=ValueError(SECRET))
    finally:
        library.setLevel(before)
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [line["action"] for line in told] == ["library.reported"] * 3
    assert told[0]["where"].startswith("test_logging_setup.py:")
    assert told[2]["error"] == "ValueError"
    assert "Анна" not in lines.getvalue()


def test_a_crash_is_a_line_of_the_log(lines: io.StringIO) -> None:
    logging_setup.crashed(ValueError, ValueError(SECRET), None)
    logging_setup.crashed(KeyboardInterrupt, KeyboardInterrupt(), None)
    (line,) = lines.getvalue().splitlines()
    assert (json.loads(line)["action"], json.loads(line)["error"]) == ("app.crashed", "ValueError")
    assert "Анна" not in line
