"""Exchange: what was said goes to other programs and comes back the same, with who said it and when."""

import json
import shutil
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_desks import decide, desk_of, keys, log_of, states, unclear
from review_items_by_hand import CAPTION, EDITS, ORIGINS, item_of

from curation.review_exchange import take_in
from curation.review_fiftyone import samples
from curation.review_fiftyone import verdicts as of_samples
from curation.review_label_config import config
from curation.review_label_studio import tasks
from curation.review_label_studio import verdicts as of_tasks
from curation.review_outcomes import DIFFERENT, Standing
from curation.review_parquet import verdicts as of_rows
from curation.review_records import ReviewRecord, SaidVerdict, verdicts_of
from curation.review_verdicts import Said, decisions_of

NOW = datetime(2026, 11, 29, 12, 0, 0, 123456, tzinfo=UTC)
LAYOUTS = {"label-studio": "reviewed.json", "fiftyone": "reviewed", "parquet": "reviewed.parquet"}


def record(origin, verdict, value=None, **more):
    item = item_of(origin)
    first = SaidVerdict(who="ana", when=NOW, verdict=verdict, value=value, reason="as seen", **more)
    second = SaidVerdict(who="ben@example.org", when=NOW, verdict="reject", reason="no", second=True)
    return ReviewRecord(item, "disagreed", (first, second))


def through_label_studio(told):
    made = list(tasks([told], {told.item.key: ["a.jpg", "b.jpg"]}))
    return [said for _, said in of_tasks(json.loads(json.dumps(made)), {told.item.key: told.item}.get)]


def through_fiftyone(told):
    made = list(samples([told], {told.item.key: ["a.jpg", "b.jpg"]}))
    return [said for _, said in of_samples(json.loads(json.dumps(made)))]


@pytest.mark.parametrize("through", [through_label_studio, through_fiftyone])
@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("verdict", ["accept", "reject", "edit"])
def test_verdicts_come_back_as_they_went(through, origin, verdict):
    told = record(origin, verdict, EDITS[origin] if verdict == "edit" else None, whole=verdict == "reject")
    assert through(told) == list(told.verdicts)


SIDES = st.integers(0, 478)


@given(st.lists(st.tuples(SIDES, SIDES, st.integers(1, 641), st.integers(1, 479)), min_size=1, max_size=5))
def test_boxes_in_percent_come_back_to_the_pixel(sides):
    boxes = [[left, top, min(641, left + width), min(479, top + height)] for left, top, width, height in sides]
    value = [{"key": None, "label": None, "box": box} for box in boxes]
    (said, _) = through_label_studio(record("panels", "edit", value))
    assert said.value == value


@given(st.integers(0, len(CAPTION)), st.integers(0, len(CAPTION)))
def test_spans_come_back_though_javascript_counts_otherwise(one, other):
    if one != other:
        span = sorted((one, other))
        (said, _) = through_label_studio(record("subcaptions", "edit", [span]))
        assert said.value == [span]


def test_spans_and_boxes_are_what_label_studio_reads():
    (task,) = tasks([ReviewRecord(item_of("subcaptions"), "open", ())], {item_of("subcaptions").key: ["a.jpg"]})
    first = task["predictions"][0]["result"][0]["value"]
    assert (first["start"], first["end"], first["text"]) == (0, 19, CAPTION[:18])  # the microscope counts as two
    (task,) = tasks([ReviewRecord(item_of("panels"), "open", ())], {item_of("panels").key: ["a.jpg"]})
    box = task["predictions"][0]["result"][0]
    assert box["value"]["width"] == pytest.approx(100 * 300 / 641)
    assert (box["original_width"], box["type"]) == (641, "rectanglelabels")


def test_an_annotation_without_a_verdict_says_it_by_its_value():
    made = list(tasks([record("kinds", "edit", "gel")], {item_of("kinds").key: ["a.jpg"]}))
    for choice, verdict in (("plot", "accept"), ("gel", "edit")):
        result = {"from_name": "value", "to_name": "image", "type": "choices", "value": {"choices": [choice]}}
        made[0]["annotations"] = [{"completed_by": 7, "created_at": "2026-11-29T12:00:00Z", "result": [result]}]
        ((_, said),) = of_tasks(made, {made[0]["data"]["key"]: item_of("kinds")}.get)
        assert (said.verdict, said.who) == (verdict, "Label Studio user 7")


