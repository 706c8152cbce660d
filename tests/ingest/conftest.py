"""What the tests of ingest share: a local PMC over real sockets, and a connector that asks it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pmc_server as pmc_server_module
import pytest

from ingest.pmc import PmcConnector, PmcRequest
from ingest.pmc_plan import manners_of
from schemas.records import Dropped, Failed, Figure


@pytest.fixture(scope="session")
def zarr_images(server_module: Any) -> Any:
    """Writes OME-Zarr; see tests/servers/zarr_images.py."""
    return server_module("zarr_images")


@pytest.fixture
def pmc_server() -> Iterator[Any]:
    """A local PMC that is empty; see tests/servers/pmc_server.py."""
    with pmc_server_module.running() as server:
        yield server


class Asker:
    """Makes connectors that ask the local PMC, and tells what they brought."""

    licenses = ("CC0-1.0", "CC-BY-4.0", "CC-BY-3.0")

    def __init__(self, server: Any, cache: Path) -> None:
        self.server, self.cache = server, cache

    def __call__(self, **asked: Any) -> PmcConnector:
        urls = {"cloud_url": self.server.cloud_url, "eutils_url": self.server.eutils_url}
        request = PmcRequest(licenses=self.licenses, **urls, **{"per_second": 2000, **asked})
        return PmcConnector(request, contact="lab@example.org", cache=self.cache)

    def brought(self, **asked: Any) -> list[Figure | Dropped | Failed]:
        connector = self(**asked)
        return [outcome for item in connector.find() for outcome in connector.fetch(item)]

    def reasons(self, outcomes: Iterable[Any]) -> list[str]:
        return [f"{type(one).__name__}:{getattr(one, 'reason', '')}" for one in outcomes]

    def downloaded(self) -> list[str]:
        """Return the keys of the objects that were asked for."""
        seen = self.server.asked(service="cloud")
        return [one.path.lstrip("/") for one in seen if one.path != "/"]


@pytest.fixture
def pmc_polite(pmc_server: Any, tmp_path: Path) -> Asker:
    """Connectors with the manners they have in earnest."""
    return Asker(pmc_server, tmp_path)


@pytest.fixture
def pmc(pmc_polite: Asker, monkeypatch: pytest.MonkeyPatch) -> Asker:
    """Connectors that don't wait between tries; the waits have tests of their own."""

    def hasty(request: PmcRequest) -> Any:
        return manners_of(request).model_copy(update={"backoff_s": 0, "timeout_s": 1, "slow_window_s": 1})

    monkeypatch.setattr("ingest.pmc_plan._SEARCHES_PER_SECOND", 1000.0)
    monkeypatch.setattr("ingest.pmc.manners_of", hasty)
    return pmc_polite


@pytest.fixture
def sets(server_module: Any) -> Any:
    """Returns what makes small folders of images with masks, and asks the connector about them."""
    return server_module("mask_sets")
