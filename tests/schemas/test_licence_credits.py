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


VERBATIM = [
    "ADAPTED FROM ROE ET AL. (2010).",
    "Adapted from roe et al. (2010).",
    "PHOTO BY S\u0130NAN ROE, ADAPTED FROM ROE ET AL. (2010).",
    "Adapted from Mu\N{COMBINING DIAERESIS}ller et al. (2010).",
    "Adapted from \u014cmura et al. (2010).",
    "Adapted from \u738b\u4f1f et al. (2010).",
    "Adapted from \u0418\u0432\u0430\u043d\u043e\u0432 (2010).",
    "Ad\N{ZERO WIDTH SPACE}apted\N{ZERO WIDTH SPACE} from Roe et al. (2010).",
    "\uff21\uff44\uff41\uff50\uff54\uff45\uff44 from Roe et al. (2010).",
    "&amp;copy; 2010 Elsevier.",
    "\u24b8 Elsevier 2010.",
    "Half (\u00bd), image \N{COPYRIGHT SIGN} 2010 Elsevier\N{TRADE MARK SIGN}.",
]


@pytest.mark.parametrize("words", VERBATIM)
def test_letters_of_any_kind_are_read_and_kept_as_they_are_written(words: str) -> None:
    caption = f"HeLa \u2026 10 \u00b5m &lt; 20 \N{DEGREE SIGN}C. {words} Bar, 5 \u00b5m."

    found = credits_of(caption)

    assert [credit.words for credit in found] == [words]


def test_a_space_of_no_width_parts_words_or_not() -> None:
    assert credits_of("HeLa. Adapted\N{ZERO WIDTH SPACE}from Roe et al. (2010).")
    assert credits_of("HeLa. Adap\N{ZERO WIDTH SPACE}ted from Roe et al. (2010).")


def test_letters_of_any_kind_make_no_credit() -> None:
    assert credits_of("THE PROTOCOL WAS ADAPTED FROM ROE ET AL. (2010).") == []
    assert credits_of("the protocol was adapted from roe et al. (2010).") == []
    assert credits_of("\u24d2 marks the centrosome, Q&A; 5 &lt; 10.") == []


@pytest.mark.parametrize(("half", "precision", "recall"), [("a", 0.99, 0.98), ("b", 0.97, 0.94), ("later", 0.99, 0.95)])
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
     "Smith, Jones ", "image of a b by ", "with permission ", "Roe et al, ", "published in The ", "thank Dr for ",
     "FROM ROE ET AL ", "from roe and ", "&amp;", "u\u0308", "\u200b", "Photo: A/", "same image as Fig 1 of ",
     "copyright of the image ", "rights to the map ", "Google Earth ", "A made the ", "Roe, Cell Biology, ",
     "Figure 3 of Roe ", "icons made by ", "original image ", "J. Cell Biol. ", "(C) Cells Of ", "drawn by her "],
)  # fmt: skip
def test_a_hostile_caption_costs_little(piece: str) -> None:
    start = time.process_time()
    credits_of(f"Adapted{piece * (20_000 // len(piece))} from")

    assert time.process_time() - start < 2
