"""ELN entries: which of a crate's datasets are entries, which files are whose, and which are left out.

What stands in the root's `hasPart` is an entry, as the specification says. Below, a dataset is one where its exporter
nests: in a container without a text of its own (SciLog's logbooks), or with a type of its own (Message, Comment).
Versions of an entry (SampleDB) and links to another (RSpace) are not. A folder without words is part of its entry.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ingest.eln_crate import Crate, Node, is_absolute, key_of, many, plain_key, text_of, types_of
from ingest.eln_states import state_of

_FILE_TYPES = frozenset({"File", "MediaObject", "ImageObject", "DigitalDocument"})
_DATASET_TYPES = frozenset({"Dataset", "RepositoryObject", "RepositoryCollection"})
_MAX_DEPTH = 64
_PART = "a part of another entry that has a text of its own and isn't listed in the root's hasPart"


class ElnFile(NamedTuple):
    """A file that the crate describes."""

    key: str
    """Its path below the crate's folder, or its address on the web."""
    name: str
    """What people called it; the path may end in a UUID."""
    node: Node


class ElnEntry(NamedTuple):
    """A thing that somebody wrote in the notebook, with its files."""

    key: str
    """Its path below the crate's folder; "" for the crate itself, where files belong to no other entry."""
    name: str
    identifier: str
    """What the exporter calls it for ever; "" where it gives none."""
    node: Node
    files: tuple[ElnFile, ...]


class LeftOut(NamedTuple):
    """An entry or a file that is not taken."""

    key: str
    name: str
    reason: str
    detail: str


class Sorted(NamedTuple):
    """The entries of a crate in its order, and what is left out."""

    entries: tuple[ElnEntry, ...]
    left_out: tuple[LeftOut, ...]
    reached: frozenset[str]
    """The keys of all that an entry or what is left out lists, itself or further down."""


def entries_of(crate: Crate) -> Sorted:
    """Return the entries of a crate with their files, and what is left out with its reason."""
    left_out: list[LeftOut] = []
    datasets = _datasets(crate, left_out)
    reached = _reached(crate, [crate.root])
    forgotten = list(_unlisted(crate, reached))
    left_out += [_not_listed(node, "no entry lists it, and neither does the root") for node in forgotten]
    owners = _owners(crate, datasets, left_out)
    left_out += _described_twice(crate, datasets)  # last: files of what is left out are nobody's
    entries = []
    for key, node in [*datasets.items(), ("", crate.root)]:
        files = tuple(file for file in owners.get(key, {}).values() if not _is_left_out(crate, file, left_out))
        if key or files:
            entries.append(ElnEntry(key, text_of(node.get("name")) or key, _identifier(node), node, files))
    return Sorted(tuple(entries), tuple(left_out), reached | _reached(crate, forgotten))


def is_file(node: Node) -> bool:
    """Return whether a node is a file by its type; to OpenSemanticLab a file is a CreativeWork."""
    types = types_of(node)
    if not _FILE_TYPES.isdisjoint(types):
        return True
    return types == {"CreativeWork"} and "." in _key(node).rpartition("/")[2] and not is_absolute(_key(node))


def _is_left_out(crate: Crate, file: ElnFile, left_out: list[LeftOut]) -> bool:
    state = state_of(crate, file.node)
    if state:
        left_out.append(LeftOut(file.key, file.name, f"entry_{state}", f"the exporter says that it is {state}"))
    return state is not None


def _identifier(node: Node) -> str:
    return text_of(node.get("identifier"))


def _parts(crate: Crate, node: Node) -> list[Node]:
    return crate.nodes(node.get("hasPart"))


def _key(node: Node) -> str:
    return key_of(str(node.get("@id", "")))


def _is_dataset(node: Node) -> bool:
    return not _DATASET_TYPES.isdisjoint(types_of(node))


def _datasets(crate: Crate, left_out: list[LeftOut]) -> dict[str, Node]:
    """Return the nodes that are entries, a parent before what nests in it."""
    listed = {_key(node) for node in _parts(crate, crate.root) if _is_dataset(node)} - {crate.root_key}
    found: dict[str, Node] = {}
    ahead = [(node, 0) for node in reversed(_parts(crate, crate.root)) if _key(node) in listed]
    seen: set[str] = set()
    while ahead:
        node, depth = ahead.pop()
        key = _key(node)
        if key in seen:
            continue
        seen.add(key)
        if depth > _MAX_DEPTH:
            left_out.append(_not_listed(node, f"a part of an entry below {_MAX_DEPTH} others"))
            continue
        state = state_of(crate, node)
        if state:
            detail = f"the exporter says that it is {state}"
            left_out.append(LeftOut(key, text_of(node.get("name")) or key, f"entry_{state}", detail))
            continue
        found[key] = node
        nested = list(_nested(crate, node, listed))
        own = [child for child in nested if _is_own(node, child)]
        left_out.extend(_not_listed(child, _PART) for child in nested if not _is_own(node, child))
        ahead += [(child, depth + 1) for child in reversed(own)]
    return found


def _described_twice(crate: Crate, datasets: Mapping[str, Node]) -> Iterator[LeftOut]:
    """Yield what isn't taken of entries that are described twice, and otherwise."""
    for key, node in datasets.items():
        if names := ", ".join(sorted(set(crate.untaken.get(key, ())))):
            detail = f"its @id is described twice; of the second description these differ and aren't taken: {names}"
            yield LeftOut(key, text_of(node.get("name")) or key, "entry_twice", detail)


