"""Each manifest that ships is checked, planned and run, by its name, against local servers and tiny downloads."""

import io
import json
import os
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import hub_server
import mask_sets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from eln_exports import one_entry
from preset_downloads import LAYOUTS, Downloads

from schemas.licence_terms import permits
from schemas.manifest_file import load_manifest, read_manifest
from schemas.mask_presets import preset_names, preset_of
from schemas.shipped import MANIFESTS, shipped_names

BENCHMARKS = ("hub:jnirschl/uBench", "hub:jmhb/microvqa")
NAMES = [name for name in shipped_names(MANIFESTS) if name != "demo"]
LIVE = ("biorxiv-cell-biology", "idr-phenotypes", "pmc-microscopy", "ullsam-align")
MADE = ("pmc-microscopy", "biorxiv-cell-biology", "idr-phenotypes", "eln-lab", "ullsam-align", "ullsam-segment")
_COMMENTED = re.compile(r"^(\s*)# (- \{type: .*\})$", re.MULTILINE)


def text(name: str) -> str:
    return (MANIFESTS / f"{name}.yaml").read_text(encoding="utf-8")


def hurry(monkeypatch: Any, place: str) -> None:
    """Let a connector wait for nobody."""
    module, _, name = place.rpartition(".")
    polite = getattr(__import__(module, fromlist=[name]), name)

    def hasty(request: Any) -> Any:
        manners = polite(request)
        free = {"backoff_s": 0, "per_second": 2000.0}
        return manners.model_copy(update={**free, "per_host": dict.fromkeys(manners.per_host, 2000.0)})

    monkeypatch.setattr(place, hasty)


class Shipped:
    """A folder in which a shipped manifest is called by its name; `known` overrules what its tests must."""

    def __init__(self, bench: Any, command: Any) -> None:
        self.bench, self.command, self.known = bench, command, list[str]()

    def __call__(self, verb: str, name: str, *more: object) -> Any:
        where = () if verb == "check" else ("--workspace", self.bench.place)
        said = self.command(verb, name, *where, "--json", *(f"--set={one}" for one in self.known), *more)
        assert said.code == 0, said.err
        return said.json

    def made(self, name: str, *more: object) -> dict[str, int]:
        """Check, plan and run one; returns how many rows each view has."""
        assert self("check", name)["problems"] == []
        planned = self("plan", name)
        assert all(row["items"] for row in planned["sources"])
        assert not (self.bench.place / "1-figures").exists()
        rows = self("run", name, "--workers", 1, "--limit", 3, *more)["rows"] or {}
        return {view: sum(splits.values()) for view, splits in rows.items()}


@pytest.fixture
def held() -> bytes:
    """The picture that is in a benchmark: the first of article 7 of the local PMC."""
    from pmc_articles import picture

    return picture(7 * 100 + 10 + 1)


@pytest.fixture
def shipped(bench: Any, command: Any, held: bytes, monkeypatch: Any) -> Any:
    """The working folder of somebody who calls a manifest by its name, and a Hub with both benchmarks."""
    table = io.BytesIO()
    pq.write_table(pa.table({"image": [{"bytes": held, "path": None}], "caption": ["words"]}), table)
    files = {"data/test-00000-of-00001.parquet": table.getvalue(), "README.md": b"# bench"}
    monkeypatch.chdir(bench.root)
    made = Shipped(bench, command)
    with hub_server.running_all({name.removeprefix("hub:"): files for name in BENCHMARKS}) as url:
        hub_server.point_at(url, monkeypatch)
        yield made


@pytest.fixture
def pmc(shipped: Any, monkeypatch: Any, server_module: Any) -> Any:
    hurry(monkeypatch, "ingest.pmc.manners_of")
    with server_module("pmc_server").running() as server:
        urls = [f"sources.0.cloud_url={server.cloud_url}", f"sources.0.eutils_url={server.eutils_url}"]
        shipped.known = ["contact=lab@example.org", "curation.kinds.threshold=0", *urls]
        shipped.server = server
        yield shipped


TITLE = "Microscopy, a micrograph, confocal, with a scale bar"


@pytest.mark.parametrize("name", ["pmc-microscopy", "ullsam-align"])
def test_articles_of_pmc_become_pairs_and_what_a_benchmark_holds_leaves(pmc: Any, name: str) -> None:
    for number in (7, 8):
        pmc.server.add(number, title=TITLE, figures=2)
    pmc.server.add(9, title=TITLE, license_code="CC BY-NC")
    rows = pmc.made(name)
    assert rows == {"panels": 3, "conversations": 6}
    gone = [row["reason"] for row in pmc.bench.rows("4-curated", "dropped")]
    assert gone == ["contaminated"]
    told = (pmc.bench.place / "dataset").glob("conversations/*.parquet")
    purposes = [row["purpose"] for path in told for row in pq.ParquetFile(path).read(["purpose"]).to_pylist()]
    assert purposes.count("align") == 3
    (search, *_) = pmc.server.asked("esearch")
    assert search.query["email"] == "lab@example.org"


