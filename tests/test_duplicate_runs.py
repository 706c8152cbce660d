"""Near duplicates in a run: one stays, the others leave with their reason, neighbours stay together, nothing twice."""

import shutil

import numpy as np
import pytest
from drawn_cells import cells
from PIL import Image

from curation import panel_pairs

FLIP = Image.Transpose.FLIP_LEFT_RIGHT


@pytest.fixture
def figure(bench):
    """Return a function that writes article `number` with a picture of its own."""

    def write(number, picture, **known):
        place = bench.article(number, **known)
        picture.convert("RGB").save(place / f"{number}-g001.jpg", quality=92)

    return write


def groups(bench):
    return {row["source_id"]: row for row in bench.rows("3-groups")}


def edges(bench):
    return {(source, edge["kind"]) for source, row in groups(bench).items() for edge in row["edges"]}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda picture: picture.resize((200, 188)), "copy"),
        (lambda picture: Image.eval(picture, lambda grey: min(255, int(grey * 1.3))), "copy"),
        (lambda picture: picture.transpose(FLIP), "oriented"),
        (lambda picture: picture.transpose(Image.Transpose.ROTATE_270), "oriented"),
        (lambda picture: Image.eval(picture, lambda grey: 255 - grey), "oriented"),
    ],
)
def test_a_changed_copy_leaves_with_its_reason_and_its_place_is_named(bench, figure, change, kind):
    figure(1, cells(1))
    figure(2, change(cells(1)))
    figure(3, cells(3))
    bench.made()
    one, two, three = (groups(bench)[f"PMC{number}"] for number in (1, 2, 3))
    assert one["duplicate_cluster"] == two["duplicate_cluster"] is not None
    assert three["duplicate_cluster"] is None
    assert [(edge["id"], edge["kind"]) for edge in one["edges"]] == [(two["id"], kind)]
    (gone,) = bench.rows("4-curated", "dropped")
    stays, goes = (one, two) if one["keeps"] else (two, one)
    assert (gone["id"], gone["reason"]) == (goes["id"], "duplicate")
    kept = {row["source_id"]: row for row in bench.published()}
    assert kept.keys() == {stays["source_id"], "PMC3"}
    row = kept[stays["source_id"]]
    assert [copy["source_id"] for copy in row["also_in"]] == [goes["source_id"]]
    assert row["duplicate_cluster"] == one["duplicate_cluster"]


def test_a_cut_out_goes_where_the_picture_that_shows_it_stays(bench, figure):
    figure(1, cells(1).crop((40, 40, 280, 260)).resize((480, 440)))  # more pixels, less to see
    figure(2, cells(1))
    bench.made()
    assert edges(bench) == {("PMC1", "crop"), ("PMC2", "crop")}
    assert [row["source_id"] for row in bench.published()] == ["PMC2"]


def test_two_figures_that_show_one_cut_out_are_two_pictures_and_both_stay(bench, figure):
    part = cells(1, (300, 280))
    for number, other in ((2, cells(5, (300, 280))), (3, cells(6, (300, 280)))):
        page = Image.new("L", (600, 280))
        page.paste(part, (0, 0))
        page.paste(other, (300, 0))
        figure(number, page)
    figure(1, part)
    bench.manifest(curation={"panels": False})
    bench.made()
    found = groups(bench)
    assert len({row["duplicate_cluster"] for row in found.values()}) == 1
    assert {source for source, row in found.items() if row["keeps"]} == {"PMC2", "PMC3"}
    splits = {row["split"] for row in bench.published()}
    assert len(splits) == 1


def test_a_cut_out_stays_where_what_shows_it_is_not_as_free(bench, figure):
    figure(1, cells(1).crop((40, 40, 280, 260)))
    figure(2, cells(1), license_code="CC BY-NC")
    bench.manifest(licenses=["CC-BY-4.0", "CC-BY-NC-4.0"])
    bench.made()
    rows = bench.rows("4-curated")
    assert {row["source_id"] for row in rows} == {"PMC1", "PMC2"}
    assert {row["license"] for row in rows} == {"CC-BY-NC-4.0"}  # of the same pixels the strictest licence governs


