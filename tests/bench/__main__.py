"""`./domovoy bench [PART …] [--quick] [--json FILE]`: run benchmarks, print one table, write what programs can read.

The last line of standard output is the path of the file, or all of it as JSON when none was asked for.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import Figure, as_json, note, table
from tests.bench.parts import PARTS

STOPPED = 130
WRONG_USE = 2


def measured(part: str, quick: bool) -> list[Figure]:
    note(f"--- {part} ---")
    return PARTS[part](quick)


def main(arguments: Sequence[str]) -> int:
    """Return the exit code: 0 also when a target was missed, the table says so."""
    parser = argparse.ArgumentParser(prog="./domovoy bench", description="Измерить скорость на этой машине.")
    parser.add_argument("parts", nargs="*", metavar="ЧАСТЬ", help=f"all или {', '.join(PARTS)}; по умолчанию all")
    parser.add_argument("--quick", action="store_true", help="быстро и грубо")
    parser.add_argument("--json", type=Path, metavar="ФАЙЛ", help="записать всё и в файл JSON")
    options = parser.parse_args(arguments)
    wanted = options.parts or ["all"]
    if unknown := [part for part in wanted if part not in (*PARTS, "all")]:
        print(f"domovoy: bench {unknown[0]}: бывают all, {', '.join(PARTS)}", file=sys.stderr)
        return WRONG_USE
    if options.json and not options.json.resolve().parent.is_dir():
        print(f"domovoy: --json {options.json}: такой папки нет", file=sys.stderr)
        return WRONG_USE
    try:
        found = [
            figure for part in PARTS if part in wanted or "all" in wanted for figure in measured(part, options.quick)
        ]
    except KeyboardInterrupt:
        return STOPPED
    print(table(found))
    if options.json:
        options.json.write_text(as_json(found) + "\n", encoding="utf-8")
        print(options.json)
    else:
        print(as_json(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
