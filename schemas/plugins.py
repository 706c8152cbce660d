"""Plug-ins: which are installed, found by their entry points, and what each is, or why it can't be used.

Looking costs a walk over all that is installed, so nobody looks before a manifest names something that bricks
itself doesn't have, or a command asks for all. A plug-in that is broken costs itself, and nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args

if TYPE_CHECKING:
    from schemas.plugin_kinds import CaptionerPlugin, ConnectorPlugin

Kind = Literal["connector", "gate", "captioner"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

BUILT_IN: Final[Mapping[Kind, Mapping[str, str]]] = {
    "connector": {
        "pmc": "ingest.pmc",
        "biorxiv": "ingest.biorxiv",
        "idr": "ingest.idr",
        "eln": "ingest.eln",
        "elabftw": "ingest.elabftw",
        "rspace": "ingest.rspace",
        "images": "ingest.images",
        "masks": "ingest.masks",
    },
    "gate": dict.fromkeys(
        (
            "whole", "columns", "rows", "taken_down", "licences", "attribution", "splits", "contamination",
            "review", "questions", "personal", "viewer", "croissant", "reload",
        ),
        "publishing.gates",
    ),
    "captioner": {"metadata": "captioning.described", "openai": "captioning.endpoints"},
}  # fmt: skip
"""What bricks has itself, with its module; a plug-in can't take one of these names."""

BROKEN: Final = "plugin_broken"
"""The type of the error that says of a plug-in that is named why it can't be used."""


@dataclass(frozen=True)
class Plugin:
    """What an entry point names, loaded, or why it can't be."""

    kind: Kind
    name: str
    distribution: str
    version: str
    module: str
    """As its entry point says: package.module:NAME."""
    described: Any = field(default=None, compare=False, repr=False)
    """A ConnectorPlugin, GatePlugin or CaptionerPlugin; None where it can't be used."""
    why_not: str = ""

    @property
    def told(self) -> str:
        """Return which plug-in it is, as messages call it."""
        return f"{self.name} ({self.distribution} {self.version})"


def group_of(kind: Kind) -> str:
    """Return the group of entry points that plug-ins of a kind stand in.

    >>> group_of("gate")
    'bricks.gates'
    """
    return f"bricks.{kind}s"


@cache
def _found() -> Mapping[tuple[Kind, str], list[tuple[Distribution, EntryPoint]]]:
    """Return every entry point of ours by kind and name, with who offers it; of one on two paths the first."""
    kinds = {group_of(kind): kind for kind in KINDS}
    by_name: dict[tuple[Kind, str], list[tuple[Distribution, EntryPoint]]] = {}
    for distribution in distributions():
        for entry in _entries(distribution):
            if entry.group in kinds:
                offered = by_name.setdefault((kinds[entry.group], entry.name), [])
                if distribution.name not in {other.name for other, _ in offered}:
                    offered.append((distribution, entry))
    return by_name


def _entries(distribution: Distribution) -> list[EntryPoint]:
    try:
        return list(distribution.entry_points)
    except Exception:  # noqa: BLE001  (a file that somebody else's installer wrote; what is in it is no plug-in)
        return []


def names(kind: Kind) -> list[str]:
    """Return the names of the plug-ins of a kind, sorted; none is loaded."""
    return sorted(name for of, name in _found() if of == kind)


@cache
def plugin(kind: Kind, name: str) -> Plugin | None:
    """Return the plug-in of this name, loaded or with why it can't be; None where none is installed."""
    offered = _found().get((kind, name))
    if not offered:
        return None
    distribution, entry = offered[0]
    described, why_not = _loaded(kind, name, offered)
    return Plugin(kind, name, distribution.name, distribution.version, entry.value, described, why_not)


def _loaded(kind: Kind, name: str, offered: list[tuple[Distribution, EntryPoint]]) -> tuple[Any, str]:
    """Return what an entry point names and "", or None and why it can't be used."""
    if name in BUILT_IN[kind]:
        return None, f"bricks has a {kind} of this name itself"
    if len(offered) > 1:
        return None, f"{' and '.join(sorted(each.name for each, _ in offered))} both offer a {kind} of this name"
    try:
        described = offered[0][1].load()
    except (Exception, SystemExit) as error:  # noqa: BLE001  (a stranger's module; whatever it does costs only itself)
        return None, f"{type(error).__name__}: {' '.join(str(error).split())}"
    why_not = _mistaken(kind, name, described)
    return (None, why_not) if why_not else (described, "")


def _mistaken(kind: Kind, name: str, described: object) -> str:
    """Return why an object isn't the plug-in that its entry point says it is; "" where it is."""
    from schemas.manifest_sources import SourceSettings
    from schemas.plugin_kinds import CaptionerPlugin, ConnectorPlugin, GatePlugin

    wanted = {"connector": ConnectorPlugin, "gate": GatePlugin, "captioner": CaptionerPlugin}[kind]
    if not isinstance(described, wanted):
        return f"is a {type(described).__name__}, and must be a {wanted.__name__} of schemas.plugin_kinds"
    if isinstance(described, ConnectorPlugin):
        if not (isinstance(described.source, type) and issubclass(described.source, SourceSettings)):
            return "its `source` must be a subclass of schemas.manifest_sources.SourceSettings"
        field_of_type = described.source.model_fields.get("type")
        if field_of_type is None or get_args(field_of_type.annotation) != (name,):
            return f'the field `type` of its `source` must be Literal["{name}"]'
    return ""


def plugins() -> Iterator[Plugin]:
    """Yield every plug-in that is installed, by kind and name, loaded or with why it can't be."""
    for kind in KINDS:
        yield from (said for name in names(kind) if (said := plugin(kind, name)))


def connector(name: str) -> "ConnectorPlugin | None":
    """Return the connector that a plug-in offers under this name; None for bricks' own, broken and unknown ones."""
    return cast("ConnectorPlugin | None", _described("connector", name))


def captioner(name: str) -> "CaptionerPlugin | None":
    """Return the captioner that a plug-in offers under this name; None for bricks' own, broken and unknown ones."""
    return cast("CaptionerPlugin | None", _described("captioner", name))


def _described(kind: Kind, name: str) -> Any:  # noqa: ANN401  (what the kind says)
    said = None if name in BUILT_IN[kind] else plugin(kind, name)
    return said.described if said else None


def forget() -> None:
    """Look anew at what is installed."""
    _found.cache_clear()
    plugin.cache_clear()
