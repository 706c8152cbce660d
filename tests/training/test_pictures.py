"""Pictures: a row or a file that nothing can be learnt from costs only itself, is named, and is told once."""

import hashlib
import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from drawn_masks import drawn, put
from PIL import Image

from schemas.errors import UsageError
from training.folds import entries_of

pytest.importorskip("torch")
pytestmark = pytest.mark.train

QUESTION = {"role": "user", "content": "What?\n<image>"}
ANSWER = {"role": "assistant", "content": "Nothing."}
ODD = {
    "nobody asks": None,
    "nobody asks anything": [ANSWER],
    "its questions have 2": [{"role": "user", "content": "<image> and <image>?"}, ANSWER],
    "questions have 2 places": [QUESTION, ANSWER, QUESTION, ANSWER],
    "nobody answers": [QUESTION],
    "image_empty": [QUESTION, ANSWER],
}


def blob(shade=0):
    held = io.BytesIO()
    Image.fromarray(np.full((20, 30, 3), shade, np.uint8)).save(held, "PNG")
    return held.getvalue()


def table(data, view, rows, split="train"):
    (data / view).mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), data / view / f"{split}-00000-of-00001.parquet")


def talk(turns, image=None, **more):
    return {"image": {"bytes": image or blob(), "path": None}, "purpose": "align", "conversation": turns} | more


@pytest.mark.parametrize("why", ODD)
def test_an_odd_row_is_left_out_and_told_once_with_its_reason(tmp_path, capsys, why):
    from training.pictures import talk_rows, talk_shelf, talk_texts

    rows = [talk([QUESTION, ANSWER]), talk(ODD[why]), talk([QUESTION, ANSWER])]
    if why == "image_empty":
        rows[1]["image"] = None
    table(tmp_path, "conversations", rows)
    for _ in ("one stage", "another"):
        shelf = talk_shelf(talk_rows(tmp_path, "align"), 32)
        assert [shelf[at].turns[1][1] for at in range(3)] == ["Nothing."] * 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("row 1 of conversations/train-00000-of-00001.parquet is left out: ")
    assert why in line
    assert "Nothing." in list(talk_texts(talk_rows(tmp_path, "align")))


def test_where_all_rows_are_odd_it_is_one_error(tmp_path):
    from training.pictures import talk_rows, talk_shelf

    table(tmp_path, "conversations", [talk([QUESTION])])
    with pytest.raises(UsageError, match="none of the pictures can be used"):
        talk_shelf(talk_rows(tmp_path, "align"), 32)[0]


def test_a_picture_without_an_object_is_named_once_in_all_stages(tmp_path, capsys):
    from training.pictures import seen_shelf

    for at in range(3):
        image, labels = drawn(at)
        put(tmp_path / "cells", f"p{at}", image, labels * (at != 1))
    for _ in range(2):
        shelf = seen_shelf(entries_of(tmp_path, "all"), 32)
        assert shelf.datasets == ["cells"] * 3
        assert shelf[1].sha256 == shelf[2].sha256
    assert capsys.readouterr().err == "cells/p1 is left out: shows no object\n"


def test_a_rendered_picture_has_the_digest_of_its_original_as_evaluation_has_it(tmp_path):
    from training.pictures import talk_rows, talk_shelf

    deep, plain = hashlib.sha256(b"deep").hexdigest(), hashlib.sha256(blob(9)).hexdigest()
    table(tmp_path, "conversations", [talk([QUESTION, ANSWER], blob(at), id=key) for key, at in (("a", 1), ("b", 9))])
    originals = [
        {"id": "a", "source_sha256": deep, "raw_format": "tiff"},
        {"id": "b", "source_sha256": "of the whole figure", "raw_format": None},
    ]
    table(tmp_path, "panels", originals)
    shelf = talk_shelf(talk_rows(tmp_path, "align"), 32)
    assert [shelf[at].sha256 for at in range(2)] == [deep, plain]
