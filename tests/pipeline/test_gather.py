"""Gather: the report's numbers are those of the workspace, its pictures a bounded sample."""

import io
import json

import pyarrow.parquet as pq
import pytest
from PIL import Image

from pipeline import status
from pipeline.gather import gather
from pipeline.report_records import MAX_PILE_CARDS
from pipeline.workspace import Workspace


@pytest.fixture
def told(demo):
    return gather(Workspace(demo), "demo", "runs/demo")


def test_the_funnel_is_that_of_status(told, demo):
    sums = status.sums(Workspace(demo))
    assert [(stage.name, stage.found, stage.kept) for stage in told.stages] == [
        (name, counts.found, counts.kept) for name, counts in sums.items()
    ]


def test_counts_by_source_and_licence_add_up(told):
    figures = told.stages[0].kept
    assert sum(one.figures for one in told.sources) == figures
    assert sum(one.figures for one in told.licenses) == figures
    assert sum(one.kept for one in told.sources) == sum(one.kept for one in told.licenses) == told.stages[-1].kept
    assert {one.source for one in told.sources} == {"pmc", "biorxiv"}
    assert told.size.figures == figures


def test_what_may_be_sold_is_told_of_each_licence(told):
    commercial = {one.license: one.commercial for one in told.licenses}
    assert (commercial["CC-BY-4.0"], commercial["CC-BY-NC-4.0"], commercial[None]) == (True, False, False)


def test_every_pile_of_what_left_is_there_with_its_count(told, demo):
    for side in ("dropped", "held", "failed"):
        rows = list(status.left(Workspace(demo), side))
        assert sum(pile.count for pile in getattr(told, side)) == len(rows)
        assert sum(len(pile.cards) for pile in getattr(told, side)) == len(rows)


def test_what_was_kept_is_shown_with_its_picture_and_caption(told, demo):
    assert len(told.kept) == told.stages[-1].kept
    assert all(card.thumb and card.caption and card.license for card in told.kept)
    kept = {row["id"] for row in status.kept(Workspace(demo))}
    assert {card.id for card in told.kept} == kept


def test_each_panel_of_a_figure_is_shown_by_its_own_picture_and_letter(told, demo):
    panels = {row["id"]: row for row in pq.read_table(demo / "2-panels" / "part-00000.parquet").to_pylist()}
    cut = [card for card in told.kept if panels[card.id]["panel_label"]]
    assert len({panels[card.id]["figure_id"] for card in cut}) < len(cut)
    assert len({card.thumb for card in cut}) == len({card.caption for card in cut}) == len(cut)
    for card in cut:
        left, top, right, bottom = panels[card.id]["box"]
        small = Image.open(io.BytesIO(card.thumb))
        assert (card.width_px, card.height_px) == (right - left, bottom - top)
        assert abs(small.width / small.height - (right - left) / (bottom - top)) < 0.05
        assert card.caption.removeprefix("… ").partition(" ")[0] in panels[card.id]["subcaption"]
        assert card.label.endswith(f"panel {panels[card.id]['panel_label']}")


def test_pictures_are_small(told):
    cards = [*told.kept, *(card for pile in (*told.dropped, *told.held) for card in pile.cards)]
    sizes = [Image.open(io.BytesIO(card.thumb)).size for card in cards if card.thumb]
    assert max(map(max, sizes)) <= 320


def test_kinds_are_told_as_the_panels_have_them(told):
    assert sum(told.kinds.values()) == told.stages[-1].kept


def test_what_never_was_a_figure_is_shown_without_a_picture(told):
    (pile,) = (pile for pile in told.dropped if pile.name == "image_missing")
    assert pile.cards[0].thumb is None
    assert pile.cards[0].detail
    (held,) = told.held
    assert held.cards[0].thumb


def test_views_are_those_of_the_dataset(told, demo):
    state = json.loads((demo / "cache" / "dataset.json").read_text())
    assert {view.view: view.splits for view in told.views} == state["rows"]
    assert told.dataset == "runs/demo/dataset"


def test_a_large_pile_shows_a_sample_and_counts_all(bench):
    for number in range(1, MAX_PILE_CARDS + 4):
        bench.article(number, license_code="CC BY-NC")
    bench.made()
    said = gather(Workspace(bench.place), "bench", "ws")
    (pile,) = said.dropped
    assert (pile.name, pile.count, len(pile.cards)) == ("license_not_allowed", MAX_PILE_CARDS + 3, MAX_PILE_CARDS)
    assert [card.id for card in pile.cards] == sorted(card.id for card in pile.cards)
    assert said.dataset is None


def test_before_anything_was_made_there_is_nothing_to_show(tmp_path):
    said = gather(Workspace(tmp_path), "empty", "ws")
    assert (said.stages, said.kept, said.dropped, said.views) == ([], [], [], [])


def test_the_report_survives_the_loss_of_the_cache(bench, command):
    import shutil

    bench.article(1)
    bench.made()
    page = (bench.place / "report" / "index.html").read_bytes()
    shutil.rmtree(bench.place / "cache")
    bench.made()
    assert (bench.place / "report" / "index.html").read_bytes() == page


def test_a_page_that_a_killed_run_left_behind_its_dataset_is_written_anew(bench):
    bench.article(1)
    bench.made()
    page, known = bench.place / "report" / "index.html", bench.place / "cache" / "report.json"
    older, older_known = page.read_bytes(), known.read_bytes()
    bench.article(2)
    bench.made()
    newer = page.read_bytes()
    page.write_bytes(older)
    known.write_bytes(older_known)
    bench.made()
    assert page.read_bytes() == newer != older


def test_a_run_with_nothing_to_do_leaves_the_page_alone(bench):
    bench.article(1)
    bench.made()
    page = bench.place / "report" / "index.html"
    page.write_text("touched")
    bench.made()
    assert page.read_text() == "touched"
