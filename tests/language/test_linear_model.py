"""What is learnt from examples, and how it is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from language import disk_cache
from language.features import words_of
from language.linear_model import Example, Learnt

EXAMPLES = [
    Example("water", "нет горячей воды"),
    Example("water", "из крана не течёт вода"),
    Example("lift", "лифт стоит, кнопка не горит"),
    Example("lift", "кабина лифта застряла"),
    Example("light", "нет света в квартире"),
    Example("light", "перегорела лампочка в подъезде"),
]


@pytest.fixture(scope="module")
def learnt() -> Learnt:
    return Learnt.of(EXAMPLES, frozenset({"lift", "light"}))


def test_another_wording_of_a_subject_is_rated_highest(learnt: Learnt) -> None:
    found = learnt.rate(words_of("опять воды нету, кран сухой"))
    assert learnt.subjects[int(found[:3].argmax())] == "water"


def test_a_group_of_subjects_is_one_more_output(learnt: Learnt) -> None:
    assert learnt.rate(words_of("застрял лифт")).shape == (4,)
    assert learnt.rate(words_of("застрял лифт"))[3] > 0.5 > learnt.rate(words_of("нет горячей воды"))[3]


def test_words_that_no_example_knows_change_nothing(learnt: Learnt) -> None:
    known = learnt.rate(words_of("нет горячей воды"))
    assert np.array_equal(learnt.rate(words_of("Козельского, нет горячей воды")), known)
    assert not learnt.rate(words_of("Козельского")).any()


def test_what_was_learnt_is_kept_and_read_back(tmp_path: Path, learnt: Learnt) -> None:
    def never() -> Learnt:
        raise AssertionError("learnt twice")

    disk_cache.kept(tmp_path, "some", [b"1"], lambda: learnt, Learnt.from_arrays)
    again = disk_cache.kept(tmp_path, "some", [b"1"], never, Learnt.from_arrays)
    assert np.allclose(again.rate(words_of("нет воды")), learnt.rate(words_of("нет воды")))


def test_changed_sources_are_learnt_anew_and_old_files_go(tmp_path: Path, learnt: Learnt) -> None:
    times = []
    for number in range(6):
        disk_cache.kept(tmp_path, "some", [bytes([number])], lambda: times.append(1) or learnt, Learnt.from_arrays)  # type: ignore[func-returns-value]
    assert len(times) == 6
    assert len(list((tmp_path / "__pycache__").glob("*.npz"))) == disk_cache.KEPT


@pytest.mark.parametrize("damage", [b"", b"not a zip", b"PK\x03\x04 cut"])
def test_a_damaged_file_is_replaced(tmp_path: Path, learnt: Learnt, damage: bytes) -> None:
    disk_cache.kept(tmp_path, "some", [b"1"], lambda: learnt, Learnt.from_arrays)
    (path,) = (tmp_path / "__pycache__").glob("*.npz")
    path.write_bytes(damage)
    disk_cache.kept(tmp_path, "some", [b"1"], lambda: learnt, Learnt.from_arrays)
    assert disk_cache.load(path) is not None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, learnt: Learnt) -> None:
    assert disk_cache.kept(tmp_path / "gone", "some", [b"1"], lambda: learnt, Learnt.from_arrays) is learnt
