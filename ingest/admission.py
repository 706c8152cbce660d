"""Admission: which figures of an article may be fetched under the manifest's licences, before any picture is."""

from collections.abc import Collection, Iterator

from ingest.articles import Work, figures_of, governing
from ingest.jats import JatsArticle
from schemas.records import Dropped, Failed, Figure


def admitted_rows(
    work: Work, licenses: Collection[str], *, failures: Collection[str], locator: str
) -> Iterator[Figure | Dropped | Failed]:
    """Yield a row for every picture that may be fetched, and why there is none for the others.

    `failures` are the reasons why pictures that may be had didn't come: such a drop is a failure of `locator`.
    """
    article, refused = admitted(work, licenses)
    yield from refused
    if article.figures or not refused:
        for outcome in figures_of(article, work.files, work.xml_name, work.origin):
            is_failure = isinstance(outcome, Dropped) and outcome.reason in failures
            yield Failed(**outcome.model_dump(), locator=locator) if is_failure else outcome


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
