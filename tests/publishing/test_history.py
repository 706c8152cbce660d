"""History: what is taken out after publishing is in no view of the next version, and its change log says so."""

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import hub_repos
import pyarrow.parquet as pq
import pytest

from pipeline.workspace import Workspace
from publishing.change_log import Tombstone, section, tombstones_here

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def hub():
    with hub_repos.running() as server:
        yield server


@pytest.fixture
def bricks(hub, tmp_path):
    """Runs the command as a user does, beside a local Hub."""
    environment = hub_repos.environment(hub, tmp_path)

    def call(*words):
        command = [sys.executable, "-m", "bricks", *map(str, words)]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    return call


def lines(hub, name, revision="main"):
    return [json.loads(line) for line in hub.files("lab/cells", revision)[name].decode().splitlines()]


@pytest.fixture
def three(bench):
    """Three articles; the third holds a copy of the first one's picture."""
    for number in (1, 2, 3, 4):
        bench.article(number)
    shutil.copy(bench.inputs / "PMC1" / "1-g001.jpg", bench.inputs / "PMC3" / "3-g001.jpg")
    bench.manifest(publish={"repo": "lab/cells"})
    bench.made()
    return bench


def ok(said):
    assert said.returncode == 0, said.stderr
    return said


def test_what_is_removed_is_gone_from_the_next_version_which_says_so(three, bricks, hub):
    first = {row["source_id"]: row for row in three.published()}
    ok(bricks("publish", three.place))
    assert "changes.jsonl" not in hub.files("lab/cells")
    doi = first["PMC1"]["doi"]
    ok(bricks("remove", three.place, "--doi", doi, "--reason", "privacy: Ana Example asked"))
    said = ok(bricks("publish", three.place))
    assert "hf repos tag delete lab/cells v1" in said.stdout
    files = hub.files("lab/cells", "v2")
    for name, body in files.items():
        for word in (doi, "PMC1", first["PMC1"]["caption"], "Ana Example"):
            assert word.encode() not in body, name
    credited = csv.DictReader(files["ATTRIBUTION.csv"].decode().splitlines())
    assert {row["source_id"] for row in credited} == {"PMC2", "PMC4"}
    (change,) = lines(hub, "changes.jsonl")
    assert change["since"] == "v1"
    assert change["views"]["panels"]["removed"] == 1
    assert change["removed"] == [first["PMC1"]["id"]]
    (stone,) = lines(hub, "tombstones.jsonl")
    assert (stone["field"], stone["value"]) == ("sha256", first["PMC1"]["source_sha256"])
    assert stone["reason"] == "privacy"
    card = files["README.md"].decode()
    assert "## Changes" in card
    assert "`panels` and `segmentation` hold it in `source_sha256`" in card
    assert "`id` (`conversations`) or `panel_id` (`questions`) is among the panels that\n`changes.jsonl` lists" in card
    old = pq.read_table(
        io.BytesIO(hub.files("lab/cells", "v1")["conversations/train-00000-of-00001.parquet"])
    ).to_pylist()
    assert change["removed"][0] in {row["id"] for row in old}
    diff = ok(bricks("diff", "hub:lab/cells@v1", "hub:lab/cells@v2"))
    assert "3 -> 2 rows  1 removed" in diff.stdout
    again = ok(bricks("publish", three.place, "--json"))
    assert json.loads(again.stdout)["was_there"]
    assert hub.files("lab/cells") == files


def test_a_run_after_publishing_changes_nothing(three, bricks, hub):
    ok(bricks("publish", three.place))
    ok(bricks("remove", three.place, "--source-id", "PMC2", "--reason", "retracted"))
    ok(bricks("publish", three.place))
    before = three.dataset()
    assert "nothing" in three.run().err or three.dataset() == before
    assert three.dataset() == before == hub.files("lab/cells", "v2")


def test_the_log_grows_by_a_line_a_version_and_survives_a_lost_workspace(three, bricks, hub):
    ok(bricks("publish", three.place))
    ok(bricks("remove", three.place, "--source-id", "PMC2", "--reason", "retracted"))
    ok(bricks("publish", three.place))
    shutil.rmtree(three.place)
    three.made()
    refused = bricks("publish", three.place)
    assert refused.returncode == 4
    assert "1 rows were taken out of a published version" in refused.stderr
    assert "--source-id PMC2 --reason retracted" in refused.stderr
    ok(bricks("remove", three.place, "--source-id", "PMC2", "--reason", "retracted"))
    three.article(7)
    three.made()
    ok(bricks("publish", three.place))
    assert [one["since"] for one in lines(hub, "changes.jsonl")] == ["v1", "v2"]
    assert [one["value"] for one in lines(hub, "tombstones.jsonl")] == ["PMC2"]
    assert lines(hub, "changes.jsonl")[1]["views"]["panels"]["added"] == 1


def test_a_kill_while_the_log_was_written_is_mended_by_the_same_command(three, bricks, hub):
    ok(bricks("publish", three.place))
    ok(bricks("remove", three.place, "--source-id", "PMC2", "--reason", "retracted"))
    half = three.place / ".dataset.1"
    half.mkdir()
    (half / "changes.jsonl").write_text("half of a li")
    ok(bricks("publish", three.place))
    assert [one["since"] for one in lines(hub, "changes.jsonl")] == ["v1"]
    assert hub.files("lab/cells", "v2") == three.dataset()


