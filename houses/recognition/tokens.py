"""The words of a simple text with their positions. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from houses.recognition.address_parser import TOKEN


@dataclass(frozen=True, slots=True)
class Token:
    word: str  # digits without the ending of an ordinal
    start: int
    end: int
    ordinal: bool = False

    @property
    def is_number(self) -> bool:
        return self.word[0].isdigit()


def tokens_of(text: str) -> list[Token]:
    """Return the words and numbers of a simple text with their positions."""
    return [
        Token(
            match[0].removesuffix("-й"), match.start(), match.end(), match[0].endswith("-й") and match[0][0].isdigit()
        )
        for match in TOKEN.finditer(text)
    ]
