"""A hash list holds what finds a benchmark and none of its pictures and words; it is whole, the same, or refused."""

import csv
import io
import json
import os
import struct
import zipfile
from pathlib import Path
from zlib import crc32

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from curation import hash_list
from curation.benchmark import read_benchmark
from curation.benchmark_rows import BenchmarkSet
from curation.benchmark_texts import LEAST_SHARE
from curation.hash_list import read_head, read_kinds
from curation.table_files import TextTable
from schemas.errors import UsageError

QUESTION = "Which of the four organelles that are marked by arrows lies nearest to the nucleus?"


def picture(seed: int, side: int = 96) -> Image.Image:
    small = np.random.default_rng(seed).integers(0, 255, (12, 12), np.uint8)
    return Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC)


def png(seed: int) -> bytes:
    buffer = io.BytesIO()
    picture(seed).save(buffer, "PNG")
    return buffer.getvalue()


def bomb(side_px: int) -> bytes:
    """A PNG that says it is large, in 60 bytes."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", side_px, side_px, 1, 0, 0, 0, 0)), (b"IDAT", b""), (b"IEND", b""))
    parts = (
        struct.pack(">I", len(said)) + kind + said + struct.pack(">I", crc32(kind + said)) for kind, said in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "bench"
    (place / "deep").mkdir(parents=True)
    for seed in range(3):
        (place / "deep" / f"{seed}.png").write_bytes(png(seed))
    return place


def table(seeds: range = range(3)) -> datasets.Dataset:
    rows = {
        "image": [{"bytes": png(seed), "path": None} for seed in seeds],
        "pmid": [20228814 for _ in seeds],
        "questions": [json.dumps({"q": {"question": QUESTION, "options": ["a", "b"]}}) for _ in seeds],
        "url": [f"https://idr.openmicroscopy.org/webclient/?show=image-{seed + 100}" for seed in seeds],
    }
    features = {name: datasets.Value("int64" if name == "pmid" else "string") for name in rows}
    return datasets.Dataset.from_dict(rows, features=datasets.Features({**features, "image": datasets.Image()}))


@pytest.fixture
def hashed(command):
    """Return a function that hashes a folder; it returns the list's path, and what the command said."""

    def run(folder: Path, *more: object):
        out = folder.parent / "list.parquet"
        return out, command("hashes", folder, "--out", out, "--json", *more)

    return run


def test_a_folder_of_pictures_becomes_a_list_and_two_runs_give_the_same_bytes(folder, hashed):
    out, said = hashed(folder, "--name", "My set")
    assert said.code == 0
    sums = {"pictures": 3, "panels": 0, "texts": 0, "sources": 0, "failed": 0}
    assert said.lines == [{"benchmark": "My set", "out": str(out), **sums}]
    first = out.read_bytes()
    hashed(folder, "--name", "My set")
    assert out.read_bytes() == first
    assert [row["row"] for row in read_kinds(out, ["picture"], ["row"])] == ["deep/0.png", "deep/1.png", "deep/2.png"]


def saved(place: Path) -> None:
    datasets.DatasetDict({"test": table(), "validation": table(range(5, 6))}).save_to_disk(place)


def parquet(place: Path) -> None:
    place.mkdir()
    table().to_parquet(place / "test.parquet")
    table(range(5, 6)).to_parquet(place / "validation.parquet")


def images_with_metadata(place: Path) -> None:
    for split, seeds in (("test", range(3)), ("validation", range(5, 6))):
        (place / split).mkdir(parents=True)
        lines = []
        for seed in seeds:
            (place / split / f"{seed}.png").write_bytes(png(seed))
            url = f"https://idr.openmicroscopy.org/webclient/?show=image-{seed + 100}"
            lines.append(json.dumps({"file_name": f"{seed}.png", "pmid": 20228814, "url": url, "question": QUESTION}))
        (place / split / "metadata.jsonl").write_text("\n".join(lines))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("write", [saved, parquet, images_with_metadata])
def test_whatever_datasets_loads_becomes_a_list_all_splits(tmp_path, write, hashed):
    write(tmp_path / "bench")
    out, said = hashed(tmp_path / "bench")
    assert said.code == 0, said.err
    assert said.lines[-1] | {"out": ""} == {
        "benchmark": "bench",
        "out": "",
        "pictures": 4,
        "panels": 0,
        "texts": 1,
        "sources": 4,
        "failed": 0,
    }
    found = read_benchmark(out, 64)
    assert found.ids == {"pmid:20228814", *(f"idr:{at}" for at in (100, 101, 102, 105))}
    assert found.texts.share([QUESTION]) == 1
    held = BenchmarkSet(tmp_path / "bench", tmp_path / "cache")
    assert [held.picture(name) for name in found.rows] == [png(seed) for seed in (0, 1, 2, 5)]


