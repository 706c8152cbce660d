"""Contamination against known copies: python -m benchmarks.contamination DIR [--every N] [--json].

DIR holds the pictures of `benchmarks.duplicates`, and captions in `panels/captions_prostate_all.jsonl`. Every second
picture is the benchmark. Panels are every Nth of these, changed as people change pictures, hidden among all pictures
that are not in the benchmark, of the same sets and articles. They are looked for twice: with the benchmark's pixels at
hand, and by its hash list alone. Captions are its texts; panels repeat them verbatim, with other marks, in part, with
words exchanged, or rewritten, among captions that aren't in it. DOIs of its articles are spelled in several ways. Told
are recall by change, and precision, for each check.
"""

import argparse
import json
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np
from PIL import Image

from benchmarks.duplicates import changed, pictures_in
from curation.benchmark import Benchmark, read_benchmark
from curation.benchmark_rows import BenchmarkSet
from curation.confirm import View, view_of
from curation.contamination import contamination
from curation.hash_lines import write_hashes
from curation.hash_rows import grey_in
from curation.local_features import sized
from curation.picture_hits import Traces
from curation.sketch_bytes import packed, unpacked
from curation.sketches import sketches_of
from curation.source_ids import ids_in, panel_ids
from pipeline.saying import counted
from schemas.manifest_sections import Dedup

_FILLER = "this sentence was put in the place of another one that nobody had written before today"


class Panel(NamedTuple):
    """A panel of the trial."""

    group: str
    change: str
    """What was done to a picture or text of the benchmark; "clean" where it is none of it."""
    picture: Image.Image | None = None
    texts: tuple[str, ...] = ()


def _panels(pictures: Sequence[tuple[str, str, Image.Image]], every: int) -> Iterator[Panel]:
    others = [picture for group, _, picture in pictures if group in {"dsb2018", "monuseg_crops"}][1::14]
    for number, (group, _, picture) in enumerate(pictures):
        if number % 2:
            yield Panel(group, "clean", picture)
        elif number // 2 % every == 0:
            yield Panel(group, "as it is", picture)
            for change, other in changed(picture, others, np.random.default_rng(number)):
                yield Panel(group, change, other)


def _traces(at: int, panel: Panel) -> Traces:
    if panel.picture is None:
        return Traces(at, texts=panel.texts)
    grey = grey_in(np.asarray(panel.picture))
    found = next(iter(sketches_of(grey, 64, parts=True)))
    return Traces(at, unpacked(packed(found.sketch)))


def _timed(panels: Sequence[Panel], traces: Sequence[Traces], benchmark: Benchmark) -> dict[str, Any]:
    def look(wanted: Sequence[int]) -> Iterator[tuple[int, View]]:
        pictures = ((at, panels[at].picture) for at in wanted)
        return ((at, view_of(sized(grey_in(np.asarray(one))))) for at, one in pictures if one is not None)

    start = time.perf_counter()
    hits = list(contamination(iter(traces), [benchmark], look, Dedup()))
    fired: dict[str, set[int]] = defaultdict(set)
    for at, hit in hits:
        fired[hit.check].add(at)
        fired["any"].add(at)
    told = {check: _scores(panels, found) for check, found in sorted(fired.items())}
    return {"seconds": round(time.perf_counter() - start, 1), "checks": told}


def _scores(panels: Sequence[Panel], found: set[int]) -> dict[str, Any]:
    changes: dict[str, list[bool]] = defaultdict(list)
    for at, panel in enumerate(panels):
        changes[panel.change].append(at in found)
    clean = changes.pop("clean")
    true, of_all = sum(map(sum, changes.values())), sum(map(len, changes.values()))
    false = [panel.group for at, panel in enumerate(panels) if panel.change == "clean" and at in found]
    return {
        "precision": round(true / max(1, true + len(false)), 4),
        "false": f"{len(false)} of {len(clean)}",
        "false, of": sorted(set(false)),
        "recall": round(true / of_all, 4),
        "by change": {name: f"{sum(hits)} of {len(hits)}" for name, hits in changes.items()},
    }


def pictures_measured(source: Path, every: int) -> dict[str, Any]:
    """Return what the checks on pictures find, with the benchmark's pixels and by its hash list alone."""
    pictures = list(pictures_in(source))
    panels = list(_panels(pictures, every))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "benchmark")
        folder.mkdir()
        for number, (_, _, picture) in enumerate(pictures[::2]):
            picture.save(folder / f"{number:04d}.png")
        held, file = BenchmarkSet(folder, Path(place, "cache")), Path(place, "list.parquet")
        start = time.perf_counter()
        write_hashes(held, file, "benchmark", counted, crops=True)
        told: dict[str, Any] = {"pictures": len(pictures[::2]), "hashed_s": round(time.perf_counter() - start, 1)}
        benchmark, traces = read_benchmark(file, 64, held), [_traces(at, panel) for at, panel in enumerate(panels)]
        told |= {"panels": len(panels), "list_bytes": file.stat().st_size}
        told["with pixels"] = _timed(panels, traces, benchmark)
        told["hash list alone"] = _timed(panels, traces, replace(benchmark, held=None))
    return told


