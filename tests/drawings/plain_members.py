"""Plain members: panels as grouping sees them, each a picture of its own."""

from curation.members import Member
from schemas.records import make_id


def member(at, *, license_id="CC-BY-4.0", side_px=100, kind="microscopy", preprint=False, number=None):
    number = at if number is None else number
    return Member(
        at=at,
        part=0,
        id=make_id("panel", str(number)),
        figure_id=make_id("figure", str(number)),
        figure_row=at,
        panel_label=None,
        box=(0, 0, side_px, side_px),
        panel_kind=kind,
        source="pmc",
        source_id=f"PMC{number}",
        version=None,
        figure_label=None,
        license=license_id,
        source_sha256=f"{number:064x}",
        shown="",
        family_key=f"PMC{number}",
        is_article=True,
        is_preprint=preprint,
        caption_length=10,
    )
