"""Sources: the connectors that a manifest asks for, by route."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from pydantic import SecretStr

from ingest.connector import Connector, Item
from ingest.harvest import Routes, cache_of
from ingest.local import LocalConnector
from ingest.sampling import few
from pipeline.workspace import Workspace
from schemas.errors import BricksError, UsageError
from schemas.manifest import Manifest, MasksSource, PmcSource, contact_of, resolve_secret
from schemas.manifest_rules import SECRET_KEYS
from schemas.manifest_sources import (
    BIORXIV_API_URL,
    IDR_URL,
    PMC_CLOUD_URL,
    BiorxivSource,
    ElabftwSource,
    ElnSource,
    IdrSource,
    ImagesSource,
    RspaceSource,
    Source,
    SourceSettings,
)
from schemas.plugin_kinds import Around, ConnectorPlugin
from schemas.plugins import connector as plugin_connector
from schemas.records import make_id

if TYPE_CHECKING:
    from ingest.elabftw import ElabftwConnector
    from ingest.eln import ElnConnector
    from ingest.images import ImagesConnector
    from ingest.rspace import RspaceConnector


@dataclass(frozen=True)
class Asked:
    """What building connectors takes; it travels to the workers."""

    manifest: Manifest
    folder: Path
    """The manifest's folder, which its paths start from."""
    cache: Path
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """What the manifest's ${env:NAME} stand for, read at the door."""

    @property
    def is_live(self) -> bool:
        """Return whether any source isn't a path: it may be asked over the network, at a pace."""
        return not all(getattr(source, "path", None) for source in self.manifest.sources)

    def __call__(self) -> Routes:
        """Return a connector for each route."""
        return dict(reversed(connectors(self)))


def asked(
    manifest: Manifest, folder: Path, workspace: Workspace, environ: Mapping[str, str], *, captions: bool = True
) -> Asked:
    """Return what the connectors of `manifest` are built from; its secrets are looked up in `environ`.

    The one of captioning's servers only where `captions` are made.
    """
    named = [key for source in manifest.sources for name in SECRET_KEYS if (key := getattr(source, name, None))]
    keys = [*named, *([manifest.captioning.key] if manifest.captioning.key and captions else [])]
    secrets = tuple((key, resolve_secret(key, environ)) for key in keys)
    return Asked(manifest, folder, cache_of(workspace), secrets)


def connectors(asked: Asked) -> list[tuple[str, Connector]]:
    """Return (route, connector) for every source of the manifest, in its order; none is asked anything yet.

    Raises:
        UsageError: a source that bricks can't read without an extra.
    """
    return list(_connectors(asked))


def _connectors(asked: Asked) -> Iterator[tuple[str, Connector]]:
    for source in asked.manifest.sources:
        if isinstance(source, PmcSource) and not source.path:
            yield _live_route("pmc", source.cloud_url, PMC_CLOUD_URL), _pmc(asked, source)
        elif isinstance(source, BiorxivSource) and not source.path:
            yield _live_route(source.server, source.api_url, BIORXIV_API_URL), _biorxiv(asked, source)
        elif isinstance(source, MasksSource):
            yield _masks_route(source), Chosen(_masks(asked, source), source)
        elif isinstance(source, IdrSource) and not source.path:
            yield _idr_route(source), _idr(asked, source)
        elif isinstance(source, IdrSource):
            yield "idr/path", Chosen(_idr_folder(asked, source), source)
        elif isinstance(source, ElabftwSource | RspaceSource):
            notebook = _notebook(asked, source)
            yield notebook.route, notebook
        elif isinstance(source, ImagesSource):
            images = _images(asked, source)
            yield images.route, Chosen(images, source)
        elif isinstance(source, ElnSource):
            exports = _exports(asked, source)
            yield exports.route, Chosen(exports, source)
        else:
            yield _of_a_plugin_or_local(asked, source)


class Chosen:
    """A connector of which only a sample, or the first items, are wanted."""

    def __init__(self, connector: Connector, source: SourceSettings) -> None:
        self._connector, self._source = connector, source
        self.fetch, self.recheck = connector.fetch, connector.recheck
        self.evict = getattr(connector, "evict", _forget_nothing)
        if ask := getattr(connector, "plan", None):
            self.plan = ask

    def find(self) -> Iterator[Item]:
        """Yield the wanted items, in the connector's order."""
        return few(self._connector.find(), **_share(self._source))


def _forget_nothing(_: Iterable[Item]) -> None:
    """Do nothing: what lies on disk is nobody's to forget."""


class _Share(TypedDict):
    limit: int | None
    sample_n: int | None
    sample_seed: int


def _share(source: SourceSettings) -> _Share:
    """Return how much is wanted of what a source holds."""
    sample = source.sample
    return {
        "limit": source.limit,
        "sample_n": sample.n if sample else None,
        "sample_seed": sample.seed if sample else 0,
    }


def _of_a_plugin_or_local(asked: Asked, source: Source) -> tuple[str, Connector]:
    if plugged := plugin_connector(source.type):
        return _plugged_route(source, plugged), Chosen(_plugged(asked, source, plugged), source)
    local = LocalConnector(source.type, getattr(source, "path", ()), asked.folder)
    return f"{source.type}/path", Chosen(local, source)


