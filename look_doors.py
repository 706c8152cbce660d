"""Look doors: the commands that only look at a workspace: its sums, its lists, one record's life."""

from typing import Annotated

import typer

from pipeline.list_options import Dropped, Failed, Held
from pipeline.options import Folder, Json
from pipeline.saying import log, say, say_lines
from schemas.errors import UsageError

looks = typer.Typer()


@looks.command()
def status(workspace: Folder, as_json: Json = False) -> None:
    """Show the sum of every stage: found + created = kept + dropped + failed + held."""
    from captioning.accounts import so_far
    from pipeline import wording
    from pipeline.status import status as sums
    from pipeline.workspace import existing

    place = existing(workspace)
    asking = so_far(place)
    say({**sums(place), **({"asking": asking} if asking else {})}, as_json, wording.status)


@looks.command()
def show(
    workspace: Folder, dropped: Dropped = None, held: Held = None, failed: Failed = False, as_json: Json = False
) -> None:
    """List what was kept, dropped, held or failed, a line each."""
    from pipeline import wording
    from pipeline.status import asked_side, incomplete, kept, left
    from pipeline.workspace import existing

    place = existing(workspace)
    side, reason = asked_side(place, {"dropped": dropped, "held": held, "failed": "all" if failed else None})
    for line in incomplete(place):
        log(line)
    if side == "kept":
        say_lines(kept(place), as_json, wording.kept_row)
    else:
        say_lines(left(place, side, reason), as_json, wording.left_row)


@looks.command()
def explain(workspace: Folder, record_id: Annotated[str, typer.Argument(metavar="ID")], as_json: Json = False) -> None:
    """Show one record's life: what it was at every stage, what was decided, why it is where it is."""
    from pipeline import wording
    from pipeline.status import incomplete, life
    from pipeline.workspace import existing

    place = existing(workspace)
    for line in incomplete(place):
        log(line)
    traces = life(place, record_id)
    if not traces:
        raise UsageError(f"no record has the id {record_id!r}.", where=str(workspace), mend="`bricks show` lists ids.")
    say_lines(iter(traces), as_json, wording.trace)
