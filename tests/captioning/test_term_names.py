"""Names of one term carry each other; terms of one group, which share a column's value, don't."""

import pytest

from captioning.faithful import judge


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        ("Mitotic.", "Cells undergo apoptosis."),
        ("GFP cells.", "mNeonGreen cells."),
        ("RNA FISH of cells.", "DNA FISH of cells."),
        ("Cervical cancer.", "Ovarian cancer."),
        ("MitoTracker Green.", "MitoTracker Red."),
    ],
)
def test_a_group_carries_none_of_its_members(evidence: str, text: str) -> None:
    assert not judge(text, [evidence]).accepted


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        ("Hematoxylin and eosin staining of cells.", "Cells stained with H&E."),
        ("H&E of cells.", "Cells stained with haematoxylin and eosin."),
        ("TEM of cells.", "Transmission electron microscopy of cells."),
        ("Cells stained with DAPI.", "Cells stained with 4',6-diamidino-2-phenylindole."),
        ("Phase contrast of cells.", "Phase-contrast microscopy of cells."),
        ("Human cells.", "Homo sapiens cells."),
    ],
)
def test_names_of_one_term_carry_each_other(evidence: str, text: str) -> None:
    assert judge(text, [evidence]).accepted
