"""One thing is broken at a time: every command answers in a line what and where it is, and what to do."""

import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rights import read_only

from schemas.errors import Stopped

ROOT = Path(__file__).resolve().parent.parent
READERS = [["status"], ["show"], ["show", "--dropped", "all"], ["show", "--failed"], ["explain"]]
PANELS, FIGURES = "2-panels/part-00000.parquet", "1-figures/part-00000.parquet"


def lines(said):
    assert "Traceback" not in said.err
    return said.err.strip().splitlines()


def garble(path):
    path.write_bytes(b"this is no such thing" * 100)


def halve(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def turn(path):
    """Put a folder in the place of a file, or a file in that of a folder."""
    if path.is_dir():
        shutil.rmtree(path)
        path.write_text("")
    else:
        path.unlink()
        (path / "x").mkdir(parents=True)


@pytest.fixture
def made(bench):
    """Three articles, the second without its picture, the third taken down, in a finished workspace."""
    for number in (1, 2, 3):
        bench.article(number)
    (bench.inputs / "PMC2" / "2-g001.jpg").unlink()
    bench.made()
    return bench


def ask(command, bench, words):
    name, *options = words
    more = [bench.rows("2-panels")[0]["id"]] if name == "explain" else []
    return command(name, bench.place, *more, *options)


# --- decisions -------------------------------------------------------------------------------------------------


@pytest.fixture
def decided(made, command):
    assert command("remove", made.place, "--source-id", "PMC3", "--reason", "request").code == 0
    return made


@pytest.mark.parametrize("damage", [garble, halve, turn])
@pytest.mark.parametrize(
    "words", [["run"], ["retry"], ["remove", "--doi", "10.1/x", "--reason", "request"], ["refresh"]]
)
def test_damaged_decisions_stop_a_run_and_change_nothing(decided, command, damage, words):
    damage(decided.place / "decisions.sqlite")
    before = decided.parts()
    said = decided.run() if words == ["run"] else command(words[0], decided.place, *words[1:])
    assert (said.code, said.out) == (1, "")
    (line,) = lines(said)
    assert line.startswith(f"{decided.place / 'decisions.sqlite'}: ")
    assert "Put a copy of it back" in line
    assert decided.parts() == before


@pytest.mark.parametrize("damage", [Path.unlink, empty])
def test_what_was_taken_down_does_not_come_back_because_the_decisions_are_lost(decided, damage):
    damage(decided.place / "decisions.sqlite")
    said = decided.run()
    assert said.code == 1
    assert "is lost" in lines(said)[0]
    assert {row["source_id"] for row in decided.published()} == {"PMC1"}


def test_an_append_that_was_cut_short_leaves_a_log_that_is_read(decided):
    path = decided.place / "decisions.sqlite"
    writer = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA cache_size = 1');"
        "c.execute('BEGIN'); c.executemany('INSERT INTO decisions (who, at, queue, stage, id, field, content_hash,"
        " before, after, reason) VALUES (?,?,?,?,?,?,?,?,?,?)', [['x' * 900] * 10] * 50); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", writer, str(path)], check=False)
    assert path.with_name("decisions.sqlite-journal").exists()
    decided.made()
    assert {row["source_id"] for row in decided.published()} == {"PMC1"}


# --- ledger ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", [Path.unlink, empty, garble, halve, turn])
@pytest.mark.parametrize("words", [["retry"], ["remove", "--source-id", "PMC9", "--reason", "request"], ["refresh"]])
def test_a_lost_ledger_costs_no_part(made, command, damage, words):
    before, dataset = made.parts(), made.dataset()
    damage(made.place / "ledger.sqlite")
    said = command(words[0], made.place, *words[1:])
    assert said.code == 0, said.err
    assert made.parts() == before
    assert made.dataset() == dataset


@pytest.mark.parametrize("damage", [Path.unlink, empty, garble, halve, turn])
def test_reading_mends_no_ledger_and_needs_none(made, command, damage):
    right = command("status", made.place, "--json").json
    damage(made.place / "ledger.sqlite")
    before = sorted(made.place.rglob("*"))
    assert command("status", made.place, "--json").json == right
    for words in READERS:
        assert ask(command, made, words).code == 0
    assert sorted(made.place.rglob("*")) == before


# --- parts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", [empty, garble, halve, turn])
def test_a_damaged_part_is_named_and_what_is_listed_is_said_not_to_be_all(made, command, damage):
    (key,) = [row["id"] for row in made.rows("2-panels")][:1]
    damage(made.place / PANELS)
    assert not next(one for one in command("status", made.place, "--json").json["stages"] if one["name"][0] == "2")[
        "complete"
    ]
    said = command("explain", made.place, key)
    assert lines(said)[0].startswith("2-panels is incomplete")
    if damage is not turn:
        assert said.code == 1
        assert lines(said)[-1].startswith(f"{made.place / PANELS}: can't be used")
        assert lines(said)[-1].endswith("Remove it and run `bricks run MANIFEST`: it is made again.")


