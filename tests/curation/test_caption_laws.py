"""Laws of split captions, whatever the text: spans are in order and whole, nothing is lost, no time explodes."""

# ruff: noqa: RUF001  (dashes and primes are what is tested)

import itertools
import re
import string
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curation.caption_labels import labels_of, place
from curation.captions import LONGEST, split_caption

MARKERS = st.sampled_from(
    [
        "(A)",
        "(B)",
        "(C)",
        "(a)",
        "(b)",
        "(c, d)",
        "(A–C)",
        "(A and B)",
        "A)",
        "B)",
        "A.",
        "B.",
        "C:",
        "a",
        "b",
        "A,",
        "B,",
        "(i)",
        "(ii)",
        "(iii)",
        "(A, arrows)",
        "(WT: B)",
        "Panel A",
        "panels B and C",
        "Left:",
        "(right)",
        "7A",
        "7B",
        "1",
        "2",
        "(A′)",
        "(B1)",
        "(1)",
        "(2)",
        "[D]",
        "(A)–(C)",
        "(E) and (F)",
    ]
)
WORDS = st.sampled_from(
    [
        "cells",
        "Nuclei",
        "of",
        "in",
        "and",
        "with",
        "shows",
        "was",
        "H&E",
        "µm",
        "Scale bar",
        "p < 0.05",
        "n = 3",
        "*",
        "🧬",
        "é",
        "as in",
        "see",
        "treated",
        "Wild type",
        "(arrow)",
        "(DAPI)",
        "Fig. 1A",
        "E. coli",
        "vs.",
        "while",
        "type",
        "Abbreviations",
    ]
)
JOINTS = st.sampled_from([" ", " ", " ", ". ", ", ", "; ", ": ", " and ", "", "\n", " – "])
LEGENDS = st.lists(st.tuples(MARKERS | WORDS | WORDS, JOINTS), max_size=30).map(
    lambda parts: "".join(word + joint for word, joint in parts)
)
CAPTIONS = LEGENDS | st.text(max_size=200) | st.text("AaBbCc(),.:; –′19i", max_size=60)

# What may stand outside all spans: labels, what encloses and joins them, and the words that belong to a marker.
_OUTSIDE = re.compile(
    r"(?:\W|\d|_|[A-Z]{1,2}|[a-z]|[A-Z]?[ivx]{1,5}|[IVX]+|and|or|to|through|respectively|in|the|left|right|upper|lower|top|bottom|far|"
    r"middle|center|centre|inset|panels?|parts?|inse?r?ts?|hand|rows?|columns?|images?|side|fig(?:ure|s)?)*",
    re.IGNORECASE,
)


@given(CAPTIONS)
@settings(max_examples=400)
@example("(A) \ud83e\uddec (B) \ud83e")
@example("A. B. C.")
def test_spans_are_in_order_disjoint_inside_and_without_blanks_at_their_ends(caption):
    split = split_caption(caption)

    for spans in (split.lead, *(panel.spans for panel in split.panels)):
        assert all(0 <= start < end <= len(caption) for start, end in spans)
        assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
        assert all(caption[start:end] == caption[start:end].strip() for start, end in spans)
        for start, end in spans:
            assert not (start and "\ud800" <= caption[start - 1] <= "\udbff" and "\udc00" <= caption[start] <= "\udfff")
            assert not ("\ud800" <= caption[end - 1] <= "\udbff" and "\udc00" <= caption[end : end + 1] <= "\udfff")


@given(CAPTIONS)
@settings(max_examples=400)
def test_no_word_is_lost(caption):
    split = split_caption(caption)
    told = {
        at for spans in (split.lead, *(panel.spans for panel in split.panels)) for s, e in spans for at in range(s, e)
    }
    outside = "".join(letter if at not in told else "\0" for at, letter in enumerate(caption))

    for rest in outside.split("\0"):
        assert _OUTSIDE.fullmatch(rest)


@given(CAPTIONS)
@settings(max_examples=200)
def test_what_all_share_stands_in_every_panel(caption):
    split = split_caption(caption)

    for panel in split.panels:
        own = {at for start, end in panel.spans for at in range(start, end)}
        assert all(own.issuperset(range(start, end)) for start, end in split.lead)


