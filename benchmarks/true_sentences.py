"""True sentences: what a caption says, said otherwise by rule, and plain sentences about what is seen."""

import random
import re
from collections.abc import Iterator
from typing import NamedTuple

SEEN = (
    "Bright green spots are scattered across a dark background.",
    "Round cells lie close together in the upper left.",
    "The red signal is strongest at the edges and fades towards the centre.",
    "Several elongated objects run diagonally from the lower left to the upper right.",
    "Clusters of small bright dots are visible in the middle.", "Most of the field is dark.",
    "Dense, granular material fills the upper half.", "Thin, wavy lines cross the field.",
    "The blue areas are oval and evenly spaced.", "A bright ring surrounds a dark centre.",
    "Cells are flattened and closely packed, with smooth outlines.", "The left side is brighter than the right.",
    "Magenta and green signals overlap in places and appear white.", "Faint streaks are seen at the bottom.",
    "A scale bar is drawn in the lower right corner.", "White arrows point to bright spots.",
    "The cells vary in size and shape.", "Irregular patches of pink and purple alternate.",
    "The background is uniformly grey.", "A network of fine branching lines covers the whole field.",
    "Single round objects are isolated from the clusters.",
    "Hollow, ring-shaped structures are scattered throughout.", "The structures are aligned in parallel rows.",
    "The signal is diffuse and weak near the border.",
    "Bright, star-shaped cells with long thin extensions are seen.", "Dark gaps separate the layers.",
    "Most of the cells are spindle-shaped and oriented horizontally.", "Small empty areas look pale.",
    "The texture is coarse and fibrous.", "Yellow marks where red and green overlap.",
)  # fmt: skip

_SWAPS = (
    (r"\bmice\b", ("mouse", "Mus musculus", "murine")), (r"\bmouse\b", ("murine", "Mus musculus", "mice")),
    (r"\brats\b", ("Rattus norvegicus", "rat")), (r"\bhuman\b", ("Homo sapiens",)),
    (r"\bDAPI\b", ("4\u2032,6-diamidino-2-phenylindole", "4',6-diamidino-2-phenylindole")),
    (r"\bH&E\b", ("hematoxylin and eosin", "haematoxylin and eosin", "H & E")),
    (r"\b[Hh]a?ematoxylin and eosin\b", ("H&E",)),
    (r"\b(?:\u00b5m|\u03bcm|um)\b", ("\u00b5m", "\u03bcm", "um", "micrometres", "microns", "micrometer")),
    (r"\bnm\b", ("nanometers",)), (r"\bmm\b", ("millimetres",)), (r"(?<=\d) h\b", (" hours", " hr")),
    (r"\bhours\b", ("h", "hrs")), (r"\b24 h\b", ("one day",)), (r"(?<=\d) min\b", (" minutes",)),
    (r"(?<![\w.-])5(?= )", ("five",)), (r"(?<![\w.-])3(?= )", ("three",)), (r"\btwo\b", ("2",)),
    (r"\bthree\b", ("3",)), (r"\bfour\b", ("4",)), (r"\btumor\b", ("tumour",)), (r"\btumour\b", ("tumor",)),
    (r"\bfibers\b", ("fibres",)), (r"\blabell?ed\b", ("labelled", "labeled")),
    (r"\bneurons\b", ("neuronal cells", "neuron")), (r"\bnuclei\b", ("nucleus", "nuclear area")),
    (r"\bmitochondria\b", ("mitochondrial structures", "mitochondrion")), (r"\bDrosophila\b", ("fruit fly",)),
    (r"\bzebrafish\b", ("Danio rerio",)), (r"\btransmission electron microscopy\b", ("TEM",)),
    (r"\bconfocal microscopy\b", ("confocal imaging",)), (r"\bwild[- ]type\b", ("wild-type", "wild type", "WT")),
    (r"\bembryos\b", ("embryo", "embryonic stages")), (r"\bGFP\b", ("green fluorescent protein",)),
    (r"(\d)-(\d)", ("\\1\u2013\\2",)), (r"\bred\b", ("reddish",)),
)  # fmt: skip
_TURNED = (
    (r"^(?P<a>[^,;()]{5,90}?) (?:was|were) (?:stained|labell?ed|counterstained) with (?P<b>[^,;.]{3,60})\.?$",
     ("{B} was used to stain {a}.", "{B} labels {a}.", "Staining of {a} with {b}.")),
    (r"^(?P<a>[^,;()]{5,90}?) (?:was|were) treated with (?P<b>[^,;.]{3,60})\.?$",
     ("{B} was given to {a}.", "{A} exposed to {b}.")),
    (r"^(?P<a>[^,;()]{5,80}?) (?:shows?|showed|showing) (?P<b>[^;]{3,120}?)\.?$",
     ("{B} can be seen in {a}.", "{A}: {b}.")),
    (r"^(?P<a>[^,;()]{3,60}?) (?:indicates?|denotes?|marks?|represents?) (?P<b>[^;]{3,90}?)\.?$",
     ("{B} is indicated by {a}.", "{A} points to {b}.", "{A} marks {b}.")),
    (r"^(?P<a>[^,;()]{5,80}?) in (?P<b>(?:the |a )?[^,;().]{3,60})\.?$", ("In {b}, {a}.", "{A}, as seen in {b}.")),
    (r"^(?P<a>[^,;()]{5,80}?) of (?P<b>[^,;().]{3,60})\.?$", ("{B}: {a}.", "{B} with its {a}.")),
    (r"^Scale bars?[:,=]? (?P<b>[^;]{3,30}?)\.?$",
     ("The scale bar is {b} long.", "The bar corresponds to {b}.", "Bar = {b}.")),
    (r"^(?P<a>[^;]{10,120}); (?P<b>[^;]{5,120}?)\.?$", ("{B}; {a}.", "{A}, whereas {b}.")),
    (r"^(?P<a>[^,;]{10,120}), (?!and |or )(?P<b>[^,;]{5,120}?)\.?$", ("{B}, {a}.", "{A} and {b}.", "{A}; {b}.")),
    (r"^(?P<a>[^;]{10,120}?) (?:are|is) (?P<b>shown|indicated|marked|seen) (?P<c>[^;]{3,60}?)\.?$",
     ("{C}, {a} can be seen.",)),
)  # fmt: skip


class True_(NamedTuple):  # noqa: N801  (True is taken)
    """A sentence that its caption carries, and how it was made."""

    kind: str
    text: str


def said_otherwise(sentence: str, rng: random.Random) -> Iterator[True_]:
    """Yield a sentence word for word, with other names for the same, and in another order."""
    yield True_("verbatim", sentence)
    swaps = [(pattern, rng.choice(new)) for pattern, new in _SWAPS if re.search(pattern, sentence)]
    text = sentence
    for pattern, new in swaps:
        text = re.sub(pattern, new, text, count=1)
    if text != sentence:
        yield True_("other names", text)
    bare = re.sub(r"^\(?[A-Za-z](?:[-\u2013,]\s?[A-Za-z])*[).:]\s*", "", sentence).strip()
    for pattern, forms in _TURNED:
        if found := re.match(pattern, bare):
            parts = {name: part.strip() for name, part in found.groupdict().items()}
            parts |= {name.upper(): part[:1].upper() + part[1:] for name, part in parts.items()}
            yield True_("other order", rng.choice(forms).format(**parts))
            break


def seen(rng: random.Random) -> True_:
    """Return a plain sentence about what is seen."""
    return True_("seen", rng.choice(SEEN))
