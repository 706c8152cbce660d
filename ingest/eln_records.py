"""ELN records: from the entries of a notebook to figures; what exports on disk and live notebooks share.

    with opened(path) as export:                                        # ingest.eln_reading
        yield from figures_of(export, "eln", Terms("CC-BY-4.0", "Example Lab"), Contract())

A figure's `source_id` is the entry's identifier or its place in the export; what tells it from the entries of other
notebooks makes its `family_key`, and with the file's path its id.
"""

import json
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ingest.eln_contract import REASON, Broken, Contract, Line
from ingest.eln_crate import text_of
from ingest.eln_entries import ElnFile
from ingest.eln_reading import ElnDocument, ElnExport, Picture, Unpictured
from ingest.eln_words import is_boilerplate
from ingest.fact_captions import caption_of
from ingest.picture_columns import picture_columns
from schemas.errors import ArchiveError
from schemas.licence import url_of
from schemas.records import Dropped, Fact, Figure, Mention, make_id

_log = logging.getLogger(__name__)
STAGE = "1-figures"
_EXPORT = "export"
"""The origin of facts about the export itself."""
_UUID = re.compile(r"(?:^|/)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\.\w+)?$", re.IGNORECASE)
_SHORTEST_GLOBAL_CHARS = 12
"""An identifier as short as "7" is one of many; eLabFTW's and UUIDs are longer."""
_LONG_CHARS = 4_000
"""An entry of more words is told in full as a mention, where a part of it stands beside its one picture."""
_CHECKS = frozenset({"checksum", "content_size"})
_NAMES_THE_ENTRY = frozenset({"title", "kind", "category"})


class Terms(NamedTuple):
    """What the owner of the notebook says of its entries, in the manifest."""

    license: str | None = None
    attribution: str = ""


class Settled(NamedTuple):
    """An entry, what of it may be taken, and what is wrong with it."""

    document: ElnDocument
    line: Line
    broken: list[Broken]
    discarded: list[Broken]

    @property
    def facts(self) -> list[Fact]:
        """Return what may be told by name, of the entry and of its files."""
        return [Fact.model_validate(fact) for fact in self.line.get("facts", ())]


def source_id_of(document: ElnDocument) -> str:
    """Return what an entry is called for ever: its exporter's identifier, or its place in the export."""
    identifier, key = document.entry.identifier, document.entry.key
    return identifier if len(identifier) >= _SHORTEST_GLOBAL_CHARS else f"{document.folder}/{key}"


def identity_of(document: ElnDocument) -> str:
    """Return what tells an entry from those of all notebooks: its identifier, or a hash of what it says or holds.

    Two notebooks may both export an "objects/1"; the same entry exported again is the same.
    """
    source_id, node = source_id_of(document), document.entry.node
    if source_id == document.entry.identifier:
        return source_id
    said = [text_of(node.get(key)) for key in ("identifier", "url", "dateCreated")]
    # a number alone, or nothing, is what any notebook says: then only what the entry holds tells it from another
    return make_id(source_id, *said, *([] if any(said[1:]) else [document.content]))


def license_evidence_of(document: ElnDocument, terms: Terms) -> str:
    """Return where the licence is from, and what the export says, which counts for nothing."""
    said = f'the export says "{document.license_words}"' if document.license_words else "the export states none"
    if terms.license:
        return f"the manifest; {said}"
    consent = ", which is no consent of the owner" if document.license_words else ""
    return f"the manifest states none; {said}{consent}"


def facts_of_entry(document: ElnDocument) -> list[Fact]:
    """Return what an entry says by name, and what is known of its export: authors as hashes, signature, licence."""
    told = [*(("person", person) for person in document.people)]
    told += [("signature", document.signature), ("export_license", document.license_words)]
    return [*document.facts, *(Fact(name=name, value=value, origin=_EXPORT) for name, value in told if value)]


def line_of(export: ElnExport, document: ElnDocument, terms: Terms) -> Line:
    """Return what `bricks extract` prints of an entry and its files: of a picture itself nothing is read."""
    source_id, evidence = source_id_of(document), license_evidence_of(document, terms)
    facts = [*facts_of_entry(document), *(fact for file in document.pictures for fact in export.facts_of_file(file))]
    return {
        "figure_id": source_id,
        "label": None,
        "entry": {
            "id": str(document.entry.node.get("@id", document.entry.key)),
            "name": document.name,
            "license": terms.license,
            "license_evidence": evidence,
        },
        "caption": document.text,
        "license": terms.license,
        "images": [{"member": member, "name": file.name} for file, member in export.members(document)],
        "facts": [fact.model_dump() for fact in dict.fromkeys(facts)],
    }


def caption_of_picture(document: ElnDocument, picture: Picture, text: str, fields: str) -> str:
    """Return the words of one picture: the nearest where its entry has several or is long, else all that it says.

    `fields` are the words of an entry that says nothing else.
    """
    text = "" if is_boilerplate(text) else text
    if picture.words and (document.several or not text or len(text) > _LONG_CHARS):
        return picture.words
    described = "" if picture.description in text else picture.description
    return "\n\n".join(words for words in (described, text) if words) or fields


