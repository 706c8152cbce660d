"""What breaks around a run ends in one clear line or heals: after mending, the same command gives the same bytes."""

import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import openai_server
import pytest

from pipeline.decisions import REMOVED, Decision, append
from publishing.dataset_files import sha256_of
from schemas.errors import ending

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reliability.md"
STAGES = ("1-figures", "2-panels", "3-groups", "4-curated", "5-captioned")
PARTS = tuple(f"{stage}/part-00000.parquet" for stage in STAGES)


@pytest.fixture
def two(bench):
    """Two articles, the second without its picture."""
    bench.article(1)
    (bench.article(2) / "2-g001.jpg").unlink()
    return bench


@pytest.fixture
def made(two):
    """These in a finished workspace, beside a copy of its dataset that nothing disturbed."""
    two.made()
    shutil.copytree(two.place / "dataset", two.root / "undisturbed" / "dataset")
    return two


def line_of(said, code=1):
    """Return the one line that an error ends in."""
    assert said.code == code, said.err
    assert said.out == ""
    assert "Traceback" not in said.err
    return said.err.strip().splitlines()[-1]


def assert_mended(bench):
    """The same command gives the bytes of the undisturbed run."""
    bench.made()
    assert bench.dataset() == bench.dataset(bench.root / "undisturbed")
    assert not [half for half in bench.place.rglob(".*") if half.name != ".lock"]


# --- no room ---------------------------------------------------------------------------------------------------


@contextmanager
def no_file_longer_than(size_bytes):
    """Let no file of this process grow beyond a size: what a full disk does, where nobody may mount one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(("room_bytes", "where"), [(0, "manifest.yaml"), (12_000, "ledger.sqlite")])
def test_a_file_that_may_not_grow_ends_a_run_in_a_line_that_names_it(two, room_bytes, where):
    two.made(place=two.root / "undisturbed")
    with no_file_longer_than(room_bytes):
        told = line_of(two.run())
    assert told.startswith(f"{two.place / where}")
    assert "Make room" in told
    assert "the same command goes on" in told
    assert_mended(two)


@pytest.fixture
def small_disk(two):
    """A disk of its own for the workspace; skipped where nobody may mount one."""
    disk = two.root / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.xfail("no disk may be mounted here; the tests with a file that may not grow stand for it")
    two.made(place=two.root / "undisturbed")
    two.place = disk / "ws"
    yield two
    subprocess.run(["umount", "-l", str(disk)], check=True)


@contextmanager
def filled(disk, but_bytes):
    """Fill a disk but for some bytes."""
    free = os.statvfs(disk)
    (disk / "filler").write_bytes(bytes(max(0, free.f_bavail * free.f_frsize - but_bytes)))
    yield
    (disk / "filler").unlink()


def test_a_disk_that_is_full_at_any_stage_ends_the_run_in_a_line_and_is_gone_on_with(small_disk):
    told = []
    for until in (None, *STAGES):
        if until:
            small_disk.made("--until", until)
        for free in range(0, 100_000, 12_000):
            with filled(small_disk.place.parent, free):
                said = small_disk.run()
            if said.code:  # with room enough for what is still to be made it is made
                told.append(line_of(said))
    assert [line for line in told if "Make room" not in line or str(small_disk.place) not in line] == []
    assert len(told) >= 8
    assert_mended(small_disk)


def test_a_disk_that_is_full_loses_no_decision_and_takes_none_by_halves(small_disk, command):
    small_disk.made()
    words = ["remove", small_disk.place, "--source-id", "PMC1", "--reason", "request"]
    with filled(small_disk.place.parent, 0):
        assert str(small_disk.place) in line_of(command(*words))
    assert_mended(small_disk)
    assert command(*words).code == 0
    assert not small_disk.published()


@pytest.fixture
def served(bench):
    """A run of two articles that asks a local model's server."""
    with openai_server.running() as server:
        said = {"backend": "openai", "endpoints": [server.url], "model": "tiny", "revision": "r1"}
        bench.manifest(captioning=said, on_error={"max_failure_rate": 0.0})
        bench.server = server
        bench.items_per_part(1)
        bench.article(1)
        bench.article(2)
        yield bench


class FullDisk(sqlite3.Connection):
    """A file that takes no answer more."""

    def execute(self, words, *values):
        if words.startswith("INSERT OR IGNORE INTO answers"):
            raise sqlite3.OperationalError("database or disk is full")
        return super().execute(words, *values)


