"""Plug-in kinds: what a distribution offers bricks (a connector, a gate, a captioner), as frozen descriptions.

An entry point of the group `bricks.connectors`, `bricks.gates` or `bricks.captioners` names one of these.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.connecting import Connector
from schemas.manifest_sources import SourceSettings

if TYPE_CHECKING:
    from schemas.manifest import Manifest
    from schemas.manifest_sections import CaptioningSettings


@dataclass(frozen=True)
class Around:
    """What a connector is built from, beside its entry in the manifest."""

    folder: Path
    """The manifest's folder, which its paths start from."""
    cache: Path
    """Where `ingest.session.Session` keeps what came over the network."""
    licenses: tuple[str, ...]
    """The SPDX ids that may enter the dataset."""
    contact: str = ""
    """Whom a server is told; "" where the connector asks none."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the ${env:NAME} of the manifest stand for."""


@dataclass(frozen=True)
class ConnectorPlugin:
    """A source of figures, named by `type:` in a manifest's `sources`."""

    source: type[SourceSettings]
    """Its entry in the manifest; its field `type` is a Literal of the entry point's name."""
    connect: Callable[[Any, Around], Connector]
    """Returns the connector of an entry; called in every worker, and asks nobody anything yet."""
    version: int = 1
    """Raised by hand when the same items make other rows: what is here is then fetched anew, by another route."""
    requests_per_second: float | None = None
    """The most it asks of one host; None where it asks no server. Who asks needs a `contact:`."""
    sample: Path | None = None
    """A small manifest that works offline, for `bricks plugins check`."""


@dataclass(frozen=True)
class Refusal:
    """What a gate doesn't let out, and why."""

    place: str
    """A view, a file in the dataset, or the dataset's own name."""
    why: str
    id: str | None = None
    """The row's; None where a whole file or dataset is meant."""


@dataclass(frozen=True)
class GatePlugin:
    """A gate that `bricks publish` asks after its own; nothing is published while it refuses, or fails."""

    judge: Callable[[Path, "Manifest"], Iterable[Refusal]]
    """Yields what it refuses of the dataset in a folder."""


@dataclass(frozen=True)
class PanelEvidence:
    """What is known of a panel that is to have a text."""

    id: str
    facts: tuple[str, ...]
    """What the text may say: sentences, the panel's own words first. What else it says as a fact is refused."""
    picture: Callable[[int], bytes]
    """Returns the panel as a JPEG whose longer side has at most so many px; for plug-ins that say they see."""


@dataclass(frozen=True)
class CaptionerPlugin:
    """Writes texts of panels, named by `captioning.backend` in a manifest; every text is checked by its facts."""

    caption: Callable[[PanelEvidence, "CaptioningSettings"], str | None]
    """Returns the text of a panel; None: the one made of facts stands. The same input gives the same text."""
    version: int = 1
    """Raised by hand when it writes other texts: they are then made anew."""
    sees: bool = False
    """Whether it looks at pictures, which costs reading them."""
