"""Every text that the code names exists in both languages, and no text is left that nobody says."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from fluent.syntax import FluentParser, ast

from bot.delivery import command_menus
from channels.registry import channel_titles
from dialogs.buttons.words import meaning
from dialogs.letters import missing_details
from dialogs.topics import emergency
from tickets.lifecycle.types import Status

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "dialogs").rglob("*.py")))
MADE = (
    {f"emergency-{key}" for key in (*emergency.KEYS, "other")}
    | {f"push-{status.value.replace('_', '-')}" for status in Status}
    | {f"unsupported-{kind}" for kind in ("sticker", "video", "too-big", "empty", "other")}
    | {f"letter-gap-{gap}" for gap in missing_details.ALL}
    | {"hello", "thanks", "file-not-allowed", "file-too-big", "channel-in"}
    | {f"command-{name}" for name in command_menus.NAMES}
    | {f"channel-{name}" for name in (*channel_titles(), "other")}
    | {f"link-{outcome}" for outcome in ("accepted", "wrong", "expired", "own", "many")}
)


@cache
def keys(language: str) -> dict[str, set[str]]:
    """Text keys with the names of their arguments."""
    found: dict[str, set[str]] = {}
    source = (ROOT / "texts" / f"{language}.ftl").read_text(encoding="utf-8")
    for entry in FluentParser().parse(source).body:
        if isinstance(entry, ast.Message):
            span = entry.span
            assert span
            found[entry.id.name] = set(re.findall(r"\{ *\$(\w+)", source[span.start : span.end]))
    return found


def named() -> set[str]:
    """Keys that the code names: literal ones, those of buttons, and those made of a word."""
    literal = {key for key in re.findall(r'"([a-z]+(?:-[a-z]+)*)"', SOURCE) if key in keys("ru")}
    buttons = {f"button-{name}" for name in re.findall(r'button\("([a-z-]+)"', SOURCE)}
    return literal | buttons | MADE


def test_both_languages_say_the_same_things() -> None:
    assert keys("ru") == keys("en")


def test_no_text_is_missing_and_none_is_left_over() -> None:
    assert set(keys("ru")) == named()


def test_every_button_may_be_typed() -> None:
    """A channel without buttons, or a pressed button that is lost: the label's words do the same."""
    for language in ("ru", "en"):
        source = (ROOT / "texts" / f"{language}.ftl").read_text(encoding="utf-8")
        labels = dict(re.findall(r"^button-([a-z-]+) = (.*)$", source, re.MULTILINE))
        assert [name for name, label in labels.items() if not meaning(label)] == [
            "card",
            "push-here",
        ]  # their numbers tell more


def test_literal_keys_of_the_code_exist() -> None:
    said = set(re.findall(r'key="([a-z-]+)"', SOURCE)) | set(
        re.findall(r'(?:not_understood\(session, world, |sorry=)"([a-z-]+)"', SOURCE)
    )
    assert said
    assert said <= set(keys("ru"))
