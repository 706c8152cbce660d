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
        "The nuclei are blue. Answer: B", "B!", "B;", "B,", "B\u3002", "'B'", "\u2018B\u2019", "# B", "- B",
        "\ufeffB", "B\u200b", "The answer is B because the nuclei are blue", "The correct answer is B, not A.",
        "<answer>B</answer>", "B</s>", "B<|im_end|>", '{"letter": "B"}', '{"answer": "H&E"}',
        '```json\n{"answer": "B"}\n```', "(B) H&E, since it is pink", "Let me see.\nB",
        "Answer - B", "B is correct", "Option B is correct.", "B is the right answer", "The answer is H&E.",
        "A or C? No.\n</think>\n\nB", "<think>A</think><think>C</think>B", "Neither A nor C; answer is B",
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
        ("A&B", "several"),
        ("B C", "several"),
        ("Answer: B/C", "several"),
        ("B or maybe C", "several"),
        ("Answer: B or maybe C", "several"),
        ("Both A and B", "several"),
        ("A. B. C. D", "several"),
        ("A)B)", "several"),
        ("Answer: B) PAS", "several"),
        ("A) PAS\nB) H&E\nC) a cell\nD) none of the above", "several"),
        ("A: PAS B: H&E", "several"),
        ("PAS, or rather H&E", "several"),
        ("The answer is A? no, wrong.\nC", "several"),
        ("B) it is pink and blue", "other_text"),
        ("Answer: B cell", "no_option"),
        ("B-cell", "no_option"),
        ("None of the options", "no_option"),
        ("Answer: not B", "no_option"),
        ("<think>The answer is A, but", "cut"),
        ("B <think>or A", "cut"),
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


CELLS = ["T cell", "NK cell", "B cell", "mast cell"]
NAMES = ["Mus musculus", "Drosophila", "E. coli", "Danio rerio", "C. elegans"]
PHASES = ["G1", "S", "G2", "M"]
PANELS = ["C", "A", "B", "D"]


@pytest.mark.parametrize(
    ("answer", "options", "named"),
    [
        ("The answer is B cell.", CELLS, 2),
        ("Answer: B cell", CELLS, 2),
        ("C) B cell", CELLS, 2),
        ("B) B cell", CELLS, "several"),
        ("Answer: B-cell", CELLS, 2),
        ("Answer: **C** (B cell).", CELLS, 2),
        ("Answer: B (B cell)", CELLS, "several"),
        ("A. T cell\nB. NK cell\nC. B cell\nD. mast cell", CELLS, "several"),
        ("C. elegans", NAMES, 4),
        ("Answer: C. elegans", NAMES, 4),
        ("C. elegans (nematode)", NAMES, 4),
        ("E. coli bacteria", NAMES, "other_text"),
        ("E. C. elegans", NAMES, 4),
        ("S", PHASES, 1),
        ("B) S", PHASES, 1),
        ("M", PHASES, 3),
        ("Answer: D) M", PHASES, 3),
        ("B", PHASES, 1),
        ("B) M", PHASES, "several"),
        ("D", PANELS, 3),
        ("D) D", PANELS, 3),
        ("B) A", PANELS, 1),
        ("A", PANELS, "several"),
        ("A) A", PANELS, "several"),
        ("III", ["I", "II", "III", "IV"], 2),
        ("I", ["I", "II", "III", "IV"], 0),
        ("B) PAS of an old kit", ["PAS", "PAS of an old kit"], 1),
        ("A) PAS of an old kit", ["PAS", "PAS of an old kit"], "several"),
    ],
)
def test_a_letter_counts_only_alone_or_before_its_own_text_and_a_text_is_read_whole(answer, options, named):
    assert named_option(answer, options) == named


