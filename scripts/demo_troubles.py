"""Demo troubles: articles of the bundled sample that lose a picture, a licence or themselves on the way."""

from scripts.demo_jats import NOTE, DemoArticle, DemoFigure, creative_commons, license_reference, own_words, see

SECTION = DemoArticle(
    5,
    "Eight mitochondria",
    f"A thin section drawn line by line. {NOTE}",
    (f"Cristae lie across the long axis ({see('fig1', 'Fig. 1')}).",),
    license_reference("by-nc-nd", "ccbyncndlicense"),
    (
        DemoFigure(
            "fig1",
            "Fig. 1",
            (
                (
                    "Simulated transmission electron micrograph of eight mitochondria with cristae, "
                    "between vesicles and "
                    "ribosomes. Scale bar, 500 nm."
                ),
            ),
            "jrm-5-fig1.png",
        ),
    ),
)


YEAST = DemoArticle(
    6,
    "Buds in relief",
    f"A culture of budding yeast in oblique light. {NOTE}",
    (f"About half of the cells carry a bud ({see('F1', 'Fig. 1')}).",),
    own_words(
        "Members of the Society for Rendered Pictures may show these images in class after writing to the editor."
    ),
    (
        DemoFigure(
            "F1",
            "Figure 1",
            (
                (
                    "Simulated differential interference contrast image of 38 yeast cells and their "
                    "buds, lit from the "
                    "upper left. Scale bar, 10 µm."
                ),
            ),
            "jrm-6-g001.jpg",
        ),
    ),
)


UNLICENSED = DemoArticle(
    7,
    "Rods without a licence",
    f"An article that says nothing about reuse. {NOTE}",
    (f"Rods are evenly spread ({see('F1', 'Fig. 1')}).",),
    "",
    (DemoFigure("F1", "Figure 1", ("Simulated phase-contrast image of 30 rod-shaped bacteria.",), "jrm-7-g001"),),
    year=2006,
)


DAMAGED = DemoArticle(
    8,
    "A package that did not arrive whole",
    f"One picture is cut short and one is missing. {NOTE}",
    (f"Two of three pictures cannot be seen ({see('F2', 'Figs. 2')} and {see('F3', '3')}).",),
    creative_commons("by"),
    (
        DemoFigure(
            "F1",
            "Figure 1",
            (
                (
                    "Simulated bright-field image of four glands in the colours of haematoxylin and "
                    "eosin. Scale bar, 50 µm."
                ),
            ),
            "jrm-8-g001",
        ),
        DemoFigure("F2", "Figure 2", ("Spread cells; the file ends in the middle.",), "jrm-8-g002"),
        DemoFigure("F3", "Figure 3", ("Rods; the file was never packed.",), "jrm-8-g003"),
    ),
)


TRUNCATED = DemoArticle(
    9,
    "An XML that ends in the middle",
    f"The file stops within a figure. {NOTE}",
    (f"Nothing can be said about {see('F1', 'Fig. 1')}.",),
    creative_commons("by"),
    (DemoFigure("F1", "Figure 1", ("A caption that nobody will read to its end.",), "jrm-9-g001"),),
)


WORDS_ONLY = DemoArticle(
    10,
    "On the absence of figures",
    "An article of words only.",
    ("There is nothing to be seen here, and this is how it is told.",),
    creative_commons("by"),
)
