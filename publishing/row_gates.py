"""Row gates: what must be true of every row before it leaves this machine; each yields the rows of which it isn't."""

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from publishing.harvested import Credit
from publishing.refused import Refused
from publishing.views import CONVERSATIONS_VIEW, PANELS_VIEW
from schemas.licence import SPDX, parse_licence, permits, requires_attribution, url_of

_BATCH_ROWS = 4096
_NONCOMMERCIAL = "-noncommercial"
_ADDRESS = re.compile(r"https?://\S+")
_ADDED = re.compile(r"\(here under [^()]*\)")
"""What bricks adds where a copy's stricter licence governs."""
_BY_LIKENESS = "embedding"
"""A check of contamination that is told, and decides nothing."""


def wrong_licences(folder: Path, allowed: Collection[str], credits_of: Mapping[str, Credit]) -> Iterator[Refused]:
    """Yield rows under a licence that the manifest doesn't allow, or that forbids what is done with them.

    That is: to be sold, in a view for commercial use; and to be adapted, in a view that adds words to the picture.
    It must also be the one that the workspace says governs the panel, by `credits_of`.
    """
    for view, row in rows_with(folder, ("id", "license")):
        may = permits(row["license"])
        if row["license"] not in allowed:
            yield Refused("licences", view, row["id"], f"{row['license']} is not among the manifest's licenses")
        elif not view.endswith(_NONCOMMERCIAL) and not may.commercial:
            yield Refused("licences", view, row["id"], f"{row['license']} forbids commercial use")
        elif view.removesuffix(_NONCOMMERCIAL) != PANELS_VIEW.name and not may.recaption:
            yield Refused("licences", view, row["id"], f"{row['license']} forbids adaptations")
        elif (credit := credits_of.get(row.get("panel_id") or row["id"])) and credit.license != row["license"]:
            why = f"is under {row['license']}, and the workspace says {credit.license}"
            yield Refused("licences", view, row["id"], why)


def unattributed(folder: Path, credits_of: Mapping[str, Credit]) -> Iterator[Refused]:
    """Yield rows that don't thank whom their licence asks to thank, and panels that ATTRIBUTION.csv tells otherwise.

    `credits_of` has what the workspace says of each panel, by its id: a row must say the same. The address must be
    one of the licence, or the one that was found with the work.
    """
    listed: dict[str, str] | None
    try:
        listed = _attributions(folder / "ATTRIBUTION.csv")
    except (OSError, ValueError, KeyError, csv.Error) as error:
        listed = None
        yield Refused("attribution", "ATTRIBUTION.csv", None, f"can't be read: {type(error).__name__}: {error}"[:300])
    for view, row in rows_with(folder, ("id", "license", "license_url", "attribution")):
        if why := _thanks_wrongly(row, credits_of.get(row.get("panel_id") or row["id"])):
            yield Refused("attribution", view, row["id"], why)
        if listed is not None and _is_panels(view) and listed.get(row["id"]) != row["license"]:
            yield Refused("attribution", view, row["id"], "is missing in ATTRIBUTION.csv, or under another licence")


def _thanks_wrongly(row: Mapping[str, Any], credit: Credit | None) -> str:
    """Return what is wrong with whom a row thanks; a panel that the workspace doesn't know is another gate's."""
    license_id, said, url = row["license"], row["attribution"] or "", row["license_url"]
    if requires_attribution(license_id) and not named_in(said):
        return "says of nobody whose it is"
    if requires_attribution(license_id) and not url:
        return f"gives no address of {license_id}"
    if credit and said != credit.attribution:
        return "thanks others than the workspace says are to be thanked"
    if url and url != (credit and credit.license_url) and not is_address_of(url, license_id):
        return f"gives an address that is none of {license_id}"
    return ""


