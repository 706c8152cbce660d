"""False claims: corruptions of real sentences, class by class; most of the names stand in no list of ours."""

import random
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

ORGANISMS = (
    ("mouse", "mice", "murine", "Mus musculus", "M. musculus"), ("rat", "rats", "Rattus norvegicus"),
    ("human", "humans", "Homo sapiens", "patient", "patients"), ("zebrafish", "Danio rerio"),
    ("Drosophila", "Drosophila melanogaster", "fruit fly", "fruit flies", "flies"),
    ("Caenorhabditis elegans", "C. elegans", "nematode"), ("Xenopus", "Xenopus laevis", "frog", "frogs"),
    ("chicken", "chick", "Gallus gallus"), ("rabbit", "rabbits", "Oryctolagus cuniculus"),
    ("pig", "porcine", "Sus scrofa"), ("yeast", "Saccharomyces cerevisiae", "S. cerevisiae"),
    ("Arabidopsis", "Arabidopsis thaliana"), ("Escherichia coli", "E. coli"),
    ("macaque", "rhesus monkey", "Macaca mulatta"), ("sheep", "ovine"), ("hamster", "Mesocricetus auratus"),
    ("ferret", "Mustela putorius"), ("guinea pig", "Cavia porcellus"), ("Nematostella vectensis",),
    ("Tribolium castaneum",), ("Physcomitrella patens",), ("Plasmodium falciparum",), ("Toxoplasma gondii",),
    ("Bacillus subtilis",), ("Candida albicans",), ("Oryzias latipes",), ("squid", "squids"),
    ("Aplysia californica",), ("gecko", "geckos"), ("maize", "Zea mays"), ("tomato", "Solanum lycopersicum"),
    ("Schmidtea mediterranea",), ("Ciona intestinalis",), ("Neurospora crassa",), ("dog", "canine", "dogs"),
    ("cow", "bovine", "cattle"), ("goat", "goats"), ("bat", "bats"), ("honeybee", "Apis mellifera"),
    ("horse", "equine"),
)  # fmt: skip
CELL_LINES = (
    "HeLa", "HEK293T", "HEK 293", "U2OS", "U-2 OS", "NIH 3T3", "MCF-7", "MCF10A", "MDCK", "COS-7", "CHO-K1", "A549",
    "HepG2", "Caco-2", "HCT116", "SH-SY5Y", "PC12", "PC-3", "LNCaP", "DU145", "RPE-1", "hTERT-RPE1", "Jurkat",
    "K562", "THP-1", "RAW 264.7", "BV-2", "C2C12", "Vero E6", "BHK-21", "MDA-MB-231", "SK-BR-3", "T47D", "SW480",
    "HL-60", "U87MG", "IMCD3", "mESC", "WI-38", "IMR-90", "S2", "Sf9", "Neuro-2a", "L929", "HUVEC",
)  # fmt: skip
GENES = (
    "Sox2", "p53", "Oct4", "Nanog", "BRCA1", "EGFR", "Myc", "KRAS", "Pax6", "Notch1", "Wnt3a", "Cdk1", "Rab7",
    "LC3B", "VE-cadherin", "N-cadherin", "ZO-1", "Tuj1", "MAP2", "NeuN", "GFAP", "Iba1", "CD31", "CD45", "CD8",
    "Ki67", "Arl13b", "Lamin B1", "TOMM20", "LAMP1", "GM130", "Sec61", "vinculin", "paxillin", "cofilin", "dynein",
    "kinesin-1", "septin 7", "Bax", "Bcl-2", "caspase-3", "STAT3", "SMAD4", "FOXO3", "YAP1", "Piezo1", "TRPV4",
    "Kv7.2", "GLUT4", "\u03b2-catenin", "TGF-\u03b21", "IL-6", "TNF-\u03b1", "\u03b3H2AX", "53BP1", "PCNA",
    "H3K27me3", "EpCAM", "nestin", "vimentin", "synaptophysin", "PSD-95", "Bassoon", "unc-119", "dpp", "engrailed",
    "Su(H)", "Atg5", "Pten", "lacZ",
)  # fmt: skip
STAINS = (
    "DAPI", "Hoechst 33342", "phalloidin", "toluidine blue", "Masson's trichrome", "Nissl", "Giemsa", "Alcian blue",
    "Oil Red O", "Congo red", "Sirius red", "Prussian blue", "Safranin O", "Evans blue", "Nile red",
    "MitoTracker Deep Red", "LysoTracker", "ER-Tracker", "propidium iodide", "SYTOX Green", "FM4-64", "DiI",
    "BODIPY 493/503", "Alexa Fluor 568", "Cy5", "Texas Red", "fluorescein", "rhodamine", "uranyl acetate",
    "lead citrate", "osmium tetroxide", "silver nitrate", "cresyl violet", "Luxol fast blue",
    "wheat germ agglutinin", "calcein AM", "Fluo-4", "SiR-actin", "Janelia Fluor 646", "acridine orange",
    "periodic acid-Schiff", "Fast Green", "methyl green", "Gram stain", "eosin", "crystal violet",
)  # fmt: skip
DRUGS = (
    "nocodazole", "rapamycin", "JQ1", "BAY 11-7082", "blebbistatin", "latrunculin B", "cytochalasin D", "taxol",
    "paclitaxel", "doxorubicin", "cisplatin", "tamoxifen", "dexamethasone", "Y-27632", "SB431542", "CHIR99021",
    "LY294002", "MG-132", "bortezomib", "bafilomycin A1", "chloroquine", "cycloheximide", "puromycin",
    "tunicamycin", "thapsigargin", "ionomycin", "forskolin", "insulin", "metformin", "ketamine", "morphine",
    "cocaine", "ethanol", "DMSO", "siRNA-3", "LPS", "hydrogen peroxide", "sodium arsenite", "colchicine",
    "vinblastine", "imatinib", "gefitinib", "PD0325901", "U0126", "DAPT", "XAV939", "retinoic acid", "estradiol",
    "aspirin", "ampicillin", "FCCP", "oligomycin", "streptozotocin",
)  # fmt: skip
STRUCTURES = (
    "mitochondria", "Golgi apparatus", "endoplasmic reticulum", "lysosomes", "nucleoli", "centrosomes", "cilia",
    "microvilli", "desmosomes", "lamellipodia", "filopodia", "stress fibres", "axons", "dendrites", "synapses",
    "myelin", "capillaries", "glomeruli", "hepatocytes", "macrophages", "neutrophils", "fibroblasts", "astrocytes",
    "goblet cells", "red blood cells", "osteocytes", "keratinocytes", "collagen bundles", "basement membrane",
    "vacuoles", "chloroplasts", "cell walls", "peroxisomes", "autophagosomes", "lipid droplets", "spindle poles",
    "kinetochores", "T cells", "Purkinje cells", "epithelium", "alveoli", "villi", "bone marrow", "blood vessels",
    "nuclei",
)  # fmt: skip
SEX_AND_STRAIN = (
    "female", "male", "adult", "embryonic", "pregnant", "newborn", "aged", "C57BL/6", "BALB/c", "Sprague-Dawley",
    "Wistar", "Swiss Webster", "wild-type", "knockout", "transgenic", "diabetic", "12-week-old", "juvenile",
)  # fmt: skip

