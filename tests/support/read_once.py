"""What many tests read anew in one process is read once: the same text gives the same data.

A program under test builds its texts and knowledge at every start; in one process of the tests it starts a thousand
times. Sub-processes read as they do in use, but for those of `tests.e2e.support.killed`.
"""

from __future__ import annotations

import copy
import functools
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
import yaml
from jinja2.bccache import Bucket

from texts import catalog


def read_once() -> None:
    """Remember what was parsed, by its text; what was changed since is parsed anew, an error is raised anew."""
    if not hasattr(yaml.safe_load, "remembers"):
        yaml.safe_load = _remembering(yaml.safe_load)
        catalog.read_bundle = functools.cache(catalog.read_bundle)  # nobody changes a bundle
        jinja2.Environment.__init__ = functools.partialmethod(  # type: ignore[method-assign,assignment]  # its arguments stay
            jinja2.Environment.__init__, bytecode_cache=Compiled()
        )


class Compiled(jinja2.BytecodeCache):
    """Templates compiled in this process, by their names and sources."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key, bucket.checksum] = bucket.code


def _remembering(parse: Any) -> Any:
    remembered = functools.cache(parse)

    def safe_load(stream: Any) -> Any:
        return copy.deepcopy(remembered(stream)) if isinstance(stream, str) else parse(stream)

    safe_load.remembers = True  # type: ignore[attr-defined]  # a mark on a function
    return safe_load


def prepare() -> None:
    """Read and learn all that the program builds at its start, for processes that are forked from this one."""
    read_once()
    from bot.factory import load_knowledge  # loads most of the program
    from bot.settings.schema import Settings
    from faq.matching.matcher import FaqMatcher
    from tickets.classification.classifier import RuleClassifier

    settings = Settings()
    classifier = RuleClassifier.shipped()
    FaqMatcher(load_knowledge(settings), classifier.model)
    catalog.Catalog(settings.company.language, ZoneInfo(settings.company.timezone))
