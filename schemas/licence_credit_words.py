"""Licence credit words: what a caption calls a picture, what is none, and how it names whom a picture is from.

The patterns read text in its own case: a name is known by its capital.
"""

from typing import Final

from schemas.licence_credit_hoards import HOARDS
from schemas.licence_credit_letters import IDEOGRAPH, LOWER, UPPER

PICTURES: Final = (
    r"(?:fig(?:ure)?s?\b\.?|images?|pictures?|photos?|photographs?|(?:photo)?micrographs?|micrographies?"
    r"|illustrations?|drawings?"
    r"|artworks?|(?:cover )?art|paintings?|engravings?|sketch(?:es)?|panels?|maps?|cartoons?|diagrams?|graphics?"
    r"|schem(?:atics?|es?|a|ata)(?: (?:representations?|overview|views?|presentation|summary))?|silhouettes?|outlines?"
    r"|imagery|base ?maps?|base layers?|clip ?arts?|graphic(?:al)? elements?|screen ?shots?|watercolou?rs?|etchings?"
    r"|renderings?|icons?|pictograms?|[st]em|insets?|plates?|radiographs?|abb\.|abbildung(?:en)?|bild(?:er)?|fotos?"
    r"|grafik(?:en)?|zeichnung(?:en)?"
    r"|aufnahmen?|imagen(?:es)?|fotograf[i\u00ed]as?|ilustraci[o\u00f3]n|dibujos?|esquemas?|imagem|imagens|desenhos?"
    r"|figuras?|immagin[ei]|figur[ae]|disegn[io]|dessins?|sch\u00e9mas?)"
)
OTHERS: Final = (
    r"(?:protocols?|methods?|methodolog(?:y|ies)|procedures?|techniques?|assays?|tests?|tasks?|recipes?|scor(?:es?|ing)"
    r"|scales?|systems?|criteri(?:a|on)|guidelines?|definitions?|classifications?|nomenclature|terminology|staging"
    r"|stages?|categor(?:y|ies)|levels?|risks?|class(?:es)?|types?|groups?|annotations?|antibod(?:y|ies)|sera|serum"
    r"|primers?|probes?|sequences?|strains?|stocks?|lines?|plasmids?|vectors?|constructs?|cells?|mice|mouse|rats?"
    r"|fl(?:y|ies)|animals?|embryos?|larvae?|fish|samples?|specimens?|tissues?|biops(?:y|ies)|slides?|materials?"
    r"|reagents?|peptides?|proteins?|drugs?|compounds?|data|datasets?|values?|parameters?|equations?|coordinates"
    r"|structures?|models?|algorithms?|codes?|scripts?|software|plugins?|librar(?:y|ies)|numbers?|rates?|curves?|fits?"
    r"|points?|dots?|circles?|symbols?|results?|statistics?|measurements?|estimates?|questionnaires?|alignments?|genes?"
    r"|paradigms?|designs?|approach(?:es)?|strateg(?:y|ies)|pipelines?|workflows?|processing|analys[ei]s|acquisition"
    r"|imaging|formula[se]?|buffers?|media|medium|diets?|thresholds?|phenotypes?|findings?|experiments?|terms?|labels?"
    r"|tables?|networks?|tools?|m\u00e9todos?|metod[oi]|m\u00e9thodes?|methoden?|protocol[oe]s?|protokolle?|dad?tos"
    r"|dati"
    r"|dados|daten|donn\u00e9es)"
)
"""Things of a caption that are no picture: what is said of them says nothing of it."""

