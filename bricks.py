"""Bricks: the door. Every command on a workspace, one short function each; the only reader of the environment."""

import schemas.python_needed  # noqa: F401  (tells an old Python in a line, before what it can't import)

# isort: split
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from look_doors import looks
from model_doors import models
from pipeline.engines import Making, local, making, settle_ray
from pipeline.entrance import Entrance
from pipeline.last_words import close_undisturbed, leave, let_out
from pipeline.options import (
    Address,
    Engine,
    Folder,
    Json,
    Limit,
    ManifestFile,
    Overrides,
    Place,
    Processes,
    Reason,
    Store,
    Until,
)  # fmt: skip
from pipeline.pace import hear
from pipeline.saying import log, say
from pipeline.term_options import shelf
from schemas.errors import STOPS, BricksError, ManifestError, Stopped, ending, stop
from side_doors import files

if TYPE_CHECKING:
    from curation.lexicons import Ontologies
    from ingest.sources import Asked
    from pipeline.engine import Stage
    from pipeline.workspace import Workspace
    from schemas.manifest_file import LoadedManifest

__version__ = "0.1.0"

app = typer.Typer(
    cls=Entrance,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Builds text-and-picture datasets of microscopy, with a licence and a source for every row.",
)

app.add_typer(looks)
app.add_typer(files)
app.add_typer(models)

_DATASET = "dataset"
_HARVESTERS = ("ingest.sources",)  # a run that ends with `1-figures` waits for no more
_PRELOADED = (*_HARVESTERS, "curation.curate", "captioning.distill", "publishing.publish")
_WRITERS = ("datasets.arrow_writer",)  # 26 MB that workers share instead of each having its own


def _version(asked: bool) -> None:
    if asked:
        say(__version__, False, str)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


@app.command()
def check(manifest: ManifestFile, overrides: Overrides = None, as_json: Json = False) -> None:
    """Say whether a manifest is right, or every mistake with its line and column."""
    from curation.benchmark_notes import notes as notes_on_benchmarks
    from curation.ontology_notes import notes as notes_on
    from ingest.readable import notes
    from schemas.manifest_file import load_manifest

    try:
        loaded = load_manifest(manifest, overrides or ())
    except ManifestError as error:
        if as_json:
            problems = [asdict(problem) for problem in error.problems]
            say({"manifest": str(manifest), "problems": problems, "more": error.more}, as_json, str)
        raise
    said = [*notes(loaded.manifest), *notes_on(loaded, shelf(os.environ)), *notes_on_benchmarks(loaded)]
    name = loaded.manifest.name
    answer = {"manifest": str(manifest), "name": name, "problems": [], "notes": said}
    say(answer, as_json, lambda _: "\n".join([f"{manifest}: {name} is right.", *said]))


@app.command()
def plan(
    manifest: ManifestFile,
    limit: Limit = None,
    workspace: Place = None,
    overrides: Overrides = None,
    as_json: Json = False,
) -> None:
    """Say what a run would fetch and make, and what that takes; nothing is downloaded but listings."""
    from captioning.accounts import outlook
    from ingest.prospect import prospect
    from pipeline import wording
    from pipeline.engine import forecast
    from schemas.needed_extras import lacking

    _, place, asked = _opened(manifest, overrides, workspace, captions=False)
    sources = prospect(place, asked, limit)
    stages = forecast(place, _stages(asked), has_news=any(row["new"] != 0 for row in sources))
    captioning = outlook(place, asked.manifest.captioning)
    for need in lacking(asked.manifest):
        log(str(need))
    answer = {"sources": sources, "stages": stages, "captioning": captioning, "run": f"bricks run {manifest}"}
    say(answer, as_json, wording.plan)


@app.command()
def run(  # noqa: PLR0917  (a command's options)
    manifest: ManifestFile,
    limit: Limit = None,
    verify: Annotated[bool, typer.Option("--verify", help="Of hub:org/name@v1: say what differs.")] = False,
    until: Until = None,
    engine: Engine = "local",
    workers: Processes = None,
    address: Address = None,
    store: Store = None,
    workspace: Place = None,
    overrides: Overrides = None,
    as_json: Json = False,
) -> None:
    """Make the dataset; the same command goes on after a stop, adds what is new, redoes what has changed."""
    from captioning.distill import prompts_of
    from curation.lexicons import versions_of
    from ingest.harvest import take_stock
    from ingest.sources import connectors
    from pipeline.decisions import at_work
    from pipeline.lock import write_lock
    from pipeline.options import refuse_unheard
    from pipeline.workspace import STAGES, sweep, write_whole
    from publishing.publish import refuse_impossible
    from publishing.rebuild_doors import recipe_of
    from schemas.needed_extras import refuse_lacking

    refuse_unheard(until, (*STAGES, _DATASET))
    settle_ray(os.environ)
    by = making(engine, workers, address=address, store=store)
    recipe = recipe_of(manifest, overrides or (), until, verify=verify, heard=log)
    home = workspace or recipe.home
    loaded, place, asked = _opened(recipe.loaded, overrides, home, captions=until not in STAGES[:-1])
    refuse_lacking(loaded.manifest, captions=until not in STAGES[:-1])
    sources = list(connectors(asked))
    known = {"bricks": __version__, **versions_of(_ontologies(asked))}  # one that isn't here is told first
    known |= prompts_of(loaded.manifest.captioning, loaded.manifest.questions)
    with at_work(place, "--workspace"):
        limit = recipe.begin(place, limit)
        sweep(place)
        refuse_impossible(place, loaded.manifest, loaded.folder)
        write_whole(place.manifest, loaded.text.encode())
        write_lock(place, loaded.manifest, loaded.folder, limit=limit, known=known)
        log(f"{take_stock(place, sources, limit)} new items")
        _advance(place, asked, until=until, by=by, as_json=None if verify else as_json)
        recipe.tell(place, as_json=as_json)


