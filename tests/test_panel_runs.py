"""Compound figures in a run: cut where picture and caption agree and the licence lets them be, whole otherwise."""

import io
import json
import sys
from datetime import UTC, datetime
from functools import partial

import numpy as np
import pytest
from compound_articles import BOXES, CAPTION, GUTTER, WIDTH, compound_article
from PIL import Image

from pipeline.decisions import Decision, append, content_hash

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def compound(bench):
    """Return a function that gives article 1 a figure of four micrographs with letters, and a caption."""
    return partial(compound_article, bench)


def seen(blob):
    return np.asarray(Image.open(io.BytesIO(blob)))


def near(box, other, slack_px=4):
    return all(abs(one - two) <= slack_px for one, two in zip(box, other, strict=True))


def test_each_panel_is_a_row_with_its_own_words_and_pixels(bench, compound):
    picture = seen(compound().read_bytes())
    sums = bench.made()
    rows = sorted(bench.published(), key=lambda row: row["panel_label"])
    assert [row["panel_label"] for row in rows] == list("ABCD")
    assert all(near(row["box"], box) for row, box in zip(rows, BOXES, strict=True))
    assert [row["subcaption"] for row in rows][3] == "Cells of a frog. Tubulin in mouse cells."
    assert {row["caption"] for row in rows} == {CAPTION}
    for row in rows:
        left, top, right, bottom = row["box"]
        assert np.array_equal(
            np.asarray(Image.open(io.BytesIO(row["image"]["bytes"]))), picture[top:bottom, left:right]
        )
        assert (row["width_px"], row["height_px"]) == (right - left, bottom - top)
        assert " ".join(row["caption"][start:end] for start, end in row["subcaption_spans"]) == row["subcaption"]
    assert [row["organism"] for row in rows] == [None, None, None, "Mus musculus"]
    assert rows[0]["stain"] == "DAPI"
    panels = next(stage for stage in sums["stages"] if stage["name"] == "2-panels")
    assert (panels["found"], panels["created"], panels["kept"]) == (1, 3, 4)


def test_panels_keep_their_ids_when_boxes_move_and_are_made_once(bench, compound):
    compound()
    bench.made()
    before, parts = {row["panel_label"]: row["id"] for row in bench.published()}, bench.parts()
    bench.made()
    assert bench.parts() == parts
    compound(letters="ABCD")
    bench.made()
    assert {row["panel_label"]: row["id"] for row in bench.published()} == before


@pytest.mark.parametrize(
    ("known", "changes"),
    [
        ({"license_href": "https://creativecommons.org/licenses/by-nd/4.0/"}, {"licenses": ["CC-BY-ND-4.0"]}),
        ({"license_href": "https://creativecommons.org/licenses/by-nc-nd/4.0/"}, {"licenses": ["CC-BY-NC-ND-4.0"]}),
        ({}, {"curation": {"panels": False}}),
    ],
)
def test_what_may_or_shall_not_be_cut_stays_whole_with_its_whole_caption(bench, compound, known, changes):
    blob = compound(**known).read_bytes()
    bench.manifest(**changes)
    bench.made()
    (row,) = bench.published()
    assert (row["panel_label"], row["subcaption"], row["image"]["bytes"]) == (None, CAPTION, blob)


def test_what_doesn_t_fit_stays_whole_and_waits_where_the_manifest_asks(bench, compound):
    compound(caption=CAPTION.replace("(D)", "(D) Tubulin. (E)"))
    bench.made()
    (row,) = bench.published()
    assert row["panel_label"] is None
    (panel,) = bench.rows("2-panels")
    assert [one["field"] for one in panel["conflicts"] if one["reason"] == "panels_disagree"] == ["panels"]
    bench.manifest(review={"queues": [{"name": "cut", "from": "panels"}]})
    bench.made()
    (held,) = bench.rows("4-curated", "held")
    assert (held["queue"], held["reason"]) == ("cut", "panels_conflict")
    assert "for 5 labels" in held["detail"]
    hashed = content_hash(*(one for one in panel["conflicts"] if one["field"] == "panels"))
    said = {"who": "ana", "when": NOW, "stage": "4-curated", "id": panel["id"]}
    append(
        bench.place / "decisions.sqlite",
        [Decision(**said, queue="cut", field="panels", after="accept", content_hash=hashed)],
    )
    bench.made()
    assert len(bench.published()) == 1


