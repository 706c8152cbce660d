"""What a million figures cost follows from a soak by multiplication alone."""

import json

import pytest

from benchmarks.soak_costs import costs, days, main

TOLD = {
    "figures": 1000,
    "side_px": 350,
    "workers": 2,
    "spans": {"run": {"seconds": 50.0}, "2-panels": {"seconds": 36.0}, "3-groups": {"seconds": 14.0}},
    "disk": {"1-figures": {"kb_per_figure": 20.0}, "2-panels": {"kb_per_figure": 5.0}},
}


def test_core_hours_and_gigabytes_are_those_of_the_soak_times_a_thousand():
    assert costs(TOLD) == [("2-panels", "20.0", "5.0"), ("3-groups", "7.8", "0.0"), ("all", "27.8", "25.0")]


def test_what_looks_at_all_is_no_part_of_the_days_of_24_million():
    assert days(TOLD) == [("2", "10.0"), ("64", "0.3"), ("512", "0.0")]


def test_the_command_prints_both_tables(tmp_path, capsys):
    (tmp_path / "soak.json").write_text(json.dumps(TOLD))
    assert main([str(tmp_path / "soak.json")]) == 0
    assert "24 million take 0.6 TB on disk." in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, "", "{}", "[]", json.dumps({**TOLD, "figures": 0})])
def test_what_no_soak_printed_is_told_in_a_line(tmp_path, capsys, content):
    if content is not None:
        (tmp_path / "soak.json").write_text(content)
    assert ended([str(tmp_path / "soak.json")]) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert str(tmp_path / "soak.json") in line


def ended(arguments):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return end.value.code


def test_without_a_file_how_it_is_called_is_told(capsys):
    assert ended([]) == 2
    assert ended(["--help"]) == 0
    assert "SOAK.json" in capsys.readouterr().out
