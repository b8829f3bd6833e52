"""What residents say, by problem code: the files of `examples/`, from which the classifier learns. Pure once read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from language.linear_model import Example

FOLDER = Path(__file__).with_name("examples")
NO_MATTER = "nothing"  # the code of texts that are no matter of a house


def files() -> Sequence[Path]:
    return sorted(FOLDER.glob("*.yaml"))


def shipped() -> list[Example]:
    """Read every example, in the files' order; subjects are problem codes, or what no work of the company answers."""
    found = []
    for file in files():
        by_code = yaml.load(file.read_text(encoding="utf-8"), Loader=_loader())
        found += [Example(code, text) for code, texts in by_code.items() for text in texts]
    return found


def _loader() -> type[yaml.SafeLoader]:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there
