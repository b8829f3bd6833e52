"""Features of texts, and how alike texts are."""

from __future__ import annotations

import numpy as np
import pytest

from language.features import Features, features, word, words_of
from language.similarity import SimilarityIndex
from language.thesaurus import Thesaurus, read


def of(text: str) -> Features:
    return features(words_of(text))


def test_small_words_and_numbers_are_left_out_but_those_of_emergency_services_stay() -> None:
    assert words_of("Здравствуйте, в квартире 15 нет воды, звонил в 112") == [
        "квартире",
        "нет",
        "воды",
        "звонил",
        "112",
    ]


def test_all_forms_of_a_word_are_one_and_words_that_mean_the_same_share_a_concept() -> None:
    assert word("батареями").form == word("батарея").form
    assert set(word("батарея").concepts) & set(word("радиаторы").concepts)


def test_neighbouring_words_count_as_a_pair_whatever_their_order() -> None:
    assert "труба холодный" in of("холодные трубы").forms
    assert of("трубы холодные").forms == of("холодные трубы").forms


def test_the_text_itself_is_the_likest_and_another_subject_is_the_least_alike() -> None:
    texts = ["нет горячей воды", "холодные батареи в комнате", "лифт стоит на пятом этаже"]
    index = SimilarityIndex.of([of(text) for text in texts], [0, 1, 2])
    alike = index.cosines(of("нет горячей воды"))
    assert alike[0] == pytest.approx(1.0)
    assert index.cosines(of("радиаторы ледяные")).argmax() == 1
    assert alike.shape == (3,)


def test_the_mean_of_the_views_is_what_they_add_up_to() -> None:
    index = SimilarityIndex.of([of("прорвало трубу в подвале"), of("засор в раковине")], [0, 1])
    asked = of("в подвале лопнула труба")
    assert index.cosines(asked) == pytest.approx(index.cosines_by_view(asked).mean(axis=0))


def test_a_text_of_unknown_words_is_like_nothing() -> None:
    index = SimilarityIndex.of([of("нет воды")], [0])
    assert index.cosines(of("xyz")).tolist() == [0.0]
    assert index.cosines_by_view(of("")).tolist() == [[0.0], [0.0], [0.0]]


def test_an_index_survives_being_stored() -> None:
    index = SimilarityIndex.of([of("нет воды"), of("нет света")], [0, 1])
    again = SimilarityIndex.from_arrays(index.arrays())
    assert np.array_equal(again.cosines(of("воды нет")), index.cosines(of("воды нет")))
    assert again.weight("нет") == index.weight("нет")


def test_a_thesaurus_finds_words_in_any_form_and_phrases_as_written() -> None:
    thesaurus = Thesaurus(read("# comment\nheat = батарея, не греет\nheat = радиатор\n"))
    assert thesaurus.of_word("радиатор") == ("heat",)
    assert thesaurus.of_phrases(["дом", "не", "греть"]) == [(1, "heat")]
    assert thesaurus.of_phrases(["греть", "не"]) == []


def test_a_line_of_the_thesaurus_that_names_no_concept_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2"):
        read("heat = батарея\nрадиатор\n")
