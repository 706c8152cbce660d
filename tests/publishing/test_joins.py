"""Joins: each published row bears what its own figure, panel, gates and caption say, and nobody else's."""

import hashlib
import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tifffile
from PIL import Image

from pipeline.pixels import inspect
from pipeline.store import Order, write_part
from pipeline.workspace import CAPTIONED, CURATED, FIGURES, PANELS, Workspace
from publishing.joins import published
from schemas.captioned import Captioned, Distilled
from schemas.errors import WorkspaceError
from schemas.panel_records import Panel
from schemas.records import Curated, Figure, Shown, make_id


def png(shade):
    buffer = io.BytesIO()
    Image.new("L", (40, 30), shade).save(buffer, "PNG")
    return buffer.getvalue()


def deep_tiff():
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.linspace(0, 60_000, 40 * 30, dtype=np.uint16).reshape(30, 40))
    return buffer.getvalue()


def figure(name, blob, **more):
    pixels = inspect(blob)
    return Figure(
        id=make_id(name),
        source="pmc",
        source_id=name,
        figure_key=name,
        member=f"{name}.png",
        family_key=name,
        caption=f"All of {name}.",
        blob=blob,
        blob_format=pixels.format,
        source_sha256=hashlib.sha256(blob).hexdigest(),
        md5=make_id(name),
        width_px=pixels.width_px,
        height_px=pixels.height_px,
        bit_depth=pixels.bit_depth,
        channels=pixels.channels,
        **more,
    )


def panel_rows(name, figure_row, box, *, license_id="CC-BY-4.0"):
    """Return the rows that the three later stages hold of one panel."""
    same = {
        "id": make_id(name, str(box)),
        "figure_id": make_id(name),
        "figure_row": figure_row,
        "source_id": name,
    }
    words = f"Part {box} of {name}."
    panel = Panel(**same, panel_key=str(box), box=box, subcaption=words, subcaption_spans=[], phash="0" * 16,
                  phash_version="1", sketch=b"")  # fmt: skip
    curated = Curated(**same, family=name, license=license_id, verdicts=[])
    return panel, curated, Captioned(**same, distilled=Distilled(text=words, prompt="verbatim"))


@pytest.fixture
def workspace(tmp_path):
    """Return a part of three figures whose second was dropped, and whose third has two panels."""
    place = Workspace(tmp_path)
    figures = [
        figure("one", png(10), license="CC-BY-4.0", license_url="https://journal.example/terms", labels=["mitosis"]),
        figure("gone", png(20), license="CC-BY-4.0"),
        figure("deep", deep_tiff(), license="CC-BY-4.0", license_url="https://journal.example/terms"),
    ]
    gone = panel_rows("gone", 1, (0, 0, 40, 30))
    kept = [
        panel_rows("one", 0, (0, 0, 40, 30)),
        panel_rows("deep", 2, (0, 0, 20, 30), license_id="CC-BY-NC-4.0"),
        panel_rows("deep", 2, (20, 0, 40, 30), license_id="CC-BY-NC-4.0"),
    ]
    panels, curated, captioned = zip(*kept, strict=True)
    stages = [
        (FIGURES, Figure, figures),
        (PANELS, Panel, [panels[0], gone[0], *panels[1:]]),
        (CURATED, Curated, [curated[0], gone[1], *curated[1:]]),
        (CAPTIONED, Captioned, captioned),
    ]
    for name, model, rows in stages:
        write_part(Order(place.stage(name), 0, model, "made for a test"), iter(rows))
    return place


def rows_of(workspace):
    return [row for run in published(workspace, 0) for row in run.rows.to_pylist()]


def test_a_row_joins_what_is_said_of_its_own_panel(workspace):
    said = [
        (row["source_id"], row["caption"], row["subcaption"], row["distilled"]["text"]) for row in rows_of(workspace)
    ]
    assert said == [
        ("one", "All of one.", "Part (0, 0, 40, 30) of one.", "Part (0, 0, 40, 30) of one."),
        ("deep", "All of deep.", "Part (0, 0, 20, 30) of deep.", "Part (0, 0, 20, 30) of deep."),
        ("deep", "All of deep.", "Part (20, 0, 40, 30) of deep.", "Part (20, 0, 40, 30) of deep."),
    ]


def test_each_panel_shows_its_own_box(workspace):
    for row in rows_of(workspace):
        left, top, right, bottom = row["box"]
        assert Image.open(io.BytesIO(row["image"]["bytes"])).size == (right - left, bottom - top)
        assert (row["width_px"], row["height_px"]) == (right - left, bottom - top)


def test_the_original_of_a_deep_picture_is_kept_once(workspace):
    assert [row["raw"] is not None for row in rows_of(workspace)] == [False, True, False]
    assert rows_of(workspace)[1]["raw_format"] == "tiff"


def two_images():
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer, ome=True) as writer:
        for shade in (10, 200):
            writer.write(np.full((30, 40), shade, np.uint8))
    return buffer.getvalue()


def test_a_file_of_two_images_is_kept_with_the_first_and_both_are_shown(tmp_path):
    place, blob = Workspace(tmp_path), two_images()
    figures = [figure("file", blob, shown=Shown(series=at)) for at in range(2)]
    kept = [panel_rows("file", at, (0, 0, 40, 30)) for at in range(2)]
    for stage, model, rows in zip(
        (FIGURES, PANELS, CURATED, CAPTIONED),
        (Figure, Panel, Curated, Captioned),
        (figures, *zip(*kept, strict=True)),
        strict=True,
    ):
        write_part(Order(place.stage(stage), 0, model, "made for a test"), iter(rows))
    rows = rows_of(place)

    assert [row["raw"] for row in rows] == [blob, None]
    assert [np.asarray(Image.open(io.BytesIO(row["image"]["bytes"])))[0, 0] for row in rows] == [10, 200]


def test_the_licences_address_is_that_of_the_licence_that_governs(workspace):
    assert [row["license_url"] for row in rows_of(workspace)] == [
        "https://journal.example/terms",
        "https://creativecommons.org/licenses/by-nc/4.0/",
        "https://creativecommons.org/licenses/by-nc/4.0/",
    ]


def test_a_label_is_the_figures_first_and_may_be_absent(workspace):
    assert [row["label"] for row in rows_of(workspace)] == ["mitosis", None, None]


def test_bytes_that_the_disk_has_changed_are_not_published(workspace):
    path = workspace.stage(FIGURES) / "part-00000.parquet"
    rotten = bytearray(path.read_bytes())
    rotten[rotten.index(b"IDAT") + 8] ^= 1
    path.write_bytes(rotten)
    with pytest.raises(WorkspaceError, match="could not verify page integrity"):
        rows_of(workspace)


def test_bytes_that_were_changed_before_they_were_written_are_not_published_either(workspace):
    """No sum of the file's can tell: only that of the bytes as they were harvested."""
    path = workspace.stage(FIGURES) / "part-00000.parquet"
    table = pq.read_table(path)
    rotten = [blob.replace(b"IDAT", b"IDAU") for blob in table["blob"].to_pylist()]
    at = table.schema.get_field_index("blob")
    pq.write_table(table.set_column(at, table.schema.field(at), pa.array(rotten, table.schema.field(at).type)), path)
    with pytest.raises(WorkspaceError, match="is damaged: the bytes"):
        rows_of(workspace)
