"""ELN blocks: the paragraphs of an entry, and which of its words are a picture's that stands in them."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

_SPACES = re.compile(r"[^\S\n]+")


class Inline(NamedTuple):
    """A picture that stands in a text."""

    src: str
    words: str = ""
    """Its own caption, or those of its table cell; "" where it has none."""


class Block(NamedTuple):
    """A paragraph, heading, list item or table."""

    text: str
    """"" where only pictures stand in it."""
    pictures: tuple[Inline, ...] = ()
    is_heading: bool = False
    is_caption: bool = False
    """Whether it is that of a `<figure>`, whose pictures have it as their words."""


@dataclass
class Writer:
    """Gathers words until a block ends."""

    blocks: list[Block] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    pictures: list[Inline] = field(default_factory=list)
    captions: list[range] = field(default_factory=list)
    """Which of the blocks are a caption of the figure that is written."""

    @property
    def last(self) -> str:
        """Return the last character that was gathered; "" where there is none."""
        return self.words[-1][-1] if self.words else ""

    def say(self, text: str) -> None:
        """Gather words."""
        if text:
            self.words.append(text)

    def end(self, *, is_heading: bool = False) -> None:
        """Make a block of what has been gathered."""
        text = tidy("".join(self.words))
        if text or self.pictures:
            self.blocks.append(Block(text, tuple(self.pictures), is_heading and bool(text)))
        self.words.clear()
        self.pictures.clear()

    def caption(self, blocks: Iterable[Block]) -> None:
        """Take blocks as a caption."""
        start = len(self.blocks)
        self.blocks += [block._replace(is_caption=True) for block in blocks]
        self.captions.append(range(start, len(self.blocks)))


def text_of_blocks(blocks: Iterable[Block]) -> str:
    """Return the words of blocks, a blank line between two."""
    return "\n\n".join(block.text for block in blocks if block.text)


def tidy(text: str) -> str:
    """Return a text without blank lines, and one space between two words."""
    lines = (_SPACES.sub(" ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def said(text: str | None, *, is_pre: bool = False) -> str:
    """Return the words of a tree as a browser shows them: as they are written in a `<pre>`, else on one line."""
    if not text:
        return ""
    return text if is_pre else re.sub(r"\s+", " ", text)


def captioned(blocks: Sequence[Block], captions: Sequence[range]) -> list[Block]:
    """Return the blocks of a figure, each picture with its caption.

    Of several captions each is of the pictures on its one side: those before it, or, where the figure begins with a
    caption and ends with a picture, those after it.
    """
    shown = [at for at, block in enumerate(blocks) if block.pictures]
    if not shown or not captions:
        return list(blocks)
    comes_first = captions[0].start < shown[0] and captions[-1].stop <= shown[-1]
    words = [text_of_blocks(blocks[each.start : each.stop]) for each in captions]
    bounds = [each.start if comes_first else each.stop for each in captions]
    named = list(blocks)
    for at in shown:
        near = 0 if len(captions) == 1 else bisect_right(bounds, at) - (1 if comes_first else 0)
        named[at] = _worded(blocks[at], words[near]) if 0 <= near < len(words) else blocks[at]
    return named


def _worded(block: Block, words: str) -> Block:
    return block._replace(pictures=tuple(each if each.words else each._replace(words=words) for each in block.pictures))