def _is_own(parent: Node, child: Node) -> bool:
    return not text_of(parent.get("text")) or types_of(child) - _DATASET_TYPES != frozenset()


def _not_listed(node: Node, detail: str) -> LeftOut:
    return LeftOut(_key(node), text_of(node.get("name")) or _key(node), "entry_not_listed", detail)


def _nested(crate: Crate, parent: Node, listed: set[str]) -> Iterator[Node]:
    """Yield the datasets with words of their own below an entry; those without words are looked into."""
    versions = {_key(node) for node in crate.nodes(parent.get("isBasedOn"))}
    for child in [*_parts(crate, parent), *_comments(crate, parent)]:
        key = _key(child)
        if not _is_dataset(child) or key in listed or key in versions or "/versions/" in f"/{key}/":
            continue
        if not _is_link(crate, child) and _has_words(crate, child):
            yield child


def _is_link(crate: Crate, node: Node) -> bool:
    """Return whether a dataset stands for another, which its identifier names, as in RSpace's exports."""
    identifier = _identifier(node)
    meant = crate.node(identifier) if identifier else None
    return meant is not None and _key(meant) != _key(node)


def _comments(crate: Crate, node: Node) -> list[Node]:
    return [comment for comment in crate.nodes(node.get("comment")) if _is_dataset(comment)]


def _has_words(crate: Crate, node: Node) -> bool:
    return bool(text_of(node.get("text")) or crate.words(node.get("description")))


def _reached(crate: Crate, starts: Iterable[Node]) -> frozenset[str]:
    """Return the keys of what nodes list, of what that lists, and so on, theirs among them."""
    ahead, seen = list(starts), set()
    while ahead:
        node = ahead.pop()
        if _key(node) not in seen:
            seen.add(_key(node))
            ahead += [*_parts(crate, node), *_comments(crate, node), *crate.nodes(node.get("isBasedOn"))]
    return frozenset(seen)


def _unlisted(crate: Crate, reached: Container[str]) -> Iterator[Node]:
    """Yield the datasets with words that nothing lists."""
    for key, node in crate.items():
        is_version = "/versions/" in f"/{key}/"
        if key not in reached and _is_dataset(node) and not is_version and not _is_link(crate, node):
            yield from [node] if _has_words(crate, node) else []


def _owners(crate: Crate, entries: dict[str, Node], left_out: list[LeftOut]) -> dict[str, dict[str, ElnFile]]:
    """Return the files of each entry by key; those of entries that are left out are nobody's."""
    claims: dict[str, list[str]] = {}
    files: dict[str, ElnFile] = {}
    without = {left.key for left in left_out}
    apart = {*entries, *without}
    for key, node in [*entries.items(), (crate.root_key, crate.root)]:
        for file in _files(crate, node, apart):
            files.setdefault(file.key, file)
            claims.setdefault(file.key, []).append(key)
    folders = {plain_key(key): key for key in apart if key}
    owned: dict[str, dict[str, ElnFile]] = {}
    for key, claimed in claims.items():
        claimed_by = [each for each in claimed if each in entries]
        home = _home(key, claimed_by, folders)
        if home not in without:
            owned.setdefault(home, {})[key] = files[key]
        left_out.extend(_shared(files[key], home, claimed_by, entries))
    return owned


def _shared(file: ElnFile, home: str, claimed: Sequence[str], entries: Mapping[str, Node]) -> Iterator[LeftOut]:
    """Yield that other entries list a file too: it is taken once; an entry around its own lists all below it."""
    others = [key for key in claimed if key != home and not home.startswith(f"{key}/")]
    if others:
        names = ", ".join(text_of(entries[key].get("name")) or key for key in others)
        of = text_of(entries[home].get("name")) or home if home in entries else home
        yield LeftOut(file.key, file.name, "file_shared", f"taken as a file of {of}; also listed by {names}")


def _home(file_key: str, claimed: Sequence[str], folders: Mapping[str, str]) -> str:
    """Return the entry that a file is of: of those that list it, or of all, the one whose folder it lies in."""
    folder = plain_key(file_key)
    while folder:
        folder = folder.rpartition("/")[0]
        key = folders.get(folder)
        if key is not None and (key in claimed or not claimed):
            return key
    return next(iter(claimed), "")


def _files(crate: Crate, node: Node, apart: Container[str]) -> Iterator[ElnFile]:
    """Yield the files that a dataset lists, also those of datasets within it that are no entries."""
    ahead, seen = [node], {_key(node)}
    while ahead:
        for part in _parts(crate, ahead.pop()):
            key = _key(part)
            if key in seen or not key:
                continue
            seen.add(key)
            if is_file(part):
                yield ElnFile(key, file_name(part), part)
            elif _is_dataset(part) and key not in apart:
                ahead.append(part)


def file_name(node: Node) -> str:
    """Return what people called a file: its name, else the last part of its path."""
    name = text_of(node.get("name"))
    if name and not is_absolute(name):
        return name.replace("\\", "/").rpartition("/")[2] or name
    return plain_key(str(node.get("@id", ""))).rpartition("/")[2]


def other_names(node: Node) -> list[str]:
    """Return what else a file is called, which texts may use."""
    return [name for each in many(node.get("alternateName")) if (name := text_of(each))]
