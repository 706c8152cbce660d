"""Panels that are in a benchmark are found, by the right check, however they were changed; others are not."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from curation.benchmark import read_benchmark
from curation.benchmark_rows import BenchmarkSet
from curation.confirm import view_of
from curation.contamination import contamination
from curation.contamination_sums import Sum, sums, worded
from curation.hash_lines import write_hashes
from curation.hash_rows import grey_in, pixels_digest
from curation.local_features import sized
from curation.orientations import ORIENTATIONS, oriented
from curation.picture_hits import Traces
from curation.sketch_bytes import packed, unpacked
from curation.sketches import sketches_of
from schemas.manifest_sections import Dedup
from schemas.records import Contamination

QUESTION = "Which of the four organelles that are marked by arrows lies nearest to the nucleus?"


def cells(seed: int) -> np.ndarray:
    """A picture of blobs with a texture, as nuclei have."""
    rng = np.random.default_rng(seed)
    blobs = ndimage.gaussian_filter((rng.random((300, 320)) > 0.9985).astype(float), 7)
    texture = ndimage.gaussian_filter(rng.normal(size=(300, 320)), 1.5)
    light = 20 + 190 * blobs / blobs.max() * (1 + 0.5 * texture)
    return (light + rng.normal(0, 2, light.shape)).clip(0, 255).astype(np.uint8)


def plain(things, total, what):
    return things


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory):
    """Cells 0 to 4, a black square, a question and a source."""
    root = tmp_path_factory.mktemp("bench")
    folder = root / "bench"
    folder.mkdir()
    for seed in range(5):
        Image.fromarray(cells(seed)).save(folder / f"{seed}.png")
    Image.new("L", (128, 128)).save(folder / "black.png")
    held, path = BenchmarkSet(folder, root / "cache"), root / "list.parquet"
    write_hashes(held, path, "bench", plain, crops=True)
    (root / "texts").mkdir()
    (root / "texts" / "test.jsonl").write_text(f'{{"question": "{QUESTION}", "pmid": 77}}\n')
    write_hashes(BenchmarkSet(root / "texts", root / "cache"), root / "texts.parquet", "texts", plain, crops=False)
    texts = read_benchmark(root / "texts.parquet", 64)
    return replace(read_benchmark(path, 64, held), texts=texts.texts, ids=texts.ids)


def traces(at: int, picture: np.ndarray, **more) -> Traces:
    found = next(iter(sketches_of(grey_in(picture), 64, parts=True)))
    return Traces(at, unpacked(packed(found.sketch)), **more)


def found(benchmark, pictures, settings: Dedup | None = None) -> dict[int, dict[str, float]]:
    """Return the checks that fire for each picture, with their scores."""
    told: dict[int, dict[str, float]] = {}
    looked = []

    def look(wanted):
        looked.extend(wanted)
        return ((at, view_of(sized(grey_in(pictures[at])))) for at in wanted)

    stream = (traces(at, picture) for at, picture in enumerate(pictures))
    for at, hit in contamination(stream, [benchmark], look, settings or Dedup()):
        assert hit.benchmark == "bench"
        told.setdefault(at, {})[hit.check] = hit.score
    assert len(looked) == len(set(looked))
    return told


@pytest.mark.parametrize("has_pixels", [True, False])
def test_a_picture_is_found_in_all_sixteen_orientations(benchmark, has_pixels):
    asked = benchmark if has_pixels else replace(benchmark, held=None)
    picture = cells(2).astype(np.int16)
    turned = [oriented(picture, way) for way in ORIENTATIONS]
    told = found(asked, [np.asarray(one if one.min() >= 0 else one + 255, np.uint8) for one in turned])
    assert told.keys() == set(range(16))
    assert all(checks["hash"] >= 1 - 8 / 64 for checks in told.values())
    assert all(("pixels" in checks) == has_pixels for checks in told.values())


@pytest.mark.parametrize("has_pixels", [True, False])
def test_a_cut_out_is_found_and_by_pixels_where_they_are(benchmark, has_pixels):
    asked = benchmark if has_pixels else replace(benchmark, held=None)
    told = found(asked, [cells(1)[60:250, 50:270]])
    assert set(told[0]) == ({"pixels"} if has_pixels else {"hash"})
    assert found(asked, [cells(1)[60:250, 50:270]], Dedup(crops=False)) == {}


@pytest.mark.parametrize("has_pixels", [True, False])
def test_other_pictures_are_not_found_and_none_that_says_little(benchmark, has_pixels):
    asked = benchmark if has_pixels else replace(benchmark, held=None)
    black = np.zeros((128, 128), np.uint8)
    assert found(asked, [*(cells(seed) for seed in range(10, 16)), black, np.full_like(black, 255)]) == {}
    digests = {"file_sha256": "", "pixels_sha256": pixels_digest(black)}
    assert list(contamination([traces(0, black, **digests)], [asked], lambda _: (), Dedup())) == []


def test_a_near_hash_that_the_pixels_refute_is_no_hit(benchmark):
    other = cells(30)
    stream = [Traces(0, benchmark.sketches[3])]
    assert list(contamination(stream, [benchmark], lambda _: [(0, view_of(sized(grey_in(other))))], Dedup())) == []


def test_a_panel_that_cant_be_seen_costs_only_itself(benchmark):
    stream = [traces(at, cells(at), texts=(QUESTION,)) for at in range(2)]
    view = view_of(sized(grey_in(cells(1))))
    told = list(contamination(stream, [benchmark], lambda _: [(1, view)], Dedup()))
    assert {(at, hit.check) for at, hit in told} == {(0, "text"), (1, "text"), (1, "hash"), (1, "pixels")}


def test_what_needs_no_picture_is_told_without_a_look(benchmark, tmp_path):
    def look(wanted):
        raise AssertionError("nothing was proposed")

    Image.fromarray(cells(4)).save(tmp_path / "4.png")
    same = hashlib.sha256((tmp_path / "4.png").read_bytes()).hexdigest()
    stream = [
        Traces(0, file_sha256=same),
        Traces(1, pixels_sha256=pixels_digest(np.stack([cells(3)] * 3, axis=-1))),
        Traces(2, ids=frozenset({"doi:10.1/x", "pmid:77"})),
        Traces(3, texts=("A caption.", f"The answer to: {QUESTION} It is the third.")),
        Traces(
            4, ids=frozenset({"pmid:78"}), texts=("A caption of no interest to anybody but its own panel, really.",)
        ),
    ]
    told = {(at, hit.check): hit.score for at, hit in contamination(stream, [benchmark], look, Dedup())}
    assert told == {(0, "pixels"): 1, (1, "pixels"): 1, (2, "source_id"): 1, (3, "text"): 1}


def test_what_is_found_doesnt_depend_on_the_lots(benchmark, monkeypatch):
    pictures = [cells(20), cells(1), cells(2)[:, ::-1], cells(21), cells(0)[40:260, 30:290], cells(22)]
    whole = found(benchmark, pictures)
    assert whole.keys() == {1, 2, 4}
    monkeypatch.setattr("curation.contamination._LOT", 2)
    monkeypatch.setattr("curation.contamination._LOTS", 2)
    monkeypatch.setattr("curation.contamination._SEEN_AT_ONCE", 1)
    monkeypatch.setattr("curation.shared_corners._LOT", 2)
    monkeypatch.setattr("curation.shared_corners._ASKED", 1)
    assert found(benchmark, pictures) == whole


def test_a_panel_is_looked_at_once_for_all_benchmarks(benchmark):
    asked = []

    def look(wanted):
        asked.extend(wanted)
        return [(at, view_of(sized(grey_in(cells(at))))) for at in wanted]

    several = [benchmark, replace(benchmark, name="list", held=None), replace(benchmark, name="again")]
    told = list(contamination([traces(at, cells(at)) for at in range(2)], several, look, Dedup()))
    assert asked == [0, 1]
    assert [(hit.benchmark, at, hit.check) for at, hit in told] == [
        ("bench", 0, "hash"),
        ("bench", 0, "pixels"),
        ("bench", 1, "hash"),
        ("bench", 1, "pixels"),
        ("list", 0, "hash"),
        ("list", 1, "hash"),
        ("again", 0, "hash"),
        ("again", 0, "pixels"),
        ("again", 1, "hash"),
        ("again", 1, "pixels"),
    ]


def test_hashes_of_256_bits_find_copies_too(tmp_path, benchmark):
    path = next(Path(benchmark.held.folder).parent.glob("list.parquet"))
    long = read_benchmark(path, 256, benchmark.held)
    sketch = next(iter(sketches_of(grey_in(cells(2)[:, ::-1]), 256, parts=True))).sketch
    view = view_of(sized(grey_in(cells(2)[:, ::-1])))
    settings = Dedup(bits=256, max_distance=24)
    told = contamination([Traces(0, sketch)], [long], lambda _: [(0, view)], settings)
    assert {hit.check for _, hit in told} == {"hash", "pixels"}


def hit(check: str, benchmark: str = "b") -> Contamination:
    return Contamination(benchmark=benchmark, check=check, score=1)


def test_sums_tell_what_each_check_found_alone_and_keep_embeddings_apart():
    hits = [
        (1, "hash"),
        (1, "pixels"),
        (2, "source_id"),
        (3, "text"),
        (3, "embedding"),
        (4, "embedding"),
        (5, "pixels"),
    ]
    told = sums((at, hit(check)) for at, check in hits)
    assert told == [
        Sum("b", "hash", 1, 0),
        Sum("b", "pixels", 2, 1),
        Sum("b", "source_id", 1, 1),
        Sum("b", "text", 1, 1),
        Sum("b", "embedding", 2, 1),
    ]
    assert worded(told)[-1] == "b: 2 look alike to the encoder, 1 of them only so"
    assert [one.benchmark for one in sums([(1, hit("hash", "z")), (1, hit("hash", "a"))])] == ["a", "z"]