def test_no_pixel_and_no_word_is_in_a_list(tmp_path, hashed):
    parquet(tmp_path / "bench")
    out, _ = hashed(tmp_path / "bench")
    columns = pq.read_table(out).to_pylist()
    told = repr(columns)
    assert "organelles" not in told
    assert png(0) not in out.read_bytes()
    assert all(len(row["sketch_256"]) > 4 * 256 for row in columns if row["kind"] == "picture")


def test_what_cant_be_read_is_told_and_kept_with_its_reason(folder, hashed):
    (folder / "broken.png").write_bytes(png(9)[:60])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "bomb.png").write_bytes(bomb(60_000))
    out, said = hashed(folder)
    assert said.code == 0
    errors = {line["row"]: line["error"].split(":")[0] for line in said.lines if "error" in line}
    assert errors.keys() == {"bomb.png", "broken.png", "empty.jpg"}
    assert errors["bomb.png"] == "image_too_large"
    kept = {row["row"]: row["reason"] for row in read_kinds(out, ["failed"], ["row", "reason"])}
    assert kept == errors
    assert said.lines[-1]["pictures"] == 3


def test_pictures_beside_a_table_that_doesnt_name_them_are_hashed_too(folder, hashed):
    for at in range(4):  # more tables than pictures: that is what `datasets` goes by
        (folder / f"labels{at}.csv").write_text("name,doi\nx,https://doi.org/10.1234/abc\n")
    out, said = hashed(folder)
    assert said.lines[-1] | {"out": "", "benchmark": ""} == {
        "benchmark": "",
        "out": "",
        "pictures": 3,
        "panels": 0,
        "texts": 0,
        "sources": 4,
        "failed": 0,
    }
    assert read_benchmark(out, 64).ids == {"doi:10.1234/abc"}


def test_what_cant_be_loaded_beside_pictures_costs_only_itself(folder, hashed):
    (folder / "originals.zip").write_bytes(b"nothing")
    _, said = hashed(folder)
    assert said.lines[-1]["pictures"] == 3


def test_json_in_a_text_is_unpacked_as_deep_as_anybody_nests_it(tmp_path, hashed):
    place = tmp_path / "bench"
    place.mkdir()
    deep = "[" * 500 + '"10.1234/deep"' + "]" * 500
    (place / "test.jsonl").write_text("\n".join(json.dumps({"a": text}) for text in (deep, '{"pmid": 5}')))
    out, said = hashed(place)
    assert said.code == 0, said.err
    assert read_benchmark(out, 64).ids == {"doi:10.1234/deep", "pmid:5"}


def test_a_set_that_names_files_elsewhere_gets_none_of_them(tmp_path, hashed):
    (tmp_path / "secret.png").write_bytes(png(1))
    place = tmp_path / "bench"
    place.mkdir()
    rows = {"image": [{"bytes": None, "path": str(tmp_path / "secret.png")}, {"bytes": png(2), "path": None}]}
    pq.write_table(pa.table(rows), place / "test.parquet")
    _, said = hashed(place)
    assert said.lines[0] == {"row": "test.parquet/0/image", "error": "image_unreadable: lies outside of the set"}
    assert said.lines[-1]["pictures"] == 1


def test_a_text_of_very_many_rows_is_a_template(tmp_path, hashed):
    place = tmp_path / "bench"
    place.mkdir()
    lines = [json.dumps({"question": QUESTION})] * 21 + [json.dumps({"question": "x y " * 900_000 + QUESTION})]
    (place / "test.jsonl").write_text("\n".join(lines))
    out, said = hashed(place)
    assert said.code == 0, said.err
    found = read_benchmark(out, 64)
    assert found.texts.share([QUESTION]) < LEAST_SHARE  # the last text repeats it, and much else
    assert said.lines[-1]["texts"] == 2


def test_pictures_and_tables_of_any_name_are_each_read_once(tmp_path, hashed):
    place = tmp_path / "bench"
    for at, name in enumerate(["train_set1.png", "test.png", "validation/a.png", "a[1].png", "train/deep/test-1.PNG"]):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(png(at))
    table(range(5, 7)).to_parquet(place / "test[1].parquet")
    table(range(7, 9)).save_to_disk(place / "saved")
    (place / "q.jsonl").write_text('{"pmid": 1}\n{"pmid": "2"}\n["pmid: 3"]\nnothing\n{"doi": "10.1234/x"}\n')
    (place / "validation" / "q.json").write_text(json.dumps([{"pmid": 4, "question": QUESTION}, {"pmid": [5]}]))
    (place / "train.csv").write_text("pmid,question\n6,a\n7,b\n")
    (place / "one.tsv").write_text("pmid\tquestion\n8\tc\n")
    (place / "train.zip").write_bytes(b"nothing")
    out, said = hashed(place)
    assert said.code == 0, said.err
    assert said.lines[-1] | {"out": ""} == {
        "benchmark": "bench",
        "out": "",
        "pictures": 9,
        "panels": 0,
        "texts": 1,
        "sources": 13,
        "failed": 2,
    }
    assert [line["row"] for line in said.lines[:-1]] == ["q.jsonl/3", "train.zip/0"]
    found = read_benchmark(out, 64)
    assert found.ids >= {"doi:10.1234/x", *(f"pmid:{at}" for at in range(1, 9))}
    held = BenchmarkSet(place, tmp_path / "cache")
    assert {held.picture(name) for name in found.rows} == {png(seed) for seed in range(9)}


