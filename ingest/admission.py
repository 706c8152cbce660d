"""Admission: which figures of an article may be fetched under the manifest's licences, before any picture is."""

from collections.abc import Collection

from ingest.articles import Work, governing
from ingest.jats import JatsArticle
from schemas.records import Dropped


def admitted(work: Work, licenses: Collection[str]) -> tuple[JatsArticle, list[Dropped]]:
    """Return the article with the figures whose pictures may be fetched, and the drops of the others.

    A licence that nobody knows is left to the gates, where a reviewer may know more.
    """
    kept, refused = [], []
    for figure in work.article.figures:
        stated = governing(figure, work.article, work.origin)
        if stated.license is None or stated.license in licenses:
            kept.append(figure)
            continue
        detail = f"{stated.license} ({stated.evidence})"
        refused.append(work.dropped(figure.figure_key, "license_not_allowed", detail, figure.label))
    return work.article.model_copy(update={"figures": kept}), refused
