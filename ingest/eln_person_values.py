"""ELN person values: whether the value of a field looks like a person's name: by its letters, not by what it means.

A name is capitalised words and initials; a device has digits, a method small letters or capitals alone, a product a
capital in its middle. What looks like a name and is a company, a method or a program is told by a list.
"""

import re
from collections.abc import Iterator
from typing import Literal

Looks = Literal["whole", "part", "none"]
"""whole: a name of several words, or one with a title. part: one word, or initials, that may be a name."""

_TITLE = re.compile(
    r"(?i:\b(?:dr|pr|prof|professore?|professeur|mr|mrs|ms|miss|sir|frau|herrn?|mme|mlle|mons?ieur|madame|dott|dott\.?ssa"
    r"|sig|sig\.?ra|sra?|dra|profa|ing|dipl|mevr|dhr|drs)\b)\.?(?:[ -](?=\S)|(?<=\.)(?=\S))"
)
_DATE = re.compile(
    r"\(?\b(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})\b(?:[T ,]*\d{1,2}:\d{2}(?::\d{2})?Z?)?\)?"
    r"|\b\d{1,2}:\d{2}(?::\d{2})?\b"
)
_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_BETWEEN = re.compile(r"\s*(?:[;/&+\n|]|\s(?:and|und|et|y|e|en|with|mit|avec|con|com|met)\s)\s*")
_AFTER = re.compile(
    r"\s(?:am|at|auf|aus|bei|by|de l['a]|for|from|im|in|on|op|per|sul?|sur|under|using|via)\s|\s[-\u2013\u2014]+\s"
)
"""Beyond these a value says where or with what: "Jane Doe on the confocal"."""
_GROUP = re.compile(r"^(?:AG|Lab|Group|Team) (?:of )?(?=[A-ZÀ-Þ])|(?<=\w)(?:['\u2019]s)? (?:[Ll]ab|[Gg]roup|[Tt]eam)$")
"""The group of a person is called by the person."""
_PARTICLES = frozenset(
    "van von der den de del della di da do dos das du la le el al bin ben ibn zu zum ter ten af av y e san 't".split()  # noqa: SIM905
)
_INNER_CAPITAL = re.compile(r"^(?:Mc|Mac|De|Le|La|Van|Di|Da|Du|Fitz|O['\u2019]|D['\u2019]|L['\u2019])[A-ZÀ-Þ]")
_INITIALS = re.compile(r"(?:[A-ZÀ-Þ]\.?[ -]?){1,3}")
_MARKS = ".'\u2019"
_LOGIN = re.compile(r"[a-z][a-z0-9._-]{2,31}")
_HAN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{2,5}")
_MOST_WORDS, _MOST_CHARS = 5, 200
_ACRONYMS = frozenset(
    """afm bca bf br ccd cd cls clsm cpu ct dic dls dna dsc ebi ecl eds edx eis em epr esr fcs fia fib fish flim
    fp frap fret fti gc gel gfp gpc gpu hct hdr hpl icp id if ifa ihc ims ips ir irm isc ish itc iv kit lc led
    lif lsm lux mac mri ms msd na nan nir nmr no ocr oct ok pbs pc pcr pet pfa pi pla ppm qc qms rna rt rtd sds
    sem sim sis sls sop sos spm spr sps sql stm sts tbd tem tfa tga tic tlc tof uk us usa uv vis wb xpl xps xrd
    xrf yes""".split()  # noqa: SIM905
)
"""Of two or three letters: longer capitals are never taken for initials."""
_NO_PEOPLE = re.compile(
    r"\w*(?:scopy|scope|metry|meter|metro|m[eè]tre|multiplier|sound|reader|graphy|graph|blot|blotting|assay|analy[sz]er|laborator(?:y|ies|io|ium)|technolog(?:y|ies)"
    r"|systems?|solutions?|instruments?|scientific|diagnostics?|universit\w+|institut\w*|genomics|biotech|biosciences?"
    r"|pharma\w*|chemicals?|microscop\w+|mikroskop\w*|spectr\w+|cytom\w+|software|robots?|robotics|services?|facilit\w+"
    r"|protein|antibod\w+|optics|imaging)"
    r"|ag|bv|co|corp|gmbh|inc|kg|llc|ltd|plc|sa|sarl|spa|srl|company|group|team|core|lab|labs|center|centre|centrum"
    r"|department|dept|hospital|clinic|klinik|school|college|museum|repository|bank|stock|science|sciences|society"
    r"|abcam|accuri|addgene|adobe|affymetrix|agilent|airyscan|alexa|amersham|andor|applied|autolab|aviti|axio|axioscan"
    r"|axiovert|beckman|becton|biosystems|biorad|bitplane|bosch|bruker|canon|carl|cellpose|cellprofiler|charles|coomassie"
    r"|corning|coulter|cytiva|dako|draq|edinburgh|eosin|eppendorf|evident|evos|excel|falcon|fei|fiji|fisher|fluka|fluor"
    r"|fluoview|gibco|gilson|giemsa|greiner|hamamatsu|hamilton|hematoxylin|hitachi|hoechst|icy|ilastik|illumina|imaris|imagej"
    r"|invitrogen|jackson|jeol|jenoptik|keyence|keysight|labcyte|lambda|leica|leitz|life|linkam|lonza|matlab|merck|mettler"
    r"|millipore|mitutoyo|molecular|motic|nanodrop|napari|newport|nikon|nvidia|olympus|omero|opentrons|oxford|perkin"
    r"|phenix|philips|photoshop|primo|promega|prism|python|qiagen|qupath|roche|sartorius|shimadzu|sigma|aldrich|sony|spectral"
    r"|stemcell|stock|takara|tecan|thermo|thorlabs|tokyo|toledo|varian|vector|waters|wikipedia|windows|yokogawa|zeiss|zen"
    r"|admin|administrator|guest|propidium|iodide|bio|rad|agarose|alignment|angle|automatic|automated"
    r"|average|binary|blank|blue|bright|brightfield|camera|cell|cells"
    r"|channel|column|computer|confocal|contrast|control|crystal|cut|dark|dead|default|density|detector|deep|diffraction"
    r"|digital|direct|drug|dry|electron|enzyme|fast|field|filter|fixed|flow|fluorescence|force|free|frozen"
    r"|gate|gold|gradient|gravity|green|grey|hand|heat|high|image|impact|index|intensity|invitro|ion|large|laser|left"
    r"|lens|light|line|live|liquid|low|machine|manual|manually|mass|micro|max|maximum|mean|media|median|medium|method|min"
    r"|minimum|mode|model|mouse|multi|negative|neutral|no|none|normal|not|off|on|open|other|outside|oxygen|phase|plasma"
    r"|plate|polarized|positive|power|pressure|printer|probe|program|protocol|pulse|pump|random|range|rapid|raw|real|red|resin"
    r"|right|room|run|same|sample|scan|scanner|script|secondary|see|sensor|sheet|single|size|slow|small|sonic|southern"
    r"|northern|western|eastern|standard|star|station|step|storage|super|surface|table|temperature|test|the|this|time"
    r"|total|transmission|true|ultra|unknown|vacuum|various|vertical|virtual|visual|volume|water|wave|weight|white"
    r"|wide|x|xray|yellow|yes|zoom|n|a|an|see|unbekannt|keine|keiner|aucun|aucune|nessuno|ninguno|nenhum|geen|anonymous"
    r"|external|internal|extern|intern"
    r"|\w*(?:[ct]i[oó]n(?:s|es)?|zion[ei]|ção|tome|sis|ase|amine|ology|fluoresc\w+|ity)|anova|bradford|cryo|disk|disc|em|lowry|one|otsu|two|spin"
    r"|(?:cast|coat|cool|count|cutt|dipp|etch|freez|grind|heat|imag|label+|mill|mix|polish|print|sampl|scann|screen"
    r"|sequenc|spinn|spray|sputter|stain|stirr|track|weigh|weld)ing"
)
_MOST_SMALL = 3
_GIVEN_SMALL = frozenset(
    """adam ahmed alex alexander alice ana anders andrea andreas andrew anja anke anna anne antonio beatriz ben
    bernd birgit carla carlos carmen caroline catherine charles chen chiara chris christian christine claire
    clara claudia daniel david diana diego elena elisabeth emily emma eric erik eva felix femke fernando
    francesca francesco frank franz fritz gabriel georg george giulia giuseppe hans heike helen henry ines
    ingrid ivan jack jakob james jan jane jean jens joan joana joao joe johan john jonas jorge jose joseph juan
    julia julie jurgen jürgen karin karl kate katja kevin klaus lara laura lea lena leon li lisa louis luc luca
    lucas lucia luis luisa lukas manuel marc marco maria marie mario mark markus marta martin mary matteo
    matthias max mei michael miguel mohamed monika nadia nicolas nina olga oliver pablo paolo patricia paul
    pedro peter petra philip pierre rachel ralf richard robert ruth sabine sam sandra sanne sara sarah sebastian
    silvia simon sofia sophie stefan stefanie steven susan susanne sven svenja thomas tim tobias tom ulrich uwe
    victor wei wolfgang yan yuki zhang""".split()  # noqa: SIM905
)
"""Given names, so that a name in small letters is one; a name that isn't here may be a method as well."""
_NO_LOGIN = frozenset(
    """admin administrator all anonymous any auto automatic both default disabled each enabled everyone external
    false guest internal manual many multiple no nobody none not one optional other public required root self
    several shared single super system test true two unknown various yes""".split()  # noqa: SIM905
)


