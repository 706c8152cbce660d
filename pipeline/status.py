"""Status: what a workspace holds, read from its parts: sums, lists of what left, the life of one record."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

from pipeline import store
from pipeline.decisions import Decision
from pipeline.decisions import read as read_decisions
from pipeline.engine import read_stamps
from pipeline.listed import left_of, listed_counts
from pipeline.standing import standing_of
from pipeline.store import Counts, part_path, read_rows
from pipeline.workspace import CAPTIONED, FIGURES, GROUPS, SPLITS, STAGES, Workspace, read_json
from schemas.errors import UsageError
from schemas.manifest import Queue

SIDES = ("dropped", "held", "failed")
CLASSES_NOT_ASKED = "classes_not_asked"
"""What the stamps of `5-captioned` call the classes that no question asks for."""

REVIEWED = "reviewed"
"""What the stamps of `5-captioned` call the texts and questions that reviewers decided on."""

REASONS = frozenset(
    """no_figures source_removed no_graphic image_missing removed image_empty not_an_image image_truncated
    image_corrupt image_too_large image_unsupported mask_corrupt mask_too_large mask_size_differs not_listed
    duplicate license_not_allowed license_unknown third_party license_forbids_crop tags_conflict too_small
    panels_conflict kind_unsure kind_not_kept no_caption rejected absent retracted historical_ocr
    not_open_access metadata_invalid listed_later
    xml_empty xml_truncated xml_malformed xml_encoding xml_hostile not_jats archive_broken archive_bomb
    archive_link archive_ambiguous unexpected_error throttled told_to_wait timeout connection truncated
    md5_mismatch empty html_instead not_xml not_json too_large redirect_refused key_refused blocked
    undecodable too_slow wrong_article not_a_listing withdrawn record_invalid not_posted_yet not_in_bucket
    bucket_unavailable access_denied not_in_pmc not_found pixels_missing pixels_unready plane_absent
    channel_absent pixel_type_unsupported session_expired omero_error range_refused zarr_metadata_missing
    zarr_metadata_broken zarr_version_unsupported zarr_axes_unsupported zarr_path_refused zarr_array_missing
    zarr_level_absent zarr_plane_absent zarr_channel_absent zarr_plane_empty zarr_codec_unsupported
    zarr_dtype_unsupported zarr_chunk_corrupt zarr_chunk_bomb zarr_absent zarr_ambiguous needs_bioio slide_label
    smaller_copy metadata_only ome_companion_missing no_images ome_broken ome_hostile ome_too_large not_ome
    file_too_large mask_missing mask_ambiguous image_ambiguous image_is_stack image_is_turned no_objects
    mask_is_turned mask_is_colour mask_lossy mask_is_stack mask_not_whole mask_not_binary mask_ids_negative
    mask_ids_too_large mask_unreadable object_crowd object_outside object_empty object_malformed
    coco_unreadable coco_too_large array_missing array_unclear axes_unclear mask_channel_unclear array_empty
    array_unreadable array_too_large array_link not_annotated study_missing not_a_study not_a_table
    too_large_for_rendering size_mismatch not_an_answer listing_incomplete listing_in_doubt no_cookie
    eln_no_metadata eln_not_one_root eln_metadata_broken eln_metadata_too_large archive_unsafe_name
    archive_encrypted archive_too_many_files entry_deleted entry_archived entry_not_listed entry_twice
    schema_violated digest_mismatch remote_file file_undescribed file_not_listed file_shared file_ambiguous
    signature_invalid signature_missing linked_entry not_zip export_failed schema_unusable published_in_train
    contaminated answer_cut answer_no_json answer_empty refused unsupported answered_blind request_rejected
    answer_too_large no_answer server_error server_timeout""".split()  # noqa: SIM905
)
"""The reasons that the pages name; a workspace may hold others, such as http_503."""

QUEUES = frozenset(get_args(Queue.model_fields["origin"].annotation))
"""What a reviewer may be asked about."""

NOT_LISTED = "not_listed"
"""The reason of what left because the sources no longer list it: history, not part of any sum."""


def sums(workspace: Workspace) -> dict[str, Counts]:
    """Return the sum of every stage that has been made, over what the sources list now."""
    return {stage: counts for stage, counts, _ in _stages(workspace)}


def _stages(workspace: Workspace) -> Iterator[tuple[str, Counts, bool]]:
    """Yield the stages that were begun, with their sums, and whether each was brought to its end and can be read."""
    for stage in (*STAGES, SPLITS):
        stamps = read_stamps(workspace, stage)
        path = workspace.stage(stage) / "stage.json"
        if stamps or path.is_file():
            each = listed_counts(workspace, stamps) if stage == FIGURES else (stamp.counts for stamp in stamps.values())
            state = read_json(path)
            said = state if isinstance(state, dict) else {}
            complete = said.get("complete") is True and said.get("parts") == len(stamps)
            yield stage, without_history(sum(each, Counts())), complete


def without_history(counts: Counts) -> Counts:
    """Return a sum without what the sources no longer list."""
    gone = counts.dropped.get(NOT_LISTED, 0)
    dropped = {reason: number for reason, number in counts.dropped.items() if reason != NOT_LISTED}
    return replace(counts, found=counts.found - gone, dropped=dropped)


def status(workspace: Workspace) -> dict[str, Any]:
    """Return what `bricks status --json` prints."""
    stages = [{"name": name, **asdict(counts), "complete": complete} for name, counts, complete in _stages(workspace)]
    each = {name: _summed(workspace, name) for name in ("answers", CLASSES_NOT_ASKED, REVIEWED)}
    told = {name: counts for name, counts in each.items() if counts}
    stages = [{**stage, **told} if stage["name"] == CAPTIONED else stage for stage in stages]
    return {"stages": stages, "dataset": str(workspace.dataset) if workspace.dataset.is_dir() else None}


def answers(workspace: Workspace) -> dict[str, int]:
    """Return how many panels a model answered, and why it didn't answer the others; empty where none was asked."""
    return _summed(workspace, "answers")


