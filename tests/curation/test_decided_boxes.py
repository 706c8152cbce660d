from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from curation.decided_boxes import BOXES, decided_spans, drawn_boxes, key_of_box
from pipeline.decisions import Decision, in_force
from pipeline.replay import UNREADABLE, Replay
from pipeline.seen import seen_of_boxes, seen_of_spans
from schemas.records import make_id

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SIZE = (60, 40)
FIGURE = {
    "id": make_id("figure"), "source_sha256": "0" * 64, "shown": None, "caption": "(A) Cells. (B) Nuclei.",
    "license": "CC-BY-4.0", "third_party": False,
}  # fmt: skip
PANEL = make_id(FIGURE["id"], "A")
LABELS = st.sampled_from(["A", "B", "C", None])


@st.composite
def boxes(draw):
    left, top = draw(st.integers(0, SIZE[0] - 1)), draw(st.integers(0, SIZE[1] - 1))
    return [left, top, draw(st.integers(left + 1, SIZE[0])), draw(st.integers(top + 1, SIZE[1]))]


DRAWN = st.lists(st.fixed_dictionaries({"key": LABELS, "label": LABELS, "box": boxes()}), min_size=1, max_size=6)


def replay(after, *, record_id=FIGURE["id"], field=BOXES, seen=""):
    told = {"who": "ana", "when": NOW, "queue": "cut", "stage": "2-panels", "content_hash": seen}
    return Replay(in_force([Decision(**told, id=record_id, field=field, after=after)], "2-panels"))


@given(DRAWN)
def test_kept_panels_keep_their_keys_and_new_ones_have_keys_of_their_own(after):
    asked = replay(after, seen=seen_of_boxes(FIGURE))
    drawn = drawn_boxes(FIGURE, SIZE, asked)
    assume(drawn is not None)
    keys = [one.key for one in drawn]
    assert len(set(keys)) == len(keys)
    assert [list(one.box) for one in drawn] == [one["box"] for one in after]
    assert all(said["key"] in (None, one.key) for one, said in zip(drawn, after, strict=True))
    assert all(
        one.key in (one.label, key_of_box(one.box)) for one, said in zip(drawn, after, strict=True) if not said["key"]
    )


def test_what_is_drawn_where_a_moved_box_was_and_a_label_like_a_place_are_panels_of_their_own():
    moved = {"key": "0,0,20,20", "label": None, "box": [30, 0, 50, 20]}
    new = {"key": None, "label": None, "box": [0, 0, 20, 20]}
    named = {"key": None, "label": "0,0,20,20", "box": [0, 20, 20, 40]}
    for after, expected in (
        ([moved, new], ["0,0,20,20", "0,0,20,20,2"]),
        ([new, named], ["0,0,20,20", "0,20,20,40"]),
        ([moved, new, named], ["0,0,20,20", "0,0,20,20,2", "0,20,20,40"]),
    ):
        assert [one.key for one in drawn_boxes(FIGURE, SIZE, replay(after))] == expected


@given(DRAWN)
def test_boxes_are_drawn_or_told_to_be_ignored(after):
    asked = replay(after, seen=seen_of_boxes(FIGURE))
    assert (drawn_boxes(FIGURE, SIZE, asked) is None) == bool(asked.ignored)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    )
)
def test_what_isn_t_boxes_or_spans_is_told_and_breaks_nothing(after):
    assume(after is not None)
    for_boxes, for_spans = replay(after), replay(after, record_id=PANEL, field="subcaption_spans")
    drawn = drawn_boxes(FIGURE, SIZE, for_boxes)
    assert drawn is None
    assert list(for_boxes.ignored.values()) in ([UNREADABLE], ["a figure has at least one panel"])
    assert decided_spans(FIGURE, PANEL, "A", (0, 0, 9, 9), for_spans) in (None, ())


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=4))
def test_spans_are_taken_in_order_apart_and_within_the_caption_or_not_at_all(after):
    seen = seen_of_spans(FIGURE, "A", (0, 0, 9, 9))
    asked = replay(after, record_id=PANEL, field="subcaption_spans", seen=seen)
    found = decided_spans(FIGURE, PANEL, "A", (0, 0, 9, 9), asked)
    places = [at for span in after for at in span]
    sound = places == sorted(places) and all(a < b <= len(FIGURE["caption"]) for a, b in after)
    assert found == (tuple(after) if sound else None)
    assert bool(asked.ignored) != sound


def test_what_may_not_be_cut_may_be_called_whole():
    figure = FIGURE | {"license": "CC-BY-ND-4.0"}
    whole = [{"key": None, "label": None, "box": [0, 0, *SIZE]}]
    assert [one.box for one in drawn_boxes(figure, SIZE, replay(whole)) or ()] == [(0, 0, *SIZE)]
    part = replay([{"key": None, "label": None, "box": [0, 0, 9, 9]}])
    assert drawn_boxes(figure, SIZE, part) is None
    assert list(part.ignored.values()) == ["the licence lets no part be cut out: CC-BY-ND-4.0"]
