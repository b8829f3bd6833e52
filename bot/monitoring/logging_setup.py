"""Logs: one JSON object per line on standard error; constant text plus fields, no personal data.

What our own rooms log is constant text and chosen fields (a test reads every call). What libraries log is not ours to
choose: their texts may hold a message, an SQL parameter or a token, so of their records only level, logger, place and
the type of the error are told. The text of an exception may quote what a resident wrote and is never told.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
ROOMS = frozenset(path.parent.name for path in Path(__file__).resolve().parents[2].glob("*/__init__.py"))
PLAIN = (str, int, float, bool, type(None))

logger = logging.getLogger(__name__)


class JsonLines(logging.Formatter):
    """about: fields of every line, such as ``node`` and ``role``."""

    def __init__(self, about: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._about = dict(about or {})

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            **self._about,
            **(ours(record) if record.name.partition(".")[0] in ROOMS else theirs(record)),
        }
        if record.exc_info and record.exc_info[1]:
            line["error"] = type(record.exc_info[1]).__name__
            line["causes"] = causes(record.exc_info[1])
            line["places"] = places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def ours(record: logging.LogRecord) -> dict[str, Any]:
    """Text and fields; of a value that is no plain one only its type."""
    fields = {key: plain(value) for key, value in record.__dict__.items() if key not in STANDARD}
    return {"message": record.getMessage(), **fields}


def theirs(record: logging.LogRecord) -> dict[str, Any]:
    """Where a library spoke, not what it said."""
    where = f"{record.module}.py:{record.lineno} {record.funcName}"
    return {"message": "a library reported", "action": "library.reported", "where": where}


def plain(value: object) -> object:
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value if isinstance(value, PLAIN) else type(value).__name__


def causes(error: BaseException) -> list[str]:
    """Types of the errors behind an error, the nearest first."""
    found: list[str] = []
    seen = {id(error)}
    while (inner := error.__cause__ or error.__context__) is not None and id(inner) not in seen:
        found.append(type(inner).__name__)
        seen.add(id(inner))
        error = inner
    return found


def places(trace: TracebackType | None) -> list[str]:
    found: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found


def set_up_logs(level: str, *, quiet: bool, node: str = "", role: str = "all") -> None:
    """Write logs to standard error; `quiet` shows warnings and worse only. Every line names `node` and `role`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines({"node": node, "role": role}))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel("WARNING" if quiet and level == "INFO" else level)
    for noisy in ("apscheduler", "tortoise", "asyncpg", "aiosqlite", "aiogram", "asyncio", "aiohttp", "pymorphy3"):
        logging.getLogger(noisy).setLevel("WARNING")
    sys.excepthook = crashed


def crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The program ends with an error that nobody caught: a line of the log instead of Python's own report."""
    if issubclass(kind, KeyboardInterrupt):
        return
    logger.critical("the program crashed", exc_info=(kind, error, trace), extra={"action": "app.crashed"})