@app.command()
def retry(workspace: Folder, reason: Reason = None, workers: Processes = None, as_json: Json = False) -> None:
    """Try again what failed, or what was dropped with a reason that may have passed, such as image_missing."""
    from captioning import distill
    from ingest.harvest import ask_again
    from pipeline.decisions import at_work
    from pipeline.status import refuse_unknown
    from pipeline.workspace import existing

    place = existing(workspace)
    asked = _remembered(place)
    if reason is not None:
        refuse_unknown(place, ("failed", "dropped"), reason)
    with at_work(place):
        log(f"{ask_again(place, reason) + distill.ask_again(place, reason)} parts are made again")
        _advance(place, asked, by=local(workers), as_json=as_json)


@app.command()
def remove(  # noqa: PLR0917  (a command's options)
    workspace: Folder,
    reason: Annotated[str, typer.Option(help="Why: request, privacy, retracted, license, ...")],
    doi: Annotated[str | None, typer.Option(help="An article's DOI.")] = None,
    record_id: Annotated[str | None, typer.Option("--id", help="A row's id.")] = None,
    sha256: Annotated[str | None, typer.Option(help="A picture's digest.")] = None,
    source_id: Annotated[str | None, typer.Option(help="PMC123, a DOI, an image's number.")] = None,
    as_json: Json = False,
) -> None:
    """Take something out for good: bytes are purged, and what is named can't come back."""
    from pipeline.decisions import append, at_work
    from pipeline.takedown import asked_takedown, decisions_of, outlook
    from pipeline.workspace import existing

    takedown = asked_takedown({"doi": doi, "id": record_id, "sha256": sha256, "source_id": source_id}, reason)
    place = existing(workspace)
    asked = _remembered(place)
    with at_work(place):
        said = outlook(place, takedown)
        append(place.decisions, decisions_of(place, takedown))
        log(said)
        _advance(place, asked, as_json=as_json)


@app.command()
def refresh(workspace: Folder, as_json: Json = False) -> None:
    """Ask the sources what was retracted, withdrawn or licensed anew, and act on it."""
    from ingest.refreshing import refresh as ask
    from pipeline.decisions import at_work
    from pipeline.workspace import existing

    place = existing(workspace)
    asked = _remembered(place)
    with at_work(place):
        silent = None
        try:
            for change in ask(place, asked, datetime.now(UTC)):
                log(f"{change.source_id}: {change.what} {change.before} -> {change.after} ({change.evidence})")
        except BricksError as error:  # what was told is acted on, also where some articles got no answer
            silent = error
        _advance(place, asked, as_json=as_json)
        if silent is not None:
            raise silent


@app.command()
def publish(  # noqa: PLR0917  (a command's options)
    workspace: Folder,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge and tell; upload nothing.")] = False,
    tag: Annotated[str | None, typer.Option(help="The name of this state; the next of v1, v2, ...")] = None,
    personal: Annotated[bool, typer.Option("--accept-personal", help="Somebody looked at personal.jsonl.")] = False,
    to: Annotated[
        str | None, typer.Option(metavar="DIR|URL", help="Not to the Hub, but there: s3://, ftp://, ...")
    ] = None,
    shape: Annotated[str, typer.Option("--as", help="With --to: parquet, webdataset or arrow.")] = "parquet",
    as_json: Json = False,
) -> None:
    """Ask every gate, then put the dataset whole on the Hub, under a tag, or to another place."""
    from pipeline.workspace import existing, locked
    from publishing.croissant_gate import refuse_uninstalled
    from publishing.elsewhere_doors import target_of
    from publishing.publish_doors import history, judge, published, told

    place = existing(workspace)
    refuse_uninstalled()  # the Hub isn't asked either before it is known that the gates can judge
    with locked(place):
        manifest = _remembered(place).manifest
        target = target_of(place, manifest, to, shape=shape, tag=tag)
        history(place, manifest, log, dry_run=dry_run or target.to is not None)
        said = judge(place, manifest, personal=personal, heard=log)
        answer = published(place, manifest, said, target, dry_run=dry_run)
    say(answer, as_json, told)


