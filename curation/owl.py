"""OWL: ontologies that are released in no other form, read by pronto."""

import warnings
from pathlib import Path
from typing import Any

from curation.obo import SCOPES, Ontology, Term
from schemas.errors import OntologyError


def read_owl(path: Path) -> Ontology:
    """Return what an OWL file holds.

    Raises:
        OntologyError: pronto can't read it, or it holds no term.
    """
    from pronto.ontology import Ontology as Pronto

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of axioms that nothing is read from here
            ontology: Any = Pronto(path, import_depth=0)
            terms = tuple(_term(term) for term in ontology.terms() if term.name)
    except Exception as error:  # pronto lets through whatever its parsers raise
        raise OntologyError("unreadable", f"{type(error).__name__}: {str(error)[:200]}", where=str(path)) from error
    if not terms:
        raise OntologyError("no_terms", "no class with a label", where=str(path))
    return Ontology(path.stem.lower(), str(ontology.metadata.data_version or ""), terms, ())


def _term(term: Any) -> Term:  # noqa: ANN401  (pronto's)
    parents = tuple(sorted(above.id for above in term.superclasses(distance=1, with_self=False)))
    synonyms = tuple(sorted((synonym.description, _scope(synonym.scope)) for synonym in term.synonyms))
    return Term(term.id, term.name, synonyms, parents, namespace=term.namespace or "", obsolete=bool(term.obsolete))


def _scope(scope: str) -> str:
    return scope if scope in SCOPES else "RELATED"