@pytest.mark.parametrize("name", ["pmc-microscopy", "ullsam-align"])
def test_what_the_comment_says_of_size_and_time_is_what_plan_says(pmc: Any, name: str) -> None:
    pmc.server.searched = {"count": "1500000"}
    shown = pmc.command("plan", name, *(f"--set={one}" for one in pmc.known)).out
    planned = re.search(r"^pmc/\S+ \S+ +(\d+) +\d+ +\d+ +(\d+) +(\S+ GB) +(\S+)", shown, re.MULTILINE)
    assert planned, shown
    articles, requests, size, span = planned.groups()
    said = f"{int(articles):,} articles, {int(requests):,} requests, {size}, {span} at the polite rate"
    assert said in " ".join(text(name).split())


def test_a_month_of_biorxiv_becomes_panels(shipped: Any, monkeypatch: Any, server_module: Any) -> None:
    hurry(monkeypatch, "ingest.biorxiv._manners_of")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    with server_module("biorxiv_server").serving() as server:
        server.add(100, posted=date(2026, 10, 5), figures=2)
        server.add(101, posted=date(2026, 10, 6), license="cc_by_nc")
        server.add(102, posted=date(2026, 10, 6), category="neuroscience")
        urls = [f"sources.0.{key}={server.api_url}" for key in ("api_url", "europepmc_url", "cloud_url")]
        hasty = ["sources.0.seconds_between_pages=0.001", "curation.kinds.threshold=0", "curation.min_short_side_px=16"]
        shipped.known = ["contact=lab@example.org", f"sources.0.web_url={server.web_url}", *urls, *hasty]
        rows = shipped.made("biorxiv-cell-biology")
    assert rows == {"panels": 2, "conversations": 4}
    assert shipped.bench.rows("1-figures", "dropped")[0]["reason"] == "license_not_allowed"


@pytest.fixture
def idr(shipped: Any, monkeypatch: Any, server_module: Any) -> Any:
    hurry(monkeypatch, "ingest.idr.manners_of")
    with server_module("idr_server").running() as server:
        for study in ("idr0001", "idr0009", "idr0010", "idr0013", "idr0020"):
            images = server.add_screen(f"{study}-doe-x/screenA", wells=2, licence="CC0 1.0")
            server.annotate("image", images[0], [["Phenotype", "large"], ["Phenotype Term Accession", "CMPO_0000128"]])
        shipped.known, shipped.server = ["contact=lab@example.org", f"sources.0.url={server.url}"], server
        yield shipped


def test_screens_of_idr_become_images_with_phenotypes(idr: Any) -> None:
    rows = idr.made("idr-phenotypes")
    assert rows["panels"] == 3
    assert any("large" in row["caption"] for row in idr.bench.published())


def test_what_the_comment_says_of_the_screens_is_what_plan_says(idr: Any, monkeypatch: Any) -> None:
    shown = idr.command("plan", "idr-phenotypes", *(f"--set={one}" for one in idr.known)).out
    planned = re.search(r"^idr/\S+ \S+ +(\d+) +\d+ +\d+ +(\d+) +(\S+ MB) +1:28:53$", shown, re.MULTILINE)
    assert planned, shown
    images, requests, size = planned.groups()
    said = f"{int(images):,} images, {int(requests):,} requests, {size}, 1:28:53 at 1.5 requests a second"
    assert said in " ".join(text("idr-phenotypes").split())


def test_exports_of_a_lab_are_published_once_it_has_stated_its_licence(shipped: Any) -> None:
    one_entry(shipped.bench.root / "exports" / "2026" / "a.eln")
    shipped.known = ["curation.min_short_side_px=8"]
    assert shipped.made("eln-lab") == {}
    assert [row["reason"] for row in shipped.bench.rows("4-curated", "dropped")] == ["license_unknown"]
    shutil.rmtree(shipped.bench.place)
    shipped.known += ["sources.0.license=CC-BY-4.0", "sources.0.attribution=Our Lab"]
    assert shipped.made("eln-lab")["panels"] == 1
    assert shipped.bench.published()[0]["attribution"] == "Our Lab"


def own(bench: Any, name: str, written: str) -> str:
    """Write what somebody made of a manifest that ships, beside its inputs; returns its file."""
    (bench.root / f"my-{name}.yaml").write_text(written, encoding="utf-8")
    return f"my-{name}.yaml"


def test_a_running_notebook_may_take_the_place_of_the_exports(
    shipped: Any, monkeypatch: Any, server_module: Any
) -> None:
    hurry(monkeypatch, "ingest.elabftw.manners_of")
    with server_module("elabftw_server").running() as server:
        server.add(body="<p>HeLa cells, confocal.</p>")
        monkeypatch.setenv("ELABFTW_KEY", server.key)
        free = _COMMENTED.sub(lambda found: found[0] if "rspace" in found[2] else found[1] + found[2], text("eln-lab"))
        free = free.replace("https://eln.example.org", server.url).replace("licenses:", "contact: a@b.org\nlicenses:")
        before, _, after = free.partition("  - type: eln\n")
        mine = before + after.partition("    # attribution: Our Lab")[2].partition("\n")[2]
        shipped.known = ["curation.min_short_side_px=8", "sources.0.per_second=2000"]
        assert shipped.made(own(shipped.bench, "eln-lab", mine))["panels"] == 1


