"""Prompt room: facts fit the model's length, a long one ends with a sentence and says that it goes on."""

from hypothesis import given
from hypothesis import strategies as st

from captioning.prompt_room import CUT, facts_tokens, fitting, shortened, tokens_of
from schemas.manifest import CaptioningSettings


def settings(**more):
    said = {"backend": "openai", "endpoints": ("http://127.0.0.1:9/v1",), "model": "m"}
    return CaptioningSettings(**{**said, **more})


def test_there_is_less_room_for_facts_where_the_model_is_short_and_never_none():
    assert facts_tokens(settings()) == 2500
    assert facts_tokens(settings(max_model_len=4096, max_tokens=256)) == 4096 - 1337 - 64 - 512 - 900
    assert facts_tokens(settings(max_model_len=100)) == 64


def test_a_page_long_fact_is_cut_at_the_end_of_a_sentence_with_a_mark():
    page = "Mice were kept in the dark. " * 500
    (told,) = fitting([page], 2500)
    assert told.endswith(f"dark.{CUT}")
    assert 1900 < len(told) <= 2000 + len(CUT)


def test_a_fact_without_sentences_is_cut_between_words():
    (told,) = fitting(["word " * 5000], 2500)
    assert told.endswith(f"word{CUT}")


def test_a_later_fact_that_fits_is_told_though_an_earlier_one_does_not():
    assert fitting(["long " * 100, "Stain: DAPI"], 20) == ("Stain: DAPI",)


def test_foreign_letters_and_digits_count_for_more():
    assert tokens_of("\u7d30\u80de" * 10) > tokens_of("ab" * 10)
    assert tokens_of("1234567890") == 10


@given(st.lists(st.text(max_size=300), max_size=12), st.integers(0, 300))
def test_what_is_told_is_never_longer_than_the_room_but_for_the_marks(facts, tokens):
    told = fitting(facts, tokens)
    cuts = sum(fact.endswith(CUT) for fact in told)
    assert sum(map(tokens_of, told)) <= tokens + cuts * (tokens_of(CUT) + 1)


@given(st.text(max_size=200), st.integers(0, 220))
def test_a_fact_that_is_short_enough_is_told_as_it_is(text, characters):
    cut = shortened(text, characters)
    assert cut == text if len(text) <= characters else cut == "" or text.startswith(cut.removesuffix(CUT))
