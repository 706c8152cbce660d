"""Assertion: whether a text says that something is there, says that it isn't, or only thinks of it."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

_SCOPE = 60
"""Characters behind a cue that it speaks of, if no clause ends before."""

_NO = re.compile(
    r"\b(?:no|not|without|lack(?:s|ing|ed)?|absence of|devoid of|free of|negative for|neither|nor|never|cannot|"
    r"fail(?:s|ed|ure)? to|rather than|instead of|excluding|except(?: for)?)\b",
)
# "not only", "no difference between" and their like deny nothing.
_NO_DENIAL = re.compile(
    r"\s+(?:only|just|merely|least|(?:drawn )?to scale|necessarily|surprising\w*|longer than|less|significant\w*|shown|"
    r"(?:\w+ ){0,2}(?:difference|change|effect|correlation|increase|decrease|reduction|association|alteration|"
    r"variation|influence|impact)s?|(?:affect|chang|alter|damag|disturb|perturb|harm)ing)\b",
)
_PERHAPS = re.compile(
    r"\b(?:may|might|could|would|possibl[ey]|presumabl[ey]|putative|whether|hypothe\w+|suspected|perhaps|if|"
    r"(?:thought|believed|assumed) to|reminiscent of|resembl(?:e|es|ed|ing))\b",
)
_CLAUSE_ENDS = re.compile(
    r"[.;:](?=\s|$)|,(?![^.;:]{0,40}\bn?or\b)|\n\s*\n|\b(?:but|however|although|whereas|while|though|yet)\b",
    re.IGNORECASE,
)
# What follows the verb of "cells without a nucleus are erythrocytes" is there again.
_VERB = re.compile(r"(?<!not )(?<!never )(?<!cannot )(?<!to )\b(?:is|are|was|were|has|have|had|remain(?:s|ed)?)\b")
_DENIED_BEHIND = re.compile(
    r"(?:[-\u2010-\u2015](?:negative|free|deficient|null|less)\b)|"
    r"(?: [\w-]+){0,2} (?:was|were|is|are|remained) (?:absent|missing|lacking|undetectable|"
    r"(?:not|never) (?:\w+ )?(?:detected|detectable|observed|seen|visible|present|found|stained|labell?ed"
    r"|taken|acquired|recorded|imaged|made|shown|used|performed|examined|included))\b|"
    r"(?: [\w-]+){0,2} (?:could|can) ?not be (?:\w+ )?\w+ed\b|(?: [\w-]+){0,1} (?:was|were|is|are) unlikely\b|"
    r" ?[\u2212\u207b](?!\d)",
    re.IGNORECASE,
)
_DENIED_BEFORE = re.compile(r"\bnon[-\u2010-\u2015 ]?$", re.IGNORECASE)


def _lowered(text: str) -> str:
    """Return a text in lower case, if that doesn't move its letters; patterns run twice as fast without both cases."""
    low = text.lower()
    return low if len(low) == len(text) else text


def _denials(text: str) -> Iterator[tuple[int, int]]:
    for match in _NO.finditer(text):
        if not _NO_DENIAL.match(text, match.end()):
            end = _scope_end(text, match.end())
            verb = _VERB.search(text, match.end(), end)
            yield match.end(), verb.start() if verb else end


def _doubts(text: str, low: str) -> Iterator[tuple[int, int]]:
    for match in _PERHAPS.finditer(low):
        if not text.startswith("May", match.start()):  # a month, or a name: "May-Gr\u00fcnwald"
            yield match.end(), _scope_end(low, match.end())


def _scope_end(text: str, begin: int) -> int:
    ends = _CLAUSE_ENDS.search(text, begin, begin + _SCOPE)
    return ends.start() if ends else begin + _SCOPE


def _within(starts: Sequence[int], scopes: Iterator[tuple[int, int]]) -> set[int]:
    return {at for begin, end in scopes for at in range(bisect_left(starts, begin), bisect_left(starts, end))}


def denied(text: str, spans: Sequence[tuple[int, int]]) -> set[int]:
    """Return which of the spans, sorted by their start, a text says are not there."""
    found = _within([start for start, _ in spans], _denials(_lowered(text)))
    found |= {number for number, (_, end) in enumerate(spans) if _DENIED_BEHIND.match(text, end)}
    found |= {number for number, (at, _) in enumerate(spans) if _DENIED_BEFORE.search(text, max(0, at - 5), at)}
    return found


def supposed(text: str, spans: Sequence[tuple[int, int]]) -> set[int]:
    """Return which of the spans, sorted by their start, a text only thinks of."""
    return _within([start for start, _ in spans], _doubts(text, _lowered(text)))


