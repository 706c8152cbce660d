"""ELN text: HTML and Markdown become clean paragraphs, and pictures find the words beside them."""

import re
import time
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.eln_blocks import text_of_blocks
from ingest.eln_entries import ElnEntry, ElnFile
from ingest.eln_shown import files_shown
from ingest.eln_text import blocks_of
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
        ("<p>one <embed src=x> two</p><p>three</p>", "one two\n\nthree"),
        ("<table>loose<tr><td>1</td>between<td>2</td></tr><p>inside</p></table>", "loose\n1 | between | 2\ninside"),
        ("<ul>loose<li>x</li>tail</ul>", "loose\n- x\ntail"),
        ("<p>a</p><iframe src=x><p>never closed</p>", "a\n\nnever closed"),
        ("<p>a</p><script src='x'/><video/><p>b</p>", "a\n\nb"),
        (f"<ol start={'9' * 5_000}><li>a</li></ol>", "1. a"),
        ("<p>x<y, 3<4, <KO> mice <o:p></o:p><b hidden>here</b></p>", "x<y, 3<4, <KO> mice here"),
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


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("visible words <!-- internal note --> more", "visible words more"),
        ("a <!-- one\n\ntwo --> b", "a b"),
        ("a <!-- never closed", "a <!-- never closed"),
        ("Cells &amp; tissue, 5 &micro;m, p&lt;0.05 &#60;KO&#x3e;", "Cells & tissue, 5 µm, p<0.05 <KO>"),
        ("AT&T, R&D; a&b; &c, &copy 5, &nosuch;", "AT&T, R&D; a&b; &c, &copy 5, &nosuch;"),
        ("# Day 1\n\nSome **bold** text", "Day 1\n\nSome bold text"),
        ("cells were **fixed**, p<0.05", "cells were fixed, p<0.05"),
        ("notes\n\n## Day 2\n- a\n- b", "notes\n\nDay 2\n\n- a\n- b"),
        ("2*3*4, 2**3**4 and a ** b ** c", "2*3*4, 2**3**4 and a ** b ** c"),
        ("#5 and # 5\n# not a head\n*so*", "#5 and # 5\n# not a head\n*so*"),
        ("see [1](2) and ![not] (this)", "see [1](2) and ![not] (this)"),
        ("<o:p>word</o:p><st1:place>Paris</st1:place> z", "wordParis z"),
        ("<KO> mice, <a:b and <a:b> open", "<KO> mice, <a:b and <a:b> open"),
    ],
)
def test_a_text_whose_format_nobody_states_is_read_as_what_it_plainly_is(source, text):
    assert (clean(source, ""), clean(source, "image/png")) == (text, text)


def test_a_picture_in_markdown_that_nobody_calls_so_has_its_words():
    (block,) = blocks_of("Actin ![x](a.png) at 63x")
    assert (block.text, [picture.src for picture in block.pictures]) == ("Actin at 63x", ["a.png"])


def test_what_is_said_to_be_plain_stays_as_it_is():
    assert clean("a **b** &amp; <!-- c -->", "text/plain") == "a **b** &amp; <!-- c -->"


def test_plain_text_is_not_taken_for_markdown():
    assert clean("2*3*4 and\na line\n\nb", "text/plain") == "2*3*4 and\na line\n\nb"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<script>alert(1)</script>hello cells", "hello cells"),
        ("<script x>alert(1)</script>hello cells", "hello cells"),
        ("<style>p{color:red}</style>hello cells", "hello cells"),
        ("<iframe src='http://example.org/'>no</iframe>hello cells", "hello cells"),
        ("<pre>hello cells</pre>", "hello cells"),
        ("<dl><dt>Dye</dt><dd>DAPI</dd></dl>", "Dye\n\nDAPI"),
        ("<u>hello</u> <font color=red>cells</font>", "hello cells"),
        ("p <a threshold of 5 and then it went > 7", "p <a threshold of 5 and then it went > 7"),
        ("<b>p</b> <a threshold of 5 and then it went > 7", "p <a threshold of 5 and then it went > 7"),
        ("I <b and c> d, <Ca2+>, <me@example.org>", "I <b and c> d, <Ca2+>, <me@example.org>"),
    ],
)
def test_a_text_of_no_stated_format_is_html_by_any_element_of_it_and_keeps_what_is_no_tag(source, text):
    assert clean(source, "") == text


