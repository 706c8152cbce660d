"""Soak: a small one, run for real; the peaks of tenths and the aims that are judged by them."""

import json

import pytest

from benchmarks.scaling import main as scaling
from benchmarks.soak import main as soak
from benchmarks.soak import slope, tenths
from benchmarks.watched_run import Sample


def _sample(at_s, mb):
    return Sample(at_s, "2-panels", 2 * mb, mb, mb, 10, 3, 1)


def test_a_soak_tells_pace_memory_disk_and_a_resume_and_all_that_was_found_is_accounted_for(articles, tmp_path, capsys):
    page = tmp_path / "soak.md"
    words = [str(articles), "--figures", "8", "--workers", "1", "--place", str(tmp_path / "soak")]
    code = soak([*words, "--json", "--markdown", str(page)])
    told = json.loads(capsys.readouterr().out)

    assert (told["figures"], told["articles"], told["idle_made"], told["unbalanced"]) == (8, 4, [], [])
    assert {"1-figures", "2-panels", "3-groups", "4-curated", "5-captioned", "dataset"} <= told["spans"].keys()
    assert max(tenth["own_mb"] for tenth in told["spans"]["run"]["tenths"]) > 10
    assert told["disk"]["1-figures"]["kb_per_figure"] > 1
    assert told["dry_run"]["code"] == 0, told["dry_run"]["said"]
    assert any("bricks.py" in row["where"] for row in told["profile"]["with_calls"])
    assert code == (0 if all(aim["held"] for aim in told["aims"]) else 1)
    assert "| nothing to do, in s" in page.read_text()


def test_scaling_tells_how_many_times_as_fast_two_workers_are(articles, capsys):
    assert scaling([str(articles), "--figures", "4", "--rounds", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == 4
    assert told["ratios"]["2 workers / 1"].keys() == {"ingest", "curation", "panels", "run"}
    assert min(told["seconds"]["1 worker"].values()) > 0


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (soak, ["--workers", "0"]),
        (soak, ["--figures", "0"]),
        (soak, ["--side", "-1"]),
        (soak, ["--figures", "many"]),
        (scaling, ["--rounds", "0"]),
        (scaling, ["--copies", "-1"]),
    ],
)
def test_a_count_of_which_nothing_can_be_made_is_told_in_a_line(command, words, tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        command([str(tmp_path), *words])
    assert end.value.code == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert line.endswith(f"argument {words[0]}: {words[1]!r} is no number of 1 or more")


def test_tenths_have_their_peaks_and_one_without_a_sample_the_peak_before():
    peaks = tenths([_sample(at, 100 + at) for at in range(20) if at not in {10, 11}], 0, 20)
    assert [peak["own_mb"] for peak in peaks] == [101, 103, 105, 107, 109, 109, 113, 115, 117, 119]
    assert peaks[3]["memory_mb"] == 214


def test_memory_that_grows_is_told_by_its_slope():
    assert slope([_sample(at, 100) for at in range(50)]) == 0
    assert slope([_sample(at, 100 + at / 10) for at in range(50)]) == pytest.approx(100)