def named_in(attribution: str) -> bool:
    """Return whether an attribution has any word beside licences and addresses.

    >>> named_in("Brick et al., CC-BY-4.0"), named_in("CC-BY-4.0, https://a.org/x"), named_in("王")
    (True, False, True)
    """
    words = _ADDRESS.sub(" ", _ADDED.sub(" ", attribution)).split()
    return any(word.strip(".,;:()[]") not in SPDX and any(map(str.isalpha, word)) for word in words)


def is_address_of(url: str, license_id: str) -> bool:
    """Return whether an address is one of a licence: of its deed or its text, in any language."""
    return url == url_of(license_id) or parse_licence(url).license == license_id


def unsound(folder: Path) -> Iterator[Refused]:
    """Yield rows that contradict themselves or their panel: ids given twice, another licence, answers not offered."""
    licences = {row["id"]: row["license"] for view, row in rows_with(folder, ("id", "license")) if _is_panels(view)}
    seen = set[tuple[str, str]]()
    for view, row in rows_with(folder, ("id", "license")):
        if (view, row["id"]) in seen and not view.startswith(CONVERSATIONS_VIEW.name):
            yield Refused("rows", view, row["id"], "stands there twice")
        seen.add((view, row["id"]))
        if (row.get("panel_id") or row["id"]) not in licences:
            yield Refused("rows", view, row["id"], "is about no row of panels")
    for view, row in rows_with(folder, ("id", "panel_id", "license", "options", "answer_index", "answer")):
        if licences.get(row["panel_id"], row["license"]) != row["license"]:
            yield Refused("rows", view, row["id"], f"is under {row['license']}, and its panel isn't")
        if not _is_offered(row):
            yield Refused(
                "rows", view, row["id"], "its answer isn't the option that it is said to be, or two are alike"
            )


def _is_offered(row: Mapping[str, Any]) -> bool:
    options, at = row["options"] or (), row["answer_index"]
    if at is None:
        return not options
    return 0 <= at < len(options) and options[at] == row["answer"] and len(set(options)) == len(options)


def strayed(folder: Path) -> Iterator[Refused]:
    """Yield rows that stand in another split or family than their panel."""
    columns = ("id", "family", "split")
    places = {row["id"]: (row["family"], row["split"]) for view, row in rows_with(folder, columns) if _is_panels(view)}
    for view, row in rows_with(folder, columns):
        mine = (row["family"], row["split"])
        if places.get(row.get("panel_id") or row["id"], mine) != mine:
            yield Refused("splits", view, row["id"], "is of another split or family than its panel")


def _is_panels(view: str) -> bool:
    return view.removesuffix(_NONCOMMERCIAL) == PANELS_VIEW.name


def contaminated(folder: Path) -> Iterator[Refused]:
    """Yield panels that a benchmark holds: found by words, hash or pixels; likeness alone decides nothing."""
    for view, row in rows_with(folder, ("id", "contamination")):
        hits = [hit for hit in row["contamination"] or () if hit["check"] != _BY_LIKENESS]
        if hits:
            told = ", ".join(f"{hit['benchmark']} by {hit['check']}" for hit in hits)
            yield Refused("contamination", view, row["id"], f"is in {told}")


def _attributions(path: Path) -> dict[str, str]:
    """Return the licence of each id; a spreadsheet's guard before a sign is no part of it."""
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as handle:
        return {(row["id"] or "").removeprefix("'"): row["license"] for row in csv.DictReader(handle)}


def rows_with(folder: Path, columns: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (view, row) of every file that has these columns, a batch at a time, with the panel's id if it has one."""
    for path in sorted(folder.glob("*/*.parquet")):
        with pq.ParquetFile(path) as parquet:
            if set(columns) <= set(parquet.schema_arrow.names):
                wanted = [name for name in dict.fromkeys((*columns, "panel_id")) if name in parquet.schema_arrow.names]
                for batch in parquet.iter_batches(_BATCH_ROWS, columns=wanted, use_threads=False):
                    yield from ((path.parent.name, row) for row in batch.to_pylist())
