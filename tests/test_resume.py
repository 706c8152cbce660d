"""After any kill the same command gives the same bytes: at random moments, at every step, with any workers."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.decisions import REMOVED, Decision, append

ROOT = Path(__file__).resolve().parent.parent
ITEMS_PER_PART = 8
ARTICLES = 18
MASKED = 4
PROGRAM = f"""import runpy
from ingest import harvest
harvest._ITEMS_PER_PART = {ITEMS_PER_PART}
runpy.run_module("bricks", run_name="__main__", alter_sys=True)
"""
STAGES = ("1-figures", "2-panels", "3-groups", "4-curated", "5-captioned")
_STEPS = ("os.rename", "os.remove", "os.rmdir", "os.mkdir")


class Crashes:
    """Keeps what a kill would leave on disk at each step of a run: a copy of the workspace before every change."""

    def __init__(self, place, lives):
        self.place, self.lives, self.watching, self.seen, self.steps = place, lives, False, set(), 0
        sys.addaudithook(self._hook)  # there is no way to take a hook back: it sleeps

    def _hook(self, event, arguments):
        if not self.watching or (event not in _STEPS and not _opens_to_write(event, arguments)):
            return
        if str(self.place) in str(arguments[0]):
            self.watching = False
            self.steps += 1
            self._keep()
            self.watching = True

    def _keep(self):
        said = files_of(self.place) if self.place.exists() else {}
        digest = hash(tuple(sorted(said.items())))
        if digest not in self.seen and said:
            self.seen.add(digest)
            shutil.copytree(self.place, self.lives / f"{self.steps:03d}")


def _opens_to_write(event, arguments):
    return event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def takedown(source_id):
    now = datetime(2026, 11, 20, tzinfo=UTC)
    said = {"who": "ana", "when": now, "queue": "takedown", "reason": "request", "after": REMOVED}
    return Decision(**said, stage="1-figures", field="source_id", id=source_id)


def environment():
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONFAULTHANDLER": "1"}


def started(bench, place, workers=2, stdout=subprocess.DEVNULL):
    """Start a run in processes of its own, in which a few items make a part."""
    command = [sys.executable, "-c", PROGRAM, "run", bench.manifest_file, "--workspace", place, "--workers", workers]
    with errors_of(bench).open("wb") as errors:
        return subprocess.Popen(
            [*map(str, command)], cwd=ROOT, env=environment(), stdout=stdout, stderr=errors, start_new_session=True
        )


def code_of(process, bench, within_s):
    """Return how a run ended; one that doesn't end is made to say where it stands."""
    try:
        return process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        process.wait()
        raise AssertionError(f"still at work after {within_s} s:\n{errors_of(bench).read_text()}") from None


def errors_of(bench):
    return bench.root / "stderr.txt"


