"""Licence credits: a caption that says where its picture was before makes it a third party's; methods don't."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.credits import cases, is_third_party, scored
from schemas import licence_credits
from schemas.licence_credit_forms import FORMS
from schemas.licence_credits import Credit, credits_of

LABELLED = Path(__file__).parents[1] / "data" / "credits"
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
    "A frog. Photograph by Jane Roe.",
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
SAID_OF = [
    ("The {} was adapted from Smith et al. (2010).", ["figure", "image in A", "drawing", "map"], ["protocol", "model"]),
    ("{} kindly provided by Dr. Roe.", ["Images", "Photograph", "Panel B"], ["Antibody", "Plasmid", "The strains"]),
    ("{} courtesy of J. Doe.", ["Micrograph", "(A)", "Photos"], ["Antibody", "Mice", "Reagents"]),
    ("{} (modified from Lee 2010).", ["Life cycle", "Map of the area"], ["Scoring system", "Staining protocol"]),
    ("{} used with permission from Springer.", ["Image", "Panel A"], ["Cells were", "The antibody was"]),
]
FORMS_OF_CREDIT = [text.format(subject) for text, pictures, _ in SAID_OF for subject in pictures]
OF_ANOTHER_THING = [text.format(subject) for text, _, others in SAID_OF for subject in others]


@pytest.mark.parametrize("words", ELSEWHERE + FORMS_OF_CREDIT)
def test_a_picture_that_was_elsewhere_before_is_credited(words: str) -> None:
    assert credits_of(f"Neurons in culture. {words}")


@pytest.mark.parametrize("words", OWN + OF_ANOTHER_THING)
def test_cells_data_and_methods_are_no_picture(words: str) -> None:
    assert credits_of(f"Neurons in culture. {words}") == []


def test_the_whole_clause_is_kept_as_it_is_written() -> None:
    redrawn = "B) Map of Ærø, redrawn (with changes) after O\N{RIGHT SINGLE QUOTATION MARK}Brien et al. 2010"
    caption = f"A) Cells. {redrawn}; scale, 1 km. C) Photo: J. Roe. Blue, DAPI."

    assert credits_of(caption) == [Credit(redrawn, is_reuse=True), Credit("C) Photo: J. Roe.", is_reuse=False)]


@pytest.mark.parametrize(("half", "precision", "recall"), [("a", 0.99, 0.99), ("b", 0.97, 0.97), ("later", 0.99, 0.95)])
def test_few_of_the_labelled_captions_are_misread(half: str, precision: float, recall: float) -> None:
    told = scored((case.third_party, is_third_party(case.caption)) for case in cases(LABELLED) if case.half == half)

    assert told.true > 150
    assert told.told()["precision"] >= precision
    assert told.told()["recall"] >= recall


def test_the_hints_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    captions = [case.caption for case in cases(LABELLED)]
    hinted = [credits_of(caption) for caption in captions]
    monkeypatch.setattr(licence_credits, "forms_in", lambda _: list(FORMS))

    assert [credits_of(caption) for caption in captions] == hinted


@given(st.text(max_size=200), st.sampled_from(ELSEWHERE), st.text(max_size=200))
def test_what_is_kept_stands_in_the_caption(before: str, words: str, behind: str) -> None:
    caption = f"{before} {words} {behind}"

    assert all(credit.words in caption for credit in credits_of(caption))


@pytest.mark.parametrize(
    "piece",
    ["adapted, and x", "A. ", "from de la ", "(c) ", "Photo: A. B", "courtesy and ", "reproduced, under a ", "(A, B",
     "Smith, Jones ", "image of a b by ", "with permission ", "Roe et al, ", "published in The ", "thank Dr for "],
)  # fmt: skip
def test_a_hostile_caption_costs_little(piece: str) -> None:
    start = time.process_time()
    credits_of(f"Adapted{piece * (20_000 // len(piece))} from")

    assert time.process_time() - start < 2
