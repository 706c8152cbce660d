"""The contact sheet: what may not be sold or adapted is never on it, sources and kinds take turns, labels are ids."""

import io
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from publishing.contact_sheet import FILE, _chosen, write_contact_sheet
from schemas.features import arrow_schema
from schemas.published_rows import PublishedPanel


def png(colour, size=(40, 30), mode="RGB"):
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, "PNG")
    return out.getvalue()


def panel(number, **known):
    row = {
        "id": f"{number:032x}",
        "image": {"bytes": png((number % 256, 0, 0)), "path": None},
        "license": "CC-BY-4.0",
        "attribution": f"author {number}",
        "source": "pmc",
        "kind": "microscopy",
        "family": f"family {number}",
        "width_px": 40,
        "height_px": 30,
    }
    return {**row, **known}


def dataset(folder, rows, view="panels"):
    (folder / view).mkdir(parents=True, exist_ok=True)
    schema = arrow_schema(PublishedPanel)
    columns = {name: [row.get(name) for row in rows] for name in schema.names}
    arrays = [pa.array(columns[field.name], field.type) for field in schema]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), folder / view / "train-00000-of-00001.parquet")
    return folder


@pytest.mark.parametrize("licence", ["CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-4.0"])
def test_what_may_not_be_sold_or_adapted_is_not_on_it(tmp_path, licence):
    dataset(tmp_path, [panel(1), panel(2, license=licence)])
    assert [one.id for one in write_contact_sheet(tmp_path)] == [f"{1:032x}"]


def test_where_nothing_may_be_shown_there_is_no_file(tmp_path):
    dataset(tmp_path, [panel(1, license="CC-BY-NC-4.0")], "panels-noncommercial")
    assert write_contact_sheet(tmp_path) == []
    assert not (tmp_path / FILE).exists()


def test_it_shows_the_pictures_in_the_order_that_is_told(tmp_path):
    dataset(tmp_path, [panel(1, kind="plot", image={"bytes": png("red")}), panel(2, image={"bytes": png("blue")})])
    shown = write_contact_sheet(tmp_path)
    assert [(one.label, one.attribution) for one in shown] == [("00000000", "author 2"), ("00000000", "author 1")]
    with Image.open(tmp_path / FILE) as sheet:
        seen = [sheet.convert("RGB").getpixel((10 + 190 * at + 90, 10 + 80)) for at in range(2)]
    assert seen[0][2] > seen[0][0] + 150
    assert seen[1][0] > seen[1][2] + 150


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA", "1"])
def test_pictures_of_every_8_bit_mode_are_shown(tmp_path, mode):
    dataset(tmp_path, [panel(1, image={"bytes": png(0, mode=mode)})])
    assert len(write_contact_sheet(tmp_path)) == 1


def test_a_picture_too_large_to_be_opened_for_a_small_one_is_left_out(tmp_path):
    dataset(tmp_path, [panel(1, width_px=20_000, height_px=20_000), panel(2)])
    assert [one.id for one in write_contact_sheet(tmp_path)] == [f"{2:032x}"]


def test_a_picture_that_does_not_open_is_left_out_and_the_others_are_shown(tmp_path):
    dataset(tmp_path, [panel(1, image={"bytes": b"no picture"}), panel(2), panel(3, image={"bytes": png("red")[:-40]})])
    assert [one.id for one in write_contact_sheet(tmp_path)] == [f"{2:032x}"]


rows = st.builds(
    panel,
    st.integers(0, 500),
    source=st.sampled_from(["pmc", "idr"]),
    kind=st.sampled_from(["microscopy", "plot", None]),
    family=st.sampled_from([f"f{n}" for n in range(40)]),
)


@given(st.lists(rows, max_size=80, unique_by=lambda row: row["id"]), st.integers(0, 9))
def test_which_are_shown_depends_on_no_order_and_every_source_and_kind_is(each, seed):
    chosen = _chosen(each)
    assert len(chosen) == min(24, len(each))
    mixed = random.Random(seed).sample(each, len(each))
    assert [row["id"] for row in _chosen(mixed)] == [row["id"] for row in chosen]
    sorts = {(row["source"], row["kind"]) for row in each}
    assert {(row["source"], row["kind"]) for row in chosen} == sorts
