"""ELN words: which words of an entry stand nearest to a picture: its own description, or the paragraph beside it."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qs, unquote, urlsplit

from ingest.eln_crate import is_absolute, plain_key, text_of
from ingest.eln_entries import ElnFile, other_names
from ingest.eln_text import Block, Inline

_CAPTION = re.compile(
    r"(?:supplementary )?(?:fig(?:ure)?|image|img|photo|picture|panel|scan|micrograph)\b", re.IGNORECASE
)
_SHORTEST_STEM = 4
_WRITTEN_BY_EXPORTERS = re.compile(
    r"(?:File #\d+ for )?Object #\d+(?: version #\d+)?"  # SampleDB
    r"|A file linked by an exported document or in a user Gallery"  # RSpace
)


def shows(picture: Inline, file: ElnFile) -> bool:
    """Return whether a picture in a text is a file, by path, by eLabFTW's own name for it, or by name."""
    names = {file.name, *other_names(file.node)}
    if picture.src in names or picture.src.startswith("data:"):
        return picture.src in names
    src = urlsplit(picture.src)
    query = parse_qs(src.query)
    asked = [name for key in ("f", "name", "file") for name in query.get(key, [])]
    if asked:
        return asked[0] in names
    path = plain_key(src.path)
    if not is_absolute(picture.src) and plain_key(file.key) == path:
        return True
    last = path.rpartition("/")[2]
    return bool(last) and last in {*names, plain_key(file.key).rpartition("/")[2], unquote(file.name)}


def own_words(file: ElnFile, blocks: Sequence[Block], described: str) -> str:
    """Return the words that stand nearest to a picture; "" where no place in the text is nearer than another."""
    beside = _beside(file, blocks) or _naming(file, blocks)
    return "\n\n".join(words for words in (described, beside if beside != described else "") if words)


def _beside(file: ElnFile, blocks: Sequence[Block]) -> str:
    found = (
        picture.words or _neighbour(at, blocks)
        for at, block in enumerate(blocks)
        for picture in block.pictures
        if shows(picture, file)
    )
    return "\n\n".join(dict.fromkeys(words for words in found if words))


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
    """Return the first paragraph before a heading: what is beyond speaks of something else."""
    for block in blocks:
        if block.is_heading:
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


def _naming(file: ElnFile, blocks: Sequence[Block]) -> str:
    """Return the paragraphs that call the file by its name."""
    stem = file.name.rpartition(".")[0] or file.name
    names = [file.name, *([stem] if len(stem) >= _SHORTEST_STEM else [])]
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names), re.IGNORECASE)
    return "\n\n".join(block.text for block in blocks if pattern.search(block.text))


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
