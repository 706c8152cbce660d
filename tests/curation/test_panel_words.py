"""Captions speak for kinds; a phrase of one kind says nothing for the others."""

import pytest

from curation.panel_kinds import KINDS
from curation.panel_words import evidence


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Representative confocal images of the mutant. Scale bar, 20 μm.", "microscopy"),
        ("Sections were stained with DAPI.", "microscopy"),
        ("SEM images of the fibres; bars = 2 µm", "microscopy"),
        ("Kaplan\u2013Meier curves of both groups, p < 0.01", "plot"),
        ("Bar graph. Data are mean ± SEM, n = 3.", "plot"),
        ("Schematic of the experimental design.", "diagram"),
        ("Phylogenetic tree of the family.", "diagram"),
        ("Western blot of lysates, actin as loading control.", "gel"),
        ("Agarose gel of the PCR products.", "gel"),
        ("Photograph of the seedlings.", "photo"),
        ("Axial CT scan of the chest.", "medical"),
        ("Table of the strains.", "table"),
        ("Sequence alignment of the homologues.", "text"),
    ],
)
def test_a_caption_speaks_most_for_its_kind(words, kind):
    told = evidence(words)
    assert max(told, key=told.get) == kind


def test_every_kind_has_its_evidence_and_silence_is_zero():
    assert list(evidence("")) == list(KINDS)
    assert set(evidence("The gelling of plotters, by Barb.").values()) == {0.0}


def test_sem_is_a_microscope_only_beside_an_image():
    assert evidence("mean ± SEM")["microscopy"] == 0
    assert evidence("SEM image")["microscopy"] > 0
