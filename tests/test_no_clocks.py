"""No test is judged by a clock: a slow or busy machine must not turn a right program red.

Allowed are counts, ratios of two measured times (`tests.support.effort`), and guards of `SHORTEST_GUARD` seconds or
more, that only turn a hang into a failure.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

TESTS = Path(__file__).resolve().parent
CLOCKS = {"perf_counter", "process_time", "thread_time", "monotonic", "time", "getrusage", "times", "timeit", "repeat"}
CLOCKS |= {f"{name}_ns" for name in CLOCKS}
OWNERS = {"time", "loop", "timeit", "resource", "os"}  # `moment.time()` is a time of day
SHORTEST_GUARD = 10.0
# What is called -> the names and places of its limit of time.
LIMITS = {
    "asyncio.timeout": ("0", "delay"),
    "asyncio.wait_for": ("1", "timeout"),
    "pytest.mark.timeout": ("0", "timeout"),
    "settings": ("deadline",),
}


class Reader(ast.NodeVisitor):
    """Finds, in one file, what compares a measured time with anything that is none."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []
        self.measured: set[str] = set()  # names that hold a time
        self.clocks: set[str] = set()  # functions that return a time: imported clocks, and those of the file
        self.inside: list[str] = []  # functions around the statement

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module in OWNERS:
            self.clocks |= {alias.asname or alias.name for alias in node.names if alias.name in CLOCKS}

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        before, self.measured = self.measured, set(self.measured)
        self.inside.append(node.name)
        self.generic_visit(node)
        self.inside.pop()
        self.measured = before

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815  # the name that ast looks for

    def visit_Return(self, node: ast.Return) -> None:
        self.generic_visit(node)
        if node.value and self.inside and self.is_time(node.value):
            self.clocks.add(self.inside[-1])

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        for target in node.targets:
            self.learn(target, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.generic_visit(node)
        self.learn(node.target, node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.generic_visit(node)
        self.learn(node.target, node.value)

    def learn(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for one, other in zip(target.elts, value.elts, strict=True):
                self.learn(one, other)
        elif self.is_time(value):
            while isinstance(target, ast.Subscript):
                target = target.value
            self.measured.add(ast.unparse(target))

    def visit_Assert(self, node: ast.Assert) -> None:
        self.generic_visit(node)
        for compared in (one for one in ast.walk(node.test) if isinstance(one, ast.Compare)):
            sides = [compared.left, *compared.comparators]
            times = [self.is_time(side) for side in sides]
            if any(times) and not all(times):
                self.found.append((node.lineno, ast.unparse(node)))

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        called = ast.unparse(node.func)
        given = {str(one.arg): one.value for one in node.keywords}
        given |= {str(place): value for place, value in enumerate(node.args)}
        limits = [given[name] for name in LIMITS.get(called, ()) if name in given]
        judged = called == "settings" and any(ast.unparse(limit) != "None" for limit in limits)
        if judged or any(is_short(limit) for limit in limits):
            self.found.append((node.lineno, ast.unparse(node)))

    def is_time(self, expression: ast.expr) -> bool:
        """Say whether an expression is a measured time; one divided by another is a ratio."""
        if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Div | ast.FloorDiv):
            return self.is_time(expression.left) and not self.is_time(expression.right)
        if isinstance(expression, ast.Name | ast.Attribute) and ast.unparse(expression) in self.measured:
            return True
        if isinstance(expression, ast.Call) and self.is_clock(expression.func):
            return True
        return any(self.is_time(part) for part in ast.iter_child_nodes(expression) if isinstance(part, ast.expr))

    def is_clock(self, function: ast.expr) -> bool:
        if isinstance(function, ast.Name):
            return function.id in self.clocks
        if not isinstance(function, ast.Attribute) or function.attr not in CLOCKS:
            return False
        owner = ast.unparse(function.value).removesuffix("()").rpartition(".")[2]
        return owner in OWNERS or owner.endswith("loop")


def is_short(limit: ast.expr) -> bool:
    """Say whether a limit is one that a slow machine may pass."""
    return isinstance(limit, ast.Constant) and isinstance(limit.value, int | float) and limit.value < SHORTEST_GUARD


def judged_by_a_clock(source: str) -> list[tuple[int, str]]:
    reader, tree = Reader(), ast.parse(source)
    for _ in range(2):  # a function may stand below the test that calls it
        reader.visit(tree)
    return sorted(set(reader.found))


def places() -> Iterator[str]:
    for path in sorted(TESTS.rglob("*.py")):
        if path != Path(__file__) and path.name.startswith("test_"):
            for line, text in judged_by_a_clock(path.read_text(encoding="utf-8")):
                yield f"{path.relative_to(TESTS.parent).as_posix()}:{line}: {text.splitlines()[0]}"


def test_no_test_is_judged_by_a_clock() -> None:
    assert list(places()) == []


@pytest.mark.parametrize(
    "judged",
    [
        "began = time.perf_counter()\nwork()\nassert time.perf_counter() - began < 0.3",
        "began = time.process_time()\nwork()\ntook = time.process_time() - began\nassert took * 1000 <= limit",
        "from time import monotonic\nbegan = monotonic()\nassert 5 > monotonic() - began",
        "began = asyncio.get_running_loop().time()\nassert asyncio.get_running_loop().time() - began < LONG",
        "assert timeit.timeit(work) < 1",
        "def test():\n    assert took() < 3\ndef took():\n    began = time.time()\n    return time.time() - began",
        "least[size] = min(least[size], time.process_time() - began)\nassert least[5] < 0.5",
        "self.took = time.monotonic() - self.began\nassert self.took < 2",
        "began, n = time.monotonic(), 5\nassert (time.monotonic() - began) / n < 1",
        "async with asyncio.timeout(1):\n    await work()",
        "await asyncio.wait_for(work(), timeout=1)",
        "await asyncio.wait_for(work(), 0.5)",
        "@settings(deadline=200)\ndef test(): ...",
    ],
)
def test_a_clock_that_judges_is_found(judged: str) -> None:
    assert len(judged_by_a_clock(f"import time, asyncio\nlimit, LONG = 5, 5\n{judged}")) == 1


@pytest.mark.parametrize(
    "right",
    [
        "began = time.perf_counter()\none = time.perf_counter() - began\nother = time.perf_counter() - began\n"
        "assert one / other < 24\nassert one < other",
        "assert growth(short, long) < 24",
        "async with asyncio.timeout(30):\n    await work()",
        "assert RULES.FROM <= moment.time() <= RULES.TO",
        "assert calls(work) < 1000",
        "@settings(deadline=None)\ndef test(): ...",
    ],
)
def test_a_count_a_ratio_and_a_guard_are_right(right: str) -> None:
    assert judged_by_a_clock(right) == []


def test_no_example_of_a_property_is_judged_by_a_clock() -> None:
    assert hypothesis.settings().deadline is None
    assert hypothesis.HealthCheck.too_slow in hypothesis.settings().suppress_health_check
