"""100,000 houses in 5,000 streets: build, memory and time per address, beside rapidfuzz over the full addresses.

Run: ``python -m tests.bench.understanding.addresses``; the last line is JSON. The register is made up of syllables from
a fixed seed, so that names are denser than in any town. A third of the texts have a typo, a third leave the kind of
street out.
"""

from __future__ import annotations

import gc
import json
import random
import resource
import statistics
import time
from collections.abc import Callable, Sequence

from rapidfuzz import fuzz, process

from houses.recognition.recogniser import HouseRecogniser
from houses.types import AddressFound, House
from language.lemmas import dictionary

STREETS, PER_STREET = 5_000, 20
PEER_TEXTS = 40  # rapidfuzz takes a long time over each
_SYLLABLES = "ба ве го ду жи ка ло мо ни пе ро су ти фа ше зо лен мар бор кир".split()  # noqa: SIM905  # syllables
_ENDINGS = ("вская", "нский", "лина", "рова", "ая Роща", "ская", "ный")
_KINDS = ("ул. ", "ул. ", "ул. ", "пер. ", "пр-т ", "проезд ", "б-р ")
_SUFFIXES = ("", "", "", "а", ", корп. 2", "/3")
_BEHIND = ("", " кв 5", ", нет воды с утра, позвоните 8 912 345-67-89")


def register(chance: random.Random) -> list[House]:
    """Return houses with ids from 1."""
    names: set[str] = set()
    while len(names) < STREETS:
        syllables = "".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(2, 4)))
        names.add((syllables + chance.choice(_ENDINGS)).title())
    addresses = [
        f"{kind}{name}, д. {2 * number + 1}{chance.choice(_SUFFIXES)}"
        for name in sorted(names)
        for kind in [chance.choice(_KINDS)]
        for number in range(PER_STREET)
    ]
    return [House(id=number, address=address, entrances=3, flats=60) for number, address in enumerate(addresses, 1)]


def typed(house: House, chance: random.Random) -> str:
    """Return an address as somebody might type it."""
    address = house.address
    way = chance.random()
    if way < 1 / 3:
        place = chance.randrange(5, address.index(", д.") - 1)
        address = address[:place] + address[place + 1 :]
    elif way < 2 / 3:
        address = address.lower().replace(", д.", " дом").replace("ул. ", "")
    return address + chance.choice(_BEHIND)


def measure(texts: int = 2_000) -> dict[str, float]:
    chance = random.Random(5)  # noqa: S311  # no secret
    houses = register(chance)
    asked = [(house.id, typed(house, chance)) for house in chance.sample(houses, texts)]
    dictionary()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    ours = HouseRecogniser(houses)
    build = time.perf_counter() - start
    gc.collect()
    gc.freeze()  # as `bot.turns.served_houses` does
    answers: dict[str, AddressFound] = {}
    ms = timed(lambda text: answers.update({text: ours.find(text)}), [text for _, text in asked])
    found = {
        "build_s": build,
        "memory_mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
        "wrong_share": sum(answers[text].sure and answers[text].houses[0].id != meant for meant, text in asked) / texts,
        "offered_share": sum(meant in {one.id for one in answers[text].houses} for meant, text in asked) / texts,
    }
    full = [house.address.lower() for house in houses]
    some = asked[:PEER_TEXTS]
    peer = timed(lambda text: process.extractOne(text.lower(), full, scorer=fuzz.ratio), [text for _, text in some])
    right = [process.extractOne(text.lower(), full, scorer=fuzz.ratio) for _, text in some]
    gc.unfreeze()
    return found | {
        "p50_ms": statistics.median(ms),
        "p99_ms": statistics.quantiles(ms, n=100)[98],
        "peer_p50_ms": statistics.median(peer),
        "peer_right_share": sum(row[2] + 1 == meant for (meant, _), row in zip(some, right, strict=True)) / len(some),
        "times_faster": statistics.median(peer) / statistics.median(ms),
    }


def timed(find: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """Return the milliseconds of CPU that each text takes: what else runs on the machine does not count."""
    taken = []
    for text in texts:
        start = time.thread_time()
        find(text)
        taken.append((time.thread_time() - start) * 1000)
    return taken


if __name__ == "__main__":
    print(json.dumps(measure()))
