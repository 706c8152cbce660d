"""Panel proposals: the boxes that a reviewer of a figure may choose among, also where the caption confirms none."""

from collections.abc import Mapping
from typing import Any

from curation.detectors import detector
from curation.figure_panels import FoundPanels, panels_proposed
from curation.panel_rows import seen
from pipeline.pixels import PIXEL_COLUMNS, pixels_of

FIGURE_COLUMNS = ("caption", "blob", *PIXEL_COLUMNS)
"""What is read of a row of `1-figures`."""


def proposals_of(figure: Mapping[str, Any], own_detector: str | None = None) -> FoundPanels:
    """Return what a detector finds in a figure, boxes in its px; `own_detector` is the manifest's, if it names one.

    Raises:
        PixelError: the picture can't be decoded.
        UsageError: there is no such detector.
    """
    shown = seen(figure["blob"], pixels_of(dict(figure)))
    return panels_proposed(shown, figure["caption"], detect=detector(own_detector))