@pytest.mark.parametrize("tag", ["div", "b", "blockquote", "td", "ul><li"])
def test_nothing_behind_what_nests_deep_is_lost(tag):
    deep = f"<p>start</p>{f'<{tag}>' * 3_000}deep <img src='a.png'>{'</div>' * 3_000}<p>after</p>"
    assert re.findall(r"\w+", clean(deep)) == ["start", "deep", "after"]
    assert [picture.src for block in blocks_of(deep, "text/html") for picture in block.pictures] == ["a.png"]


def test_what_nests_deep_and_shows_no_words_takes_nothing_with_it():
    deep = "<object data=x>" * 3_000 + "</object>" * 3_000
    assert clean(f"<p>start</p>{deep}<p>after</p>") == "start\n\nafter"


def test_a_picture_of_any_size_in_a_text_takes_nothing_with_it():
    src = f"data:image/png;base64,{'A' * 10_500_000}"
    blocks = blocks_of(f"<p>before</p><p><img src='{src}'></p><p>after</p>")
    assert [block.text for block in blocks] == ["before", "", "after"]
    assert blocks[1].pictures[0].src == src


def words_of_all(source, *files, url=""):
    """Return the words of each file of the entry `e`."""
    blocks = blocks_of(source, "text/html")
    srcs = [picture.src for block in blocks for picture in block.pictures]
    told = told_of(blocks, files_shown(srcs, ElnEntry("e", "E", "", {"url": url}, files)), files)
    return [own_words(file, told, "") for file in files]


def words(source, name, key=None, **node):
    return words_of_all(source, ElnFile(key or f"e/{name}", name, node))[0]


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


def test_each_of_several_figures_has_its_own_caption():
    source = "".join(f"<figure><img src='p{at}.png'><figcaption>Cap {at}</figcaption></figure>" for at in range(3))
    assert [words(source, f"p{at}.png") for at in range(3)] == ["Cap 0", "Cap 1", "Cap 2"]


@pytest.mark.parametrize("caption", ["Cap tubulin", "Figure 1. Tubulin"])
def test_a_figures_caption_is_of_no_picture_outside_of_it(caption):
    figure = f"<figure><p><img src='p1.png'></p><div><figcaption>{caption}</figcaption></div></figure>"
    source = f"<p>Actin words</p><p><img src='p0.png'></p>{figure}"
    assert [words(source, name) for name in ("p0.png", "p1.png")] == ["Actin words", caption]


def test_a_figure_within_a_figure_keeps_its_caption():
    inner = "<figure><img src='b.png'><figcaption>inner</figcaption></figure>"
    source = f"<figure><figcaption>outer</figcaption><img src='a.png'>{inner}</figure>"
    assert [words(source, name) for name in ("a.png", "b.png")] == ["outer", "inner"]


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ("{a}{A}{b}{B}", ["A", "B"]),
        ("<div>{a}{A}</div><div>{b}{B}</div>", ["A", "B"]),
        ("{A}{a}{B}{b}", ["A", "B"]),
        ("<figcaption>all</figcaption>{a}{A}{b}{B}", ["A", "B"]),
        ("{a}{b}{A}", ["A", "A"]),
        ("{a}{b}{A}<figcaption>of none</figcaption>", ["A", "A"]),
        ("{a}<figcaption></figcaption>{b}{B}", ["", "B"]),
        ("<table><tr><td>{a}{A}</td><td>{b}{B}</td></tr></table>", ["A", "B"]),
        ("<ul><li>{a}{A}</li><li>{b}{B}</li></ul>", ["A", "B"]),
        ("{a}{A}<figure>{b}{B}</figure>", ["A", "B"]),
    ],
)
def test_each_picture_of_one_figure_has_its_own_caption(figure, expected):
    parts = {name: f"<img src='{name}.png'>" for name in "ab"} | {
        name: f"<figcaption>{name}</figcaption>" for name in "AB"
    }
    source = f"<p>text</p><figure>{figure.format(**parts)}</figure><p>more</p>"
    blocks = blocks_of(source, "text/html")
    assert [picture.words for block in blocks for picture in block.pictures] == expected


def test_a_picture_in_the_caption_of_a_table_is_taken():
    table = "<table><caption>map <img src='a.png'></caption><tr><td>1</td></tr></table>"
    assert words(table, "a.png") == "map"


def test_a_heading_stands_before_the_words_under_it():
    source = "<p>before</p><h2>Day 2</h2><img src='a.png'><p>confluent</p>"
    assert words(source, "a.png") == "Day 2\n\nconfluent"