def looks(value: str) -> Looks:
    """Return how much a value looks like the name of a person, or of several.

    >>> [looks(value) for value in ("Doe, J.", "Dr. Ada", "Ada", "AL", "LSM 880", "ELISA", "Carl Zeiss", "flow cell")]
    ['whole', 'whole', 'part', 'part', 'none', 'none', 'none', 'none']
    """
    if len(value) > _MOST_CHARS:
        return "none"
    found = set(_looks_of(value))
    return "whole" if "whole" in found else "part" if "part" in found else "none"


def looks_like_login(value: str) -> bool:
    """Return whether a value is one word as accounts are called.

    >>> looks_like_login("jdoe"), looks_like_login("guest"), looks_like_login("J Doe")
    (True, False, False)
    """
    return _LOGIN.fullmatch(value.strip()) is not None and value.strip() not in _NO_LOGIN


def _looks_of(value: str) -> Iterator[Looks]:
    plain = _DATE.sub(" ", value)
    inside = _IN_BRACKETS.findall(plain)
    for place, said in enumerate((_IN_BRACKETS.sub(" ", plain), *inside)):
        for part in _BETWEEN.split(said):
            yield from _of_piece(part, in_brackets=place > 0)


def _of_piece(piece: str, *, in_brackets: bool) -> Iterator[Looks]:
    """Yield what the parts of a piece look like; a single word in brackets or before an "at" is a thing as often."""
    parts = _AFTER.split(piece)
    for part in parts:
        told = _of_part(part.strip(" ,:-"))
        yield "none" if told == "part" and (in_brackets or len(parts) > 1) else told


