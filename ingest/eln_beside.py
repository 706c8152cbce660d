"""ELN beside: what exporters write in files of their own beside a crate that says less: RSpace, datalab, SampleDB."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ingest.eln_blocks import Block, Inline, text_of_blocks
from ingest.eln_rspace import read_rspace
from ingest.eln_text import blocks_of
from schemas.records import Fact

MAX_BESIDE_BYTES = 32 << 20
_ORIGIN = "eln"
_BOOKKEEPING = frozenset(
    """revision revisions version type immutable_id last_modified refcode item_id name date date_opened barcode status
    size_unit location supplier""".split()  # noqa: SIM905
)
"""Fields of a datalab item that say where it is kept, not what it is."""


class Beside(NamedTuple):
    """What such a file says of its entry."""

    name: str
    """"" where it has none."""
    blocks: tuple[Block, ...]
    facts: tuple[Fact, ...]


def may_tell(name: str) -> bool:
    """Return whether a file may be one of these, by its name."""
    return name in {"metadata.json", "files.json"} or (name.endswith(".xml") and not name.endswith("_form.xml"))


def read_beside(name: str, blob: bytes) -> Beside | None:
    """Return what a file says of its entry; None where it is something else."""
    if name.endswith(".xml"):
        document = read_rspace(blob)
        return Beside(*document) if document else None
    try:
        told = json.loads(blob)
    except (ValueError, RecursionError):
        return None
    if name == "files.json" and isinstance(told, list):
        return Beside("", tuple(_sampledb_pictures(told)), ())
    if isinstance(told, dict) and "blocks_obj" in told and "refcode" in told:
        return Beside("", tuple(_datalab_blocks(told)), tuple(_datalab_facts(told)))
    return None


def _sampledb_pictures(files: list[Any]) -> Iterator[Block]:
    """Yield the title and description of each file of an object as words of a picture, not of the text."""
    for each in files:
        if isinstance(each, dict) and isinstance(each.get("path"), str):
            told = (each.get(key) for key in ("title", "description"))
            words = [words for words in told if isinstance(words, str) and words != each.get("original_file_name")]
            text = "\n".join(filter(None, (text_of_blocks(blocks_of(said)) for said in words)))
            if text:
                yield Block("", (Inline(each["path"], text),))


def _datalab_blocks(item: Mapping[str, Any]) -> Iterator[Block]:
    """Yield the texts of an item, and its blocks' comments with the file that each shows."""
    for key, words in item.items():
        if key.endswith(("description", "comment")) and isinstance(words, str):
            yield from blocks_of(words)
    names = {file.get("immutable_id"): str(file.get("name", "")) for file in _dicts(item.get("files"))}
    blocks = item.get("blocks_obj")
    for block in _dicts(list(blocks.values()) if isinstance(blocks, dict) else None):
        words = block.get("freeform_comment")
        text = text_of_blocks(blocks_of(words)) if isinstance(words, str) else ""
        shown = names.get(block.get("file_id"), "")
        if text:
            yield Block(text, (Inline(shown, text),) if shown else ())


def _dicts(values: object) -> Iterator[dict[str, Any]]:
    yield from (each for each in (values if isinstance(values, list) else ()) if isinstance(each, dict))


def _datalab_facts(item: Mapping[str, Any]) -> Iterator[Fact]:
    for name, value in item.items():
        is_text = isinstance(value, str) and value and not name.endswith(("description", "comment", "_id"))
        if name not in _BOOKKEEPING and (is_text or (isinstance(value, int | float) and not isinstance(value, bool))):
            unit = item.get(f"{name}_unit")
            yield Fact(name=name, value=str(value), unit=unit if isinstance(unit, str) else None, origin=_ORIGIN)