NO_NAME: Final = (
    r"(?:(?:Jan|Feb|March|Mar|April|Apr|May|June|July|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Spring|Summer|Autumn|Winter|Day)"
    r"(?:uary|ruary|ust|t?ember|ober|\.)?\b|Fig|Table|Movie|Video|Panel|Suppl|Scale|Extended|Box|Additional"
    r"|Materials|Methods|Control|Sham|Mutant)"
)
"""What has a capital and a number behind it, and is no author."""
_PARTICLE = r"(?:(?:van|von|de|der|den|da|di|del|della|la|le|du|dos|ter|ten|el|al|zu|bin|y)[ -])*"
_SURNAME = rf"(?!{NO_NAME}){_PARTICLE}(?:[dDO]')?(?:{UPPER}[\w'\-]+|{IDEOGRAPH}{{1,6}}\b)"
_AND = r"(?:and|&|und|et|y|e)"
_YEAR = r"(?:1[5-9]|20)\d\d[a-z]?\b"
_LIST = r"\d{1,3}(?: ?[,;\-] ?\d{1,3})*"
_EDITION = r"\d{1,2}(?:st|nd|rd|th) (?:ed|int)\w*\.?"
CITED: Final = (
    rf"(?:(?:the )?(?i:ref|reference|rif)s?\b\.? ?[\[(]?\d|[\[(]{_LIST}(?:[,;] [^\])]{{1,30}})?[\])](?! ?[a-z])"
    rf"|(?:{UPPER}\.[ -]?){{0,3}}{_SURNAME}(?: {UPPER}{{1,3}}\b)?(?:,? (?:{UPPER}\. ?)*{_SURNAME}){{0,4}}"
    rf"(?:,? {_AND} {_SURNAME})?(?:,? (?:et al|\u0438 \u0434\u0440)\b\.?(?:,? ?[\[(]?{_YEAR}[\])]?)?|,? \(?{_YEAR}"
    rf"|,? ?\[\d"
    rf"| and (?:colleagues|co-?workers))"
    rf"|{_SURNAME}(?:, {_SURNAME}){{0,4}},? {_AND} {_SURNAME},? ?[\[(]?\d"
    rf"|(?!{NO_NAME})(?:the )?{UPPER}[\w.]*(?: (?:of |in |the |and |& )?{UPPER}[\w.]*){{0,6}},?"
    rf" (?:vol\b|\(?{_YEAR}|\d{{1,4}} ?[,:(])"
    rf"|{_SURNAME}(?:(?:,| and) {_SURNAME})?(?: et al\.?)?, (?:{UPPER}\w+,? ){{1,4}}(?:(?:of|in"
    rf"|for) (?:the )?{UPPER}[\w ]{{0,40}}+(?:, {_EDITION})?|{_EDITION})"
    r"|https?:|www\.|doi\b|[\w\-]+\.(?:com|org|net|edu|gov)\b)"
)
"""A work as a caption cites it: by names and year, by a number in brackets, by journal and volume, by address."""