def test_answers_that_cannot_be_kept_end_the_run_in_a_line_and_are_asked_for_again(served, monkeypatch):
    served.made(place=served.root / "undisturbed")
    served.made("--until", "4-curated")
    connect = sqlite3.connect
    with monkeypatch.context() as full:
        full.setattr("sqlite3.connect", lambda *given, **more: connect(*given, **{**more, "factory": FullDisk}))
        told = line_of(served.run())
    assert told.startswith(f"{served.place / 'cache' / 'answers.sqlite'}")
    assert "Make room" in told
    assert_mended(served)


# --- no memory -------------------------------------------------------------------------------------------------


def without_memory(*_, **__):
    raise MemoryError


@pytest.mark.parametrize(
    "step", ["ingest.local.LocalConnector.fetch", "pipeline.pillow_pictures.open_picture", "publishing.rows.published"]
)
def test_a_process_short_of_memory_ends_in_a_line_and_drops_nothing(two, monkeypatch, step):
    two.made(place=two.root / "undisturbed")
    with monkeypatch.context() as short:
        short.setattr("pipeline.refusals.mmap.mmap", without_memory)
        short.setattr(step, without_memory)
        told = line_of(two.run())
    assert told == f"{ending(MemoryError())[1]} What is done is safe, and the same command goes on."
    assert_mended(two)


def test_a_picture_that_wants_more_memory_than_any_may_costs_itself_alone():
    from pipeline.refusals import reasoned
    from schemas.errors import PixelError

    with pytest.raises(PixelError, match="image_too_large"), reasoned(b""):
        without_memory()


CROWD = """import runpy
from ingest import harvest
harvest._ITEMS_PER_PART = 1
runpy.run_module("bricks", run_name="__main__", alter_sys=True)
"""


def started(bench, *more):
    """Start a run in processes of its own, with a part for every item."""
    words = ["run", bench.manifest_file, "--workspace", bench.place, *more]
    command = [sys.executable, "-c", CROWD, *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, stdout=-1, stderr=-1, text=True, start_new_session=True)


