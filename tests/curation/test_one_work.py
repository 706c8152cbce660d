"""One work: a preprint's versions and the published article, in stages made by hand, give one record a picture."""

import io
from hashlib import sha256
from itertools import permutations

import numpy as np
import pytest
from PIL import Image

from curation import curate, groups, members
from curation.lexicons import Ontologies
from curation.panel_contamination import Decontamination
from curation.panel_rows import Asked, rows_of
from pipeline.engine import Notes
from pipeline.pixels import inspect
from pipeline.replay import Replay
from pipeline.store import Order, read_rows, read_side, write_part
from pipeline.workspace import CURATED, FIGURES, GROUPS, PANELS, Workspace
from schemas.errors import PixelError
from schemas.manifest_sections import Dedup
from schemas.panel_records import Panel
from schemas.records import Article, Curated, Figure, Group, make_id

DOI, PREPRINT = "10.5555/journal.7", "10.1101/2020.01.02.7"
ALLOWED = ["CC-BY-4.0", "CC-BY-NC-4.0", "CC0-1.0"]


def seen(number):
    """Return picture `number`: a smooth field of blobs."""
    field = np.random.default_rng(number).integers(0, 256, (6, 8), np.uint8)
    return Image.fromarray(field).resize((320, 240), Image.Resampling.BICUBIC)


def blob(number, kind):
    """Return a picture as a preprint server (TIFF) or a publisher (a smaller JPEG) gives it."""
    buffer = io.BytesIO()
    if kind in ("TIFF", "PNG"):
        seen(number).save(buffer, kind)
    elif kind == "revised":
        picture = seen(number)
        picture.paste(seen(number + 50).crop((0, 120, 106, 240)), (0, 120))
        picture.save(buffer, "JPEG", quality=80)
    else:
        seen(number).resize((200, 150)).save(buffer, "JPEG", quality=70)
    return buffer.getvalue()


def figure(source, version, number, **said):
    """Return a figure of a work: its number, its words and its picture go together."""
    published = source == "pmc"
    source_id = said.pop("source_id", "PMC7" if published else PREPRINT)
    data = blob(said.pop("picture", number), said.pop("kind", "JPEG" if published else "TIFF"))
    pixels = inspect(data)
    told = {"license": "CC-BY-4.0", "license_evidence": "CC BY 4.0 it says", "family_key": DOI}
    told |= {"figure_label": f"Fig. {number}", "caption": f"Picture {number} shows subject {number}.", **said}
    return Figure(
        id=make_id(source, source_id, version, f"f{number}"),
        source=source,
        source_id=source_id,
        version=version,
        figure_key=f"f{number}",
        member="f",
        article=Article(doi=DOI if published else PREPRINT),
        blob=data,
        blob_format=pixels.format,
        source_sha256=sha256(data).hexdigest(),
        md5=make_id("md5"),
        width_px=pixels.width_px,
        height_px=pixels.height_px,
        bit_depth=pixels.bit_depth,
        channels=pixels.channels,
        **told,
    )


def work(source, version, numbers=(1, 2, 3), **said):
    return [figure(source, version, number, **said) for number in numbers]


class Made:
    """A workspace whose parts hold the given figures, grouped and curated."""

    def __init__(self, root, parts, allowed=ALLOWED):
        self.place = Workspace(root)
        for number, figures in enumerate(parts):
            asked = Asked(Ontologies(), splits=False)
            made = (rows_of(one.model_dump(), row, asked, Replay({})) for row, one in enumerate(figures))
            panels = [panel for rows in made for panel in rows]
            write_part(Order(self.place.stage(FIGURES), number, Figure, "test"), iter(figures))
            write_part(Order(self.place.stage(PANELS), number, Panel, "test"), iter(panels))
        notes = Notes()
        rows = groups._work(Decontamination((), root, Dedup()), self.place, 0, {}, notes)
        write_part(Order(self.place.stage(GROUPS), 0, Group, "test"), rows, note=lambda: ((), notes.extra))
        settings = {"licenses": allowed, "min_short_side_px": 10}
        for number in range(len(parts)):
            rows = curate._work(settings, self.place, number, {}, Notes())
            write_part(Order(self.place.stage(CURATED), number, Curated, "test"), rows)

    def rows(self, stage):
        paths = sorted(self.place.stage(stage).glob("part-*.parquet"))
        return [row for path in paths for row in read_rows(path)]

    def left(self, side):
        return [row for _, row in read_side(self.place.stage(CURATED), side)]

    @property
    def kept(self):
        return self.rows(CURATED)


@pytest.fixture
def made(tmp_path):
    return lambda *parts, **said: Made(tmp_path / str(len(list(tmp_path.iterdir()))), parts, **said)


def places(row):
    return [(one["source"], one["source_id"], one["license"]) for one in row["also_in"]]