@given(CAPTIONS)
@settings(max_examples=200)
def test_labels_are_unique_and_confidences_are_shares(caption):
    split = split_caption(caption)
    labels = [panel.label for panel in split.panels]

    assert len(labels) == len(set(labels))
    assert all(0 <= each <= 1 for each in (split.confidence, *(panel.confidence for panel in split.panels)))


@given(CAPTIONS.filter(lambda caption: len(caption.strip()) > 0), st.sampled_from(["", " ", "   ", "\t"]))
@settings(max_examples=200)
def test_blanks_before_a_caption_only_move_its_spans(caption, blanks):
    caption = caption.strip()
    plain, moved = split_caption(caption), split_caption(blanks + caption)

    assert [panel.label for panel in plain.panels] == [panel.label for panel in moved.panels]
    for one, other in zip(plain.panels, moved.panels, strict=True):
        assert other.spans == tuple((start + len(blanks), end + len(blanks)) for start, end in one.spans)


@given(st.lists(st.text(string.ascii_lowercase, min_size=3, max_size=9), max_size=40), JOINTS)
def test_a_caption_without_a_marker_is_all_lead(words, joint):
    words = [word for word in words if not set(word) <= set("ivx")]
    split = split_caption(joint.join(words))

    assert split.panels == ()


PHRASES = [
    "Control cells",
    "Mutant embryos at 2 d",
    "Nuclei (blue) of the wing",
    "Quantification, n = 5 mice",
    "Same field",
]
STYLES = ["({})", "{})", "{}.", "{}:", "[{}]", "({}):", "{}"]


@given(
    st.sampled_from(STYLES), st.booleans(), st.lists(st.sampled_from(PHRASES), min_size=2, max_size=12), st.booleans()
)
@settings(max_examples=200)
def test_a_caption_put_together_comes_apart_again(style, is_small, phrases, has_title):
    letters = string.ascii_lowercase if is_small else string.ascii_uppercase
    title = "Wing discs of flies. " if has_title else ""
    caption = title + " ".join(f"{style.format(letters[at])} {text}." for at, text in enumerate(phrases))

    split = split_caption(caption)

    told = {panel.label: " ".join(caption[start:end] for start, end in panel.spans) for panel in split.panels}
    assert told == {letters[at]: f"{title}{text}." for at, text in enumerate(phrases)}


@given(st.booleans(), st.lists(st.sampled_from(PHRASES), min_size=2, max_size=12))
def test_sentences_with_their_markers_behind_come_apart_again(is_small, phrases):
    letters = string.ascii_lowercase if is_small else string.ascii_uppercase
    caption = "Wings. " + " ".join(f"{text} ({letters[at]})." for at, text in enumerate(phrases))

    split = split_caption(caption)

    told = {panel.label: " ".join(caption[start:end] for start, end in panel.spans) for panel in split.panels}
    assert told == {letters[at]: f"Wings. {text} ." for at, text in enumerate(phrases)}


@given(st.integers(1, 26), st.integers(1, 26))
def test_a_range_holds_all_that_lies_between(first, last):
    one, other = chr(64 + first), chr(64 + last)

    found = labels_of(f"{one}–{other}")

    assert [place(label, "upper") for label in found] == (list(range(first, last + 1)) if first < last else [])


HOSTILE = [
    "(",
    "A, ",
    "(A) x ",
    "(A-",
    "a b c ",
    ". ",
    "A. B. ",
    "(x y z w ",
    "1, 2, ",
    " ",
    "ivx",
    "A''''",
    "Left: ",
    "7A 7B ",
]
HOSTILE += ["was shown in ", "(A, ", "A B C ", "A; ", "in A ", "(A: a, ", "; ", "A&B+C/", "(a, b and ", "\n"]


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("length", [LONGEST, 200_000])
def test_no_hostile_caption_costs_a_second(piece, length):
    caption = (piece * (length // len(piece) + 1))[:length]

    started = time.process_time()
    split_caption(caption)

    assert time.process_time() - started < 1