def test_what_datasets_makes_of_a_table_is_made_once_until_the_table_changes(tmp_path):
    place, cache = tmp_path / "bench", tmp_path / "cache"
    place.mkdir()
    for seeds, files in ((range(2), 1), (range(2), 1), (range(5), 2)):
        if len(seeds) == 5 or not (place / "a.parquet").exists():
            table(seeds).to_parquet(place / "a.parquet")
        assert len(list(BenchmarkSet(place, cache).rows())) == len(seeds)
        assert len([path for path in cache.rglob("*.arrow") if path.is_file()]) == files


def test_pictures_in_a_zip_are_hashed_and_tables_in_it_are_told(tmp_path, hashed):
    place = tmp_path / "bench"
    place.mkdir()
    with zipfile.ZipFile(place / "train.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for at, name in enumerate(["train/a.png", "test.png", "q.jsonl", "c.png", "readme.txt"]):
            archive.writestr(name, png(at))
    whole = (place / "train.zip").read_bytes()
    at = whole.index(png(0)[:8]) if png(0)[:8] in whole else 60
    (place / "z.zip").write_bytes(whole[: at + 9] + b"\xff" * 40 + whole[at + 49 :])
    out, said = hashed(place)
    assert said.code == 0, said.err
    assert [line["row"] for line in said.lines[:-1]] == ["train.zip/2", "z.zip/0", "z.zip/2"]
    assert said.lines[-1]["pictures"] == 5
    held = BenchmarkSet(place, tmp_path / "cache")
    assert {held.picture(name) for name in read_benchmark(out, 64).rows} == {png(0), png(1), png(3)}


def test_a_json_that_is_cut_is_one_failure_and_one_of_lines_is_read_line_by_line(folder, hashed):
    (folder / "cut.json").write_text(json.dumps([{"pmid": at} for at in range(9)], indent=1)[:-9])
    (folder / "lines.json").write_text('{"pmid": 1}\n{"pmid": 2\n{"pmid": 3}\n')
    out, said = hashed(folder)
    assert [line["row"] for line in said.lines[:-1]] == ["cut.json/0", "lines.json/1"]
    assert read_benchmark(out, 64).ids == {"pmid:1", "pmid:3"}


def test_nothing_vanishes_where_questions_lie_beside_pictures(tmp_path, hashed):
    place = tmp_path / "bench"
    place.mkdir()
    for at in range(9):
        (place / f"{'train_' * (at < 3)}{at}.png").write_bytes(png(at))
    (place / "q.jsonl").write_text(json.dumps({"question": QUESTION}))
    _, said = hashed(place)
    assert [said.lines[-1][name] for name in ("pictures", "texts", "failed")] == [9, 1, 0]


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_metadata_says_what_it_says_of_its_picture_and_other_pictures_stay(tmp_path, suffix, hashed):
    place = tmp_path / "bench" / "train"
    place.mkdir(parents=True)
    for at in range(3):
        (place / f"{at}.png").write_bytes(png(at))
    rows = [{"file_name": "0.png", "pmid": 7}, {"file_name": "gone.png", "pmid": 8}, {"file_name": "0.png", "pmid": 9}]
    lines = {
        "jsonl": [json.dumps(row) for row in rows],
        "csv": ["file_name,pmid", *(f"{row['file_name']},{row['pmid']}" for row in rows)],
    }
    (place / f"metadata.{suffix}").write_text("\n".join(lines[suffix]))
    out, said = hashed(tmp_path / "bench")
    assert said.lines[-1]["pictures"] == 3
    assert [line["row"] for line in said.lines[:-1]] == [f"train/metadata.{suffix}/1/file_name/0"]
    named = {tuple(row["ids"]): row["row"] for row in read_kinds(out, ["source"], ["row", "ids"])}
    assert named[("pmid:7",)] == named[("pmid:9",)] == "train/0.png"


def test_a_name_that_isnt_utf8_is_escaped(folder, tmp_path, hashed):
    (folder / os.fsdecode(b"bad\xffutf.png")).write_bytes(png(7))
    (folder / os.fsdecode(b"bad\xff.jsonl")).write_text('{"pmid": 5}')
    (folder / os.fsdecode(b"bad\xff.png")).write_bytes(b"nothing")
    out, said = hashed(folder)
    assert said.code == 0, said.err
    assert (said.lines[-1]["pictures"], said.lines[0]["row"]) == (4, "bad\\udcff.png")
    held = BenchmarkSet(folder, tmp_path / "cache")
    assert held.picture("bad\\udcffutf.png") == png(7)
    assert read_benchmark(out, 64).ids == {"pmid:5"}


def test_words_and_names_that_no_file_can_have_cost_only_themselves(tmp_path, hashed):
    place = tmp_path / os.fsdecode(b"be\xffnch")
    place.mkdir()
    half = {"question": "\ud800 " + QUESTION, "doi": "10.1234/\ud800"}
    lines = [json.dumps(row) for row in (half, {"file_name": "a\0b.png"}, {"file_name": "\ud800.png"})]
    (place / "metadata.jsonl").write_text("\n".join(lines))
    out, said = hashed(place)
    assert said.code == 0, said.err
    assert [said.lines[-1][name] for name in ("texts", "sources", "failed")] == [1, 1, 2]
    assert read_benchmark(out, 64).name == "be\\udcffnch"


@pytest.mark.parametrize("out", ["/proc/list.parquet", "file/list.parquet", "more", "file/more/list.parquet"])
def test_a_list_that_cant_be_written_is_one_clear_error(folder, tmp_path, out, command):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "more").mkdir()
    said = command("hashes", folder, "--out", tmp_path / out)
    assert said.code == 2
    assert "can't be written: " in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda _: None, "is no folder"),
        (lambda place: place.mkdir(), "has no picture that can be read"),
        (
            lambda place: (place.mkdir(), (place / "test.parquet").write_bytes(b"PAR1 nothing")),
            "1 can't be read (test.parquet/0: ",
        ),
        (lambda place: (place.mkdir(), (place / "x.png").write_bytes(b"nothing")), "1 can't be read"),
    ],
)
def test_a_folder_without_a_benchmark_is_one_clear_error_and_no_file(tmp_path, make, message, hashed):
    make(tmp_path / "bench")
    out, said = hashed(tmp_path / "bench")
    assert said.code == 2
    assert message in said.err
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".parquet"] == []
    assert not out.exists()


