"""eLabFTW through the door: a server with its faults, a key that nobody hears of, every entry accounted for."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from elabftw_server import micrograph

from ingest.elabftw import manners_of

ROOT = Path(__file__).resolve().parent.parent
HELA = "<p>HeLa cells, confocal.</p>"


@pytest.fixture
def lab(bench, server_module, monkeypatch):
    """A workbench whose manifest asks a local eLabFTW, `lab.server`, without waiting between tries."""
    monkeypatch.setattr(
        "ingest.elabftw.manners_of",
        lambda one: manners_of(one).model_copy(
            update={"backoff_s": 0, "timeout_s": 1, "slow_window_s": 0.5, "tries": 3, "max_retry_after_s": 2}
        ),
    )
    with server_module("elabftw_server").running() as server:
        bench.server = server
        monkeypatch.setenv("LAB_KEY", server.key)
        asked = {"type": "elabftw", "url": server.url, "key": "${env:LAB_KEY}", "per_second": 2000}
        bench.asks = lambda *sources, **changes: bench.manifest(
            sources=[{**asked, "license": "CC-BY-4.0", "attribution": "Lab", **one} for one in sources or [{}]],
            contact="lab@example.org",
            **{"on_error": {"max_failure_rate": 1.0}, **changes},
        )
        bench.asks()
        yield bench


def outcomes(said):
    figures = said["stages"][0]
    return {"kept": figures["kept"], **figures["dropped"], **figures["failed"]}


def shown(lab):
    """Return the numbers of the published entries; an entry's title is its number."""
    return sorted(
        int(fact["value"].split()[-1]) for row in lab.published() for fact in row["facts"] if fact["name"] == "title"
    )


def undated(rows):
    return [row | {"retrieved_at": None} for row in rows]


def test_entries_become_a_dataset(lab):
    lab.server.add(body=HELA, tags=("imaging",), category=(3, "Microscopy"))
    lab.server.add(body="<p>Yeast.</p>")
    said = lab.made()
    assert outcomes(said) == {"kept": 2}
    rows = lab.published()
    assert {row["caption"] for row in rows} == {"HeLa cells, confocal.", "Yeast."}
    assert {(row["license"], row["attribution"], row["source"]) for row in rows} == {("CC-BY-4.0", "Lab", "elabftw")}
    assert {row["source_id"] for row in rows} == {entry.elabid for entry in lab.server.entries.values()}
    assert all(row["retrieved_at"] is not None for row in lab.rows("1-figures"))
    assert rows[0]["image_sha256"] == rows[0]["source_sha256"]


def test_what_the_exporter_says_of_a_licence_is_no_consent(lab):
    lab.server.add(body=HELA)
    lab.asks({"license": None, "attribution": None})
    lab.run()
    assert lab.published() == []


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({}, [41, 42, 43, 44]),
        ({"tags": ["imaging"]}, [41, 42]),
        ({"tags": ["imaging", "yeast"]}, [41, 42, 43]),
        ({"tags": ["Imaging & more"]}, [44]),
        ({"tags": ["none"]}, []),
        ({"categories": ["microscopy"]}, [41, 43]),
        ({"categories": ["7"]}, [42]),
        ({"categories": ["7", "Microscopy"], "tags": ["imaging"]}, [41, 42]),
        ({"since": "2026-01-10"}, [42, 43, 44]),
        ({"since": "2026-01-10", "until": "2026-01-20"}, [42, 43]),
        ({"modified_since": "2026-01-16"}, [44]),
        ({"entities": ["items"]}, [41]),
        ({"entities": ["items", "experiments"], "tags": ["imaging"]}, [41, 41, 42]),
        ({"limit": 2}, [41, 42]),
        ({"sample": {"n": 2, "seed": 3}}, None),
    ],
    ids=str,
)
def test_the_manifest_says_which_entries(lab, asked, numbers):
    lab.server.add(tags=("imaging",), category=(3, "Microscopy"), date="2026-01-01")
    lab.server.add(tags=("imaging", "yeast"), category=(7, "Blots"), date="2026-01-10")
    lab.server.add(tags=("yeast",), category=(3, "Microscopy"), date="2026-01-20")
    lab.server.add(tags=("Imaging & more",), date="2026-02-01", modified_at="2026-01-16 00:00:00")
    lab.server.add("items", tags=("imaging",))
    lab.asks(asked)
    lab.run("--until", "1-figures")
    found = sorted(int(seen.rpartition("/")[2]) for seen in lab.server.exported())
    assert found == numbers if numbers is not None else len(found) == 2


