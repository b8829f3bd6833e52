"""A table as a copy sees it; read from the catalogue of either database."""

from __future__ import annotations

from dataclasses import dataclass

from errors import DomovoyError

Row = tuple[object, ...]


class CopyFailed(DomovoyError):
    """The copy was given up; the target is as it was before."""


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]  # columns of the primary key: the order of the rows
    has_bytes: bool  # large values: few rows are read at a time

    @property
    def listed(self) -> str:
        """The columns as SQL writes them."""
        return ", ".join(f'"{column}"' for column in self.columns)

    @property
    def select(self) -> str:
        """All rows in the order of their key."""
        order = ", ".join(f'"{column}"' for column in self.key)
        return f'SELECT {self.listed} FROM "{self.name}" ORDER BY {order}'  # noqa: S608  # names are of our catalogue
