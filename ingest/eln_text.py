"""ELN text: the HTML or Markdown of an entry as clean paragraphs, each with the pictures that stand in it.

What a browser draws comes through; a table is kept as lines of cells, a list as lines of items.
"""

import html
import re
from functools import partial
from typing import Any

from ingest.eln_blocks import Block, Inline, Writer, captioned, said, tidy
from ingest.eln_html import parsed
from ingest.eln_tables import Reading, table_blocks
from ingest.eln_tags import BLOCKS, is_html

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MAX_DEPTH = 60
"""Below it only the words and pictures of what nests are taken."""
_POWER = re.compile(r"[+\u2212-]?\d+")
_MARKDOWN = re.compile(
    r"!\[[^\[\]\n]*+\]\([^()\s]++\)"  # a picture
    r"|(?<![\w*])\*\*(?![\s*])[^*\n]++(?<!\s)\*\*(?![\w*])"  # bold
    r"|(?:\A|\n[ \t]*+\n)#{1,6} ++[^\W\d_]"  # a heading
)
_COMMENT = re.compile(r"<!--(?:(?!-->).)*+-->", re.DOTALL)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_PLACED = ("x", "y", "dy")
"""Attributes that set a `<tspan>` apart from the words before it."""


def blocks_of(source: str, media_type: str = "") -> list[Block]:
    """Return the paragraphs of a text: HTML or Markdown where it is said to be or plainly is, else mere words."""
    source = "".join(char for char in source if char in "\t\n\r" or char >= " ").replace("\x7f", "")
    if "markdown" in media_type.lower():
        return _html_blocks(_rendered(source))
    if "html" in media_type.lower() or is_html(source):
        return _html_blocks(source)
    if not media_type.lower().startswith("text/"):  # nobody says what it is; of a file it is the type of its bytes
        if _MARKDOWN.search(source):
            return _html_blocks(_rendered(source))
        source = _ENTITY.sub(lambda found: html.unescape(found[0]), _COMMENT.sub(" ", source))
    paragraphs = (tidy(part) for part in re.split(r"\n\s*\n", source))
    return [Block(text) for text in paragraphs if text]


def _rendered(markdown: str) -> str:
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))


def _html_blocks(source: str) -> list[Block]:
    root = parsed(source)
    return [] if root is None else _one(root, 0)


def _write(element: Any, writer: Writer, depth: int) -> None:  # noqa: ANN401  (lxml has no public name for it)
    """Write an element, without what follows it."""
    name = element.tag if isinstance(element.tag, str) else ""
    if depth > _MAX_DEPTH:
        writer.say(said(element.text_content()))
        writer.pictures += [Inline(src) for image in element.iter("img") for src in [image.get("src")] if src]
    elif name == "img":
        writer.pictures += [Inline(src) for src in [element.get("src")] if src]
    elif name == "br":
        writer.say("\n")
    elif name == "select":
        writer.say(" ".join(option.text_content() for option in element.iter("option") if _chosen(option)))
    elif name in BLOCKS:
        _write_block(element, name, writer, depth)
    else:
        _write_inline(element, name, writer, depth)


def _chosen(option: Any) -> bool:  # noqa: ANN401
    return option.get("selected") is not None


def _write_block(element: Any, name: str, writer: Writer, depth: int) -> None:  # noqa: ANN401
    writer.end()
    if name == "table":
        reading = Reading(partial(_one, depth=depth), partial(_inside, depth=depth))
        writer.blocks += table_blocks(element, reading)
    elif name in ("ul", "ol"):
        writer.blocks += _list(element, depth)
    elif name == "figure":
        writer.blocks += _figure(element, depth)
    elif name == "figcaption" and next(element.iterancestors("figure"), None) is not None:
        writer.caption(_inside(element, depth))
    else:
        _write_inside(element, writer, depth)
        writer.end(is_heading=name in _HEADINGS)


def _write_inline(element: Any, name: str, writer: Writer, depth: int) -> None:  # noqa: ANN401
    if name == "sup" and writer.last.isdigit() and _POWER.fullmatch(element.text_content().strip()):
        writer.say("^")
    is_label = name == "text" or (name == "tspan" and any(element.get(each) for each in _PLACED))
    writer.say("\n" if is_label else "")
    _write_inside(element, writer, depth)
    writer.say("\n" if name == "text" else "")


def _write_inside(element: Any, writer: Writer, depth: int) -> None:  # noqa: ANN401
    is_pre = element.tag == "pre"
    writer.say(said(element.text, is_pre=is_pre))
    for child in element:
        _write(child, writer, depth + 1)
        writer.say(said(child.tail, is_pre=is_pre))


def _list(element: Any, depth: int) -> list[Block]:  # noqa: ANN401
    """Return a list as one block: a line an item, what nests in it further in; a picture has the words of its item."""
    number = _first_number(element)
    lines, pictures = [tidy(said(element.text))], []
    for child in element:
        inside = _inside(child, depth) if child.tag == "li" else [*_one(child, depth)]
        text = "\n".join(block.text for block in inside if block.text)
        marker = f"{number}. " if element.tag == "ol" else "- "
        number += child.tag == "li"
        if text:
            lines.append(f"{marker if child.tag == 'li' else '  '}{text.replace(chr(10), chr(10) + '  ')}")
        lines.append(tidy(said(child.tail)))
        pictures += [each if each.words else each._replace(words=text) for block in inside for each in block.pictures]
    lines = [line for line in lines if line]
    return [Block("\n".join(lines), tuple(pictures))] if lines or pictures else []


def _first_number(element: Any) -> int:  # noqa: ANN401
    first = element.get("start", "1").strip()
    return int(first) if re.fullmatch(r"-?\d{1,9}", first) else 1


def _figure(element: Any, depth: int) -> list[Block]:  # noqa: ANN401
    """Return the blocks of a figure; its captions are the words of its pictures, and of no other."""
    writer = Writer()
    _write_inside(element, writer, depth + 1)
    writer.end()
    return captioned(writer.blocks, writer.captions)


def _one(element: Any, depth: int) -> list[Block]:  # noqa: ANN401
    writer = Writer()
    _write(element, writer, depth + 1)
    writer.end()
    return writer.blocks


def _inside(element: Any, depth: int) -> list[Block]:  # noqa: ANN401
    writer = Writer()
    _write_inside(element, writer, depth + 1)
    writer.end()
    return writer.blocks
