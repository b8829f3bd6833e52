"""The command line: `./domovoy COMMAND`. Exit codes: 0 done, 1 failed while running, 2 wrong use or configuration."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence

from bot.commands.parser import build_parser
from errors import ConfigError, DomovoyError

WRONG_USE = 2


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the exit code."""
    parser = build_parser()
    with contextlib.suppress(AttributeError, ValueError):
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a replaced stream has no such method
    options = parser.parse_args(list(arguments) or ["help"])
    if options.command == "help":
        parser.print_help()
        return 0
    from bot.commands.dispatch import dispatch  # the whole program, which help does not need

    try:
        return dispatch(options)
    except (ConfigError, DomovoyError) as error:
        print(f"domovoy: {error}", file=sys.stderr)
        return WRONG_USE
    except KeyboardInterrupt:
        if options.command in ("demo", "run"):
            return 0
        print("domovoy: прервано", file=sys.stderr)
        return 1