def test_categories_that_nothing_is_in_are_told_with_those_there_are(lab, caplog):
    lab.server.add(category=(3, "Microscopy"))
    lab.asks({"categories": ["Mycroscopy"]})
    lab.run("--until", "1-figures")
    assert "none of the experiments is in ['Mycroscopy']; there are: ['Microscopy']" in caplog.text


def test_linked_entries_come_along_and_are_not_taken_for_it(lab):
    plasmid = lab.server.add("items", title="Plasmid 41")
    other = lab.server.add(title="Untagged 41")
    lab.server.add(title="Asked 42", tags=("imaging",), links=(plasmid, other))
    lab.asks({"tags": ["imaging"]})
    said = lab.made()
    assert outcomes(said) == {"kept": 1, "linked_entry": 2}
    assert shown(lab) == [42]


def spoilt_export(lab, name):
    """Return the .eln of an entry with another picture under the old digest."""
    before = lab.server.entries[name]
    body = bytearray(lab.server._export(before)[2])
    at = body.index(b"IDAT") + 40
    body[at] ^= 1
    return bytes(body)


def test_everything_is_accounted_for_whatever_goes_wrong(lab):
    names = [lab.server.add() for _ in range(13)]
    at = {number: f"experiments/{number}" for _, number in names}
    lab.server.fault(f"{at[41]}?format=eln", status=403, times=99)
    lab.server.fault(f"{at[42]}?format=eln", status=404, times=99)
    lab.server.fault(f"{at[43]}?format=eln", status=503, times=2)
    lab.server.fault(f"{at[44]}?format=eln", status=429, retry_after="1", times=1)
    lab.server.fault(f"{at[45]}?format=eln", truncate=True, times=99)
    lab.server.fault(f"{at[46]}?format=eln", html=True, times=99)
    lab.server.fault(f"{at[47]}?format=eln", drip_s=0.05, times=99)
    lab.server.fault(f"{at[48]}?format=eln", body=spoilt_export(lab, names[7]), times=99)
    lab.server.fault(f"{at[49]}?format=eln", status=401, times=99)
    lab.server.fault(f"{at[50]}?format=eln", location=f"{lab.server.elsewhere}steal", times=99)
    lab.server.fault(f"{at[51]}?format=eln", status=500, times=99)
    lab.server.edit(names[11], uploads=())
    said = lab.made()
    assert outcomes(said) == {
        "kept": 3,
        "access_denied": 1,
        "absent": 1,
        "truncated": 1,
        "archive_broken": 1,
        "html_instead": 1,
        "too_slow": 1,
        "key_refused": 1,
        "redirect_refused": 1,
        "http_500": 1,
        "no_figures": 1,
    }
    assert shown(lab) == [43, 44, 53]
    assert lab.server.asked(service="elsewhere") == []


def test_running_again_downloads_nothing_and_an_edit_only_its_entry(lab):
    names = [lab.server.add(body=HELA) for _ in range(20)]
    lab.made()
    dataset, parts = lab.dataset(), lab.parts()
    lab.server.seen.clear()
    lab.made()
    assert lab.server.exported() == []
    assert (lab.dataset(), lab.parts()) == (dataset, parts)
    lab.server.edit(names[3], body="<p>Changed.</p>")
    lab.server.add(body="<p>New.</p>")
    lab.made()
    assert lab.server.exported() == ["experiments/44", "experiments/61"]
    assert sorted(row["caption"] for row in lab.published() if row["caption"] != "HeLa cells, confocal.") == [
        "Changed.",
        "New.",
    ]
    assert len(lab.published()) == 21


def test_an_edit_is_brought_also_where_another_entry_of_its_part_failed_before(lab):
    names = [lab.server.add(body=HELA) for _ in range(20)]
    lab.server.fault("experiments/50?format=eln", status=429, times=99)
    lab.made()
    lab.server.faults.clear()
    lab.server.edit(names[2], body="<p>Corrected.</p>")
    lab.made()
    assert [row["caption"] for row in lab.published()].count("Corrected.") == 1
    assert len(lab.published()) == 19


@pytest.mark.parametrize("moment", ["0000-00-00 00:00:00", "2026-02-30 10:00:00", "", "soon", "9" * 5000])
@pytest.mark.parametrize("asked", [{}, {"modified_since": "2025-01-01"}], ids=str)
def test_a_moment_that_is_none_costs_its_entry_alone(lab, moment, asked):
    names = [lab.server.add() for _ in range(3)]
    lab.server.edit(names[1], at=moment)
    lab.asks(asked)
    assert outcomes(lab.made()) == {"kept": 2, "record_invalid": 1}


