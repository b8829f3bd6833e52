"""Fill placeholders of answers, like ``{company_phone}``, with facts of the company from the settings. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from errors import ConfigError

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(slots=True)
class Filler:
    """Fills the answers of one entry and notes the facts that were missing."""

    facts: Mapping[str, str]
    missing: dict[str, None] = field(default_factory=dict)  # names, in the order they were met

    def fill(self, where: str, answer: str) -> str:
        """Return an answer with its facts. Sentences with an empty fact are left out, so the result may be ''.

        Raises:
            ConfigError: the answer names a fact that does not exist; the message begins with `where`.
        """
        for key in _PLACEHOLDER.findall(answer):
            if key not in self.facts:
                known = ", ".join(sorted(self.facts))
                raise ConfigError(f"{where}: подстановки {{{key}}} нет; бывают: {known}")
            if not self.facts[key]:
                self.missing[key] = None
        lines = []
        for line in answer.strip().splitlines():
            sentences = [part for part in _SENTENCE.split(line) if self._is_complete(part)]
            lines += [" ".join(sentences)] if sentences else []
        return _PLACEHOLDER.sub(lambda match: self.facts[match[1]], "\n".join(lines)).strip()

    def _is_complete(self, sentence: str) -> bool:
        return all(self.facts[key] for key in _PLACEHOLDER.findall(sentence))
