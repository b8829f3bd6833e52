"""The import table of docs/architecture.md: who may import whom."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from tests.support.import_graph import ROOT, imported, modules

GROUND = {"epoch.py", "errors.py"}
CONTRACT = {"channels/contract.py"} | GROUND
CHANNEL_INFO = {"channels/registry.py"}
ROUND_TRIPS = {"channels/round_trips.py"}
CHANNEL_PARTS = ROUND_TRIPS | {"channels/config.py", "channels/receiving.py", "channels/request_limiter.py"}
TICKET_WORDS = {"tickets/lifecycle"}
UNDERSTANDING = {"language", "faq", "faq/base", "faq/matching", "houses", "houses/recognition", "houses/register"}
UNDERSTANDING |= {"houses/posters", "tickets/classification"} | TICKET_WORDS
DIALOGS = {"dialogs", "dialogs/buttons", "dialogs/extraction", "dialogs/letters", "dialogs/report", "dialogs/topics"}
MODELS = {"models", "models/tables", "models/database", "models/coordination", "models/copy", "models/queues"}
MODELS |= {"models/residents", "models/rows"}
DATABASE = MODELS | {"tickets/learning"}
TICKETS = {"tickets", "tickets/storage"}
STAFF = {"operators"}
OPERATORS = STAFF | {"operators/handover", "operators/accounts"}
OPERATORS |= {"operators/console", "operators/console/pages", "operators/console/queries"}

CHANNELS = CONTRACT | CHANNEL_INFO | CHANNEL_PARTS
CORE = {"bot/settings", "bot/messages", "bot/monitoring", "bot/ports", "bot/delivery/policy", "bot/process"}
ANYTHING = {"*"}  # where the parts are put together

# folder (or file) -> the folders and files of the project it may import, besides itself; a folder does not stand for
# the folders in it
TABLE: dict[str, set[str]] = {
    "epoch.py": set(),
    "errors.py": set(),
    "channels/contract.py": GROUND,
    "channels/round_trips.py": set(),
    "channels/request_limiter.py": ROUND_TRIPS,
    "channels/config.py": CONTRACT,
    "channels/receiving.py": CONTRACT,
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
    "models/rows": CONTRACT,
    "models/tables": set(),
    "models/database": GROUND | {"models/tables"},
    "models/copy": GROUND | {"models/database"},
    "models/coordination": {"models/database"},
    "models/residents": GROUND | CHANNEL_INFO | TICKET_WORDS | {"models/rows", "models/database"},
    "models/queues": CONTRACT | CHANNEL_INFO | {"models/rows", "models/database", "models/residents"},
    "models": CONTRACT | TICKET_WORDS | MODELS | {"tickets/learning"},
    "tickets/storage": CONTRACT | UNDERSTANDING | DATABASE,
    "tickets": CONTRACT | UNDERSTANDING | DATABASE | {"tickets/storage"},
    "operators": GROUND | TICKET_WORDS,
    "operators/accounts": GROUND | DATABASE | STAFF | {"operators/handover"},
    "operators/handover": CONTRACT | CHANNEL_INFO | UNDERSTANDING | DATABASE | TICKETS | STAFF,
    "operators/console/queries": DATABASE | TICKET_WORDS,
    "operators/console": CONTRACT | CHANNEL_INFO | UNDERSTANDING | DATABASE | TICKETS | OPERATORS,
    "operators/console/pages": CONTRACT | UNDERSTANDING | DATABASE | TICKETS | OPERATORS,
    "reports": CONTRACT | UNDERSTANDING | DATABASE | TICKETS,
    "bot/settings": GROUND | CHANNELS,
    "bot/messages": CONTRACT | TICKET_WORDS | {"dialogs", "models/rows"},
    "bot/monitoring": GROUND | TICKET_WORDS | MODELS,
    "bot/ports": CONTRACT | MODELS | {"bot/messages", "bot/monitoring"},
    "bot/delivery/policy": CONTRACT | ROUND_TRIPS | {"dialogs"},
    "bot/delivery": CONTRACT | MODELS | CORE | {"texts"},
    "bot/attachments": CONTRACT | MODELS | {"bot/messages", "bot/settings"},
    "bot/turns": CONTRACT | CHANNEL_INFO | DIALOGS | UNDERSTANDING | DATABASE | TICKETS | OPERATORS | CORE | {"texts"},
    "bot/process": CONTRACT | MODELS | OPERATORS | CORE,
    "bot/admin": CONTRACT | CHANNELS | UNDERSTANDING | MODELS | OPERATORS | CORE | {"bot/attachments", "bot/turns"},
    "bot": ANYTHING,
    "bot/commands": ANYTHING,
    "bot/commands/check": ANYTHING,
}


def area_of(file: str) -> str:
    """Return the row of the table that rules a file such as ``faq/base/loader.py``: the longest that holds it."""
    if file in TABLE:
        return file
    return next(folder for folder in map(str, PurePosixPath(file).parents) if folder in TABLE)


def own_channel(file: str) -> str:
    """Return the folder of one network, ``channels/vk``; empty elsewhere. No network knows another one."""
    parts = file.split("/")
    return "/".join(parts[:2]) if parts[0] == "channels" and len(parts) > 2 else ""


def allowed(target: str, importer: str) -> bool:
    area = area_of(importer)
    if TABLE[area] == ANYTHING:
        return True
    if channel := own_channel(importer):
        return own_channel(target) == channel or target in TABLE[area]
    return area_of(target) == area or area_of(target) in TABLE[area]


@pytest.mark.parametrize("importer", modules())
def test_module_imports_only_what_the_table_allows(importer: str) -> None:
    assert [target for target in sorted(imported(importer)) if not allowed(target, importer)] == []


def test_every_folder_has_a_row_of_its_own() -> None:
    folders = {str(PurePosixPath(file).parent) for file in modules() if "/" in file}
    assert sorted(folder for folder in folders - set(TABLE) if not folder.startswith(("channels/", "bot/turns/"))) == []


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