@pytest.mark.parametrize(
    "annotation",
    [
        {"result": [{"from_name": "verdict"}], "created_at": "2026-11-29T12:00:00Z"},
        {"result": [], "created_at": "yesterday"},
        {"result": "x", "created_at": "2026-11-29T12:00:00Z"},
        {"result": [{"from_name": "value", "value": {}}], "created_at": "2026-11-29T12:00:00Z"},
        {},
    ],
)
def test_an_annotation_that_cannot_be_read_costs_itself(annotation):
    task = {"data": {"key": "k"}, "annotations": [annotation, "x", None]}
    told = list(of_tasks([task, 5, {"data": 3}, {}], {"k": item_of("kinds")}.get))
    assert [(key, type(why)) for key, why in told] == [("k", str)] * 3


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_labelling_config_is_xml_and_names_what_results_name(origin):
    from lxml import etree

    names = set(etree.fromstring(config(origin).encode()).xpath("//@name"))
    made = list(tasks([record(origin, "edit", EDITS[origin])], {item_of(origin).key: ["a.jpg", "b.jpg"]}))
    results = [each for annotation in made[0]["annotations"] for each in annotation["result"]]
    assert {each["from_name"] for each in results} | {each["to_name"] for each in results} <= names


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    return tmp_path_factory.mktemp("exchange") / "ws"


@pytest.fixture
def said(bench, once):
    """A workspace in which somebody accepted, edited, rejected and read a licence."""
    if not once.exists():
        for number in (1, 2, 3):
            bench.article(number)
        unclear(bench, 4)
        bench.manifest(review={"queues": [{"name": "audit", "from": "captions"}]})
        bench.made()
        shutil.copytree(bench.place, once)
    else:
        shutil.copytree(once, bench.place)
    desk = desk_of(bench.place)
    one, two, three = keys(desk, "audit")
    decide(desk, "audit", one, "ana")
    decide(desk, "audit", two, "ben", "edit", {"text": "Zellen, übersetzt."})
    decide(desk, "audit", three, "ana", "reject", reason="wrong value")
    decide(desk, "licenses", keys(desk, "licenses")[0], "eve", "edit", "CC-BY-4.0")
    return bench


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_workspace_takes_back_what_it_gave(said, command, layout):
    path = said.root / LAYOUTS[layout]
    given = log_of(desk_of(said.place))
    assert command("review", said.place, "--export", layout, path, "--json").json["items"] == 4
    (said.place / "decisions.sqlite").unlink()
    (said.place / "cache" / "review.sqlite").unlink()
    taken = command("review", said.place, "--import", path, "--json").json
    assert taken == {"taken": 4, "known": 0, "other": 0, "refused": [], "unplaced": []}
    desk = desk_of(said.place)
    assert sorted(log_of(desk), key=lambda one: one.when) == sorted(given, key=lambda one: one.when)
    assert {state for state, *_ in states(desk, "audit")} == {"answered"}
    again = command("review", said.place, "--import", path, "--json").json
    assert (again["taken"], again["known"]) == (0, 4)


def test_what_is_exported_for_label_studio_lies_together(said, command):
    command("review", said.place, "--export", "label-studio", said.root / "out" / "t.json")
    names = {path.name for path in (said.root / "out").iterdir()}
    assert names == {"t.json", "t_pictures", "t.captions.xml", "t.licenses.xml"}
    for task in json.loads((said.root / "out" / "t.json").read_bytes()):
        name = task["data"]["image"].rpartition("/")[2]
        assert (said.root / "out" / "t_pictures" / name).read_bytes()[:2] == b"\xff\xd8"


def test_verdicts_on_other_items_and_wrong_ones_are_told(said, command):
    path = said.root / "t.json"
    desk = desk_of(said.place)
    verdict = {"from_name": "verdict", "value": {"choices": ["edit"]}}
    annotation = {"completed_by": {"email": "mal"}, "created_at": "2026-11-29T12:00:00Z", "result": [verdict]}
    told = [{"data": {"key": key}, "annotations": [annotation]} for key in ("f" * 32, keys(desk, "audit")[0])]
    path.write_text(json.dumps(told))
    taken = command("review", said.place, "--import", path, "--json").json
    assert (taken["taken"], taken["other"], len(taken["refused"])) == (0, 1, 1)
    assert taken["unplaced"] == [f"{'f' * 32}: edit by mal at 2026-11-29T12:00:00+00:00"]
    assert f"no such item: {'f' * 32}: edit by mal" in command("review", said.place, "--import", path).out


def test_a_rejection_without_a_reason_is_not_taken_in(said, command):
    path, key = said.root / "t.json", keys(desk_of(said.place), "audit")[-1]
    verdict = {"from_name": "verdict", "value": {"choices": ["reject"]}}
    annotation = {"completed_by": {"email": "mal"}, "created_at": "2026-11-29T12:00:00Z", "result": [verdict]}
    path.write_text(json.dumps([{"data": {"key": key}, "annotations": [annotation]}]))
    taken = command("review", said.place, "--import", path, "--json").json
    assert taken["taken"] == 0
    assert "says why" in taken["refused"][0]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [("a.json", b"{", "isn't JSON"), ("b.json", b"{}", "no list of tasks"), ("c.parquet", b"PAR1", "can't be read")],
)
def test_a_file_of_another_kind_is_refused(said, command, name, content, why):
    (said.root / name).write_bytes(content)
    told = command("review", said.place, "--import", said.root / name)
    assert (told.code, why in told.err) == (2, True)


