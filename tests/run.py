"""Run every test; say by name what this machine cannot run. Called by `./domovoy test`.

`--quick` leaves out what is slow and says so; paths and other arguments are pytest's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_WORKERS = 8


def main(arguments: list[str]) -> int:
    """Return pytest's exit code; extra arguments go to pytest."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        environment.pop(name, None)  # the tests talk to loopback only
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of programs are started; each would compile everything
    if not (shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")):
        print("No Chromium found: the tests marked `browser` will be skipped and listed by name.", flush=True)
    cores = os.cpu_count() or 1
    # Of the slow tests half wait at any time, for a program or a limit of sends; of the quick ones a third.
    workers = cores + 1 if "--quick" in arguments else cores * 2
    count = str(min(workers, MOST_WORKERS))
    command = [sys.executable, "-m", "pytest", "-n", count, "--dist", "loadfile", *arguments]
    return subprocess.call(command, cwd=ROOT, env=environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
