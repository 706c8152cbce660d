"""RSpace through the door: one export job a document, one at a time, every document accounted for."""

import os

import pytest

from ingest.rspace import manners_of
from ingest.session import Clock

PAUSES = []


@pytest.fixture
def lab(bench, server_module, monkeypatch):
    """A workbench whose manifest asks a local RSpace, `lab.server`, without waiting for jobs or between tries."""
    monkeypatch.setattr(
        "ingest.rspace.manners_of",
        lambda one: manners_of(one).model_copy(
            update={"backoff_s": 0, "timeout_s": 1, "slow_window_s": 0.5, "tries": 3}
        ),
    )
    PAUSES.clear()
    monkeypatch.setattr("ingest.rspace.Clock", lambda: Clock(sleep=PAUSES.append))
    with server_module("rspace_server").running() as server:
        bench.server = server
        monkeypatch.setenv("LAB_KEY", server.key)
        asked = {"type": "rspace", "url": server.url, "key": "${env:LAB_KEY}", "per_second": 2000}
        bench.asks = lambda **more: bench.manifest(
            sources=[{**asked, "license": "CC-BY-4.0", "attribution": "Lab", **more}],
            contact="lab@example.org",
            on_error={"max_failure_rate": 1.0},
        )
        bench.asks()
        yield bench


def outcomes(said):
    figures = said["stages"][0]
    return {"kept": figures["kept"], **figures["dropped"], **figures["failed"]}


def captions(lab):
    return sorted(row["caption"] for row in lab.published())


def test_documents_become_a_dataset(lab):
    lab.server.add(text="<p>HeLa &amp; actin.</p>", pictures=2)
    lab.server.add(text="<p>Yeast.</p>")
    assert outcomes(lab.made()) == {"kept": 3}
    rows = lab.published()
    assert {(row["license"], row["attribution"], row["source"]) for row in rows} == {("CC-BY-4.0", "Lab", "rspace")}
    assert any("HeLa & actin." in row["caption"] for row in rows)
    assert len({row["family"] for row in rows}) == 2
    assert all(row["retrieved_at"] is not None for row in lab.rows("1-figures"))


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({}, [25, 26, 27]),
        ({"tags": ["imaging"]}, [25, 26]),
        ({"tags": ["actin", "none"]}, [25]),
        ({"modified_since": "2026-01-20"}, [27]),
        ({"limit": 1}, [25]),
    ],
    ids=str,
)
def test_the_manifest_says_which_documents(lab, asked, numbers):
    lab.server.add(tags="imaging,actin")
    lab.server.add(tags="imaging")
    lab.server.add(modified="2026-01-20T00:00:00.000Z")
    lab.asks(**asked)
    lab.run("--until", "1-figures")
    assert lab.server.exported() == numbers


def test_a_list_of_several_pages_is_whole_though_documents_leave_meanwhile(lab):
    lab.server.page_rows = 4
    numbers = [lab.server.add(pictures=0) for _ in range(11)]
    lab.server.served.append(lambda: lab.server.remove(numbers[1]))
    lab.run("--until", "1-figures")
    assert sorted(lab.server.exported()) == [number for number in numbers if number != numbers[1]]


def test_running_again_exports_nothing_and_an_edit_only_its_document(lab):
    numbers = [lab.server.add() for _ in range(4)]
    lab.made()
    dataset = lab.dataset()
    lab.server.seen.clear()
    lab.made()
    assert lab.server.exported() == []
    assert lab.dataset() == dataset
    ids = {row["id"] for row in lab.published()}
    lab.server.edit(numbers[1], text="<p>Changed.</p>")
    lab.made()
    assert lab.server.exported() == [numbers[1]]
    assert ids == {row["id"] for row in lab.published()}
    assert any("Changed." in caption for caption in captions(lab))