def test_a_part_that_was_removed_is_told_and_made_again(made, command):
    (made.place / FIGURES).unlink()
    said = command("status", made.place)
    assert "incomplete" in said.out
    made.made()
    assert "incomplete" not in command("status", made.place).out


@pytest.mark.parametrize("name", ["stage.json", "part-00000.parquet"])
def test_what_a_stage_says_of_itself_may_be_anything(made, command, name):
    (made.place / "4-curated" / name).write_text("[]")
    assert command("status", made.place).code == 0
    made.made()
    assert "incomplete" not in command("status", made.place).out


# --- in the way ------------------------------------------------------------------------------------------------

IN_THE_WAY = [
    "1-figures", "3-groups", "dataset", "report", "report/index.html", "manifest.yaml", "manifest.lock.json",
    "events.jsonl", FIGURES, PANELS, "5-captioned/stage.json",
]  # fmt: skip


@pytest.mark.parametrize("name", IN_THE_WAY)
def test_what_stands_in_the_place_of_something_else_is_named(made, name):
    turn(made.place / name)
    made.article(4)
    said = made.run()
    assert (said.code, said.out) == (1, "")
    assert lines(said)[-1].startswith(f"{made.place / name}")
    assert "move it away" in lines(said)[-1]


@pytest.mark.parametrize("words", [*READERS, ["retry"], ["report"], ["refresh"]])
def test_a_workspace_that_is_a_file_is_none(command, tmp_path, words):
    (tmp_path / "file").write_text("")
    said = command(words[0], tmp_path / "file", *(["x"] if words[0] == "explain" else []), *words[1:])
    assert (said.code, said.out) == (1, "")
    assert "is no workspace" in lines(said)[0]


def test_a_workspace_with_a_name_that_no_folder_can_have_is_a_line(made):
    said = made.run(place=made.root / ("x" * 300))
    assert said.code == 1
    assert "File name too long" in lines(said)[-1]


@pytest.mark.parametrize("name", ["versions", "limit"])
def test_a_lock_without_what_is_published_of_it_is_damaged(made, command, name):
    from pipeline.workspace import read_json, write_json

    lock = made.place / "manifest.lock.json"
    write_json(lock, {key: one for key, one in read_json(lock).items() if key != name})
    said = command("retry", made.place)
    assert said.code == 1
    assert "its manifest.lock.json is damaged" in lines(said)[-1]


# --- no right, no space ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", READERS)
def test_reading_a_folder_that_cannot_be_written_works(decided, command, words):
    right = ask(command, decided, words)
    with read_only(decided.place):
        said = ask(command, decided, words)
    assert (said.code, said.out) == (0, right.out), said.err


@pytest.mark.parametrize("words", READERS)
def test_reading_makes_no_file(decided, command, words):
    before = {path: path.stat().st_mtime_ns for path in decided.place.rglob("*")}
    assert ask(command, decided, words).code == 0
    assert {path: path.stat().st_mtime_ns for path in decided.place.rglob("*")} == before


def test_a_ledger_whose_writer_was_killed_is_read_whole(made, command):
    writer = (
        "import os, sys; from pathlib import Path; from pipeline.ledger import *\n"
        "with opened(Path(sys.argv[1])) as book:\n"
        "    book.assign([], most_items=1, most_bytes=1)\n    os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", writer, str(made.place / "ledger.sqlite")], cwd=ROOT, check=False)
    assert (made.place / "ledger.sqlite-wal").stat().st_size
    assert command("status", made.place, "--json").json["stages"][0]["found"] == 0
    with read_only(made.place):
        assert command("status", made.place, "--json").json["stages"][0]["found"] == 0


@pytest.mark.parametrize("words", [["run"], ["retry"], ["refresh"], ["report"]])
def test_writing_where_nobody_may_is_a_line(made, command, words):
    before = made.parts()
    with read_only(made.place):
        said = made.run() if words == ["run"] else command(words[0], made.place)
    assert (said.code, said.out) == (1, "")
    (line,) = lines(said)
    assert str(made.place) in line
    assert "Permission denied" in line
    assert made.parts() == before


def test_a_full_disk_is_a_line_for_what_is_printed(made):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bricks", "show", str(made.place)], cwd=ROOT, stdout=full, stderr=-1, check=False
        )
    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert "stdout: No space left on device. Make room there." in line


def test_a_reader_that_has_seen_enough_is_no_error(made):
    command = f"{sys.executable} -m bricks show {made.place} --json | true"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""


