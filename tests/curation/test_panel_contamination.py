"""Panels of a workspace are found in the benchmarks that its manifest names, by picture, source and words."""

import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from curation.contamination_sums import sums
from curation.encoders import Encode
from curation.panel_contamination import Decontamination, looked_for, pictures, traces
from pipeline.store import read_rows
from pipeline.workspace import PANELS, Workspace
from schemas.errors import UsageError
from schemas.manifest_sections import Dedup, Encoder


@pytest.fixture
def made(bench):
    """A workspace with the panels of three articles, and what the benchmarks of a manifest hold of them."""
    for number in (1001, 1002, 1003):
        bench.article(number)
    bench.made("--until", PANELS)
    return bench


def found(made, *benchmarks: str):
    asked = Decontamination(benchmarks, made.root, Dedup())
    return looked_for(Workspace(made.place), asked)[0]


def sources(made) -> list[str]:
    return [row["source_id"] for row in panels(made)]


def panels(made):
    return [
        row
        for path in sorted((made.place / PANELS).glob("part-*.parquet"))
        for row in read_rows(path, ["source_id", "subcaption", "figure_id"])
    ]


def test_without_benchmarks_nothing_is_read(made):
    assert found(made) == {}
    assert Decontamination((), made.root, Dedup()).state is None


def test_the_pictures_of_a_folder_are_found_whatever_was_done_to_them(made):
    (made.root / "bench").mkdir()
    original = next((made.inputs / "PMC1002").glob("*.jpg"))
    turned = Image.open(io.BytesIO(original.read_bytes())).transpose(Image.Transpose.ROTATE_90)
    turned.save(made.root / "bench" / "turned.png")
    hits = found(made, "bench")
    assert [sources(made)[at] for at in hits] == ["PMC1002"]
    assert {hit.check for one in hits.values() for hit in one} == {"hash", "pixels"}
    shutil.copy(original, made.root / "bench" / "same.jpg")
    again = found(made, "bench")
    assert again.keys() == hits.keys()
    assert {hit.check: hit.score for one in again.values() for hit in one} == {"hash": 1.0, "pixels": 1.0}


def test_sources_and_words_are_found_by_a_list_that_has_neither(made, command):
    words = "A sentence of the benchmark that some article repeats without a change to it."
    (made.root / "set").mkdir()
    lines = [{"question": words, "pmcid": 1003}]
    (made.root / "set" / "test.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert command("hashes", made.root / "set", "--out", made.root / "list.parquet", "--name", "QA").code == 0
    hits = found(made, "list.parquet")
    assert [(sources(made)[at], [hit.check for hit in one]) for at, one in hits.items()] == [("PMC1003", ["source_id"])]
    assert [tuple(one) for one in sums((at, hit) for at, one in hits.items() for hit in one)] == [
        ("QA", "source_id", 1, 1)
    ]


def test_a_caption_that_is_a_benchmarks_text_is_found(made):
    (made.root / "set").mkdir()
    caption = panels(made)[1]["subcaption"]
    (made.root / "set" / "test.jsonl").write_text(json.dumps({"answer": f"It reads: {caption}"}))
    hits = found(made, "set")
    assert hits.keys() == {1}
    assert [hit.check for hit in hits[1]] == ["text"]


def test_an_encoder_that_the_manifest_names_tells_what_looks_alike(made, monkeypatch):
    def tones(pictures):
        counts = np.array([np.histogram(one, 32, (0, 255))[0] for one in pictures], np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)

    monkeypatch.setattr("curation.encoders.encoder", lambda _asked, _folder: Encode("tones", tones))
    (made.root / "bench").mkdir()
    shutil.copy(next((made.inputs / "PMC1002").glob("*.jpg")), made.root / "bench" / "same.jpg")
    asked = Decontamination(("bench",), made.root, Dedup(), Encoder(model="org/tones", min_cosine=0.9999))
    hits = looked_for(Workspace(made.place), asked)[0]
    assert [hit.check for hit in hits[sources(made).index("PMC1002")]] == ["hash", "pixels", "embedding"]


def test_a_panels_traces_are_those_of_its_figure(made):
    told = list(traces(Workspace(made.place)))
    assert [one.at for one in told] == list(range(3))
    for panel, one in zip(panels(made), told, strict=True):
        assert f"pmcid:{panel['source_id']}" in one.ids
        assert panel["subcaption"] in one.texts
        assert one.sketch is not None
        assert len(one.file_sha256) == 64
    assert [at for at, _ in pictures(Workspace(made.place))] == [0, 1, 2]


def test_a_benchmark_that_isnt_there_is_told_before_anything_is_made(made):
    asked = Decontamination(("absent.parquet",), made.root, Dedup())
    with pytest.raises(UsageError, match="no such file or folder"):
        _ = asked.state
