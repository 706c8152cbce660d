"""Demo articles: the words of the bundled sample, written for it and true of its rendered pictures."""

from scripts.demo_jats import NOTE, DemoArticle, DemoFigure, creative_commons, license_reference, see

_NUCLEI_TITLE = "Nuclei in a simulated monolayer."
_NUCLEI_WORDS = (
    (
        "Simulated fluorescence image of a monolayer with a DAPI-like nuclear stain (blue). Of 33 cells, 32 are in "
        "interphase and show dark nucleoli; one, with two parallel plates of chromosomes, is in anaphase. "
        "Scale bar, 20 µm."
    ),
)

COUNTING = DemoArticle(
    1,
    "Counting rendered nuclei, and what a dose does to them",
    f"We render monolayers of cells and count their nuclei. {NOTE}",
    (
        (
            f"Nuclei are well apart and can be counted by eye ({see('F1', 'Fig. 1')}). The one cell in anaphase stands "
            "out by its brightness."
        ),
        (
            f"Cells spread and carry parallel stress fibres ({see('F2', 'Fig. 2A,B')}), which pass over the nuclei "
            f"({see('F2', 'Fig. 2C')}). At the high dose few nuclei are left in a field ({see('F2', 'Fig. 2D')})."
        ),
        f"Growth slows with the cold ({see('F3', 'Figure 3')}).",
    ),
    creative_commons("by"),
    (
        DemoFigure("F1", "Figure 1", _NUCLEI_WORDS, "jrm-1-g001", _NUCLEI_TITLE),
        DemoFigure(
            "F2",
            "Figure 2",
            (
                (
                    "(A) Nuclei of seven spread cells, DAPI-like stain (blue). (B) Actin stress "
                    "fibres of the same cells, "
                    "phalloidin-like stain (green). (C) Merge of A and B. (D) Nuclei per field of "
                    "control cells and of "
                    "cells at a low and a high dose; whiskers show the spread between fields."
                ),
                "Scale bars, 30 µm (A to C).",
            ),
            "jrm-1-g002",
            "Spread cells and their number at two doses.",
        ),
        DemoFigure(
            "F3",
            "Figure 3",
            ("Optical density at 600 nm over ten hours at 30 °C, 25 °C and 18 °C.",),
            "jrm-1-g003",
            "Growth curves at three temperatures.",
        ),
    ),
)


SPREAD = DemoArticle(
    2,
    "Three channels and a depth code",
    f"Two ways to show more than one quantity in a picture. {NOTE}",
    (
        f"Mitochondria surround each nucleus and leave the cell's edge free ({see('fig1', 'Fig. 1')}).",
        f"Depth is told by colour ({see('fig2', 'Fig. 2')}).",
    ),
    license_reference("zero", "cc0license"),
    (
        DemoFigure(
            "fig1",
            "Fig. 1",
            (
                (
                    "Simulated confocal image of seven spread cells: nuclei (blue), actin (green) and mitochondria "
                    "(magenta). Scale bar, 30 µm."
                ),
            ),
            "jrm-2-fig1.jpg",
        ),
        DemoFigure(
            "fig2",
            "Fig. 2",
            (
                (
                    "Depth-coded projection of a simulated vascular tree as light-sheet microscopy "
                    "would show it. Blue is "
                    "near, red is far. Scale bar, 100 µm."
                ),
            ),
            "jrm-2-fig2.webp",
        ),
        DemoFigure("fig3", "Fig. 3", ("Badge for checked data.",), "jrm-2-fig3.png"),
    ),
)

GLANDS = DemoArticle(
    3,
    "Glands in two colours",
    f"Glands are drawn with the optical densities of two stains. {NOTE}",
    (
        (
            f"Each gland has an open lumen and a rim of nuclei ({see('F1', 'Fig. 1')}); a closer view is given for "
            f"comparison ({see('F2', 'Fig. 2')})."
        ),
    ),
    creative_commons("by", "3.0"),
    (
        DemoFigure(
            "F1",
            "Figure 1",
            (
                (
                    "Simulated bright-field image of a tissue section in the colours of haematoxylin and eosin. Nine "
                    "glands with a white lumen lie in pink stroma; nuclei are violet. Scale bar, 50 µm."
                ),
            ),
            "jrm-3-g001",
            "Glands in stroma.",
        ),
        DemoFigure(
            "F2",
            "Figure 2",
            ("Four larger glands in the same colours. Scale bar, 50 µm.",),
            "jrm-3-g002",
            "A closer view.",
            "<permissions><copyright-statement>&#169; Example Press</copyright-statement><license><license-p>"
            "Reproduced from an earlier atlas with permission, &#169; Example Press.</license-p></license>"
            "</permissions>",
        ),
    ),
    year=2012,
)

RODS = DemoArticle(
    4,
    "Rods at rest and under tension",
    f"Rod-shaped bacteria, and a false-colour map of cells. {NOTE}",
    (f"About sixty rods lie in a field; the longest are dividing ({see('F1', 'Fig. 1')}). See also Fig. 2.",),
    creative_commons("by-nc"),
    (
        DemoFigure(
            "F1",
            "Fig 1",
            (
                (
                    "Simulated phase-contrast image of 60 rod-shaped bacteria, dark with a bright "
                    "halo. Light septa mark "
                    "dividing cells. Scale bar, 10 µm."
                ),
            ),
            "jrm-4-g001",
        ),
        DemoFigure("F2", "Fig 2", None, "jrm-4-g002"),
    ),
)


PREPRINT = DemoArticle(
    11,
    "Counting rendered nuclei, a preprint",
    f"We render monolayers of cells, and keep what the camera counts. {NOTE}",
    (
        (
            f"Nuclei are well apart ({see('fig1', 'Figure 1')}). The camera's counts fill a tenth of its range "
            f"({see('fig2', 'Figs. 2')} and {see('fig3', '3')})."
        ),
    ),
    creative_commons("by"),
    (
        DemoFigure("fig1", "Figure 1.", _NUCLEI_WORDS, "000011v1_fig1.jpg", _NUCLEI_TITLE),
        DemoFigure(
            "fig2",
            "Figure 2.",
            (
                (
                    "Fourteen nuclei as 16-bit camera counts, without contrast stretching. The "
                    "brightest pixel has about "
                    "3,200 of 65,535 counts."
                ),
            ),
            "000011v1_fig2.tif",
            "Raw counts of a nuclear stain.",
        ),
        DemoFigure(
            "fig3",
            "Figure 3.",
            ("Seven spread cells as 16-bit counts: mitochondria (red), actin (green) and nuclei (blue).",),
            "000011v1_fig3.tif",
            "Raw counts in three channels.",
        ),
    ),
    published_doi=COUNTING.doi,
)


GROWTH = DemoArticle(
    12,
    "From six rods to forty",
    f"A growing colony at three times. {NOTE}",
    (
        (
            f"Six rods ({see('fig1', 'Fig. 1A')}) become fourteen ({see('fig1', 'Fig. 1B')}) and then forty "
            f"({see('fig1', 'Fig. 1C')})."
        ),
    ),
    creative_commons("by-sa"),
    (
        DemoFigure(
            "fig1",
            "Fig. 1.",
            (
                (
                    "Simulated phase-contrast images of rod-shaped bacteria. (<bold>A</bold>) Six rods at the start. "
                    "(<bold>B</bold>) Fourteen after 40 min. (<bold>C</bold>) Forty after 90 min. Scale bar, 10 µm."
                ),
            ),
            "000012v1_fig1",
            "A colony grows.",
        ),
    ),
)
