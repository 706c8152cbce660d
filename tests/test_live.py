"""Live PMC through the door: a manifest, a server with its faults, and everything accounted for."""

import json

import pytest

from pipeline.decisions import REMOVED


def asked(live, ending):
    return [seen.path for seen in live.server.asked(service="cloud") if seen.path.endswith(ending)]


def outcomes(said):
    figures = said["stages"][0]
    return {"kept": figures["kept"], **figures["dropped"], **figures["failed"]}


def test_what_a_query_finds_becomes_a_dataset(live):
    for number in (1, 2):
        live.server.add(number)
    said = live.made()
    rows = live.published()
    assert len(rows) == said["stages"][0]["kept"] == 4
    assert {row["source_id"] for row in rows} == {"PMC1", "PMC2"}
    assert all(row["retrieved_at"] is not None for row in rows)
    digests = {row["image_sha256"] for row in rows}
    assert digests == {row["source_sha256"] for row in rows}
    assert "NIH NLM NCBI" in (live.place / "dataset" / "README.md").read_text()


def test_everything_is_accounted_for_whatever_goes_wrong(live):
    live.server.add(1)
    live.server.add(2).with_metadata()
    live.server.add(3, metadata={"is_retracted": True})
    live.server.add(4, license_code="TDM")
    live.server.add(5, license_code=None)
    live.server.add(6)
    live.server.add(7)
    live.server.add(8)
    live.server.fault("PMC1.1.xml", status=503, times=2)
    live.server.fault("PMC1.1/1-g001", status=429, retry_after="0", times=1)
    live.server.fault("6-g001", corrupt=True, times=99)
    live.server.fault("7-g001", truncate=True, times=1)
    live.server.fault("PMC8.1.xml", html=True, times=99)
    said = live.made()
    seen = outcomes(said)
    assert seen.pop("kept") == 7  # both of 1, 2 and 7, one of 6
    assert seen["retracted"] == 1
    assert seen["license_not_allowed"] == 2
    assert sum(said["stages"][0]["failed"].values()) == 2
    assert {row["source_id"] for row in live.published()} == {"PMC1", "PMC2", "PMC6", "PMC7"}
    assert sum(seen.values()) == 5


def test_trying_again_costs_only_what_failed(live, command):
    live.server.add(1)
    live.server.add(2)
    live.server.fault("2-g001", corrupt=True, times=99)
    assert sum(live.made()["stages"][0]["failed"].values()) == 1
    live.server.faults.clear()
    before = live.dataset()
    live.server.seen.clear()
    said = command("retry", live.place, "--json")
    assert said.json["stages"][0]["failed"] == {}
    assert asked(live, ".jpg") == ["/PMC2.1/2-g001.jpg"]
    assert len(live.published()) == 4
    assert before.keys() <= live.dataset().keys()


def test_a_second_run_fetches_only_what_is_new(live):
    live.server.add(1)
    live.made()
    before = live.parts()
    live.server.seen.clear()
    live.server.add(2)
    live.server.add(1, version=2)
    said = live.run()
    assert "2 new items" in said.err
    assert not [path for path in asked(live, "") if path.startswith("/PMC1.1/")]
    assert {name: live.parts()[name] for name in before if name[0] == "1"} == {
        name: mark for name, mark in before.items() if name[0] == "1"
    }
    assert {(row["source_id"], row["version"]) for row in live.published()} == {("PMC1", "2"), ("PMC2", "1")}


def test_running_again_downloads_nothing(live):
    live.server.add(1)
    live.made()
    dataset = live.dataset()
    live.server.seen.clear()
    live.made()
    assert asked(live, ".jpg") == asked(live, ".xml") == asked(live, ".json") == []
    assert live.dataset() == dataset


def test_what_was_fetched_is_evicted_when_its_part_is_safe(live):
    live.server.add(1)
    live.made()
    blob = live.server.objects["PMC1.1/1-g001.jpg"]
    assert not [path for path in (live.place / "cache").rglob("*") if path.is_file() and blob in path.read_bytes()]


def test_a_takedown_purges_the_cache_too(live, command):
    live.server.add(1)
    live.server.add(2)
    live.made()
    blob = live.server.objects["PMC1.1/1-g001.jpg"]
    command("remove", live.place, "--source-id", "PMC1", "--reason", "request")
    assert not [path for path in live.place.rglob("*") if path.is_file() and blob in path.read_bytes()]


