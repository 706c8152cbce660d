"""Graphics: which file a figure's href means.

Articles name their pictures with and without extension, folder, version or "journal." before the name; the rule
below was measured on packages of PMC, PLOS, eLife, bioRxiv and EPP. A name must agree in full: fig1 is not fig10.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

_RANKS = {
    kind: rank
    for rank, kind in enumerate(
        # PLOS keeps PNG_I (inline), _L, _M and _S beside a TIFF; a thumbnail GIF lies beside every JPEG of PMC.
        (
            "jpg",
            "jpeg",
            "png",
            "png_i",
            "png_l",
            "png_m",
            "png_s",
            "tif",
            "tiff",
            "webp",
            "bmp",
            "jp2",
            "",
            "gif",
        )
    )
}
_EXTENSION = re.compile(r"\.([a-z][a-z0-9_]{0,5})$")
_UNREADABLE = frozenset({"eps", "ps", "svg", "pdf", "ai", "cdr", "wmf", "emf"})
_VERSION = re.compile(r"-v(\d+)$")


class _Picture(NamedTuple):
    name: str
    path: str
    folder: tuple[str, ...]
    base: str
    rank: int


class Index:
    """The pictures among a set of names, found by what hrefs call them."""

    def __init__(self, names: Sequence[str]) -> None:
        self._by_base: dict[str, list[_Picture]] = {}
        self._by_key: dict[str, list[_Picture]] = {}
        self._by_unversioned: dict[str, list[_Picture]] = {}
        for name in names:
            path = _plain(name)
            *folder, base = path.split("/")
            key, kind = _key(base)
            picture = _Picture(name, path, tuple(folder), base, _RANKS.get(kind, len(_RANKS)))
            self._by_base.setdefault(base, []).append(picture)
            if kind in _RANKS:
                self._by_key.setdefault(key, []).append(picture)
                self._by_unversioned.setdefault(_VERSION.sub("", key), []).append(picture)

    def find(self, href: str, *, near: str = "") -> str | None:
        """Return the name that `href`, written in the file `near`, means; None where there is none.

        The very name beats the same name with another extension, the nearer folder the farther one.
        """
        path = _plain(_address_path(href))
        base = path.rpartition("/")[2]
        if not base:
            return None
        home = tuple(_plain(near).split("/")[:-1])
        relative = "/".join([*home, path])
        found = self._by_base.get(base) or self._by_key.get(_key(base)[0]) or self._other_version(_key(base)[0])
        if not found:
            return None
        return min(found, key=lambda one: (one.path != relative, _steps(home, one.folder), one.rank, one.name)).name

    def _other_version(self, key: str) -> list[_Picture]:
        """Return the newest version of a picture that is named without one, or the unversioned of a named one."""
        version = _VERSION.search(key)
        if version:
            return self._by_key.get(key[: version.start()], [])
        found = self._by_unversioned.get(key, [])
        newest = max((_version(one) for one in found), default=0)
        return [one for one in found if _version(one) == newest]


@lru_cache(maxsize=8)
def index_of(names: tuple[str, ...]) -> Index:
    """Return the index of `names`, made once for an article.

    >>> names = ("pone.0046493.g001.jpg", "pone.0046493.g001.gif")
    >>> index_of(names).find("info:doi/10.1371/journal.pone.0046493.g001")
    'pone.0046493.g001.jpg'
    """
    return Index(names)


def may_be_picture(name: str) -> bool:
    """Return whether a file of that name can be what an href means: a picture's extension, or none."""
    return _key(_plain(name).rpartition("/")[2])[1] in _RANKS


def stem(href: str) -> str:
    """Return the name of the picture in `href`, without folder and extension."""
    return _key(_plain(_address_path(href)).rpartition("/")[2])[0]


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", unquote(name).replace("\\", "/")).lower().removeprefix("./").strip()


def _address_path(href: str) -> str:
    if href.startswith(("http://", "https://")):
        return urlsplit(href).path
    return href.removeprefix("info:doi/").removeprefix("info:")


def _key(base: str) -> tuple[str, str]:
    """Return the name without what varies, and the kind of file by its extension; "" where it has none."""
    found = _EXTENSION.search(base)
    kind = found[1] if found and _is_extension(found[1]) else ""
    key = base[: -len(kind) - 1] if kind and kind in _RANKS | dict.fromkeys(_UNREADABLE, 0) else base
    return key.removeprefix("journal."), kind


def _is_extension(word: str) -> bool:
    """Return whether `word` after the last full stop is a kind of file, and no part of a name as in "….g001"."""
    return word in _RANKS or word in _UNREADABLE or not re.fullmatch(r"[a-z]{1,3}\d{2,}[a-z]?", word)


def _version(picture: _Picture) -> int:
    found = _VERSION.search(_key(picture.base)[0])
    return int(found[1]) if found else 0


def _steps(home: tuple[str, ...], folder: tuple[str, ...]) -> int:
    shared = 0
    for one, other in zip(home, folder, strict=False):
        if one != other:
            break
        shared += 1
    return len(home) + len(folder) - 2 * shared
