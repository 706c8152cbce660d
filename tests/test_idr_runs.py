"""IDR through the door: a manifest, a server with its faults, and every image accounted for."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ingest.idr import manners_of

ROOT = Path(__file__).resolve().parent.parent
SCREEN, PROJECT, CLOSED = "idr0001-doe-screens/screenA", "idr0062-roe-nuclei/experimentA", "idr0032-poe-x/experimentA"


@pytest.fixture
def idr(bench, server_module, monkeypatch):
    """A workbench whose manifest asks a local IDR, `idr.server`, without waiting between tries."""
    monkeypatch.setattr(
        "ingest.idr.manners_of",
        lambda one: manners_of(one).model_copy(update={"backoff_s": 0, "timeout_s": 1, "per_second": 2000.0}),
    )
    with server_module("idr_server").running() as server:
        bench.server = server
        bench.asks = lambda *studies, **more: bench.manifest(
            sources=[{"type": "idr", "studies": list(studies), "url": server.url, "per_second": 400, **more}],
            contact="lab@example.org",
            on_error={"max_failure_rate": 1.0},
        )
        bench.asks("idr0001", "idr0062", "idr0032")
        yield bench


def outcomes(said):
    figures = said["stages"][0]
    return {"kept": figures["kept"], **figures["dropped"], **figures["failed"]}


def images(rows):
    return sorted(int(row["source_id"].rpartition("-")[2]) for row in rows)


def test_studies_become_a_dataset(idr):
    screen = idr.server.add_screen(SCREEN, plates=3, wells=3, um=0.5)
    project = idr.server.add_project(PROJECT, datasets=2, per_dataset=3, licence="CC0 1.0")
    idr.server.add_project(CLOSED, per_dataset=5, licence=None)
    idr.server.annotate("image", screen[0], [["Phenotype", "large"], ["Phenotype Term Accession", "CMPO_0000128"]])
    said = idr.made()
    assert outcomes(said) == {"kept": 15, "license_unknown": 1}
    rows = idr.published()
    assert images(rows) == sorted(screen + project)
    assert {row["license"] for row in rows} == {"CC-BY-4.0", "CC0-1.0"}
    assert {row["source"] for row in rows} == {"idr"}
    scales = {(row["microns_per_pixel"], row["microns_per_pixel_source"]) for row in rows}
    assert scales == {(0.5, "metadata"), (0.65, "metadata")}
    assert len({row["family"] for row in rows}) == 5
    first = next(row for row in rows if row["source_id"].endswith(f"-{screen[0]}"))
    assert "Phenotype: large." in first["caption"]
    assert {"CMPO:0000128"} <= {fact["id"] for fact in first["facts"]}
    assert first["doi"] == "10.1091/mbc.E13-04-0221"
    assert first["image_sha256"] == first["source_sha256"]
    assert "Williams et al. 2017" in (idr.place / "dataset" / "README.md").read_text()


def test_no_family_is_parted_by_a_split(idr):
    idr.server.add_screen(SCREEN, plates=12, wells=2)
    idr.made()
    splits = {}
    for path in (idr.place / "dataset").glob("panels*/*.parquet"):
        for row in pq.ParquetFile(path).read(["family"]).to_pylist():
            splits.setdefault(row["family"], set()).add(path.name.partition("-")[0])
    assert len(splits) == 12
    assert {len(names) for names in splits.values()} == {1}


def test_everything_is_accounted_for_whatever_goes_wrong(idr):
    screen = idr.server.add_screen(SCREEN, plates=2, wells=4)
    idr.server.add_screen("idr0001-doe-screens/screenB", licence="CC BY-NC-ND 4.0")
    idr.server.images[screen[0]]["size"]["width"] = 20_000
    idr.server.images[screen[0]]["size"]["height"] = 20_000
    idr.server.fault(f"render_image/{screen[1]}/", status=503, times=2)
    idr.server.fault(f"imgData/{screen[2]}/", status=429, retry_after="0", times=1)
    idr.server.fault(f"render_image/{screen[3]}/", truncate=True, times=99)
    idr.server.fault(f"image={screen[4]}", html=True, times=99)
    idr.server.fault(f"render_image/{screen[5]}/", status=404, times=99)
    idr.server.fault(f"imgData/{screen[6]}/", body=b'{"size": {"width": "wide"}}', times=99)
    said = idr.made()
    assert outcomes(said) == {
        "kept": 3,
        "too_large_for_rendering": 1,
        "license_not_allowed": 1,
        "image_missing": 1,
        "absent": 2,
        "truncated": 1,
        "html_instead": 1,
        "not_an_answer": 1,
    }
    assert images(idr.published()) == sorted([screen[1], screen[2], screen[7]])


def test_trying_again_costs_only_what_failed(idr, command):
    screen = idr.server.add_screen(SCREEN, wells=4)
    idr.server.fault(f"render_image/{screen[1]}/", status=500, times=99)
    idr.asks("idr0001")
    assert sum(idr.made()["stages"][0]["failed"].values()) == 1
    idr.server.faults.clear()
    idr.server.seen.clear()
    said = command("retry", idr.place, "--json")
    assert said.json["stages"][0]["failed"] == {}
    assert [seen.path for seen in idr.server.asked("render_image")] == [f"/webgateway/render_image/{screen[1]}/0/0/"]
    assert images(idr.published()) == screen


def test_running_again_fetches_nothing_and_a_larger_number_only_what_is_new(idr):
    idr.server.add_screen(SCREEN, plates=3, wells=5)
    idr.asks("idr0001", images_per_study=4)
    idr.made()
    few, dataset = images(idr.published()), idr.dataset()
    idr.server.seen.clear()
    idr.made()
    assert idr.server.asked("render_image") == idr.server.asked("imgData") == []
    assert idr.dataset() == dataset
    idr.asks("idr0001", images_per_study=9)
    idr.made()
    assert set(few) < set(images(idr.published()))
    assert len(idr.server.asked("render_image")) == 5


def test_other_pixels_of_the_same_images_are_other_items(idr):
    idr.server.add_screen(SCREEN, wells=2, depth=5)
    idr.asks("idr0001")
    idr.made()
    middle = {row["image_sha256"] for row in idr.published()}
    idr.asks("idr0001", plane="first")
    idr.made()
    assert len(idr.published()) == 2
    assert middle.isdisjoint(row["image_sha256"] for row in idr.published())


def test_a_session_that_ends_in_the_middle_costs_nothing(idr):
    screen = idr.server.add_screen(SCREEN, plates=2, wells=10)
    for at in (3, 8, 15):
        idr.server.end_session_at(f"render_image/{screen[at]}/")
    said = idr.made()
    assert outcomes(said)["kept"] == 20
    assert idr.server.opened >= 4
    asked = [seen for seen in idr.server.seen if seen.path.startswith("/webgateway/")]
    assert len(asked) == 20 + 3


def test_what_was_fetched_is_evicted_when_its_part_is_safe(idr):
    (image,) = idr.server.add_screen(SCREEN)
    idr.made()
    kept = [path for path in (idr.place / "cache").rglob("*.body") if "webgateway" in str(path)]
    assert kept == []
    assert idr.server.asked(f"render_image/{image}/")


def test_what_is_in_doubt_leaves_nothing_out(idr):
    screen = idr.server.add_screen(SCREEN, wells=4)
    project = idr.server.add_project(PROJECT, per_dataset=3)
    idr.made()
    for path in (idr.place / "cache").rglob("=api/*.json"):
        path.unlink()
    idr.server.containers["projects"].clear()
    idr.server.fault("/wells/", status=500, times=99)
    idr.made()
    assert images(idr.published()) == sorted(screen + project)


def test_refresh_takes_down_what_is_gone_or_licensed_anew(idr, command):
    screen = idr.server.add_screen(SCREEN, wells=3)
    project = idr.server.add_project(PROJECT, per_dataset=12)
    idr.made()
    idr.server.license_anew(SCREEN, "CC BY-NC 4.0")
    idr.server.remove_image(project[0])
    said = command("refresh", idr.place, "--json")
    assert said.code == 0, said.err
    idr.run()
    assert images(idr.published()) == project[1:]
    assert idr.server.asked(f"images/{screen[0]}/")


def test_plan_tells_what_it_would_take(idr, command):
    idr.server.add_project(PROJECT, datasets=2, per_dataset=10)
    idr.asks("idr0062", per_second=2)
    said = command("plan", idr.manifest_file, "--workspace", idr.place, "--json")
    (row,) = said.json["sources"] if isinstance(said.json, dict) else said.json
    assert (row["items"], row["new"], row["requests"]) == (20, 20, 80)
    assert row["seconds"] == 40
    assert idr.server.asked("imgData") == []


def test_without_the_extra_no_source_is_asked_anything(idr, monkeypatch):
    monkeypatch.setattr("ingest.omero_link.find_spec", lambda _: None)
    idr.server.add_screen(SCREEN)
    plain = {"type": "idr", "studies": ["idr0001"], "url": idr.server.url}
    idr.manifest(sources=[plain, {**plain, "pixels": "omero"}], contact="lab@example.org")
    said = idr.run()
    assert said.code == 2
    assert "needs the extra" in said.err
    assert "install_idr.sh" in said.err
    assert idr.server.seen == []


def test_a_run_that_is_killed_goes_on_where_it_was(idr, tmp_path):
    screen = idr.server.add_screen(SCREEN, plates=4, wells=6)
    idr.asks("idr0001", per_second=150)
    command = [sys.executable, "-m", "bricks", "run", idr.manifest_file, "--workspace", idr.place, "--workers", "2"]
    known = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    for fetched in (6, 16):
        process = subprocess.Popen([*map(str, command)], **known)
        deadline = time.monotonic() + 60
        while len(idr.server.asked("render_image")) < fetched and time.monotonic() < deadline:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert subprocess.run([*map(str, command)], cwd=ROOT, check=False, capture_output=True).returncode == 0
    assert images(idr.published()) == sorted(screen)
    renderings = [seen.path for seen in idr.server.asked("render_image")]
    assert set(renderings) == {f"/webgateway/render_image/{image}/0/0/" for image in screen}
    assert len(renderings) <= len(screen) + 4  # those in flight when it was killed, at most
