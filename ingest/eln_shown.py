"""ELN shown: which file of its entry a picture in a text is: by path, by eLabFTW's own name for it, by its name."""

import unicodedata
from collections.abc import Iterable, Sequence
from posixpath import normpath
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote

from ingest.eln_crate import is_absolute, many, plain_key, split_address, text_of
from ingest.eln_entries import ElnEntry, ElnFile, other_names


class _Files(NamedTuple):
    """The files of an entry by all that a text may call them."""

    by_address: dict[str, list[ElnFile]]
    by_key: dict[str, list[ElnFile]]
    by_plain: dict[str, list[ElnFile]]
    by_other: dict[str, list[ElnFile]]
    by_name: dict[str, list[ElnFile]]
    unstored: dict[str, list[ElnFile]]
    """By name, of those whose name in the exporter's store isn't known."""
    by_ending: dict[int, dict[str, list[ElnFile]]]
    """By so many last parts of their paths, as far as these were asked for."""


def files_shown(srcs: Iterable[str], entry: ElnEntry) -> dict[str, str]:
    """Return the key of the file that each `src` shows; none where it shows no file, or may show several."""
    wanted = {src for src in srcs if src[:5].lower() != "data:"}
    files, home = _indexed(entry.files if wanted else ()), split_address(text_of(entry.node.get("url"))).netloc
    found = ((src, _shown(src, files, entry.key, home)) for src in wanted)
    return {src: file.key for src, file in found if file is not None}


def _indexed(entry_files: Iterable[ElnFile]) -> _Files:
    files = _Files({}, {}, {}, {}, {}, {}, {})
    for file in entry_files:
        addresses = [file.key, *(text_of(each) for key in ("url", "contentUrl") for each in many(file.node.get(key)))]
        plain, stored = plain_key(file.key), {_composed(name) for name in other_names(file.node)}
        called = {_composed(file.name), _composed(unquote(file.name)), plain.rpartition("/")[2]}
        for index, names in (
            (files.by_address, {address for address in addresses if is_absolute(address)}),
            (files.by_key, {file.key}),
            (files.by_plain, {plain}),
            (files.by_other, stored),
            (files.by_name, called),
            (files.unstored, called if not stored else set()),
        ):
            for name in names:
                index.setdefault(name, []).append(file)
    return files


def _shown(src: str, files: _Files, entry_key: str, home: str) -> ElnFile | None:
    named = files.by_address.get(src) or files.by_other.get(_composed(src))
    if named:
        return _only(named)
    address = split_address(src)
    is_away = address.netloc != home if address.netloc else is_absolute(src)
    query = parse_qs(address.query)
    if "f" in query or "name" in query or "file" in query:
        return _asked(query, files, is_away=is_away)
    return None if is_away else _at_path(address, files, entry_key)


def _asked(query: dict[str, list[str]], files: _Files, *, is_away: bool) -> ElnFile | None:
    """Return the file that eLabFTW's `download.php?f=…&name=…` asks for: `f` is unique, `name` need not be."""
    stored = _composed(query.get("f", [""])[0])
    if stored in files.by_other:
        return _only(files.by_other[stored])
    if is_away:
        return None
    for name in (stored, *query.get("name", []), *query.get("file", [])):
        # a file whose name in the store is known, and is another, is another file
        found = (files.unstored if stored else files.by_name).get(_composed(name), [])
        if found:
            return _only(found)
    return None


def _at_path(address: SplitResult, files: _Files, entry_key: str) -> ElnFile | None:
    """Return the file at a path, from the entry's folder or the crate's; else the only one of that name."""
    for base in (entry_key, ""):
        path = normpath(f"{base}/{address.path}").lstrip("/")
        exact = files.by_key.get(path) or files.by_plain.get(plain_key(path))
        if exact:
            return _only(exact)
    path = plain_key(address.path)
    named = files.by_name.get(path.rpartition("/")[2], []) if path else []
    return _only(_ending(path, files)) or _only(named)


def _ending(path: str, files: _Files) -> list[ElnFile]:
    """Return the files whose paths end in `path`."""
    parts = path.count("/") + 1
    if parts not in files.by_ending:
        ending = files.by_ending.setdefault(parts, {})
        for plain, found in files.by_plain.items():
            if plain.count("/") + 1 >= parts:
                ending.setdefault("/".join(plain.rsplit("/", parts)[-parts:]), []).extend(found)
    return files.by_ending[parts].get(path, [])


def _composed(name: str) -> str:
    """Return a name with its accents composed, as those of the crate are compared."""
    return unicodedata.normalize("NFC", name)


def _only(files: Sequence[ElnFile]) -> ElnFile | None:
    return files[0] if len(files) == 1 else None