def test_a_torn_dataset_is_refused_by_its_gate_also_where_there_is_a_past(three, bricks, hub):
    ok(bricks("publish", three.place))
    (three.place / "published.json").write_text("{")
    for name in ("SHA256SUMS", "README.md"):
        kept = (three.place / "dataset" / name).read_bytes()
        (three.place / "dataset" / name).unlink()
        said = bricks("publish", three.place)
        assert said.returncode == 4, said.stderr
        assert "refused by whole" in said.stderr
        (three.place / "dataset" / name).write_bytes(kept)
    (table,) = (three.place / "dataset" / "panels").glob("train*")
    table.write_bytes(b"PAR1")
    said = bricks("publish", three.place)
    assert said.returncode == 4
    assert "refused by whole" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_card_that_was_altered_by_hand_is_refused_also_where_there_is_a_past(three, bricks, hub):
    ok(bricks("publish", three.place))
    ok(bricks("remove", three.place, "--source-id", "PMC2", "--reason", "retracted"))
    card = three.place / "dataset" / "README.md"
    card.write_text(f"{card.read_text()}\nBy me.\n")
    altered = three.dataset()
    said = bricks("publish", three.place)
    assert said.returncode == 4, said.stderr
    assert "refused by whole" in said.stderr
    assert three.dataset() == altered
    assert "v2" not in hub.repos["lab/cells"].tags


def test_a_change_log_that_is_none_is_one_line(three, bricks, hub):
    ok(bricks("publish", three.place))
    ok(bricks("remove", three.place, "--source-id", "PMC2", "--reason", "retracted"))
    ok(bricks("publish", three.place))
    state = hub.repos["lab/cells"].states[-1]
    state["tombstones.jsonl"] = b'{"day": "x"}\n'
    said = bricks("publish", three.place)
    assert said.returncode == 2
    assert "tombstones.jsonl isn't the file that SHA256SUMS tells of" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("retracted: no -> yes (https://lab.internal/x)", [("source_id", "retracted")]),
        ("License changed, says Bo", [("source_id", "license")]),
        ("privacy", [("sha256", "privacy")]),
        ("Ana wants it", [("sha256", "other")]),
    ],
)
def test_a_tombstone_tells_the_article_only_where_that_is_public(three, command, reason, told):
    assert command("remove", three.place, "--source-id", "PMC2", "--reason", reason).code == 0
    assert [(one.field, one.reason) for one in tombstones_here(Workspace(three.place))] == told


def test_a_dataset_without_a_past_has_no_section():
    from publishing.change_log import ChangeLog

    assert section(ChangeLog()) == ""
    assert "`abc`" in section(ChangeLog((Tombstone("2026-11-29", "sha256", "abc", "privacy"),)))


def test_versions_on_the_hub_are_compared_without_a_picture(hub, tmp_path):
    """A picture of 300 kB a row: what is read is a small part of the files."""
    import random

    import pyarrow as pa
    import pyarrow.parquet as pq
    from huggingface_hub import HfApi

    from publishing.comparing import compared
    from publishing.hub_reading import published

    chance = random.Random(5)
    held = hub.repos["lab/cells"] = hub_repos.Repo(private=True)
    for version in (1, 2):
        rows = [
            {"id": f"{at}", "image": {"bytes": chance.randbytes(300_000)}, "image_sha256": f"{at}", "caption": "a"}
            for at in range(40)
        ]
        rows[3] |= {"image_sha256": f"other {version}"}
        path = tmp_path / "train-00000-of-00001.parquet"
        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=10)
        held.states.append({"panels/train-00000-of-00001.parquet": path.read_bytes()})
        held.tags[f"v{version}"] = held.commit_of()
    api = HfApi(endpoint=hub.url, token=hub_repos.TOKEN)
    before = len(hub.seen)
    (said,) = compared(published("hub:lab/cells@v1", api), published("hub:lab/cells@v2", api))
    assert said.changed == {("3",): ["image", "image_sha256"]}
    pieces = [one.piece.removeprefix("bytes=").split("-") for one in hub.seen[before:] if one.piece]
    read = sum(int(last) - int(first) + 1 for first, last in pieces)
    assert 0 < read < 0.2 * 2 * path.stat().st_size
    assert all(one.piece for one in hub.seen[before:] if "/resolve/" in one.path and one.method == "GET")


def test_a_hub_that_falters_is_asked_again_and_one_that_stays_away_is_a_line(hub, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq
    from huggingface_hub import HfApi

    from publishing.comparing import compared
    from publishing.hub import Patience
    from publishing.hub_reading import Published
    from schemas.errors import BricksError

    folder = tmp_path / "panels"
    folder.mkdir()
    pq.write_table(pa.table({"id": ["a"]}), folder / "train-00000-of-00001.parquet")
    held = hub.repos["lab/cells"] = hub_repos.Repo(private=True)
    held.states.append({"panels/train-00000-of-00001.parquet": (folder / "train-00000-of-00001.parquet").read_bytes()})
    api = HfApi(endpoint=hub.url, token=hub_repos.TOKEN)
    hasty = Patience(whole_s=1.0, first_pause_s=0.05, longest_pause_s=0.2)
    for within in ("/revision/", "/tree/", "/resolve/"):
        hub.fault(within, status=503)
    (said,) = compared(Published(api, "lab/cells", hasty), tmp_path)
    assert not said.changed
    hub.fault("/revision/", status=503, times=1000)
    with pytest.raises(BricksError, match=r"hub_503: the Hub answers 503"):
        list(compared(Published(api, "lab/cells", hasty), tmp_path))