@pytest.mark.parametrize(
    ("caption", "letters", "doubt"),
    [
        ("Cells. (A) Nuclei. (B) Actin.", "ABCD", "C, D in the picture, which the caption doesn't name"),
        (CAPTION, "DEFG", "E, F, G in the picture, which the caption doesn't name"),
        (CAPTION, "    ", "by rows or by columns: no letter tells which"),
    ],
    ids=["letters beyond the caption's", "other letters", "no letters in a grid"],
)
def test_panels_that_no_letter_gives_their_words_are_not_cut(bench, compound, caption, letters, doubt):
    compound(caption=caption, letters=letters)
    bench.made()
    (panel,) = bench.rows("2-panels")
    (told,) = [one for one in panel["conflicts"] if one["reason"] == "panels_disagree"]
    assert panel["panel_label"] is None
    assert doubt in str(told)


def test_letters_down_the_columns_are_the_labels_of_their_boxes(bench, compound):
    compound(letters="ACBD")
    bench.made()
    boxes = {row["panel_label"]: row["box"] for row in bench.published()}
    assert near(boxes["B"], BOXES[2])
    assert near(boxes["C"], BOXES[1])


def test_kinds_that_are_not_kept_leave_and_doubts_wait(bench, compound):
    compound()
    bench.manifest(curation={"kinds": {"keep": ["plot"], "threshold": 0.05}})
    bench.made()
    assert {row["reason"] for row in bench.rows("4-curated", "dropped")} == {"kind_not_kept"}
    bench.manifest(
        curation={"kinds": {"keep": ["microscopy"], "threshold": 1.0}},
        review={"queues": [{"name": "what", "from": "kinds"}]},
    )
    bench.made()
    held = bench.rows("4-curated", "held")
    assert {row["reason"] for row in held} == {"kind_unsure"}
    said = {"who": "ana", "when": NOW, "stage": "4-curated", "queue": "what", "field": "kind", "after": "microscopy"}
    append(bench.place / "decisions.sqlite", [Decision(**said, id=row["id"]) for row in held])
    bench.made()
    assert len(bench.published()) == 4


def test_split_prints_and_draws_the_panels_of_an_image(command, compound, tmp_path):
    path, drawn = compound(), tmp_path / "drawn.png"
    (line,) = command("split", path, "--caption", CAPTION, "--draw", drawn).lines
    assert [panel["label"] for panel in line["panels"]] == list("ABCD")
    assert all(near(panel["box"], box) for panel, box in zip(line["panels"], BOXES, strict=True))
    assert line["panels"][1]["subcaption"] == "Cells of a frog. Actin, phalloidin."
    assert seen(drawn.read_bytes()).shape == seen(path.read_bytes()).shape
    lines = tmp_path / "captions.jsonl"
    lines.write_text(json.dumps({"image": str(path), "caption": CAPTION}) + "\n{\n")
    with_file = command("split", "--captions", lines).lines
    assert with_file[0]["panels"] == line["panels"]
    assert with_file[1] == {"line": 2, "error": "no JSON"}


def test_split_without_a_caption_still_proposes_boxes(command, compound):
    (line,) = command("split", compound()).lines
    assert len(line["panels"]) == 4
    assert all(panel["confidence"] <= 0.5 for panel in line["panels"])


def test_split_of_captions_alone(command, tmp_path):
    lines = tmp_path / "captions.jsonl"
    lines.write_text(json.dumps({"id": "x", "caption": CAPTION}) + "\n" + json.dumps({"id": 2, "caption": "Cells."}))
    first, second = command("split", "--captions", lines).lines
    assert first["panels"][0]["subcaption"] == "Cells of a frog. Nuclei, DAPI."
    assert CAPTION[slice(*first["lead_spans"][0])] == "Cells of a frog."
    assert second["panels"] == []


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0broken"])
def test_a_file_that_is_no_picture_costs_itself(command, compound, tmp_path, content):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(content)
    said = command("split", bad, compound(), "--caption", CAPTION)
    assert said.code == 0
    assert "error" in said.lines[0]
    assert len(said.lines[1]["panels"]) == 4
    assert command("split").code == 2


def test_a_detector_of_the_user_s_own_plugs_in(bench, compound, tmp_path, monkeypatch):
    (tmp_path / "own_detector.py").write_text(
        "from curation.panel_boxes import PanelBox\n"
        "def quarters(pixels):\n"
        "    h, w = pixels.shape[:2]\n"
        "    spots = [(0, 0, w // 2, h // 2), (w // 2, 0, w, h // 2), (0, h // 2, w // 2, h), (w // 2, h // 2, w, h)]\n"
        "    return [PanelBox(spot, 1.0) for spot in spots]\n"
    )
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    compound()
    bench.manifest(curation={"detector": "own_detector:quarters"})
    bench.made()
    whole = 2 * WIDTH + GUTTER
    assert sorted(row["box"][2] for row in bench.published()) == [whole // 2, whole // 2, whole, whole]
    bench.manifest(curation={"detector": "own_detector:thirds"})
    said = bench.run()
    assert said.code == 2
    assert "no detector of panels can be imported" in said.err
