"""OME modality: what a channel's acquisition mode, contrast and illumination say of modality and submodality.

OME has no field for the modality, and none for electron microscopy. Told is only what is certain: a channel that
is both fluorescence and transmitted light, as the samples that Bio-Formats makes up are, is neither. The words are
those of Micro-Bench.
"""

from collections.abc import Iterable
from typing import NamedTuple

FLUORESCENCE, LIGHT = "fluorescence microscopy", "light microscopy"

_CONFOCAL = "confocal microscopy"
_LOCALIZATION = "single-molecule localization microscopy"

_BY_CONTRAST = {
    "Brightfield": (LIGHT, "brightfield microscopy"),
    "Phase": (LIGHT, "phase contrast microscopy"),
    "DIC": (LIGHT, "differential interference contrast microscopy"),
    "HoffmanModulation": (LIGHT, "Hoffman modulation contrast microscopy"),
    "ObliqueIllumination": (LIGHT, "oblique illumination microscopy"),
    "PolarizedLight": (LIGHT, "polarized light microscopy"),
    "Darkfield": (LIGHT, "darkfield microscopy"),
    "Fluorescence": (FLUORESCENCE, None),
}
_BY_MODE = {
    "BrightField": (LIGHT, "brightfield microscopy"),
    "WideField": (None, None),
    "LaserScanningConfocalMicroscopy": (None, _CONFOCAL),
    "SpinningDiskConfocal": (None, _CONFOCAL),
    "SlitScanConfocal": (None, _CONFOCAL),
    "SweptFieldConfocal": (None, _CONFOCAL),
    "MultiPhotonMicroscopy": (None, "multiphoton microscopy"),
    "SecondHarmonicGenerationImaging": (None, "second harmonic generation microscopy"),
    "StructuredIllumination": (None, "structured illumination microscopy"),
    "SPIM": (None, "light sheet microscopy"),
    "TotalInternalReflection": (FLUORESCENCE, "TIRF microscopy"),
    "TIRF": (FLUORESCENCE, "TIRF microscopy"),
    "FluorescenceLifetime": (FLUORESCENCE, "fluorescence lifetime imaging microscopy"),
    "FluorescenceCorrelationSpectroscopy": (FLUORESCENCE, None),
    "SingleMoleculeImaging": (FLUORESCENCE, _LOCALIZATION),
    "PALM": (FLUORESCENCE, _LOCALIZATION),
    "STORM": (FLUORESCENCE, _LOCALIZATION),
    "STED": (FLUORESCENCE, "STED microscopy"),
    "FSM": (FLUORESCENCE, "fluorescent speckle microscopy"),
}
_BY_ILLUMINATION = {"Epifluorescence": FLUORESCENCE, "Transmitted": LIGHT}
_WIDEFIELD_FLUORESCENCE = "epifluorescence microscopy"


class Optics(NamedTuple):
    """What OME says of how a channel was made, in its own words; None where it is silent."""

    mode: str | None
    contrast: str | None
    illumination: str | None
    glows: bool
    """Whether a fluor or an emission wavelength is named."""


def modality_of(channels: Iterable[Optics]) -> tuple[str | None, str | None]:
    """Return modality and submodality on which all channels agree.

    >>> modality_of([Optics("SpinningDiskConfocal", None, "Epifluorescence", glows=False)])
    ('fluorescence microscopy', 'confocal microscopy')
    """
    told = [_of_channel(one) for one in channels]
    modalities, submodalities = ({one[at] for one in told} for at in (0, 1))
    modality = modalities.pop() if len(modalities) == 1 else None
    return modality, submodalities.pop() if modality and len(submodalities) == 1 else None


def _of_channel(optics: Optics) -> tuple[str | None, str | None]:
    by_contrast = _BY_CONTRAST.get(optics.contrast or "", (None, None))
    by_mode = _BY_MODE.get(optics.mode or "", (None, None))
    said = {by_contrast[0], by_mode[0], _BY_ILLUMINATION.get(optics.illumination or "")}
    said = (said | {FLUORESCENCE if optics.glows else None}) - {None}
    if len(said) != 1:
        return None, None
    (modality,) = said
    if modality == LIGHT and by_mode[1] and by_mode[0] is None:
        return None, None  # transmitted light at a confocal: neither word is certain
    named = by_contrast[1] or by_mode[1]
    if named is None and modality == FLUORESCENCE and optics.mode == "WideField":
        named = _WIDEFIELD_FLUORESCENCE
    return modality, named
