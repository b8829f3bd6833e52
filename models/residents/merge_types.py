"""Types of merges of residents."""

from __future__ import annotations

from dataclasses import dataclass

from errors import DomovoyError
from tickets.lifecycle.types import Actor

BY_PROOF = Actor(kind="resident")  # nobody decides, the residents have proved it


class MergeError(DomovoyError):
    """Residents are not merged. code: ``same``, ``unknown``, ``forgetting``, ``separated``, ``undone``."""

    def __init__(self, code: str) -> None:
        super().__init__(f"residents are not merged: {code}")
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    id: int
    kept_id: int
    merged_id: int
