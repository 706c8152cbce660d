"""Side doors: the commands beside a run: on plain files, and those that ask people and models about a workspace."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.given_places import written_to
from pipeline.options import Folder, Json
from pipeline.saying import counted, log, say, say_answers, say_json, say_lines
from pipeline.term_options import SHELF, Action, Chosen, Contact, More, Shelf, Texts, Wanted, shelf
from schemas.errors import UsageError
from start_doors import starts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from curation.review_desk import Desk
    from pipeline.web import Door

files = typer.Typer()
files.add_typer(starts)

Images = Annotated[list[str] | None, typer.Argument(metavar="[IMAGE...]")]
"""Texts, since a path forgets the ./ before it and names come back as they were given."""


@files.command()
def extract(paths: Annotated[list[Path], typer.Argument(metavar="PATH...")], as_json: Json = False) -> None:
    """Print a JSON line for every figure in articles, packages, MECA files and folders of them."""
    from ingest.extract import extract as figures

    say_answers(figures(paths))


@files.command()
def split(
    images: Images = None,
    caption: Annotated[str | None, typer.Option(help="The caption of the image, if there is one.")] = None,
    captions: Annotated[Path | None, typer.Option(help='Lines of {"image" or "id", "caption"}.')] = None,
    draw: Annotated[Path | None, typer.Option(help="Where to draw what was found: a folder, or NAME.png.")] = None,
    as_json: Json = False,
) -> None:
    """Print a JSON line for every figure: its panels with label, box, kind, words and scale; or for every caption."""
    from curation.split_lines import split_lines

    with written_to(draw, "--draw"):
        say_answers(split_lines(images or (), caption, captions, draw))


@files.command()
def dedup(  # noqa: PLR0917  (options of a command)
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    html: Annotated[Path | None, typer.Option(help="Where to show the pairs side by side: a page of its own.")] = None,
    bits: Annotated[int | None, typer.Option(help="Length of the perceptual hash: 64 or 256.")] = None,
    max_distance: Annotated[int | None, typer.Option(min=0, help="Bits in which two hashes may differ.")] = None,
    orientations: Annotated[bool, typer.Option(help="Also turned, mirrored and inverted copies.")] = True,
    crops: Annotated[bool, typer.Option(help="Also cut-outs and insets.")] = True,
    as_json: Json = False,
) -> None:
    """Print a JSON line for every cluster of pictures that are copies, turned, cut out of or laid into each other."""
    from curation.dedup_lines import dedup_lines, settings_of

    asked = settings_of(bits=bits, max_distance=max_distance, orientations=orientations, crops=crops)
    with written_to(html, "--html"):
        say_lines(dedup_lines(folder, asked, counted, html), as_json=True, told=str)


@files.command()
def hashes(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    out: Annotated[Path, typer.Option(help="The hash list: a Parquet file.")],
    name: Annotated[str | None, typer.Option(help="What the benchmark is called; else as its folder is.")] = None,
    crops: Annotated[bool, typer.Option(help="Also what finds cut-outs, which makes the file far larger.")] = True,
    as_json: Json = False,
) -> None:
    """Write a hash list of a benchmark: what finds its pictures, sources and texts in a dataset, and holds none."""
    from curation.hash_lines import hash_lines, told

    with written_to(out, "--out"):
        say_lines(hash_lines(folder, out, name, counted, crops=crops), as_json, told)


@files.command()
def tag(texts: Texts, ontology: Wanted = None, more: More = None, folder: Shelf = SHELF, as_json: Json = False) -> None:
    """Print a JSON line for every text: the ontology terms that it names, each with its place."""
    from curation.lexicons import asked_ontologies, lexicon
    from curation.tag_lines import tag_lines

    asked = asked_ontologies([*(ontology or ()), *(more or ())], folder=folder.expanduser())
    say_answers(tag_lines(texts, lexicon(asked)))


@files.command()
def ontologies(
    action: Action, names: Chosen = None, contact: Contact = "", folder: Shelf = SHELF, as_json: Json = False
) -> None:
    """Fetch ontologies, build one index of their terms, or list what is here."""
    from curation.ontologies import act, told
    from ingest.ontology_files import fetcher

    place = folder.expanduser()
    say_lines(act(action, place, names or (), lambda: fetcher(contact, place / "cache")), as_json, told)


@files.command()
def faithful(
    items: Annotated[Path, typer.Argument(metavar="ITEMS.jsonl", help='Lines of {"id", "evidence": [text], "text"}.')],
    as_json: Json = False,
) -> None:
    """Print a JSON line for every text: whether its evidence carries it, and each place that it doesn't."""
    from captioning.faithful_lines import faithful_lines

    if say_answers(faithful_lines(items), all_may_fail=True):
        raise typer.Exit(3)


