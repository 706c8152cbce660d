"""A text that repeats another is found by its runs of words; one that shares words but no runs isn't."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curation.benchmark_texts import texts_of
from curation.hash_rows import MOST_ROWS
from curation.text_grams import LONG, SHORT, all_grams, digest_of, own_grams

SENTENCE = "Which of these stains marks the nuclei of the cells in the upper left of the micrograph, and why does it?"
LONG_TEXT = " ".join(f"word{at}" for at in range(60))


def test_a_text_is_found_whatever_its_case_and_marks():
    texts = texts_of([own_grams(SENTENCE), own_grams(LONG_TEXT)])
    assert texts.share([f"Before it. {SENTENCE.upper().replace(',', ' -')} After it."]) == 1
    assert texts.share([LONG_TEXT]) == 1


def test_the_share_is_the_part_of_the_text_that_is_repeated():
    texts = texts_of([own_grams(LONG_TEXT)])
    runs = 60 - LONG + 1
    assert texts.share([" ".join(LONG_TEXT.split()[:30])]) == (30 - LONG + 1) / runs
    halves = [" ".join(LONG_TEXT.split()[:36]), " ".join(LONG_TEXT.split()[24:])]
    assert texts.share(halves) == 1


def test_the_same_words_in_another_order_are_another_text():
    texts = texts_of([own_grams(SENTENCE)])
    assert texts.share([" ".join(reversed(SENTENCE.split()))]) == 0
    assert texts.share([]) == texts.share([""]) == texts_of([]).share([SENTENCE]) == 0


def test_a_text_of_few_words_says_nothing():
    assert len(own_grams("seven words are not enough for it")) == 0
    assert len(own_grams("eight words are just enough for it now")) == 1


def test_runs_that_many_texts_have_tell_none_of_them():
    texts = [
        f"What is the most likely stain used to prepare the micrograph called {at} here?" for at in range(MOST_ROWS + 1)
    ]
    found = texts_of([own_grams(text) for text in texts])
    assert found.share(["What is the most likely stain used to prepare the micrograph"]) == 0
    assert found.share([texts[7]]) == 1


@given(st.lists(st.sampled_from("abcdef"), max_size=40))
def test_all_runs_of_a_text_are_in_it(words):
    text = " ".join(words)
    assert set(own_grams(text).tolist()) <= set(all_grams(text).tolist())
    assert len(own_grams(text)) == len(
        set(zip(*(words[at:] for at in range(SHORT if len(words) < 2 * LONG else LONG)), strict=False))
    )


def test_a_text_of_a_million_characters_is_hashed_at_once():
    text = " ".join(str(at) for at in range(160_000))
    assert len(all_grams(text)) == 160_000 - LONG + 1 + 160_000 - SHORT + 1


def test_words_are_compared_in_one_form():
    assert digest_of("\ufb01ne - \u039cm") == digest_of("FINE \u03bcm")
    assert np.array_equal(own_grams("é " * 9), own_grams("e\u0301 " * 9))