def test_what_is_alike_in_one_figure_or_one_volume_is_no_duplicate(bench):
    place = bench.root / "stack"
    place.mkdir()
    for number in range(3):
        Image.fromarray(np.asarray(cells(7)) // 2 + number).save(place / f"movie_{number}.png")
    source = {"type": "images", "path": "stack", "license": "CC0-1.0", "group": r"(?P<group>.*)_\d+"}
    bench.manifest(sources=[source])
    bench.made()
    assert all(row["keeps"] and not row["edges"] for row in bench.rows("3-groups"))


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_clusters_do_not_depend_on_the_order_of_arrival(bench, figure, order):
    bench.items_per_part(1)
    pictures = {1: cells(1), 2: cells(1).transpose(FLIP), 3: cells(1).resize((250, 234))}
    for number in order:
        figure(number, pictures[number])
        bench.made()
    found = groups(bench)
    assert len({row["duplicate_cluster"] for row in found.values()}) == 1
    stays = min(found["PMC1"]["id"], found["PMC2"]["id"])  # of one size, one licence and words of one length
    assert [row["id"] for row in bench.published()] == [stays]
    assert all(row["keeper"] == stays for row in found.values())


def test_pictures_are_looked_at_once_and_the_memory_may_be_lost(bench, figure, monkeypatch):
    bench.items_per_part(1)
    figure(1, cells(1))
    figure(2, cells(1).transpose(FLIP))
    bench.made()
    before = bench.rows("3-groups")
    figure(3, cells(3))
    seen = []
    compared = panel_pairs._compared
    monkeypatch.setattr(panel_pairs, "_compared", lambda *asked: seen.append({*asked[0]}) or compared(*asked))
    bench.made()
    assert {0, 1} not in seen
    assert bench.rows("3-groups")[: len(before)] == before
    (memory,) = bench.place.rglob("pairs.sqlite")
    for broken in (b"not a database at all", None):
        for file in memory.parent.iterdir():
            file.unlink()
        if broken:
            memory.write_bytes(broken * 400)
        shutil.rmtree(bench.place / "3-groups")
        bench.made()
        assert bench.rows("3-groups")[: len(before)] == before
    assert seen.count({0, 1}) == 2


def test_the_settings_say_what_counts(bench, figure):
    figure(1, cells(1))
    figure(2, cells(1).transpose(FLIP))
    figure(3, cells(1).crop((60, 60, 270, 250)))
    bench.manifest(curation={"dedup": {"orientations": False, "crops": False}})
    bench.made()
    assert len(bench.published()) == 3
    bench.manifest(curation={"dedup": {"orientations": True, "crops": False, "bits": 256, "max_distance": 24}})
    bench.made()
    assert len(bench.published()) == 2
    bench.manifest()
    bench.made()
    assert len(bench.published()) == 1


@pytest.mark.parametrize(("reason", "left"), [("privacy", {"PMC4", "PMC5"}), ("retracted", {"PMC2", "PMC4", "PMC5"})])
def test_a_takedown_of_the_picture_takes_its_changed_copies_and_its_parts_along(bench, figure, command, reason, left):
    figure(1, cells(1))
    figure(2, cells(1).transpose(Image.Transpose.ROTATE_90).resize((281, 300)))
    figure(3, cells(1).crop((40, 40, 280, 260)))
    figure(4, cells(1, (330, 300)))  # another picture
    figure(5, cells(9))
    bench.made()
    said = command("remove", bench.place, "--source-id", "PMC1", "--reason", reason, "--json")
    assert said.code == 0, said.err
    assert {row["source_id"] for row in bench.published()} == left
    gone = {"PMC1", "PMC2", "PMC3"} if reason == "privacy" else {"PMC1"}
    assert {row["source_id"] for row in bench.rows("1-figures", "dropped")} == gone


def test_a_pair_on_the_verge_is_kept_at_both_panels_and_nothing_is_done_about_it(bench, figure):
    one, other = np.asarray(cells(1)), np.array(cells(2))
    other[:, :208] = one[:, :208]
    figure(1, Image.fromarray(one))
    figure(2, Image.fromarray(other))
    figure(3, cells(3))
    bench.manifest(review={"queues": [{"name": "same", "from": "duplicates"}]})
    bench.made()
    rows = groups(bench)
    assert [doubt["id"] for doubt in rows["PMC1"]["doubts"]] == [rows["PMC2"]["id"]]
    assert [doubt["id"] for doubt in rows["PMC2"]["doubts"]] == [rows["PMC1"]["id"]]
    assert rows["PMC3"]["doubts"] == []
    assert bench.rows("4-curated", "held") == []
    before = bench.rows("3-groups")
    shutil.rmtree(bench.place / "3-groups")
    bench.made()
    assert bench.rows("3-groups") == before