def test_a_preprint_and_its_article_yield_one_record_a_picture_traceable_to_both(made):
    stage = made(work("biorxiv", "1"), work("pmc", None))
    assert len(stage.kept) == 3
    for row in stage.kept:
        assert row["source_id"] == "PMC7"
        assert places(row) == [("biorxiv", PREPRINT, "CC-BY-4.0")]
    stays = {row["id"] for row in stage.kept}
    dropped = stage.left("dropped")
    assert {row["reason"] for row in dropped} == {"duplicate"}
    assert {row["source_id"] for row in dropped} == {PREPRINT}
    assert {next(one for one in stays if one in row["detail"]) for row in dropped} == stays
    assert all("pmc PMC7" in row["detail"] for row in dropped)


def test_two_versions_and_the_article_of_three_figures_each_are_three_records(made):
    stage = made(work("biorxiv", "1"), work("biorxiv", "2"), work("pmc", None))
    assert [row["source_id"] for row in stage.kept] == ["PMC7"] * 3
    assert len(stage.left("dropped")) == 6
    clusters = {row["duplicate_cluster"] for row in stage.rows(GROUPS)}
    assert len(clusters) == 3
    assert None not in clusters


def test_of_two_versions_of_a_preprint_the_newer_stays(made):
    stage = made(work("biorxiv", "10", family_key=PREPRINT), work("biorxiv", "9", family_key=PREPRINT))
    newer = {one.id for one in work("biorxiv", "10")}
    assert {row["figure_id"] for row in stage.kept} == newer
    assert [places(row) for row in stage.kept] == [[("biorxiv", PREPRINT, "CC-BY-4.0")]] * 3


def test_a_preprint_in_pmc_gives_way_to_the_article_too(made):
    """Its DOI isn't the one by which the family is called."""
    hosted = [
        one.model_copy(update={"source": "pmc", "source_id": "PMC1", "id": make_id(one.id)})
        for one in work("biorxiv", "1")
    ]
    stage = made(hosted, work("pmc", None))
    assert {row["source_id"] for row in stage.kept} == {"PMC7"}


@pytest.mark.parametrize(
    ("preprint", "article", "stays", "governs"),
    [
        ("CC-BY-4.0", "CC-BY-4.0", "PMC7", "CC-BY-4.0"),
        ("CC-BY-NC-4.0", "CC-BY-4.0", "PMC7", "CC-BY-NC-4.0"),
        ("CC-BY-4.0", "CC-BY-NC-4.0", PREPRINT, "CC-BY-NC-4.0"),
        ("CC0-1.0", "CC-BY-4.0", PREPRINT, "CC-BY-4.0"),
        ("CC-BY-4.0", "CC0-1.0", "PMC7", "CC-BY-4.0"),
    ],
)
def test_the_published_copy_stays_unless_it_is_stricter_and_the_stricter_licence_governs(
    made, preprint, article, stays, governs
):
    stage = made(work("biorxiv", "1", license=preprint), work("pmc", None, license=article))
    assert {(row["source_id"], row["license"]) for row in stage.kept} == {(stays, governs)}
    assert len(stage.kept) == 3


def test_the_verdict_names_both_licences(made):
    stage = made(work("biorxiv", "1", license="CC-BY-NC-4.0"), work("pmc", None))
    for row in stage.kept:
        (said,) = [one["evidence"] for one in row["verdicts"] if one["gate"] == "license"]
        assert "CC-BY-4.0 in PMC7 (CC BY 4.0 it says)" in said
        assert f"CC-BY-NC-4.0 in biorxiv {PREPRINT}" in said


def test_a_stricter_licence_that_is_not_allowed_takes_the_picture_along_and_is_named(made):
    stage = made(work("biorxiv", "1", license="CC-BY-NC-4.0"), work("pmc", None), allowed=["CC-BY-4.0"])
    assert stage.kept == []
    lost = [row for row in stage.left("dropped") if row["reason"] == "license_not_allowed"]
    assert {row["source_id"] for row in lost} == {"PMC7"}
    assert all(f"CC-BY-NC-4.0 in biorxiv {PREPRINT}" in row["detail"] for row in lost)


@pytest.mark.parametrize("unknown", [{"license": None}, {"third_party": True}])
def test_a_copy_whose_licence_is_not_known_makes_the_picture_wait(made, unknown):
    stage = made(work("biorxiv", "1", **unknown), work("pmc", None))
    assert stage.kept == []
    held = stage.left("held")
    assert {(row["queue"], row["reason"], row["source_id"]) for row in held} == {
        ("licenses", "license_unclear", "PMC7")
    }
    assert all(f"no licence that is known in biorxiv {PREPRINT}" in row["detail"] for row in held)


def test_what_only_one_of_the_works_shows_stays(made):
    stage = made(work("biorxiv", "1", (1, 2)), work("pmc", None, (2, 3)))
    assert sorted((row["source_id"], len(row["also_in"])) for row in stage.kept) == [
        (PREPRINT, 0),
        ("PMC7", 0),
        ("PMC7", 1),
    ]


