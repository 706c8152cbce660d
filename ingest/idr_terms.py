"""IDR terms: the accessions that curators wrote in many ways, as CURIEs.

Seen in studies of IDR: NCBITaxon_9606, NCBITaxon:9606, 9606; FBbi_00000246, Fbbi_00000332, FBbi:00000336;
EFO:0001185, and addresses that end in one of these.
"""

import re

_PREFIXES = {
    name.lower(): name
    for name in (
        *("FBbi", "NCBITaxon", "CMPO", "EFO", "UBERON", "CL", "GO", "CHEBI", "PATO", "MP", "HP", "ZFA", "FMA", "BTO"),
        *("CHMO", "OBI", "NCIT", "FBbt", "FBcv", "FYPO", "CLO", "DOID", "MONDO", "ORDO", "OMIT", "PO", "WBPhenotype"),
    )
}
_SHAPES = {"NCBITaxon": r"[1-9]\d*", "FBbi": r"\d{8}", "CMPO": r"\d{7}"}
"""Ontologies whose numbers have a shape; others take any word that has a digit."""
_ANY_SHAPE = r"(?=\w*\d)\w+"
_ACCESSION = re.compile(r"(?:https?://\S*[/#?=])?(?P<prefix>[A-Za-z]+)[_:](?P<number>\w+)")
_ENSEMBL = re.compile(r"ENS[A-Z]{0,6}[GT]\d{11}")


def curie(accession: str, reference: str = "") -> str | None:
    """Return the CURIE of `accession`; a bare number is one of the ontology that `reference` names.

    >>> curie("Fbbi_00000332"), curie("9606", "NCBITaxon"), curie("GO_0051318", "CMPO"), curie("9606")
    ('FBbi:00000332', 'NCBITaxon:9606', 'GO:0051318', None)
    """
    accession, reference = accession.strip(), reference.strip()
    found = _ACCESSION.fullmatch(accession)
    prefix, number = (found["prefix"], found["number"]) if found else (reference, accession)
    known = _PREFIXES.get(prefix.lower())
    if known is None or not re.fullmatch(_SHAPES.get(known, _ANY_SHAPE), number, re.ASCII):
        return None
    return f"{known}:{number}"


def gene_curie(identifier: str) -> str | None:
    """Return the CURIE of a gene's identifier, where its shape leaves no doubt whose it is.

    >>> gene_curie("ENSG00000111581"), gene_curie("YFR023W")
    ('ensembl:ENSG00000111581', None)
    """
    return f"ensembl:{identifier}" if _ENSEMBL.fullmatch(identifier.strip()) else None
