"""Where the sentences of a caption begin, and which of them speak of the whole figure."""

# ruff: noqa: RUF001  (quotes, primes and asterisks as legends have them)

import re

_END = re.compile(r"[.!?][)\]\"”’']{0,2}(?:\s+|(?=[A-Z][a-z]+\s))|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[Ff]igs?|[Vv]s|cf|al|e\.g|i\.e|eg|ie|approx|ca|[Nn]os?|spp?|subsp|var|[Dd]r|[Mm]r|[Ss]t|resp|min|max|magn?|"
    r"orig|exp|[Rr]efs?|[Ee]qs?|[Ss]uppl|[Ii]nc|[Ll]td|[Cc]o|[Cc]at|conc|temp|ext|int|incl|etc|str)|\.[A-Za-z]|"
    r"(?<!in )(?<!of )(?<!and )(?<!to )(?<!from )(?<!with )(?<!panel )(?<!&)(?<!& )\b[A-Z])\.$"
)
_INITIAL = re.compile(r"\b[A-Z]\.$")

# What a legend says once, at its end, of all panels: abbreviations, bars, statistics, colours, arrows, rights.
_TOPIC = re.compile(
    r"[\[(]?\s*(?:(?:all|the|these|original|where|in all|for all|in each|for each)\s)?"
    r"(abbreviations?|scale|bars?|error bars?|magnifications?|data|values|results|graphs?|images?|pictures|figures?|"
    r"measurements|experiments|columns|symbols|statistic\w*|significan\w*|asterisks?|arrows?|arrowheads?|dashed|dotted|"
    r"solid|each (?:bar|point|dot|value|data|symbol|column)|reproduced|adapted|modified|reprinted|source|see also|abbr|"
    r"colou?rs?|blue|red|green|yellow|black|white|gr[ae]y|mean|means|representative|panels|indicated|[*#†‡§∗⁎]|"
    r"p\s?[<=>≤]|n\s?[=≥])",
    re.IGNORECASE,
)
_DEFINITION = re.compile(r"[\w.αβγδ′'/+-]{1,12}\s?[,:=–]\s?[^.;]{3,60}(?:;|\.?$)")
_COLOURS = re.compile(
    r"\b(?:is|are) (?:(?:shown|stained|labell?ed|indicated|coloured|colored|depicted|show) )?(?:(?:in|by) )?"
    r"(?:red|green|blue|magenta|cyan|yellow|white|gr[ae]y)\b"
)


def starts_of_sentences(caption: str) -> list[int]:
    """Return the places where sentences begin; the first is 0.

    >>> starts_of_sentences("Cells, cf. Fig. 2. Bar, 5 µm.")
    [0, 19]
    """
    starts = [0]
    for found in _END.finditer(caption):
        mark = found.start() + 1
        before, after = caption[max(0, mark - 9) : mark], caption[found.end() : found.end() + 1]
        is_inside = _ABBREVIATION.search(before) or (after.islower() and _INITIAL.search(before))
        if caption[found.start()] == "\n" or not is_inside:
            starts.append(found.end())
    return [start for start in starts if start < len(caption)]


def topic_of_all(sentence: str) -> str | None:
    """Return what a sentence is about, if that is a thing told of all panels: abbreviations, bars, statistics.

    >>> topic_of_all("Scale bars: 10 µm."), topic_of_all("The lumen is wide.")
    ('scale', None)
    """
    sentence = sentence.lstrip()
    if found := _TOPIC.match(sentence):
        return found[1].lower().rstrip("s")
    if _DEFINITION.match(sentence):
        return "definition"
    return "colour" if _COLOURS.search(sentence) else None


def is_of_bars(caption: str, at: int) -> bool:
    """Tell whether the sentence around a place is about scale bars or magnification, as far as it stands before it."""
    start = caption.rfind(". ", max(0, at - 400), at) + 2
    return start > 1 and topic_of_all(caption[start:at]) in {"scale", "bar", "magnification"}
