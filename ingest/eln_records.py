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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from ingest.eln_contract import REASON, Broken, Contract, Line
from ingest.eln_entries import ElnFile
from ingest.eln_identity import identity_of, source_id_of
from ingest.eln_people import NOTE
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
_LONG_CHARS = 4_000
"""An entry of more words is told in full as a mention, where a part of it stands beside its one picture."""
_UNASKED = frozenset({"checksum", "content_size", NOTE})
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
    refused: Mapping[str, list[Broken]] = {}
    """What is wrong with single pictures, by member."""

    @property
    def facts(self) -> list[Fact]:
        """Return what may be told by name, of the entry and of its files."""
        return [Fact.model_validate(fact) for fact in self.line.get("facts", ())]


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
        "images": list(_images(export, document)),
        "facts": [fact.model_dump() for fact in dict.fromkeys(facts)],
    }


def _images(export: ElnExport, document: ElnDocument) -> Iterator[Line]:
    """Yield the pictures of an entry, with the caption of each that has words of its own."""
    own = {file.key: (described, words) for file, described, words in export.words(document) if words}
    for file, member in export.members(document):
        caption = caption_of_picture(document, own[file.key], document.text) if file.key in own else ""
        yield {"member": member, "name": file.name, **({"caption": caption} if caption else {})}


def caption_of_picture(document: ElnDocument, said: tuple[str, str], text: str) -> str:
    """Return the words of one picture: the nearest where its entry has several or is long, else all that it says.

    `said` are its description and the words nearest to it; "" where neither they nor the entry's text say anything.
    """
    text = "" if is_boilerplate(text) else text
    described, nearest = said
    if nearest and (document.several or not text or len(text) > _LONG_CHARS):
        return nearest
    return "\n\n".join(words for words in ("" if described in text else described, text) if words)


def figures_of(export: ElnExport, source: str, terms: Terms, contract: Contract) -> Iterator[Figure | Dropped]:
    """Yield the figures of an export that its contract lets through, and why there are none of the others.

    Raises:
        ArchiveError: schema_violated, where the contract is `freeze` and one entry breaks it.
    """
    settled = [_settled(export, document, terms, contract) for document in export.documents()]
    for entry in settled:
        wrong = [*entry.broken, *chain.from_iterable(entry.refused.values())]
        if wrong and contract.way == "freeze":
            raise ArchiveError(REASON, export.masked(f"{entry.document.name}: {_told(wrong)}"))
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


def _settled(export: ElnExport, document: ElnDocument, terms: Terms, contract: Contract) -> Settled:
    line = line_of(export, document, terms)
    if not line["images"]:
        return Settled(document, line, [], [])  # there is no pair to check; its files say why
    written = "" if is_boilerplate(document.text) else document.text
    if not written:
        written = "\n\n".join(filter(None, (words for _, _, words in export.words(document))))
    asked = [fact for fact in line["facts"] if fact["name"] != NOTE or fact["origin"] != _EXPORT]
    line |= {"facts": asked, "caption": written or fields_of(document.facts)}
    settlement = contract.settle(line, export.masked)
    settled = Settled(document, *settlement)
    if settlement.discarded and not written and not settlement.broken:
        # the words were made of fields of which some are gone
        line = {**settlement.line, "caption": fields_of(_own(document.facts, settled.facts))}
        again = contract.settle(line, export.masked)
        discarded = [*settlement.discarded, *again.discarded]
        settled = Settled(document, again.line, [*discarded, *again.broken] if again.broken else [], discarded)
    settled = settled if settled.broken else _with_captions(export, settled, contract)
    for each in settled.discarded if not settled.broken else ():
        told = {"entry": source_id_of(document), "path": each.path, "rule": each.rule}
        _log.warning("value_discarded %s", json.dumps(told))
    return settled


def _with_captions(export: ElnExport, entry: Settled, contract: Contract) -> Settled:
    """Return an entry whose pictures have captions as the lab wants them: without their own, or without the picture."""
    images, refused, discarded = [], {}, list(entry.discarded)
    for at, image in enumerate(entry.line["images"]):
        wrong = contract.wrong_of_caption(entry.line, at, image["caption"]) if "caption" in image else []
        if wrong and contract.way == "discard_value":
            discarded += wrong
            image = {key: value for key, value in image.items() if key != "caption"}  # noqa: PLW2901
        elif wrong and contract.way == "evolve":
            _log.warning("%s", export.masked(f"entry {entry.line['figure_id']}: {_told(wrong)}"))
        elif wrong:
            refused[image["member"]] = wrong
        images.append(image)
    return entry._replace(line={**entry.line, "images": images}, discarded=discarded, refused=refused)


def _own(facts: Iterable[Fact], allowed: Iterable[Fact]) -> list[Fact]:
    """Return those of `facts` that the contract allows; how a file was checked isn't asked of it."""
    kept = frozenset(allowed)
    return [fact for fact in facts if fact in kept or (fact.name in _UNASKED and fact.origin == _EXPORT)]


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
    wanted, keys = {image["member"]: image for image in entry.line["images"]}, lasting_keys(document)
    for picture in export.pictures(document):
        if isinstance(picture, Unpictured):
            detail = f"{picture.file.name}: {picture.detail}"
            yield _dropped(source, source_id, picture.file.key, picture.reason, detail)
        elif picture.member not in wanted or picture.member in entry.refused:
            detail = f"{picture.file.name}: {_told(entry.refused.get(picture.member, entry.discarded))}"
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
    own = _own(facts_of_entry(document), entry.facts)
    said = (picture.description, picture.words)
    caption = caption_of_picture(document, said, text) or fields_of(_own(document.facts, own))
    if not caption:
        detail = f"{picture.file.name}: its entry says nothing, and neither does the crate of the file"
        return _dropped(source, source_id, key, "no_caption", detail)
    discarded = [
        Fact(name="value_discarded", value=f"{each.path} by {each.rule}", origin=_EXPORT) for each in entry.discarded
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
