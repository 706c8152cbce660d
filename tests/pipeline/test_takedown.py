"""Takedowns: bytes gone from every file, and what was named can't come back."""

import errno
import json
import shutil
from datetime import UTC, datetime

import pytest

from pipeline.decisions import REMOVED
from pipeline.takedown import Takedown, decisions_of, who_asks
from pipeline.workspace import Workspace

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def three(bench):
    """Three articles in two parts; the third holds a copy of the first one's picture."""
    bench.items_per_part(2)
    for number in (1, 2, 3):
        bench.article(number)
    shutil.copy(bench.inputs / "PMC1" / "1-g001.jpg", bench.inputs / "PMC3" / "3-g001.jpg")
    bench.made()
    return bench


def selectors(bench):
    (row,) = (row for row in bench.rows("1-figures") if row["source_id"] == "PMC1")
    (panel,) = (panel["id"] for panel in bench.rows("2-panels") if panel["source_id"] == "PMC1")
    digest = row["source_sha256"]
    return {"doi": row["article"]["doi"], "source-id": "PMC1", "sha256": digest, "id": row["id"], "panel": panel}


def remove(command, bench, by, reason="request"):
    value = selectors(bench)[by]
    option = "--id" if by == "panel" else f"--{by}"
    return command("remove", bench.place, option, value, "--reason", reason, "--json")


def holding(bench, blob):
    """Return the files of the workspace in which a picture's bytes, or its middle, still stand."""
    core = blob[len(blob) // 4 : len(blob) // 2]
    files = [path for path in bench.place.rglob("*") if path.is_file()]
    return [path.relative_to(bench.place).as_posix() for path in files if core in path.read_bytes()]


@pytest.mark.parametrize("by", ["doi", "source-id", "sha256", "id", "panel"])
def test_what_is_removed_is_in_no_file_any_more(three, command, by):
    blob = (three.inputs / "PMC1" / "1-g001.jpg").read_bytes()
    assert holding(three, blob)
    said = remove(command, three, by)
    assert said.code == 0, said.err
    assert holding(three, blob) == []
    assert {row["source_id"] for row in three.published()} == {"PMC2"}
    assert {row["reason"] for row in three.rows("1-figures", "dropped")} == {REMOVED}
    assert "request" in three.rows("1-figures", "dropped")[0]["detail"]
    assert said.json["stages"][0]["found"] == 3


@pytest.mark.parametrize("by", ["doi", "source-id", "sha256", "id"])
def test_what_is_removed_stays_out_when_it_comes_again(three, command, by):
    blob = (three.inputs / "PMC1" / "1-g001.jpg").read_bytes()
    remove(command, three, by)
    (three.inputs / "PMC1").rename(three.inputs / "under-another-name")
    three.made()
    (three.place / "ledger.sqlite").unlink()
    three.made()
    shutil.rmtree(three.place / "1-figures")
    three.made("--set", "on_error.max_failure_rate=1")  # the old name isn't there to be read again
    assert holding(three, blob) == []
    assert {row["source_id"] for row in three.published()} == {"PMC2"}


def test_the_picture_itself_stays_out_when_another_article_brings_it(three, command):
    blob = (three.inputs / "PMC1" / "1-g001.jpg").read_bytes()
    remove(command, three, "doi")
    three.article(9)
    (three.inputs / "PMC9" / "9-g001.jpg").write_bytes(blob)
    three.made()
    assert holding(three, blob) == []


@pytest.mark.parametrize("reason", ["retracted", "Withdrawn by the authors", "license changed"])
def test_a_matter_of_one_article_leaves_the_copy_elsewhere(three, command, reason):
    remove(command, three, "doi", reason)
    assert {row["source_id"] for row in three.published()} == {"PMC2", "PMC3"}
    (copy,) = (row for row in three.published() if row["source_id"] == "PMC3")
    assert copy["duplicate_cluster"] is None


def test_removing_the_last_row_leaves_no_dataset(bench, command):
    bench.article(1)
    bench.made()
    said = remove(command, bench, "doi")
    assert said.code == 0
    assert said.json["dataset"] is None
    assert not (bench.place / "dataset").exists()


def test_a_takedown_of_what_is_not_here_is_kept_for_later(bench, command):
    bench.article(1)
    bench.made()
    assert command("remove", bench.place, "--source-id", "PMC2", "--reason", "privacy").code == 0
    bench.article(2)
    bench.made()
    assert {row["source_id"] for row in bench.published()} == {"PMC1"}
    assert [row["reason"] for row in bench.rows("1-figures", "dropped")] == [REMOVED]


@pytest.mark.parametrize("doi", ["10.5555/INVENTED.1", "https://doi.org/10.5555/invented.1"])
def test_a_doi_may_be_written_in_any_way(bench, command, doi):
    bench.article(1)
    bench.made()
    said = command("remove", bench.place, "--doi", doi, "--reason", "request")
    assert said.code == 0, said.err
    assert not (bench.place / "dataset").exists()


def test_a_removed_panel_of_a_dropped_figure_still_names_its_figure(bench, command):
    """A panel that a gate dropped later is found as well: `2-panels` holds it."""
    bench.article(1, license_code="CC BY-NC")
    bench.article(2)
    bench.made()
    (panel,) = (row["id"] for row in bench.rows("2-panels") if row["source_id"] == "PMC1")
    assert command("remove", bench.place, "--id", panel, "--reason", "request").code == 0
    assert [row["source_id"] for row in bench.rows("1-figures", "dropped")] == ["PMC1"]


def test_explain_shows_who_removed_a_figure_and_why(three, command):
    figure = selectors(three)["id"]
    remove(command, three, "id")
    said = command("explain", three.place, figure)
    assert "removed" in said.out
    assert "request" in said.out


def test_the_report_shows_the_removed_without_its_picture(three, command):
    remove(command, three, "source-id")
    assert "removed" in (three.place / "report" / "index.html").read_text()


def test_a_takedown_of_a_source_that_is_gone_needs_no_source(three, command):
    """The part is written again from itself: the other figures need not be fetched."""
    for folder in three.inputs.iterdir():
        shutil.rmtree(folder)
    remove(command, three, "source-id")
    assert {row["source_id"] for row in three.published()} == {"PMC2"}


def test_the_decisions_name_every_copy_of_the_picture(three):
    takedown = Takedown(field="doi", value="10.5555/invented.1", reason="privacy", who="ana", when=NOW)
    said = decisions_of(Workspace(three.place), takedown)
    assert [(one.field, one.id) for one in said] == [
        ("doi", "10.5555/invented.1"),
        ("sha256", selectors(three)["sha256"]),
    ]
    assert {(one.stage, one.after, one.queue) for one in said} == {("1-figures", REMOVED, "takedown")}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--sha256", "abc", "--reason", "privacy"), "is no sha256. It has 64 digits"),
        (("--sha256", "g" * 64, "--reason", "privacy"), "is no sha256"),
        (("--source-id", "PMC1", "--reason", " "), "--reason: is empty."),
        (("--source-id", " ", "--reason", "privacy"), "--source-id: is empty."),
        (("--reason", "privacy"), "name what is to go by one of"),
        (("--source-id", "PMC1", "--doi", "10.1/x", "--reason", "privacy"), "name what is to go by one of"),
    ],
)
def test_a_takedown_that_can_name_nothing_is_refused_and_not_recorded(bench, command, words, why):
    bench.article(1)
    bench.made()
    said = command("remove", bench.place, *words)
    assert said.code == 2
    assert why in said.err
    assert not (bench.place / "decisions.sqlite").exists()