def working(session):
    """Return the processes of a session that neither began it nor start others: its workers."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, (_, parent, _, its) = stat.parent.name, stat.read_text().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(its) == session:
            parents[int(pid)] = int(parent)
    return [pid for pid, parent in parents.items() if parent != session and parents.get(parent) == session]


def wait_for(path, process):
    while not path.exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.002)


def test_a_worker_that_the_kernel_kills_ends_the_run_in_a_line_and_the_run_goes_on_later(bench):
    for number in range(1, 11):
        bench.article(number)
    bench.items_per_part(1)
    process = started(bench, "--workers", "2")
    wait_for(bench.place / PARTS[0], process)
    os.kill(working(process.pid)[0], signal.SIGKILL)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 1, told
    assert "Traceback" not in told
    assert "a worker process was killed, perhaps for want of memory" in told.splitlines()[-1]
    bench.made(place=bench.root / "undisturbed")
    assert_mended(bench)


# --- clocks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump_s", [-400 * 86_400, 400 * 86_400])
def test_a_clock_that_jumps_makes_nothing_again_and_changes_no_byte(made, monkeypatch, jump_s):
    now = time.time
    for path in made.place.rglob("*"):  # as if written after, or long before
        os.utime(path, (now() - jump_s, now() - jump_s))
    before = made.parts()
    monkeypatch.setattr("time.time", lambda: now() + jump_s)
    assert_mended(made)
    assert made.parts() == before


@pytest.mark.parametrize("jump_s", [-86_400, 86_400])
def test_a_clock_that_jumps_leaves_the_rate_and_the_time_to_come_as_they_are(monkeypatch, jump_s):
    from pipeline.engine import PartDone
    from pipeline.progress import Board
    from pipeline.store import Counts

    now, board = time.time, Board()
    monkeypatch.setattr("time.time", lambda: now() + jump_s)
    board.take(PartDone("1-figures", 0, Counts(found=1, kept=1), seconds=0.1, done=1, total=2))
    assert 0 <= board.lines["1-figures"].eta_s < 10


@pytest.mark.parametrize("jump_s", [-86_400, 86_400])
def test_a_clock_that_jumps_keeps_no_item_from_reviewers(jump_s):
    """Somebody looked at it before the jump: after it, nobody is known to look at it any more."""
    from curation.review_reading import elsewhere, next_key

    with sqlite3.connect(":memory:") as index:
        for table in ("items (queue, key, asked, state, wants_second, second, who)", "skips (queue, key, who, turn)"):
            index.execute(f"CREATE TABLE {table}")
        index.execute("CREATE TABLE leases (queue, key, who, at_s)")
        index.executemany(
            "INSERT INTO items VALUES ('q', ?, ?, 'answered', 1, '', 'eve')", [("first", 1), ("second", 2)]
        )
        index.execute("INSERT INTO leases VALUES ('q', 'first', 'bob', ?)", (time.time() - jump_s,))
        assert elsewhere(index, "q", "ana") is None
        assert next_key(index, "q", "ana") == "first"


# --- two at once -----------------------------------------------------------------------------------------------


WRITERS = [["run"], ["publish", "--dry-run"], ["retry"], ["refresh"], ["remove", "--doi", "10.1/x", "--reason", "r"]]


@contextmanager
def another_at_work(place):
    """Let another process hold a workspace."""
    holds = (
        "import sys; from pathlib import Path; from pipeline.workspace import *\n"
        "with locked(Workspace(Path(sys.argv[1]))): print('held', flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", holds, str(place)]
    with subprocess.Popen(words, cwd=ROOT, stdin=-1, stdout=-1, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.kill()


def test_one_run_at_a_time_works_on_a_workspace_and_the_lock_of_a_dead_one_holds_nobody(made, command):
    before = made.dataset()
    with another_at_work(made.place):
        for words in WRITERS:
            said = made.run() if words == ["run"] else command(words[0], made.place, *words[1:])
            told = line_of(said)
            assert told.startswith(f"{made.place}: another run is at work here. Wait for it")
        for words in (["status", made.place], ["show", made.place], ["report", made.place]):
            assert command(*words).code == 0
        assert command("review", made.place, "--list").code == 0
    assert (made.place / ".lock").exists()
    assert made.dataset() == before
    assert_mended(made)


def test_what_a_reviewer_decides_while_a_run_is_at_work_is_carried_out_by_the_next_one(made):
    from datetime import UTC, datetime

    said = {"who": "ana", "when": datetime.now(UTC), "queue": "takedown", "reason": "request", "after": REMOVED}
    with another_at_work(made.place):
        takedown = Decision(**said, stage="1-figures", field="source_id", id="PMC1")
        append(made.place / "decisions.sqlite", [takedown])
    made.made()
    assert not made.published()


# --- what lies on disk -----------------------------------------------------------------------------------------


def lose_its_journal(place):
    """Leave what a copy without its -wal leaves of a ledger that was being written."""
    words = "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA journal_mode = WAL');"
    words += "c.execute('DELETE FROM items'); c.commit(); os._exit(0)"
    subprocess.run([sys.executable, "-c", words, str(place)], check=True)
    wal = place.with_name(f"{place.name}-wal")
    assert wal.stat().st_size
    wal.unlink()


def zero(path):
    path.write_bytes(bytes(path.stat().st_size))


def zero_its_middle(path):
    blob = bytearray(path.read_bytes())
    blob[4096:8192] = bytes(len(blob[4096:8192]))
    path.write_bytes(blob)


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize("damage", [lose_its_journal, zero, zero_its_middle, cut])
def test_a_ledger_that_is_damaged_is_made_again_from_the_parts_and_moves_none(made, damage):
    before = made.parts()
    damage(made.place / "ledger.sqlite")
    assert_mended(made)
    assert made.parts() == before


def flip(path, at):
    """Turn a bit, as a disk or a memory may."""
    blob = bytearray(path.read_bytes())
    blob[at] ^= 0x10
    path.write_bytes(blob)


def ends_early(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


@pytest.mark.parametrize("name", [*PARTS, "1-figures/dropped/part-00000.parquet"])
def test_a_part_that_was_cut_short_by_hand_is_made_again(made, name):
    ends_early(made.place / name)
    assert_mended(made)


@pytest.mark.parametrize("name", PARTS)
def test_a_bit_that_turned_is_never_published(made, name):
    """It is told, with the file to remove, or the part is made again."""
    path = made.place / name
    for at in (40, path.stat().st_size // 3, path.stat().st_size - 600):
        whole = path.read_bytes()
        flip(path, at)
        shutil.rmtree(made.place / "dataset")
        said = made.run()
        if said.code:
            assert "Remove it and run `bricks run MANIFEST`: it is made again." in line_of(said)
            path.write_bytes(whole) if Path(line_of(said).partition(": ")[0]) == path else pytest.fail(said.err)
        assert_mended(made)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_which_a_piece_was_zeroed_is_never_published(made, name):
    path = made.place / name
    blob = bytearray(path.read_bytes())
    blob[64:512] = bytes(448)
    path.write_bytes(blob)
    shutil.rmtree(made.place / "dataset")
    said = made.run()
    if said.code:
        assert line_of(said).startswith(f"{path}: ")
        assert line_of(said).endswith("Remove it and run `bricks run MANIFEST`: it is made again.")
        path.unlink()
    assert_mended(made)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_says_it_is_something_else_is_looked_at_again(made, stage):
    said = made.place / stage / "stage.json"
    right = said.read_bytes()
    said.write_text('{"version": 99, "fingerprint": "", "counts": {}, "parts": 7, "complete": true}')
    assert_mended(made)
    assert said.read_bytes() == right


@pytest.mark.parametrize("change", [ends_early, Path.unlink, zero])
@pytest.mark.parametrize("name", ["*/*.parquet", "README.md", "SHA256SUMS"])
def test_a_file_of_the_dataset_that_was_changed_by_hand_is_written_again(made, change, name):
    change(next((made.place / "dataset").glob(name)))
    assert_mended(made)


def turned(path):
    """Change a file as a disk does that forgets: nothing tells of it but its bytes."""
    before = path.stat()
    zero(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_what_only_the_bytes_of_a_dataset_tell_is_found_by_publish_and_written_again_by_the_next_run(made, command):
    damaged = next((made.place / "dataset").glob("*/*.parquet"))
    turned(damaged)
    told = line_of(command("publish", made.place, "--dry-run", "--to", made.root / "there"), code=4)
    assert told.endswith("Run `bricks run MANIFEST` again: it writes dataset/ anew.")
    assert "has other bytes than SHA256SUMS tells: dataset/ is written anew" in made.run().err
    assert_mended(made)


def test_a_dataset_is_read_once_where_it_was_touched_and_not_where_it_was_not(made, monkeypatch):
    read = []
    monkeypatch.setattr("publishing.dataset_seen.sha256_of", lambda path: read.append(path.name) or sha256_of(path))
    made.made()
    assert read == []
    (made.place / "dataset" / "README.md").touch()
    made.made()
    assert read == ["README.md"]
    shutil.copytree(made.place, made.root / "copied")
    for _ in range(2):
        made.made(place=made.root / "copied")
    assert len(read) == 1 + len(made.dataset()) - 1  # all but SHA256SUMS, and README.md before


# --- who does not answer ---------------------------------------------------------------------------------------


def test_a_model_that_is_gone_for_good_ends_the_run_in_a_line_and_what_it_said_is_kept(served, monkeypatch):
    served.made(place=served.root / "undisturbed")
    asked = len(served.server.asked())
    served.made("--until", "4-curated")
    served.server.stop()
    monkeypatch.setattr("captioning.slots.Slots._patience_s", lambda *_: 0.3)
    told = line_of(served.run())
    assert served.server.url in told
    assert "the same command goes on" in told
    served.server.start()
    assert_mended(served)
    assert len(served.server.asked()) == 2 * asked


def test_a_source_that_is_gone_for_good_takes_nothing_out_and_says_so(live):
    for number in (1, 2):
        live.server.add(number, figures=1, unused=0)
    live.made()
    shutil.copytree(live.place / "dataset", live.root / "undisturbed" / "dataset")
    live.server.fault("", times=10_000, status=503)
    said = live.run()
    assert "Traceback" not in said.err
    assert live.dataset() == live.dataset(live.root / "undisturbed")


# --- signals ---------------------------------------------------------------------------------------------------


def test_a_signal_ends_a_run_of_several_workers_with_130_and_the_same_command_gives_the_same_bytes(bench):
    for article in range(1, 9):
        bench.article(article)
    bench.items_per_part(1)
    process = started(bench, "--workers", "2")
    wait_for(bench.place / PARTS[0], process)
    process.send_signal(signal.SIGTERM)
    out, told = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), told
    assert told.splitlines()[-1] == "Interrupted. What is done is safe, and the same command goes on."
    bench.made(place=bench.root / "undisturbed")
    assert_mended(bench)


# --- the page --------------------------------------------------------------------------------------------------


def test_every_test_that_the_page_names_is_there():
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 20
    for file, name in named:
        assert re.search(rf"^def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), (file, name)
