"""Europe PMC: asked where a preprint lies in PMC; errors come inside of answers with status 200."""

import json
from typing import Any
from urllib.parse import urljoin

from ingest.session import JSON, Session
from schemas.errors import SourceError

PER_SECOND = 5.0
"""Of the 10 a second and 500 a minute that are allowed."""


def pmcid_of(session: Session, url: str, doi: str) -> str | None:
    """Return the PMCID of the work with this very DOI; None where Europe PMC knows none.

    Raises:
        SourceError: no answer, or one that is none.
    """
    params = {"query": f'DOI:"{doi}"', "format": "json", "resultType": "core", "pageSize": "25"}
    answer = session.get(urljoin(url, "search"), params=params, promise=JSON, max_age_s=86_400)
    try:
        found = _results(json.loads(answer.read()))
    except SourceError:
        session.forget(urljoin(url, "search"), params=params)
        raise
    return next((one["pmcid"] for one in found if _is(one, doi) and one.get("pmcid")), None)


def _results(told: Any) -> list[dict[str, Any]]:  # noqa: ANN401  (what came over the network)
    if not isinstance(told, dict) or "errCode" in told:
        said = told.get("errMsg", "no object") if isinstance(told, dict) else "no object"
        raise SourceError("backend_error", f"Europe PMC: {said}")
    found = told.get("resultList", {}).get("result")
    # Under load stubs come: hits are counted, and none is given.
    if not isinstance(found, list) or (not found and told.get("hitCount")):
        raise SourceError("backend_error", "Europe PMC: an answer without its results")
    return found


def _is(result: dict[str, Any], doi: str) -> bool:
    return str(result.get("doi", "")).lower() == doi.lower()
