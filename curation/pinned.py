"""Pinned ontologies: where each one is published, and which edition of it lies here."""

from schemas.records import Record

OBO = "http://purl.obolibrary.org/obo"


class Published(Record):
    """Where an ontology's newest edition is found; from memory, confirmed by no request yet."""

    name: str
    url: str
    file: str


# FBbi and EDAM-bioimaging are released as OWL only. NCBI's whole taxonomy holds 2.5 million names; the slim is the
# subset that the OBO ontologies refer to. chebi.obo holds all chemicals; the dyes are taken out when it is read.
PUBLISHED = (
    Published(name="FBbi", url=f"{OBO}/fbbi.owl", file="fbbi.owl"),
    Published(name="NCBITaxon", url=f"{OBO}/ncbitaxon/subsets/taxslim.obo", file="ncbitaxon.obo"),
    Published(name="UBERON", url=f"{OBO}/uberon.obo", file="uberon.obo"),
    Published(name="CL", url=f"{OBO}/cl.obo", file="cl.obo"),
    Published(name="GO_CC", url=f"{OBO}/go/go-basic.obo", file="go.obo"),
    Published(name="ChEBI", url=f"{OBO}/chebi.obo", file="chebi.obo"),
    Published(name="BTO", url=f"{OBO}/bto.obo", file="bto.obo"),
    Published(name="EFO", url="http://www.ebi.ac.uk/efo/efo.obo", file="efo.obo"),
    Published(name="CMPO", url=f"{OBO}/cmpo.obo", file="cmpo.obo"),
    Published(name="PATO", url=f"{OBO}/pato.obo", file="pato.obo"),
    Published(
        name="EDAM-bioimaging",
        url="https://raw.githubusercontent.com/edamontology/edam-bioimaging/main/releases/EDAM-bioimaging.owl",
        file="edam-bioimaging.owl",
    ),
)