TURNS = (
    ("increased", "decreased"), ("increase", "decrease"), ("decreased", "increased"), ("treated", "untreated"),
    ("positive", "negative"), ("negative", "positive"), ("with", "without"), ("higher", "lower"),
    ("lower", "higher"), ("reduced", "enhanced"), ("absent", "present"), ("normal", "abnormal"), ("loss", "gain"),
    ("infected", "uninfected"), ("upregulated", "downregulated"), ("strong", "weak"), ("active", "inactive"),
    ("before", "after"), ("early", "late"), ("anterior", "posterior"), ("dorsal", "ventral"),
    ("benign", "malignant"), ("untreated", "treated"), ("stained", "unstained"), ("labeled", "unlabeled"),
    ("detected", "not detected"), ("observed", "not observed"), ("is not", "is"), ("was not", "was"),
    ("were not", "were"), ("not detected", "detected"), ("expressed", "not expressed"),
)  # fmt: skip

_ADDED = {
    "organisms": ("The tissue is from {0}.", "Samples were taken from {0}.", "These are {0} cells."),
    "cell lines": ("The cells are {0}.", "{0} cells are seen at the top.", "Round {0} cells lie side by side."),
    "genes": ("{0} is bright at the edges.", "Expression of {0} is seen in the centre.", "Green spots are {0}."),
    "stains": ("Stained with {0}.", "{0} is seen in blue.", "The dark areas took up {0}."),
    "drugs": ("The cells were treated with {0}.", "After {0}, the cells are rounder.", "{0} was added before imaging."),
    "structures": (
        "{0} are arranged around the centre.", "Bright {0} are scattered in the upper left.", "Several {0} are seen.",
    ),
    "sex and strain": ("The sample is from a {0} animal.", "{0} samples are on the left."),
    "numbers": ("{0} cells are visible.", "There are {0} bright spots at the top.", "A group of {0} round cells."),
    "units": ("The scale bar is {0}.", "The bright spots are {0} wide.", "Imaged after {0}."),
    "statistics": ("The difference is clear ({0}).", "Bright spots are denser on the left, {0}."),
}  # fmt: skip

