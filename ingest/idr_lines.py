"""IDR lines: what `bricks extract` prints of the studies at the given paths: a line for each study and picture."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ingest.fact_captions import caption_of
from ingest.idr_folder import LocalStudy, studies_at
from ingest.idr_study import Study
from ingest.unread_lines import unread
from pipeline.pixels import probe
from schemas.errors import ReasonedError
from schemas.records import Fact, Figure


def study_lines(given: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Yield a line for each study, its pictures after it, and for each picture that is named after a study."""
    opened: dict[Path, LocalStudy] = {}
    for lying in studies_at(given):
        if lying.study_file is None:
            yield unread(lying.path, f"study_missing: no {lying.path.name[:7]}-study.txt lies at the given paths")
            continue
        local = opened.setdefault(lying.study_file, LocalStudy(lying.study_file))
        if not lying.is_study:
            yield _picture_line(local, lying.path, given)
            continue
        try:
            yield _line(lying.study_file, local.study, local.study.accession, None, local.study.all_facts)
            names = local.pictures()
        except ReasonedError as error:
            yield unread(lying.study_file, f"{error.reason}: {error.detail}")
            continue
        yield from (_picture_line(local, local.folder / name, given) for name in names)


def _picture_line(local: LocalStudy, path: Path, given: Sequence[Path]) -> dict[str, Any]:
    try:
        figure = local.figure_at(path)
        probe(figure.blob)
    except ReasonedError as error:
        return unread(path, f"{error.reason}: {error.detail}")
    line = _line(path, local.study, figure.source_id, figure.figure_label, figure.facts)
    walked = next((one for one in given if one in path.parents), path.parent)
    return line | {"images": [_image(figure, path.relative_to(walked).as_posix())]}


def _line(path: Path, study: Study, entry_id: str, label: str | None, facts: Iterable[Fact]) -> dict[str, Any]:
    terms, told = study.terms, list(facts)
    return {
        "source_file": str(path),
        "xml": None,
        "article": study.article.model_dump(),
        "entry": {
            "id": entry_id,
            "name": label or study.name,
            "license": terms.license,
            "license_evidence": terms.evidence,
        },
        "figure_id": entry_id,
        "label": label,
        "caption": caption_of(told),
        "in_sub_article": False,
        "license": terms.license,
        "third_party": False,
        "graphics": [],
        "images": [],
        "mentions": [],
        "facts": [fact.model_dump() for fact in told],
    }


def _image(figure: Figure, member: str) -> dict[str, Any]:
    sizes = {"width_px": figure.width_px, "height_px": figure.height_px}
    return {"member": member, "sha256": figure.source_sha256, "format": figure.blob_format, **sizes}
