"""Ingest: figures per second and peak memory of `bricks run`, beside a floor and beside an afternoon's script.

    python -m benchmarks.ingest DIR [--copies N] [--rounds N] [--until STAGE] [--json]
    python -m benchmarks.ingest DIR --grow 2 160 [--json]      memory and pace of bricks alone as its input grows

DIR is any folder of packages and article folders. `floor` reads, hashes and decodes each picture once and writes
the same bytes to Parquet: nothing that keeps pictures can do less. `script` is what one would write otherwise:
lxml, Pillow, imagehash and `Dataset.from_generator`, for the same columns. All three handle the same figures, one
core, each in a process of its own, in turn; start-up counts. `--until 1-figures` is ingest alone beside the floor,
which looks neither for panels nor for near duplicates; copies are near duplicates of each other, so that a whole run
on many of them measures their search.
"""

import argparse
import hashlib
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.counts import at_least_one
from benchmarks.mirror import grow, members, packages

_KINDS, _VERSIONS = ("", "-NC", "-ND", "-SA", "-NC-ND", "-NC-SA"), ("2.0", "2.5", "3.0", "4.0")
_KEEP = ["CC0-1.0", *(f"CC-BY{kind}-{version}" for kind in _KINDS for version in _VERSIONS)]
_STEMS_CUT = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".gif")


def bricks(folder: Path, out: Path, until: str | None = None) -> None:
    """Run the whole pipeline, or a part of it."""
    from bricks import main

    manifest = out / "benchmark.yaml"
    licences = json.dumps(_KEEP)
    manifest.write_text(
        f"bricks: 1\nname: benchmark\nlicenses: {licences}\ncuration: {{min_short_side_px: 1}}\n"
        f"on_error: {{max_failure_rate: 1.0}}\nsources:\n  - {{type: pmc, path: {json.dumps(str(folder))}}}\n"
    )
    try:
        words = ["--until", until] if until else []
        main(["run", str(manifest), "--workers", "1", "--workspace", str(out / "run"), "--json", *words])
    except SystemExit as end:
        if end.code:
            raise


def _wanted(out: Path) -> dict[str, int]:
    """Return the digests of the pictures that a run brought: what the other two have to handle."""
    said = json.loads((out / "wanted.json").read_text())
    return dict.fromkeys(said, 1)