_NUMBER = re.compile(r"(?<![\w.,/-])\d+(?:\.\d+)?(?![\w./%-]|,\d)")
_MEASURE = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?)(\s?)(\u00b5m|\u03bcm|um|nm|mm|cm|h|hours|min|mg|\u00b5M|\u03bcM|nM|mM|kDa|days|weeks)\b"
)
_P = re.compile(r"\b[pP]\s?[<>=]\s?0?\.\d+")
_N = re.compile(r"\b[nN]\s?=\s?\d+")
_GENE = re.compile(r"(?<![\w-])(?:[A-Z][a-z]{1,3}\d{1,2}|[A-Z]{2,5}\d{1,2}|p\d{2}|[A-Z]{3,5})(?![\w-])")
_UNITS = ("\u00b5m", "nm", "mm", "h", "min", "mg/kg", "\u00b5M", "\u00b0C", "%", "kDa")
_OTHER_UNIT = {
    "\u00b5m": "nm", "\u03bcm": "nm", "um": "mm", "nm": "\u00b5m", "mm": "\u00b5m", "cm": "mm", "h": "min",
    "hours": "days", "min": "h", "mg": "g", "\u00b5M": "nM", "\u03bcM": "mM", "nM": "\u00b5M", "mM": "\u00b5M",
    "kDa": "Da", "days": "weeks", "weeks": "days",
}  # fmt: skip


class False_(NamedTuple):  # noqa: N801  (False is taken)
    """A text with a false claim in it from start to end."""

    kind: str
    text: str
    start: int
    end: int


def _spliced(kind: str, text: str, span: tuple[int, int], new: str) -> False_:
    return False_(kind, text[: span[0]] + new + text[span[1] :], span[0], span[0] + len(new))


def _absent(names: Sequence[str], caption: str, rng: random.Random) -> str:
    """Return a name of which no word is in the caption."""
    low = re.sub(r"[\W_]", "", caption.lower())
    free = [name for name in names if not any(re.sub(r"\W", "", w.lower()) in low for w in name.split() if len(w) > 1)]
    return rng.choice(free)


def _absent_organism(caption: str, rng: random.Random) -> str:
    free = [group for group in ORGANISMS if not any(re.search(rf"(?i)\b{re.escape(n)}s?\b", caption) for n in group)]
    return _absent([name for group in free for name in group], caption, rng)


def _name(kind: str, caption: str, rng: random.Random) -> str:
    if kind == "organisms":
        return _absent_organism(caption, rng)
    lists = {"cell lines": CELL_LINES, "genes": GENES, "stains": STAINS, "drugs": DRUGS, "structures": STRUCTURES,
             "sex and strain": SEX_AND_STRAIN}  # fmt: skip
    if kind in lists:
        return _absent(lists[kind], caption, rng)
    while True:
        number = rng.choice([3, 4, 6, 7, 13, 17, 23, 38, 45, 64, 120, 350])
        if kind == "numbers":
            word = rng.choice([str(number), {3: "Three", 4: "four", 6: "six", 7: "Seven"}.get(number, str(number))])
        elif kind == "units":
            word = f"{number} {rng.choice(_UNITS)}"
        else:
            word = rng.choice([f"p < 0.0{number}", f"n = {number}", f"P = 0.{number}1"])
        if str(number) not in re.findall(r"\d+", caption):
            return word


