"""Licence credit owners: the ways to say who owns a picture, or who permitted its use."""

import re
from typing import Final

from schemas.licence_credit_form import Form
from schemas.licence_credit_letters import UPPER
from schemas.licence_credit_words import BODY, CITED, OWN, PATIENTS, PICTURES

_PERMITS = r"(?:by|with|under|through) (?:the )?(?:kind |written |full |generous |prior )*permissions?\b"
_GRANTED = (
    rf"(?: ?[.;,)\]]|$| (?={UPPER})| (?:of|from|by|granted by) (?:the )?(?:{UPPER}|{CITED}|(?:elsevier|springer"
    rf"|wiley|publisher|copyright"
    r"|journal|editor|museum|author|owner|rights|photographer|artist|creator|ref)))"
)
_ABROAD = (
    r"mit (?:\w+ )?genehmigung|avec (?:l'(?:aimable )?autorisation|la permission)|con (?:el |la )?(?:permiso"
    r"|autorizaci\u00f3n)|com (?:a )?(?:permiss\u00e3o|autoriza\u00e7\u00e3o)"
    r"|per gentile concessione|con (?:il )?permesso"
)
_KEEPER = rf"(?:[Tt]he )?(?:{UPPER}|publisher|journal|museum|photographer|artist|creator|society)"
_PUBLISHER = (
    r"(?:Elsevier|Springer|Wiley|Nature Publishing|Macmillan|Karger|Thieme|Brill|Academic Press|Cell Press|AAAS|Sage"
    r"|Taylor|Informa|Lippincott|Wolters|IEEE|BMJ|Company of Biologists|American Chemical)"
)
_ENTITLED = rf"(?: (?:{UPPER}\w*|and|of|for|&|\d{{4}})){{0,6}}(?=[.;,)]|$)"
_THE_YEAR = r"(?:\d{4}(?:[,.]|-\d{4})? ?)?"
_OF_THE_PICTURE = rf"(?: (?:of|for|in|to|on) (?:(?:the|this|these|all) )?(?:[\w\-]+ )?{PICTURES}(?: [A-Za-z\d]\b)?)?"
_LIES = (
    r"(?:belongs? to|(?:(?:is|are) )?(?:held|owned|retained|reserved) by|(?:lies?|remains?|rests?|stays?|is|are)"
    r" (?:held )?with)"
)
_OPEN = r"[^;]{2,60} et al\b.{0,6}(?:This is an open|[Oo]pen.[Aa]ccess|[Dd]istributed under|[Ll]icen)"
"""What an article's own notice goes on with; a publisher's, of a picture, doesn't."""
_NOT_OPEN = rf"(?!\(?\d{{4}}\)?{_OPEN})"

OWNERS: Final = (
    Form(rf"(?i:{_PERMITS})(?!{PATIENTS}){_GRANTED}", "permission", subject="not another"),
    Form(
        rf"(?i:{_ABROAD})\b(?!{PATIENTS})",
        "genehmigung|autorisation|permission|permiso|autoriza|permiss\u00e3o|concessione|permesso",
        subject="not another",
    ),
    Form(
        (
            rf"[Pp]ermissions? (?:to (?:re\w+|use|adapt|publish) [^.;]{{2,60}} )?(?:(?:was|were|is"
            rf"|has been) )?(?:kindly )?"
            rf"(?:granted|given|obtained) (?:by|from)(?!{PATIENTS}) {_KEEPER}"
        ),
        "permission",
        "granted|given|obtained",
    ),
    Form(
        (
            rf"(?:[Rr]eproduction )?[Pp]ermissions?(?:,|:| by| from)(?!{PATIENTS}) {_KEEPER}(?=[^;]{{0,40}}(?:[.;)]"
            rf"|$|obtained|granted))"
        ),
        "permission",
        subject="picture",
    ),
    Form(
        r"(?i:\blicen[cs]e (?:numbers?|nos?\.?|#)? ?:? ?\d{10,16}\b)",
        "license|licence",
        "0|1|2|3|4|5|6|7|8|9",
    ),
    Form(
        (
            r"\u00a9(?:(?<!\w.)|(?<=[Pp]hoto.)|(?<=[Ii]mage.))(?! ?\()"
            rf" ?{_NOT_OPEN}(?!{_THE_YEAR}(?:by )?(?i:(?:the )?authors?\b))(?:by |[Tt]he )?(?:\d|{UPPER})"
        ),
        "\u00a9",
    ),
    Form(rf"\([cC]\)(?= ?\d{{4}},? (?:by )?[A-Z]) ?(?!{_THE_YEAR}(?:by )?(?i:(?:the )?authors?\b))", "(c)"),
    Form(
        (
            rf"\([cC]\) ?(?:(?:{_PUBLISHER}|{BODY}\w*){_ENTITLED}|(?:[Tt]he )?(?:{UPPER}\w+,? ){{1,4}}(?:1[89]"
            rf"|20)\d\d(?=[.;)]|$))"
        ),
        "(c)",
    ),
    Form(
        (
            rf"(?i:copy(?:right|write)(?: holders?| owners?)?)[:,]? (?:\u00a9 ?|\([cC]\) ?|by |of |held by )*(?!{OWN})"
            rf"{_NOT_OPEN}(?:\(?\d{{4}}\b(?!.{{0,3}}(?i:the authors))|{UPPER}|(?i:{_PUBLISHER})\b)"
        ),
        "copyright|copywrite",
    ),
    Form(
        rf"(?i:copyrights?){_OF_THE_PICTURE} {_LIES} (?!{OWN}){_KEEPER}",
        "copyright",
    ),
    Form(
        rf"(?i:\brights){_OF_THE_PICTURE}(?: {_LIES}|:) (?!{OWN}){_KEEPER}",
        "rights",
    ),
    Form(
        (
            rf" (?:hold|own|retain|keep|possesse?)s? (?:all |the )*(?:copyrights?|rights?)(?: (?:of|for|in|to"
            rf"|on) (?:(?:the|this|these) )?"
            rf"(?:[\w\-]+ )?{PICTURES}|(?=[.;)]|$))"
        ),
        "copyright|rights",
        "hold|own|retain|keep|possess",
        before=re.compile(
            rf"(?:{UPPER}[\w\-]*|[Pp]ublisher|[Mm]useum|[Jj]ournal|[Pp]hotographer|[Aa]rtist|[Ss]ociety)$"
        ),
    ),
    Form(
        rf"(?:(?:[Tt]he )?[Pp]roperty of|owned by) (?!{OWN})(?:the )?{UPPER}[^.;()]{{0,60}}(?=[.;)]|$)",
        "property of|owned by",
        subject="picture",
    ),
    Form(
        r"(?:copyrighted|protected by (?:\w+ )?copyright)\b",
        "copyrighted|copyright",
        subject="picture",
    ),
    Form(rf"\bCopr\. (?:\d|{UPPER})", "copr."),
    Form(
        r"(?i:copyrighted (?:material|image|work|figure|photograph|by)|all rights reserved)\b",
        "copyrighted|all rights reserved",
    ),
)
