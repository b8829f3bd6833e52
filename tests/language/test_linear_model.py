"""The linear model learns from examples, and the disk cache stores it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from language import disk_cache
from language.features import words_of
from language.linear_model import Example, LinearModel

EXAMPLES = [
    Example("water", "нет горячей воды"),
    Example("water", "из крана не течёт вода"),
    Example("lift", "лифт стоит, кнопка не горит"),
    Example("lift", "кабина лифта застряла"),
    Example("light", "нет света в квартире"),
    Example("light", "перегорела лампочка в подъезде"),
]


@pytest.fixture(scope="module")
def model() -> LinearModel:
    return LinearModel.of(EXAMPLES, frozenset({"lift", "light"}))


def test_another_wording_of_a_subject_is_rated_highest(model: LinearModel) -> None:
    outputs = model.rate(words_of("опять воды нету, кран сухой"))
    assert model.subjects[int(outputs[:3].argmax())] == "water"


def test_a_group_of_subjects_is_one_more_output(model: LinearModel) -> None:
    assert model.rate(words_of("застрял лифт")).shape == (4,)
    assert model.rate(words_of("застрял лифт"))[3] > 0.5 > model.rate(words_of("нет горячей воды"))[3]


def test_words_that_no_example_knows_change_nothing(model: LinearModel) -> None:
    known = model.rate(words_of("нет горячей воды"))
    assert np.array_equal(model.rate(words_of("Козельского, нет горячей воды")), known)
    assert not model.rate(words_of("Козельского")).any()


def test_a_learned_model_is_cached_and_read_back(tmp_path: Path, model: LinearModel) -> None:
    def never() -> LinearModel:
        raise AssertionError("learned twice")

    disk_cache.cached(tmp_path, "some", [b"1"], lambda: model, LinearModel.from_arrays)
    again = disk_cache.cached(tmp_path, "some", [b"1"], never, LinearModel.from_arrays)
    assert np.allclose(again.rate(words_of("нет воды")), model.rate(words_of("нет воды")))


def test_changed_sources_are_learned_anew_and_old_files_go(tmp_path: Path, model: LinearModel) -> None:
    times = []

    def learn() -> LinearModel:
        times.append(1)
        return model

    for number in range(6):
        disk_cache.cached(tmp_path, "some", [bytes([number])], learn, LinearModel.from_arrays)
    assert len(times) == 6
    assert len(list((tmp_path / "__pycache__").glob("*.npz"))) == disk_cache.FILES_PER_KIND


@pytest.mark.parametrize("damage", [b"", b"not a zip", b"PK\x03\x04 cut"])
def test_a_damaged_file_is_replaced(tmp_path: Path, model: LinearModel, damage: bytes) -> None:
    disk_cache.cached(tmp_path, "some", [b"1"], lambda: model, LinearModel.from_arrays)
    (path,) = (tmp_path / "__pycache__").glob("*.npz")
    path.write_bytes(damage)
    disk_cache.cached(tmp_path, "some", [b"1"], lambda: model, LinearModel.from_arrays)
    assert disk_cache.load(path) is not None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, model: LinearModel) -> None:
    assert disk_cache.cached(tmp_path / "gone", "some", [b"1"], lambda: model, LinearModel.from_arrays) is model
