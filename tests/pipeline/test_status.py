"""Status on the bundled sample and on small workspaces: sums, lists, lives."""

import os
import re
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline import ledger, status, store
from pipeline.store import Counts
from pipeline.workspace import CAPTIONED, CURATED, FIGURES, GROUPS, PANELS, STAGES, Workspace


@pytest.fixture
def sample(demo):
    return Workspace(demo)


def ids(workspace, stage, side):
    folder = workspace.stage(stage)
    folders = folder if side == "kept" else folder / side
    return [row["id"] for path in sorted(folders.glob("part-*.parquet")) for row in pq.read_table(path).to_pylist()]


def test_nothing_vanishes_from_a_stage(sample):
    sums = status.sums(sample)
    assert list(sums) == list(STAGES)
    for stage, counts in sums.items():
        assert counts.found + counts.created == len(ids(sample, stage, "kept")) + sum(
            len(ids(sample, stage, side)) for side in ("dropped", "failed", "held")
        )
        for side in ("dropped", "failed", "held"):
            assert sum(getattr(counts, side).values()) == len(ids(sample, stage, side))


def test_what_one_stage_keeps_the_next_one_finds(sample):
    sums = list(status.sums(sample).values())
    assert [later.found for later in sums[1:]] == [earlier.kept for earlier in sums[:-1]]


def test_every_figure_is_accounted_for_at_every_later_stage(sample):
    kept = {stage: set(ids(sample, stage, "kept")) for stage in STAGES}
    left = {stage: {one for side in ("dropped", "held") for one in ids(sample, stage, side)} for stage in STAGES}
    panels = pq.read_table(store.part_path(sample.stage(PANELS), 0), columns=["id", "figure_id"]).to_pylist()
    assert {row["figure_id"] for row in panels} | left[PANELS] == kept[FIGURES]
    for before, after in pairwise((PANELS, GROUPS, CURATED, CAPTIONED)):
        assert kept[before] == kept[after] | left[after]
        assert not kept[after] & left[after]


def test_the_sample_shows_every_way_to_leave(sample):
    dropped = {row["reason"] for row in status.left(sample, "dropped")}
    assert dropped == {
        "duplicate",
        "image_missing",
        "image_truncated",
        "license_not_allowed",
        "license_unknown",
        "no_caption",
        "no_figures",
        "third_party",
        "too_small",
    }
    assert [row["queue"] for row in status.left(sample, "held")] == ["licenses"]
    assert [row["reason"] for row in status.left(sample, "failed")] == ["xml_truncated"]


def test_a_reason_or_a_queue_narrows_the_list(sample):
    assert len(list(status.left(sample, "dropped", "too_small"))) == 1
    assert len(list(status.left(sample, "held", "licenses"))) == 1
    assert list(status.left(sample, "held", "license_unclear")) == []


@pytest.mark.parametrize(
    ("counts", "rate"),
    [(Counts(), 0.0), (Counts(found=4, failed={"a": 1, "b": 1}), 0.5), (Counts(found=3, dropped={"x": 3}), 0.0)],
)
def test_the_failure_rate_is_a_share_of_what_was_found(counts, rate):
    assert status.failure_rate(counts) == rate


def test_an_empty_workspace_has_no_stages(tmp_path):
    said = status.status(Workspace(tmp_path))
    assert said == {"stages": [], "dataset": None}
    assert list(status.kept(Workspace(tmp_path))) == []


def test_a_stage_that_was_cut_short_is_not_complete(bench):
    bench.article(1)
    bench.made()
    (bench.place / "4-curated" / "part-00000.parquet").unlink()
    (bench.place / "4-curated" / "stage.json").write_text('{"complete": false}')
    (stage,) = (one for one in status.status(Workspace(bench.place))["stages"] if one["name"] == CURATED)
    assert (stage["complete"], stage["kept"]) == (False, 0)


