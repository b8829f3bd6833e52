"""The import table of docs/architecture.md: who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

CONTRACT = {"channels.contract"}
PLACES = {"channels.places"}
PURE_TICKETS = {"tickets.types", "tickets.rules", "tickets.classifier"}
UNDERSTANDING = {"language", "faq", "houses"} | PURE_TICKETS

# area -> what of the project it may import, besides itself
TABLE: dict[str, set[str]] = {
    "channels/contract.py": set(),
    "channels/places.py": set(),
    "channels": CONTRACT | PLACES,
    "language": set(),
    "texts": set(),
    "faq": CONTRACT | {"language"},
    "houses": CONTRACT | {"language"},
    "tickets/types.py": CONTRACT,
    "tickets/rules.py": CONTRACT | PURE_TICKETS,
    "tickets/classifier.py": CONTRACT | PURE_TICKETS | {"language"},
    "tickets/emergencies.py": CONTRACT | {"language"},
    "tickets/lexicon.py": set(),
    "tickets/lessons.py": {"language"},
    "tickets/examples.py": {"language"},
    "tickets/urgency.py": set(),
    "dialogs": CONTRACT | UNDERSTANDING,
    "models": CONTRACT | PURE_TICKETS,
    "tickets": CONTRACT | UNDERSTANDING | {"models"},
    "operators": CONTRACT | UNDERSTANDING | {"models", "tickets"},
    "reports": CONTRACT | UNDERSTANDING | {"models", "tickets"},
}
ROOMS = {area for area in TABLE if "/" not in area} | {"bot"}


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py") if path.name != "__init__.py")


def area_of(path: Path) -> str:
    name = path.relative_to(ROOT).as_posix()
    return name if name in TABLE else name.split("/", 1)[0]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".", 1)[0] in ROOMS}


def allowed(name: str, path: Path) -> bool:
    area = area_of(path)
    if area == "bot":
        return True
    own = ".".join(path.relative_to(ROOT).parts[: 2 if area == "channels" else 1]).removesuffix(".py")
    entries = TABLE[area] | {own}
    return any(name == entry or name.startswith(entry + ".") or entry.startswith(name + ".") for entry in entries)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_module_imports_only_what_the_table_allows(path: Path) -> None:
    assert [name for name in sorted(imported(path)) if not allowed(name, path)] == []


def test_init_files_are_empty() -> None:
    assert [str(path) for room in ROOMS for path in (ROOT / room).rglob("__init__.py") if path.read_text()] == []


def test_table_catches_a_forbidden_import() -> None:
    assert not allowed("bot.app", ROOT / "dialogs" / "types.py")
    assert not allowed("models.store", ROOT / "channels" / "web" / "adapter.py")
    assert not allowed("channels.telegram.adapter", ROOT / "channels" / "web" / "adapter.py")
