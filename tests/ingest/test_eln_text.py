"""ELN text: HTML and Markdown become clean paragraphs, and pictures find the words beside them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.eln_entries import ElnFile
from ingest.eln_text import blocks_of, text_of_blocks
from ingest.eln_words import own_words, told_of


def clean(source, kind="text/html"):
    return text_of_blocks(blocks_of(source, kind))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>Cells <b>were</b>\n fixed.</p><p>Then stained.</p>", "Cells were fixed.\n\nThen stained."),
        ("a<script>alert(1)</script><style>p{}</style><!-- no --><p>b</p>", "a\n\nb"),
        ("<p>H<sub>2</sub>O, Ca<sup>2+</sup>, 10<sup>6</sup> cells</p>", "H2O, Ca2+, 10^6 cells"),
        ("<p>one<br>two</p>", "one\ntwo"),
        ("<table><tr><th>dye</th><th>nm</th></tr><tr><td>DAPI</td><td>405</td></tr></table>", "dye | nm\nDAPI | 405"),
        ("<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>", "- a\n- b\n  1. c"),
        ("<ol start=3><li>x</li><li>y</li></ol>", "3. x\n4. y"),
        ("<p>5 &lt; 6 &amp; 7&nbsp;µm</p>", "5 < 6 & 7 µm"),
        ("plain words, no tags", "plain words, no tags"),
        ("<p onclick='x()'>safe</p><iframe src='http://x'></iframe>", "safe"),
        ("<select><option>a<option selected>b</select>", "b"),
        ("<p>never closed <b>at all", "never closed at all"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("", ""),
        ("<!-- nothing -->", ""),
    ],
)
def test_html_becomes_clean_text(source, text):
    assert clean(source) == text


def test_markdown_becomes_clean_text():
    table = "| dye | nm |\n|---|---|\n| DAPI | 405 |"
    source = f"# Staining\n\nCells **fixed** in *PFA*.\n\n- a\n- b\n\n{table}\n\n<script>x</script>"
    expected = "Staining\n\nCells fixed in PFA.\n\n- a\n- b\n\ndye | nm\nDAPI | 405"
    assert clean(source, "text/markdown") == expected


def test_plain_text_is_not_taken_for_markdown():
    assert clean("2*3*4 and\na line\n\nb", "text/plain") == "2*3*4 and\na line\n\nb"


def words(source, name, key=None, **node):
    return own_words(ElnFile(key or f"e/{name}", name, node), told_of(blocks_of(source, "text/html")), "")


def test_a_picture_has_the_words_of_its_own_paragraph():
    assert words("<p>other</p><p>nuclei <img src='a.png'></p>", "a.png") == "nuclei"


def test_a_picture_has_the_paragraph_above_it_where_the_entry_writes_above():
    source = "<p>first</p><p><img src='a.png'></p><p>second</p><p><img src='b.png'></p>"
    assert (words(source, "a.png"), words(source, "b.png")) == ("first", "second")


def test_a_picture_has_the_paragraph_below_it_where_the_entry_writes_below():
    source = "<img src='a.png'><p>first</p><img src='b.png'><p>second</p>"
    assert (words(source, "a.png"), words(source, "b.png")) == ("first", "second")


def test_a_caption_below_is_the_pictures_wherever_the_entry_writes():
    source = "<p>we looked</p><p><img src='a.png'></p><p>Figure 1. Actin.</p>"
    assert words(source, "a.png") == "Figure 1. Actin."


def test_a_figures_caption_is_its_own():
    source = "<p>text</p><figure><img src='a.png'><figcaption>Actin</figcaption></figure><p>more</p>"
    assert words(source, "a.png") == "Actin"


def test_a_heading_stands_before_the_words_under_it():
    source = "<p>before</p><h2>Day 2</h2><img src='a.png'><p>confluent</p>"
    assert words(source, "a.png") == "Day 2\n\nconfluent"


def test_pictures_in_a_table_have_the_words_of_their_cells():
    table = (
        "<table><tr><td><img src='a.png'></td><td><img src='b.png'></td></tr><tr><td>wt</td><td>ko</td></tr></table>"
    )
    assert (words(table, "a.png"), words(table, "b.png")) == ("wt", "ko")


@pytest.mark.parametrize(
    ("src", "node"),
    [
        ("app/download.php?name=a.png&amp;f=ab/abc.png&amp;storage=1", {"alternateName": "ab/abc.png"}),
        ("./e/a.png", {}),
        ("e/a.png", {}),
        ("a.png", {}),
        ("my%20files/a.png", {}),
        ("https://eln.example.org/files/a.png", {}),
    ],
)
def test_a_picture_is_known_by_each_way_to_name_it(src, node):
    assert words(f"<p>nuclei <img src='{src}'></p>", "a.png", **node) == "nuclei"


def test_elabftws_own_name_tells_two_files_of_one_name_apart():
    source = "<p>one <img src='d.php?name=a.png&f=1.png'></p><p>two <img src='d.php?name=a.png&f=2.png'></p>"
    assert [words(source, "a.png", alternateName=name) for name in ("1.png", "2.png")] == ["one", "two"]


def test_a_paragraph_that_names_the_file_is_the_pictures():
    assert words("<p>control</p><p>see well_B07.tif for nuclei</p>", "well_B07.tif") == "see well_B07.tif for nuclei"
    assert words("<p>as it is</p>", "it.png") == ""


@given(st.text(alphabet="<>/abipultrd src='\"!-&;#\n\x00\ud800é", max_size=200))
def test_any_text_is_read_and_leaves_no_control_character(source):
    for kind in ("text/html", "text/markdown", ""):
        assert "\x00" not in clean(source, kind)


@pytest.mark.parametrize("tag", ["p", "div", "ul", "li", "table><tr><td", "span", "blockquote"])
def test_what_nests_deep_is_read_and_without_end_ends(tag):
    assert "deep" in clean(f"<{tag}>" * 70 + "deep")
    assert clean("words" + f"<{tag}>" * 10_000).startswith("words")
