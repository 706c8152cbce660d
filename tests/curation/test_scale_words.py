"""Scale words: which lengths a caption states for its scale bars, and for which panels."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.scale_words import lengths_in


def told(caption):
    return [(found.length_um, "".join(found.labels)) for found in lengths_in(caption)]


@pytest.mark.parametrize(
    ("caption", "length_um"),
    [
        ("Scale bar, 10 \u00b5m.", 10), ("Bar = 1 mm.", 1000), ("Bars, 200 nm", 0.2), ("(scale bar 0.5 \u03bcm)", 0.5),
        ("Scale bar = 20 microns", 20), ("Bar, 5 mu m", 5), ("bar: 5 um", 5), ("scale bar 5 micrometers", 5),
        ("Scalebar: 10 mm", 10000), ("Scale bar equals 1cm.", 10000), ("a 10-\u00b5m scale bar", 10),
        ("Scale bar: 2 m", 2e6), ("Scale bars, 1,000 nm.", 1), ("scale bar 0,5 \u00b5m", 0.5),
        ("scale bar, 20 \u00c5", 0.002), ("Bar 10 = \u03bcm", 10), ("scale bar = 100 \u00b5M", 100),
        ("The scale bar in all panels represents 50 \u00b5m.", 50), ("Bar\u2009=\u200910\u00a0\u00b5m", 10),
        ("Scale bar for the cortical slices, 1 inch", 25400), ("Scale bars (white), 3 km", 3e9),
    ],
)  # fmt: skip
def test_a_stated_length_is_read_in_micrometres(caption, length_um):
    assert told(caption) == [(pytest.approx(length_um), "")]


@pytest.mark.parametrize(
    "caption",
    [
        "Error bars, 5 \u00b5m.", "Bars represent mean \u00b1 SEM of 3 mm tumours.", "Bar graphs of 10 \u00b5m beads",
        "Original magnification x400.", "red bars, 10 \u00b5M", "black bars: 10 \u00b5M drug", "Scale bar, 20 min",
        "The scale bar represents 200 amino acids.", "Bars indicate 50 \u00b5m thick sections", "Scale bar, 50",
        "drawn to scale, beads of 10 \u00b5m", "Bars, 10 \u00b5m/s", "Bars, 10 mm\u00b2", "", "bar",
        "Error bars indicate SEM. Beads of 10 \u00b5m.",
    ],
)  # fmt: skip
def test_other_bars_state_no_length(caption):
    assert lengths_in(caption) == []


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("scale bars: 5 \u03bcm (A\u2013C), 2 \u03bcm (D)", [(5, "ABC"), (2, "D")]),
        ("Scale bars represent 50 \u00b5m in a and 10 \u00b5m in b", [(50, "a"), (10, "b")]),
        ("A, B: bar 100 um; insets 10 um", [(100, "AB"), (10, "")]),
        ("Scale bars: A-C, 100 \u00b5m; D, 50 \u00b5m. Insets: cells", [(100, "ABC"), (50, "D")]),
        ("Scale bars in A and B: 5 and 10 \u00b5m, respectively", [(5, "A"), (10, "B")]),
        ("(A and K) Scale bar = 50 \u03bcm; (I) scale bar = 300 \u03bcm.", [(50, "AK"), (300, "I")]),
        ("The bars on a-d correspond to 50 \u00b5m.", [(50, "abcd")]),
        ("Bars = 2 mm in B, F, H, J; 200 \u00b5m in C.", [(2000, "BFHJ"), (200, "C")]),
        ("Scale bars: (i), 100 um; (ii-iv), 25 um.", [(100, "i"), (25, "iiiiiiv")]),
        ("Bars, 1 mm in A(a, b); 50 um in A(c).", [(1000, "AaAb"), (50, "Ac")]),
        ("Left scale bar = 250 um; right scale bar = 10 um.", [(250, "left"), (10, "right")]),
        ("Scale bars: 200 um (black), 100 um (red).", [(200, "black"), (100, "red")]),
        ("Scale bar, 100 um. (H) Northern blot", [(100, "")]),
        ("Scale bar 10 um (B) Northern blot", [(10, "")]),
        ("(D, scale bar = 5 um). E) plots of 3 mm", [(5, "D")]),
        ("Scale bars: 10 um, a\u2013c; 5 um, d.", [(10, "abc"), (5, "d")]),
        ('Scale bars: 1cm in "A", 100um in "B" and "C".', [(10000, "A"), (100, "BC")]),
        ("Scale bar = 200 um (excitation 410 \u00b1 70 nm)", [(200, "")]),
    ],
)  # fmt: skip
def test_each_length_keeps_the_labels_that_are_said_of_it(caption, expected):
    assert told(caption) == expected


def test_an_inset_has_its_own_bar():
    main, inset = lengths_in("Scale bar = 10 \u00b5m (main), 2 \u00b5m (inset) (a,b).")
    assert (main.inset, inset.inset) == (False, True)
    assert main.labels == inset.labels == ("a", "b")
    *_, last = lengths_in("Scale bars: 5 um (A-C), 2 um (D); insets, 500 nm.")
    assert (last.labels, last.inset) == ((), True)
    first, second = lengths_in("main bar: 10 um, insert: 5 um")
    assert (first.inset, second.inset) == (False, True)


def test_a_span_holds_number_and_unit():
    caption = "Cells. Scale bars, 10 \u00b5m (A) and 2\u00a0mm (B)."
    assert [caption[slice(*found.span)] for found in lengths_in(caption)] == ["10 \u00b5m", "2\u00a0mm"]


@given(
    st.integers(1, 99),
    st.sampled_from(["nm", "\u00b5m", "\u03bcm", "mm", "cm"]),
    st.sampled_from(["Scale bar, ", "Bar = ", "scale bars: ", "Bars represent "]),
)
def test_whatever_the_number_it_is_read_where_it_stands(number, unit, lead):
    caption = f"Nuclei (blue). {lead}{number} {unit}."
    (found,) = lengths_in(caption)
    assert caption[slice(*found.span)] == f"{number} {unit}"
    assert found.length_um == pytest.approx(number * {"nm": 1e-3, "mm": 1e3, "cm": 1e4}.get(unit, 1))


@given(st.text(alphabet="bars cle10\u00b5m,.;:=()-ABand inset", max_size=200))
def test_any_text_is_answered_with_spans_inside_it_in_order(text):
    spans = [found.span for found in lengths_in(text)]
    assert spans == sorted(spans)
    assert all(0 <= start < end <= len(text) for start, end in spans)


@pytest.mark.parametrize(
    "piece",
    ["scale bar ", "bar 1 \u00b5m (A), ", "scale bar (", "scale bar A, B, C, ", "1,", "bar A-", "scale bar" + " " * 300,
     "(A, B, C, D, E) bar 1 ", "scale bar 1 and 2 and 3 ", "scale bar " + "(a" * 140],
)  # fmt: skip
def test_a_hostile_caption_of_200_kb_takes_no_long_time(piece):
    caption = (piece * (200_000 // len(piece) + 1))[:200_000]
    begin = time.process_time()
    assert len(lengths_in(caption)) <= 200
    assert time.process_time() - begin < 1.0
