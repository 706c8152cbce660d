"""Panel letters are read in pixels, with brackets and without; words are none; each names the box it stands at."""

import random

import drawn_figures as drawn
import numpy as np
import pytest

from curation.glyph_model import CLASSES, likelihoods
from curation.panel_letters import letters_in
from scripts.train_glyphs import examples, train

BOXES = drawn.grid(2, 2, 280, 40, rim=40)


def figure_with(words, ground=255, fill="black"):
    figure = drawn.page(640, 640, ground)
    drawn.paste(figure, BOXES)
    for word, box in zip(words, BOXES, strict=True):
        drawn.write(figure, word, (box[0], box[1] - 34), fill=fill)
    return np.asarray(figure)


def read(pixels, boxes=()):
    return [letter.label for letter in letters_in(pixels, boxes)]


@pytest.mark.parametrize("pattern", ["{}", "({})", "{})", "{}."])
@pytest.mark.parametrize("letters", ["ABCD", "abcd"])
def test_letters_are_read_with_brackets_and_without(pattern, letters):
    assert read(figure_with([pattern.format(letter) for letter in letters])) == list(letters)


def test_white_letters_on_black_are_read():
    assert read(figure_with("ABCD", ground=0, fill="white")) == list("ABCD")


def test_a_letter_names_the_box_that_it_stands_at():
    letters = letters_in(figure_with("ACBD"), BOXES)
    assert {letter.label: letter.panel for letter in letters} == {"A": 0, "C": 1, "B": 2, "D": 3}


def test_a_letter_far_from_every_box_names_none():
    letters = letters_in(figure_with("ABCD"), BOXES[:2])
    assert {letter.label: letter.panel for letter in letters} == {"A": 0, "B": 1, "C": None, "D": None}


@pytest.mark.parametrize("letters", ["DEFG", "DCBA", "DDEE"])
def test_letters_at_the_same_corner_of_panels_are_read_whatever_their_order(letters):
    found = letters_in(figure_with(letters), BOXES)
    assert {letter.panel: letter.label for letter in found} == dict(enumerate(letters))


def test_marks_at_different_places_of_panels_are_no_letters():
    figure = drawn.page(640, 640)
    drawn.paste(figure, BOXES)
    for letter, (left, top), aside in zip("GKR", (box[:2] for box in BOXES), (0, 60, 120), strict=False):
        drawn.write(figure, letter, (left + aside, top - 34))
    assert read(np.asarray(figure), BOXES) == []


def test_words_and_numbers_are_no_letters():
    assert read(figure_with(["Actin", "Bar", "Cells 10", "DAPI 20"])) == []


def test_one_letter_alone_is_no_row():
    figure = drawn.page(400, 400)
    drawn.paste(figure, [(40, 40, 400, 400)])
    drawn.write(figure, "A", (4, 4))
    assert read(np.asarray(figure)) == []


def test_a_network_trained_on_one_font_reads_it():
    forms, answers = examples([None], random.Random(0))
    weights = train(forms, answers, 40, np.random.default_rng(0))
    unseen, right = examples([None], random.Random(1))
    said = likelihoods(unseen, weights).argmax(axis=1)
    is_letter = right != CLASSES.index("")
    assert np.mean(said[is_letter] == right[is_letter]) > 0.4  # of 53 kinds of mark