def _captions(source: Path) -> list[str]:
    lines = (source / "panels" / "captions_prostate_all.jsonl").read_text(encoding="utf-8").splitlines()
    captions = dict.fromkeys(" ".join(json.loads(line)["caption"].split()) for line in lines)
    return [caption for caption in captions if len(caption.split()) >= 20]


def _reworded(text: str, every: int) -> str:
    words = text.split()
    return " ".join("other" if at % every == every - 1 else word for at, word in enumerate(words))


def _rewritten(text: str) -> str:
    """Return the words of each clause in reverse: all the same words, and none of the runs."""
    return ". ".join(" ".join(reversed(clause.split())) for clause in re.split(r"[.;]", text))


def text_panels(captions: Sequence[str]) -> Iterator[Panel]:
    """Yield panels whose texts repeat every second caption in some way, or none of them."""
    for number, text in enumerate(captions):
        words = text.split()
        if number % 2:
            yield Panel("caption", "clean", texts=(text,))
            continue
        yield Panel("caption", "verbatim", texts=(text,))
        yield Panel("caption", "other case and marks", texts=(re.sub(r"[^\w\s]", " ", text.upper()),))
        yield Panel("caption", "within another text", texts=(f"{_FILLER}. {text} {_FILLER}.",))
        yield Panel("caption", "three quarters of it", texts=(" ".join(words[: len(words) * 3 // 4]),))
        yield Panel("caption", "each 30th word exchanged", texts=(_reworded(text, 30),))
        yield Panel("caption", "each 8th word exchanged", texts=(_reworded(text, 8),))
        yield Panel("caption", "rewritten", texts=(_rewritten(text),))


def texts_measured(source: Path) -> dict[str, Any]:
    """Return what the check on texts finds."""
    captions = _captions(source)
    panels = list(text_panels(captions))
    with tempfile.TemporaryDirectory() as place:
        folder, file = Path(place, "texts"), Path(place, "list.parquet")
        folder.mkdir()
        lines = (json.dumps({"question": text}) for text in captions[::2])
        (folder / "test.jsonl").write_text("\n".join(lines) + "\n")
        write_hashes(BenchmarkSet(folder, Path(place, "cache")), file, "texts", counted, crops=False)
        traces = [_traces(at, panel) for at, panel in enumerate(panels)]
        return {"captions": len(captions[::2]), **_timed(panels, traces, read_benchmark(file, 64))}


def _dois(source: Path) -> list[str]:
    """Return the DOIs of the articles, as they write them."""
    files = sorted(path for kind in ("xml", "nxml") for path in source.rglob(f"*.{kind}"))
    pattern = re.compile(r'<article-id pub-id-type="doi">\s*([^<\s]+)')
    found = (pattern.search(path.read_text(encoding="utf-8", errors="replace")) for path in files)
    return sorted({match[1].lower() for match in found if match})


_SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "doi: and a full stop": "doi:{}.".format,
    "address": "https://doi.org/{}".format,
    "old address, escaped": lambda doi: "http://dx.doi.org/" + quote(doi, safe=""),
    "upper case, in brackets": lambda doi: f"(DOI {doi.upper()})",
    "in a citation": "Doe J. A view of cells. J Cells 2020;1:2. doi: {}; accessed today.".format,
    "version of a preprint": lambda doi: f"{doi}v2.full" if doi.startswith("10.1101/") else doi,
}


def ids_measured(source: Path) -> dict[str, Any]:
    """Return what the check on sources finds: every second article's DOI, spelled in ways, in a text column."""
    dois, told = _dois(source), {}
    for name, spelled in _SPELLINGS.items():
        named = frozenset(one for doi in dois[::2] for one in ids_in({"note": spelled(doi)}))
        own = [panel_ids({"source": "pmc", "source_id": doi, "article": {"doi": doi}}) for doi in dois]
        hits = [bool(named & ids) for ids in own]
        told[name] = f"{sum(hits[::2])} of {len(hits[::2])}, false {sum(hits[1::2])} of {len(hits[1::2])}"
    return told


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--every", type=int, default=4, help="change every Nth picture of the benchmark only")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    told = {
        "source ids": ids_measured(asked.dir),
        "texts": texts_measured(asked.dir),
        "pictures": pictures_measured(asked.dir, asked.every),
    }
    print(json.dumps(told, indent=None if asked.json else 2))


if __name__ == "__main__":
    main()