def test_another_picture_under_the_same_number_stays_two(made):
    stage = made(work("biorxiv", "1", (1,)), work("pmc", None, (1,), picture=8))
    assert len(stage.kept) == 2


def test_renumbered_figures_find_their_own(made):
    before = [figure("biorxiv", "1", number) for number in (1, 2, 3)]
    after = [figure("pmc", None, number, figure_label=f"Figure {number + 1}.") for number in (1, 2, 3)]
    stage = made(before, after)
    assert [len(row["also_in"]) for row in stage.kept] == [1, 1, 1]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_the_same_picture_under_another_number_and_other_words_is_one(made, kind):
    other = {"figure_label": "Fig. 9", "caption": "Nothing of what was said before.", "kind": kind}
    stage = made(work("biorxiv", "1"), work("pmc", None, **other))
    assert [places(row) for row in stage.kept] == [[("biorxiv", PREPRINT, "CC-BY-4.0")]] * 3


def test_a_figure_of_which_a_sixth_was_revised_stays_two_under_its_number_and_words(made):
    """The version before it is lost otherwise: only the new one would be published."""
    stage = made(work("biorxiv", "1"), work("biorxiv", "2", (2, 3)), work("pmc", None, (1,), kind="revised"))
    assert len(stage.kept) == 4
    assert sorted(len(row["also_in"]) for row in stage.kept) == [0, 0, 1, 1]


def test_a_picture_that_can_not_be_read_again_goes_by_number_and_words(made, monkeypatch):
    def unreadable(*_):
        raise PixelError("image_corrupt", "as it says")

    monkeypatch.setattr(members, "shrunk", unreadable)
    assert len(made(work("biorxiv", "1"), work("pmc", None)).kept) == 3


def test_pixels_are_looked_at_in_turns_where_families_are_many(made, monkeypatch):
    monkeypatch.setattr(groups, "_SEEN_AT_ONCE", 1)
    theirs = {"family_key": "10.5555/journal.8", "source_id": "PMC8"}
    mine = work("biorxiv", "1", (4,), family_key="10.5555/journal.8", source_id="10.1101/8")
    stage = made(work("biorxiv", "1") + mine, work("pmc", None) + work("pmc", None, (4,), **theirs))
    assert [len(row["also_in"]) for row in stage.kept] == [1] * 4


def test_the_same_picture_in_works_of_two_families_stays_once_by_its_pixels(made):
    stage = made(work("biorxiv", "1", family_key=PREPRINT), work("pmc", None))
    assert [row["source_id"] for row in stage.kept] == ["PMC7"] * 3


def test_images_of_one_group_are_no_works(made):
    """Frames of a movie share a family and look alike; each has a source id of its own."""
    frames = [
        figure("images", None, 1, source_id=f"movie/{at:03}.tif", family_key="movie", kind=kind)
        for at, kind in enumerate(["TIFF", "JPEG"])
    ]
    assert len(made(frames).kept) == 2


def test_a_work_harvested_twice_has_its_counterparts_still(made):
    stage = made(work("biorxiv", "1"), work("biorxiv", "1"), work("pmc", None))
    assert [row["source_id"] for row in stage.kept] == ["PMC7"] * 3


def cut(rows, sizes):
    parts, at = [], 0
    for size in sizes:
        parts.append(rows[at : at + size])
        at += size
    return parts


def told(stage):
    """Return what the groups say, but for the parts' numbers and rows."""
    rows = [{k: v for k, v in row.items() if k not in ("part", "figure_row")} for row in stage.rows(GROUPS)]
    return sorted(rows, key=lambda row: row["id"])


def test_neither_the_order_nor_the_spread_of_the_parts_makes_a_difference(made):
    works = [
        work("biorxiv", "1", license="CC0-1.0"),
        work("biorxiv", "2", (1, 2, 4)),
        work("pmc", None, license="CC-BY-NC-4.0"),
    ]
    first = made(*works)
    kept = sorted(row["id"] for row in first.kept)
    assert len(kept) == 4
    for order in permutations(works):
        rows = [one for figures in order for one in figures]
        for sizes in ([9], [1, 4, 4]):
            again = made(*cut(rows, sizes))
            assert told(again) == told(first)
            assert sorted(row["id"] for row in again.kept) == kept


def test_every_duplicate_points_to_a_record_that_stays(made):
    stage = made(work("biorxiv", "1"), work("biorxiv", "2", (2, 3, 4)), work("pmc", None, (3, 4, 5)))
    rows = stage.rows(GROUPS)
    stays = {row["id"]: row for row in rows if row["keeps"]}
    assert len(stays) == 5
    for row in rows:
        if not row["keeps"]:
            keeper = stays[row["keeper"]]
            assert (row["duplicate_cluster"], row["family"]) == (keeper["duplicate_cluster"], keeper["family"])
            assert [place["source_id"] for place in row["also_in"]] == [keeper["source_id"]]
            assert row["source_id"] in {place["source_id"] for place in keeper["also_in"]}
