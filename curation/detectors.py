"""Detectors: what finds the boxes of panels in a figure: bricks' own, or a user's, named as `package.module:function`.

A detector takes a figure as an array, H x W or H x W x 3 of uint8, and returns a list of `PanelBox` in px of it, in
reading order.
"""

from functools import cache
from importlib import import_module

from curation.figure_panels import Detector
from curation.panel_boxes import panel_boxes
from schemas.errors import UsageError


@cache
def detector(name: str | None) -> Detector:
    """Return the detector that is named, or bricks' own.

    Raises:
        UsageError: there is none of that name.
    """
    if name is None:
        return panel_boxes
    module, _, function = name.partition(":")
    try:
        found: Detector = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        mend = "Name an installed one as package.module:function."
        raise UsageError(f"no detector of panels can be imported: {error}", where=name, mend=mend) from error
    return found