def test_a_number_of_5000_digits_costs_its_entry_alone(lab):
    lab.server.add()
    row, odd = lab.server.entries[("experiments", 41)].row(), {"id": "9" * 5000, "modified_at": "2026-01-15 10:00:00"}
    lab.server.fault("offset=0", times=99, body=json.dumps([row, odd]).encode())
    lab.server.fault("offset=1", times=99, body=json.dumps([odd]).encode())
    assert outcomes(lab.made()) == {"kept": 1, "record_invalid": 1}
    assert "id has 5000 digits" in lab.rows("1-figures", "failed")[0]["detail"]


def test_a_list_whose_number_nothing_can_hold_ends_the_run_in_one_line(lab):
    lab.server.fault("offset=0", times=99, body=b'[{"id": ' + b"9" * 5000 + b"}]")
    said = lab.run()
    assert said.code == 1
    assert "Traceback" not in said.err
    assert "not_json" in said.err


def test_no_two_exports_are_alike_and_their_rows_are(lab):
    lab.server.add(uploads=(("a.png", micrograph(1)), ("b.png", micrograph(2)), ("c.PNG", micrograph(3))))
    lab.server.add(body=HELA)
    lab.made()
    lab.made(place=lab.root / "other")
    assert len(lab.server.exported()) == 4
    assert len(lab.published()) == 4
    assert undated(lab.published()) == undated(lab.published(lab.root / "other"))


def test_an_entry_that_is_called_otherwise_keeps_the_ids_of_its_pictures(lab):
    name = lab.server.add()
    lab.made()
    (before,) = lab.published()
    lab.server.edit(name, title="Another title 41")
    lab.made()
    (after,) = lab.published()
    assert (before["id"], before["source_id"]) == (after["id"], after["source_id"])
    assert "Another title 41" in str(after["facts"])


@pytest.mark.parametrize("leaves", ["archive", "delete", "purge", "forbid"])
def test_an_entry_that_leaves_the_lists_leaves_the_dataset(lab, leaves):
    names = [lab.server.add() for _ in range(3)]
    lab.made()
    getattr(lab.server, leaves)(names[1])
    lab.made()
    assert shown(lab) == [41, 43]
    assert lab.server.exported() == [f"experiments/{number}" for _, number in names]
    assert [row["reason"] for row in lab.rows("2-panels", "dropped")] == ["not_listed"]


@pytest.mark.parametrize("leaves", ["purge", "forbid"])
def test_an_entry_that_leaves_between_list_and_export_has_a_reason(lab, leaves):
    names = [lab.server.add() for _ in range(3)]
    lab.server.served += [lambda: None, lambda: getattr(lab.server, leaves)(names[1])]
    said = lab.made()
    assert outcomes(said) == {"kept": 2, {"purge": "absent", "forbid": "access_denied"}[leaves]: 1}


def test_an_entry_that_its_own_status_puts_away_is_dropped_so(lab):
    lab.server.add(status="Archived")
    assert outcomes(lab.made()) == {"kept": 0, "entry_archived": 1}


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"status": 401}, {"html": True}, {"truncate": True}, {"body": b"{}"}, {"reset": True}],
    ids=str,
)
def test_a_list_that_fails_takes_nothing_out(lab, fault):
    for _ in range(20):
        lab.server.add()
    lab.made()
    dataset = lab.dataset()
    lab.server.fault("offset=14", times=99, **fault)
    said = lab.run()
    assert said.code == 1
    assert "Traceback" not in said.err
    assert len(said.err.strip().splitlines()) == 1
    lab.server.faults.clear()
    lab.made()
    assert lab.dataset() == dataset


def test_a_list_that_is_suddenly_almost_empty_takes_nothing_out_until_refresh_has_asked(lab, command, caplog):
    names = [lab.server.add(tags=("imaging",)) for _ in range(30)]
    lab.asks({"tags": ["imaging"]})
    lab.made()
    for name in names[2:]:
        lab.server.edit(name, at="2026-01-15 10:00:00", tags=())
    said = lab.run()
    assert (said.code, len(lab.published())) == (0, 30)
    assert "2 entries are listed, and 30 were before" in caplog.text
    assert command("refresh", lab.place).code == 0
    lab.made()
    assert len(lab.published()) == 2


