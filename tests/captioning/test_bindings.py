"""Bindings: a colour or a mark given to the wrong thing is refused, however the evidence gives it."""

import pytest

from captioning.carried import carried
from captioning.faithful import judge_by

BRACKETS = "HeLa cells with nuclei (blue) and actin (green)."
COMMAS = "Actin, green; nuclei, blue."


def refused(text, evidence):
    return [found.text for found in judge_by(text, carried([evidence])).unsupported if found.check == "bindings"]


@pytest.mark.parametrize("evidence", [BRACKETS, COMMAS, "Blue nuclei. Green actin.", "Nuclei in blue; actin in green."])
def test_colours_that_were_exchanged_are_refused(evidence):
    assert refused("Actin is blue and nuclei are green.", evidence)
    assert refused("Nuclei (green) and actin (blue).", evidence)


@pytest.mark.parametrize("evidence", [BRACKETS, COMMAS, "Blue nuclei. Green actin.", "Nuclei in blue; actin in green."])
def test_colours_in_their_places_are_let_through(evidence):
    assert not refused("Actin is green and nuclei are blue.", evidence)
    assert not refused("Blue marks nuclei, while green marks actin.", evidence)


def test_what_has_no_colour_in_the_evidence_may_have_any():
    assert not refused("Green cells with actin.", "HeLa cells with actin. Nuclei are blue.")


def test_shapes_are_told_as_colours_are():
    evidence = "Controls (circles) and mutants (squares)."
    assert refused("Mutants are circles, controls are squares.", evidence)
    assert not refused("Squares are mutants, circles controls.", evidence)