def _summed(workspace: Workspace, key: str) -> dict[str, int]:
    each = (Counter(stamp.extra.get(key, {})) for stamp in read_stamps(workspace, CAPTIONED).values())
    return dict(sorted(sum(each, Counter[str]()).items()))


def benchmarks(workspace: Workspace) -> list[dict[str, Any]]:
    """Return what was found of each benchmark that the dataset must not overlap with, by each check."""
    stamp = store.read_stamp(workspace.stage(GROUPS), 0)
    return list(stamp.extra.get("benchmarks", [])) if stamp else []


def incomplete(workspace: Workspace) -> list[str]:
    """Return a line for every stage that was begun and of which parts are missing or can't be read."""
    return [
        f"{stage} is incomplete: `bricks run MANIFEST` makes what is missing."
        for stage, _, complete in _stages(workspace)
        if not complete
    ]


def failure_rate(counts: Counts) -> float:
    """Return the share of what was found that failed."""
    return sum(counts.failed.values()) / counts.found if counts.found else 0.0


def too_much_failed(workspace: Workspace, limit: float) -> list[str]:
    """Return a line for each kind of failure whose rate is above the limit: of a stage, or of a model's answers."""
    worst = max((failure_rate(counts) for counts in sums(workspace).values()), default=0.0)
    unheard, asked = unanswered(workspace)
    above = f"above on_error.max_failure_rate {limit:.1%}: bricks"
    told = [f"{worst:.1%} failed, {above} show {workspace.root} --failed"] if worst > limit else []
    if unheard > limit * asked:
        why = f"{unheard} of {asked} panels ({unheard / asked:.1%}) were answered by no server, or rejected"
        told.append(f"{why}, {above} retry {workspace.root} asks again")
    return told


def unanswered(workspace: Workspace) -> tuple[int, int]:
    """Return about how many panels a model was asked and no server answered, and about how many it was asked."""
    unheard = sum(stamp.extra.get("unheard", 0) for stamp in read_stamps(workspace, CAPTIONED).values())
    return unheard, sum(answers(workspace).values())


def refuse_unknown(workspace: Workspace, sides: Sequence[str], reason: str) -> None:
    """Refuse a reason, or a queue, that is neither known nor found here: it is mistyped.

    Raises:
        UsageError: names those that are found here.
    """
    here = {name for counts in sums(workspace).values() for side in sides for name in getattr(counts, side)}
    if reason not in here | (QUEUES if "held" in sides else REASONS):
        found = f"There are: {', '.join(sorted(here))}." if here else "There are none here."
        raise UsageError(f"nothing was {' or '.join(sides)} as {reason!r}.", where=str(workspace.root), mend=found)