def test_a_key_that_may_suddenly_read_nothing_takes_nothing_out(lab, command):
    for _ in range(25):
        lab.server.add()
    lab.made()
    for name in list(lab.server.entries):
        lab.server.forbid(name)
    assert lab.run().code == 0
    assert command("refresh", lab.place).code == 1
    assert len(lab.published()) == 25


def test_refresh_takes_down_what_was_deleted(lab, command):
    names = [lab.server.add() for _ in range(9)]
    lab.made()
    lab.server.delete(names[0])
    lab.server.purge(names[1])
    lab.server.archive(names[3])
    lab.server.edit(names[4])
    said = command("refresh", lab.place, "--json")
    assert said.code == 0, said.err
    told = {line.partition(": ")[2].split()[0] for line in said.err.splitlines() if " -> " in line}
    assert told == {"withdrawn", "gone", "version"}
    assert shown(lab) == [43, 44, 45, 46, 47, 48, 49]
    lab.made()
    assert shown(lab) == [43, 45, 46, 47, 48, 49]


def test_what_the_key_may_no_longer_read_is_never_taken_down_for_good(lab, command):
    names = [lab.server.add() for _ in range(9)]
    lab.made()
    lab.server.forbid(names[2])
    said = command("refresh", lab.place)
    assert said.code == 1
    assert "1 entries gave no answer" in said.err
    assert "(http_403)" in said.err
    assert "bricks remove --source-id" in said.err
    assert len(shown(lab)) == 9
    lab.made()
    assert 43 not in shown(lab)
    lab.server.edit(names[2], readable=True)
    lab.made()
    assert 43 in shown(lab)


@pytest.mark.parametrize("leaves", ["forbid", "purge"])
@pytest.mark.parametrize("held_left", [(20, 7), (20, 1), (5, 2), (3, 0), (1, 0)])
def test_where_most_of_a_small_notebook_is_missing_nothing_leaves(lab, command, leaves, held_left, caplog):
    held, left = held_left
    names = [lab.server.add() for _ in range(held)]
    lab.made()
    for name in names[left:]:
        getattr(lab.server, leaves)(name)
    lab.made()
    assert len(lab.published()) == held
    assert f"{left} entries are listed, and {held} were before" in caplog.text
    said = command("refresh", lab.place)
    assert said.code == 1
    assert "bricks remove --source-id" in said.err
    lab.made()
    assert len(lab.published()) == held
    for name in names[left:] if leaves == "forbid" else []:
        lab.server.edit(name, readable=True)
    lab.made()
    assert len(lab.published()) == held


def test_trying_again_costs_only_what_failed(lab, command):
    names = [lab.server.add() for _ in range(4)]
    lab.server.fault("experiments/42?format=eln", status=500, times=99)
    lab.server.fault("experiments/43?format=eln", status=403, times=99)
    assert outcomes(lab.made()) == {"kept": 2, "http_500": 1, "access_denied": 1}
    lab.server.faults.clear()
    lab.server.seen.clear()
    said = command("retry", lab.place, "--json")
    assert outcomes(said.json) == {"kept": 4}
    assert lab.server.exported() == ["experiments/42", "experiments/43"]
    assert len(lab.published()) == len(names)


def everything(folder, *said):
    """Return every byte below a folder, names included, and all that was said."""
    paths = list(folder.rglob("*"))
    blobs = [str(path).encode() + (path.read_bytes() if path.is_file() else b"") for path in paths]
    blobs += [repr(pq.read_table(path).to_pylist()).encode() for path in paths if path.suffix == ".parquet"]
    return b"\0".join([*blobs, *(text.encode() for one in said for text in (one.out, one.err))])


def test_nobody_hears_of_the_key(lab, command, caplog):
    caplog.set_level("DEBUG")
    lab.server.add(body=HELA)
    lab.server.add()
    lab.server.fault("experiments/42?format=eln", status=500, times=99)
    said = [lab.run("--json"), lab.run(), command("plan", lab.manifest_file, "--workspace", lab.place)]
    said += [command(name, lab.place) for name in ("status", "refresh", "retry", "report")]
    said += [command("show", lab.place, "--failed"), command("check", lab.manifest_file)]
    lab.server.key = "3-another"
    said += [lab.run(), command("refresh", lab.place)]
    key = os.environ["LAB_KEY"]
    assert key.encode() not in everything(lab.root, *said)
    assert key not in caplog.text
    assert "format=eln" in caplog.text
    assert "refuses the key" in said[-2].err
    assert {seen.key for seen in lab.server.seen} == {key}