def ended(process, within_s=10.0):
    """Return whether every process of the session has ended."""
    deadline = time.monotonic() + within_s
    while at_work(process.pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def at_work(session):
    """Return whether a process of the session lives; one that only waits to be reaped does nothing any more."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session = stat.read_text().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):  # ended meanwhile
            continue
        if int(its_session) == session and state not in "ZX":
            return True
    return False


def test_a_process_is_at_work_until_it_is_killed():
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    assert at_work(process.pid)
    process.kill()
    assert ended(process)
    assert process.wait(10) == -signal.SIGKILL


@pytest.fixture
def crowd(bench):
    """Enough articles for three parts, their pictures small, and a few images with masks."""
    for number in range(1, ARTICLES + 1):
        bench.article(number)
    chance = np.random.default_rng(5)
    for folder, high in (("images", 256), ("masks", 4)):
        (bench.inputs / folder).mkdir(parents=True)
        for at in range(MASKED):
            Image.fromarray(chance.integers(0, high, (100, 110), np.uint8)).save(bench.inputs / folder / f"{at}.png")
    masked = {"type": "masks", "path": "inputs", "format": "labels", "license": "CC0-1.0"}
    masked |= {"images": "images/*.png", "masks": "masks/*.png"}
    bench.manifest(sources=[{"type": "pmc", "path": "inputs/PMC*"}, masked])
    bench.items_per_part(ITEMS_PER_PART)
    return bench


SIGNS = (*STAGES, "cache/rows", "dataset", "report")
"""What appears in a workspace, in this order."""


@pytest.mark.slow
def test_a_run_killed_at_random_moments_gives_the_bytes_of_an_undisturbed_one(crowd, deep):
    """Eight times SIGKILL, ever later in a workspace; one that is through is compared, and the next one begins."""
    undisturbed, began = crowd.root / "undisturbed", time.monotonic()
    assert code_of(started(crowd, undisturbed), crowd, 60) == 0
    whole_s, chance, kills, lives = time.monotonic() - began, random.Random(17), 0, 0
    asked = 40 if deep else 8
    while kills < asked:
        place, moments, lives = crowd.root / f"life-{lives}", [], lives + 1
        while kills < asked and (signs := ahead(place)):
            process = started(crowd, place)
            moment = wait_for(chance.choice(["", *signs[:3]]), process, place, chance.uniform(0, whole_s / 2))
            process.kill()
            code = code_of(process, crowd, 30)
            assert ended(process), "a worker outlives the run that started it"
            if code == 0:
                break
            assert code == -signal.SIGKILL
            kills += 1
            moments.append(moment)
        assert code_of(started(crowd, place), crowd, 60) == 0
        differ = differences(place, undisturbed)
        assert not differ, f"{place.name}, killed {moments}, is not as an undisturbed run leaves it: {differ}"


@pytest.mark.slow
def test_a_run_interrupted_again_and_again_gives_the_bytes_of_an_undisturbed_one(crowd):
    undisturbed, place = crowd.root / "undisturbed", crowd.root / "interrupted"
    crowd.made(place=undisturbed)
    for sign in ("1-figures", "2-panels", "dataset"):
        process = started(crowd, place)
        wait_for(sign, process, place, 0)
        process.send_signal(signal.SIGINT)
        assert code_of(process, crowd, 30) in (130, 0)  # 0: done before the signal came
        assert ended(process), "a worker outlives the run that started it"
    assert code_of(started(crowd, place), crowd, 60) == 0
    assert not differences(place, undisturbed)


def ahead(place):
    """Return the signs that are still to come."""
    there = [at for at, sign in enumerate(SIGNS, start=1) if (place / sign).exists()]
    return SIGNS[max(there, default=0) :]


def wait_for(sign, process, place, delay_s):
    """Wait for a sign in the workspace and a tenth of `delay_s`, or for all of `delay_s`; return how to say so."""
    while sign and process.poll() is None and not (place / sign).exists():
        time.sleep(0.001)
    delay_s /= 10 if sign else 1
    time.sleep(delay_s)
    return f"{delay_s:.2f} s after {sign or 'its start'}"


def differences(place, other):
    """Return what tells two workspaces apart: files of the dataset and the sums of stages, each with how."""
    told = []
    for folder in ("dataset", *STAGES):
        one, two = (files_of(each / folder) for each in (place, other))
        names = one.keys() | two.keys() if folder == "dataset" else {"stage.json"}
        for name in sorted(names):
            if one.get(name) != two.get(name):
                how = "differs" if name in one and name in two else "is missing" if name in two else "is too much"
                told.append(f"{folder}/{name} {how}")
    return told


def test_differences_name_the_files(few):
    few.made()
    other = few.root / "other"
    shutil.copytree(few.place, other)
    assert differences(other, few.place) == []
    (other / "dataset" / "SHA256SUMS").unlink()
    (other / "dataset" / "more.txt").write_text("")
    (other / "dataset" / "README.md").write_text("")
    (other / "2-panels" / "stage.json").write_text("{}")
    assert differences(other, few.place) == [
        "dataset/README.md differs",
        "dataset/SHA256SUMS is missing",
        "dataset/more.txt is too much",
        "2-panels/stage.json differs",
    ]


@pytest.fixture
def few(bench):
    """Three articles in two parts, one of them without its picture."""
    for number in range(1, 4):
        bench.article(number)
    bench.items_per_part(2)
    (bench.inputs / "PMC3" / "3-g001.jpg").unlink()
    return bench


def heals_at_every_step(bench):
    """Run with a watch on the disk, then go on from every state that a kill would have left."""
    crashes = Crashes(bench.place, bench.root / "lives")
    crashes.watching = True
    bench.made()
    crashes.watching = False
    lives = sorted(crashes.lives.iterdir())
    bench._patch.setattr(os, "getpid", lambda: 1)
    for place in lives:
        bench.made(place=place)
        assert bench.dataset(place) == bench.dataset(), place.name
        assert sums(place) == sums(bench.place), place.name
        assert litter(place) == [], place.name
    return len(lives)


def litter(place):
    """Return the halves of parts and datasets."""
    found = [*place.rglob(".part-*"), *place.glob(".dataset.*"), *(place / "cache").glob("rows")]
    return [path.relative_to(place).as_posix() for path in found]


def test_halves_of_small_files_are_swept_too(few):
    few.made()
    halves = [few.place / name for name in (".manifest.yaml.7", "2-panels/.stage.json.7", "cache/.dataset.json.7")]
    for half in halves:
        half.write_text("{")
    few.made()
    assert [half.name for half in halves if half.exists()] == []


def test_a_first_run_that_is_killed_at_any_step_on_disk_is_healed_by_the_same_command(few):
    assert heals_at_every_step(few) > 50


def test_a_run_that_changes_what_is_there_is_healed_after_a_kill_at_any_step_on_disk(few):
    few.made()
    append(few.place / "decisions.sqlite", [takedown("PMC2")])
    few.article(4)
    assert heals_at_every_step(few) > 40


def sums(place):
    return [(place / stage / "stage.json").read_bytes() for stage in STAGES]


@pytest.mark.parametrize("workers", [2, 4])
def test_any_number_of_workers_gives_the_same_bytes(crowd, workers):
    crowd.made()
    assert len(list((crowd.place / "1-figures").glob("part-*.parquet"))) == 3
    assert code_of(started(crowd, crowd.root / "many", workers), crowd, 120) == 0
    assert crowd.dataset(crowd.root / "many") == crowd.dataset()
    assert sums(crowd.root / "many") == sums(crowd.place)


def test_an_interrupted_run_says_that_it_can_go_on(crowd):
    process = started(crowd, crowd.place, stdout=subprocess.PIPE)
    while process.poll() is None and not (crowd.place / "1-figures").exists():
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == b""
    assert "Traceback" not in errors_of(crowd).read_text()
    assert ended(process)


def spoil_nothing(place):
    pass


def lose_ledger(place):
    (place / "ledger.sqlite").unlink()


def garble_ledger(place):
    (place / "ledger.sqlite").write_bytes(b"SQLite format 3\0" + bytes(2000))


def cut_ledger(place):
    blob = (place / "ledger.sqlite").read_bytes()
    (place / "ledger.sqlite").write_bytes(blob[: len(blob) // 2])


def lose_dataset(place):
    shutil.rmtree(place / "dataset")


def lose_a_shard(place):
    next((place / "dataset").glob("*/*.parquet")).unlink()


def lose_cache(place):
    shutil.rmtree(place / "cache")


def lose_report(place):
    shutil.rmtree(place / "report")


def lose_a_stage(place):
    shutil.rmtree(place / "3-groups")


def lose_figures(place):
    shutil.rmtree(place / "1-figures")


def lose_a_part(place):
    (place / "2-panels" / "part-00001.parquet").unlink()


def cut_a_part(place):
    path = place / "2-panels" / "part-00001.parquet"
    path.write_bytes(path.read_bytes()[:-20])


def cut_figures(place):
    path = place / "1-figures" / "part-00000.parquet"
    path.write_bytes(path.read_bytes()[:1000])


def empty_a_part(place):
    (place / "4-curated" / "part-00000.parquet").write_bytes(b"")


def lose_a_side(place):
    (place / "1-figures" / "dropped" / "part-00001.parquet").unlink()


def cut_a_side(place):
    path = place / "1-figures" / "dropped" / "part-00001.parquet"
    path.write_bytes(path.read_bytes()[:-20])


def lose_stage_json(place):
    (place / "2-panels" / "stage.json").unlink()


def garble_stage_json(place):
    (place / "2-panels" / "stage.json").write_text("{")


def lose_lock(place):
    (place / "manifest.lock.json").unlink()


def lose_ledger_and_dataset(place):
    lose_ledger(place)
    lose_dataset(place)
    lose_cache(place)


DAMAGES = [
    spoil_nothing, lose_ledger, garble_ledger, cut_ledger, lose_dataset, lose_cache, lose_report, lose_a_stage,
    lose_figures, lose_a_part, cut_a_part, cut_figures, empty_a_part, lose_stage_json, garble_stage_json, lose_lock,
    lose_ledger_and_dataset, lose_a_shard,
    lose_a_side, cut_a_side,
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_same_command_heals(bench, damage):
    bench.items_per_part(2)
    for number in range(1, 5):
        bench.article(number)
    (bench.inputs / "PMC3" / "3-g001.jpg").unlink()
    bench.made()
    dataset, stages, dropped = bench.dataset(), sums(bench.place), bench.rows("1-figures", "dropped")
    damage(bench.place)
    bench.made()
    assert bench.dataset() == dataset
    assert sums(bench.place) == stages
    assert bench.rows("1-figures", "dropped") == dropped


@pytest.mark.parametrize("damage", [lose_ledger, garble_ledger, cut_ledger])
def test_a_ledger_is_rebuilt_from_the_parts_and_moves_none(bench, damage):
    bench.items_per_part(2)
    for number in range(1, 5):
        bench.article(number)
    bench.made()
    before = bench.parts()
    damage(bench.place)
    bench.article(0)
    said = bench.run()
    assert "1 new items" in said.err
    after = bench.parts()
    assert {name: after[name] for name in before if not name.startswith("3-")} == {
        name: mark for name, mark in before.items() if not name.startswith("3-")
    }
