"""Rebuilt: a published dataset is fetched anew from its own recipe, and what differs is told with its reason."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import hub_repos
import pytest

from publishing.rebuilt import DIFFERS

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

    def call(*words, **more):
        command = [sys.executable, "-m", "bricks", *map(str, words)]
        return subprocess.run(
            command, cwd=tmp_path, env={**environment, **more}, capture_output=True, text=True, check=False
        )

    return call


@pytest.fixture
def published(live, hub):
    """A dataset of three articles of a local PMC, put on the Hub as publishing does."""
    for number in (1, 2, 3):
        live.server.add(number)
    live.made()
    put(hub, live.dataset())
    return live


def put(hub, files, tag="v1"):
    held = hub.repos.setdefault("lab/cells", hub_repos.Repo(private=True))
    held.states.append(dict(files))
    held.tags[tag] = held.commit_of()


def with_sums(files, **changed):
    """Return files with some changed, and SHA256SUMS as if bricks had written them so."""
    files = {**files, **{name.replace("_", "."): body for name, body in changed.items()}}
    named = sorted(name for name in files if name != "SHA256SUMS")
    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in named)
    return {**files, "SHA256SUMS": sums.encode()}


def verify(bricks, published, *more, version="v1"):
    urls = ("cloud_url", "eutils_url")
    here = [word for url in urls for word in ("--set", f"sources.0.{url}={getattr(published.server, url)}")]
    contact = ("--set", "contact=lab@example.org", "--set", "on_error.max_failure_rate=1.0")
    place = published.root / "again"
    return bricks("run", f"hub:lab/cells@{version}", "--verify", "--workspace", place, "--json", *here, *contact, *more)


def test_what_the_sources_still_have_is_equal(published, bricks, hub):
    said = verify(bricks, published)
    assert said.returncode == 0, said.stderr
    answer = json.loads(said.stdout)
    assert answer["equal"]
    assert (answer["rows_published"], answer["rows_rebuilt"]) == (6, 6) or answer["rows_published"] == answer[
        "rows_equal"
    ]
    assert f"hub:lab/cells@v1 is commit {hub.repos['lab/cells'].tags['v1'][:12]}" in said.stderr
    assert len(hub.asked("/resolve/")) > 0


def test_what_changed_is_told_with_its_reason(published, bricks):
    published.server.add(1, version=2)
    published.server.remove(2)
    published.server.add(3, license_code="CC BY")
    said = verify(bricks, published)
    assert said.returncode == DIFFERS, said.stderr
    answer = json.loads(said.stdout)
    whys = {row["source_id"]: row["why"] for row in answer["missing"]}
    assert whys["PMC1"] == "is version 2 now, was 1"
    assert "doesn't have it any more" in whys["PMC2"]
    assert {row["source_id"] for row in answer["new"]} == {"PMC1"}


def test_what_was_taken_out_stays_out_of_what_is_rebuilt(published, bricks, hub, command):
    said = command("remove", published.place, "--source-id", "PMC2", "--reason", "retracted")
    assert said.code == 0, said.err
    put(hub, published.dataset(), "v2")
    again = verify(bricks, published, version="v2")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["rows_rebuilt"] == len(published.published()) > 0
    rows = published.published(published.root / "again")
    assert "PMC2" not in {row["source_id"] for row in rows}


def test_without_a_contact_it_is_asked_for(published, bricks):
    said = bricks("run", "hub:lab/cells@v1", "--verify", "--workspace", published.root / "again")
    assert said.returncode == 2
    assert "--set contact=" in said.stderr


def test_local_files_are_told_and_not_read(bench, hub, bricks, tmp_path):
    bench.article(1)
    bench.made()
    put(hub, bench.dataset())
    (tmp_path / "local").mkdir()
    said = bricks("run", "hub:lab/cells")
    assert said.returncode == 2
    assert "sources.0 (pmc): local files" in said.stderr
    found = bricks("run", "hub:lab/cells", "--verify", "--set", f"sources.0.path={bench.inputs}", "--json")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["rows_equal"] == 1
    assert (tmp_path / "runs" / "bench-rebuilt").is_dir()


def test_each_key_that_is_withheld_is_asked_for(hub):
    from huggingface_hub import HfApi

    from publishing.published_recipe import recipe_at
    from schemas.errors import UsageError

    source = "{type: masks, path: local, format: labels, images: local, masks: local, license: CC0-1.0}"
    text = f"bricks: 1\nname: x\nlicenses: [CC0-1.0]\nsources: [{source}]\n"
    put(hub, with_sums({"manifest.lock.json": b'{"limit": null}'}, manifest_yaml=text.encode()))
    with pytest.raises(UsageError, match=r"sources\.0 \(masks\): local files \(images, masks, path\)") as told:
        recipe_at("hub:lab/cells", (), HfApi(endpoint=hub.url, token=hub_repos.TOKEN))
    assert str(told.value).endswith(
        "With copies of the files: --set sources.0.images=... --set sources.0.masks=... --set sources.0.path=..."
    )


HOSTILE = {
    "extends: /etc/passwd\n": "must not stand in a manifest from elsewhere",
    "contact: ${env:HF_TOKEN}\n": "a variable of this machine's environment",
    "contact: me@example.org\n": "under contact",
    "curation: {detector: os:system}\n": "a program of this machine",
    "split: {keep: /home/ana/set}\n": "under split.keep",
    "curation: {ontologies: [/etc/hosts.obo]}\n": "under curation.ontologies",
    "captioning: {backend: openai, model: m, endpoints: [http://10.0.0.1/v1]}\n": "under captioning.endpoints",
}


@pytest.mark.parametrize("line", HOSTILE)
def test_a_manifest_that_reaches_for_this_machine_is_refused(hub, line):
    from huggingface_hub import HfApi

    from publishing.published_recipe import recipe_at
    from schemas.errors import UsageError

    text = f"bricks: 1\nname: x\nlicenses: [CC0-1.0]\nsources: [{{type: pmc, ids: [PMC1]}}]\n{line}"
    if "contact" not in line:
        text += "contact: withheld\n"
    put(hub, with_sums({"manifest.lock.json": b'{"limit": null}'}, manifest_yaml=text.encode()))
    with pytest.raises(UsageError, match=HOSTILE[line]) as told:
        recipe_at("hub:lab/cells@v1", (), HfApi(endpoint=hub.url, token=hub_repos.TOKEN))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "source", ["{type: pmc, path: /etc}", "{type: pmc, ids: [PMC1], cloud_url: 'http://10.0.0.1/'}"]
)
def test_a_source_that_names_this_machine_is_refused(hub, source):
    from huggingface_hub import HfApi

    from publishing.published_recipe import recipe_at
    from schemas.errors import UsageError

    text = f"bricks: 1\nname: x\ncontact: withheld\nlicenses: [CC0-1.0]\nsources: [{source}]\n"
    put(hub, with_sums({"manifest.lock.json": b'{"limit": null}'}, manifest_yaml=text.encode()))
    with pytest.raises(UsageError, match=r"under sources\.0"):
        recipe_at("hub:lab/cells@v1", (), HfApi(endpoint=hub.url, token=hub_repos.TOKEN))


def refused(hub, named, token=hub_repos.TOKEN):
    from huggingface_hub import HfApi

    from publishing.published_recipe import recipe_at
    from schemas.errors import UsageError

    with pytest.raises(UsageError) as told:
        recipe_at(named, (), HfApi(endpoint=hub.url, token=token))
    return str(told.value)


def test_what_is_not_there_or_not_whole_is_one_line_each(hub):
    plain = with_sums({"README.md": b"x"})
    put(hub, plain)
    assert "no such dataset" in refused(hub, "hub:lab/nothing")
    assert "no revision v9" in refused(hub, "hub:lab/cells@v9")
    assert "holds no manifest.yaml" in refused(hub, "hub:lab/cells@v1")
    assert "HF_TOKEN" in refused(hub, "hub:lab/cells@v1", token="hf_wrong")
    assert "Write hub:org/name@v1" in refused(hub, "hub:cells")
    put(hub, {**plain, "manifest.yaml": b"bricks: 1\n"}, "v2")
    assert "manifest.yaml isn't the file that SHA256SUMS tells of" in refused(hub, "hub:lab/cells@v2")
    table = "panels/train-00000-of-00001.parquet"
    put(hub, with_sums({"manifest.yaml": b"bricks: 1\n", table: b"PAR1"}) | {table: b"PAR2"}, "v3")
    assert f"{table} isn't the file" in refused(hub, "hub:lab/cells@v3")
