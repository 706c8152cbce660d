"""Captioner: the first fact of a panel as its text; a real one would ask a model here."""

from schemas.manifest import CaptioningSettings
from schemas.plugin_kinds import CaptionerPlugin, PanelEvidence


def first_fact(panel: PanelEvidence, settings: CaptioningSettings) -> str | None:
    """Return the first fact as a sentence; None where nothing is known."""
    return f"{panel.facts[0].rstrip('.')}." if panel.facts else None


FIRST_FACT = CaptionerPlugin(first_fact)
