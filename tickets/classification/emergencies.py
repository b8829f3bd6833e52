"""Recognise an emergency in a text by the rules of `emergencies.yaml`. Pure once read.

The rules name groups of words; a rule matches where one word of each of its groups stands close together, in any
order. A denied word («не пахнет», «запаха газа нет», «без людей») does not count. A misspelt word does.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from errors import ConfigError
from language.keyboard_layout import russian
from language.normalise import plain
from tickets.classification.lexicon import Lexicon

REMEMBERED = 64  # texts: one turn asks about the same text several times
WITHIN = 5  # words between the first and the last word of a match
TAKEN_BACK = 6  # words between a match and a word of `but` that takes the match back
SENTENCE = 3  # the end of a sentence counts as so many words
DENIES = frozenset(("не", "нет", "без", "ни", "никого", "никто", "никаких", "после", "no", "not", "without"))
ABSENT = "нет"  # denies a word before it, at the end of a part of a sentence: "запаха газа нет"
ADJECTIVE = ("ого", "его", "ой", "ей", "ых", "их")
_PARTS = re.compile(r"([,.:;!?()\n…]+|\s[-—–]\s)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    key: str  # of the safety text
    groups: tuple[str, ...]
    but: tuple[str, ...] = ()  # groups that take a match back
    within: int = WITHIN
    needs: frozenset[str] = field(init=False)  # the same groups as a set

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs", frozenset(self.groups))


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """The danger has passed when all `groups` and none of `unless` occur. keys: of which emergencies; empty: all."""

    groups: tuple[str, ...]
    keys: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


class Emergencies:
    def __init__(self, lexicon: Lexicon, rules: Iterable[Rule], over: Iterable[Over]) -> None:
        self._lexicon, self._rules, self._over = lexicon, tuple(rules), tuple(over)
        self._by_group: dict[str, list[int]] = defaultdict(list)  # numbers of the rules, by their first group
        for number, rule in enumerate(self._rules):
            self._by_group[rule.groups[0]].append(number)
        self._cached_find = lru_cache(maxsize=REMEMBERED)(self._find)
        for rule in self._rules:
            lexicon.check((*rule.groups, *rule.but))
        for passed in self._over:
            lexicon.check((*passed.groups, *passed.unless))

    @classmethod
    def read(cls, path: Path) -> Emergencies:
        """Read a file of rules.

        Raises:
            ConfigError: the file cannot be read, a field is missing, or a rule names an unknown group.
        """
        try:
            data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
            return cls(
                Lexicon(data["words"]),
                [_rule(row) for row in data["rules"]],
                [Over(**{name: tuple(value) for name, value in row.items()}) for row in data["over"]],
            )
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
            raise ConfigError(f"{path.name}: как правила аварий не подходит: {error}") from error

    def key(self, text: str) -> str:
        """Return the key of the first rule that matches, or ''."""
        return self._cached_find(text)

    def takes_back(self, text: str) -> bool:
        """Say whether a text names an emergency only to deny it: «газом не пахнет», «вчера застрял, уже вытащили»."""
        if self.key(text):
            return False
        seen = self._seen(text, denied=True)
        likely = {number for group in seen for number in self._by_group.get(group, ())}
        rules = (self._rules[number] for number in likely)
        return any(seen.keys() >= set(rule.groups) and any(_close(rule, seen)) for rule in rules)

    def _find(self, text: str) -> str:
        return self._key(text) or (self._key(meant) if (meant := russian(text)) != text else "")

    def _key(self, text: str) -> str:
        seen = self._seen(text)
        likely = sorted({number for group in seen for number in self._by_group.get(group, ())})
        rules = [self._rules[number] for number in likely if seen.keys() >= self._rules[number].needs]
        if not rules:
            return ""
        passed = [over for over in self._over if _passed(over, seen)]
        for rule in rules:
            over = any(rule.key in over.keys or not over.keys for over in passed)
            if not over and _matches(rule, seen):
                return rule.key
        return ""

    def _seen(self, text: str, *, denied: bool = False) -> Mapping[str, Sequence[int]]:
        """Return the places of each group's words, counted in words. denied: include denied words."""
        seen: dict[str, list[int]] = defaultdict(list)
        for place, words in _parts(text):
            for group, start, end in self._lexicon.find(words):
                if denied or not _denied(words, start, end):
                    seen[group].append(place + start)
        return seen


def _rule(row: Mapping[str, Any]) -> Rule:
    if not row["all"]:
        raise ValueError("`all` is empty")
    return Rule(
        key=str(row["key"]),
        groups=tuple(row["all"]),
        but=tuple(row.get("but", ())),
        within=int(row.get("within", WITHIN)),
    )


def _parts(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the parts between signs as words, each with its place in the text."""
    place = 0
    for part in _PARTS.split(text):
        if words := tuple(plain(part).split()):
            yield place, words
            place += len(words)
        elif any(sign in part for sign in ".!?\n…"):
            place += SENTENCE


def _denied(words: Sequence[str], start: int, end: int) -> bool:
    """Say whether the words from start to end are denied; «после» denies over an adjective: «после сильного потопа»."""
    if start and words[start - 1] in DENIES:
        return True
    if start > 1 and words[start - 2] == "после" and words[start - 1].endswith(ADJECTIVE):
        return True
    return words[-1] == ABSENT and len(words) - 1 - end in (1, 2)


def _passed(over: Over, seen: Mapping[str, Sequence[int]]) -> bool:
    return all(group in seen for group in over.groups) and not any(group in seen for group in over.unless)


def _matches(rule: Rule, seen: Mapping[str, Sequence[int]]) -> bool:
    against = [place for group in rule.but for place in seen.get(group, ())]
    for first, last in _close(rule, seen):
        if not any(first - TAKEN_BACK <= place <= last + TAKEN_BACK for place in against):
            return True
    return False


def _close(rule: Rule, seen: Mapping[str, Sequence[int]]) -> Iterator[tuple[int, int]]:
    """Yield the shortest stretches with a word of every group that are short enough, as first and last place."""
    marks = sorted((place, group) for group in rule.groups for place in seen[group])
    latest: dict[str, int] = {}
    for place, group in marks:
        latest[group] = place
        if len(latest) == len(set(rule.groups)):
            first = min(latest.values())
            if place - first <= rule.within + 1:
                yield first, place
