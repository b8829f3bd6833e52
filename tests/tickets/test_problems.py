"""The shipped ways to say each problem."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from channels.contract import ConfigError
from faq.base import load_base
from language.normalise import plain
from tests.faq.test_shipped import PLACEHOLDERS
from tickets.problems import EXAMPLES, SHIPPED, load_problems, no_trouble, shipped, with_examples

KNOWLEDGE = Path(__file__).resolve().parents[2] / "faq" / "knowledge"


def test_every_problem_has_many_examples() -> None:
    assert [(code, len(one.examples)) for code, one in shipped().items() if len(one.examples) < 35] == []


def test_no_example_is_given_twice_nor_is_a_question_of_the_knowledge_base() -> None:
    texts = [plain(text) for one in shipped().values() for text in one.examples] + [
        plain(text) for text in no_trouble()
    ]
    assert [text for text, times in Counter(texts).items() if times > 1] == []
    base = load_base(KNOWLEDGE, dict.fromkeys(PLACEHOLDERS, "ЗДЕСЬ"))
    asked = {plain(text) for entry in base.entries for text in (entry.question, *entry.variants)}
    assert set(texts) & asked == set()


def test_what_only_sounds_like_a_trouble_is_named_with_its_code() -> None:
    assert len(no_trouble()) >= 150
    assert set(no_trouble().values()) - {""} <= set(shipped())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no_such_code: [а]", r"more\.yaml.*no_such_code"),
        ("gas_smell: [{а: б}]", r"more\.yaml.*gas_smell"),
        ("[]", r"more\.yaml"),
        ("a: [", r"more\.yaml"),
    ],
)
def test_examples_that_cannot_be_used_are_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "more.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        with_examples(load_problems(SHIPPED), tmp_path)


def test_the_shipped_examples_are_read_from_their_folder() -> None:
    assert EXAMPLES.is_dir()
