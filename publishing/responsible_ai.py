"""Responsible AI: what Croissant's RAI fields tell of a dataset, counted from its rows; nothing is told that isn't."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from publishing.dataset_counts import Counts, Shares, total
from publishing.privacy import public_sources
from schemas.licence import permits, requires_attribution

_USES: Final = {"train": "Training", "validation": "Validation", "test": "Testing"}
_WANTED: Final = {
    "kind": "kind",
    "modality": "modality",
    "organism": "organism",
    "microns_per_pixel_source": "scale",
}
_MOST_NAMED: Final = 3


def statements(counts: Counts, lock: Mapping[str, Any], rows: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Return the RAI fields of a dataset; `rows` are those of each view by split."""
    told = {
        "rai:dataCollection": _collected(counts),
        "rai:dataCollectionType": ["Secondary Data Analysis", "Software Collection"],
        "rai:dataCollectionMissingData": _untold(counts),
        "rai:dataCollectionRawData": _raw(counts),
        "rai:dataPreprocessingProtocol": list(_prepared(counts)),
        "rai:dataAnnotationProtocol": list(_annotated(counts, rows)),
        "rai:machineAnnotationTools": list(_tools(counts, lock)),
        "rai:dataBiases": list(_biases(counts)),
        "rai:dataLimitations": list(_limits(counts)),
        "rai:personalSensitiveInformation": list(_personal(counts, lock)),
        "rai:dataUseCases": list(_uses(counts, rows)),
    }
    if counts.days:
        told["rai:dataCollectionTimeFrame"] = [day.isoformat() for day in counts.days]
    return told


def _of(shares: Shares) -> str:
    """Return the most frequent values with their rows: `pmc 11, biorxiv 5`."""
    named = [f"{value} {rows}" for value, rows in total(shares) if value is not None]
    more = len(named) - _MOST_NAMED
    return ", ".join(named[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _collected(counts: Counts) -> str:
    sources = ", ".join(f"{source} ({rows} rows)" for source, rows in total(counts.shares["source"]))
    return f"Pictures and their words were taken from {sources}, as manifest.yaml asks; each row names its own source."


def _untold(counts: Counts) -> str:
    each = (
        f"{word} of {sum(counts.shares[column][None].values())}"
        for column, word in _WANTED.items()
        if None in counts.shares[column]
    )
    missing = ", ".join(each)
    everything = "Kind, modality, organism and scale are told of every panel."
    return f"Of {counts.panels} panels these are not told: {missing}." if missing else everything


def _raw(counts: Counts) -> str:
    return (
        "image holds the source's own bytes where its file is a whole 8-bit JPEG or PNG; "
        f"of {counts.originals} rows that show something deeper, raw holds the original file."
    )


def _prepared(counts: Counts) -> Iterator[str]:
    yield "Pictures of more than 8 bit are rendered to 8 bit; figures are cut into panels, the column box tells where."
    yield "Equal and overlapping pictures form clusters (duplicate_cluster); a cluster or family stands in one split."
    if any(writer.model for writer in counts.writers):
        yield "Texts by models were checked against the evidence about their picture; distilled.checks tells how."


def _annotated(counts: Counts, rows: Mapping[str, Any]) -> Iterator[str]:
    terms = ", ".join(f"{name} {found}" for name, found in counts.ontologies.items())
    if terms:
        yield f"Ontology terms were found by rules in each row's own texts and facts, each with its place: {terms}."
    if set(counts.shares["kind"]) - {None}:
        yield (
            "kind was read from the pixels by a classifier, but where a source holds micrographs alone (confidence 1):"
            f" {_of(counts.shares['kind'])}."
        )
    if any(view.startswith("questions") for view in rows):
        yield "Questions and their options were made by bricks; of each, origin tells what its answer was known from."
    if counts.masked:
        yield f"Masks are the sources' own: {counts.masked} images, {sum(counts.objects.values())} objects."


def _tools(counts: Counts, lock: Mapping[str, Any]) -> Iterator[str]:
    yield f"bricks {lock['versions']['bricks']}"
    for writer in counts.writers:
        if writer.model:
            revision = writer.revision or "an unknown revision"
            yield f"{writer.model} at {revision}, prompt {writer.prompt}: {writer.rows} texts"


def _biases(counts: Counts) -> Iterator[str]:
    """Yield what most rows are: whoever trains on them sees little else."""
    for column in ("source", "kind", "modality", "organism"):
        most = next(((value, rows) for value, rows in total(counts.shares[column]) if value is not None), None)
        if most:
            yield f"The most frequent {column} is {most[0]}, of {most[1]} of {counts.panels} panels."
    if counts.years:
        yield f"Works are of {counts.years[0]} to {counts.years[1]}."


def _limits(counts: Counts) -> Iterator[str]:
    yield "Tags say what the texts and facts say; a picture may show what none of them names."
    if None in counts.shares["microns_per_pixel_source"]:
        count = sum(counts.shares["microns_per_pixel_source"][None].values())
        yield f"No scale is known of {count} of {counts.panels} panels."


def _personal(counts: Counts, lock: Mapping[str, Any]) -> Iterator[str]:
    named = sum(rows for license_, rows in total(counts.shares["license"]) if requires_attribution(license_))
    yield f"Authors are named in attribution, as the licences of {named} rows ask."
    public = public_sources((source["type"], source.get("preset")) for source in lock["manifest"].get("sources", ()))
    private = sum(rows for source, rows in total(counts.shares["source"]) if source not in public)
    if private:
        yield (
            f"{private} rows come from sources that weren't public; before an upload their texts and picture files are"
            " searched for e-mail addresses and ORCIDs."
        )


def _uses(counts: Counts, rows: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    splits = {split for view in rows.values() for split in view}
    yield from (use for split, use in _USES.items() if split in splits)
    barred = sum(n for license_, n in total(counts.shares["license"]) if not permits(license_).commercial)
    if barred:
        yield f"Usage guideline: {barred} panels, in views that end in -noncommercial, forbid commercial use."
