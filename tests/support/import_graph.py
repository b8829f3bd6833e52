"""Which module of the program imports which: read from the source, so also what is imported for types only."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    *("errors", "epoch", "language", "texts", "channels", "faq", "houses", "tickets", "dialogs", "models"),
    *("operators", "reports", "bot"),
)


def modules() -> list[str]:
    """Return the paths of all modules of the program from the root, ``faq/base/loader.py``; not of its tests."""
    files = [
        path
        for room in ROOMS
        for path in ((ROOT / room).rglob("*.py") if (ROOT / room).is_dir() else [ROOT / f"{room}.py"])
    ]
    return sorted(path.relative_to(ROOT).as_posix() for path in files if path.name != "__init__.py" and path.exists())


def imported_names(source: str) -> Iterator[str]:
    """Yield the dotted names that a module imports: ``faq.base.loader.load_base``, or a module itself."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def file_of(name: str) -> str:
    """Return the file of the program that a dotted name comes from; empty for a folder or another package."""
    for dotted in (name, name.rpartition(".")[0]):
        file = f"{dotted.replace('.', '/')}.py"
        if dotted.split(".", 1)[0] in ROOMS and (ROOT / file).exists():
            return file
    return ""


def imported(file: str) -> set[str]:
    """Return the files of the program that a module imports."""
    names = imported_names((ROOT / file).read_text(encoding="utf-8"))
    return {target for name in names if (target := file_of(name))}


def graph() -> dict[str, set[str]]:
    """Return every module with what it imports."""
    return {file: imported(file) for file in modules()}


def circle(edges: Mapping[str, set[str]]) -> list[str]:
    """Return one circle of imports, from a module back to it; empty when there is none."""
    done: set[str] = set()

    def follow(node: str, path: list[str]) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        for target in sorted(edges.get(node, ())):
            if found := follow(target, [*path, node]):
                return found
        done.add(node)
        return []

    return next((found for node in sorted(edges) if (found := follow(node, []))), [])
