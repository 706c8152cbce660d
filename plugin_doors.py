"""Plug-in doors: the commands that list what is installed beside bricks' own, and try a connector."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pipeline.options import Json
from pipeline.saying import say_lines

plugins = typer.Typer(invoke_without_command=True)


@plugins.callback()
def listing(ctx: typer.Context, as_json: Json = False) -> None:
    """List connectors, gates and captioners: bricks' own, and those of other packages with whether they load."""
    from pipeline.plugin_lines import plugin_lines, told

    if ctx.invoked_subcommand is None:
        say_lines(plugin_lines(), as_json, told)


@plugins.command()
def check(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A connector, as `type:` in a manifest names it.")],
    manifest: Annotated[
        Path | None, typer.Option(help="A small manifest that asks it; its own sample if left out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Try a connector: kills, workers, licences, pace, columns, sums, secrets, damaged input; a line for each."""
    from pipeline.conformance import conform, told

    findings = []

    def each() -> Iterator[dict[str, object]]:
        for found in conform(name, ctx.obj or {}, manifest=manifest):
            findings.append(found)
            yield asdict(found)

    say_lines(each(), as_json, told)
    if not all(found.passed for found in findings):
        raise typer.Exit(4)