def _plugged_route(source: SourceSettings, plugged: ConnectorPlugin) -> str:
    """Return the route of a plug-in's source: another option or version makes other rows, so it is another route."""
    said = source.model_dump_json(exclude={"limit", "sample", *SECRET_KEYS})
    return f"{getattr(source, 'type')}/{make_id(said, str(plugged.version))[:12]}"  # noqa: B009  (a plug-in's own)


def _plugged(asked: Asked, source: SourceSettings, plugged: ConnectorPlugin) -> Connector:
    """Return a plug-in's connector.

    Raises:
        UsageError: the plug-in failed at making it.
    """
    contact = contact_of(asked.manifest) if plugged.requests_per_second else None
    around = Around(asked.folder, asked.cache, asked.manifest.licenses, contact or "", dict(asked.secrets))
    try:
        return plugged.connect(source, around)
    except BricksError:
        raise
    except Exception as error:
        said = f"the plug-in can't make its connector: {type(error).__name__}: {error}"
        raise UsageError(said, where=_plugged_route(source, plugged)) from error


def _images(asked: Asked, source: ImagesSource) -> "ImagesConnector":
    from ingest.images import ImagesConnector

    return ImagesConnector(source, asked.folder)


def _exports(asked: Asked, source: ElnSource) -> "ElnConnector":
    from ingest.eln import ElnConnector

    return ElnConnector(source, asked.folder)


def _live_route(source: str, url: str, own: str) -> str:
    """Return the route of a live source; a mirror is a place of its own."""
    return f"{source}/live" if url == own else f"{source}/live {url}"


def _masks_route(source: MasksSource) -> str:
    """Return the route of a set of images with masks; the same files read in another way are another place."""
    read_as = (source.preset, source.format, source.images, source.masks, source.mask_key, source.mask_channel)
    return f"masks/{' '.join(str(part) for part in (*source.path, source.dataset, *read_as) if part is not None)}"


def _masks(asked: Asked, source: MasksSource) -> Connector:
    from ingest.mask_request import request_of
    from ingest.masks import MasksConnector

    return MasksConnector(request_of(source), asked.folder, asked.cache / "masks")


def _biorxiv(asked: Asked, source: BiorxivSource) -> Connector:
    from ingest.biorxiv import BiorxivConnector
    from ingest.biorxiv_selection import BiorxivRequest
    from ingest.biorxiv_web import WEB_URLS

    request = BiorxivRequest(
        server=source.server,
        since=source.since,
        until=source.until,
        dois=tuple(source.dois or ()),
        categories=source.categories,
        versions=source.versions,
        routes=source.route,
        licenses=tuple(asked.manifest.licenses),
        **_share(source),
        api_url=source.api_url,
        web_url=source.web_url or WEB_URLS[source.server],
        bucket_url=source.bucket_url,
        europepmc_url=source.europepmc_url,
        cloud_url=source.cloud_url,
        web_per_second=1 / source.seconds_between_pages,
    )
    return BiorxivConnector(request, contact=contact_of(asked.manifest) or "", cache=asked.cache)


def _idr_route(source: IdrSource) -> str:
    """Return the route; other pixels of the same image are another item, so each way has a route of its own."""
    said = source.model_dump(include={"pixels", "level", "plane", "channels"}, exclude_defaults=True)
    way = "".join(f" {key}={value}" for key, value in said.items())
    return _live_route("idr", source.url, IDR_URL) + way


def _idr(asked: Asked, source: IdrSource) -> Connector:
    from ingest.idr import IdrConnector, IdrRequest

    request = IdrRequest(
        studies=tuple(source.studies or ()),
        images_per_study=source.images_per_study,
        pixels=source.pixels,
        level=source.level,
        plane=source.plane,
        channels=source.channels,
        licenses=tuple(asked.manifest.licenses),
        **_share(source),
        url=source.url,
        zarr_url=source.zarr_url,
        omero_url=source.omero_url,
        per_second=source.per_second,
    )
    return IdrConnector(request, contact=contact_of(asked.manifest) or "", cache=asked.cache)


def _notebook(asked: Asked, source: ElabftwSource | RspaceSource) -> "ElabftwConnector | RspaceConnector":
    from ingest.elabftw import ElabftwConnector, ElabftwRequest
    from ingest.notebooks import Access, reading_of
    from ingest.rspace import RspaceConnector, RspaceRequest

    access = Access(SecretStr(dict(asked.secrets)[source.key]), contact_of(asked.manifest) or "", asked.cache)
    reading, said = reading_of(source, asked.folder), {**dict(source), **_share(source)}
    if isinstance(source, ElabftwSource):
        request = ElabftwRequest(**{name: said[name] for name in ElabftwRequest.model_fields})
        return ElabftwConnector(request, reading, access)
    return RspaceConnector(RspaceRequest(**{name: said[name] for name in RspaceRequest.model_fields}), reading, access)


def _idr_folder(asked: Asked, source: IdrSource) -> Connector:
    from ingest.idr_folder import IdrFolder

    return IdrFolder(source.path or (), asked.folder)


def _pmc(asked: Asked, source: PmcSource) -> Connector:
    from ingest.pmc import PmcConnector, PmcRequest

    request = PmcRequest(
        ids=tuple(source.ids or ()),
        query=source.query,
        since=source.since,
        until=source.until,
        licenses=tuple(asked.manifest.licenses),
        **_share(source),
        cloud_url=source.cloud_url,
        eutils_url=source.eutils_url,
        api_key=dict(asked.secrets).get(source.api_key or ""),
    )
    return PmcConnector(request, contact=contact_of(asked.manifest) or "", cache=asked.cache)
