"""Sentences people read, from the Fluent files of this folder: `ru.ftl` is complete, others fall back to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import FluentParser, ast

FOLDER = Path(__file__).parent
FALLBACK = "ru"
REMEMBERED = 1024  # texts: the labels of buttons and the questions come again and again
MANY = 3  # arguments that no two residents share, so the text is not worth remembering


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
        self._bundles = [read_bundle(folder, name) for name in dict.fromkeys((language, FALLBACK))]
        self._lately = lru_cache(maxsize=REMEMBERED)(self._rendered)

    def render(self, key: str, args: Mapping[str, object]) -> str:
        """Return the text of a key. Arguments: str, int, aware datetime (written as day and time)."""
        return self._lately(key, tuple(args.items())) if len(args) < MANY else self._rendered(key, args.items())

    def _rendered(self, key: str, pairs: Iterable[tuple[str, object]]) -> str:
        args = dict(pairs)
        for bundle in self._bundles:
            if bundle.has_message(key) and (pattern := bundle.get_message(key).value) is not None:
                text, errors = bundle.format_pattern(pattern, {name: self._shown(args[name]) for name in args})
                if errors:
                    raise ValueError(f"text {key}: {errors[0]}")
                return str(text)
        raise LookupError(f"there is no text {key!r}")

    def _shown(self, value: object) -> object:
        if not isinstance(value, datetime):
            return value
        return format_datetime(value, "d MMMM, HH:mm", tzinfo=self._zone, locale=self.language)


def read_bundle(folder: Path, language: str) -> FluentBundle:
    """Read one file; a broken entry is an error here, not a hole in a conversation."""
    source = (folder / f"{language}.ftl").read_text(encoding="utf-8")
    for entry in FluentParser().parse(source).body:
        if isinstance(entry, ast.Junk):
            raise ValueError(f"{language}.ftl: cannot be read near: {(entry.content or '').strip().splitlines()[0]}")
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(FluentResource(source))
    return bundle