def floor(folder: Path, out: Path) -> None:
    """Read, hash and decode each picture once, and write the same bytes to Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from PIL import Image

    wanted = _wanted(out)
    schema = pa.schema([("sha256", pa.string()), ("blob", pa.binary())])
    with pq.ParquetWriter(out / "floor.parquet", schema, compression="none", use_dictionary=False) as writer:
        for package in packages(folder):
            rows = []
            for _, blob in members(package):
                digest = hashlib.sha256(blob).hexdigest()
                if digest in wanted:
                    Image.open(io.BytesIO(blob)).load()
                    rows.append({"sha256": digest, "blob": blob})
            if rows:
                writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def script(folder: Path, out: Path) -> None:
    """Do it with lxml, Pillow, imagehash and `Dataset.from_generator`, for the same columns where they are filled."""
    from datasets import Dataset

    from schemas.features import dataset_features
    from schemas.published_rows import PublishedPanel

    features = dataset_features(PublishedPanel)
    made = Dataset.from_generator(
        _script_rows,
        features=features,
        gen_kwargs={"folder": str(folder), "out": str(out), "names": tuple(features)},
        cache_dir=str(out / "cache"),
    )
    made.to_parquet(out / "script.parquet")


def _script_rows(folder: str, out: str, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    wanted = _wanted(Path(out))
    for package in packages(Path(folder)):
        files = dict(members(package))
        for xml_name in [name for name in files if name.endswith((".xml", ".nxml"))]:
            for row in _script_article(files, xml_name, wanted):
                yield dict.fromkeys(names) | row


def _script_article(files: dict[str, bytes], xml_name: str, wanted: dict[str, int]) -> Iterator[dict[str, Any]]:
    from lxml import etree

    root = etree.fromstring(files[xml_name], etree.XMLParser(recover=True, no_network=True, resolve_entities=False))
    if root is None:
        return
    by_stem = {_stem(name): name for name in sorted(files, key=lambda name: not name.endswith(".gif"))}
    about = _script_about(root)
    for fig in root.iter("fig"):
        href = next((g.get("{http://www.w3.org/1999/xlink}href") for g in fig.iter("graphic")), None)
        name = by_stem.get(_stem(href or ""))
        if name is not None and hashlib.sha256(files[name]).hexdigest() in wanted:
            caption = " ".join(" ".join(map(str, part.itertext())) for part in fig.findall("caption"))
            words = {"figure_label": fig.findtext("label"), "caption": caption, "subcaption": caption}
            yield _script_row(files[name]) | about | words | {"mentions": _script_mentions(root, fig.get("id"))}


def _script_about(root: Any) -> dict[str, Any]:  # noqa: ANN401
    ids = {found.get("pub-id-type"): found.text for found in root.iterfind(".//article-meta/article-id")}
    title = root.find(".//article-title")
    year, words = root.findtext(".//pub-date/year"), root.find(".//license")
    return {
        **{name: ids.get(name) for name in ("doi", "pmid")},
        "pmcid": ids.get("pmcid") or ids.get("pmc"),
        "title": None if title is None else "".join(map(str, title.itertext())),
        "journal": root.findtext(".//journal-title"),
        "year": int(year) if year else None,
        "license": None if words is None else "".join(map(str, words.itertext())),
        "license_url": None if words is None else words.get("{http://www.w3.org/1999/xlink}href"),
        "attribution": f"{root.findtext('.//contrib//surname')} et al., {ids.get('doi')}",
    }


def _script_mentions(root: Any, figure: str | None) -> list[dict[str, Any]]:  # noqa: ANN401
    return [
        {"id": p.get("id") or "", "text": "".join(map(str, p.itertext())), "panels": []}
        for p in root.iter("p")
        if any(figure in (xref.get("rid") or "").split() for xref in p.iter("xref"))
    ]


def _stem(name: str) -> str:
    base = name.rpartition("/")[2].lower().removeprefix("info:doi/").removeprefix("journal.")
    return next((base.removesuffix(end) for end in _STEMS_CUT if base.endswith(end)), base)


def _script_row(blob: bytes) -> dict[str, Any]:
    import imagehash
    from PIL import Image

    picture = Image.open(io.BytesIO(blob))
    shown = blob
    if picture.format not in ("JPEG", "PNG", "WEBP"):
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        shown = buffer.getvalue()
    digest = hashlib.sha256(blob).hexdigest()
    return {
        "id": digest[:32],
        "image": {"bytes": shown, "path": None},
        "image_sha256": hashlib.sha256(shown).hexdigest(),
        "source_sha256": digest,
        "md5": hashlib.md5(shown).hexdigest(),
        "width_px": picture.width,
        "height_px": picture.height,
        "phash": str(imagehash.phash(picture)),
    }


_CONTENDERS: dict[str, Callable[[Path, Path], None]] = {"bricks": bricks, "floor": floor, "script": script}


def _run(name: str, folder: Path, out: Path, until: str | None) -> None:
    """Let one contender work in this process."""
    if name == "bricks":
        bricks(folder, out, until)
    else:
        _CONTENDERS[name](folder, out)


def _measure(name: str, folder: Path, out: Path, *words: str) -> dict[str, float]:
    """Return wall seconds and peak memory of one contender in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.ingest", str(folder), "--only", name, "--out", str(out), *words]
    environment = {**os.environ, "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "HF_HUB_OFFLINE": "1"}
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    return {"seconds": time.perf_counter() - started, **json.loads(done.stdout.strip().rpartition("\n")[2])}


def _digests(out: Path) -> list[str]:
    import pyarrow.parquet as pq

    parts = sorted((out / "run" / "1-figures").glob("part-*.parquet"))
    return sorted({row for part in parts for row in pq.read_table(part, columns=["source_sha256"])[0].to_pylist()})


def compare(folder: Path, rounds: int, until: str | None = None) -> dict[str, Any]:
    """Return the medians of all three contenders over `rounds`, and their ratios."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in _CONTENDERS}
    figures = 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as place:
            out = Path(place)
            runs["bricks"].append(_measure("bricks", folder, out, *(["--until", until] if until else [])))
            digests = _digests(out)
            figures = len(digests)
            (out / "wanted.json").write_text(json.dumps(digests))
            for name in ("floor", "script"):
                runs[name].append(_measure(name, folder, out))
    medians = {
        name: {key: statistics.median(run[key] for run in many) for key in ("seconds", "cpu_s", "peak_mb")}
        for name, many in runs.items()
    }
    seconds = {name: many["seconds"] for name, many in medians.items()}
    used = {name: many["cpu_s"] for name, many in medians.items()}
    return {
        "figures": figures,
        "rounds": rounds,
        **{name: {**many, "figures_per_s": figures / many["seconds"]} for name, many in medians.items()},
        "bricks_to_floor": seconds["bricks"] / seconds["floor"],
        "script_to_bricks": seconds["script"] / seconds["bricks"],
        "bricks_to_floor_cpu": used["bricks"] / used["floor"],
        "script_to_bricks_cpu": used["script"] / used["bricks"],
    }


def growth(folder: Path, copies: list[int]) -> list[dict[str, float]]:
    """Return figures, pace and peak memory of `bricks run` at each number of copies of the folder."""
    rows = []
    for count in copies:
        with tempfile.TemporaryDirectory() as place:
            grow(folder, Path(place) / "mirror", count)
            run = _measure("bricks", Path(place) / "mirror", Path(place))
            figures = len(_digests(Path(place)))
            rows.append({"figures": figures, **run, "figures_per_s": figures / run["seconds"]})
    return rows


def _growth_table(rows: list[dict[str, float]]) -> str:
    head = f"{'figures':>8} {'seconds':>8} {'figures/s':>10} {'peak MB':>8}"
    lines = [
        f"{row['figures']:>8} {row['seconds']:>8.1f} {row['figures_per_s']:>10.1f} {row['peak_mb']:>8.0f}"
        for row in rows
    ]
    return "\n".join([head, *lines, f"peak, last / first  {rows[-1]['peak_mb'] / rows[0]['peak_mb']:.2f}x"])


def _table(said: dict[str, Any]) -> str:
    lines = [f"{said['figures']} figures, median of {said['rounds']} rounds, one core, start-up included"]
    lines.append(f"{'':<8} {'seconds':>8} {'CPU s':>8} {'figures/s':>10} {'peak MB':>8}")
    lines += [
        f"{name:<8} {said[name]['seconds']:>8.2f} {said[name]['cpu_s']:>8.2f} {said[name]['figures_per_s']:>10.1f} "
        f"{said[name]['peak_mb']:>8.0f}"
        for name in _CONTENDERS
    ]
    for of, end in (("", ""), (" of CPU", "_cpu")):
        floored, scripted = said[f"bricks_to_floor{end}"], said[f"script_to_bricks{end}"]
        lines.append(f"bricks / floor  {floored:.2f}x    script / bricks  {scripted:.2f}x{of}")
    return "\n".join(lines)


def main() -> None:
    """Run the comparison, or (with --only) one contender in this process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--copies", type=at_least_one, default=0, help="grow the folder: so many unique copies of each package"
    )
    parser.add_argument("--rounds", type=at_least_one, default=3)
    parser.add_argument("--until", metavar="STAGE", help="how far bricks goes; 1-figures is ingest alone")
    parser.add_argument("--grow", type=at_least_one, nargs="+", help="bricks alone, at these numbers of copies")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=_CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        _run(given.only, given.folder, given.out, given.until)
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(json.dumps({"peak_mb": used.ru_maxrss / 1024, "cpu_s": used.ru_utime + used.ru_stime}))
        return
    if given.grow:
        rows = growth(given.folder.resolve(), given.grow)
        print(json.dumps(rows) if given.json else _growth_table(rows))
        return
    with tempfile.TemporaryDirectory() as place:
        folder = given.folder.resolve()
        if given.copies:
            grow(folder, Path(place) / "mirror", given.copies)
            folder = Path(place) / "mirror"
        said = compare(folder, given.rounds, given.until)
    print(json.dumps(said) if given.json else _table(said))


if __name__ == "__main__":
    main()
