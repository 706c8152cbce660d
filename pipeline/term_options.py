"""Term options: the arguments of the commands that know ontologies."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

Action = Annotated[str, typer.Argument(metavar="pull|build|list")]
Chosen = Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Which; all if left out.")]
Contact = Annotated[str, typer.Option(help="Who asks; the hosts are told. Needed to pull.")]
Shelf = Annotated[
    Path,
    typer.Option("--folder", envvar="BRICKS_ONTOLOGIES", show_envvar=False, help="Where ontologies lie."),
]
Texts = Annotated[Path, typer.Argument(metavar="TEXTS.jsonl", help='Lines of {"id", "text"}.')]
Wanted = Annotated[list[str] | None, typer.Option(metavar="NAME|FILE ...", help="Built ontologies, or OBO/OWL files.")]
More = Annotated[list[str] | None, typer.Argument(hidden=True)]
"""What follows the first name behind --ontology."""

SHELF = Path("~/.cache/bricks/ontologies")


def shelf(environment: Mapping[str, str]) -> Path:
    """Return the folder where ontologies lie."""
    return Path(environment.get("BRICKS_ONTOLOGIES") or SHELF).expanduser()
