"""Needed extras: packages that what a manifest asks for takes, beside those that bricks always has."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Final, NamedTuple

from schemas.errors import UsageError
from schemas.manifest import Manifest


class Need(NamedTuple):
    """A package, and the extra of bricks that brings it."""

    where: str
    """The key that asks for it."""
    package: str
    extra: str

    def __str__(self) -> str:
        mend = f"Install it: pip install 'bricks[{self.extra}]'."
        return f"{self.where}: needs {self.package}, which isn't installed. {mend}"


_PUBLISHING: Final = "publish"


def lacking(manifest: Manifest) -> list[Need]:
    """Return what isn't installed, of what running and publishing a manifest take."""
    return [need for need in _needs(manifest) if find_spec(need.package) is None]


def refuse_lacking(manifest: Manifest, *, captions: bool) -> None:
    """Refuse, before anything is fetched, a run that would end for want of a package; without `captions` it makes none.

    Raises:
        UsageError: names each.
    """
    found = [need for need in lacking(manifest) if need.where != _PUBLISHING]
    found = [need for need in found if captions or not need.where.startswith("captioning")]
    if found:
        raise UsageError("\n".join(map(str, found)))


def _needs(manifest: Manifest) -> Iterator[Need]:
    for at, source in enumerate(manifest.sources):
        if source.type == "eln" and source.signing_keys:
            yield Need(f"sources.{at}.signing_keys", "cryptography", "eln")
        if source.type == "biorxiv" and source.route == ("bucket",) and not source.path:
            yield Need(f"sources.{at}.route", "boto3", "s3")
    if manifest.curation.encoder:
        yield from (Need("curation.encoder", name, "train") for name in ("torch", "transformers"))
    if manifest.captioning.backend == "openai":
        yield Need("captioning.backend", "openai", "caption")
    if manifest.publish:
        yield Need(_PUBLISHING, "mlcroissant", "publish")