def test_a_life_holds_every_stage_and_decision_and_no_bytes(bench, command):
    bench.article(1, figures=2)
    bench.made()
    (row, other) = bench.rows("1-figures")
    command("remove", bench.place, "--id", row["id"], "--reason", "privacy")
    life = status.life(Workspace(bench.place), row["id"])
    assert [trace["became"] for trace in life if "stage" in trace] == ["dropped"]
    said = [trace["decision"] for trace in life if "decision" in trace]
    assert [(one["field"], one["reason"]) for one in said] == [("id", "privacy"), ("sha256", "privacy")]
    whole = status.life(Workspace(bench.place), other["id"])
    assert [trace["stage"] for trace in whole] == list(STAGES)
    assert not [value for trace in whole for value in trace["row"].values() if isinstance(value, bytes)]
    assert status.life(Workspace(bench.place), "f" * 32) == []


def told_twice(bench):
    """A run on three articles, of which one is kept, one lacks its picture and one is cut; then on newer files."""
    bench.items_per_part(2)
    bench.article(1)
    (picture,) = bench.article(2).glob("*.jpg")
    picture.unlink()
    (xml,) = bench.article(3).glob("*.xml")
    xml.write_bytes(xml.read_bytes()[:-40])
    bench.manifest(on_error={"max_failure_rate": 1.0})
    bench.made()
    first = lists(bench)
    for path in bench.inputs.rglob("*"):
        os.utime(path, (2_000_000_000, 2_000_000_000))
    return first, bench.run()


def lists(bench):
    """Return what `left` tells of each side."""
    told = {side: list(status.left(Workspace(bench.place), side)) for side in status.SIDES}
    return {
        side: sorted((row["stage"], row["reason"], row["source_id"]) for row in rows) for side, rows in told.items()
    }


def test_what_came_of_an_older_state_is_in_no_list(bench):
    first, _ = told_twice(bench)
    assert first == lists(bench)
    assert [reason for _, reason, _ in first["dropped"]] == ["image_missing"]
    assert [reason for _, reason, _ in first["failed"]] == ["xml_truncated"]


def test_lists_have_as_many_lines_as_the_sums_say(bench):
    told_twice(bench)
    for side, rows in lists(bench).items():
        each = (getattr(counts, side) for counts in status.sums(Workspace(bench.place)).values())
        assert len(rows) == sum(sum(counts.values()) for counts in each)


def test_history_is_listed_for_those_who_ask(bench):
    told_twice(bench)
    (row,) = status.left(Workspace(bench.place), "dropped", status.NOT_LISTED)
    assert (row["source_id"], row["stage"]) == ("PMC1", PANELS)


def test_the_progress_counts_no_history(bench):
    _, again = told_twice(bench)
    lines = [line for line in again.err.splitlines() if line.startswith(f"{PANELS}  ")]
    assert lines
    assert all("dropped 0" in line for line in lines)


def test_only_what_is_listed_is_tried_again(bench, command):
    told_twice(bench)
    assert "1 parts are made again" in command("retry", bench.place).err


def test_articles_are_what_a_source_is_asked_about(bench):
    bench.article(7, figures=2)
    bench.made()
    said = list(status.articles(Workspace(bench.place)))
    row = {"source": "pmc", "source_id": "PMC7", "version": "1", "license": "CC-BY-4.0"}
    with ledger.reading(bench.place / "ledger.sqlite") as book:
        item = book.parts()[0][0]
    assert said == [("pmc/path", {**row, "key": item.key, "stamp": item.stamp})] * 2


def test_every_reason_that_the_pages_name_is_known():
    docs = Path(__file__).parents[2] / "docs"
    run = (docs / "run.md").read_text()
    sources = "\n".join((docs / f"{name}.md").read_text() for name in ("pmc", "elabftw", "rspace"))
    tables = [run.partition("## The reasons")[2].partition("## Try again")[0]]
    tables += re.findall(r"^\| (?:dropped|failed).*?\n\n", sources, re.MULTILINE | re.DOTALL)
    named = {
        word
        for table in tables
        for line in table.splitlines()
        if line.startswith("|")
        for cell in line.split("|")[1:3]
        for word in re.findall(r"`([a-z_]+)`", cell)
    }
    assert len(named) > 30
    assert named <= status.REASONS
