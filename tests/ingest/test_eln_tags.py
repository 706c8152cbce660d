"""ELN tags: what is typed stays, what a browser draws is read, and what it doesn't draw takes nothing with it."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.eln_blocks import text_of_blocks
from ingest.eln_tags import pieces_of
from ingest.eln_text import blocks_of

SILENT = [
    "title",
    "noscript",
    "template",
    "iframe",
    "object",
    "applet",
    "canvas",
    "audio",
    "video",
    "datalist",
    "noembed",
    "noframes",
]


def clean(source, kind="text/html"):
    return text_of_blocks(blocks_of(source, kind))


TYPED = [
    "background <object intensity was 5",
    "see <style> guide",
    "see <script> in the folder",
    "the <title> of the plate",
    "<object> under the lens",
    "<video was lost, <audio too",
    "x <iframe",
    "<svg was drawn, then 5 more",
    "<select cells of 12",
    "a <canvas 5 x 5 cm",
    "p <! 5",
    "p <? 5 and q <?5",
    "p <!important> 5",
    "<10:20 and <cell-type A",
    "<cell-type A> and <cell-type>",
    "<o:p",
    "<KO-1> mice, <wt/KO> mice, </KO>",
    "a <!-- note to self",
    "a <! -- note",
    "<table 3 and <p 0.05",
    "a < b < c > d",
    "5 <b",
    "<",
    "</",
    "a <img src of no end",
    "<p.5>, <p=0.05>, <n=3>, <mean value=5>",
    "mean <x y> of 3",
    "<link> here, <meta> there",
    "<![CDATA[ never closed",
    "<?xml of no end",
    "<!doctype of no end",
]


@pytest.mark.parametrize("typed", TYPED)
def test_what_is_typed_stays_as_it_is(typed):
    assert (clean(typed), clean(typed, "")) == (typed, typed)
    assert clean(f"<p>before</p>{typed} <p>after</p>") == f"before\n\n{typed}\n\nafter"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a <textarea>typed <b> &amp; so</textarea> b", "a\n\ntyped <b> & so\n\nb"),
        ("a <button onclick='x()'>Save</button> b", "a Save b"),
        ("a <math-field>x^2</math-field> b", "a x^2 b"),
        ("<svg width=5><text x=1>DAPI</text><text x=2>GFP</text></svg>", "DAPI\nGFP"),
        ("<svg><text>Ca<tspan baseline-shift=super>2+</tspan><tspan x=0 dy=9>mM</tspan></text></svg>", "Ca2+\nmM"),
        ("<svg><g><path d='M0'/><circle r=1 /></g><foreignObject><p>label</p></foreignObject></svg> b", "label\n\nb"),
        ("<svg><title>tip</title><desc>of it</desc><defs><text>twin</text></defs></svg>b", "b"),
        ("<xmp><b>x</b> &amp;</xmp>", "<b>x</b> &amp;"),
        ("a<plaintext>b <b>c</b>", "a\n\nb c"),
        ("<title>tab</title>a<noscript>turn it on</noscript>b", "ab"),
        ("<html><head><meta charset=utf-8><title>tab</title><style>p{}</style></head><body>a</body></html>", "a"),
        ("<head><title>tab</title><p>a</p>", "a"),
        ("<template><p>later</p></template>a", "a"),
        ("<video src=x>no player</video>a<audio controls>none</audio>b", "ab"),
        ("<object data=x><object data=y>no</object></object>a", "a"),
        ("<iframe src=x><p>no frames</p></iframe>a", "a"),
        ("<datalist id=x><option>DAPI</datalist>a", "a"),
        ("<noframes><p>old</p></noframes>a", "a"),
        ("<select><option>a</option></select> <select><option selected>b</select> c", "b c"),
        ("<script>if (a<b) {x = '</p>'}</script>a", "a"),
        ("<script>x = '<script>'; y()</script>a", "a"),
        ("<script x <b>y()</script>a", "a"),
        ("<SCRIPT\ntype=x>y()</SCRIPT\n>a", "a"),
        ("<script src='x'/>a", "a"),
        ("<style>p > b {}</style>a", "a"),
        ("see <style> guide<style>p{}</style>", "see <style> guide"),
        ("see <script type=x> guide", "see guide"),
        ("<object data=x> never closed <p>a</p>", "never closed\n\na"),
        ("</script>a</object>b</title>", "ab"),
        ("a<!-- b -->c<!-->d<!--->e<!----!>f", "acdef"),
        ("a<!-- <p>b</p> <!-- c -->d", "ad"),
        ("a<!--[if gte mso 9]><xml>b</xml><![endif]-->c<![if !x]>d<![endif]>e", "acde"),
        ("<!DOCTYPE html><?xml version='1.0'?>a<?xml:namespace prefix = o />b", "ab"),
        ("<![CDATA[5 < 6 & 7]]> b", "5 < 6 & 7 b"),
        ("<img alt='a > b' src=x>c <b title=\"x < y\">d</b>", "c d"),
        ('<p align="left>a</p><p class="x">b</p>', '<p align="left>a\n\nb'),
        ("<a href='x'class='y'>a</a>", "a"),
        ("<o:p>a</o:p><v:shape id='x'/>b<custom-part kind=x>c</custom-part>", "abc"),
        ("<KO>mice</KO>", "mice"),
        ("&lt;b&gt; &amp;lt; &hellip;&lbrace;&#128; &copy 5 & 6 &unknown;", "<b> &lt; …{€ © 5 & 6 &unknown;"),
        ("a<br/>b<hr/>c<wbr>d", "a\nb\n\ncd"),
    ],
)
def test_what_a_browser_draws_is_read(source, text):
    assert clean(source) == text


@given(
    st.text(alphabet="<!-?[/ ab5=\"':\n", max_size=60),
    st.sampled_from([*SILENT, "script", "style", "svg", "select", "b"]),
)
def test_where_nothing_is_a_tag_no_word_is_lost(typed, name):
    source = f"start {typed} <{name} {typed} end"
    assert re.findall(r"\w+", clean(source)) == re.findall(r"\w+", source)


@given(
    st.sampled_from([*SILENT, "script", "style", "select", "textarea", "svg", "head"]), st.sampled_from(["", " id=x"])
)
def test_what_is_never_closed_takes_nothing_with_it(name, attributes):
    for source in (f"a <{name}{attributes}>b <p>c</p>", f"<{name} id=y>w</{name}> a <{name}{attributes}>b <p>c</p>"):
        said = re.findall(r"\b[abc]\b", clean(source))
        assert said == ["a", "b", "c"]


WORD = st.from_regex(r"[a-z]{3,8}", fullmatch=True)
INLINE = st.sampled_from(["b", "i", "span", "sub", "button", "font", "o:p", "math", "a href='x>y'", "mark hidden"])
UNSEEN = st.sampled_from([*SILENT, "script", "style type=x"])


def wrapped(tag, inner):
    return f"<{tag}>{inner}</{tag.partition(' ')[0]}>"


WELL_FORMED = st.recursive(
    WORD.map(lambda word: (f" {word} ", [word]))
    | st.tuples(UNSEEN, WORD).map(lambda pair: (wrapped(*pair), []))
    | WORD.map(lambda word: (f"<!-- {word} --><img src=a.png>", [])),
    lambda inner: st.tuples(INLINE, st.lists(inner, max_size=4)).map(
        lambda pair: (
            wrapped(pair[0], "".join(each[0] for each in pair[1])),
            [word for _, words in pair[1] for word in words],
        )
    ),
    max_leaves=20,
)


@given(st.lists(WELL_FORMED, max_size=5))
def test_of_what_is_well_formed_all_that_is_drawn_comes_in_its_order(parts):
    source = "".join(f"<div>{markup}</div>" for markup, _ in parts)
    assert clean(source).split() == [word for _, words in parts for word in words]


def test_how_many_words_nobody_sees_is_told(caplog):
    clean("<title>Day 3</title><script>code();</script><svg><defs><text>twin</text></defs></svg><p>seen</p>")
    assert [record.message for record in caplog.records] == ['words_unseen {"svg": 1, "title": 2}']
    caplog.clear()
    clean("<style>p{}</style><p>seen</p>")
    assert not caplog.records


@pytest.mark.parametrize(
    "part",
    [
        "<style>",
        "<script ",
        "</script ",
        "<!--",
        "<object>",
        "<a b='",
        "<a b=\" <a c='",
        "<b>",
        "<x y=",
        "<![CDATA[",
        "<script x",
        "<video></video>",
        "<svg>\n    ",
        "a<sup>2</sup>",
        "<",
        "<title>x</title ",
    ],
)
def test_a_million_characters_of_anything_are_read_in_their_time(part):
    source = f"{part * (1_000_000 // len(part))}</style></script>"
    start = time.process_time()
    assert sum(len(piece.markup) for piece in pieces_of(source)) <= 4 * len(source)
    assert time.process_time() - start < 20