def asked_side(workspace: Workspace, asked: Mapping[str, str | None]) -> tuple[str, str | None]:
    """Return which of SIDES is asked for and the reason, None for all; `kept` where none is.

    Raises:
        UsageError: several are, or a reason that is unknown.
    """
    given = [(side, reason) for side, reason in asked.items() if reason is not None]
    if len(given) > 1:
        raise UsageError("ask for one of --dropped, --held, --failed at a time.", where="bricks show")
    side, reason = given[0] if given else ("kept", "all")
    if reason == "all":
        return side, None
    refuse_unknown(workspace, [side], reason)
    return side, reason


def left(workspace: Workspace, side: str, reason: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield what was dropped, held or failed, stage by stage; `reason` is a queue's name for held rows.

    As in the sums there is no history in it, but where `NOT_LISTED` itself is asked for.
    """
    key = "queue" if side == "held" else "reason"
    for stage in (*STAGES, SPLITS):
        for number, row in left_of(workspace, stage, side):
            if row[key] == reason or (reason is None and row[key] != NOT_LISTED):
                yield {**row, "part": number}


def kept(workspace: Workspace) -> Iterator[dict[str, Any]]:
    """Yield what is in the last stage that was made, without its blobs; `6-splits` has no words to show."""
    made = [stage for stage in sums(workspace) if stage != SPLITS]
    if not made:
        return
    folder = workspace.stage(made[-1])
    for number in store.part_numbers(folder):
        yield from map(_without_bytes, read_rows(part_path(folder, number), batch=16))


def life(workspace: Workspace, record_id: str) -> list[dict[str, Any]]:
    """Return every trace of a record, in the order of the stages: rows, reasons, decisions; never its bytes.

    A figure's life holds its panels', and a panel's holds its figure's.
    """
    ids = {record_id}
    traces: list[dict[str, Any]] = []
    for _ in range(2):  # a panel names its figure, a figure is named by its panels: two looks find both
        traces = [trace for stage in (*STAGES, SPLITS) for trace in _traces(workspace, stage, ids)]
        ids |= {trace["row"].get("figure_id") or trace["row"]["id"] for trace in traces}
    log = read_decisions(workspace.decisions)
    said = [decision for decision in log if not ids.isdisjoint(_named_by(decision)) or decision.before == record_id]
    return traces + [
        {"decision": decision.model_dump(mode="json"), **standing._asdict()}
        for decision, standing in standing_of(workspace, log, said)
    ]


def _named_by(decision: Decision) -> set[str]:
    """Return what a decision speaks of: one on a pair names the other in its field."""
    return {decision.id, decision.field.rpartition(":")[2]}


def _traces(workspace: Workspace, stage: str, ids: set[str]) -> Iterator[dict[str, Any]]:
    folder = workspace.stage(stage)
    for number in store.part_numbers(folder):
        for side in ("kept", *SIDES):
            path = part_path(folder if side == "kept" else folder / side, number)
            if path.is_file() and _names_one(path, ids):
                for row in read_rows(path, batch=16):
                    if row["id"] in ids or row.get("figure_id") in ids:
                        yield {"stage": stage, "part": number, "became": side, "row": _without_bytes(row)}


def _names_one(path: Path, ids: set[str]) -> bool:
    # a column that isn't there is passed by
    return any(not ids.isdisjoint(row.values()) for row in read_rows(path, ["id", "figure_id"], batch=4096))


def _without_bytes(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: f"{len(value)} bytes" if isinstance(value, bytes) else value
        for name, value in row.items()
        if name != "mask" or value is None
    }


def articles(workspace: Workspace) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (route; source, source id, version, licence, and the item it came from) of every figure that is here."""
    columns = ["source", "source_id", "version", "license"]
    for number, stamp in read_stamps(workspace, FIGURES).items():
        items = (item for item in stamp.extra["items"] for _ in range(item["rows"]))
        rows = read_rows(part_path(workspace.stage(FIGURES), number), columns, batch=4096)
        for item, row in zip(items, rows, strict=True):
            yield item["source"], {**row, "key": item["key"], "stamp": item["stamp"]}
