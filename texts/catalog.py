"""Render the texts that people read from the Fluent files of this folder. Other languages fall back to `ru.ftl`.

Fluent formats each text once per shape. A shape has the numbers and names that the text depends on, and holes for all
other strings. Filling holes is cheap, and a string may have any length (Fluent fails above 2,500 characters).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import FluentParser, ast

FOLDER = Path(__file__).parent
FALLBACK = "ru"
REMEMBERED = 1024  # shapes of texts, and moments
VARIANT = re.compile(r"\[\s*([\w.-]+)\s*\]")
HOLE = re.compile("\ue000([a-z_]+)\ue001")  # where an argument goes in a shape

Fixed = tuple[tuple[str, object], ...]


class Catalog:
    """Texts of one language. Moments are written in `zone`, the time zone of the company.

    Raises:
        LookupError: there is no such language, or (`render`) no such key in any language.
        ValueError: a file of texts is broken, or (`render`) a text needs an argument that is missing.
    """

    def __init__(self, language: str, zone: ZoneInfo, folder: Path = FOLDER) -> None:
        if not (folder / f"{language}.ftl").is_file():
            known = ", ".join(sorted(path.stem for path in folder.glob("*.ftl")))
            raise LookupError(f"there are no texts in language {language!r}; known: {known}")
        self.language = language
        self._zone = zone
        sources = {name: (folder / f"{name}.ftl").read_text(encoding="utf-8") for name in (language, FALLBACK)}
        self._bundles = [read_bundle(name, source) for name, source in sources.items()]
        # Values that texts depend on: [none], [few].
        self._chosen = frozenset(VARIANT.findall("".join(sources.values())))
        self._shape = lru_cache(maxsize=REMEMBERED)(self._find_shape)
        self._moment = lru_cache(maxsize=REMEMBERED)(self._write_moment)

    def render(self, key: str, args: Mapping[str, object]) -> str:
        """Return the text of a key. Arguments: str, int, aware datetime (written as day and time)."""
        if not args:
            return "".join(self._shape(key, ()))
        values = {name: self._shown(value) for name, value in args.items()}
        pieces = self._shape(key, tuple([(name, self._fixed(value)) for name, value in values.items()]))
        return "".join([str(values[piece]) if place % 2 else piece for place, piece in enumerate(pieces)])

    def _fixed(self, value: object) -> object:
        """Return an argument that the shape depends on; None for a string that only fills a hole."""
        return None if isinstance(value, str) and value not in self._chosen else value

    def _find_shape(self, key: str, fixed: Fixed) -> Sequence[str]:
        """Format a text with holes for the arguments that are not fixed: pieces of text, between them names."""
        args = {name: f"\ue000{name}\ue001" if value is None else value for name, value in fixed}
        for name, bundle in product(keys_of(key), self._bundles):
            if bundle.has_message(name) and (pattern := bundle.get_message(name).value) is not None:
                text, errors = bundle.format_pattern(pattern, args)
                if errors:
                    raise ValueError(f"text {name}: {errors[0]}")
                return HOLE.split(str(text))
        raise LookupError(f"there is no text {key!r}")

    def _shown(self, value: object) -> object:
        if not isinstance(value, datetime):
            return value
        return self._moment(value.astimezone(self._zone).replace(second=0, microsecond=0))

    def _write_moment(self, value: datetime) -> str:
        return str(format_datetime(value, "d MMMM, HH:mm", tzinfo=self._zone, locale=self.language))


def keys_of(key: str) -> tuple[str, ...]:
    """Return the keys to look a text up by: a channel without a name of its own is ``channel-other``."""
    return (key, "channel-other") if key.startswith("channel-") else (key,)


def read_bundle(language: str, source: str) -> FluentBundle:
    """Read one file. A broken entry raises ValueError here, not later in a conversation."""
    for entry in FluentParser().parse(source).body:
        if isinstance(entry, ast.Junk):
            raise ValueError(f"{language}.ftl: cannot be read near: {(entry.content or '').strip().splitlines()[0]}")
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(FluentResource(source))
    return bundle
