"""PMC media: the files of one article's version, downloaded only when somebody asks for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from ingest.downloads import Downloads
from ingest.pmc_cloud import Cloud, rebase
from ingest.session import IMAGE
from schemas.errors import SourceError


class PmcMedia(Downloads):
    """The files that `media_urls` names; implements `ingest.connector.Files`."""

    def __init__(self, cloud: Cloud, told: Mapping[str, Any]) -> None:
        self._cloud, self._pmcid = cloud, str(told["pmcid"])
        super().__init__()
        self._addresses = _by_name(told)

    def names(self) -> Sequence[str]:
        return sorted(self._addresses)

    def read(self, name: str) -> bytes:
        """Return a file's bytes, checked against their MD5."""
        if name not in self._addresses:
            raise SourceError("absent", "media_urls doesn't name it", where=name)
        url, md5 = rebase(self._cloud, self._pmcid, self._addresses[name])
        return self._bring(name, lambda: self._cloud.session.get(url, promise=IMAGE, md5=md5))


def _by_name(told: Mapping[str, Any]) -> dict[str, str]:
    """Return the addresses of the files by their names.

    Raises:
        SourceError: metadata_invalid, where `media_urls` is no list of addresses, or a name has two of them.
    """
    listed = told.get("media_urls", [])
    if not isinstance(listed, list):
        raise SourceError("metadata_invalid", f"media_urls is {listed!r:.80}, no list")
    addresses: dict[str, str] = {}
    for one in listed:
        if not isinstance(one, str):
            raise SourceError("metadata_invalid", f"media_urls holds {one!r:.80}, no address")
        name = one.partition("?")[0].rpartition(f"/{told['pmcid']}.{told['version']}/")[2]
        if addresses.setdefault(name, one) != one:
            raise SourceError("metadata_invalid", f"media_urls has two addresses for {name!r:.80}")
    return addresses