def test_refresh_takes_down_what_was_retracted_withdrawn_or_licensed_anew(live, command):
    for number in (1, 2, 3, 4):
        live.server.add(number)
    live.made()
    live.server.add(1, metadata={"is_retracted": True})
    live.server.add(2, license_code="CC BY-NC-ND")
    live.server.remove(3)
    said = command("refresh", live.place, "--json")
    assert said.code == 0, said.err
    assert {row["source_id"] for row in live.published()} == {"PMC4"}
    for words in ("PMC1: retracted", "PMC2: license", "PMC3: gone"):
        assert words in said.err
    assert {row["reason"] for row in live.rows("1-figures", "dropped")} == {REMOVED}
    again = command("refresh", live.place, "--json")
    assert again.code == 0, again.err
    assert len(live.published()) == 2


def test_refresh_only_tells_of_a_newer_version(live, command):
    live.server.add(1)
    live.made()
    live.server.add(1, version=2)
    dataset = live.dataset()
    said = command("refresh", live.place)
    assert "PMC1: version 1 -> 2" in said.err
    assert live.dataset() == dataset


def test_plan_tells_requests_bytes_and_time_and_downloads_nothing(live, command):
    for number in (1, 2, 3):
        live.server.add(number)
    said = command("plan", live.manifest_file, "--workspace", live.place, "--json").json
    (source,) = said["sources"]
    assert source["items"] == 3
    assert source["requests"] > 3
    assert source["bytes"] > 0
    assert source["seconds"] > 0
    assert asked(live, ".xml") == asked(live, ".jpg") == []


def test_the_published_recipe_names_neither_the_server_nor_the_contact(live):
    live.server.add(1)
    live.made()
    for name, content in live.dataset().items():
        assert b"lab@example.org" not in content, name
        assert b"127.0.0.1" not in content, name


def test_a_server_that_does_not_answer_is_one_line(live):
    live.server.fault("esearch", status=503, times=999)
    said = live.run()
    assert (said.code, said.out) == (1, "")
    assert len(said.err.strip().splitlines()) == 1


def test_a_secret_is_in_no_file_of_the_workspace(live, monkeypatch):
    monkeypatch.setenv("BENCH_KEY", "s3cr3t-k3y")
    live.server.add(1)
    (source,) = json.loads(live.manifest_file.read_text())["sources"]
    live.manifest(sources=[{**source, "api_key": "${env:BENCH_KEY}"}], contact="lab@example.org")
    live.made()
    assert [seen for seen in live.server.asked("esearch") if seen.query.get("api_key") == "s3cr3t-k3y"]
    files = [path for path in live.place.rglob("*") if path.is_file()]
    assert [path.name for path in files if b"s3cr3t-k3y" in path.read_bytes()] == []


def test_refresh_leaves_what_other_sources_brought(live, command):
    live.server.add(1)
    live.article(2, folder="../preprints/PMC2")
    (source,) = json.loads(live.manifest_file.read_text())["sources"]
    both = [source, {"type": "biorxiv", "path": "preprints"}]
    live.manifest(sources=both, contact="lab@example.org")
    live.made()
    assert command("refresh", live.place).code == 0
    assert {row["source"] for row in live.published()} == {"pmc", "biorxiv"}


def test_refresh_acts_on_what_it_heard_where_one_article_gave_no_answer(live, command):
    for number in (1, 2):
        live.server.add(number)
    live.made()
    live.server.add(1, metadata={"is_retracted": True})
    live.server.fault("PMC2.1.json", status=503, times=999)
    said = command("refresh", live.place)
    assert said.code == 1
    assert "PMC2 (http_503)" in said.err
    assert {row["source_id"] for row in live.published()} == {"PMC2"}


@pytest.mark.parametrize("first", ["run", "remove"])
def test_what_a_kill_kept_from_being_evicted_goes_with_the_next_run(live, command, monkeypatch, first):
    live.server.add(1)
    live.server.add(2)
    if first == "remove":
        live.server.fault("2-g001", corrupt=True, times=99)
        live.made()

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ingest.harvest.evict", killed)
        if first == "run":
            assert live.run().code == 130
        else:
            assert command("remove", live.place, "--source-id", "PMC1", "--reason", "request").code == 130
    live.made()
    blob = live.server.objects["PMC1.1/1-g001.jpg"]
    assert not [path for path in (live.place / "cache").rglob("*") if path.is_file() and blob in path.read_bytes()]


def test_the_card_says_when_pmc_was_asked_and_not_when_it_was_written(live):
    live.server.add(1)
    live.made()
    day = max(row["retrieved_at"] for row in live.published()).date().isoformat()
    assert f"accessed on {day}" in (live.place / "dataset" / "README.md").read_text()