def swapped(sentence: str, caption: str, rng: random.Random) -> Iterator[False_]:
    """Yield a sentence with a name, number or word of each class exchanged for one that its caption doesn't have."""
    if found := _pick(_NUMBER, sentence, rng):
        yield _spliced("numbers", sentence, found.span(), _other_number(found[0], caption, rng))
    if found := _pick(_MEASURE, sentence, rng):
        yield _spliced("units", sentence, found.span(), f"{found[1]}{found[2]}{_OTHER_UNIT[found[3]]}")
        times = f"{float(found[1]) * rng.choice([10, 0.1]):g}"
        if times not in re.findall(r"\d+(?:\.\d+)?", caption):
            yield _spliced("magnitudes", sentence, found.span(), f"{times}{found[2]}{found[3]}")
        yield _spliced("digits", sentence, found.span(), f"{_other_number(found[1], caption, rng)}{found[2]}{found[3]}")
    for kind, pattern in (("statistics", _P), ("statistics", _N)):
        if found := _pick(pattern, sentence, rng):
            digits = re.search(r"\d+$", found[0])
            assert digits
            yield _spliced(
                kind, sentence, found.span(), found[0][: digits.start()] + _other_number(digits[0], caption, rng)
            )
    organisms = re.compile(
        r"(?i)\b(?:" + "|".join(re.escape(n) for g in ORGANISMS for n in sorted(g, key=len)[::-1]) + r")\b"
    )
    for kind, pattern in (
        ("organisms", organisms), ("cell lines", _any(CELL_LINES)), ("genes", _GENE), ("stains", _any(STAINS)),
        ("drugs", _any(DRUGS)), ("structures", _any(STRUCTURES)), ("sex and strain", _any(SEX_AND_STRAIN)),
    ):  # fmt: skip
        if found := _pick(pattern, sentence, rng):
            yield _spliced(kind, sentence, found.span(), _name(kind, caption, rng))
    if exchanged := _colours_exchanged(sentence):
        yield exchanged
    turns = [(found, new) for old, new in TURNS if (found := re.search(rf"\b{old}\b", sentence))]
    turns = [(found, new) for found, new in turns if not re.search(rf"\b{new}\b", caption, re.IGNORECASE)]
    if turns:
        found, new = rng.choice(turns)
        yield _spliced("polarity", sentence, found.span(), new)


_COLOUR = re.compile(r"\b(?:red|green|blue|cyan|magenta|yellow|orange|purple|white|black)\b")
_LISTED = re.compile(r"[^a-zA-Z]*(?:and|or|to)?[^a-zA-Z]*")


def _colours_exchanged(sentence: str) -> False_ | None:
    """Return a sentence in which two colours have changed places; None where it has no two, or lists them."""
    found = list(_COLOUR.finditer(sentence))
    other = next((each for each in found if each[0] != found[0][0]), None)
    if other is None or _LISTED.fullmatch(sentence[found[0].end() : other.start()]):
        return None
    one = found[0]
    said = sentence[: one.start()] + other[0] + sentence[one.end() : other.start()] + one[0] + sentence[other.end() :]
    return False_("colours exchanged", said, one.start(), other.end())


def added(sentence: str, caption: str, rng: random.Random) -> Iterator[False_]:
    """Yield a sentence beside another that claims something of each class, also as if it were seen."""
    for kind, forms in _ADDED.items():
        name = _name(kind, caption, rng)
        form = rng.choice(forms)
        said = form.format(name)
        at = said.index(name)
        if at == 0 and name[0].islower() and rng.random() < 0.7:
            said = said[0].upper() + said[1:]
        if rng.random() < 0.5:
            yield False_(
                f"{kind}, added", f"{sentence} {said}", len(sentence) + 1 + at, len(sentence) + 1 + at + len(name)
            )
        else:
            yield False_(f"{kind}, added", f"{said} {sentence}", at, at + len(name))


def _any(names: Sequence[str]) -> re.Pattern[str]:
    return re.compile(
        r"(?i)(?<![\w-])(?:" + "|".join(re.escape(n) for n in sorted(names, key=len)[::-1]) + r")(?![\w-])"
    )


def _pick(pattern: re.Pattern[str], sentence: str, rng: random.Random) -> re.Match[str] | None:
    found = list(pattern.finditer(sentence))
    return rng.choice(found) if found else None


def _other_number(old: str, caption: str, rng: random.Random) -> str:
    known = {float(each) for each in re.findall(r"\d+(?:\.\d+)?", caption)}
    while True:
        digits = list(old)
        at = rng.choice([at for at, digit in enumerate(digits) if digit.isdigit()])
        digits[at] = rng.choice([digit for digit in "123456789" if digit != digits[at]])
        new = "".join(digits)
        if rng.random() < 0.1:
            new += rng.choice("123456789")
        if float(new) not in known:
            return new