_OF_A_MOLECULE = re.compile(
    r"[- ](?:(?:X|derived|growth|neurotrophic|trophic|necrosis|nuclear|stimulating|colony|cell|line|tumou?r|"
    r"mammary|basic|acidic|fibrillary|fatty|acid|DNA|RNA|creatine|tyrosine|germ|mosaic|"
    r"ha?emagglutinin|leuka?emia|sarcoma|hepatitis|papilloma|immunodeficiency|intestinal)[- ])*"
    r"(?:factor|receptor(?!s? (?:neuron|cell))|promoter|luciferase|lectin|agglutinin|"
    r"polymerase|kinase|peroxidase|virus|adenovirus|antibod(?:y|ie)|antiserum|antisera|serum|albumin|immunoglobulin|"
    r"Ig[GMYA]\d?|gelatin|(?:(?:acidic|basic|binding|morphogenetic|matrix|surfactant) )protein)(?:s|es)?\b",
    re.IGNORECASE,
)
"""What makes of a tissue, a cell or an organism before it a part of a gene's, a protein's or a reagent's name."""

_REAGENTS = re.compile(
    r"\b(?:(?:salmon|herring|trout) (?:sperm|testes|testis)|calf thymus|hen(?:'s)? egg|chicken egg(?: white)?|"
    r"egg white|peroxisome proliferator|rabbit reticulocyte|wheat germ|jack bean|keyhole limpet|castor bean|"
    r"(?:tobacco etch|cauliflower mosaic|vesicular stomatitis|rous sarcoma|simian|adeno-associated) virus|"
    r"(?:human |murine |mouse )?cytomegalovirus (?:(?:immediate|early|IE|major) ){0,3}(?:promoter|enhancer))",
    re.IGNORECASE,
)
"""Things from a bottle that are called after what they once came from."""

_PROMOTER = re.compile(
    r"(?: (?!(?:with|by|of|from|under|using|carrying|expressing|the|an?|and|or|in|on|for|is|are)\b)[\w/-]+){0,3}"
    r"[- ](?:promoter|enhancer|minigene)s?\b"
)
"""What makes of an organism before it the origin of a piece of DNA."""

_PUT_TO = re.compile(
    r"\b(?:(?:infect|inoculat|challeng|coloni[sz]|transduc|parasiti[sz])(?:ed|ions?|ing|ation|ment) (?:with|by)|"
    r"(?:fed|feeds|feeding|prey(?:s|ed|ing)?|graz(?:es|ed|ing)|grown|reared) (?:with|by|on|upon)|prey) "
    r"(?:(?!(?:of|in|from|into|to|on|and|or)\b)[\w-]+ ){0,2}$",
    re.IGNORECASE,
)
"""What makes of an organism behind it the one that was put to the one that is seen."""

_MEASURED = re.compile(
    r"[- ](?:rates?|weights?|pressures?|index|indices|scores?|functions?|failure|beans?|agar|display|output|flow|"
    r"feeding|fed|meals?|groups?|types?|donors?|transplant\w*|allograft\w*|fat|adipos\w+|hormones?|slaps?|"
    r"(?:\w+ ){0,2}habitats?|(?:self-)?peptides?|antigens?|extracts?|lysates?|homogenates?|cDNA|mRNA|RNA|DNA|genes?|"
    r"genomes?)\b"
)
"""What makes of a tissue before it something that is measured or eaten, but not looked at."""

_SIDE = re.compile(r"cytoplasmic (?:views?|domains?|tails?|sides?|loops?|faces?|portions?)\b", re.IGNORECASE)
"""A part of a protein or a direction, and no place in a cell."""

_REAGENT_BEHIND = re.compile(r"[- ](?:anti\b|anti-|polyclonal|monoclonal|secondary)")
_ANTI_BEFORE = re.compile(r"(?:[Aa]nti-|\u03b1-)$")
_NEAR = 50
_LIVING = ("organism", "tissue", "cell_type")


def is_reagent(text: str, start: int, end: int, field: str) -> bool:
    """Return whether what stands at a place is part of a molecule's name, or of who gave an antibody or a serum.

    >>> text = "epidermal growth factor receptor, goat anti-rabbit IgG, rabbit brain"
    >>> [is_reagent(text, *span, "organism") for span in ((0, 9), (34, 38), (44, 50), (56, 62))]
    [True, True, True, False]
    """
    if any(one.start() <= start and end <= one.end() for one in _REAGENTS.finditer(text, max(0, start - 30), end + 30)):
        return True
    if field in ("stain", "organelle"):
        return bool(_ANTI_BEFORE.search(text, max(0, start - 8), start) or _SIDE.match(text, start))
    if field not in _LIVING:
        return False
    if _OF_A_MOLECULE.match(text, end) or _ANTI_BEFORE.search(text, max(0, start - 8), start):
        return True
    if field == "tissue" and _MEASURED.match(text, end):
        return True
    return field == "organism" and bool(
        _REAGENT_BEHIND.match(text, end)
        or _PROMOTER.match(text, end)
        or _PUT_TO.search(text, max(0, start - _NEAR), start)
    )