def test_what_is_told_of_a_takedown_is_true_when_it_is_told(bench, command, monkeypatch):
    bench.article(1)
    bench.made()
    later = command("remove", bench.place, "--source-id", "PMC9", "--reason", "privacy")
    assert "source-id PMC9 names nothing here yet; what is named stays out from now on" in later.err
    here = command("remove", bench.place, "--source-id", "PMC1", "--reason", "privacy")
    assert "1 figure here is named; what is named stays out from now on" in here.err
    again = command("remove", bench.place, "--source-id", "PMC1", "--reason", "privacy")
    assert "source-id PMC1 is taken out already" in again.err
    monkeypatch.setattr("pipeline.decisions.append", full)
    failed = command("remove", bench.place, "--source-id", "PMC7", "--reason", "privacy")
    assert failed.code == 1
    assert "stays out" not in failed.err


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device", "decisions.sqlite")


def test_someone_asks_always():
    assert who_asks()


def test_a_removed_figure_of_several_leaves_the_others(bench, command):
    bench.article(1, figures=3)
    bench.made()
    row = bench.rows("1-figures")[1]
    command("remove", bench.place, "--sha256", row["source_sha256"], "--reason", "request")
    assert len(bench.published()) == 2
    assert json.loads((bench.place / "1-figures" / "stage.json").read_text())["counts"]["dropped"] == {REMOVED: 1}
