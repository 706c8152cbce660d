"""Panel words: what a panel's caption says about its kind."""

import re

_TOLD: dict[str, dict[float, str]] = {
    "microscopy": {
        2.5: r"""
            scale[ ]?bars? | bars?[,:=]?[ ]?(?:=|represents?|indicates?|,)?[ ]?[\d.]+[ ]?(?:µm|\u03bcm|um|nm)
            | micrographs? | microscop\w+ | confocal | immuno-?fluorescen\w+ | immunohistochem\w+ | immunostain\w+
            | immunocytochem\w+ | two-photon""",
        2.0: r"""
            (?:sem|tem|dic|stem|afm|fesem)[ ](?:images?|pictures?) | z-(?:stacks?|projections?)
            | maximum[ ](?:intensity[ ])?projections?""",
        1.5: r"""
            hematoxylin | haematoxylin | h[ ]?&[ ]?e | dapi | hoechst | phalloidin | bright-?field | phase[- ]contrast
            | differential[ ]interference | magnifications? | stained | staining | co-?locali[sz]\w+
            | (?:fluorescen\w+|merged?|overlaid)[ ]images? | arrowheads?""",
    },
    "plot": {
        2.5: r"""
            kaplan[- \u2013]meier | box[ ]?-?plots? | violin[ ]plots? | scatter[ ]?-?plots? | volcano[ ]plots?
            | heat[ ]?-?maps? | histograms? | bar[ ](?:graphs?|charts?|plots?) | roc[ ]curves?""",
        2.0: r"""
            error[ ]bars? | mean[ ]?(?:±|\+/-)[ ]?s\.?(?:e\.?m|d)\b | survival[ ]curves? | flow[ ]cytometr\w+
            | dose[- ]response | regression | [xy]-axis | standard[ ](?:error|deviation)""",
        1.5: r"""
            n[ ]?=[ ]?\d+ | p[ ]?[<=>≤][ ]?0?\.\d+ | quantif\w+ | graphs? | plots? | plotted | curves? | percentages?
            | anova | t-test | n\.s\.""",
        0.8: r"""
            relative | fold | number[ ]of | levels?[ ]of | frequency | distribution | correlation | traces?
            | time[ ]course""",
    },
    "diagram": {
        2.5: r"""
            schematics? | schemes? | diagrams? | cartoons? | flow[ ]?charts? | workflows? | illustrations? | pathways?
            | phylogen\w+ | dendrograms?""",
        1.5: r"""
            models? | constructs? | overview | experimental[ ](?:design|set-?up) | timeline | architecture
            | structures? | drawings? | reconstruct\w+ | maps?""",
    },
    "gel": {
        2.5: r"""
            (?:western|northern|southern|immuno)[ ]?-?blots? | immunoblot\w* | blot(?:s|ted|ting)? | sds-page | agarose
            | coomassie | emsa | gels?""",
        1.2: r"""immunoprecipitat\w+ | co-ip | lysates? | loading[ ]control | kda | lanes? | antibod\w+""",
    },
    "photo": {
        2.5: r"""
            photographs? | photos? | photographed | camera[ ]images? | endoscop\w+
            | gross[ ](?:appearance|morphology)""",
        1.2: r"""pictures?[ ]of | plates? | seedlings? | plants? | appearance | petri | spot[ ]assays?""",
    },
    "medical": {
        2.5: r"""
            ct[ ]scans? | computed[ ]tomograph\w+ | mri | magnetic[ ]resonance | x-rays? | radiograph\w* | ultraso\w+
            | pet(?:/ct)? | angiogra\w+ | echocardiogra\w+ | mammogra\w+""",
        1.5: r"""t[12]-weighted | axial | coronal | sagittal | contrast-enhanced | lesions?""",
    },
    "table": {2.5: r"""tables? | summary[ ]of[ ](?:the[ ])?(?:primers|samples|patients|strains) | list[ ]of"""},
    "text": {
        2.5: r"""
            sequence[ ]alignments? | alignments?[ ]of | amino[ ]acid[ ]sequences? | nucleotide[ ]sequences?
            | screenshots? | source[ ]code""",
    },
    "mixed": {},
}
"""For each kind, what weighs how much: log-odds by judgement, more where a phrase is hardly said of other kinds."""

_PATTERNS = {
    kind: [
        (weight, re.compile(rf"(?<!\w)(?:{said})(?!\w)", re.IGNORECASE | re.VERBOSE)) for weight, said in told.items()
    ]
    for kind, told in _TOLD.items()
}
_ECHO = 0.4
"""How much more a kind gains from each further group of its phrases, as a share of the group's weight."""
_MOST = 4.0
_MOST_LETTERS = 20_000


def evidence(words: str) -> dict[str, float]:
    """Return how strongly a caption speaks for each kind, 0 where it says nothing.

    >>> told = evidence("Confocal image of the cells. Scale bar, 5 µm.")
    >>> told["microscopy"] > 2, told["plot"]
    (True, 0.0)
    """
    return {kind: _strength(words[:_MOST_LETTERS], kind) for kind in _PATTERNS}


def _strength(words: str, kind: str) -> float:
    heard = sorted((weight for weight, said in _PATTERNS[kind] if said.search(words)), reverse=True)
    return min(_MOST, heard[0] + _ECHO * sum(heard[1:])) if heard else 0.0
