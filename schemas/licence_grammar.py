"""Licence grammar: the words of a licence sentence by their part in it, and which thing a phrase of them names.

The patterns read plain text (see `schemas.licence_words`) in which every licence's name is struck out with "_" and
every other address with "~".
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

Scope = Literal["work", "part", "other", "denied", "doubt"]
"""The work; a part of it; another thing, such as its data; not the work, as the text says; who knows."""

IMAGES: Final = (
    r"(?:figures?|figs?\.?|images?|photo(?:graph|micrograph)?s?|pictures?|panels?|illustrations?|drawings?|videos?"
    r"|movies?|(?:micro|radio)graphs?|maps?|graphics?|graphical abstracts?|art ?works?|plates?|schemes?|boxe?s?"
    r"|diagrams?|charts?)"
)
_ONE = r"(?:figure|image|photo(?:graph|micrograph)?|picture|illustration|video|movie|map|micrograph|drawing|diagram)"
_OTHER = (
    r"(?:raw |source |research )?data(?: ?sets?| ?bases?| files?)?|(?:source )?codes?|software|scripts?|programs?"
    r"|packages?|repositor(?:y|ies)|tool(?:s|box)?|weights|algorithms?|librar(?:y|ies)|plug-?ins?|metadata|sequences"
    r"|suppl(?:ement)?\w*(?: (?:materials?|information|data|files?|figures?|tables?|movies?|videos?|content))?"
    r"|supporting (?:information|materials?|data|files?)|additional (?:files?|data|materials?)|appendi(?:x|ces)"
    r"|icons?|fonts?|templates?|slides?|source files|notebooks?|website|decision letters?|author responses?"
    r"|peer[ -]reviews?(?: (?:reports?|files?|comments?|history))?|review(?:er)?s?'? (?:reports?|comments)"
    r"|(?:author(?:s|'s|s')? )?accepted (?:author )?(?:manuscripts?|versions?)|aams?"
    r"|(?:a|an|its|our|another|earlier|later) (?:pre-?prints?|versions?|drafts?|translations?)"
    r"|the (?:pre-?print|version|draft|translation)(?= (?:version )?of (?:this|the|our)\b)"
    r"|(?:another|other|previous|previously published|earlier|cited|parent|that|their|his|her|your|original)"
    r" (?:articles?|papers?|works?|publications?|stud(?:y|ies)|reports?|manuscripts?|sources?)"
)
_WORK = (
    r"articles?|papers?|works?|manuscripts?|pre-?prints?|publications?|chapters?|books?|contents?|documents?|reviews?"
    r"|letters?|editorials?|journals?|issues?|reports?|stud(?:y|ies)|materials?|thesis|monograph|proceedings|e-?prints?"
    r"|compilation|(?<!the )final version"
)
_TOKEN: Final = re.compile(
    rf"(?P<work>\bthis {_ONE}\b(?! ?s?\d)|^\W*{_ONE}\b(?! ?s?\d)|\bdata (?:papers?|articles?|notes?)\b"
    r"|\bthis (?:author(?:'s|s')? )?accepted (?:author )?manuscript)"
    rf"|\b(?:(?P<other>{_OTHER})|(?P<image>{IMAGES}|logos?|covers?)|(?P<text>texts?|abstracts?|captions?|legends?|words)"
    r"|(?P<part>parts?|portions?|sections?|tables?|remainder|rest|half)|(?P<few>some|selected|certain|many|most|few|several|only)"
    rf"|(?P<thing>{_WORK})"
    r"|(?P<law>licen[cs]\w+|permissions?|re-?us(?:e|age)|use|usage|distribution|reproduction|rights?"
    r"|terms|conditions|sharing|publishers?|holders?|owners?|we|readers|users|anyone|everything|authors?(?:\(s\))?)"
    r"|(?P<notice>copyright\w*)"
    r"|(?P<verb>is|are|was|were|be|been|being|has|have|had|may|can|will|shall|remains?|carr(?:y|ies)|bears?|comes?|falls?|stays?|holds?)"
    r"|(?P<uses>(?<!be )(?<!is )(?<!are )(?<!been )(?:us(?:es?|ed|ing)|contain(?:s|ing)?|includes?"
    r"|incorporat(?:es?|ing)|draws? on|cit(?:es?|ing))|describ(?:es?|ing)|presents?|introduc\w+|accompanied by)"
    r"|(?P<made>(?:adapt(?:s|ed)|modified|redrawn|derived?) from|based on)"
    r"|(?P<relative>which|that|who|whose)|(?P<it>it|they|these|those)|(?P<this>this)"
    r"|(?P<given>provided|providing|as long as|so long as)"
    r"|(?P<foreign>est|sont|ist|sind|steht|stehen|unter|sous|bajo|sob|sotto|est[a\u00e1]n?|s\u00e3o)"
    r"|(?P<prep>of|in|from|for|with|by|on|to|at|within|accompanying|associated|underlying|under|via|through|about|behind"
    r"|concerning|without|including|after|per|according)"
    r"|(?P<filler>a|an|the|any|all|open|access|free|freely|publicly|also|now|here|entire|whole|complete|full|online"
    r"|available|distributed|published|licen[cs]ed|released|shared|made|provided|permitted|reproduced|reprinted|used"
    r"|re-?distributed|deposited|posted|offered|issued|covered|governed|dedicated|see|source|credit|public|its|our"
    r"|originally|first|courtesy|further|view|copy|visit|details?|information|described"
    r"|hereby|herein|subject|protected|placed|accessible|granted|given|immediately|currently|permanently|therefore"
    r"|electronically|worldwide|registered|marked|labell?ed|itself|still|both|either|thus"
    r"|not|re-?used|allowed|following|option|choice)"
    r"|(?P<and>and|or)|(?P<sep>but|while|whereas|although|however|nor))\b|(?P<sign>\u00a9)|(?P<and_>[/&])"
    r"|(?P<mark>[,;:()]| - )"
    r"|(?P<word>[^\W\d_][\w'\-]*)"
)
THINGS: Final = {
    "work": "work", "thing": "work", "other": "other", "image": "image", "text": "text", "part": "part"
}  # fmt: skip
BREAKS: Final = frozenset({"and", "sep", "mark", "relative"})
_OPENERS: Final = frozenset({"prep", "notice", "sign"})
"""What follows these, up to a break, is no head of its clause: "of the article", "© 2020 Roe"."""
_COUPLERS: Final = frozenset({"and", "mark", "filler", "word", "this", "law"})


class Word(NamedTuple):
    """A word of a sentence."""

    kind: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """Return the words of `text` by their part in the sentence."""
    return [Word(str(found.lastgroup).rstrip("_"), found.start(), found.end()) for found in _TOKEN.finditer(text)]


def first_thing(text: str, start: int) -> str | None:
    """Return the kind of thing that begins at `start` of `text`; None where none does."""
    found = _TOKEN.match(text, start)
    return THINGS.get(found.lastgroup or "") if found else None


def noun_phrase(text: str) -> Scope | None:
    """Return what the phrase at the start of `text`, up to a verb, names; None where it names nothing known."""
    words = words_of(text)
    stop = next((place for place, word in enumerate(words) if word.kind in {"verb", "relative"}), len(words))
    return named_in(text, words[:stop])


def is_sentence(text: str) -> bool:
    """Return whether `text` has a verb of its own."""
    return any(word.kind == "verb" for word in words_of(text))


def named_in(text: str, words: Sequence[Word]) -> Scope | None:
    """Return what the nouns of a phrase name: its last head with what is coupled to it, else its first object."""
    places = [place for place, word in enumerate(words) if word.kind in THINGS and not _is_modifier(text, words, place)]
    outside = _outside(words)
    heads = [place for place in places if place in outside]
    if any(words[place].kind == "few" for place in outside):
        return "part"
    if heads:
        return _merged(words, _coupled(words, heads[::-1]))
    return _merged(words, _coupled(words, places)) if places and not is_unknown(words) else None


def _is_modifier(text: str, words: Sequence[Word], place: int) -> bool:
    """Return whether a noun only tells of which the next is: "article data", "the article's data"."""
    word, following = words[place], words[place + 1] if place + 1 < len(words) else None
    beside = following is not None and following.kind in THINGS and text[word.end : following.start] == " "
    return beside or text.startswith("'s ", word.end)


def _outside(words: Sequence[Word]) -> set[int]:
    """Return the places of the words that stand behind no preposition of their clause."""
    places, inside = set(), False
    for place, word in enumerate(words):
        inside = (inside or word.kind in _OPENERS) and word.kind not in BREAKS
        if not inside:
            places.add(place)
    return places


def _coupled(words: Sequence[Word], places: Sequence[int]) -> list[int]:
    """Return the first of `places` with those that follow it in a list: "the text, figures and tables"."""
    chain, is_list = [places[0]], False
    for place in places[1:]:
        between = {word.kind for word in words[min(chain[-1], place) + 1 : max(chain[-1], place)]}
        if not between & {"and", "mark"} or not between <= _COUPLERS:
            break
        chain.append(place)
        is_list = is_list or "and" in between
    return chain if is_list else chain[:1]


def _merged(words: Sequence[Word], places: Iterable[int]) -> Scope:
    """Return what things named side by side are together."""
    kinds = {THINGS[words[place].kind] for place in places}
    if "work" in kinds or {"text", "image"} <= kinds:
        return "work"
    return "other" if kinds == {"other"} else "part"


def things_in(text: str, words: Sequence[Word]) -> list[Scope]:
    """Return all things that `words` name, in order, each by itself."""
    places = (place for place, word in enumerate(words) if word.kind in THINGS)
    return [_merged(words, [place]) for place in places if not _is_modifier(text, words, place)]


def is_unknown(words: Sequence[Word]) -> bool:
    """Return whether a phrase has words of which nobody knows what they name."""
    outside = _outside(words)
    return any(word.kind == "foreign" or (word.kind == "word" and place in outside) for place, word in enumerate(words))
