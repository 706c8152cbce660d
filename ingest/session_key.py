"""Key: what one host wants to be shown with each request, and no other host is shown."""

import base64
import re
from collections.abc import Iterator
from functools import lru_cache
from html.entities import html5
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from schemas.errors import UsageError
from schemas.records import Record

_SHORTEST_CHARS = 8
"""What is shorter is no key of a notebook, and may be a word of any answer."""
_HIDDEN = "***"
_Row = TypeVar("_Row", bound=BaseModel)


class Key(Record):
    """A key in a header; it is in no address, so in no message, no log line and no name on disk."""

    origin: str
    """Scheme and host of those who may see it: https://eln.example.org."""
    header: str
    value: SecretStr

    def hidden_in(self, said: bytes) -> bytes:
        """Return what a host said without the key, which some hosts repeat, in whatever way it is escaped."""
        forms = _forms(self.value.get_secret_value())
        # byte by byte, so that a body in any encoding comes out as it went in
        return forms.sub(_HIDDEN, said.decode("latin-1")).encode("latin-1") if forms else said

    def hidden_of(self, row: _Row) -> _Row:
        """Return a row without the key in any of its words."""
        forms = _forms(self.value.get_secret_value())
        return row.model_copy(update=dict(_changed(row, forms))) if forms else row

    def hidden_from(self, text: str) -> str:
        """Return a text without the key."""
        forms = _forms(self.value.get_secret_value())
        return forms.sub(_HIDDEN, text) if forms else text

    def headers(self, url: str | None) -> dict[str, str]:
        """Return the headers that a request to `url` takes."""
        return {self.header: self.value.get_secret_value()} if _origin(url or "") == self.origin else {}


@lru_cache(8)
def _forms(shown: str) -> re.Pattern[str] | None:
    """Return what finds a key as it is, each of its characters escaped or not, as hex or within base64."""
    if len(shown) < _SHORTEST_CHARS:
        return None
    written = "".join(map(_written, shown))
    packed = (re.escape(each) for each in _in_base64(shown.encode()))
    return re.compile("|".join([written, f"(?i:{shown.encode().hex()})", *packed]))


def _written(character: str) -> str:
    """Return what finds a character: itself, or escaped for an address, JSON, a program, HTML or a mail, also twice."""
    code = ord(character)
    names = "|".join(re.escape(name.rstrip(";")) for name, meant in html5.items() if meant == character)
    numbers = rf"#0{{0,6}}{code}|#x0{{0,6}}{code:x}" + (f"|{names}" if names else "")
    escaped = (
        rf"\\{{1,4}}(?:u00{code:02x}|u\{{0{{0,6}}{code:x}\}}|x{code:02x}|U0{{0,6}}{code:02x}|0?{code:03o})",
        rf"%(?:25){{0,4}}{code:02x}|={code:02x}",
        rf"&(?:amp;|%26|\\{{1,4}}u0026){{0,4}}(?:{numbers});?",
    )
    # no repeat is without bound: a host may send backslashes alone
    plain = re.escape(character) if character.isalnum() else rf"\\{{0,4}}{re.escape(character)}"
    return f"(?:{plain}|(?i:{'|'.join(escaped)}))"


def _in_base64(key: bytes) -> Iterator[str]:
    """Yield what of a key is the same in base64 whatever stands beside it; three ways, in both alphabets."""
    for before in range(3):
        first, last = -(-before * 8 // 6), (before + len(key)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(before) + key).decode()[first:last]


def _changed(row: BaseModel, forms: re.Pattern[str]) -> Iterator[tuple[str, Any]]:
    for name, value in row:
        hidden = _hidden(value, forms)
        if hidden != value:
            yield name, hidden


def _hidden(value: Any, forms: re.Pattern[str]) -> Any:  # noqa: ANN401  (whatever a row holds)
    if isinstance(value, str):
        return forms.sub(_HIDDEN, value)
    if isinstance(value, BaseModel):
        return value.model_copy(update=dict(_changed(value, forms)))
    return type(value)(_hidden(each, forms) for each in value) if type(value) in {list, tuple} else value


def key_for(url: str, header: str, value: SecretStr, *, where: str) -> Key:
    """Return the key that the host of `url` is shown.

    Raises:
        UsageError: it can't stand in a header.
    """
    shown = value.get_secret_value()
    if not shown.isascii() or not shown.isprintable() or " " in shown:
        what = "the key holds a blank, a line break or a character that no key has."
        raise UsageError(what, where=where, mend="Copy it anew.")
    return Key(origin=_origin(url), header=header, value=value)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
