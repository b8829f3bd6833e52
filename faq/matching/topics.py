"""What residents ask housing companies, in many wordings: knowledge that any knowledge base is read with. Built once.

A base with one wording per question knows little of how people ask. The files of `background/` hold many topics in
many wordings: a question and an entry that mean the same lie near the same topics, though they share no word. `nothing`
holds questions that are none of a housing company's. The base in use is not learnt: it may be large, and it changes.
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
ELSEWHERE = Path(__file__).with_name("off_topic_words.txt")
NOTHING = "nothing"


@lru_cache(maxsize=1)
def shipped() -> LinearModel:
    """Return what was learnt from the topics; its outputs are the subjects, `NOTHING` among them."""
    files = sorted(FOLDER.glob("*.yaml"))
    sources = [file.read_bytes() for file in (THESAURUS, *files)]
    return cached(FOLDER, "topics", sources, lambda: LinearModel.of(_examples(files)), LinearModel.from_arrays)


def _examples(files: Sequence[Path]) -> list[Example]:
    loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = []
    for file in files:
        by_subject = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)
        found += [Example(subject, text) for subject, texts in by_subject.items() for text in texts]
    return found


@lru_cache(maxsize=1)
def foreign() -> frozenset[str]:
    """Return words of other people's matters, in their dictionary forms."""
    lines = ELSEWHERE.read_text(encoding="utf-8").splitlines()
    wordings = (one for line in lines if not line.startswith("#") for one in line.split(","))
    return frozenset(lemma(words[0]) for words in (plain(one).split() for one in wordings) if len(words) == 1)
