"""Licence credits: a caption that says where its picture was before makes it a third party's; methods don't."""

import re

import pytest

from schemas.licence_credits import HINTS, credits_another, names_photographer

ELSEWHERE = [
    "Copyrighted material of Leica Microsystems.",
    "Originally published in Nature 2003.",
    "The image was first published in Cell 2001.",
    "Figure from Smith et al. 2010, Elsevier.",
    "Source: Smith 2004 (Springer).",
    "Image kindly provided by J. Doe, Elsevier.",
    "Micrographs were supplied by A. Smith.",
    "Photo credit: Jim Smith.",
    "Borrowed from [4].",
    "Figure obtained from the Allen Brain Atlas.",
    "Mit freundlicher Genehmigung des Verlags.",
]
OWN = [
    "Images were obtained from three independent experiments.",
    "Images from 3 mice.",
    "Cells were obtained from the ATCC.",
    "Plasmid kindly provided by J. Doe.",
    "Data were previously published in the Gene Expression Omnibus.",
    "Obtained from a saturation mutagenesis library.",
    "Source: tissue from wild-type mice.",
    "Image provided by the authors.",
    "Photographs taken by a Nikon camera.",
    "Panel credits: the authors.",
]


@pytest.mark.parametrize("words", ELSEWHERE)
def test_a_picture_that_was_elsewhere_before_is_credited(words):
    assert credits_another(f"neurons in culture. {words.lower()}")
    assert re.search(HINTS, words.lower())


@pytest.mark.parametrize("words", OWN)
def test_cells_data_and_methods_are_no_picture(words):
    assert credits_another(f"neurons in culture. {words.lower()}") == ""


def test_a_photographer_is_named_and_a_camera_is_not():
    assert names_photographer("A frog. Photograph by Jane Roe.") == "Photograph by Jane Roe."
    assert names_photographer("A frog. Photographs taken by a Nikon camera.") == ""