def _of_part(part: str) -> Looks:
    part = _GROUP.sub("", part)
    titled = _TITLE.match(part)
    while titled:
        part, again = part[titled.end() :], titled
        titled = _TITLE.match(part)
        if not titled:
            words = part.split(",")[0].split()
            return "whole" if again and words and words[0][:1].isupper() else "none"
    if "," not in part:
        return _of_words(part.split())
    return _of_list([each.strip() for each in part.split(",")])


def _of_list(parts: list[str]) -> Looks:
    """Return what words between commas look like: a family name before a given one, or a list."""
    told = [_of_words(each.split()) for each in parts if each]
    if len(told) == 2 and told[0] != "none":
        if _INITIALS.fullmatch(parts[1]):
            return "whole"
        if told[1] != "none":
            return "whole" if "whole" in told else "part"
    return "whole" if "whole" in told else "none"


def _of_words(words: list[str]) -> Looks:
    if words and words[0] in _GIVEN_SMALL and len(words) <= _MOST_SMALL and all(word.isalpha() for word in words):
        return "part"
    if _HAN.fullmatch("".join(words)):
        return "part"
    if not 0 < len(words) <= _MOST_WORDS or any(map(_is_no_name, words)):
        return "none"
    names = [word for word in words if len(word.strip(".")) > 1 and word not in _PARTICLES]
    if not names or (len(words) == 1 and words[0].isupper()):
        return "part" if _are_initials(words) else "none"
    return "whole" if len(words) > 1 and any(len(word) > 1 for word in names) else "part"


def _are_initials(words: list[str]) -> bool:
    letters = re.sub(r"[\W_]", "", "".join(words))
    return (
        2 <= len(letters) <= 3  # one letter is a sample's name, four are an acronym
        and letters.lower() not in _ACRONYMS
        and _INITIALS.fullmatch(" ".join(words)) is not None
    )


def _is_no_name(word: str) -> bool:
    """Return whether a word can be none of a name: small letters, digits, a capital within, a word of the list."""
    if word in _PARTICLES:
        return False
    letters = word.strip(_MARKS)
    if not letters or not letters[0].isupper() or not re.fullmatch(r"[^\W\d_]+(?:[.'\u2019-][^\W\d_]+)*", letters):
        return True
    pieces = [piece for piece in re.split(r"[.-]", letters) if piece]
    has_inner = any(not piece.isupper() and not piece[1:].islower() and len(piece) > 1 for piece in pieces)
    return (has_inner and not _INNER_CAPITAL.match(letters)) or any(
        _NO_PEOPLE.fullmatch(piece.lower()) for piece in pieces if len(piece) > 1
    )
