"""Evidence: a panel's facts are its own words, its columns, its scale and the paragraphs that speak of it."""

from captioning.evidence import statements

FIGURE = {
    "caption": "Cells. (A) Actin. (B) DNA.",
    "mentions": [
        {"id": "m1", "text": "Fig. 1A has actin.", "panels": ["a"]},
        {"id": "m2", "text": "Fig. 1B has DNA.", "panels": ["B"]},
        {"id": "m3", "text": "See Fig. 1.", "panels": []},
    ],
    "facts": [
        {"name": "organism", "value": "human", "unit": None, "id": "NCBITaxon:9606", "origin": "annotation.csv"},
        {"name": "magnification", "value": "63", "unit": "x", "id": None, "origin": "ome"},
        {"name": "person", "value": "3f2a", "unit": None, "id": None, "origin": "eln"},
        {"name": "gene", "value": "n/a", "unit": None, "id": None, "origin": "eln"},
    ],
}
PANEL = {
    "panel_label": "A",
    "kind": "microscopy",
    "subcaption": "Cells. Actin.",
    "subcaption_spans": [(0, 6), (11, 17), (17, 18)],
    "organism": "Homo sapiens",
    "ncbitaxon_id": "NCBITaxon:9606",
    "stain": "phalloidin",
    "microns_per_pixel": 0.1234567,
    "microns_per_pixel_source": "metadata",
    "scale_bar": {"box": (0, 0, 1, 1), "length_px": 10.0, "length_um": 20.0},
}


def told(figure=FIGURE, **panel):
    return [(said.text, said.origin, said.where) for said in statements(figure, PANEL | panel)]


def test_facts_are_numbered_and_each_says_where_it_stands():
    said = statements(FIGURE, PANEL)
    assert [each.number for each in said] == list(range(1, len(said) + 1))
    assert told() == [
        ("Cells.", "caption", "caption:0-6"),
        ("Actin.", "caption", "caption:11-17"),
        ("Panel A", "caption", "panel_label"),
        ("Organism: human (NCBITaxon:9606)", "annotation.csv", "fact:organism"),
        ("Magnification: 63 x", "ome", "fact:magnification"),
        ("Organism: Homo sapiens (NCBITaxon:9606)", "tags", "organism"),
        ("Stain: phalloidin", "tags", "stain"),
        ("Scale: 0.1235 \u00b5m per pixel", "metadata", "microns_per_pixel"),
        ("Scale bar: 20 \u00b5m", "scale_bar", "scale_bar"),
        ("Fig. 1A has actin.", "mention", "mention:m1"),
        ("See Fig. 1.", "mention", "mention:m3"),
    ]


def test_columns_say_nothing_of_a_plot():
    assert not any(where == "stain" for _, _, where in told(kind="plot"))


def test_words_that_a_reviewer_gave_are_words():
    assert told(subcaption="By hand.", subcaption_spans=[])[0] == ("By hand.", "caption", "subcaption")
