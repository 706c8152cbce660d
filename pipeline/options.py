"""Options: the arguments that several commands share, in the same words everywhere."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from pipeline.completing import manifests, reasons, stages, workspaces
from schemas.errors import UsageError

Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")]
ManifestFile = Annotated[
    Path,
    typer.Argument(
        metavar="MANIFEST",
        help="The YAML that says what the dataset is, or the name of one that ships.",
        autocompletion=manifests,
    ),
]
Folder = Annotated[
    Path,
    typer.Argument(metavar="WORKSPACE", help="The folder of a run, such as runs/demo.", autocompletion=workspaces),
]
Until = Annotated[str | None, typer.Option(metavar="STAGE", help="Stop after this stage.", autocompletion=stages)]
Overrides = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Overrule the manifest.")]
Limit = Annotated[int | None, typer.Option(min=1, help="At most so many items of each source.")]
Processes = Annotated[
    int | None, typer.Option("--workers", min=1, max=100_000, help="Processes; one a core if left out.")
]
Engine = Annotated[str, typer.Option(help="Where parts are made: local, or ray.")]
Address = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="Of a Ray cluster's head, or auto; one is started if left out.")
]
Store = Annotated[
    str | None, typer.Option(metavar="URL", help="Through which parts reach machines that don't see the workspace.")
]
Place = Annotated[Path | None, typer.Option("--workspace", help="Where to work; runs/NAME if left out.")]
Reason = Annotated[str | None, typer.Option(help="Only what has this reason.", autocompletion=reasons)]


def refuse_unheard(until: str | None, stages: Sequence[str]) -> None:
    """Refuse a stage that there is none of.

    Raises:
        UsageError: names it.
    """
    if until not in (None, *stages):
        raise UsageError(f"no stage is called {until!r}.", where="--until", mend=f"Use one of {', '.join(stages)}.")
