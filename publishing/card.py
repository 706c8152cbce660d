"""Card: what a dataset tells of itself, computed from its files: README.md, ATTRIBUTION.csv, the recipe."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from pipeline.status import sums
from pipeline.workspace import Workspace
from publishing.card_tables import classes, schema, statistics
from publishing.citing import asked_for, bibtex, made_by, repo_of
from publishing.contact_sheet import FILE as SHEET
from publishing.contact_sheet import Shown
from publishing.dataset_counts import Counts, named, subjects, total
from publishing.dataset_files import files_of_view
from publishing.responsible_ai import statements
from publishing.views import PANELS_VIEW, QUESTIONS_VIEW, SEGMENTATION_VIEW
from schemas.licence import collective, permits, url_of
from schemas.manifest import Manifest, public_manifest
from schemas.review import QueueResult

if TYPE_CHECKING:
    from jinja2 import Template

_ATTRIBUTED = ("id", "source", "source_id", "doi", "license", "license_url", "attribution")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Told:
    """What the card tells that isn't in the files."""

    name: str
    rows: dict[str, dict[str, int]]
    """View -> split -> rows."""
    digests: dict[str, str]
    """View -> what changes with its content."""
    funnel: list[dict[str, Any]]
    lock: dict[str, Any]
    unshared: dict[str, int]
    """What was looked for in two splits and found in one alone: kind -> how many there are."""
    questions: dict[str, Any]
    """What is asked, and what a guesser gets of it: `publishing.question_figures`."""
    benchmarks: list[dict[str, Any]]
    """What was found of each benchmark, by check."""
    counts: Counts
    """What the rows add up to."""
    shown: Sequence[Shown]
    """The panels on the contact sheet."""
    content: str
    """What changes with any byte of a row."""
    halves_left_out: dict[str, int] = field(default_factory=dict)
    """View -> rows that `publish.subsets` leaves out."""
    reviewed: Sequence[QueueResult] = ()
    """What people said, queue by queue."""


def funnel(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the sums of the stages, as `bricks status` tells them."""
    return [{"stage": stage, **asdict(counts)} for stage, counts in sums(workspace).items()]


def _columns(folder: Path, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the narrow columns of every panel, of which all other rows are made, a batch at a time."""
    for path in files_of_view(folder, PANELS_VIEW):
        with pq.ParquetFile(path) as parquet:
            for batch in parquet.iter_batches(1024, columns=list(names), use_threads=False):
                yield from batch.to_pylist()


def card(told: Told) -> str:
    """Return README.md: how to load the views, what is in them, under which licences, and what was left out."""
    return _template().render(
        told=told,
        counts=told.counts,
        named=named(told.counts),
        subjects=subjects(told.counts),
        repo=repo_of(told.lock),
        sheet=SHEET,
        total=told.counts.panels,
        segmentation=next((name for name in SEGMENTATION_VIEW.names if name in told.rows), None),
        questions=next((name for name in QUESTIONS_VIEW.names if name in told.rows), None),
        statistics=list(statistics(told.counts)),
        classes=classes(told.counts),
        schema=list(schema(told.rows)),
        ontologies=made_by(told.lock, "ontology"),
        prompts=made_by(told.lock, "prompt"),
        rai=statements(told.counts, told.lock, told.rows),
        bibtex=bibtex(told.lock, told.counts, told.content),
        citations=asked_for(told.counts),
        **_licensed(told.counts),
    )


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("publishing"),
        autoescape=False,  # noqa: S701  Markdown; a stranger's words go through the filter `cell`
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = _cell
    return environment.get_template("card.md.jinja")


def _licensed(counts: Counts) -> dict[str, Any]:
    """Return what the card tells of licences, and of the sources that are under them."""
    licenses = {name: rows for name, rows in sorted(total(counts.shares["license"])) if name}
    return {
        "licenses": [(name, rows, url_of(name), permits(name)) for name, rows in licenses.items()],
        "collective": _collective(licenses),
        "licensed": [(source, license_, rows) for (source, license_), rows in counts.licensed.items()],
    }


def _cell(words: str) -> str:
    """Return a stranger's words as a cell of a table shows them: no tag, link, cell or line of its own."""
    return re.sub(r"([\\`|\[\]])", r"\\\1", escape(" ".join(words.split()), quote=False))


def _collective(licenses: Iterable[str]) -> list[tuple[str, tuple[str, str | None]]]:
    """Return what each half of the view `panels` may add its own words under, with the licence's address."""
    halves = ([name for name in licenses if permits(name).commercial == commercial] for commercial in (True, False))
    named = zip(PANELS_VIEW.names, halves, strict=True)
    return [(view, (own, url_of(own))) for view, half in named if half for own in [collective(half)]]


def write_attributions(folder: Path) -> None:
    """Write ATTRIBUTION.csv: a line an id, whom to credit and under which licence."""
    with (folder / "ATTRIBUTION.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, _ATTRIBUTED, lineterminator="\n")
        writer.writeheader()
        writer.writerows(map(_inert, _columns(folder, _ATTRIBUTED)))


def _inert(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row so that no spreadsheet takes a name for a formula (owasp.org, CSV injection)."""
    return {name: f"'{value}" if str(value).startswith(_FORMULA) else value for name, value in row.items()}


def recipe(manifest: Manifest) -> str:
    """Return the manifest as it may be published: without paths, contacts and private addresses."""
    import io

    from ruamel.yaml import YAML

    text = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.dump(public_manifest(manifest), text)
    return text.getvalue()
