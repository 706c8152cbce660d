"""JSON stream: the entries of lists in a large JSON file, one by one, so that memory doesn't grow with the file.

The file is one mapping whose values may be long lists (or mappings) of small entries, as COCO files are. The standard
library reads each entry; only where one ends and the next begins is found here.
"""

import codecs
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO

_CHUNK_BYTES = 1 << 20
MAX_ENTRY_CHARACTERS = 1 << 26
"""An entry above this is refused: it would not fit a worker."""

_BLANKS = " \t\r\n"
_OF_NUMBERS = frozenset("0123456789+-.eE")
"""What may follow the part of a number that is there already."""

_CLOSING = {"[": "]", "{": "}"}


def entries_in(path: Path, keys: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield (key, entry) for every entry of the lists, or mappings, under `keys` of the file, in its order.

    Raises:
        ValueError: the file is no whole JSON, or has an entry that is too large.
    """
    with path.open("rb") as file:
        text = _Text(file)
        text.take("{")
        if text.peek() == "}":
            return
        while True:
            key = text.value()
            text.take(":")
            if key in keys and text.peek() in _CLOSING:
                yield from ((str(key), entry) for entry in _entries(text))
            else:
                text.value()
            if text.take(",}") == "}":
                return


def _entries(text: "_Text") -> Iterator[Any]:
    """Yield the entries of the list, or the values of the mapping, that begins here."""
    opening = text.take("[{")
    closing = _CLOSING[opening]
    if text.peek() == closing:
        text.take(closing)
        return
    while True:
        if opening == "{":
            text.value()
            text.take(":")
        yield text.value()
        if text.take("," + closing) == closing:
            return


class _Text:
    """The text of a file, as much of it as the next value needs."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._scan = json.JSONDecoder().raw_decode
        self._text, self._at, self._ended = "", 0, False

    def _more(self) -> None:
        if len(self._text) - self._at > MAX_ENTRY_CHARACTERS:
            raise ValueError(f"an entry has more than {MAX_ENTRY_CHARACTERS} characters")
        # as much again as is there: an entry of many chunks is not scanned once for each
        piece = self._file.read(max(_CHUNK_BYTES, len(self._text) - self._at))
        self._ended = not piece
        self._text, self._at = self._text[self._at :] + self._decode.decode(piece, final=self._ended), 0

    def peek(self) -> str:
        """Return the next character that is no blank; "" at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _BLANKS:
                self._at += 1
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self._more()

    def take(self, wanted: str) -> str:
        """Return the next character, which must be one of `wanted`."""
        found = self.peek()
        if not found or found not in wanted:
            raise ValueError(f"{found or 'the end'} stands where one of {' '.join(wanted)} belongs")
        self._at += 1
        return found

    def value(self) -> Any:  # noqa: ANN401  (JSON)
        """Return the value that begins here."""
        self.peek()
        while True:
            try:
                found, end = self._scan(self._text, self._at)
            except RecursionError as error:
                raise ValueError("it is nested too deeply") from error
            except ValueError:
                if self._ended:
                    raise
            else:
                goes_on = end == len(self._text) or self._text[end] in _OF_NUMBERS
                if not goes_on or self._ended:
                    self._at = end
                    return found
            self._more()