def test_nothing_is_written_over(said, command):
    (said.root / "t.json").write_text("mine")
    assert command("review", said.place, "--export", "label-studio", said.root / "t.json").code == 2
    assert command("review", said.place, "--export", "excel", said.root / "u.json").code == 2
    assert (said.root / "t.json").read_text() == "mine"


def annotated(said, result, **more):
    """Take an annotation of the last text in, and return what became of it."""
    path, key = said.root / "one.json", keys(desk_of(said.place), "audit")[-1]
    made = {"completed_by": {"email": "mal"}, "created_at": "2026-11-29T12:00:00Z", "result": result, **more}
    path.write_text(json.dumps([{"data": {"key": key}, "annotations": [made]}]))
    return take_in(desk_of(said.place), path)


def chosen(verdict):
    return [{"from_name": "verdict", "value": {"choices": [verdict]}}]


def test_an_annotation_that_says_nothing_accepts_nothing(said):
    taken = annotated(said, [])
    assert (taken["taken"], "says nothing" in taken["refused"][0]) == (0, True)
    assert 'required="true"' in config("captions")


@pytest.mark.parametrize("when", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_cannot_be_true_is_refused(said, when):
    taken = annotated(said, chosen("accept"), created_at=when)
    assert (taken["taken"], "can't be when" in taken["refused"][0]) == (0, True)


@pytest.mark.parametrize("name", ["x" * 200_000, "a\u202eb"])
def test_a_name_that_the_page_would_not_take_is_refused(said, name):
    taken = annotated(said, chosen("accept"), completed_by={"email": name})
    assert (taken["taken"], "a reviewer's name" in taken["refused"][0]) == (0, True)


@pytest.mark.parametrize("annotations", [5, "abc", {"a": 1}, [5], [None]])
def test_annotations_that_are_none_cost_themselves(annotations):
    ((key, why),) = of_tasks([{"data": {"key": "k"}, "annotations": annotations}], lambda _: None)
    assert (key, type(why)) == ("k", str)


@pytest.mark.parametrize("value", [{"width": float("inf")}, {"x": 1e308, "width": 1e308}, {"rotation": 45}])
def test_a_box_that_cannot_be_drawn_costs_itself(value):
    box = {"from_name": "value", "value": {"x": 0, "y": 0, "width": 10, "height": 10, **value}}
    made = {"completed_by": 1, "created_at": "2026-11-29T12:00:00Z", "result": [box]}
    ((_, why),) = of_tasks([{"data": {"key": "k"}, "annotations": [made]}], lambda _: item_of("panels"))
    assert isinstance(why, str)


def test_two_pictures_called_different_by_a_key_are_so_in_every_layout():
    pair = item_of("duplicates")
    for reason in ("", "neighbouring section"):
        told = Said("edit" if not reason else "reject", DIFFERENT if not reason else None, reason)
        made = tuple(decisions_of(pair, told, "ana", NOW, is_second=False))
        (said,) = verdicts_of(pair, Standing("answered", decided=made))
        again = decisions_of(pair, Said(said.verdict, said.value, said.reason), "ana", NOW, is_second=False)
        assert [one.after for one in again] == [one.after for one in made]


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    "odd",
    [
        {"verdicts": "5"},
        {"verdicts": [1]},
        {"verdicts": DEEP},
        {"answer": "accept", "answer_at": None},
        {"answer": "edit", "answer_at": "2026-11-29T12:00:00Z", "answer_value": DEEP},
        {"answer": ["accept"], "answer_at": "2026-11-29T12:00:00Z"},
    ],
)
def test_a_sample_of_fiftyone_that_cannot_be_read_costs_itself(odd):
    good = {"key": "g", "answer": "accept", "answer_at": {"$date": 1700000000000}}
    (key, why), (other, said) = of_samples([{"key": "k", **odd}, good])
    assert (key, type(why), other) == ("k", str, "g")
    assert said.when.isoformat() == "2023-11-14T22:13:20+00:00"


def test_a_value_in_parquet_that_is_too_deep_costs_itself(tmp_path):
    row = {"key": "k", "who": "ana", "when": "2026-11-29T12:00:00Z", "verdict": "edit", "reason": "", "value": DEEP}
    pq.write_table(pa.Table.from_pylist([{**row, "whole": False, "second": False}]), tmp_path / "x.parquet")
    ((_, why),) = of_rows(tmp_path / "x.parquet")
    assert "RecursionError" in why
