"""What understanding costs a process: one message, memory, and the time until a fresh one is ready.

Each is measured in a process of its own (``python -m tests.bench.understanding.footprint message|memory``), so that
nothing was seen before. The cold start runs in a copy of the source, whose stored files (`language.disk_cache`) may be
taken away.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

from bot.commands.check import house_file as houses
from bot.commands.check import main as command
from bot.commands.check.message import WARMING
from bot.factory import facts_of_company
from bot.settings.schema import Settings
from dialogs.extraction import message_facts
from faq.matching import topics as background
from faq.matching.matcher import FaqMatcher
from houses.recognition.recogniser import HouseRecogniser
from tests.bench.form.by_turns import Pace, Taken, settled
from tests.bench.understanding.addresses import register
from tests.bench.understanding.made_up import MadeUp
from tests.bench.understanding.questions import DATA, rows, stored_in
from tickets.classification.classifier import RuleClassifier

ROOT = Path(__file__).resolve().parents[3]
NEEDED = ("channels", "language", "faq", "tickets")
AREA_CODE = "8422"  # of the town of the messages
READY = """
import json, sys
from pathlib import Path
from faq.matching import topics
from faq.base.loader import load_base
from faq.matching.matcher import FaqMatcher
from tickets.classification.classifier import RuleClassifier
topics.shipped()
FaqMatcher(load_base(Path("faq/knowledge"), json.loads(sys.argv[1])), RuleClassifier.shipped().model)
status = Path("/proc/self/status").read_text().split()
print(status[status.index("VmHWM:") + 1])
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One message read by `dialogs.extraction.message_facts`: the first time in the process, and at once again."""

    first: Pace
    again: Pace


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident MiB of a process with all modules of the program, after each of these was built on top of the others."""

    modules: float
    understanding: float  # dictionary, classifier, background topics
    houses: float
    base: float  # everything
    asked: float  # everything, and questions and addresses were read
    register_size: int
    entries: int


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Seconds from the start of a process until classifier, topics and shipped base are ready, and its peak in MiB."""

    stored_s: float  # median of three
    stored_mib: float
    learning_s: float  # nothing is stored yet: everything is learned from the examples
    learning_mib: float


def message() -> Message:
    found = child("message")
    return Message(Pace(*found["first"]), Pace(*found["again"]))


def memory(register_size: int, entries: int) -> tuple[Memory, Memory]:
    """Measure a process that makes the index of a new base, and one that reads it from the disk, as after a restart.

    register_size: at most the 100,000 houses that `tests.bench.understanding.addresses` makes up.
    """
    with tempfile.TemporaryDirectory() as name:
        new, stored = (Memory(**child("memory", str(register_size), str(entries), name)) for _ in range(2))
    return new, stored


def cold_start() -> ColdStart:
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for room in NEEDED:
            shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("*.npz"))
        shutil.copy(ROOT / "errors.py", copy)
        subprocess.run([sys.executable, "-m", "compileall", "-q", str(copy)], check=True)
        learning = until_ready(copy)
        stored = [until_ready(copy) for _ in range(3)]
    return ColdStart(statistics.median(took for took, _ in stored), stored[0][1], *learning)


def until_ready(folder: Path) -> tuple[float, float]:
    """Return the seconds of a fresh process in a copy of the source, and its peak in MiB."""
    told = json.dumps(facts_of_company(Settings()))
    settings = {**os.environ, "PYTHONPATH": str(folder), "PYTHONUTF8": "1"}
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", READY, told], cwd=folder, env=settings, check=True, stdout=subprocess.PIPE
    )
    return time.perf_counter() - started, int(done.stdout) / 1024


def child(*arguments: str) -> dict[str, Any]:
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.understanding.footprint", *arguments],
        cwd=ROOT,
        env=settings,
        check=True,
        stdout=subprocess.PIPE,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def read_messages() -> dict[str, object]:
    settings = Settings()
    settings = replace(settings, company=replace(settings.company, area_code=AREA_CODE))
    world = command.world(settings, houses.load(DATA / "houses.csv"), None)
    message_facts.read(WARMING, world)
    first, again = Taken[message_facts.Facts](), Taken[message_facts.Facts]()
    with settled():
        for row in [*rows("messages.jsonl"), *rows("messages_second.jsonl")]:
            for taken in (first, again):
                taken.add(lambda text: message_facts.read(text, world), row["text"])
    return {"first": astuple(first.pace()), "again": astuple(again.pace())}


def fill_memory(register_size: int, entries: int) -> dict[str, float]:
    importlib.import_module("bot.app")
    sizes = {"modules": resident_mib()}
    classifier, topics = RuleClassifier.shipped(), background.shipped()
    sizes["understanding"] = resident_mib()
    recogniser = HouseRecogniser(register(random.Random(5))[:register_size])  # noqa: S311  # no secret
    sizes["houses"] = resident_mib()
    made = MadeUp(entries)
    base, asked = made.base, [text for _, text in made.questions(500)]
    del made
    matcher = FaqMatcher(base, classifier.model)
    sizes["base"] = resident_mib()
    for text in asked:
        matcher.match(text)
        classifier.classify(text)
        recogniser.find(text)
    assert topics.subjects
    return sizes | {"asked": resident_mib(), "register_size": register_size, "entries": entries}


def resident_mib() -> float:
    gc.collect()
    status = Path("/proc/self/status").read_text(encoding="utf-8").split()
    return int(status[status.index("VmRSS:") + 1]) / 1024


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["message"]:
            print(json.dumps(read_messages()))
        case ["memory", register_size, entries, folder]:
            with stored_in(Path(folder)):
                print(json.dumps(fill_memory(int(register_size), int(entries))))
