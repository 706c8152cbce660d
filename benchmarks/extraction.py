"""Extraction: is every figure there once, with the caption and the picture that are its own?

    python -m benchmarks.extraction DIR [--json]

The truth comes by another road than `ingest.jats`: a lenient parser that keeps everything, XPath for the figures,
and a caption as its bare characters without any white space. DIR is a folder of articles and packages; where it
holds `figure_image_pairs.tsv` (container, xml, fig_id, sha256, ...), the pictures are judged by it.
"""

import argparse
import csv
import json
import re
import sys
import tarfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

from ingest.extract import extract

_PACKAGES = (".zip", ".meca", ".tar.gz", ".tgz")
_XML = (".xml", ".nxml")
_PREAMBLE = re.compile(r".*\\begin\{document\}|\\end\{document\}.*", re.DOTALL)
_SILENT = ("annotation", "annotation-xml", "alt-text", "long-desc")
_SHOWN = 40


class Told(NamedTuple):
    """A figure as the XML has it."""

    key: str
    caption: str


def xml_members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of the XML files in a package, or of the file itself."""
    if path.name.endswith((".tar.gz", ".tgz")):
        with tarfile.open(path) as tar:
            for member in tar:
                stream = tar.extractfile(member) if member.name.endswith(_XML) else None
                if stream:
                    yield member.name, stream.read()
    elif path.name.endswith(_PACKAGES):
        with zipfile.ZipFile(path) as package:
            for name in sorted(package.namelist()):
                if name.endswith(_XML):
                    yield name, package.read(name)
    else:
        yield str(path), path.read_bytes()


def _spoken(caption: Any) -> str:  # noqa: ANN401  (an element; the stubs make XPath untypable)
    """Return the characters of a caption, one form of each formula, without white space."""
    for tex in caption.xpath(".//*[local-name()='tex-math']"):
        formula = tex.xpath("ancestor::*[contains(local-name(), 'formula')][1]")
        if formula and formula[0].xpath(".//*[local-name()='math'][normalize-space()]"):
            tex.text = None
        else:
            tex.text = _PREAMBLE.sub("", tex.text or "")
    silent = " or ".join(f"local-name()='{name}'" for name in _SILENT)
    words = caption.xpath(f".//text()[not(ancestor::*[{silent}])]")
    return re.sub(r"\s+", "", "".join(words))


def truth(xml: bytes) -> list[Told] | None:
    """Return the figures of an XML; None where it is no article or so broken that only guesses could read it."""
    strict = etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False, huge_tree=True)
    try:
        root: Any = etree.fromstring(xml, strict)
    except etree.XMLSyntaxError:
        return None
    if etree.QName(root).localname != "article" and not root.xpath("//*[local-name()='article']"):
        return None
    figures = []
    for fig in root.xpath("//*[local-name()='fig']"):
        captions = fig.xpath("./*[local-name()='caption']")
        figures.append(Told(fig.get("id") or "", "".join(_spoken(caption) for caption in captions)))
    return figures


class Score:
    """Counts what is right and lists what is not."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []

    def note(self, name: str, complaint: str = "") -> None:
        """Count `name`; a complaint is listed."""
        self.counts[name] += 1
        if complaint:
            self.wrong.append(f"{name}: {complaint}")


def _judge_figures(score: Score, where: str, told: list[Told], lines: list[dict[str, Any]]) -> None:
    score.note("articles")
    score.counts["figures"] += len(told)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        found[line["figure_id"].rstrip("~")].append(line)
    for figure in told:
        same = found.get(figure.key, [])
        if not figure.key or not same:
            score.note("figures_missing", f"{where} {figure.key}")
            continue
        line = same.pop(0)
        score.note("captions")
        said = re.sub(r"\s+", "", line["caption"])
        if said != figure.caption:
            score.note("captions_wrong", f"{where} {figure.key}\n  xml  {figure.caption}\n  ours {said}")
    for same in found.values():
        for line in same:
            score.note("figures_doubled", f"{where} {line['figure_id']}")


def _judge_pairs(score: Score, folder: Path, lines: list[dict[str, Any]]) -> None:
    """Compare the pictures with the table; rows whose package lies elsewhere are counted apart."""
    table = folder / "figure_image_pairs.tsv"
    if not table.exists():
        return
    by_place: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        source = str(Path(line["source_file"]).relative_to(folder))
        place = source if line["xml"] == line["source_file"] else f"{source}/{line['xml']}"
        by_place[place, line["figure_id"]].append(line)
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            _judge_pair(score, folder, row, by_place[f"{row['container']}/{row['xml']}", row["fig_id"]])


def _judge_pair(score: Score, folder: Path, row: dict[str, str], lines: list[dict[str, Any]]) -> None:
    where = f"{row['container']} {row['xml']} {row['fig_id']}"
    found = [image["sha256"] for line in lines for image in line["images"]]
    inside = folder / row["container"]
    if not inside.exists() or (inside.is_dir() and not (inside / row["xml"]).exists()):
        score.note("pairs_elsewhere")
    elif found == [row["sha256"]]:
        score.note("pairs_right")
    elif not found:
        score.note("pairs_missing", where)
    else:
        members = [image["member"] for line in lines for image in line["images"]]
        score.note("pairs_wrong", f"{where}: {members}, not {row['image_member']}")


def evaluate(folder: Path) -> Score:
    """Return how well the articles under `folder` are read."""
    score = Score()
    lines = [line for line in extract([folder]) if "error" not in line]
    by_xml: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        by_xml[line["source_file"], line["xml"]].append(line)
        score.counts["images"] += len(line["images"])
        score.counts["mentions"] += len(line["mentions"])
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name.endswith((*_PACKAGES, *_XML)):
            for name, xml in xml_members(path):
                told = truth(xml)
                if told is not None:
                    _judge_figures(score, f"{path}:{name}", told, by_xml[str(path), name])
                else:
                    score.note("not_judged")
    _judge_pairs(score, folder, lines)
    return score


def main() -> int:
    """Print the score; 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    score = evaluate(asked.folder)
    if asked.json:
        print(json.dumps({**score.counts, "wrong": score.wrong}, ensure_ascii=False))
    else:
        print(*(f"{name:20} {count:8}" for name, count in sorted(score.counts.items())), sep="\n")
        print(*score.wrong[:_SHOWN], sep="\n")
    return 1 if score.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