def uncommented(written: str, license_id: str) -> str:
    return _COMMENTED.sub(r"\1\2", written).replace("license: SAY-IT", f"license: {license_id}")


def lay_out(bench: Any, names: Any) -> None:
    """Write each set's download as its makers lay it out."""
    for name in names:
        downloads = Downloads(bench.root, mask_sets)
        downloads.root = bench.root / "downloads" / name
        LAYOUTS[name][0](downloads)


def test_the_sets_whose_licence_is_known_are_taken_as_they_stand(shipped: Any) -> None:
    named = [str(source.preset) for source in load_manifest(Path("ullsam-segment")).manifest.sources]
    assert sorted(named) == [name for name in preset_names() if preset_of(name).license]
    lay_out(shipped.bench, named)
    shipped.known = ["curation.min_short_side_px=8", "split.validation=0"]
    rows = shipped.made("ullsam-segment")
    assert rows["segmentation"] + rows["segmentation-noncommercial"] == rows["panels"] + rows["panels-noncommercial"]
    halves = (shipped.bench.place / "dataset").glob("segmentation*/*.parquet")
    told = [row for path in halves for row in pq.ParquetFile(path).read(["dataset", "split"]).to_pylist()]
    assert {row["dataset"] for row in told if row["split"] == "test"} == {"UroCell"}
    assert {row["dataset"] for row in told if row["split"] == "train"} == {"LIVECell", "COVID-IF", "Platynereis"}


def test_all_sets_of_the_paper_are_asked_for_once_their_licences_are_said(shipped: Any) -> None:
    written = uncommented(text("ullsam-segment"), "CC-BY-NC-4.0")
    sources = read_manifest(written, "m").manifest.sources
    assert sorted(str(source.preset) for source in sources) == list(preset_names())
    drawn = [source.sample.n for source in sources if source.sample]
    assert sum(drawn) == 40_000
    assert [str(one.preset) for one in sources if not one.sample] == [
        str(one.preset) for one in sources if preset_of(str(one.preset)).zero_shot
    ]
    lay_out(shipped.bench, preset_names())
    shipped.known = ["curation.min_short_side_px=8", "split.validation=0"]
    shipped.made(own(shipped.bench, "ullsam-segment", written), "--until", "1-figures")
    found = {row["dataset"] for row in shipped.bench.rows("1-figures")}
    assert found == {preset_of(name).title for name in preset_names()}


def test_every_manifest_that_ships_is_made_here() -> None:
    assert sorted(MADE) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_manifest_that_ships_says_what_it_is_and_is_kept_clean_of_the_benchmarks(name: str) -> None:
    manifest = load_manifest(Path(name)).manifest
    assert manifest.name == name
    assert manifest.curation.decontaminate == BENCHMARKS
    head = text(name).partition("\nbricks: 1")[0]
    assert [word for word in ("What: ", "For: ", "Needs: ", "How much: ", "Run: ") if f"# {word}" not in head] == []
    assert f"bricks run {name} " in head
    assert f"bricks init --from {name} " in head
    assert max(map(len, text(name).splitlines())) <= 120


@pytest.mark.parametrize("name", NAMES)
def test_only_masks_let_in_what_forbids_commercial_use(name: str) -> None:
    closed = [one for one in load_manifest(Path(name)).manifest.licenses if not permits(one).commercial]
    assert closed == (["CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"] if name == "ullsam-segment" else [])


@pytest.mark.parametrize("name", LIVE)
@pytest.mark.parametrize("verb", ["plan", "run"])
def test_no_server_is_asked_in_the_name_of_nobody(command: Any, tmp_path: Path, name: str, verb: str) -> None:
    said = command(verb, name, "--workspace", tmp_path / "ws")
    assert (said.code, said.out) == (2, "")
    assert "withholds its contact" in said.err
    assert "--set contact=" in said.err
    assert "contact: is withheld" in command("check", name).out


def test_a_name_that_none_has_is_told_with_what_may_be_meant(command: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for verb in ("check", "plan", "run"):
        said = command(verb, "pmc-microscopi")
        assert (said.code, said.out) == (2, "")
        assert 'there is no such manifest (did you mean "pmc-microscopy"?)' in said.err
        assert "Give the path of a YAML file, or one of" in said.err


def test_a_file_of_that_name_goes_before_the_manifest_that_ships(
    command: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("check", "demo").out == "demo: demo is right.\n"
    (tmp_path / "demo").mkdir()
    assert command("check", "demo").out == "demo: demo is right.\n"
    (tmp_path / "pmc-microscopy").write_text(json.dumps({"bricks": 1}))
    assert command("check", "pmc-microscopy").code == 2


def test_the_demo_runs_by_its_name_on_the_sample_beside_it(command: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    planned = command("plan", "demo", "--json").json
    assert [row["items"] for row in planned["sources"]] == [10, 2]
