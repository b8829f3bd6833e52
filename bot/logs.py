"""Logs: one JSON object per line on standard error; constant text plus fields, no personal data."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {key: value for key, value in record.__dict__.items() if key not in STANDARD}
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **fields,
        }
        if record.exc_info and record.exc_info[0]:
            # Types and places only: the text of an exception may quote what a resident wrote.
            line["error"] = record.exc_info[0].__name__
            line["places"] = places(record)
        return json.dumps(line, ensure_ascii=False, default=str)


def places(record: logging.LogRecord) -> list[str]:
    found: list[str] = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found


def set_up_logs(level: str, *, quiet: bool) -> None:
    """Write logs to standard error; `quiet` shows warnings and worse only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel("WARNING" if quiet and level == "INFO" else level)
    logging.getLogger("apscheduler").setLevel("WARNING")
    logging.getLogger("tortoise").setLevel("WARNING")
