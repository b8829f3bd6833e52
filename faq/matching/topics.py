"""The model of background topics: what residents ask housing companies, in many wordings. Built once.

A base with one wording per question covers few ways of asking. The files of `topics/` hold many topics in many
wordings. A question and an entry with the same meaning lie near the same topics, even if they share no word. `nothing`
holds questions that do not concern a housing company. The base in use is not learned: it may be large, and it changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from language.disk_cache import cached
from language.lemmas import lemma
from language.linear_model import Example, LinearModel
from language.normalise import plain
from language.thesaurus import FILE as THESAURUS

FOLDER = Path(__file__).with_name("topics")
OFF_TOPIC_WORDS = Path(__file__).with_name("off_topic_words.txt")
NOTHING = "nothing"


@lru_cache(maxsize=1)
def shipped() -> LinearModel:
    """Return the model of the topics; its outputs are the subjects, `NOTHING` among them."""
    files = sorted(FOLDER.glob("*.yaml"))
    sources = [file.read_bytes() for file in (THESAURUS, *files)]
    return cached(FOLDER, "topics", sources, lambda: LinearModel.of(_examples(files)), LinearModel.from_arrays)


def _examples(files: Sequence[Path]) -> list[Example]:
    loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    examples = []
    for file in files:
        by_subject = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)
        examples += [Example(subject, text) for subject, texts in by_subject.items() for text in texts]
    return examples


@lru_cache(maxsize=1)
def off_topic_words() -> frozenset[str]:
    """Return words of matters that do not concern a housing company, in their dictionary forms."""
    lines = OFF_TOPIC_WORDS.read_text(encoding="utf-8").splitlines()
    wordings = (wording for line in lines if not line.startswith("#") for wording in line.split(","))
    return frozenset(lemma(words[0]) for words in (plain(wording).split() for wording in wordings) if len(words) == 1)
