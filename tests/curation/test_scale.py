"""Scale: metadata beats a bar, a bar needs a length, and doubt gives no scale."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.scale import Scale, scale_of
from curation.scale_bars import Bar
from curation.scale_words import lengths_in

BAR = Bar((10, 10, 110, 14), 100.0, 0.9)


def test_bar_and_caption_give_micrometres_per_pixel():
    assert scale_of(BAR, lengths_in("Scale bar, 50 um."), "A") == Scale(0.5, "caption")


def test_the_length_said_of_the_panel_is_its_own():
    lengths = lengths_in("Scale bars: 5 um (A-C), 2 um (D).")
    assert scale_of(BAR, lengths, "B").microns_per_pixel == pytest.approx(0.05)
    assert scale_of(BAR, lengths, "D").microns_per_pixel == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("caption", "label"),
    [
        ("No word of it.", "A"),
        ("Scale bars: 5 um (A), 2 um (B).", "C"),
        ("Scale bars: 5 um (A), 2 um (B).", None),
        ("Scale bar, 5 um. Scale bar, 2 um.", "A"),
        ("Scale bar, 5 um (inset).", "A"),
    ],
)
def test_where_no_length_or_several_may_be_meant_there_is_no_scale(caption, label):
    assert scale_of(BAR, lengths_in(caption), label) == Scale(None, None)


def test_a_length_without_a_bar_gives_no_scale():
    assert scale_of(None, lengths_in("Scale bar, 5 um."), "A") == Scale(None, None)


@pytest.mark.parametrize(("known", "differs"), [(0.5, False), (0.48, False), (0.47, True), (0.6, True)])
def test_metadata_beat_the_bar_and_are_flagged_when_they_differ(known, differs):
    assert scale_of(BAR, lengths_in("Scale bar, 50 um."), "A", known) == Scale(known, "metadata", differs)


def test_metadata_need_no_bar():
    assert scale_of(None, [], None, 0.2) == Scale(0.2, "metadata")


def test_what_is_written_beside_the_bar_beats_the_caption_and_is_flagged_when_they_differ():
    written = BAR._replace(text="20 \u00b5m")
    assert scale_of(written, [], None) == Scale(0.2, "scale_bar")
    assert scale_of(written, lengths_in("Scale bar, 50 um."), "A") == Scale(0.2, "scale_bar", disagrees=True)


@given(st.floats(1, 1000), st.floats(10, 1000), st.floats(0.5, 4))
def test_a_picture_enlarged_shows_so_many_micrometres_a_pixel_less(length_um, length_px, factor):
    lengths = lengths_in(f"Scale bar, {length_um:.3f} um")
    one = scale_of(BAR._replace(length_px=length_px), lengths, None).microns_per_pixel
    two = scale_of(BAR._replace(length_px=length_px * factor), lengths, None).microns_per_pixel
    assert one == pytest.approx(two * factor)
