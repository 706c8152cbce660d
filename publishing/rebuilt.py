"""Rebuilt: what a dataset that was rebuilt here differs in from the published one, in what was harvested, and why."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pipeline.status import left as left_here
from pipeline.workspace import Workspace
from publishing.comparing import Table, difference, opened, views_of
from publishing.published_recipe import Recipe
from publishing.views import PANELS_VIEW

HARVESTED = (
    "source", "source_id", "version", "url", "doi", "pmcid", "pmid", "title", "journal", "year", "license",
    "license_url", "attribution", "figure_label", "panel_label", "caption", "subcaption", "mentions", "facts",
    "label", "source_sha256", "raw_format", "width_px", "height_px",
)  # fmt: skip
"""The columns that are compared: what sources tell, and what is cut out of it without a model."""
DIFFERS = 6
"""The exit code where a rebuilt dataset differs from the published one."""
_NAMES = ("source", "source_id", "version")
_LEFT_OUT = "may come from what isn't rebuilt"
_SHOWN = 10

Rows = Mapping[str, Mapping[str, Any]]
"""Narrow columns of panels, by id."""


def verified(recipe: Recipe, workspace: Workspace) -> dict[str, Any]:
    """Return what differs between the published dataset and the one that was rebuilt in a workspace.

    Rows that may come from a source that isn't rebuilt are told and make no difference. Of the published files the
    narrow columns are read, and no picture.

    Raises:
        UsageError: the published one is no dataset any more.
        SourceError: the Hub doesn't answer.
    """
    there = _panels(views_of(recipe.place, narrow=True))
    here = _panels(views_of(workspace.dataset, narrow=True)) if workspace.dataset.is_dir() else []
    found = difference(PANELS_VIEW.name, there, here, HARVESTED)
    was, now = _named(there), _named(here)
    missing = dict(_why_missing(recipe, workspace, [key for (key,) in found.removed], was, now))
    known = {row["source_id"] for row in was.values()}
    new = {key: _why_new(now[key]["source_id"] in known) for (key,) in found.added}
    missed = [key for key, why in missing.items() if why != _LEFT_OUT]
    return {
        "dataset": recipe.place.name,
        "commit": recipe.place.commit,
        "workspace": str(workspace.root),
        "equal": not (missed or new or found.changed),
        "not_rebuilt": [asdict(one) for one in recipe.left],
        "rows_published": found.before,
        "rows_rebuilt": found.after,
        "rows_equal": found.before - len(found.removed) - len(found.changed),
        "missing": [{"id": key, **was[key], "why": why} for key, why in missing.items()],
        "new": [{"id": key, **now[key], "why": why} for key, why in new.items()],
        "changed": [{"id": key, **was[key], "columns": names} for (key,), names in found.changed.items()],
        "columns": found.columns,
    }


def _panels(views: Mapping[str, Sequence[Table]]) -> list[Table]:
    return [table for name in PANELS_VIEW.names for table in views.get(name, ())]


def _named(tables: Sequence[Table]) -> Rows:
    return dict(_each(tables))


def _each(tables: Sequence[Table]) -> Iterator[tuple[str, dict[str, Any]]]:
    for table in tables:
        with opened(table) as parquet:
            for batch in parquet.iter_batches(4096, columns=["id", *_NAMES], use_threads=False):
                yield from ((row.pop("id"), row) for row in batch.to_pylist())


def _why_missing(
    recipe: Recipe, workspace: Workspace, keys: Sequence[str], was: Rows, now: Rows
) -> Iterator[tuple[str, str]]:
    """Yield (id, why) of the published rows that aren't here."""
    left_out = {one.type for one in recipe.left if one.what.startswith("sources.")}
    wanted = {was[key]["source_id"] for key in keys}
    gone = {row["id"]: row["reason"] for row in left_here(workspace, "dropped")}
    gone_of = {row["source_id"]: row["reason"] for row in left_here(workspace, "failed") if row["source_id"] in wanted}
    versions = {row["source_id"]: row["version"] for row in now.values()}
    for key in keys:
        name, version = was[key]["source_id"], was[key]["version"]
        if key in gone:
            yield key, f"was left out here: {gone[key]}"
        elif name in versions:
            other = versions[name] != version
            yield key, f"is version {versions[name]} now, was {version}" if other else "this picture isn't there now"
        elif name in gone_of:
            yield key, f"couldn't be fetched: {gone_of[name]}"
        elif _type_of(was[key]["source"]) in left_out:
            yield key, _LEFT_OUT
        else:
            yield key, "the source doesn't have it any more, or not under an allowed licence"


def _type_of(source: str) -> str:
    """Return the manifest's type of source that a row tells of."""
    return {"medrxiv": "biorxiv"}.get(source, source)


def _why_new(known: bool) -> str:  # noqa: FBT001
    if known:
        return "its source was published in another state"
    return "came since, or was left out for something that isn't rebuilt"


def told(answer: Mapping[str, Any]) -> str:
    """Return the answer as a person reads it."""
    return "\n".join(_lines(answer))


def _lines(answer: Mapping[str, Any]) -> Iterator[str]:
    yield f"{answer['dataset']}, commit {answer['commit'][:12]}: rebuilt in {answer['workspace']}"
    for one in answer["not_rebuilt"]:
        yield f"    not rebuilt: {one['what']} ({one['type']}): {one['why']}"
    yield f"rows      {answer['rows_published']} published, {answer['rows_rebuilt']} here, {answer['rows_equal']} equal"
    for side in ("missing", "new"):
        for why, count in Counter(row["why"] for row in answer[side]).most_common():
            yield f"{side:<9} {count}: {why}"
    for name, count in list(answer["columns"].items())[:_SHOWN]:
        yield f"changed   {count}: {name}"
    yield "All that could be rebuilt is equal." if answer["equal"] else "It differs; --json names each row."
