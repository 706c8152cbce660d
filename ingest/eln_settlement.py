"""ELN settlement: what of an entry may be taken, as the lab's contract says: its fields, its words, its pictures."""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ingest.eln_contract import Broken, Contract, Line
from ingest.eln_identity import source_id_of
from ingest.eln_people import NOTE
from ingest.eln_reading import ElnDocument, ElnExport
from ingest.eln_words import is_boilerplate
from ingest.fact_captions import caption_of
from schemas.records import Fact

_log = logging.getLogger(__name__)
EXPORT = "export"
"""The origin of facts about the export itself."""
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
    def is_wordless(self) -> bool:
        """Return whether nothing is wrong but that nothing is said of its pictures, and no rule took it."""
        return not self.discarded and not self.line["caption"] and {each.path for each in self.broken} == {"/caption"}

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
    return [*document.facts, *(Fact(name=name, value=value, origin=EXPORT) for name, value in told if value)]


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


def settled_of(export: ElnExport, document: ElnDocument, terms: Terms, contract: Contract) -> Settled:
    """Return an entry with what the contract leaves of it, asked once more where its words were made of its fields."""
    line = line_of(export, document, terms)
    if not line["images"]:
        return Settled(document, line, [], [])  # there is no pair to check; its files say why
    written = "" if is_boilerplate(document.text) else document.text
    if not written:
        written = "\n\n".join(filter(None, (words for _, _, words in export.words(document))))
    asked = [fact for fact in line["facts"] if fact["name"] != NOTE or fact["origin"] != EXPORT]
    line |= {"facts": asked, "caption": written or fields_of(document.facts)}
    settlement = contract.settle(line, export.masked)
    settled = Settled(document, *settlement)
    if settlement.discarded and not written and not settlement.broken:
        # the words were made of fields of which some are gone
        line = {**settlement.line, "caption": fields_of(allowed_of(document.facts, settled.facts))}
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
            _log.warning("%s", export.masked(f"entry {entry.line['figure_id']}: {told_of_broken(wrong)}"))
        elif wrong:
            refused[image["member"]] = wrong
        images.append(image)
    return entry._replace(line={**entry.line, "images": images}, discarded=discarded, refused=refused)


def allowed_of(facts: Iterable[Fact], allowed: Iterable[Fact]) -> list[Fact]:
    """Return those of `facts` that the contract allows; how a file was checked isn't asked of it."""
    kept = frozenset(allowed)
    return [fact for fact in facts if fact in kept or (fact.name in _UNASKED and fact.origin == EXPORT)]


def fields_of(facts: Sequence[Fact]) -> str:
    """Return the metadata fields of an entry as words; "" where it has no more than a name and a kind."""
    return caption_of(facts) if caption_of(fact for fact in facts if fact.name not in _NAMES_THE_ENTRY) else ""


def told_of_broken(broken: list[Broken]) -> str:
    """Return what is wrong, in one line."""
    return "; ".join(map(str, broken))
