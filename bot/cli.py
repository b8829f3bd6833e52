"""The command line: `./domovoy COMMAND`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

USAGE = """Команды: demo, run, test, doctor, user add, lint, lock. Подробнее: README.md"""


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the exit code; 2 means the command line was not understood."""
    print(USAGE, file=sys.stderr if arguments and arguments[0] != "help" else sys.stdout)
    return 0 if not arguments or arguments[0] == "help" else 2
