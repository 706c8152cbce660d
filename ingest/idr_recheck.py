"""IDR recheck: what IDR says now of images that are here already; nothing comes from the cache."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from ingest.connector import Change, Known
from ingest.idr_api import IdrApi
from ingest.idr_containers import Container, all_containers, described
from ingest.idr_study import Terms
from ingest.rechecking import change, one_by_one
from schemas.errors import SourceError
from schemas.licence import stricter


def changes(api: IdrApi, known: Iterable[Known]) -> Iterator[Change]:
    """Return what has changed of each image: it or its study is gone, or its licence is stricter.

    Raises:
        SourceError: after all others were asked, where some gave no answer: they may have changed.
    """
    now = _Now(api)
    return one_by_one(known, now.changes_of, "images")


class _Now:
    """What IDR says now, asked once for all images of a screen or project."""

    def __init__(self, api: IdrApi) -> None:
        self._api = api
        self.containers = lru_cache(maxsize=1)(self._containers)
        self.terms = lru_cache(maxsize=None)(self._terms)

    def _containers(self) -> dict[str, Container]:
        return {one.name: one for one in all_containers(self._api, max_age_s=0)}

    def _terms(self, name: str) -> Terms:
        return described(self._api, self.containers()[name], max_age_s=0).terms

    def changes_of(self, known: Known) -> Iterator[Change]:
        """Yield what has changed of one image."""
        name, _, image = known.source_id.rpartition("/image-")
        if name not in self.containers():
            yield change(known, "gone", name, None, f"IDR lists no {name}")
            return
        if not self._is_there(image):
            yield change(known, "gone", image, None, f"IDR has no image {image}")
            return
        terms = self.terms(name)
        if terms.license != known.license and (
            not terms.license or stricter(known.license, terms.license) != known.license
        ):
            evidence = terms.evidence or "the map annotation states no licence"
            yield change(known, "license", known.license, terms.license, evidence)

    def _is_there(self, image: str) -> bool:
        try:
            self._api.json(f"api/v0/m/images/{image}/", max_age_s=0)
        except SourceError as error:
            if error.reason == "http_404":
                return False
            raise
        return True
