"""Every call of a logger in the project, read from its source.

`python -m tests.support.logged` rewrites the table in the docs.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.import_graph import ROOT, modules

LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
PAGE = ROOT / "docs" / "operations" / "logs.md"
HEAD = "| action | уровень | текст | поля | что значит |\n|---|---|---|---|---|\n"
ROW = re.compile(
    r"^\| `(?P<action>[^`]+)` \| (?P<level>\w+) \| (?P<text>[^|]+) \| (?P<fields>[^|]*) \|(?P<means>[^|]*)\|$"
)


@dataclass(frozen=True, slots=True, order=True)
class Logged:
    """One call. What is no literal in the source is "?"."""

    action: str
    level: str
    text: str
    fields: tuple[str, ...]

    def row(self, means: str) -> str:
        return f"| `{self.action}` | {self.level} | {self.text} | {', '.join(self.fields) or '–'} | {means} |\n"


@functools.cache
def calls() -> list[tuple[str, Logged]]:
    """Every call with its place, ``bot/app.py:12``."""
    found = []
    for file in modules():
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and is_log_call(node):
                found.append((f"{file}:{node.lineno}", as_logged(node)))
    return found


def is_log_call(call: ast.Call) -> bool:
    """Anything like ``….warning(…)`` on a name that means a logger."""
    function = call.func
    return (
        isinstance(function, ast.Attribute) and function.attr in LEVELS and "log" in ast.unparse(function.value).lower()
    )


def as_logged(call: ast.Call) -> Logged:
    extra = next((item.value for item in call.keywords if item.arg == "extra"), None)
    fields = dict(literal_fields(extra))
    action, text = fields.pop("action", None), call.args[0] if len(call.args) == 1 else None
    assert isinstance(call.func, ast.Attribute)
    return Logged(constant(action), call.func.attr, constant(text), tuple(sorted(fields)))


def literal_fields(extra: ast.expr | None) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(extra, ast.Dict):
        for key, value in zip(extra.keys, extra.values, strict=True):
            yield constant(key), value


def constant(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "?"


def listed() -> dict[Logged, str]:
    """The table of the docs: each call with what it means."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if row := ROW.match(line):
            fields = () if row["fields"] == "–" else tuple(row["fields"].split(", "))
            found[Logged(row["action"], row["level"], row["text"], fields)] = row["means"].strip()
    return found


def main() -> None:
    """Rewrite the table; what an action means is kept, a new one is left for a person to fill in."""
    known = listed()
    means = {one.action: text for one, text in known.items()}
    rows = "".join(one.row(known.get(one) or means.get(one.action, "")) for one in sorted({one for _, one in calls()}))
    before, _, _ = PAGE.read_text(encoding="utf-8").partition(HEAD)
    PAGE.write_text(before + HEAD + rows, encoding="utf-8")


if __name__ == "__main__":
    main()