@files.command()
def batch(
    workspace: Folder,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where to write what is still to be asked.")] = None,
    results: Annotated[list[Path] | None, typer.Option("--in", metavar="FILE", help="Answers, to be kept.")] = None,
    as_json: Json = False,
) -> None:
    """Write the questions about a workspace's panels as files of OpenAI's batch format, or keep their answers."""
    from captioning.workspace_batches import read, told, write
    from pipeline.lock import read_lock
    from pipeline.workspace import existing

    if (out is None) == (not results):
        raise UsageError("give --out DIR, or --in FILE.", where="bricks batch")
    place = existing(workspace)
    settings = read_lock(place)[0].captioning
    with written_to(out, "--out"):
        said = write(place, settings, out) if out else read(place, settings, results or ())
    say(said, as_json, told)
    if said.get("refused"):
        raise typer.Exit(3)


def _why_none(place: Path) -> str | None:
    """Return why there are no questions in a workspace that asks for some; None of what is no workspace."""
    from captioning.no_questions import why_no_questions
    from pipeline.lock import read_lock
    from pipeline.workspace import Workspace

    workspace = Workspace(place)
    return why_no_questions(workspace, read_lock(workspace)[0].questions) if workspace.ledger.is_file() else None


@files.command()
def questions(  # noqa: PLR0917  (a command's options)
    ctx: typer.Context,
    place: Annotated[Path, typer.Argument(metavar="WORKSPACE|DATASET", help="A run's folder, or a dataset's.")],
    layout: Annotated[str | None, typer.Option(help="Write them in another layout: ubench.")] = None,
    out: Annotated[Path | None, typer.Option(help="The folder to write to.")] = None,
    blind: Annotated[
        bool, typer.Option("--blind", help="Ask a model all of a run without the pictures: a gate.")
    ] = False,
    endpoint: Annotated[
        list[str] | None, typer.Option(help="With --blind: a server's address; again for more.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="With --blind: what the servers call the model.")] = None,
    revision: Annotated[str | None, typer.Option(help="With --blind: the model's revision.")] = None,
    key: Annotated[
        str | None, typer.Option(metavar="NAME", help="With --blind: the environment variable with the servers' key.")
    ] = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="With --blind: of an answer.")] = 256,
    as_json: Json = False,
) -> None:
    """Say what a dataset's questions are and what a blind guesser gets of them, or write them in another layout."""
    from publishing.question_doors import export, fires, is_unjudged, question_figures, told

    if (layout is None) != (out is None):
        raise UsageError("an export needs a layout and a folder.", mend="Say --layout ubench --out DIR.")
    if blind != bool(endpoint):
        raise UsageError("--blind and --endpoint go together.", mend="Say --blind --endpoint URL --model M.")
    if layout and out:
        with written_to(out, "--out"):
            answer = export(place, layout, out)
        say(answer, as_json, lambda said: "{images} images with {questions} questions in {out}".format(**said))
        return
    if blind:
        from captioning.blind_check import blind_check
        from captioning.evaluate_vqa import Endpoints
        from pipeline.workspace import existing

        blind_check(existing(place), Endpoints(endpoint or (), model, revision, key), ctx.obj or {}, max_tokens)
    figures = question_figures(place, lambda: _why_none(place))
    say(figures, as_json, told)
    if fires(figures):
        raise typer.Exit(4)
    if blind and is_unjudged(figures):
        raise typer.Exit(3)


