"""Captions split into spans: the forms that journals use, what only looks like a marker, and where words belong."""

# ruff: noqa: RUF001  (dashes and primes are what is tested)

import pytest

from curation.captions import Subcaptions, split_caption


def words(caption: str, split: Subcaptions | None = None) -> dict[str, str]:
    """Return each panel's words."""
    split = split or split_caption(caption)
    return {panel.label: " ".join(caption[start:end] for start, end in panel.spans) for panel in split.panels}


LEADING = [
    ("Larvae. (A) Control. (B) Mutant.", {"A": "Larvae. Control.", "B": "Larvae. Mutant."}),
    ("Larvae. A) Control. B) Mutant.", {"A": "Larvae. Control.", "B": "Larvae. Mutant."}),
    ("Larvae. A: Control. B: Mutant.", {"A": "Larvae. Control.", "B": "Larvae. Mutant."}),
    ("Larvae. A. Control. B. Mutant.", {"A": "Larvae. Control.", "B": "Larvae. Mutant."}),
    ("Larvae. A, Control. B, Mutant.", {"A": "Larvae. Control.", "B": "Larvae. Mutant."}),
    ("Larvae. A Control larva. B Mutant larva.", {"A": "Larvae. Control larva.", "B": "Larvae. Mutant larva."}),
    ("Larvae. a Control. b Mutant.", {"a": "Larvae. Control.", "b": "Larvae. Mutant."}),
    ("Larvae. [a] Control. [b] Mutant.", {"a": "Larvae. Control.", "b": "Larvae. Mutant."}),
    ("Larvae.(a) control, (b) mutant.", {"a": "Larvae. control,", "b": "Larvae. mutant."}),
    ("Larvae: a control, b mutant, c rescue", {"a": "Larvae: control,", "b": "Larvae: mutant,", "c": "Larvae: rescue"}),
    ("Panel A shows actin. Panel B shows DNA.", {"A": "shows actin.", "B": "shows DNA."}),
    ("Aus bus. A habitus B head C wing", {"A": "Aus bus. habitus", "B": "Aus bus. head", "C": "Aus bus. wing"}),
    ("Aus bus. 7A Body. 7B Head 7C Leg", {"A": "Aus bus. Body.", "B": "Aus bus. Head", "C": "Aus bus. Leg"}),
    (
        "Figs. Aus bus. 13 Head 14 Leg 15 Wing",
        {"13": "Figs. Aus bus. Head", "14": "Figs. Aus bus. Leg", "15": "Figs. Aus bus. Wing"},
    ),
    ("Steps. (i) Cut. (ii) Stain. (iii) Look.", {"i": "Steps. Cut.", "ii": "Steps. Stain.", "iii": "Steps. Look."}),
    (
        "1. Head of the beetle. 2. Thorax, dorsal view. 3. Abdomen. 4. Legs.",
        {"1": "Head of the beetle.", "2": "Thorax, dorsal view.", "3": "Abdomen.", "4": "Legs."},
    ),
    (
        "Panels (A) to (C): liver. Panels (D) and (E): kidney.",
        {"A": "liver.", "B": "liver.", "C": "liver.", "D": "kidney.", "E": "kidney."},
    ),
    (
        "Cells. Panels (A)–(C): liver. Panel (D): kidney.",
        dict.fromkeys("ABC", "Cells. liver.") | {"D": "Cells. kidney."},
    ),
    (
        "Panels (A), (B) and (C) show liver. Panel (D) shows gut.",
        dict.fromkeys("ABC", "show liver.") | {"D": "shows gut."},
    ),
    ("Cells. Left: control. Right: treated.", {"left": "Cells. control.", "right": "Cells. treated."}),
    (
        "Skin of mice (a) day 0 (b) day 3 (c) day 7.",
        {"a": "Skin of mice day 0", "b": "Skin of mice day 3", "c": "Skin of mice day 7."},
    ),
    ("Prostate cancerA. Control. B. Treated.", {"A": "Prostate cancer Control.", "B": "Prostate cancer Treated."}),
]


@pytest.mark.parametrize(("caption", "expected"), LEADING, ids=[caption for caption, _ in LEADING])
def test_a_leading_marker_has_the_words_up_to_the_next_and_the_title(caption, expected):
    assert words(caption) == expected


IN_A_ROW = [
    ("From left to right: DAPI, GFP, merge.", {"left": "DAPI", "middle": "GFP", "right": "merge."}),
    (
        "Frog cells, from left to right: DAPI, GFP and merge. Scale bar, 5 µm.",
        {
            "left": "Frog cells, DAPI Scale bar, 5 µm.",
            "middle": "Frog cells, GFP Scale bar, 5 µm.",
            "right": "Frog cells, merge. Scale bar, 5 µm.",
        },
    ),
    (
        "Cells. From top to bottom: control (5 h) and 0.5 mM. All are live.",
        {"top": "Cells. control (5 h) All are live.", "bottom": "Cells. 0.5 mM. All are live."},
    ),
]