@pytest.mark.parametrize("name", ["ledger.sqlite", "decisions.sqlite"])
def test_a_database_that_cannot_grow_is_a_line(made, command, monkeypatch, name):
    import sqlite3

    class Full(sqlite3.Connection):
        def executemany(self, *_):
            raise sqlite3.OperationalError("database or disk is full")

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **{**k, "factory": Full}))
    words = (
        ["retry", made.place] if name == "ledger.sqlite" else ["remove", made.place, "--doi", "10.1/x", "--reason", "r"]
    )
    said = command(*words)
    assert said.code == 1
    assert lines(said)[-1].startswith(f"{made.place / name}: can't be used: database or disk is full.")


# --- signals ---------------------------------------------------------------------------------------------------


@pytest.fixture
def long(bench):
    """Articles that keep a run at work for seconds after its first file is there."""
    for article in range(1, 21):
        bench.article(article)
    return bench


def started(bench, *before):
    command = [
        *before,
        sys.executable,
        "-m",
        "bricks",
        "run",
        str(bench.manifest_file),
        "--workspace",
        str(bench.place),
    ]
    return subprocess.Popen([*command, "--workers", "1"], cwd=ROOT, stderr=-1, stdout=-1, start_new_session=True)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_told_to_end_ends_in_good_order_and_goes_on_later(long, number):
    process = started(long)
    while not (long.place / "ledger.sqlite").exists():
        time.sleep(0.01)
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert told.decode().splitlines()[-1] == "Interrupted. What is done is safe, and the same command goes on."
    assert long.made()["rows"]


@pytest.mark.parametrize("delay_s", [0.0, 0.5])
def test_a_terminal_that_closes_ends_a_run_in_good_order(long, delay_s):
    ours, its = pty.openpty()
    command = [sys.executable, "-m", "bricks", "run", str(long.manifest_file), "--workspace", str(long.place)]
    setup = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", setup, *command], cwd=ROOT, stdin=its, stdout=its, stderr=its, start_new_session=True
    )
    os.close(its)
    while not (long.place / "ledger.sqlite").exists():
        time.sleep(0.01)
    time.sleep(delay_s)
    os.close(ours)
    assert process.wait(60) == 130
    assert long.made()["rows"]


def test_a_run_under_nohup_stays_when_the_terminal_closes(bench):
    for article in range(1, 5):
        bench.article(article)
    process = started(bench, "nohup")
    while not (bench.place / "ledger.sqlite").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGHUP)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told


def test_refresh_that_is_interrupted_does_not_go_on(made, command, monkeypatch):
    def stopped(*_):
        raise Stopped
        yield

    monkeypatch.setattr("ingest.refreshing.refresh", stopped)
    monkeypatch.setattr("bricks._advance", lambda *_, **__: pytest.fail("it went on"))
    assert command("refresh", made.place).code == 130


# --- what does not end -----------------------------------------------------------------------------------------


@pytest.fixture(params=["pipe", "socket", "device"])
def endless(request, tmp_path):
    path = tmp_path / "endless.xml"
    if request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "device":
        path.symlink_to("/dev/zero")
    else:
        with socket.socket(socket.AF_UNIX) as ear:
            ear.bind(str(path))
    return path


@pytest.mark.timeout(60)
def test_what_never_ends_is_refused_at_once(command, bench, endless):
    bench.article(1)
    said = command("extract", bench.inputs, endless)
    assert (said.code, said.out) == (2, "")
    assert lines(said) == [f"{endless}: is a pipe, a socket or a device. Give a file or a folder."]
    bench.manifest(sources=[{"type": "pmc", "path": str(endless)}])
    said = bench.run()
    assert said.code == 2
    assert str(endless) in lines(said)[-1]


@pytest.mark.timeout(60)
def test_a_manifest_that_never_ends_is_refused_at_once(command, endless):
    said = command("check", endless)
    assert (said.code, said.out) == (2, "")
    assert "is a pipe, a socket or a device" in lines(said)[0]


# --- reasons ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["show", "--dropped", "image_mising"], "There are: image_missing."),
        (["show", "--held", "licences"], "There are none here."),
        (["retry", "--reason", "image_mising"], "There are: image_missing."),
    ],
)
def test_a_reason_that_nobody_knows_is_told_with_those_there_are(made, command, words, told):
    before = made.parts()
    said = command(words[0], made.place, *words[1:])
    assert (said.code, said.out) == (2, "")
    (line,) = lines(said)
    assert line.endswith(told)
    assert made.parts() == before


@pytest.mark.parametrize(
    "words", [["show", "--dropped", "duplicate"], ["show", "--held", "licenses"], ["retry", "--reason", "timeout"]]
)
def test_a_reason_that_is_known_may_have_no_row(made, command, words):
    assert command(words[0], made.place, *words[1:]).code == 0


def test_show_is_asked_one_thing_at_a_time(made, command):
    said = command("show", made.place, "--dropped", "all", "--failed")
    assert (said.code, said.out) == (2, "")
