"""Ontology files: fetched from their permanent addresses, politely; what they are for is known elsewhere.

purl.obolibrary.org leads on to where each project keeps its releases; the hosts are those by which
the projects are known, and no live request has confirmed them yet. Terms: each
ontology's own licence, mostly CC BY 4.0.
"""

from collections.abc import Callable
from pathlib import Path

from ingest.session import BYTES, Answer, Manners, Session
from schemas.errors import UsageError

_RELEASES = frozenset(
    {"purl.obolibrary.org", "raw.githubusercontent.com", "github.com", "objects.githubusercontent.com"}
    | {"release-assets.githubusercontent.com", "current.geneontology.org", "release.geneontology.org"}
    | {"ftp.ebi.ac.uk", "www.ebi.ac.uk", "s3.amazonaws.com", "data.bioontology.org"}
)
_MANNERS = Manners(per_second=1, other_hosts=_RELEASES)


def fetcher(contact: str, cache: Path, manners: Manners = _MANNERS) -> Callable[[str], Answer]:
    """Return a function that fetches an ontology's newest file, never an answer kept from before.

    Raises:
        UsageError: no contact was given.
    """
    if not contact.strip():
        mend = "Give --contact, an e-mail or a web address."
        raise UsageError("a server is asked, and is told by whom.", where="ontologies pull", mend=mend)
    session = Session("ontologies", contact=contact, cache=cache, manners=manners)

    def fetch(url: str) -> Answer:
        return session.get(url, promise=BYTES, max_age_s=0)

    return fetch
