"""Terms: the classes of an ontology that are looked for, with every name by which a text may call them."""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import NamedTuple

from curation.inflection import adjectives, bracketed, dyes, head_of, inversions, is_code, vernaculars
from curation.obo import Ontology, Term
from curation.ontology_rules import Field, Rule, rule_of


class Kind(IntEnum):
    """What a name is to its term, the surer the lower."""

    LABEL = 0
    ALIAS = 1
    EXACT = 2
    DERIVED = 3
    ADJECTIVE = 4
    LOOSE = 5
    RARE = 6
    """A synonym that texts are not searched for; it counts where a given name is checked."""


class Name(NamedTuple):
    """Words for a term."""

    text: str
    kind: Kind
    key: str = ""
    """What `curation.words.key_of` says; empty until somebody needs it."""


class Known(NamedTuple):
    """A term that is looked for; a plain tuple, since there are a hundred thousand of them."""

    id: str
    label: str
    ontology: str
    field: str
    names: tuple[Name, ...]


def prefix_of(ontology: Ontology) -> str:
    """Return the prefix of the ontology's own terms: that of its header where terms bear it, else the commonest."""
    counts = Counter(term.id.partition(":")[0] for term in ontology.terms if ":" in term.id)
    if ontology.name.startswith("edam") or not counts:  # its ids bear none: data_0006, topic_3382
        return "EDAM" if ontology.name.startswith("edam") else ontology.name or "local"
    named = ontology.name.partition(".")[0].partition("-")[0].lower()
    return next((prefix for prefix in counts if prefix.lower() == named), counts.most_common(1)[0][0])


def curie(term_id: str, prefix: str) -> str:
    """Return an id with its prefix."""
    return term_id if ":" in term_id else f"{prefix}:{term_id}"


def known_terms(ontology: Ontology) -> list[Known]:
    """Return the terms of an ontology that are looked for, by id; those of others that it imports stay out."""
    prefix = prefix_of(ontology)
    rule = rule_of(prefix)
    own = [
        term._replace(id=identifier)
        for term in ontology.terms
        if (identifier := curie(term.id, prefix)).startswith(f"{prefix}:")
        and not term.obsolete
        and (not rule.namespace or not term.namespace or term.namespace == rule.namespace)
    ]
    if rule.bearers_of and ontology.name == rule.name.lower():
        own = _bearers(own, rule.bearers_of)
    fields = _fields(ontology.terms, rule.branches)
    heads = _only_heads(own) if rule.name == "UBERON" else {}
    return sorted(
        Known(term.id, _label(term, rule), rule.name, _field(term, rule, fields), _names(term, rule, heads))
        for term in own
    )


_CELLS = re.compile(r".*\bcells?(?: line)?")


def _field(term: Term, rule: Rule, fields: Mapping[str, Field]) -> Field:
    """Return what a term says of a picture; BTO sorts cells below the organs that they come from."""
    if rule.name == "BTO" and _CELLS.fullmatch(term.label):
        return "cell_type"
    return fields.get(term.id, rule.field)


def _only_heads(terms: Iterable[Term]) -> dict[str, str]:
    """Return "outer nuclear layer" with the one term that it can mean, where only one has a name "... of B"."""
    owners: dict[str, set[str]] = defaultdict(set)
    taken = set()
    for term in terms:
        for text in (term.label, *(text for text, scope in term.synonyms if scope == "EXACT")):
            taken.add(text)
            if head := head_of(text):
                owners[head].add(term.id)
    return {head: min(ids) for head, ids in owners.items() if len(ids) == 1 and head not in taken}


def _label(term: Term, rule: Rule) -> str:
    # NCBI tells homonyms apart so: "Mus <genus>".
    return term.label.partition(" <")[0] if rule.latin else term.label


def _names(term: Term, rule: Rule, heads: Mapping[str, str]) -> tuple[Name, ...]:
    given = [Name(_label(term, rule), Kind.LABEL)]
    for text, scope in term.synonyms:
        loose = Kind.LOOSE if scope in rule.scopes else Kind.RARE
        given.append(Name(text, Kind.EXACT if scope == "EXACT" else loose))
    if not rule.codes:
        given = [name._replace(kind=Kind.RARE) if is_code(name.text) else name for name in given]
    made = made_by_rule(given, rule)
    tops = (head_of(name.text) for name in given if heads and name.kind != Kind.RARE)
    made += (Name(top, Kind.DERIVED) for top in tops if top and heads.get(top) == term.id)
    return unique([*given, *made])


def made_by_rule(names: Iterable[Name], rule: Rule) -> list[Name]:
    """Return the names that follow from names by an ontology's rule: adjectives, other orders, without a class."""
    return [made for name in names if name.kind != Kind.RARE for made in _made(name, rule)]


def unique(names: Iterable[Name]) -> tuple[Name, ...]:
    """Return each name once, as the surest that it is."""
    best: dict[str, Name] = {}
    for name in names:
        if name.text not in best or name.kind < best[name.text].kind:
            best[name.text] = name
    return tuple(best.values())


_AGENT = ("receptor", "glia", "cyte", "clast", "phage", "phil")


def _made(name: Name, rule: Rule) -> list[Name]:
    """Return the names that follow from a name by rule."""
    made: list[Name] = []
    text = name.text
    if rule.adjectives:
        turned = adjectives(text)
        made += (Name(adjective, Kind.ADJECTIVE) for adjective in turned)
        made += (Name(inversion, Kind.DERIVED) for inversion in inversions(text))
        if rule.name == "CL":
            made += (Name(f"{adjective} cell", Kind.DERIVED) for adjective in turned)
    if rule.name == "ChEBI":
        made += (Name(dye, Kind.DERIVED) for dye in dyes(text))
    if rule.name == "FBbi":
        made += (Name(part, Kind.DERIVED) for part in bracketed(text))
    if rule.latin:
        made += (Name(english, Kind.DERIVED) for english in vernaculars(text))
    if (short := _without_class(text, rule)) is not None:
        made.append(Name(short, Kind.DERIVED))
    return made


def _without_class(text: str, rule: Rule) -> str | None:
    """Return "TFIIH" for "TFIIH complex", and "photoreceptor" for "photoreceptor cell".

    Only long symbols stand for their complex: short ones, and words, are a gene's or a protein's more often.
    """
    if rule.name == "GO_CC" and text.endswith(" complex"):
        short = text.removesuffix(" complex")
        return short if len(short) > 4 and is_code(short) else None
    if rule.name == "CL" and text.endswith(" cell"):
        short = text.removesuffix(" cell")
        return short if " " not in short and short.endswith(_AGENT) else None
    return None


def _bearers(terms: list[Term], roles: Iterable[str]) -> list[Term]:
    """Return the roles, what has them, and what lies below either."""
    are = _fields(terms, dict.fromkeys(roles, "stain"))
    have = [term.id for term in terms if any(role in are for role in term.roles)]
    kept = _fields(terms, dict.fromkeys([*are, *have], "stain"))
    return [term for term in terms if term.id in kept]


def _fields(terms: Iterable[Term], branches: Mapping[str, Field]) -> Mapping[str, Field]:
    """Return the field of each term below a branch; a term may lie below itself in files that are wrong."""
    below: dict[str, list[str]] = defaultdict(list)
    for term in terms:
        for parent in term.parents:
            below[parent].append(term.id)
    fields: dict[str, Field] = dict(branches)
    waiting = deque(sorted(fields))
    while waiting:
        parent = waiting.popleft()
        for child in below[parent]:
            if child not in fields:
                fields[child] = fields[parent]
                waiting.append(child)
    return fields
