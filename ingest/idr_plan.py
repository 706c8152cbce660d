"""IDR plan: how many images a request would fetch, and how long it takes at the polite rate; fetches no image."""

from ingest.connector import Plan
from ingest.idr_api import DAY_S, IdrApi
from ingest.idr_containers import Container, all_containers, described
from ingest.idr_selection import IdrRequest, groups_path
from schemas.errors import SourceError

_RENDERED_BYTES = 430_000
"""Mean of the 11 renderings in the gallery of IDR's website."""
_PLANE_BYTES = 2_000_000
"""A plane of 1,024 x 1,024 px, 16 bit; a guess where the pixels come from Zarr or OMERO."""
_REQUESTS = 4
"""imgData, annotations of the well and of the image, the picture."""


def plan(request: IdrRequest, api: IdrApi) -> Plan:
    """Return what `request` would take; asks for lists and licences only."""
    there = all_containers(api)
    counts = [_images(request, api, [one for one in there if one.study == study]) for study in set(request.studies)]
    bounds = [bound for bound in (request.sample_n, request.limit) if bound]
    known = [count for count in counts if count is not None]
    images = min([sum(known), *bounds]) if len(known) == len(counts) or bounds else None
    requests = (images or sum(known)) * _REQUESTS
    size_bytes = (images or 0) * (_RENDERED_BYTES if request.pixels == "rendered" else _PLANE_BYTES)
    return Plan(articles=images, requests=requests, size_bytes=size_bytes, seconds=requests / request.per_second)


def _images(request: IdrRequest, api: IdrApi, there: list[Container]) -> int | None:
    """Return how many images of a study would come; None where only its plates' own lists would tell."""
    is_open = [one for one in there if described(api, one, max_age_s=DAY_S).terms.license in request.licenses]
    counts = [_children(api, one) for one in is_open]
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return request.images_per_study
    return min(sum(known), request.images_per_study or sum(known))


def _children(api: IdrApi, container: Container) -> int | None:
    """Return how many images a project has; IDR counts no images for the plates of a screen."""
    if container.kind == "screen":
        return None
    counts = api.pages(groups_path(container), lambda told: told.get("omero:childCount"), max_age_s=DAY_S, counted=True)
    if not all(isinstance(count, int) for count in counts):
        raise SourceError("not_an_answer", "a dataset has no omero:childCount", where=container.name)
    return sum(count for count in counts if isinstance(count, int))
