"""Check a knowledge base for entries that keep residents from the right answer. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from faq.base.loader import Base
from faq.matching.matcher import FaqMatcher, wordings_of
from faq.types import FaqEntry
from language.linear_model import LinearModel
from language.normalise import plain

NEAR = 0.3  # share of an entry's score for its own wording from which another entry collides with it
MOST_ANSWER = 500  # characters that a messenger shows without scrolling

Progress = Callable[[int, int, str], None]  # (done, in all, what)


class Kind(StrEnum):
    REPEAT = "repeat"  # two entries have the same question: the base cannot be loaded
    TWICE = "twice"  # an entry has the same question twice
    COLLISION = "collision"  # a question is answered by another entry as well or better
    LOST = "lost"  # an entry is not the answer to its own question
    ALONE = "alone"  # an entry has no other wordings
    LONG = "long"  # an answer is longer than `MOST_ANSWER`
    SILENT = "silent"  # an entry is left out because a fact of the company is empty


@dataclass(frozen=True, slots=True)
class Collision:
    """`text` is a wording of `entry`, but `other` answers it as well or better. score: of the other, 0..1."""

    entry: str
    other: str
    text: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """text: the question or the answer concerned. other: the second entry, if there are two."""

    kind: Kind
    entry: str
    text: str = ""
    other: str = ""


def _silent(done: int, total: int, what: str) -> None:
    """Show no progress."""


def _shown(base: Base, progress: Progress) -> Iterator[FaqEntry]:
    for number, entry in enumerate(base.entries, 1):
        yield entry
        progress(number, len(base.entries), "записи")


def _collisions_of(entry: FaqEntry, matcher: FaqMatcher) -> Iterator[Collision]:
    """Ask every wording of an entry; yield those that do not clearly lead to it."""
    for text in wordings_of(entry):
        rated = matcher.rated(text)
        own = next((score for candidate, score in rated if candidate.id == entry.id), 0.0)
        other = next(((candidate, score) for candidate, score in rated if candidate.id != entry.id), None)
        if other and other[1] >= own * NEAR:
            yield Collision(entry.id, other[0].id, text, other[1])


def findings(base: Base, progress: Progress = _silent, problems: LinearModel | None = None) -> list[Finding]:
    """Return every finding, the worst first.

    base: of `faq.base.loader.read_base`. problems: as of `FaqMatcher`.
    """
    matcher = FaqMatcher(base, problems)
    repeated = {plain(repeat.text) for repeat in base.repeats}
    results = [
        Finding(kind=Kind.REPEAT, entry=repeat.first, other=repeat.second, text=repeat.text) for repeat in base.repeats
    ]
    results += [Finding(kind=Kind.SILENT, entry=entry_id, text=_facts(base, entry_id)) for entry_id in base.left_out]
    for entry in _shown(base, progress):
        hits = [hit for hit in _collisions_of(entry, matcher) if plain(hit.text) not in repeated]
        results += [Finding(kind=Kind.COLLISION, entry=hit.entry, other=hit.other, text=hit.text) for hit in hits]
        results += _alone(entry)
        explained = repeated | {plain(hit.text) for hit in hits}
        if plain(entry.question) not in explained and matcher.match(entry.question).entry is not entry:
            results.append(Finding(kind=Kind.LOST, entry=entry.id, text=entry.question))
    order = list(Kind)
    return sorted(results, key=lambda finding: order.index(finding.kind))


def _alone(entry: FaqEntry) -> Iterator[Finding]:
    """Yield the findings that concern one entry alone."""
    if not entry.variants:
        yield Finding(kind=Kind.ALONE, entry=entry.id, text=entry.question)
    for answer in entry.answers:
        if len(answer) > MOST_ANSWER:
            yield Finding(kind=Kind.LONG, entry=entry.id, text=answer)
    seen: set[str] = set()
    for text in wordings_of(entry):
        if plain(text) in seen:
            yield Finding(kind=Kind.TWICE, entry=entry.id, text=text)
        seen.add(plain(text))


def _facts(base: Base, entry_id: str) -> str:
    return ", ".join(f"{{{name}}}" for silent_id, name in base.missing if silent_id == entry_id)
