"""ELN records: from the entries of a notebook to figures; what exports on disk and live notebooks share.

    with opened(path) as export:                                        # ingest.eln_reading
        yield from figures_of(export, "eln", Terms("CC-BY-4.0", "Example Lab"), Contract())

A figure's `source_id` is the entry's identifier or its place in the export; what tells it from the entries of other
notebooks makes its `family_key`, and with the file's path its id.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain

from ingest.eln_contract import REASON, Contract
from ingest.eln_entries import ElnFile
from ingest.eln_identity import identity_of, source_id_of
from ingest.eln_reading import ElnDocument, ElnExport, Picture, Unpictured
from ingest.eln_settlement import (
    EXPORT,
    Settled,
    Terms,
    allowed_of,
    caption_of_picture,
    facts_of_entry,
    fields_of,
    license_evidence_of,
    settled_of,
    told_of_broken,
)
from ingest.picture_columns import picture_columns
from pipeline.workspace import FIGURES
from schemas.errors import ArchiveError
from schemas.licence import url_of
from schemas.records import Dropped, Fact, Figure, Mention, make_id

_SAYS_NOTHING = "its entry says nothing, and neither does the crate of the file"
_UUID = re.compile(r"(?:^|/)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\.\w+)?$", re.IGNORECASE)


def figures_of(export: ElnExport, source: str, terms: Terms, contract: Contract) -> Iterator[Figure | Dropped]:
    """Yield the figures of an export that its contract lets through, and why there are none of the others.

    Raises:
        ArchiveError: schema_violated, where the contract is `freeze` and one entry breaks it.
    """
    settled = [settled_of(export, document, terms, contract) for document in export.documents()]
    for entry in settled:
        wrong = [*entry.broken, *chain.from_iterable(entry.refused.values())]
        if wrong and contract.way == "freeze":
            raise ArchiveError(REASON, export.masked(f"{entry.document.name}: {told_of_broken(wrong)}"))
    for left in (*export.left_out, *export.undescribed, *export.unlisted):
        yield _unnamed(export, _dropped(source, left.key, left.key, left.reason, f"{left.name}: {left.detail}"))
    for entry in settled:
        for outcome in _figures(export, source, terms, entry):
            yield _unnamed(export, outcome)


def _unnamed(export: ElnExport, outcome: Figure | Dropped) -> Figure | Dropped:
    """Return an outcome whose source_id and detail name nobody whom the crate calls a person; its id stays."""
    told = {"source_id": export.masked(outcome.source_id)}
    if isinstance(outcome, Dropped):
        told["detail"] = export.masked(outcome.detail)
    return outcome.model_copy(update=told)


def _figures(export: ElnExport, source: str, terms: Terms, entry: Settled) -> Iterator[Figure | Dropped]:
    document = entry.document
    source_id, key = source_id_of(document), document.entry.key
    if entry.broken and entry.is_wordless:
        for file in document.pictures:
            yield _dropped(source, source_id, file.key, "no_caption", f"{file.name}: {_SAYS_NOTHING}")
        return
    if entry.broken:
        # its name may be what the contract took
        name = "" if entry.discarded else f"{document.name}: "
        yield _dropped(source, source_id, key, REASON, f"{name}{told_of_broken(entry.broken)}")
        return
    if not document.pictures:
        yield _dropped(source, source_id, key, "no_figures", f"{document.name}: has no picture")
    wanted, keys = {image["member"]: image for image in entry.line["images"]}, lasting_keys(document)
    for picture in export.pictures(document):
        if isinstance(picture, Unpictured):
            detail = f"{picture.file.name}: {picture.detail}"
            yield _dropped(source, source_id, picture.file.key, picture.reason, detail)
        elif picture.member not in wanted or picture.member in entry.refused:
            detail = f"{picture.file.name}: {told_of_broken(entry.refused.get(picture.member, entry.discarded))}"
            yield _dropped(source, source_id, picture.file.key, REASON, detail)
        else:
            own = "caption" in wanted[picture.member]
            picture = picture if own else picture._replace(description="", words="")  # noqa: PLW2901
            yield _figure(source, terms, entry, picture, keys.get(picture.file.key, picture.file.key))


def _figure(source: str, terms: Terms, entry: Settled, picture: Picture, file_key: str) -> Figure | Dropped:
    document, seen, identity = entry.document, picture.seen, identity_of(entry.document)
    source_id = source_id_of(document)
    key = file_key if seen.key == "image" else f"{file_key}#{seen.key}"
    text = document.text and entry.line["caption"]
    own = allowed_of(facts_of_entry(document), entry.facts)
    said = (picture.description, picture.words)
    caption = caption_of_picture(document, said, text) or fields_of(allowed_of(document.facts, own))
    if not caption:
        return _dropped(source, source_id, key, "no_caption", f"{picture.file.name}: {_SAYS_NOTHING}")
    discarded = [
        Fact(name="value_discarded", value=f"{each.path} by {each.rule}", origin=EXPORT) for each in entry.discarded
    ]
    return Figure(
        id=make_id(source, *filter(None, (identity.entry, identity.state)), key),
        source=source,
        source_id=source_id,
        figure_key=key,
        member=picture.member + seen.member,
        family_key=f"{source}:{identity.entry}",
        version=identity.version,
        caption=caption,
        mentions=[Mention(id="entry", text=text)] if text and text not in caption else [],
        license=terms.license,
        license_url=url_of(terms.license) if terms.license else None,
        # without the owner's word a reviewer has nothing to read: what exporters write is no more than a fact
        license_evidence=license_evidence_of(document, terms) if terms.license else None,
        attribution=terms.attribution,
        facts=[*own, *allowed_of(picture.facts, entry.facts), *seen.facts, *discarded],
        **picture_columns(seen.blob, seen.pixels),
        microns_per_pixel=seen.scale.microns_per_pixel,
    )


def lasting_keys(document: ElnDocument) -> dict[str, str]:
    """Return what each file of an entry is called in it, in this export and the next, by its key in this one.

    eLabFTW's folders bear the entry's title, which may change; a file may be called by a UUID there, and have a name.
    """
    shorts = {file.key: _short_key(document.entry.key, file) for file in document.entry.files}
    times = Counter(shorts.values())
    return {key: short if times[short] == 1 else key for key, short in shorts.items()}


def _short_key(entry_key: str, file: ElnFile) -> str:
    return file.name if _UUID.search(file.key) else file.key.removeprefix(f"{entry_key}/")


def _dropped(source: str, source_id: str, key: str, reason: str, detail: str) -> Dropped:
    return Dropped(
        id=make_id(source, source_id, key, reason),
        stage=FIGURES,
        reason=reason,
        detail=detail,
        source_id=source_id,
    )