@pytest.mark.parametrize(("caption", "expected"), IN_A_ROW, ids=[caption for caption, _ in IN_A_ROW])
def test_a_list_from_side_to_side_names_two_or_three_places_without_being_sure(caption, expected):
    split = split_caption(caption)
    assert words(caption, split) == expected
    assert split.confidence < 0.5


@pytest.mark.parametrize(
    "caption",
    [
        "From left to right: cells, mice, frogs, flies.",
        "From left to right: DAPI.",
        "From left to right: DAPI and actin, GFP.",
        "From left to right: cells (DAPI, GFP), merge.",
        "From left to right: DAPI; GFP; merge.",
        "From left to right: DAPI, GFP. From top to bottom: control, treated.",
        "Cells move from left to right, slowly.",
    ],
)
def test_a_list_whose_places_have_no_name_is_left_whole(caption):
    assert split_caption(caption).panels == ()


TRAILING = [
    (
        "Wild type (a,b), mutant (c,d). a,c: H&E; b,d: PAS.",
        {"a": "Wild type. H&E;", "b": "Wild type. PAS.", "c": ", mutant. H&E;", "d": ", mutant. PAS."},
    ),
    (
        "Young (A), old (B) mice. The plot in C shows counts.",
        {"A": "Young mice.", "B": ", old mice.", "C": "The plot in C shows counts."},
    ),
    ("Liver. H&E stain (A). Trichrome (B).", {"A": "Liver. H&E stain .", "B": "Liver. Trichrome ."}),
    ("T1WI (A) and T2WI (B) images.", {"A": "T1WI images.", "B": "and T2WI images."}),
    (
        "Sections show steatosis (a), fibrosis (b).",
        {"a": "Sections show steatosis .", "b": "Sections show , fibrosis ."},
    ),
    (
        "Mice from control (left) and treated (right) groups.",
        {"left": "Mice from control groups.", "right": "Mice from and treated groups."},
    ),
]


@pytest.mark.parametrize(("caption", "expected"), TRAILING, ids=[caption for caption, _ in TRAILING])
def test_a_trailing_marker_has_its_phrase_and_shares_what_stands_around_it(caption, expected):
    found = {label: text.replace(" .", ".").replace(" ,", ",") for label, text in words(caption).items()}

    assert found == {label: text.replace(" .", ".").replace(" ,", ",") for label, text in expected.items()}


LABELS = [
    ("Cells. (A-C) Time course. (D) Count.", "A B C D"),
    ("Cells. (A, B) Control. (C and D) Treated. (E & F) Washed.", "A B C D E F"),
    ("Cells. A–B, control; C–D; treated cells.", "A B C D"),
    ("Cells. (A)–(C) Control. (D) and (E) Treated.", "A B C D E"),
    ("Embryos. (A–A″) Wild type. (B, B′) Mutant.", "A A′ A″ B B′"),
    ("Embryos. (A–B′) Wild type. (C) Mutant.", "A A′ B B′ C"),
    ("Embryos (a)–(c) at 1 h and (i)–(l) at 2 h, (d)–(h) later.", "a b c d e f g h i j k l"),
    ("Neurons. (a1–a3) Soma. (b1-3) Dendrite.", "a1 a2 a3 b1 b2 b3"),
    ("Discs. (A) Wild type: (i) DAPI, (ii) GFP. (B) Mutant: (i) DAPI, (ii) GFP.", "A B"),
    ("Discs. (Ai) Wild type. (Aii) Close-up. (B) Mutant.", "A B"),
    ("Cells (A and B, 20x; C, 40x) stained for actin (A, C) or tubulin (B).", "A B C"),
    ("In A) control, (B) and C) treated cells.", "A B C"),
    ("a, Scheme. b,c, Control (b) and treated (c) cells. d, Count.", "a b c d"),
    ("Cells (PIN 3/1: A, B) and bones (PIN 4: C, D) in dorsal (A, C) and lateral (B, D) view.", "A B C D"),
    (
        " ".join(f"({a}) Cell." for a in [*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "AA", "BB"]),
        " ".join([*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "AA", "BB"]),
    ),
]


@pytest.mark.parametrize(("caption", "expected"), LABELS, ids=[caption[:60] for caption, _ in LABELS])
def test_every_label_of_lists_ranges_and_rows_is_a_panel(caption, expected):
    assert [panel.label for panel in split_caption(caption).panels] == expected.split()