def test_the_published_manifest_and_lock_tell_neither_server_nor_key(lab):
    lab.server.add(body=HELA)
    lab.made()
    told = everything(lab.place / "dataset")
    assert lab.server.url.removeprefix("http://").rstrip("/").encode() not in told
    assert b"LAB_KEY" not in told
    assert b"HeLa cells" in told


@pytest.mark.parametrize("url", ["https://[bad", "https://eln.example.org:port"])
def test_a_url_that_is_none_is_told_with_line_and_column(lab, command, url):
    lab.asks({"url": url})
    said = command("check", lab.manifest_file)
    assert said.code != 0
    assert re.search(rf":\d+:\d+  sources\.0\.url  .*{re.escape(url)}", said.err + said.out)


def test_without_its_variable_a_run_says_which_and_asks_nobody(lab, monkeypatch):
    monkeypatch.delenv("LAB_KEY")
    said = lab.run()
    assert said.code == 2
    assert "the environment has no LAB_KEY" in said.err
    assert lab.server.seen == []


def test_plan_tells_what_it_would_take_and_fetches_no_entry(lab, command):
    for _ in range(31):
        lab.server.add()
    said = command("plan", lab.manifest_file, "--workspace", lab.place, "--json")
    (row,) = said.json["sources"]
    assert (row["items"], row["new"], row["known"]) == (31, 31, 0)
    assert lab.server.exported() == []


def test_what_was_fetched_is_evicted_when_its_part_is_safe(lab):
    lab.server.add()
    lab.made()
    assert list((lab.place / "cache" / "http").rglob("*.body")) == []


def test_another_licence_in_the_manifest_reads_the_entries_anew(lab):
    lab.server.add(body=HELA)
    lab.made()
    lab.asks({"license": "CC0-1.0"})
    lab.made()
    assert [row["license"] for row in lab.published()] == ["CC0-1.0"]


def test_an_entry_that_breaks_the_labs_schema_is_dropped(lab):
    lab.server.add(body=HELA)
    lab.server.add(body="<p>Yeast.</p>")
    schema = {"properties": {"caption": {"type": "string", "pattern": "HeLa"}}}
    (lab.root / "lab.schema.json").write_text(json.dumps(schema))
    lab.asks({"schema": "lab.schema.json"})
    assert outcomes(lab.made()) == {"kept": 1, "schema_violated": 1}


def test_a_run_that_is_killed_goes_on_and_gives_the_same_bytes(lab):
    for number in range(24):
        lab.server.add(body=f"<p>Cell {number}.</p>")
    lab.asks({"per_second": 60})
    lab.items_per_part(8)
    command = [sys.executable, "-m", "bricks", "run", lab.manifest_file, "--workspace", lab.place, "--workers", "2"]
    known = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    for fetched in (5, 14):
        process = subprocess.Popen([*map(str, command)], **known)
        deadline = time.monotonic() + 60
        while len(lab.server.exported()) < fetched and time.monotonic() < deadline:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert subprocess.run([*map(str, command)], cwd=ROOT, check=False, capture_output=True).returncode == 0
    assert len(lab.server.exported()) <= 24 + 4  # those in flight when it was killed, at most
    assert len(lab.published()) == 24
    killed = lab.dataset()
    lab.made()
    assert lab.dataset() == killed
    lab.asks()
    lab.made(place=lab.root / "never killed")
    assert undated(lab.published()) == undated(lab.published(lab.root / "never killed"))
    assert lab.server.key.encode() not in everything(lab.root), "with workers, too"


@pytest.mark.parametrize(
    ("name", "number", "linked"),
    [
        ("consortium/elabftw/export.eln", 52, 11),
        ("elabftw_tests/version-103.eln", 58, 0),
        ("elabftw_tests/version-104.eln", 18, 0),
        ("elabftw_tests/single-experiment.eln", 267, 0),
        ("elabftw_tests/multiple-experiments.eln", 266, 8),
    ],
)
def test_in_real_exports_the_entry_that_was_asked_for_is_told_from_those_it_links_to(
    lab, shared_data, name, number, linked
):
    lab.server.add(number=number)
    lab.server.fault("format=eln", body=(shared_data / "eln" / name).read_bytes(), times=9)
    lab.run()
    left = [row["reason"] for row in lab.rows("1-figures", "dropped")]
    assert left.count("linked_entry") == linked
    others = {row["source_id"] for row in lab.rows("1-figures")}
    others |= {row["source_id"] for row in lab.rows("1-figures", "dropped") if row["reason"] == "no_figures"}
    assert len(others) == 1
