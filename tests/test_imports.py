"""The import table of docs/architecture.md: who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parent.parent

GROUND = {"epoch.py", "errors.py"}
CONTRACT = {"channels/contract.py"} | GROUND
CHANNEL_INFO = {"channels/registry.py"}
CHANNEL_PARTS = {"channels/config.py", "channels/request_limiter.py"}
TICKET_WORDS = {"tickets/lifecycle"}
UNDERSTANDING = {"language", "faq", "faq/base", "faq/matching", "houses", "houses/recognition", "houses/register"}
UNDERSTANDING |= {"houses/posters", "tickets/classification"} | TICKET_WORDS
DIALOGS = {"dialogs", "dialogs/buttons", "dialogs/extraction", "dialogs/letters", "dialogs/report", "dialogs/topics"}
MODELS = {"models", "models/tables", "models/database", "models/coordination", "models/copy", "models/queues"}
MODELS |= {"models/residents"}
DATABASE = MODELS | {"tickets/learning"}
TICKETS = {"tickets", "tickets/storage"}
PERMISSIONS = {"operators/accounts/permissions.py"}
OPERATORS = PERMISSIONS | {"operators/handover", "operators/accounts"}
OPERATORS |= {"operators/console", "operators/console/pages", "operators/console/queries"}

# folder (or file) -> the folders and files of the project it may import, besides itself; a folder does not stand for
# the folders in it
TABLE: dict[str, set[str]] = {
    "epoch.py": set(),
    "errors.py": set(),
    "channels/contract.py": GROUND,
    "channels/request_limiter.py": set(),
    "channels/config.py": CONTRACT,
    "channels/registry.py": CONTRACT | {"channels/config.py"},
    "channels": CONTRACT | CHANNEL_PARTS,
    "language": set(),
    "texts": set(),
    "faq": set(),
    "faq/base": GROUND | {"language", "faq"},
    "faq/matching": GROUND | {"language", "faq", "faq/base"},
    "houses": set(),
    "houses/recognition": GROUND | {"language", "houses"},
    "houses/register": GROUND | {"language", "houses", "houses/recognition"},
    "houses/posters": CONTRACT | CHANNEL_INFO | {"language", "houses"},
    "tickets/lifecycle": GROUND,
    "tickets/classification": GROUND | {"language", "tickets/lifecycle"},
    "tickets/learning": GROUND | {"language", "houses/recognition", "tickets/lifecycle", "tickets/classification"},
    "dialogs": CONTRACT | UNDERSTANDING | DIALOGS,
    "dialogs/buttons": CONTRACT | UNDERSTANDING | {"dialogs"},
    "dialogs/extraction": CONTRACT | UNDERSTANDING | {"dialogs"},
    "dialogs/letters": CONTRACT | UNDERSTANDING | DIALOGS,
    "dialogs/report": CONTRACT | UNDERSTANDING | DIALOGS,
    "dialogs/topics": CONTRACT | UNDERSTANDING | DIALOGS,
    "models/tables": set(),
    "models/database": GROUND | {"models/tables"},
    "models/copy": GROUND | {"models/database"},
    "models/coordination": {"models/database"},
    "models/queues": CONTRACT | CHANNEL_INFO | {"models/database", "models/residents"},
    "models/residents": GROUND | CHANNEL_INFO | {"models/database", "models/queues", "models", "tickets/lifecycle"},
    "models": CONTRACT | {"models/database", "models/queues", "tickets/lifecycle", "tickets/learning"},
    "tickets/storage": CONTRACT | UNDERSTANDING | DATABASE,
    "tickets": CONTRACT | UNDERSTANDING | DATABASE | {"tickets/storage"},
    "bot/messages": CONTRACT | {"dialogs", "tickets/lifecycle"},
    "bot/delivery/policy": CONTRACT | {"dialogs"},
    "operators/accounts/permissions.py": set(),
    "operators/handover": CONTRACT | CHANNEL_INFO | UNDERSTANDING | DATABASE | TICKETS | PERMISSIONS,
    "operators/accounts": GROUND | DATABASE | PERMISSIONS | {"operators/handover"},
    "operators/console/queries": DATABASE | TICKET_WORDS,
    "operators/console": CONTRACT | CHANNEL_INFO | UNDERSTANDING | DATABASE | TICKETS | OPERATORS,
    "operators/console/pages": CONTRACT | UNDERSTANDING | DATABASE | TICKETS | OPERATORS,
    "reports": CONTRACT | UNDERSTANDING | DATABASE | TICKETS,
}
ROOMS = {area.split("/", 1)[0].removesuffix(".py") for area in TABLE} | {"bot"}


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py") if path.name != "__init__.py")


def area_of(name: str) -> str:
    """Return the row of the table that rules a path such as ``faq/base/loader.py``: the longest that holds it."""
    if name in TABLE:
        return name
    folders = [str(parent) for parent in PurePosixPath(name).parents]
    return next(folder for folder in (*folders, "bot") if folder in TABLE or folder == "bot")


def imported(path: Path) -> set[str]:
    """Return the files of the project that a module imports, as paths from the root."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {file for name in names if name.split(".", 1)[0] in ROOMS and (file := file_of(name))}


def file_of(name: str) -> str:
    """Return the file that a dotted name comes from: a module, or the module that holds it; empty for a folder."""
    for dotted in (name, name.rpartition(".")[0]):
        file = f"{dotted.replace('.', '/')}.py"
        if (ROOT / file).exists():
            return file
    return ""


def own_channel(file: str) -> str:
    """Return the folder of one network, ``channels/vk``; empty elsewhere. No network knows another one."""
    parts = file.split("/")
    return "/".join(parts[:2]) if parts[0] == "channels" and len(parts) > 2 else ""


def allowed(target: str, importer: str) -> bool:
    area = area_of(importer)
    if area == "bot":
        return True
    if channel := own_channel(importer):
        return own_channel(target) == channel or target in TABLE[area]
    return area_of(target) == area or area_of(target) in TABLE[area]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_module_imports_only_what_the_table_allows(path: Path) -> None:
    importer = path.relative_to(ROOT).as_posix()
    assert [name for name in sorted(imported(path)) if not allowed(name, importer)] == []


@pytest.mark.parametrize(
    ("target", "importer"),
    [
        ("bot/app.py", "dialogs/engine.py"),
        ("models/queues/inbox.py", "channels/web/adapter.py"),
        ("channels/telegram/adapter.py", "channels/web/adapter.py"),
        ("tickets/service.py", "tickets/lifecycle/rules.py"),
        ("tickets/service.py", "tickets/classification/classifier.py"),
        ("tickets/storage/rows.py", "tickets/learning/evaluation.py"),
    ],
)
def test_table_catches_a_forbidden_import(target: str, importer: str) -> None:
    assert (ROOT / target).exists()
    assert not allowed(target, importer)