def test_pictures_in_a_table_have_the_words_of_their_cells():
    table = (
        "<table><tr><td><img src='a.png'></td><td><img src='b.png'></td></tr><tr><td>wt</td><td>ko</td></tr></table>"
    )
    assert (words(table, "a.png"), words(table, "b.png")) == ("wt", "ko")


A, B = "<td><img src='a.png'></td>", "<td><img src='b.png'></td>"
HEAD = "<tr><th>Sample</th><th>Image</th></tr>"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (f"<tr><td>control</td>{A}</tr><tr><td>treated</td>{B}</tr>", ["control", "treated"]),
        (f"{HEAD}<tr><td>control</td>{A}</tr><tr><td>treated</td>{B}</tr>", ["control | Image", "treated | Image"]),
        (f"<tr><td>wt</td>{A}<td>n=3</td></tr><tr><td>ko</td>{B}<td>n=5</td></tr>", ["wt | n=3", "ko | n=5"]),
        (f"<thead>{HEAD}</thead><tr><th>wt</th>{A}</tr><tr><th>ko</th>{B}</tr>", ["wt | Image", "ko | Image"]),
        (
            f"<tr><td></td><th>DAPI</th><th>GFP</th></tr><tr><td>wt</td>{A}{B}</tr>",
            ["wt | DAPI", "wt | GFP"],
        ),
        (f"<tr><td>wt</td><td>ko</td></tr><tr>{A}{B}</tr>", ["wt", "ko"]),
        (f"<tr>{A}{B}</tr><tr><td>wt</td><td>ko</td></tr>", ["wt", "ko"]),
        (f"<tr><td>day 1</td><td>in <img src='a.png'></td>{B}</tr>", ["in", "day 1"]),
        (f"<tr><td>wt</td>{A}<td>ko</td>{B}</tr>", ["wt", "ko"]),
        (f"<tr>{A}<td>wt</td>{B}<td>ko</td></tr>", ["wt", "ko"]),
        (f"<tr><td>day 1</td>{A}{B}</tr><tr><td></td><td>wt</td><td>ko</td></tr>", ["day 1 | wt", "day 1 | ko"]),
        (f"<tr><td>a</td>{A}<td>n=3</td>{B}<td>n=5</td></tr>", ["a | n=3 | n=5", "a | n=3 | n=5"]),
        (f"<tr><th colspan=2>S</th></tr><tr><td>wt</td>{A}</tr><tr><td>ko</td>{B}</tr>", ["wt", "ko"]),
        (f"<tr><td>S1</td>{A}</tr><tr><td></td><td>a close look</td></tr><tr><td>S2</td>{B}</tr>", ["S1", "S2"]),
    ],
)
def test_pictures_in_a_table_have_the_labels_of_their_row_and_the_head_of_their_column(rows, expected):
    table = f"<p>intro</p><table>{rows}</table><p>outro</p>"
    assert [words(table, "a.png"), words(table, "b.png")] == expected


@pytest.mark.parametrize(
    ("src", "node"),
    [
        ("app/download.php?name=a.png&amp;f=ab/abc.png&amp;storage=1", {"alternateName": "ab/abc.png"}),
        ("./e/a.png", {}),
        ("e/a.png", {}),
        ("a.png", {}),
        ("my%20files/a.png", {}),
        ("https://eln.example.org/files/a.png", {"contentUrl": "https://eln.example.org/files/a.png"}),
        ("https://eln.example.org/app/download.php?f=ab/abc.png", {"alternateName": "ab/abc.png"}),
        ("app/download.php?name=a.png&amp;f=ab/unknown.png", {}),
    ],
)
def test_a_picture_is_known_by_each_way_to_name_it(src, node):
    assert words(f"<p>nuclei <img src='{src}'></p>", "a.png", **node) == "nuclei"


def test_elabftws_own_name_tells_two_files_of_one_name_apart():
    source = "<p>one <img src='d.php?name=a.png&f=1.png'></p><p>two <img src='d.php?name=a.png&f=2.png'></p>"
    assert [words(source, "a.png", alternateName=name) for name in ("1.png", "2.png")] == ["one", "two"]


def test_a_path_tells_two_files_of_one_name_apart():
    files = [ElnFile(f"e/{folder}/img.png", "img.png", {}) for folder in "ab"]
    source = "<p>left <img src='a/img.png'></p><p>right <img src='./b/img.png'></p>"
    assert words_of_all(source, *files) == ["left", "right"]
    assert words_of_all("<p>either <img src='img.png'></p>", *files) == ["", ""]


