"""ELN crate: the RO-Crate metadata of an export as nodes that can be asked, in whatever shape an exporter writes them.

A value may be a string, a list, a node written in place, or the id of one; a key may bear a prefix, or another name
that the crate's own context gives it; one id may be described twice. What comes from here is plain.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from schemas.errors import ArchiveError

Node = Mapping[str, Any]
"""A thing of the crate: its properties by their plain names."""

METADATA = "ro-crate-metadata.json"
MAX_METADATA_BYTES = 16 << 20
"""Exports that we have seen need less than a tenth; JSON of empty lists takes thirty times its size in memory."""
MAX_ID_CHARS, _MOST_LAYERS = 4096, 16
MAX_NODES = 200_000
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*://|(?:urn|doi|mailto|data|tel|ark|file):", re.IGNORECASE)
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_PREFIX = re.compile(r"^(?:https?://schema\.org/|schema:|sdo:)")


def is_absolute(at_id: str) -> bool:
    """Return whether an id names a place on the web, not one in the crate.

    >>> is_absolute("https://example.org/a.png"), is_absolute("./demo:ABC/a.png"), is_absolute("demo:ABC/a.png")
    (True, False, False)
    """
    return _ABSOLUTE.match(at_id) is not None


def split_address(text: str) -> SplitResult:
    """Return the parts of an address; none where it is no address, such as "http://["."""
    try:
        return urlsplit(text)
    except ValueError:
        return SplitResult("", "", "", "", "")


def key_of(at_id: str) -> str:
    r"""Return an id as all who mean the same write it: no "./", no doubled and no last "/"; "" for the root.

    >>> key_of("./exp//a.png"), key_of("exp\\a.png"), key_of("./"), key_of("#x"), key_of("person://ab/")
    ('exp/a.png', 'exp/a.png', '', '#x', 'person://ab/')
    """
    if is_absolute(at_id) or at_id.startswith("#"):
        return at_id
    return "/".join(part for part in at_id.replace("\\", "/").split("/") if part not in {"", "."})


def plain_key(at_id: str) -> str:
    """Return the key of an id, its percent-escapes undone, letters composed: what a person would write.

    >>> plain_key("./exp/my%2520image.png")
    'exp/my image.png'
    """
    plain = at_id
    for _ in range(_MOST_LAYERS):
        if (plainer := unquote(plain)) == plain:
            break
        plain = plainer
    return unicodedata.normalize("NFC", key_of(plain))


def many(value: object) -> list[Any]:
    """Return a value as a list: none, one or several."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def text_of(value: object) -> str:
    """Return the words of a value: a string, a number, a JSON-LD literal, the first of a list; "" where it has none.

    >>> text_of(["a", "b"]), text_of({"@value": "c"}), text_of(True), text_of({"@id": "#x"})
    ('a', 'c', 'true', '')
    """
    ahead = [value]
    while ahead:  # no recursion: lists may nest as deep as JSON lets them
        each = ahead.pop()
        if isinstance(each, list):
            ahead += reversed(each)
        elif isinstance(each, Mapping):
            ahead.append(each.get("@value", each.get("text")))
        elif words := _said(each):
            return words
    return ""