def figures_of(export: ElnExport, source: str, terms: Terms, contract: Contract) -> Iterator[Figure | Dropped]:
    """Yield the figures of an export that its contract lets through, and why there are none of the others.

    Raises:
        ArchiveError: schema_violated, where the contract is `freeze` and one entry breaks it.
    """
    settled = [_settled(export, document, terms, contract) for document in export.documents()]
    for entry in settled:
        if entry.broken and contract.way == "freeze":
            raise ArchiveError(REASON, f"{entry.document.name}: {_told(entry.broken)}")
    for left in (*export.left_out, *export.undescribed, *export.unlisted):
        yield _dropped(source, left.key, left.key, left.reason, f"{left.name}: {left.detail}")
    for entry in settled:
        yield from _figures(export, source, terms, entry)


def _settled(export: ElnExport, document: ElnDocument, terms: Terms, contract: Contract) -> Settled:
    line = line_of(export, document, terms)
    if not line["images"]:
        return Settled(document, line, [], [])  # there is no pair to check; its files say why
    written = "" if is_boilerplate(document.text) else document.text
    if not written:
        written = "\n\n".join(filter(None, (words for _, words in export.words(document))))
    settlement = contract.settle({**line, "caption": written or fields_of(document.facts)})
    settled = Settled(document, *settlement)
    if settlement.discarded and not written and not settlement.broken:
        # the words were made of fields of which some are gone
        line = {**settlement.line, "caption": fields_of(_own(document.facts, settled.facts))}
        again = contract.settle(line)
        discarded = [*settlement.discarded, *again.discarded]
        settled = Settled(document, again.line, [*discarded, *again.broken] if again.broken else [], discarded)
    for each in settled.discarded if not settled.broken else ():
        told = {"entry": source_id_of(document), "path": each.path, "rule": each.rule}
        _log.warning("value_discarded %s", json.dumps(told))
    return settled


def _own(facts: Iterable[Fact], allowed: Iterable[Fact]) -> list[Fact]:
    """Return those of `facts` that the contract allows; how a file was checked isn't asked of it."""
    kept = frozenset(allowed)
    return [fact for fact in facts if fact in kept or (fact.name in _CHECKS and fact.origin == _EXPORT)]


def fields_of(facts: Sequence[Fact]) -> str:
    """Return the metadata fields of an entry as words; "" where it has no more than a name and a kind."""
    return caption_of(facts) if caption_of(fact for fact in facts if fact.name not in _NAMES_THE_ENTRY) else ""


def _told(broken: list[Broken]) -> str:
    return "; ".join(map(str, broken))


def _figures(export: ElnExport, source: str, terms: Terms, entry: Settled) -> Iterator[Figure | Dropped]:
    document = entry.document
    source_id, key = source_id_of(document), document.entry.key
    if entry.broken:
        yield _dropped(source, source_id, key, REASON, f"{document.name}: {_told(entry.broken)}")
        return
    if not document.pictures:
        yield _dropped(source, source_id, key, "no_figures", f"{document.name}: has no picture")
    wanted, keys = {image["member"] for image in entry.line["images"]}, lasting_keys(document)
    for picture in export.pictures(document):
        if isinstance(picture, Unpictured):
            detail = f"{picture.file.name}: {picture.detail}"
            yield _dropped(source, source_id, picture.file.key, picture.reason, detail)
        elif picture.member in wanted:
            file_key = keys.get(picture.file.key, picture.file.key)
            yield _figure(source, terms, entry, picture, file_key)


def _figure(source: str, terms: Terms, entry: Settled, picture: Picture, file_key: str) -> Figure | Dropped:
    document, seen = entry.document, picture.seen
    source_id = source_id_of(document)
    key = file_key if seen.key == "image" else f"{file_key}#{seen.key}"
    text = document.text and entry.line["caption"]
    own = _own(facts_of_entry(document), entry.facts)
    caption = caption_of_picture(document, picture, text, fields_of(_own(document.facts, own)))
    if not caption:
        detail = f"{picture.file.name}: its entry says nothing, and neither does the crate of the file"
        return _dropped(source, source_id, key, "no_caption", detail)
    discarded = [
        Fact(name="value_discarded", value=f"{each.path} by {each.rule}", origin=_EXPORT) for each in entry.discarded
    ]
    return Figure(
        id=make_id(source, identity_of(document), key),
        source=source,
        source_id=source_id,
        figure_key=key,
        member=picture.member + seen.member,
        family_key=f"{source}:{identity_of(document)}",
        caption=caption,
        mentions=[Mention(id="entry", text=text)] if text and text not in caption else [],
        license=terms.license,
        license_url=url_of(terms.license) if terms.license else None,
        # without the owner's word a reviewer has nothing to read: what exporters write is no more than a fact
        license_evidence=license_evidence_of(document, terms) if terms.license else None,
        attribution=terms.attribution,
        facts=[*own, *_own(picture.facts, entry.facts), *seen.facts, *discarded],
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
        stage=STAGE,
        reason=reason,
        detail=detail,
        source_id=source_id,
    )
