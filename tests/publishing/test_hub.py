"""Upload: the Hub holds exactly the folder's files afterwards, whatever went wrong; nothing is sent twice."""

import json
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import hub_repos
import pyarrow.parquet as pq
import pytest
from huggingface_hub import HfApi

from publishing.hub import Patience, Repository
from schemas.errors import SourceError, UsageError

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # the Hub's client, of its own
HASTY = Patience(whole_s=3.0, first_pause_s=0.05, longest_pause_s=0.2)


@pytest.fixture(autouse=True)
def _plain_transfer(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr("huggingface_hub.utils._http.constants.HF_HUB_DISABLE_XET", True, raising=False)


@pytest.fixture
def hub():
    with hub_repos.running() as server:
        yield server


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "dataset"
    (place / "panels").mkdir(parents=True)
    chance = random.Random(3)
    for split in ("train", "test"):
        (place / "panels" / f"{split}-00000-of-00001.parquet").write_bytes(chance.randbytes(50_000))
    (place / "README.md").write_text("---\nlicense: cc0-1.0\n---\n# Cells\n")
    return place


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def repository(hub, repo="lab/cells", token=hub_repos.TOKEN):
    return Repository(HfApi(endpoint=hub.url, token=token), repo, HASTY)


def test_a_folder_lies_in_a_private_repository_under_a_tag(hub, folder):
    said = repository(hub).upload(folder)
    assert hub.files("lab/cells") == files(folder) == hub.files("lab/cells", "v1")
    assert hub.repos["lab/cells"].private
    assert (said.tag, said.files, said.was_there) == ("v1", 3, False)
    assert said.url == f"{hub.url}/datasets/lab/cells"


def test_the_same_again_sends_nothing(hub, folder):
    first = repository(hub).upload(folder)
    states = len(hub.repos["lab/cells"].states)
    again = repository(hub).upload(folder)
    assert again.was_there
    assert (again.tag, again.commit) == (first.tag, first.commit)
    assert len(hub.repos["lab/cells"].states) == states
    assert len(hub.asked("/large/")) == 4


def test_a_new_state_takes_old_files_away_and_is_the_next_version(hub, folder):
    repository(hub).upload(folder)
    before = files(folder)
    (folder / "panels" / "test-00000-of-00001.parquet").unlink()
    (folder / "README.md").write_text("# Cells, anew\n")
    said = repository(hub).upload(folder)
    assert said.tag == "v2"
    assert hub.files("lab/cells") == files(folder)
    assert hub.files("lab/cells", "v1") == before


def test_an_older_state_that_comes_back_is_a_new_version(hub, folder):
    repository(hub).upload(folder)
    old = (folder / "README.md").read_text()
    (folder / "README.md").write_text("# other\n")
    repository(hub).upload(folder)
    (folder / "README.md").write_text(old)
    assert repository(hub).upload(folder).tag == "v3"


@pytest.mark.parametrize(
    ("within", "fault"),
    [
        ("/commit/", {"status": 429, "retry_after": "1"}),
        ("/commit/", {"status": 504, "times": 2}),
        ("/commit/", {"reset": True}),
        ("/large/", {"status": 503}),
        ("/large/", {"reset": True, "times": 2}),
        ("objects/batch", {"status": 504}),
        ("/tree/", {"status": 500}),
        ("/tag/", {"status": 429}),
        ("whoami", {"status": 502}),
    ],
)
def test_faults_that_pass_are_waited_out(hub, folder, within, fault):
    hub.fault(within, **fault)
    repository(hub).upload(folder)
    assert hub.files("lab/cells") == files(folder) == hub.files("lab/cells", "v1")


def test_somebody_elses_commit_that_came_first_is_no_harm(hub, folder):
    hub.conflicts = 2
    repository(hub).upload(folder)
    assert hub.files("lab/cells") == files(folder)


@pytest.mark.parametrize("within", ["/commit/", "/tree/"])
def test_somebody_elses_commit_right_after_ours_never_gets_our_name(hub, folder, within):
    if within == "/tree/":  # nothing is sent then: all lies there, and a commit follows our look at it
        repository(hub).upload(folder)
        hub.repos["lab/cells"].tags.clear()
    hub.strangers[within] = {"stray.bin": b"not ours"}
    said = repository(hub).upload(folder)
    assert hub.files("lab/cells", "v1") == files(folder)
    assert "stray.bin" in hub.files("lab/cells")
    assert hub.repos["lab/cells"].tags["v1"] == said.commit


def test_a_name_that_somebody_else_gave_meanwhile_is_no_success(hub, folder, monkeypatch):
    ask = Repository.tags
    monkeypatch.setattr(Repository, "tags", lambda self: (ask(self), take_v1(hub))[0])
    with pytest.raises(UsageError, match="the tag v1 names another state"):
        repository(hub).upload(folder)


def take_v1(hub):
    hub.repos["lab/cells"].tags["v1"] = hub.repos["lab/cells"].commit_of()


def test_a_hub_that_stays_away_is_told_in_a_line(hub, folder):
    hub.fault("/commit/", status=503, times=1000)
    with pytest.raises(SourceError, match=r"lab/cells: hub_503: the Hub answers 503, after 3 s too"):
        repository(hub).upload(folder)
    assert hub.repos["lab/cells"].tags == {}


def test_a_token_that_is_wrong_is_told_and_not_shown(hub, folder):
    with pytest.raises(UsageError, match=r"401.*HF_TOKEN") as told:
        repository(hub, token="hf_wrong").upload(folder)
    assert "hf_wrong" not in str(told.value)


@pytest.mark.parametrize("token", ["hf_gehéim", "hf_geh\x01eim", "hf_geh eim"])
def test_a_token_that_no_header_holds_is_told_and_not_shown(hub, folder, token):
    with pytest.raises(UsageError, match=r"holds a sign that no token has.*HF_TOKEN") as told:
        repository(hub, token=token).upload(folder)
    assert "eim" not in str(told.value)


@pytest.mark.parametrize("token", ["hf_wrong", "hf_gehéim"])
def test_a_command_with_a_wrong_token_says_so_in_the_writers_words(hub, workspace, tmp_path, token):
    more = hub_repos.environment(hub, tmp_path) | {"HF_TOKEN": token}
    command = [sys.executable, "-m", "bricks", "publish", str(workspace)]
    done = subprocess.run(command, cwd=ROOT, env=more, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Set HF_TOKEN to a token that may write there" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert token not in done.stderr
    assert "passes" not in done.stderr


def test_a_hub_that_asks_to_wait_longer_than_anybody_does_is_told_so(hub, folder):
    hub.fault("/commit/", status=429, retry_after="3600", times=1000)
    with pytest.raises(SourceError, match=r"answers 429 and asks to wait 3600 s$"):
        repository(hub).upload(folder)


def test_a_public_repository_is_not_taken_for_a_private_one(hub, folder):
    repository(hub).upload(folder, private=False)
    with pytest.raises(UsageError, match="the repository is public"):
        repository(hub).upload(folder)


def test_a_repository_that_is_private_already_is_told_so_whatever_the_manifest_says(hub, workspace, tmp_path):
    hub.repos["lab/demo"] = hub_repos.Repo(private=True)
    lock = json.loads((workspace / "manifest.lock.json").read_text())
    lock["manifest"]["publish"]["private"] = False
    (workspace / "manifest.lock.json").write_text(json.dumps(lock))
    out, err = (process := bricks(hub, tmp_path, "publish", workspace)).communicate()
    assert process.returncode == 0, err
    assert "(private), tag v1" in out
    assert "The repository is private, and the manifest wants it public." in out
    assert "hf repos settings lab/demo --public --type dataset" in out


def test_a_tag_of_another_state_is_refused_before_anything_is_sent(hub, folder):
    repository(hub).upload(folder, tag="paper")
    (folder / "README.md").write_text("# other\n")
    with pytest.raises(UsageError, match="the tag paper names another state"):
        repository(hub).upload(folder, tag="paper")
    assert hub.files("lab/cells")["README.md"] != b"# other\n"


PROGRAM = """
import sys
from datasets import load_dataset
for view in sys.argv[2:]:
    for split, rows in load_dataset(sys.argv[1], view).items():
        print(view, split, *sorted(row["image_sha256"] for row in rows.remove_columns("image")))
"""


def bricks(hub, tmp_path, *words):
    """Start the command as a user does."""
    command = [sys.executable, "-m", "bricks", *map(str, words)]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=hub_repos.environment(hub, tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def workspace(demo, tmp_path):
    """A copy of the demo's workspace, with a place to go to."""
    place = shutil.copytree(demo, tmp_path / "ws")
    lock = json.loads((place / "manifest.lock.json").read_text())
    lock["manifest"]["publish"] = {"repo": "lab/demo"}
    (place / "manifest.lock.json").write_text(json.dumps(lock))
    return place


def test_a_dry_run_uploads_nothing(hub, workspace, tmp_path):
    out, err = (process := bricks(hub, tmp_path, "publish", workspace, "--dry-run")).communicate()
    assert process.returncode == 0, err
    assert "would go to lab/demo (private)" in out
    assert "reload         passes" in err
    assert hub.seen == []


@pytest.mark.slow
def test_a_run_that_is_killed_anywhere_is_finished_by_the_same_command_and_loads_row_by_row(hub, workspace, tmp_path):
    wanted, chance = files(workspace / "dataset"), random.Random(11)
    for within in ("objects/batch", "/large/", "/commit/", "/tag/"):
        hub.fault(within, delay_s=3.0)
        process = bricks(hub, tmp_path, "publish", workspace, "--json")
        while not hub.asked(within) and process.poll() is None:
            time.sleep(0.02)
        time.sleep(chance.uniform(0, 0.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert hub.files("lab/demo") in ({}, wanted), "a state is whole or absent"
    out, err = (process := bricks(hub, tmp_path, "publish", workspace, "--json")).communicate()
    assert process.returncode == 0, err
    said = json.loads(out)
    assert (said["repo"], said["tag"], said["files"]) == ("lab/demo", "v1", len(wanted))
    assert hub.files("lab/demo") == hub.files("lab/demo", "v1") == wanted
    assert hub_repos.TOKEN not in out + err
    views = sorted({name.partition("/")[0] for name in wanted if name.endswith(".parquet")})
    program = [sys.executable, "-c", PROGRAM, "lab/demo", *views]
    loaded = subprocess.run(
        program, env=hub_repos.environment(hub, tmp_path), capture_output=True, text=True, check=False
    )
    assert loaded.returncode == 0, loaded.stderr[-2000:]
    assert sorted(loaded.stdout.splitlines()) == sorted(rows_of(workspace / "dataset"))


def rows_of(dataset):
    for path in sorted(dataset.glob("*/*.parquet")):
        sums = sorted(pq.read_table(path, columns=["image_sha256"])["image_sha256"].to_pylist())
        yield " ".join([path.parent.name, path.name.partition("-")[0], *sums])


def test_without_a_token_it_is_told_where_one_comes_from(hub, workspace, tmp_path):
    told = {name: value for name, value in hub_repos.environment(hub, tmp_path).items() if name != "HF_TOKEN"}
    command = [sys.executable, "-m", "bricks", "publish", str(workspace)]
    done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no token for the Hub. Set HF_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_host_whose_name_nobody_knows_is_soon_given_up(folder, caplog):
    lost = Repository(
        HfApi(endpoint="http://hub.invalid", token=hub_repos.TOKEN), "lab/cells", Patience(60, 0.01, 0.01)
    )
    with pytest.raises(SourceError, match=r"hub_unreachable: the Hub can't be reached .* 4 times; look at the network"):
        lost.upload(folder)
    assert re.search(r"asking again in 0 s \(try 1, for \d+ s more\)", caplog.text)
    assert caplog.text.count("asking again") == 3