@app.command()
def report(workspace: Folder, as_json: Json = False) -> None:
    """Write the report anew: one HTML page with the funnel, the reasons and the pictures."""
    from pipeline.gather import write_page
    from pipeline.workspace import existing

    place = existing(workspace)
    say({"report": str(write_page(place, _remembered(place).manifest.name))}, as_json, lambda said: said["report"])


def _opened(
    manifest: "Path | LoadedManifest", overrides: list[str] | None, workspace: Path | None, *, captions: bool
) -> "tuple[LoadedManifest, Workspace, Asked]":
    """Return a manifest that is right, where it works, and what its connectors are built from."""
    from ingest.sources import asked
    from pipeline.lock import refuse_others
    from pipeline.workspace import Workspace
    from schemas.manifest_file import load_manifest

    loaded = load_manifest(manifest, overrides or ()) if isinstance(manifest, Path) else manifest
    place = Workspace(workspace or Path("runs") / loaded.manifest.name)
    refuse_others(place, loaded.manifest.name)
    return loaded, place, asked(loaded.manifest, loaded.folder, place, os.environ, captions=captions)


def _stages(asked: "Asked") -> "list[Stage]":
    """Return the pipeline: each wing's stages, in their order."""
    from captioning import distill
    from curation import curate
    from ingest import harvest

    captioning = asked.manifest.captioning
    return [
        harvest.stage(asked, at_home=asked.is_live),
        *curate.stages(asked.manifest, asked.folder, _ontologies(asked)),
        *distill.stages(captioning, dict(asked.secrets).get(captioning.key or ""), asked.manifest.questions),
    ]


def _ontologies(asked: "Asked") -> "Ontologies":
    from curation.lexicons import asked_ontologies

    return asked_ontologies(asked.manifest.curation.ontologies, folder=shelf(os.environ), beside=asked.folder)


def _remembered(place: "Workspace") -> "Asked":
    """Return what the last run read."""
    from ingest.sources import asked
    from pipeline.lock import read_lock

    return asked(*read_lock(place), place, os.environ)


def _advance(
    place: "Workspace", asked: "Asked", *, until: str | None = None, by: Making | None = None, as_json: bool | None
) -> None:
    """Bring every stage, the dataset and the report up to date, and say what came of it; None: something else will."""
    from captioning.forgetting import forget_answers
    from captioning.no_questions import why_no_questions
    from curation.review_results import after_run
    from ingest.harvest import evict
    from pipeline import engine, wording
    from pipeline.gather import current_page
    from pipeline.lock import public_lock
    from pipeline.progress import shown
    from pipeline.status import status as sums
    from pipeline.status import too_much_failed
    from pipeline.workspace import FIGURES
    from publishing.publish import make_dataset

    manifest, stages = asked.manifest, _stages(asked)
    known = [stage.name for stage in stages]
    tell_results = after_run(place, manifest)
    made_any = False
    forget_answers(place)
    end = known.index(until) + 1 if until in known else None
    loaded = _HARVESTERS if end == 1 else _PRELOADED + _WRITERS * (not end)
    with (by or local())(loaded) as make, shown(sys.stderr, place.events) as listen:
        for stage in stages[:end]:
            made = engine.bring_up_to_date(stage, place, make, listen=listen)
            made_any |= bool(made)
            if stage.name == FIGURES:
                evict(place, asked())
        lock = None if end else public_lock(place, manifest)
        if lock:
            tell_results()
        dataset = make_dataset(place, manifest, lock, make, folder=asked.folder) if lock else None
    unchanged = not made_any and (dataset is None or dataset.was_current)
    if unchanged:
        log(wording.unchanged(sums(place), place.root))
    page = current_page(place, manifest.name)
    if as_json is None:
        return
    rows = dataset.rows if dataset else None
    has_none = bool(rows) and not any(view.startswith("questions") for view in rows or ())
    why_none = why_no_questions(place, manifest.questions) if has_none else None
    unasked = {"no_questions": why_none} if why_none else {}
    told = {**sums(place), **unasked, "rows": rows, "workspace": str(place.root), "report": str(page)}
    say(told, as_json, wording.finished)
    if failed := too_much_failed(place, manifest.on_error.max_failure_rate):
        log("\n".join(failed))
        raise typer.Exit(3)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; an error made on purpose is one line and its exit code, a bug keeps its traceback."""
    # mimalloc, Arrow's choice, keeps what its threads have freed: 40 to 80 MB in this process, 20 in each worker.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    close_undisturbed()
    for number in STOPS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup wants it ignored
            signal.signal(number, stop)
    hear()
    try:
        try:
            app(args=None if arguments is None else list(arguments), obj=os.environ)
        finally:
            let_out()
    except (BricksError, OSError, MemoryError, Stopped) as error:
        code, line = ending(error)
        if code is None:
            raise
        log(line)
        leave(code)


if __name__ == "__main__":
    main()