@pytest.mark.parametrize(
    "piece", ["<think>", "<think>x", "A or ", "the answer is B. ", "\\boxed{ ", "B) .,:-", "\n", "(", "{"]
)
def test_a_long_answer_is_read_in_time_that_grows_with_its_length(piece):
    import time

    began_s = time.process_time()
    named_option(piece * (200_000 // len(piece)), OPTIONS)
    assert time.process_time() - began_s < 5


def test_letters_within_an_options_text_name_nothing_else():
    options = ["vitamin (A)", "protein (B) and (C)", "none of the above"]
    assert named_option("B) protein (B) and (C)", options) == 1
    assert named_option("vitamin (A)", options) == 0


def test_options_of_one_text_are_told_apart_by_letters_alone():
    assert named_option("cell", ["cell", "Cell"]) == "several"
    assert named_option("B) Cell", ["cell", "Cell"]) == 1


def bones(text):
    return "".join(filter(str.isalnum, text)).casefold()


@given(
    st.lists(st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=2, max_size=30), min_size=2, max_size=6),
    st.data(),
)
def test_the_letter_that_is_asked_for_is_always_read(options, data):
    place = data.draw(st.integers(0, len(options) - 1))
    letter = "ABCDEF"[place]
    for form in ("{0}", "{0})", "({0})", "{0}.", "Answer: {0}", "The answer is ({0})."):
        said = form.format(letter)
        if {bones(letter), bones(said)}.isdisjoint(map(bones, options)):
            assert named_option(said, options) == place, said


@given(st.text(max_size=200), st.lists(st.text(max_size=20), min_size=2, max_size=5))
def test_whatever_is_said_is_an_option_or_a_reason(answer, options):
    found = named_option(answer, options)
    assert found in range(len(options)) or isinstance(found, str)


STAINS = ["PAS", "H&E", "Giemsa", "IHC (H-DAB)", "none of the above"]
NUMBERS = ["3", "5", "7", "12"]
SIZES = ["12 \u00b5m", "1.2 \u00b5m", "120 \u00b5m", "0.12 \u00b5m"]


@pytest.mark.parametrize(
    "answer",
    [
        "A) PAS - unlikely. It must be H&E.", "A) PAS is ruled out.", "Option A: PAS is not it.",
        "A) PAS, which is wrong",
        "A) PAS would be magenta, so H&E", "A) PAS? No.", "A: PAS, but unlikely", "A) PAS (ruled out)", "A) PAS (no)",
        "PAS is not correct.", "Not A", "Wrong answer: A", "Incorrect option: A", "The wrong option is A",
        "The least likely answer is A", "It isn't option A", "I reject option A.", "No option A", "Can't be choice A.",
        "I doubt that the answer is A", "I wouldn't say the answer is A", "I thought the answer is A",
        "If it were magenta, the answer would be A", "Everything but option A", "Another option is A",
        "Answer: A is wrong",
        "The answer is A, if magenta", "A\nNo.", "A\nWrong.", "A\nWait, that's wrong.", "A) PAS\nThis does not fit.",
        "A\nI don't think so", "A) PAS. PAS is ruled out.",
    ],
)  # fmt: skip
def test_an_option_that_is_denied_doubted_or_taken_back_is_not_read(answer):
    assert named_option(answer, STAINS) != 0


@pytest.mark.parametrize(
    "answer",
    [
        "A) PAS or H&E", "A) PAS / Giemsa", "A) PAS, Giemsa", "A) PAS and Giemsa", "PAS or H&E", "H&E (A)",
        "A\nActually, B.", "A\nNo, B", "PAS\nActually it is H&E.", "A) PAS. Actually, H&E.", "A\n\nCorrection: B",
        "A\n\nHmm, on reflection B is better.", "Answer: A\n\nWait, that's wrong. It is B.", "Answer: A\nAnswer: B",
        "A because I first thought of PAS, but it's B.", "My first choice is A, my second choice is B",
        "Option A: PAS\nThis does not fit.\nOption B: H&E\nThis fits.",
    ],
)  # fmt: skip
def test_whoever_names_another_option_besides_is_not_read(answer):
    assert named_option(answer, STAINS) in {"several", "taken_back", "no_option", "other_text"}


@pytest.mark.parametrize(
    ("answer", "options"),
    [
        ("A) 3.5", NUMBERS), ("A) 3-5", NUMBERS), ("A) 3,000", NUMBERS), ("A) 3 of 7", NUMBERS), ("B) 5 to 7", NUMBERS),
        ("A) 3^2", NUMBERS), ("A) -3", NUMBERS), ("A) .3", NUMBERS), ("A) 3 mm", NUMBERS), ("A) 3 (of 9)", NUMBERS),
        ("A) T cell lymphoma", CELLS), ("A) T cell-like", CELLS), ("A) non-T cell", CELLS), ("A) PAS-negative", STAINS),
        ("A) PAS/Alcian blue", STAINS), ("A) PAS-D", STAINS), ("A) 12 \u00b5m x 3", SIZES),
        ("A) 12 \u00b5m\u00b2", SIZES),
    ],
)  # fmt: skip
def test_a_letter_before_another_value_is_not_read(answer, options):
    assert isinstance(named_option(answer, options), str)


@pytest.mark.parametrize(
    "answer",
    [
        "\\boxed{B) H&E}", "\\boxed{\\text{B) H&E}}", "The answer is $\\boxed{B}$.", "B, H&E", "H&E (B)", "B\u2014H&E",
        "B) H & E", "ASSISTANT: B", "Ans: B", "The answer must be B.", "\uff22", "\u7b54\u6848\uff1aB", "I guess B.",
        "Since no image is given, I guess B.", "If I had to guess, I would say B", "Probably B", "My guess: B",
        "I'm not sure, but I think B.", "There is no magenta, so the answer is B.", "The stain is H&E.",
        "A) PAS: no magenta\nB) H&E: matches\n\nAnswer: B", "A) PAS\nB) H&E\nTherefore, the final answer is B) H&E.",
        "Answer: A\nFinal answer: B", "### Answer\nB", "B) H&E. The nuclei are blue.", "Answer: B. A is wrong.",
        "B) H&E\n\nExplanation: unlike PAS, it shows blue nuclei.", "B) H&E (hematoxylin and eosin)",
        "B) H&E, which is commonly used", "The answer is B rather than A.", "Although A looks right, the answer is B.",
        "\u25c1think\u25b7A) PAS\u25c1/think\u25b7B", "[think]A[/think]B", "<reasoning>A</reasoning>B",
        "<seed:think>A</seed:think>B",
        "<|channel|>analysis<|message|>Answer: A?<|end|><|start|>assistant<|channel|>final<|message|>B",
    ],
)  # fmt: skip
def test_ordinary_ways_to_say_it_are_read(answer):
    assert named_option(answer, STAINS) == 1


@pytest.mark.parametrize(
    ("answer", "place"),
    [("B) 1.2 um", 1), ("A) 12\u03bcm", 0), ("B. 1.2 microns", 1), ("120 micrometers", 2), ("B) 12 um", "several")],
)
def test_lengths_are_compared_however_the_unit_is_written(answer, place):
    assert named_option(answer, SIZES) == place


@pytest.mark.parametrize(
    ("answer", "place"), [("Yes, they touch.", 0), ("No, A", None), ("No, yes", None), ("Yes, but no", None)]
)
def test_yes_and_no_are_read_before_words_that_keep_to_them(answer, place):
    found = named_option(answer, ["yes", "no"])
    assert (found if isinstance(found, int) else None) == place


@given(st.sampled_from(NUMBERS), st.text(st.characters(categories=["Nd", "L", "P", "S"]), min_size=1, max_size=6))
def test_no_number_is_read_from_the_beginning_of_another_value(number, more):
    said = f"{number}{more}"
    found = named_option(said, NUMBERS)
    assert isinstance(found, str) or said.startswith(NUMBERS[found])
    if more[0].isalnum():
        assert isinstance(found, str) or said in NUMBERS