def test_a_list_isnt_written_into_the_benchmark(folder, command):
    said = command("hashes", folder, "--out", folder / "list.parquet")
    assert said.code == 2
    assert "lies in" in said.err


def test_a_list_that_isnt_one_is_one_clear_error(folder, tmp_path, monkeypatch, hashed):
    out, _ = hashed(folder)
    whole = out.read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    for name, message in (("cut", "can be read"), ("other", "bricks didn't make it"), ("absent", "no such")):
        with pytest.raises(UsageError, match=message):
            read_benchmark(tmp_path / f"{name}.parquet", 64)
    monkeypatch.setitem(hash_list.MADE_BY, "format", 3)
    with pytest.raises(UsageError, match=r"another version of bricks \(format 2, not 3\)"):
        read_head(out)


def with_grams(table, grams: bytes):
    text = {"kind": "text", "row": "x", "text": 1, "grams": grams}
    return pa.concat_tables([table, pa.Table.from_pylist([text], table.schema)])


def test_a_list_with_a_wrong_column_or_damaged_rows_is_refused(folder, tmp_path, hashed):
    out, _ = hashed(folder)
    table, said = pq.read_table(out), pq.ParquetFile(out).metadata.metadata
    for name, changed, message in (
        ("less", table.drop_columns(["grams"]), "no column grams"),
        ("runs", with_grams(table, b"seven b"), "can be read"),
        ("odd", table.set_column(7, table.schema.field("sketch"), [[b"x"] * len(table)]), "can be read"),
    ):
        path = tmp_path / f"{name}.parquet"
        pq.write_table(changed.replace_schema_metadata({b"bricks.hashes": said[b"bricks.hashes"]}), path)
        with pytest.raises(UsageError, match=message):
            read_benchmark(path, 64)


def test_a_list_serves_hashes_of_both_lengths(folder, hashed):
    out, _ = hashed(folder, "--no-crops")
    short, long = read_benchmark(out, 64), read_benchmark(out, 256)
    assert [one.low.shape for one in (short.sketches[0], long.sketches[0])] == [(8, 8), (16, 16)]
    assert short.sketches[0].features is None


def test_a_table_of_long_cells_leaves_the_limit_of_others_as_it_was(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    (tmp_path / "t.csv").write_text(f"question\n{'word ' * 60_000}\n")
    assert [type(row) for row in TextTable(tmp_path / "t.csv")] == [dict]
    assert csv.field_size_limit() == before
