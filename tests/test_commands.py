"""The door: every command, what it prints, and with which code it ends."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from pipeline.workspace import Workspace, locked

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "manifests" / "demo.yaml"
JOURNEYS = ["check", "plan", "run", "status", "show", "retry", "explain", "report", "schema", "extract", "license"]
COMMANDS = [*JOURNEYS, "remove", "refresh", "tag", "ontologies", "init"]


def one_line(text):
    return len(text.strip().splitlines()) == 1 and "Traceback" not in text


@pytest.fixture
def made(bench):
    """Two articles, the second without its picture, in a finished workspace."""
    bench.article(1)
    bench.article(2)
    (bench.inputs / "PMC2" / "2-g001.jpg").unlink()
    bench.made()
    return bench


def test_help_names_every_command(command):
    said = command("--help")
    assert said.code == 0
    assert [name for name in COMMANDS if name not in said.out] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_speaks_json(command, name):
    said = command(name, "--help")
    assert said.code == 0
    assert "--json" in said.out


@pytest.mark.parametrize("arguments", [["fly"], ["run"], ["run", DEMO, "--limit", "0"], ["status", "--what"]])
def test_wrong_usage_ends_with_2_and_no_output(command, arguments):
    said = command(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err


def test_check_says_that_a_manifest_is_right(command):
    assert command("check", DEMO).out == f"{DEMO}: demo is right.\n"
    assert command("check", DEMO, "--json").json == {
        "manifest": str(DEMO),
        "name": "demo",
        "problems": [],
        "notes": [],
    }


def test_check_tells_every_mistake_at_its_place(command, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("bricks: 1\nname: x\nlicences: [CC0-1.0]\nsources: [{type: pmc, path: 3}]\n")
    said = command("check", wrong)
    assert (said.code, said.out) == (2, "")
    assert f"{wrong}:3:1  licences" in said.err
    assert f"{wrong}:4:" in said.err
    assert 'did you mean "licenses"' in said.err


def test_check_overrules_the_manifest(command):
    assert command("check", DEMO, "--set", "name=other", "--json").json["name"] == "other"
    assert command("check", DEMO, "--set", "nmae=other").code == 2


@pytest.mark.parametrize("name", ["check", "plan", "run"])
def test_a_manifest_that_is_not_there_is_one_problem(command, tmp_path, name):
    said = command(name, tmp_path / "absent.yaml")
    assert (said.code, said.out) == (2, "")
    first, last = said.err.splitlines()
    assert first.startswith(f"{tmp_path / 'absent.yaml'}:1:1")
    assert last == "1 problem. Nothing was run."


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"{", b"[]", b"a: &a [*a]"])
@pytest.mark.parametrize("name", ["check", "run"])
def test_a_manifest_that_is_none_ends_with_2(command, tmp_path, name, content):
    (tmp_path / "m.yaml").write_bytes(content)
    said = command(name, tmp_path / "m.yaml")
    assert (said.code, said.out) == (2, "")
    assert "m.yaml" in said.err
    assert "Traceback" not in said.err


def test_plan_tells_what_a_run_would_do(command, bench):
    bench.article(1)
    bench.article(2)
    said = command("plan", bench.manifest_file, "--workspace", bench.place, "--json").json
    (source,) = said["sources"]
    assert (source["items"], source["new"], source["known"]) == (2, 2, 0)
    assert {stage["state"] for stage in said["stages"]} == {"RUN"}
    assert "inputs" not in said["run"]


def test_plan_leaves_nothing_behind(command, bench):
    bench.article(1)
    command("plan", bench.manifest_file, "--workspace", bench.place)
    assert not bench.place.exists()


def test_plan_after_a_run_has_nothing_to_do(command, made):
    before = made.parts()
    said = command("plan", made.manifest_file, "--workspace", made.place, "--json").json
    assert (said["sources"][0]["new"], said["sources"][0]["known"]) == (0, 2)
    assert {stage["state"] for stage in said["stages"]} == {"CACHED"}
    assert made.parts() == before


def test_plan_says_that_stages_will_run_for_what_is_new(command, made):
    made.article(3)
    said = command("plan", made.manifest_file, "--workspace", made.place, "--json").json
    assert said["sources"][0]["new"] == 1
    assert {stage["state"] for stage in said["stages"]} == {"RUN"}


def test_plan_for_people_is_a_table(command, made):
    said = command("plan", made.manifest_file, "--workspace", made.place)
    assert "pmc/path" in said.out
    assert "CACHED" in said.out


def test_run_ends_with_sums_paths_and_what_to_do_next(command, bench):
    bench.article(1)
    said = bench.run()
    assert said.code == 0
    for words in ("1-figures", "5-captioned", "rows     panels: train 1", str(bench.place / "dataset"), "next"):
        assert words in said.out
    assert str(bench.place / "report" / "index.html") in said.out


def test_run_as_json_is_one_object_on_stdout(made):
    said = made.run("--json")
    assert set(said.json) == {"stages", "dataset", "rows", "workspace", "report"}
    assert said.out.count("\n") == 1


def test_a_run_without_a_single_row_makes_no_dataset(command, bench):
    bench.article(1, license_code="CC BY-NC", license_href="same")
    said = bench.run()
    assert said.code == 0
    assert "rows     none" in said.out
    assert not (bench.place / "dataset").exists()
    assert command("status", bench.place, "--json").json["dataset"] is None


def test_too_many_failures_end_with_3_and_leave_the_dataset(command, bench):
    bench.article(1)
    bench.inputs.joinpath("broken.xml").write_text("<article><front></front><body><fig>")
    said = bench.run("--set", "on_error.max_failure_rate=0.1")
    assert said.code == 3
    assert "on_error.max_failure_rate" in said.err
    assert (bench.place / "dataset" / "README.md").is_file()
    assert bench.run("--set", "on_error.max_failure_rate=0.9").code == 0


def test_an_unknown_stage_or_engine_is_one_line_that_names_the_right_ones(bench):
    bench.article(1)
    stage, engine = bench.run("--until", "figures"), bench.run("--engine", "spark")
    assert (stage.code, engine.code) == (2, 2)
    assert "4-curated" in stage.err.splitlines()[-1]
    assert one_line(engine.err)


def test_an_unknown_stage_is_told_before_anything_is_done(bench):
    bench.article(1)
    said = bench.run("--until", "figures")
    assert one_line(said.err)
    assert not (bench.place / "ledger.sqlite").exists()


def test_a_source_that_is_not_there_is_one_line(bench):
    said = bench.run()
    assert said.code == 2
    assert one_line(said.err)
    assert "inputs" in said.err


def test_a_source_that_bricks_cannot_read_yet_is_one_line(bench):
    bench.manifest(sources=[{"type": "images", "path": "plates/", "license": "CC-BY-4.0"}])
    said = bench.run()
    assert (said.code, said.out) == (2, "")
    assert one_line(said.err)


def test_status_is_the_sum_of_every_stage(command, demo):
    said = command("status", demo, "--json").json
    assert [stage["name"] for stage in said["stages"]] == [
        f"{name}" for name in sorted(p.name for p in demo.glob("[1-5]-*"))
    ]
    for stage in said["stages"]:
        left = sum(sum(stage[side].values()) for side in ("dropped", "failed", "held"))
        assert stage["found"] + stage["created"] == stage["kept"] + left
        assert stage["complete"] is True
    assert said["dataset"] == str(demo / "dataset")
    assert "license_not_allowed 1" in command("status", demo).out


def test_a_run_that_stopped_early_shows_the_stages_it_made(command, bench):
    bench.article(1)
    bench.made("--until", "2-panels")
    said = command("status", bench.place, "--json").json
    assert [stage["name"] for stage in said["stages"]] == ["1-figures", "2-panels"]
    assert command("status", bench.place).out.endswith("not made\n")


def test_show_lists_what_was_kept_dropped_held_and_failed(command, demo):
    sums = {stage["name"]: stage for stage in command("status", demo, "--json").json["stages"]}
    assert len(command("show", demo, "--json").lines) == sums["5-captioned"]["kept"]
    dropped = command("show", demo, "--dropped", "all", "--json").lines
    assert len(dropped) == sum(sum(stage["dropped"].values()) for stage in sums.values())
    (duplicate,) = command("show", demo, "--dropped", "duplicate", "--json").lines
    assert duplicate["stage"] == "4-curated"
    (held,) = command("show", demo, "--held", "licenses", "--json").lines
    assert held["reason"] == "license_unclear"
    (failed,) = command("show", demo, "--failed", "--json").lines
    assert failed["reason"] == "xml_truncated"
    assert command("show", demo, "--dropped", "of_love", "--json").out == ""


@pytest.mark.parametrize("options", [[], ["--dropped", "all"], ["--held", "licenses"], ["--failed"]])
def test_show_gives_people_a_line_for_each(command, demo, options):
    said = command("show", demo, *options)
    assert said.code == 0
    assert len(said.out.splitlines()) == len(command("show", demo, *options, "--json").lines)


def test_show_never_prints_bytes(command, bench):
    bench.article(1)
    bench.made("--until", "1-figures")
    said = command("show", bench.place, "--json")
    assert said.code == 0
    assert "\\xff\\xd8" not in said.out
    assert "JFIF" not in said.out


def test_explain_tells_the_life_of_a_panel_and_of_its_figure(command, made):
    (panel,) = made.rows("2-panels")
    of_panel = command("explain", made.place, panel["id"], "--json").lines
    assert [trace["stage"] for trace in of_panel] == ["1-figures", "2-panels", "3-groups", "4-curated", "5-captioned"]
    assert {trace["became"] for trace in of_panel} == {"kept"}
    assert command("explain", made.place, panel["figure_id"], "--json").lines == of_panel
    assert "1-figures part 0: kept" in command("explain", made.place, panel["id"]).out


@pytest.mark.parametrize("side", ["dropped", "failed", "held"])
def test_explain_knows_what_left(command, demo, side):
    options = {"dropped": ["--dropped", "all"], "held": ["--held", "licenses"], "failed": ["--failed"]}[side]
    for row in command("show", demo, *options, "--json").lines:
        traces = command("explain", demo, row["id"], "--json").lines
        assert (row["stage"], side) in {(trace["stage"], trace["became"]) for trace in traces}
        assert row["reason"] in command("explain", demo, row["id"]).out


def test_explain_says_that_an_id_is_unknown(command, demo):
    said = command("explain", demo, "0" * 32)
    assert (said.code, said.out) == (2, "")
    assert one_line(said.err)


def test_report_is_written_again(command, made):
    page = made.place / "report" / "index.html"
    before = page.read_bytes()
    page.unlink()
    assert command("report", made.place).out == f"{page}\n"
    assert page.read_bytes() == before
    assert command("report", made.place, "--json").json == {"report": str(page)}


@pytest.mark.parametrize("name", ["status", "show", "report", "retry", "refresh"])
def test_a_folder_that_is_no_workspace_is_one_line(command, tmp_path, name):
    said = command(name, tmp_path)
    assert (said.code, said.out) == (1, "")
    assert one_line(said.err)
    assert str(tmp_path) in said.err


@pytest.mark.parametrize("name", ["report", "retry", "refresh"])
@pytest.mark.parametrize(
    "content",
    ["{", "[]", "{}", '{"manifest": {}, "folder": "."}'],
)
def test_a_workspace_whose_lock_is_damaged_is_one_line(command, made, name, content):
    (made.place / "manifest.lock.json").write_text(content)
    said = command(name, made.place)
    assert (said.code, said.out) == (1, "")
    assert one_line(said.err)


@pytest.mark.parametrize("arguments", [["retry"], ["refresh"], ["remove", "--doi", "10.1/x", "--reason", "request"]])
def test_a_second_run_on_a_workspace_refuses(command, made, arguments):
    name, *options = arguments
    with locked(Workspace(made.place)):
        for said in (made.run(), command(name, made.place, *options)):
            assert (said.code, said.out) == (1, "")
            assert one_line(said.err)
            assert "another run is at work here" in said.err


def test_reading_commands_need_no_lock(command, made):
    with locked(Workspace(made.place)):
        assert command("status", made.place).code == 0
        assert command("show", made.place).code == 0


def test_two_processes_do_not_run_in_one_workspace(bench):
    for number in range(1, 30):
        bench.article(number)
    arguments = [sys.executable, "-m", "bricks", "run", bench.manifest_file, "--workspace", bench.place]
    both = [subprocess.Popen([*map(str, arguments), "--workers", "1"], cwd=ROOT, stderr=-1, stdout=-1) for _ in "12"]
    errors = [process.communicate(timeout=60)[1].decode() for process in both]
    codes = [process.returncode for process in both]
    assert 0 in codes
    if 1 in codes:  # else one was done before the other asked
        assert "another run is at work here" in errors[codes.index(1)]


def test_a_workspace_that_cannot_be_written_is_one_line(bench):
    bench.article(1)
    (bench.root / "file").write_text("")
    said = bench.run(place=bench.root / "file" / "ws")
    assert said.code == 1
    assert one_line(said.err)


def test_extract_prints_a_line_for_every_figure(command, bench):
    folder = bench.article(1, figures=2)
    said = command("extract", folder)
    assert [(line["label"], len(line["images"])) for line in said.lines] == [("Figure 1", 1), ("Figure 2", 1)]
    assert said.out == command("extract", folder, "--json").out
    (bench.root / "bad.xml").write_text("<article><body>")
    (line,) = command("extract", bench.root / "bad.xml").lines
    assert set(line) == {"source_file", "xml", "error"}
    absent = command("extract", bench.root / "absent")
    assert (absent.code, absent.out) == (2, "")


def test_license_answers_from_text_address_and_stdin(command, monkeypatch):
    said = command("license", "https://creativecommons.org/licenses/by-nc/4.0/", "--json").json
    assert (said["license"], said["permits"]["commercial"]) == ("CC-BY-NC-4.0", False)
    assert command("license", "All rights reserved.").json["license"] is None
    monkeypatch.setattr("sys.stdin", __import__("io").StringIO("CC BY 4.0"))
    assert command("license", "-").json["license"] == "CC-BY-4.0"


@pytest.mark.parametrize("name", ["manifest", "figures", "panels", "groups", "curated", "captioned", "dropped"])
def test_schema_prints_a_json_schema(command, name):
    schema = command("schema", name).json
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema == json.loads((ROOT / "schemas" / "published" / f"{name}.schema.json").read_text())


def test_an_unknown_schema_is_one_line(command):
    said = command("schema", "poems")
    assert (said.code, said.out) == (2, "")
    assert one_line(said.err)


@pytest.mark.parametrize("options", [[], ["--doi", "10.1/x", "--id", "0" * 32]])
def test_remove_wants_exactly_one_name(command, made, options):
    said = command("remove", made.place, "--reason", "request", *options)
    assert (said.code, said.out) == (2, "")
    assert one_line(said.err)


def test_remove_wants_a_reason(command, made):
    assert command("remove", made.place, "--doi", "10.1/x").code == 2


def test_refresh_without_a_live_source_changes_nothing(command, made):
    before = made.parts()
    assert command("refresh", made.place, "--json").json["rows"]["panels"] == {"train": 1}
    assert made.parts() == before


def test_a_bug_keeps_its_traceback(command, made, monkeypatch):
    def broken(_):
        raise RuntimeError("a bug")

    monkeypatch.setattr("pipeline.status.status", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        command("status", made.place)


def test_the_script_and_the_module_are_one_door():
    for door in ([sys.executable, "-m", "bricks"], [str(Path(sys.executable).with_name("bricks"))]):
        told = subprocess.run([*door, "check", str(DEMO), "--json"], cwd=ROOT, capture_output=True, check=True)
        assert json.loads(told.stdout)["problems"] == []