def test_a_picture_of_the_web_is_no_file_of_the_entry():
    file = ElnFile("e/a.png", "a.png", {})
    for src in ("https://other.org/a.png", "//other.org/a.png", "https://other.org/d.php?name=a.png", "http://[a.png"):
        assert words_of_all(f"<p>foreign <img src='{src}'></p>", file) == [""]
    own = "<p>own <img src='https://eln.example.org/files/a.png'></p>"
    assert words_of_all(own, file, url="https://eln.example.org/entry/7") == ["own"]


def test_a_file_whose_stored_name_is_another_is_not_meant_by_its_name():
    files = [ElnFile("e/a.png", "a.png", {"alternateName": "1.png"}), ElnFile("e/2.png", "a.png", {})]
    assert words_of_all("<p>two <img src='d.php?name=a.png&f=2.png'></p>", *files) == ["", "two"]


def test_a_paragraph_that_names_the_file_is_the_pictures():
    assert words("<p>control</p><p>see well_B07.tif for nuclei</p>", "well_B07.tif") == "see well_B07.tif for nuclei"
    assert words("<p>as it is</p>", "it.png") == ""


@pytest.mark.parametrize("ways", [("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")])
@pytest.mark.parametrize(
    "source",
    [
        "<p>nuclei <img src='kür 1.png'></p>",
        "<p>nuclei <img src='x/../kür 1.png'></p>",
        "<p>nuclei <img src='d.php?name=kür 1.png'></p>",
        "<p>nuclei <img src='d.php?f=ö/kür.png'></p>",
        "<p>nuclei of Kür 1.png</p>",
        "<p>nuclei of kür 1</p>",
    ],
)
def test_an_accent_is_the_same_however_it_is_composed(ways, source):
    of_file, of_text = ways
    name, stored = (normalize(of_file, each) for each in ("kür 1.png", "ö/kür.png"))
    said = words(normalize(of_text, f"<p>other</p>{source}"), name, f"e/{name}", alternateName=stored)
    assert said == clean(normalize(of_text, source))


def test_accents_are_not_thrown_away():
    assert words("<p>see kur 1.png</p>", "kür 1.png") == ""


@pytest.mark.parametrize(
    ("name", "text", "is_named"),
    [
        ("+dox.tif", "with +dox.tif", True),
        ("-dox.tif", "with +dox.tif", False),
        ("B07.tif", "well_B07.tif", False),
        ("B07 (2).tif", "see b07 (2).tif.", True),
        ("B07.tif", "see B07", False),
        ("well_B07.tif", "see well_B07", True),
        ("B07.tif", "B07.tiff", False),
        ("----", "a ---- b", False),
        ("a b c.tif", "a b b c.tif and a b c.tif", True),
        (" ".join("x" * 30), " ".join("x" * 40), False),
    ],
)
def test_a_name_is_called_by_whole_words(name, text, is_named):
    assert words(f"<p>other</p><p>{text}</p>", name) == (text if is_named else "")


def test_many_files_cost_no_more_each_than_few():
    def seconds(count, shape):
        files = [ElnFile(f"e/{at}/a.png", name, node) for at in range(count) for name, node in [shape(at)[:2]]]
        source = "".join(shape(at)[2] for at in range(count))
        start = time.process_time()
        words_of_all(source, *files)
        return time.process_time() - start

    def named(at):
        return f"well_{at}.png", {}, f"<p>see well_{at}.png</p>"

    def stored(at):
        return "a.png", {"alternateName": f"s/{at}"}, f"<img src='d.php?name=a.png&f=t/{at}'>"

    def at_path(at):
        return "a.png", {}, f"<img src='{at}/a.png'>"

    assert max(seconds(10_000, shape) for shape in (named, stored, at_path)) < 10  # a minute where it grows squared


@given(st.text(alphabet="<>/abipultrd src='\"!-&;#\n\x00\ud800é", max_size=200))
def test_any_text_is_read_and_leaves_no_control_character(source):
    for kind in ("text/html", "text/markdown", ""):
        assert "\x00" not in clean(source, kind)


@pytest.mark.parametrize("tag", ["p", "div", "ul", "li", "table><tr><td", "span", "blockquote"])
def test_what_nests_deep_is_read_and_without_end_ends(tag):
    assert "deep" in clean(f"<{tag}>" * 70 + "deep")
    assert clean("words" + f"<{tag}>" * 10_000).startswith("words")
