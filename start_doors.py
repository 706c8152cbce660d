"""Start doors: the command with which a dataset begins, which writes its manifest."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.completing import manifests_that_ship, presets, source_types
from pipeline.options import Json
from pipeline.saying import log, say
from schemas.errors import Stopped, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemas.manifest_draft import Draft

starts = typer.Typer()

Texts = list[str] | None


@starts.command()
def init(  # noqa: PLR0917  (a command's options)
    name: Annotated[str, typer.Option(help="Names the dataset and its workspace, runs/NAME.")] = "",
    contact: Annotated[str | None, typer.Option(help="Your e-mail or web address, which every server is told.")] = None,
    source: Annotated[
        Texts,
        typer.Option(
            help="Where pictures come from: pmc, biorxiv, idr, eln, elabftw, rspace, images, masks; again for more.",
            autocompletion=source_types,
        ),
    ] = None,
    query: Annotated[Texts, typer.Option(help="Of pmc: as typed into PMC's search.")] = None,
    path: Annotated[Texts, typer.Option(help="Of any source: files that lie here.")] = None,
    since: Annotated[Texts, typer.Option(metavar="DAY", help="Of biorxiv: the first day of posting.")] = None,
    until: Annotated[Texts, typer.Option(metavar="DAY", help="Of biorxiv: the last day.")] = None,
    category: Annotated[Texts, typer.Option(help="Of biorxiv: such as cell biology; again for more.")] = None,
    study: Annotated[Texts, typer.Option(help="Of idr: such as idr0062; again for more.")] = None,
    url: Annotated[Texts, typer.Option(help="Of elabftw and rspace: the server.")] = None,
    preset: Annotated[
        Texts, typer.Option(help="Of masks: a public set, such as livecell.", autocompletion=presets)
    ] = None,
    own_license: Annotated[str | None, typer.Option(help="Of your own pictures: an SPDX id.")] = None,
    attribution: Annotated[str | None, typer.Option(help="Of your own pictures: whom to name.")] = None,
    license_: Annotated[
        Texts,
        typer.Option("--license", help="What may enter: open, alike, noncommercial, or SPDX ids; again for more."),
    ] = None,
    publish: Annotated[str | None, typer.Option(metavar="ORG/NAME", help="Where to publish on the Hub.")] = None,
    copied_from: Annotated[
        str | None,
        typer.Option("--from", metavar="NAME", help="Copy one that ships.", autocompletion=manifests_that_ship),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write it; NAME.yaml if left out.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Make a manifest: asks on a terminal, takes flags elsewhere, copies one that ships with --from."""
    from pipeline.new_manifest import written
    from schemas.manifest_draft import Draft

    draft = Draft(name=name, contact=contact, licenses=tuple(license_ or ()), repo=publish)
    given = {
        "query": query, "path": path, "since": since, "until": until, "categories": category, "studies": study,
        "url": url, "preset": preset, "own license": own_license and [own_license],
        "own attribution": attribution and [attribution],
    }  # fmt: skip
    held = {key: values for key, values in given.items() if values}
    if copied_from is not None:
        _refuse_beside(held, source, license_, publish)
        file, text = _copy(copied_from, draft, out, force=force)
    else:
        file, text = _drafted(draft, source or (), held, out, force=force)
    following = written(file, text, force=force)
    say(
        {"manifest": str(file)},
        as_json,
        lambda said: "\n".join([f"{said['manifest']} is written.", "next", *(f"  {one}" for one in following)]),
    )


def _copy(shipped: str, draft: "Draft", out: Path | None, *, force: bool) -> tuple[Path, str]:
    """Return where the copy of a manifest goes, and its text."""
    from pipeline.new_manifest import copied, refuse_taken

    file = out or Path(f"{draft.name or shipped}.yaml")
    refuse_taken(file, force=force)
    return file, copied(shipped, draft, str(file))


def _drafted(
    draft: "Draft", sources: "Sequence[str]", held: "Mapping[str, list[str]]", out: Path | None, *, force: bool
) -> tuple[Path, str]:
    """Return where a new manifest goes, and its text; what is lacking is asked."""
    from pipeline.new_manifest import drafted, refuse_taken, text_of_draft

    if out is not None:
        refuse_taken(out, force=force)
    draft = drafted(sources, held, draft)
    if not (draft.name and draft.sources):
        draft = _asked(draft, out, force=force)
    file = out or Path(f"{draft.name}.yaml")
    refuse_taken(file, force=force)
    return file, text_of_draft(draft, str(file))


def _refuse_beside(held: object, *more: object) -> None:
    """Refuse flags that a copy has no use for.

    Raises:
        UsageError: there are some.
    """
    if held or any(more):
        mend = "Give --name, --contact and --out, and change the copy in an editor."
        raise UsageError("a copy takes neither sources nor licences nor a place to publish.", where="--from", mend=mend)


def _asked(draft: "Draft", out: Path | None, *, force: bool) -> "Draft":
    """Return the draft with what somebody at a terminal says; to quit leaves nothing behind.

    Raises:
        UsageError: nobody sits at a terminal.
    """
    from pipeline.interview import interviewed
    from pipeline.new_manifest import why_taken

    if not sys.stdin.isatty():
        lacking = [flag for flag, there in (("--name", draft.name), ("--source", draft.sources)) if not there]
        mend = "Or copy one that ships: --from NAME."
        raise UsageError(f"where nobody can be asked, give {' and '.join(lacking)}.", where="bricks init", mend=mend)

    def taken(name: str) -> str | None:
        return None if out else why_taken(Path(f"{name}.yaml"), force=force)

    log("A few questions; Ctrl-C quits, and nothing is written.")
    try:
        return interviewed(draft, _answer, log, taken)
    except (typer.Abort, Stopped) as error:
        log("\nNothing was written.")
        raise typer.Exit(130) from error


def _answer(question: str) -> str:
    """Ask on the terminal; stdout is for the answer of the command."""
    return str(typer.prompt(question, default="", show_default=False, err=True)).strip()