_KEEPERS = (
    rf"(?:(?:the )?(?:{UPPER}[\w\-]*,? (?:of |for |and )?){{0,6}}"
    r"(?i:atlas|archives?|museum|website|commons|repository|library|gallery|journal|thesis|notebook|database"
    r"|image bank)\b"
    rf"|(?:the )?(?:{UPPER}\w+ ){{1,3}}Collection\b|(?:the )?(?:collections?|archives?) of (?:the )?{UPPER}|(?:CDC"
    rf"|NASA|ESA|NIH|NIAID|USGS|NOAA|USDA|WHO)\b"
    rf"|(?:an?|the|his|her|their) (?:\w+ )?(?:thesis|book|textbook|paper|article|works?|monograph|website"
    rf"|notebook) (?:of|by)"
    rf" {UPPER}|{UPPER}\w+'s (?:notebook|book|atlas|thesis|textbook|paper|drawing|Anatomy)"
    rf"|[\"\u201c\u201e\u00ab]{UPPER})"
)
"""Who or what keeps pictures: a museum, an atlas, a book."""
ARTWORK: Final = (
    r"(?:an? |the )?(?:\w+ )?(?:(?:drawing|photograph|photo|illustration|image|picture|sketch|painting|engraving"
    r"|plate)s?"
    r" (?:\w+ )?(?:by|of|in|from)|(?:figure|scheme|diagram|cartoon|map|micrograph)s? (?:\w+ )?(?:by|in|from)) (?:the )?"
    rf"(?:{UPPER}\. ?)*(?!{NO_NAME}){UPPER}\w+"
)
_EARLIER = (
    r"(?:an? |the |our )?(?:earlier|previous(?:ly published)?|published|original) (?:\w+ )?(?:papers?|works?|articles?"
    r"|publications?|figures?|reports?|stud(?:y|ies))|previously published"
)
PLACE_IN_WORK: Final = (
    r"(?:(?:panels? \w+ )?(?:in|of|from) )?(?:the )?(?i:fig(?:ure)?|plate|box|scheme)s?\.? ?[\w.\-]{1,6}(?: \w)?"
    r"(?: (?:of|in|from|by)|,) "
)
SOURCE: Final = (
    rf"(?:{PLACE_IN_WORK})?(?:(?:the |an? )?(?:work|paper|article|study|figure|that|those)s? (?:of|by|in) )?"
    rf"[\[(]?(?:{CITED}|{_KEEPERS}|(?:the )?{HOARDS}|{ARTWORK}|{_EARLIER})"
)
OWN: Final = (
    r"(?i:(?:the |all |our |by )*(?:(?:first|last|corresponding|present|senior) )?authors?\b(?! of (?!th[ie]s?\b))"
    r"|our\b|ours\b|own\b|us\b"
    r"|this (?:study|work|paper|article)|the present (?:study|work)|l[oe]s aut[eo]u?res|os autores|gli autori"
    r"|die autoren|autores\b|l'auteur)"
)
_TITLE = r"(?:(?:Drs?|Profs?|Mr|Mrs|Ms|Sir|Professor|Doctor|del|dott)\b\.? ?)"
_NO_SURNAME = (
    r"(?!Microscop|Imag|Scann|Resonance|Fluor|Energy|Electron|Application|Software|Set-?up|Workflow|Sites?\b|Stain"
    r"|Scheme|View|Project|Illustrator|Photoshop|Lucida|Prism|Illumination|Blot|Plot|Field|Red|Blue|Green|Dish"
    r"|Cycle|Design|Channel|Spectrom|Chromato|Contrast|Protein|Control|Type|Section|America|Africa|Europe|Ocean"
    r"|Island|Reef|Confocal|Light|Camera)"
)
_NO_FORENAME = (
    r"(?:Adobe|Camera|Microsoft|Leica|Zeiss|Nikon|Olympus|Light|Atomic|Phase|Confocal|Western|Wild|Day|Panel|Figure|The"
    r"|Left|Right|Top|Bottom|From|After|Source|National|Royal|Original|Lake|South|North|East|West|Central|Mount"
    r"|Bright|Dark|Petri|Nile|Texas|Trypan|Alexa|Congo|Mass|Cell|Time|Heat)\b"
)
PERSON: Final = (
    rf"(?:{_TITLE}{{1,2}}(?:{UPPER}\.[ -]?)*{_PARTICLE}{UPPER}[\w'\-]*"
    rf"|(?:(?:{UPPER}\.[ -]?){{1,3}}|(?!{_NO_FORENAME}){UPPER}{LOWER}+[ -](?:{UPPER}\.? )?|{UPPER}{{1,2}} )"
    rf"{_PARTICLE}{_NO_SURNAME}{UPPER}[\w'\-]*{LOWER}[\w'\-]*|{IDEOGRAPH}{{2,5}}\b)"
)
"""A person by title, or by two names: one alone may be a make of microscope."""
BODY: Final = (
    rf"(?:(?:the )?(?:{UPPER}[\w\-]* (?:of |for |the |f\u00fcr )*){{0,4}}"
    r"(?:Universit|Institut|Museum|Muse|Laborator|Societ|Academ|Cent(?:er|re)|Archiv|Librar|College|Hospital|Agency"
    r"|Commons"
    r"|Galler|Garden|Images|Pictures|Unlimited|Survey|Foundation|Collection|Zoo|Press|Instruments|Trust|GmbH|Inc\b"
    r"|Ltd\b|CDC|NASA|ESA\b|NIH|NIAID"
    r"|USGS|NOAA|USDA|CNRS|WHO\b|EPA\b))"
)
"""A body that keeps or makes pictures."""
PATIENTS: Final = (
    r"(?i:(?: (?:of|from|by|de|del|do|da|di)| (?:was|were|had|has|obtained|given|granted))*+ (?:the |all |both |a "
    r"|an |each |their |her |his |its |el |las |los |local |national |respective |relevant |competent "
    r"|responsible |child's "
    rf"|patient's |subject's )*+(?-i:{UPPER}\w+ ){{0,3}}(?:patient|participant|subject|parent|famil|guardian|volunteer"
    r"|ethic|animal|authorit"
    r"|committee|board|government|minist|landowner|council|state|park|department|irb|institutional|review|comit|pacient"
    r"|autoridad|child|mother|father|donor|individual|user|person|inspectorate|veterinary))"
)
"""Whose permission is no licence: people's who are shown, and of those who watch over research."""
NUMBERS: Final = (
    r"[^.;]{0,60}?(?i:\b(?:data|dataset|database|calculation|estimat|survey|encuesta|census|statisti|registr"
    r"|web of science|pubmed|scopus|genbank|ncbi|tcga|gtex|protein data bank|world bank|oecd))"
)
"""Sources of numbers that a chart was drawn from."""
