"""VQA letters: answers that name one option, and those that name none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.vqa_letters import named_option

OPTIONS = ["PAS", "H&E", "a cell", "none of the above"]


@pytest.mark.parametrize(
    "answer",
    [
        "B", "b", " B ", "B)", "(B)", "[B]", "B.", "B:", "**B**", "`B`", "B. H&E", "B) H&E.", "B) h&e", "(B) H&E",
        "B: H&E", "B - H&E", "B H&E", "Answer: B", "answer: b", "Answer:B", "Answer: (B)", "Answer:\nB", "Option B",
        "Answer\uff1aB",
        "The answer is B.", "The correct answer is **B**.", "Final answer: B) H&E", "H&E", "h&e.", '"H&E"',
        "B\n\nThe tissue is pink.", "<think>A or C?</think>B", "\\boxed{B}", "\\boxed{\\text{B}}",
        "The nuclei are blue. Answer: B", "B) it is pink and blue",
    ],
)  # fmt: skip
def test_one_option_is_read_however_it_is_named(answer):
    assert named_option(answer, OPTIONS) == 1


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("<think>B</think>", "empty"),
        ("A or B", "several"),
        ("A, B", "several"),
        ("A/B", "several"),
        ("B) or C)", "several"),
        ("B) PAS", "several"),
        ("Answer: A or B", "several"),
        ("Answer: A. No, answer: B", "several"),
        ("B\nor rather (A)", "several"),
        ("F", "no_such_option"),
        ("Answer: Z", "no_such_option"),
        ("A cell is shown", "no_option"),
        ("The answer is a cell with a nucleus", "no_option"),
        ("pink", "no_option"),
        ("It depends.", "no_option"),
        ("I'm sorry, but I can't help with that.", "refused"),
        ("I cannot determine this from the image.", "refused"),
    ],
)
def test_what_names_no_option_or_several_is_told_apart(answer, why):
    assert named_option(answer, OPTIONS) == why


def test_an_option_that_reads_like_an_article_is_itself():
    assert named_option("a cell", OPTIONS) == 2
    assert named_option("C) a cell", OPTIONS) == 2


def test_letters_within_an_options_text_name_nothing_else():
    options = ["vitamin (A)", "protein (B) and (C)", "none of the above"]
    assert named_option("B) protein (B) and (C)", options) == 1
    assert named_option("vitamin (A)", options) == 0


def test_options_of_one_text_are_told_apart_by_letters_alone():
    assert named_option("cell", ["cell", "Cell"]) == "several"
    assert named_option("B) Cell", ["cell", "Cell"]) == 1


@given(
    st.lists(st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=2, max_size=30), min_size=2, max_size=6),
    st.data(),
)
def test_the_letter_that_is_asked_for_is_always_read(options, data):
    place = data.draw(st.integers(0, len(options) - 1))
    letter = "ABCDEF"[place]
    for form in ("{0}", "{0})", "({0})", "{0}.", "Answer: {0}", "The answer is ({0})."):
        said = form.format(letter)
        if not any(said.casefold().strip(" .") == option.casefold().strip(" .") for option in options):
            assert named_option(said, options) == place, said


@given(st.text(max_size=200), st.lists(st.text(max_size=20), min_size=2, max_size=5))
def test_whatever_is_said_is_an_option_or_a_reason(answer, options):
    found = named_option(answer, options)
    assert found in range(len(options)) or isinstance(found, str)
