"""Key: what one host wants to be shown with each request, and no other host is shown."""

from urllib.parse import quote, urlsplit

from pydantic import SecretStr

from schemas.errors import UsageError
from schemas.records import Record

_SHORTEST_CHARS = 8
"""What is shorter is no key of a notebook, and may be a word of any answer."""


class Key(Record):
    """A key in a header; it is in no address, so in no message, no log line and no name on disk."""

    origin: str
    """Scheme and host of those who may see it: https://eln.example.org."""
    header: str
    value: SecretStr

    def hidden_in(self, said: bytes) -> bytes:
        """Return what a host said without the key, which some hosts repeat."""
        shown = self.value.get_secret_value()
        for form in (shown, quote(shown, safe="")) if len(shown) >= _SHORTEST_CHARS else ():
            said = said.replace(form.encode(), b"***")
        return said

    def headers(self, url: str | None) -> dict[str, str]:
        """Return the headers that a request to `url` takes."""
        return {self.header: self.value.get_secret_value()} if _origin(url or "") == self.origin else {}


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
