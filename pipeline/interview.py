"""Interview: what of a manifest isn't said yet is asked, and an answer that can't be is asked for again."""

from collections.abc import Callable, Iterator

from schemas.draft_sources import ATTRIBUTION, KINDS, LICENSE, PATH, Ask, Kind, SourceDraft, Value
from schemas.manifest_draft import LICENCE_SETS, SET_WORDS, Draft, complaint_at
from schemas.manifest_parts import did_you_mean, nearest
from schemas.manifest_rules import is_live

Asker = Callable[[str], str]
"""Puts a question, and returns the answer without blanks around it."""
Teller = Callable[[str], None]

_NO_MORE = "Another source (empty: no more)"


def interviewed(draft: Draft, ask: Asker, tell: Teller, taken: Callable[[str], str | None]) -> Draft:
    """Return `draft` with what it lacked: name, sources, whom a server may ask, licences, where it is published.

    `taken` says why a name can't be, if so.
    """
    if not draft.name:
        question = "Name of the dataset, such as actin-figures"
        draft = _right(draft, "name", "name", lambda: ask(question), tell, taken)
    if not draft.sources:
        tell("Where pictures come from:\n" + "\n".join(f"  {name:<9} {kind.what}" for name, kind in KINDS.items()))
        draft = draft.model_copy(update={"sources": tuple(_all_sources(ask, tell))})
    if draft.contact is None and asks_a_server(draft):
        question = "Your e-mail or web address, which every server is told"
        draft = _right(draft, "contact", "contact", lambda: ask(question), tell)
    if not draft.licenses:
        tell("What may enter:\n" + "\n".join(f"  {name:<13} {words}" for name, words in SET_WORDS.items()))
        draft = _right(draft, "licenses", "licenses", lambda: licences_in(_answer(ask, _LICENCES)), tell)
    if draft.repo is None:
        draft = _right(draft, "repo", "publish", lambda: ask("Publish on the Hub as org/name (empty: nowhere)"), tell)
    return draft


_LICENCES = "One of these, or SPDX ids with commas (empty: open)"


def asks_a_server(draft: Draft) -> bool:
    """Return whether a source of the draft asks one."""
    return any(is_live({"type": source.type, **dict(source.given)}) for source in draft.sources)


def licences_in(said: list[str]) -> tuple[str, ...]:
    """Return SPDX ids, with those that a word stands for; none: the open ones."""
    named = [one for word in said or ["open"] for one in LICENCE_SETS.get(word.lower(), (word,))]
    return tuple(dict.fromkeys(named))


def _right(  # noqa: PLR0913, PLR0917  (a question and what judges its answer)
    draft: Draft,
    field: str,
    place: str,
    answer: Callable[[], Value],
    tell: Teller,
    refused: Callable[[str], str | None] = lambda _: None,
) -> Draft:
    """Return the draft with the first answer for `field` of which nothing is wrong at `place`."""
    while True:
        told = answer()
        tried = draft.model_copy(update={field: told})
        wrong = "is required" if field in {"name", "contact"} and not told else complaint_at(tried, place)
        if wrong is None and isinstance(told, str):
            wrong = refused(told)
        if wrong is None:
            return tried
        tell(f"  {wrong}")


def _all_sources(ask: Asker, tell: Teller) -> Iterator[SourceDraft]:
    question = "Source"
    while (named := ask(question)) or question != _NO_MORE:
        if named in KINDS:
            yield _source(named, ask, tell)
            question = _NO_MORE
        else:
            tell(f"  there is no such source{did_you_mean(nearest(named, KINDS))}: one of {', '.join(KINDS)}")


def _source(named: str, ask: Asker, tell: Teller) -> SourceDraft:
    """Return a source of type `named`: of a server where its first question has an answer, else of files."""
    kind, source = KINDS[named], SourceDraft(type=named)
    for at, question in enumerate(kind.live):
        may_skip = bool(at == 0 and kind.files)
        source = _asked(source, question, ask, tell, hint=" (empty: files that lie here)" if may_skip else "")
        if may_skip and not source.given:
            break
    if not source.given and kind.files:
        path = PATH._replace(question=f"Path of {kind.files}")
        for question in (path, *kind.beside):
            source = _asked(source, question, ask, tell)
    for question in _owner(kind, source):
        source = _asked(source, question, ask, tell)
    return source


def _owner(kind: Kind, source: SourceDraft) -> tuple[Ask, ...]:
    """Return what is asked of the owner of pictures; a public set states it, unless it doesn't."""
    if not kind.owned or (source.value("preset") and complaint_of(source, "") is None):
        return ()
    must = source.type in {"images", "masks"}
    return (LICENSE._replace(needed=must), ATTRIBUTION)


def complaint_of(source: SourceDraft, key: str) -> str | None:
    """Return what is wrong with a key of a source alone, or with the whole of it."""
    place = f"sources.0.{key}" if key else "sources.0"
    return complaint_at(Draft(name="x", contact="a@example.org", sources=(source,)), place)


def _asked(source: SourceDraft, question: Ask, ask: Asker, tell: Teller, *, hint: str = "") -> SourceDraft:
    """Return the source with the answer to a question; an empty one leaves it as it is, where that may be."""
    while True:
        said = _answer(ask, question.question + hint) if question.several else [ask(question.question + hint)]
        value: Value = tuple(said) if question.several else said[0]
        if not value and (hint or not question.needed):
            return source
        tried = source.model_copy(update={"given": (*source.given, (question.key, value))})
        wrong = complaint_of(tried, question.key) if value else "is required"
        if wrong is None:
            return tried
        tell(f"  {wrong}")


def _answer(ask: Asker, question: str) -> list[str]:
    """Return the parts of an answer with commas."""
    return [part.strip() for part in ask(question).split(",") if part.strip()]