def _said(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    return json.dumps(value) if isinstance(value, bool | int | float) else ""


class Crate:
    """The nodes of a crate, by id."""

    def __init__(self, nodes: Mapping[str, Node], untaken: Mapping[str, Sequence[str]] | None = None) -> None:
        self._nodes, self.untaken = nodes, untaken or {}
        """By key of what is described twice: the properties that the second description states otherwise."""
        self._by_plain: dict[str, list[str]] = {}
        for key in nodes:
            self._by_plain.setdefault(plain_key(key), []).append(key)
        self.root_key = self._root_key()

    @property
    def root(self) -> Node:
        """Return the root dataset."""
        return self._nodes[self.root_key]

    @property
    def descriptor(self) -> Node:
        """Return the node that speaks of the metadata file itself; empty where there is none."""
        return next((node for key, node in self._nodes.items() if key.endswith(METADATA)), {})

    @property
    def by_plain(self) -> Mapping[str, Sequence[str]]:
        """Return the keys of all that is described, by what a person would write of them."""
        return self._by_plain

    def items(self) -> Iterable[tuple[str, Node]]:
        """Return all that is described, with its keys."""
        return self._nodes.items()

    def all_nodes(self) -> Iterator[Node]:
        """Yield all that is described."""
        yield from self._nodes.values()

    def node(self, value: object) -> Node | None:
        """Return the node that a value is, or names; None where it is mere words."""
        if isinstance(value, Mapping):
            at_id = value.get("@id")
            known = self._named(at_id) if isinstance(at_id, str) else None
            return {**value, **known} if known is not None else value
        return self._named(value) if isinstance(value, str) else None

    def nodes(self, value: object) -> list[Node]:
        """Return the nodes among one or many values; a string must be the id of one."""
        return [node for each in many(value) if (node := self.node(each)) is not None]

    def words(self, value: object) -> str:
        """Return the words of a value, of the node that it names where it names one with a text or a name."""
        node = self.node(value) if isinstance(value, Mapping) else None
        if node is None:
            return text_of(value)
        return text_of(node) or text_of(node.get("name")) or text_of(node.get("value"))

    def _named(self, at_id: str) -> Node | None:
        if len(at_id) > MAX_ID_CHARS:
            return None  # mere words: no node has such an id
        key = key_of(at_id)
        if key not in self._nodes:
            meant = self._by_plain.get(plain_key(at_id), [])
            key = meant[0] if len(meant) == 1 else key
        return self._nodes.get(key)

    def _root_key(self) -> str:
        about = self.node(self.descriptor.get("about"))
        at_id = about.get("@id") if about else None
        key = key_of(at_id) if isinstance(at_id, str) else ""
        if key not in self._nodes:
            raise ArchiveError("eln_metadata_broken", f"{METADATA} describes no root dataset")
        return key


def types_of(node: Node) -> frozenset[str]:
    """Return the types of a node, without prefix."""
    return frozenset(_PREFIX.sub("", kind) for kind in many(node.get("@type")) if isinstance(kind, str))


def read_crate(blob: bytes) -> Crate:
    """Return the crate that the bytes of a metadata file describe.

    Raises:
        ArchiveError: eln_metadata_broken: it is no JSON, or no RO-Crate.
    """
    try:
        document = _loaded(blob)
    except (ValueError, RecursionError) as error:
        raise ArchiveError("eln_metadata_broken", f"{METADATA} is no JSON: {error}") from error
    graph = document.get("@graph") if isinstance(document, dict) else None
    if not isinstance(graph, list):
        raise ArchiveError("eln_metadata_broken", f"{METADATA} has no @graph")
    if len(graph) > MAX_NODES:
        raise ArchiveError("eln_metadata_broken", f"{METADATA} describes {len(graph)} things; {MAX_NODES} are read")
    untaken: dict[str, list[str]] = {}
    return Crate(_by_id(graph, dict(_aliases(document.get("@context"))), untaken), untaken)


def _loaded(blob: bytes) -> Any:  # noqa: ANN401  (JSON has no narrower type)
    """Return what JSON holds; halves of characters, which no table takes, as question marks."""
    document = json.loads(blob.decode("utf-8-sig"))
    if _HALF.search(blob) is None:
        return document
    return json.loads(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))


def _aliases(context: object) -> Iterator[tuple[str, str]]:
    """Yield the names that a crate's own context gives to properties of schema.org."""
    for each in many(context):
        for alias, meant in each.items() if isinstance(each, dict) else ():
            target = meant.get("@id") if isinstance(meant, dict) else meant
            if isinstance(target, str) and not alias.startswith("@") and (target == "@type" or _PREFIX.match(target)):
                yield alias, _PREFIX.sub("", target)


def _by_id(graph: list[Any], aliases: Mapping[str, str], untaken: dict[str, list[str]]) -> dict[str, Node]:
    """Return the nodes by their keys; of one that is described twice, what either says, the first before the second.

    What the second says otherwise goes into `untaken`.
    """
    nodes: dict[str, Node] = {}
    for each in graph:
        at_id = each.get("@id") if isinstance(each, dict) else None
        if isinstance(at_id, str):
            _refuse_endless(at_id)
            node, known = _plain(each, aliases), nodes.get(key_of(at_id), {})
            otherwise = [name for name, value in node.items() if name[0:1] != "@" and known.get(name, value) != value]
            untaken.setdefault(key_of(at_id), []).extend(otherwise)
            kinds = [*many(known.get("@type")), *many(node.get("@type"))]
            nodes[key_of(at_id)] = {**node, **known, "@type": kinds}
    return nodes


def _refuse_endless(at_id: str) -> None:
    if len(at_id) > MAX_ID_CHARS:
        detail = f"{METADATA} has an @id of {len(at_id)} characters; {MAX_ID_CHARS} are read"
        raise ArchiveError("eln_metadata_broken", detail)


def _plain(node: Node, aliases: Mapping[str, str]) -> dict[str, Any]:
    named = {_PREFIX.sub("", aliases.get(name, name)): value for name, value in node.items()}
    return {**named, **{name: value for name, value in node.items() if name not in aliases}}