def test_everything_is_accounted_for_whatever_goes_wrong(lab):
    numbers = [lab.server.add() for _ in range(8)]
    lab.server.fault(f"selections={numbers[0]}&", status=503, times=2)
    lab.server.fault(f"selections={numbers[1]}&", status=500, times=99)
    lab.server.fault(f"selections={numbers[2]}&", html=True, times=99)
    lab.server.fault(f"selections={numbers[3]}&", body=b'{"status": "?"}', times=99)
    lab.server.served.append(lambda: lab.server.forbid(numbers[4]))
    lab.server.edit(numbers[5], pictures=0)
    lab.server.fault(f"-SD{numbers[6]}.zip", truncate=True, times=99)
    lab.server.fault(f"selections={numbers[7]}&", status=401, times=99)
    said = lab.made()
    assert outcomes(said) == {
        "kept": 1,
        "http_500": 1,
        "html_instead": 1,
        "export_failed": 1,
        "absent": 1,
        "access_denied": 1,
        "no_figures": 1,
        "truncated": 1,
    }


@pytest.mark.parametrize("ends", ["FAILED", "ABANDONED"])
def test_a_job_that_ends_badly_costs_its_document(lab, ends):
    lab.server.add()
    lab.server.ends = ends
    assert outcomes(lab.made()) == {"kept": 0, "export_failed": 1}


def test_a_job_is_looked_at_ever_more_rarely_and_given_up_in_the_end(lab):
    lab.server.add()
    lab.server.looks = 10**6
    assert outcomes(lab.made()) == {"kept": 0, "timeout": 1}
    assert PAUSES[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert 3600 <= sum(PAUSES) < 3700


def test_an_archive_at_another_host_is_not_fetched_with_the_key_or_without(lab):
    lab.server.add()
    lab.server.archives_at = lab.server.elsewhere
    assert outcomes(lab.made()) == {"kept": 0, "redirect_refused": 1}
    assert lab.server.asked(service="elsewhere") == []


def test_a_list_that_fails_takes_nothing_out(lab):
    lab.server.add()
    lab.made()
    for fault in ({"status": 500}, {"status": 401}, {"html": True}, {"body": b"[]"}):
        lab.server.fault("api/v1/documents", times=3, **fault)
        assert lab.run().code == 1
        lab.server.faults.clear()
    lab.made()
    assert len(lab.published()) == 1


def test_refresh_takes_down_what_is_gone(lab, command):
    numbers = [lab.server.add() for _ in range(5)]
    lab.made()
    lab.server.remove(numbers[0])
    lab.server.forbid(numbers[1])
    assert command("refresh", lab.place).code == 0
    lab.made()
    assert len(lab.published()) == 3


def test_what_was_packed_is_kept_until_its_part_is_safe(lab, command):
    first, second = lab.server.add(), lab.server.add()
    lab.server.fault(f"selections={second}&", status=500, times=99)
    lab.made()
    assert len(list((lab.place / "cache").rglob("*.eln"))) == 1
    lab.server.faults.clear()
    command("retry", lab.place)
    assert lab.server.exported()[-1] == second
    assert lab.server.exported().count(first) == 1
    assert list((lab.place / "cache").rglob("*.eln")) == []


def test_nobody_hears_of_the_key(lab, command, caplog):
    caplog.set_level("DEBUG")
    lab.server.add()
    said = [lab.run(), command("refresh", lab.place), command("report", lab.place)]
    key = os.environ["LAB_KEY"]
    files = b"".join(path.read_bytes() for path in lab.root.rglob("*") if path.is_file())
    assert key not in caplog.text + "".join(one.out + one.err for one in said)
    assert key.encode() not in files


@pytest.mark.parametrize("within", ["documents", "export/xml", "jobs/"])
@pytest.mark.parametrize(
    "body", ['["{key}"]', '{{"id": 1, "status": "FAILED", "result": "{key}", "totalHits": "{key}"}}']
)
def test_nobody_hears_of_the_key_where_the_server_repeats_it(lab, caplog, within, body):
    caplog.set_level("DEBUG")
    lab.server.add()
    key = os.environ["LAB_KEY"]
    lab.server.fault(within, times=99, body=body.format(key=key).encode())
    said = lab.run("--until", "1-figures")
    files = b"".join(path.read_bytes() for path in lab.root.rglob("*") if path.is_file())
    assert key[:12] not in caplog.text + said.out + said.err
    assert key[:12].encode() not in files


def test_a_key_that_is_refused_in_the_midst_fails_what_is_left_and_drops_nothing(lab):
    lab.server.add()
    lab.server.served.append(lambda: setattr(lab.server, "key", "another"))
    assert outcomes(lab.made()) == {"kept": 0, "key_refused": 1}
