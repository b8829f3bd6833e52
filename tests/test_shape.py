"""The shape of the tree: no circles of imports, no crowded folders, nothing outside in pure folders."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest

from tests.support.import_graph import ROOT, circle, graph, imported_names, modules

MOST_MODULES = 15  # in one folder
# Folders whose modules know no clock, network, database or chance, however often they are called.
PURE = (
    *("language", "faq", "houses/recognition", "dialogs", "tickets/lifecycle", "tickets/classification"),
    *("tickets/learning", "models/rows", "bot/messages", "bot/delivery/policy"),
)
OUTSIDE = {
    "asyncio",
    "socket",
    "time",
    "random",
    "secrets",
    "uuid",
    "aiohttp",
    "tortoise",
    "asyncpg",
    "sqlite3",
    "models",
}


def folder_of(file: str) -> str:
    return str(PurePosixPath(file).parent)


def is_pure(file: str) -> bool:
    return any(file.startswith(f"{folder}/") for folder in PURE)


def test_no_modules_import_in_a_circle() -> None:
    assert circle(graph()) == []


def test_no_folders_import_in_a_circle() -> None:
    """A parent composes its sub-folders, so the two may import each other; siblings may not."""
    edges: dict[str, set[str]] = {}
    for file, targets in graph().items():
        here = room_of(file)
        edges.setdefault(here, set()).update(there for target in targets if not related(here, there := room_of(target)))
    assert circle(edges) == []


def room_of(file: str) -> str:
    """Return the folder; the sub-folders of `dialogs` are one room: any dialog may hand over to any other."""
    folder = folder_of(file)
    return "dialogs" if folder.startswith("dialogs/") else file if folder == "." else folder


def related(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == ["a", "b", "c", "a"]


def test_no_folder_is_crowded() -> None:
    counts = Counter(folder_of(file) for file in modules())
    assert {folder: count for folder, count in counts.items() if count > MOST_MODULES} == {}


@pytest.mark.parametrize("file", [file for file in modules() if is_pure(file)])
def test_a_pure_module_reaches_for_nothing_outside(file: str) -> None:
    source = (ROOT / file).read_text(encoding="utf-8")
    names = set(imported_names(source))
    assert sorted(name for name in names if name.split(".", 1)[0] in OUTSIDE) == []
    assert sorted(name for name in names if name.startswith("models.") and not name.startswith("models.rows")) == []
    assert not any(isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(ast.parse(source)))


def test_pure_and_database_modules_never_share_a_folder() -> None:
    edges = graph()
    database = {
        folder_of(file) for file, targets in edges.items() if any(name.startswith("models/") for name in targets)
    }
    says = {file: ast.get_docstring(ast.parse((ROOT / file).read_text(encoding="utf-8"))) or "" for file in edges}
    assert [file for file, text in says.items() if "Pure" in text and folder_of(file) in database] == []


def test_init_files_hold_a_docstring_at_most() -> None:
    rooms = {Path(file).parts[0] for file in modules() if "/" in file}
    for path in (file for room in rooms for file in (ROOT / room).rglob("__init__.py")):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in body), path
