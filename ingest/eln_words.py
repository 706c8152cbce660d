"""ELN words: which words of an entry stand nearest to a picture: its own description, or the paragraph beside it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from ingest.eln_blocks import Block
from ingest.eln_crate import text_of
from ingest.eln_entries import ElnFile, other_names
from ingest.eln_naming import naming

_CAPTION = re.compile(
    r"(?:supplementary )?(?:fig(?:ure)?|image|img|photo|picture|panel|scan|micrograph)\b", re.IGNORECASE
)
_SHORTEST_STEM = 4
_MOST_PLACES = 1_000
_WRITTEN_BY_EXPORTERS = re.compile(
    r"(?:File #\d+ for )?Object #\d+(?: version #\d+)?"  # SampleDB
    r"|A file linked by an exported document or in a user Gallery"  # RSpace
)


class Told(NamedTuple):
    """What an entry says, so that the words of each of its many pictures are found in one look."""

    blocks: tuple[Block, ...]
    beside: Mapping[str, Mapping[int, str]]
    """By the key of each file that its text shows: its places in the text, and the words beside it."""
    naming: Mapping[str, Sequence[int]]
    """By what a file is called: the paragraphs that call it so."""


def told_of(blocks: Sequence[Block], shown: Mapping[str, str], files: Iterable[ElnFile]) -> Told:
    """Return what an entry says; of more than 1,000 pictures in its text, the first have words beside them.

    `shown` has the key of the file that a `src` shows; one that is written into the text is called by all of it.
    """
    beside: dict[str, dict[int, str]] = {}
    places = ((at, picture) for at, block in enumerate(blocks) for picture in block.pictures)
    for place, (at, picture) in enumerate(islice(places, _MOST_PLACES)):
        key = picture.src if picture.src[:5].lower() == "data:" else shown.get(picture.src)
        if key is not None:
            beside.setdefault(key, {})[place] = picture.words or _neighbour(at, blocks)
    names = (name for file in files for name in _names(file))
    return Told(tuple(blocks), beside, naming((block.text for block in blocks), names))


def own_words(file: ElnFile, told: Told, described: str) -> str:
    """Return the words that stand nearest to a picture; "" where no place in the text is nearer than another."""
    keys = {file.key, *(name for name in other_names(file.node) if name[:5].lower() == "data:")}
    found = {place: words for key in keys for place, words in told.beside.get(key, {}).items()}
    beside = "\n\n".join(dict.fromkeys(filter(None, (found[place] for place in sorted(found))))) or _naming(file, told)
    return "\n\n".join(words for words in (described, beside if beside != described else "") if words)


def _neighbour(at: int, blocks: Sequence[Block]) -> str:
    """Return the words beside the pictures of a block: its own, a caption after it, else as the entry places them."""
    if blocks[at].text:
        return blocks[at].text
    before = _next(reversed(blocks[:at]))
    after = _next(blocks[at + 1 :])
    if after is not None and _CAPTION.match(after.text):
        return after.text
    above = _heading(blocks[:at])
    beside = (after or before) if _words_follow(blocks) else (before or after)
    return "\n\n".join(dict.fromkeys(words for words in (above, beside.text if beside else "") if words))


def _next(blocks: Iterable[Block]) -> Block | None:
    """Return the first paragraph before a heading or another figure's caption: what is beyond speaks of that."""
    for block in blocks:
        if block.is_heading or block.is_caption:
            return None
        if block.text:
            return block
    return None


def _heading(before: Sequence[Block]) -> str:
    """Return the heading that a picture stands under."""
    return next((block.text for block in reversed(before) if block.is_heading), "")


def _words_follow(blocks: Sequence[Block]) -> bool:
    """Return whether an entry writes under its pictures: its first picture has no paragraph above it."""
    first = next(at for at, block in enumerate(blocks) if block.pictures)
    return not any(block.text and not block.is_heading for block in blocks[:first])


def _names(file: ElnFile) -> list[str]:
    """Return what a text may call a file: its name, also without its ending."""
    stem = file.name.rpartition(".")[0] or file.name
    return [file.name, *([stem] if len(stem) >= _SHORTEST_STEM else [])]


def _naming(file: ElnFile, told: Told) -> str:
    """Return the paragraphs that call the file by its name."""
    places = {at for name in _names(file) for at in told.naming.get(name, ())}
    return "\n\n".join(told.blocks[at].text for at in sorted(places))


def description_of(file: ElnFile) -> tuple[str, str]:
    """Return what the crate says of a picture in words, and their media type; Kadi4Mat says it as its text."""
    said = (text_of(file.node.get(key)) for key in ("description", "text"))
    words = next((words for words in said if words and not is_boilerplate(words)), "")
    return words, text_of(file.node.get("encodingFormat"))


def is_boilerplate(words: str) -> bool:
    """Return whether words are those that an exporter writes itself, of every entry or file.

    >>> is_boilerplate("Object #7"), is_boilerplate("Object of study")
    (True, False)
    """
    return _WRITTEN_BY_EXPORTERS.fullmatch(words.strip()) is not None
