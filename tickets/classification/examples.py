"""Read the texts of residents by problem code from `examples/`, which the classifier learns from. Pure once read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from language.linear_model import Example

FOLDER = Path(__file__).with_name("examples")


def files() -> Sequence[Path]:
    return sorted(FOLDER.glob("*.yaml"))


def shipped() -> list[Example]:
    """Read every example, in the files' order. Subjects are problem codes, or matters of others; `nothing` is none."""
    examples = []
    for file in files():
        by_code = yaml.load(file.read_text(encoding="utf-8"), Loader=_loader())
        examples += [Example(code, text) for code, texts in by_code.items() for text in texts]
    return examples


def _loader() -> type[yaml.SafeLoader]:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there
