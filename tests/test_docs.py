"""The documents name only what exists: paths, links, commands; and they name every decision and every package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.commands.parser import build_parser

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "channels").glob("*/README.md"))
    if path.name != "CHANGELOG.md"
)
FOLDERS = "bot|channels|dialogs|docs|faq|houses|language|models|operators|reports|tests|texts|tickets"
PATH = re.compile(rf"(?<![\w/.<-])((?:{FOLDERS})/[\w./-]*[\w/])")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"\./domovoy +([a-z]+)")
MODULE = re.compile(r"python -m ((?:bot|tests)(?:\.[a-z_]+)*)")
LAUNCHER = {"test", "bench", "lint", "lock", "help"}  # answered by the script `domovoy` itself
# Pages that tell how something new is made name files that are not there yet.
EXAMPLES = {
    "dialogs/topics/parking.py",
    "tests/dialogs/topics/test_parking.py",
    "tickets/executors/",
    "models/executors.py",
    "operators/console/pages/executors.py",
    "api/webhooks/",
}
PLACEHOLDER = re.compile(r"NNNN|[*{]|<")


def ids(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def exists(name: str) -> bool:
    """Whether a path stands in the tree; a module may be named without its ending, a decision by its number."""
    bare = name.rstrip("./")
    return any((ROOT / f"{bare}{ending}").exists() for ending in ("", ".py", ".yaml")) or bool(
        list(ROOT.glob(f"{bare}-*"))
    )


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_paths_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = {name for name in PATH.findall(text) if not PLACEHOLDER.search(name)}
    assert sorted(name for name in named - EXAMPLES if not exists(name)) == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_commands_that_a_page_names_exist(page: Path) -> None:
    known = set(build_parser()._subparsers._group_actions[0].choices or ()) | LAUNCHER  # type: ignore[union-attr]  # argparse has no public list
    assert sorted(set(COMMAND.findall(page.read_text(encoding="utf-8"))) - known) == []


def test_modules_that_a_page_or_a_docstring_runs_exist() -> None:
    files = [*PAGES, *(ROOT / "tests").rglob("*.py")]
    named = {name for path in files for name in MODULE.findall(path.read_text(encoding="utf-8"))}
    assert "tests.bench.durability.core" in named
    missing = [name for name in named if not (ROOT / f"{name.replace('.', '/')}.py").exists()]
    assert sorted(name for name in missing if not (ROOT / name.replace(".", "/") / "__main__.py").exists()) == []


def test_a_missing_path_is_noticed() -> None:
    assert PATH.findall("see `bot/turns/nowhere.py`, <dialogs/x> and bot/turns/processor.py.") == [
        "bot/turns/nowhere.py",
        "bot/turns/processor.py",
    ]
    assert not exists("bot/turns/nowhere.py")
    assert exists("bot/turns/processor")


def test_every_decision_stands_in_the_index_and_has_its_number() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    for path in sorted(folder.glob("0*.md")):
        number, title = re.match(r"# (\d+)\. (.+)", path.read_text(encoding="utf-8").splitlines()[0]).groups()  # type: ignore[union-attr]  # a page without a number fails here
        assert int(path.name[:4]) == int(number)
        assert f"| {number} | [{title}]({path.name}) |" in index


def test_every_package_of_the_program_is_named_with_its_licence() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    packages = set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE))
    page = (ROOT / "docs" / "third-party.md").read_text(encoding="utf-8").lower().replace(".", "-")
    assert sorted(package for package in packages if not re.search(rf"\b{package}\b", page)) == []