@files.command()
def review(  # noqa: PLR0917  (a command's options)
    ctx: typer.Context,
    workspace: Folder,
    reviewer: Annotated[str, typer.Option(metavar="NAME", help="Who decides; asked on the page if left out.")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="A free one if left out.")] = 0,
    host: Annotated[str, typer.Option(help="Where to listen; others can reach it, so it takes a token.")] = "127.0.0.1",
    token: Annotated[
        str | None, typer.Option(help="Who has it is let in; better set as BRICKS_REVIEW_TOKEN, which nobody sees.")
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="List what is asked, a line each; no page.")] = False,
    stats: Annotated[bool, typer.Option("--stats", help="Say how far each queue is; no page.")] = False,
    export: Annotated[
        tuple[str, Path] | None, typer.Option(metavar="LAYOUT FILE", help="label-studio, fiftyone or parquet; no page.")
    ] = None,
    taken: Annotated[
        list[Path] | None, typer.Option("--import", metavar="FILE", help="Verdicts of another program; no page.")
    ] = None,
    as_typed: Annotated[
        bool, typer.Option("--as-typed", help="With --import: keep tags that are no known term.")
    ] = False,
    record: Annotated[str, typer.Option(metavar="ID", help="Open what is asked about this record first.")] = "",
    verbose: Annotated[bool, typer.Option("--verbose", help="A line on stderr for each request.")] = False,
    as_json: Json = False,
) -> None:
    """Open the page where people decide what is in doubt, until Ctrl-C; the next run puts their decisions to work."""
    from curation.lexicons import asked_ontologies
    from curation.review import item_line, listed, opened, statistics
    from curation.review_statistics import told
    from pipeline.lock import read_lock
    from pipeline.web import Door
    from pipeline.workspace import existing

    place = existing(workspace)
    manifest, beside = read_lock(place)
    asked = asked_ontologies(manifest.curation.ontologies, folder=shelf(ctx.obj or {}), beside=beside)
    desk = opened(place, manifest, asked)
    if listing:
        say_lines(listed(desk), as_json, item_line)
    elif stats:
        say(statistics(desk), as_json, told)
    elif export or taken:
        _exchanged(desk, export, taken or (), as_json, as_typed=as_typed)
    else:
        door = Door(host, port, token or (ctx.obj or {}).get("BRICKS_REVIEW_TOKEN") or None)
        _served(desk, door, reviewer, partial(_ready, record, as_json), log if verbose else None)


def _exchanged(
    desk: "Desk", export: tuple[str, Path] | None, taken: "Iterable[Path]", as_json: bool, *, as_typed: bool
) -> None:
    """Write the queues for another program, and take in what one decided."""
    from curation import review_exchange as exchange

    if export:
        with written_to(export[1], "--export"):
            written = exchange.export(desk, *export)
        say(written, as_json, exchange.written)
    for path in taken:
        say(exchange.take_in(desk, path, as_typed=as_typed), as_json, exchange.told)


def _served(
    desk: "Desk", door: "Door", reviewer: str, ready: "Callable[[str], None]", heard: "Callable[[str], None] | None"
) -> None:
    """Serve the page until somebody ends it, and say what its decisions wait for."""
    from curation.review import closing_words
    from curation.review import review as serve

    serve(desk, door, reviewer, ready, heard)
    log(closing_words(desk))


def _ready(record: str, as_json: bool, where: str) -> None:
    from curation.review import page_of, ready_words

    say({"page": page_of(where, record)}, as_json, ready_words)
    sys.stdout.flush()


@files.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A dataset's folder, a run's, or hub:org/name@v1.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="A later version of it.")],
    as_json: Json = False,
) -> None:
    """Print a line for every view: which rows came, went and changed between two versions, and in which columns."""
    from publishing.comparing import compared, line, version_at
    from publishing.hub_reading import Published

    versions = version_at(old), version_at(new)
    for version in versions:
        if isinstance(version, Published):
            log(f"{version.name} is commit {version.commit[:12]}")
    say_lines((one.told() for one in compared(*versions)), as_json, line)


@files.command("license")
def license_(text: Annotated[str, typer.Argument(metavar="TEXT|URL|-")], as_json: Json = False) -> None:
    """Say which licence a text or address states, and what it permits."""
    from schemas.licence_answer import license_answer, refuse_file

    try:
        said = sys.stdin.read() if text == "-" else text
    except UnicodeDecodeError as error:
        raise UsageError("stdin holds no text.", where="bricks license -", mend="Give a licence's words.") from error
    answer = license_answer(said)
    if answer["license"] is None:
        refuse_file(text)
    say(answer, as_json=True, told=str)


@files.command()
def schema(name: Annotated[str, typer.Argument(help="manifest, figures, panels, ...")], as_json: Json = False) -> None:
    """Print a JSON Schema: of the manifest, or of a stage's rows."""
    from schemas.published_schemas import schema_named

    say_json(schema_named(name))
