"""The core never asks which channel it is: outside its folder a channel is named only in texts and settings."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from channels.registry import channel_infos

ROOT = Path(__file__).resolve().parent.parent
CORE = ("bot", "dialogs", "faq", "houses", "language", "models", "operators", "reports", "texts", "tickets")
NAMES = {info.name for info in channel_infos()}
QUOTED = re.compile(rf"""['"]({"|".join(sorted(NAMES))})['"]""")
FOLDERS = tuple(f"channels.{name}" for name in sorted(NAMES))
# file -> what it names, and why it may
ALLOWED = {
    "bot/app.py": (["web"] * 3, "the role of a process, `--role web`"),
    "bot/commands/lifecycle.py": (["web"], "the role of a process, `--role web`"),
    "bot/commands/check/mail_file.py": (["channels.mail"] * 3, "`check message` reads .eml files as the mail channel"),
}


def named_in(path: Path) -> list[str]:
    """Return the channels that a module names as strings, also inside a statement of SQL, or imports."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            names += [node.value] if node.value in NAMES else re.findall(r"'(\w+)'", node.value)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(FOLDERS):
            names.append(".".join(node.module.split(".")[:2]))
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names if alias.name.startswith(FOLDERS)]
    return [name for name in names if name in NAMES or name.startswith("channels.")]


MODULES = sorted(path for room in CORE for path in (ROOT / room).rglob("*.py"))
PAGES = sorted(path for room in CORE for kind in ("html", "js", "sql") for path in (ROOT / room).rglob(f"*.{kind}"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_of_the_core_names_a_channel(path: Path) -> None:
    allowed, _ = ALLOWED.get(path.relative_to(ROOT).as_posix(), ([], ""))
    assert named_in(path) == allowed


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_page_and_no_statement_names_a_channel(path: Path) -> None:
    assert QUOTED.findall(path.read_text(encoding="utf-8")) == []


def test_a_name_in_a_condition_or_a_statement_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "core.py"
    path.write_text("import channels.vk.api\nif channel == 'web' or sql == \"c.channel <> 'sms'\":\n    pass\n")
    assert sorted(named_in(path)) == ["channels.vk.api", "sms", "web"]