TRAPS = [
    "",
    "   ",
    "A confocal image of a cell.",
    "Cells were fed vitamin A and bound to protein A, as in (A).",
    "Cells of Fig. 1A, stained as in Figure 1B.",
    "Mean of n = 3 (B6 mice) and n = 4 (A/J mice).",
    "Letters: (a) significant, (b) not significant.",
    "Kaplan-Meier curves for stage (I), (II) and (III) tumours.",
    "Nucleotides adenine (A), cytosine (C), guanine (G) and thymine (T).",
    "Cell A divides before cell B. Neuron A and neuron B are coupled.",
    "Group A received drug X and group B placebo. Group C was untreated.",
    "Bars with different letters (a–c) differ (p < 0.05).",
    "Means. a P < 0.05 versus control; b P < 0.01 versus sham.",
    "For details see panel B. Hepatitis B virus, A/B testing.",
    "Gels of type (I) collagen and type (II) collagen, Fe(II) and Fe(III).",
    "Values are means and S.D. of J. Smith's data.",
    "Results agree with earlier work (1), (2) and (3).",
    "Growth of E. coli, S. aureus and C. albicans. A. thaliana roots. B. subtilis biofilm.",
    "A map of hepatitis B cases and vitamin C levels.",
    "Abbreviations: A, aorta; LA, left atrium; B, bronchus.",
    "H&E (H and E) stain, original magnification x 200.",
    "Colour of genes: blue (G1–G15), red (G16–G25).",
]


@pytest.mark.parametrize("caption", TRAPS)
def test_what_only_looks_like_a_marker_makes_no_panel(caption):
    split = split_caption(caption)

    assert split.panels == ()
    assert "".join(caption[start:end] for start, end in split.lead) == caption.strip()
    assert split.confidence == 0


def test_a_reference_inside_a_sentence_stays_with_its_panel():
    caption = "Fly. (A) Wing. (B) Close-up of the boxed region in (A), as in (A). (C) Same as (B), see panel A."

    assert words(caption) == {
        "A": "Fly. Wing.",
        "B": "Fly. Close-up of the boxed region in (A), as in (A).",
        "C": "Fly. Same as (B), see panel A.",
    }


def test_what_a_legend_says_at_its_end_of_all_panels_is_shared():
    caption = "Cells. (A) Control. (B) Treated. Arrows, nuclei. Scale bars, 5 µm. Abbreviations: N, nucleus."

    split = split_caption(caption)

    assert words(caption)["A"] == "Cells. Control. Arrows, nuclei. Scale bars, 5 µm. Abbreviations: N, nucleus."
    assert [caption[start:end] for start, end in split.lead] == ["Cells.", caption[caption.index("Arrows") :]]


def test_a_bar_that_other_panels_have_too_belongs_to_the_last():
    caption = "Cells. (A) Control. Scale bar, 5 µm. (B) Treated. Scale bar, 9 µm."

    assert words(caption) == {"A": "Cells. Control. Scale bar, 5 µm.", "B": "Cells. Treated. Scale bar, 9 µm."}


def test_bars_are_given_to_the_panels_that_they_name():
    caption = "Cells. (A) Control. (B) Treated. Scale bars: 5 µm (A), 9 µm (B)."

    assert words(caption)["A"].count("5 µm") == 1
    assert "9 µm" not in words(caption)["A"]
    assert "5 µm" not in words(caption)["B"].replace("Scale bars: 5 µm", "")


def test_a_group_shares_its_words_and_divides_what_its_members_name():
    caption = "Course. (A–C) Cells treated for 1 h (A), 2 h (B) or 4 h (C). They grow. (D) Count."

    found = words(caption)

    assert found["A"] == "Course. Cells treated for 1 h . They grow."
    assert found["C"] == "Course. Cells treated for or 4 h . They grow."
    assert found["D"] == "Course. Count."


def test_clauses_of_their_own_share_only_the_title():
    caption = (
        "Growth. After 2 days methylation was measured by PCR (A), and expression was shown by blotting of cells (B)."
    )

    found = words(caption)

    assert "blotting" not in found["A"]
    assert "methylation" not in found["B"]
    assert all(text.startswith("Growth.") for text in found.values())


def test_the_letters_of_the_picture_vouch_for_what_a_gap_would_refuse():
    caption = "Bones in lateral (A) and dorsal (F) view."

    assert [panel.label for panel in split_caption(caption, "AF").panels] == ["A", "F"]
    assert [panel.label for panel in split_caption(caption, "af").panels] == ["A", "F"]


def test_a_title_that_lost_its_full_stop_is_still_shared():
    caption = "The wing is small in mutants (A, B) Wings of controls (A) and mutants (B). (C) Count."

    found = words(caption)

    assert all(text.startswith("The wing is small in mutants") for text in found.values())
    assert "Count" not in found["A"] + found["B"]


def test_doubt_lowers_confidence():
    sure = split_caption("Cells. (A) Control. (B) Treated. (C) Washed.")
    odd = split_caption("Cells under hyperplasia (I) but not carcinoma (J).")
    sides = split_caption("Cells. Left: control. Right: treated.")

    assert sure.confidence > 0.8
    assert odd.confidence < 0.3
    assert sides.confidence < 0.5


def test_a_text_too_long_for_a_caption_is_left_whole():
    caption = "(A) cells. (B) more. " * 5000

    assert split_caption(caption).panels == ()
