"""List options: which of the rows that left a workspace are shown."""

from typing import Annotated

import typer

from pipeline.completing import dropped, held

Dropped = Annotated[
    str | None, typer.Option(metavar="REASON", help="What was dropped; `all` for any.", autocompletion=dropped)
]
Held = Annotated[str | None, typer.Option(metavar="QUEUE", help="What waits for a reviewer.", autocompletion=held)]
Failed = Annotated[bool, typer.Option("--failed", help="What could not be fetched or read.")]
