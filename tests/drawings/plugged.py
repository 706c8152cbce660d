"""Distributions written by hand into a folder: a module, and the metadata that names its plug-ins."""

import sys
from pathlib import Path

from schemas import plugins


def distribution(folder: Path, name: str, module: str, **groups: str) -> None:
    """Write a distribution `name` 1.0 with a module of its name; `connectors="x = name:X"` names a plug-in."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text(module, encoding="utf-8")
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    told = "".join(f"[bricks.{group}]\n{entries}\n" for group, entries in groups.items())
    (about / "entry_points.txt").write_text(told, encoding="utf-8")


def installed(folder: Path, monkeypatch) -> None:
    """Put the folder on the path until the test ends."""
    monkeypatch.syspath_prepend(str(folder))
    plugins.forget()


def uninstalled() -> None:
    """Forget what was installed, and its modules."""
    for name in [name for name in sys.modules if name.startswith("plugged_")]:
        del sys.modules[name]
    plugins.forget()


CONNECTOR = """
from typing import Annotated, Literal
from schemas.manifest_parts import LOCAL, Paths, Withhold
from schemas.manifest_sources import SourceSettings
from schemas.plugin_kinds import ConnectorPlugin
from pydantic import model_validator

class Source(SourceSettings):
    type: Literal["attic"]
    path: Annotated[Paths, Withhold(lambda _: LOCAL)]
    depth: int = 1

    @model_validator(mode="after")
    def _deep(self):
        if self.depth > 9:
            raise ValueError("nobody goes so deep")
        return self

class Attic:
    def __init__(self, source, around): self.source, self.around = source, around
    def find(self): yield from ()
    def fetch(self, item): yield from ()
    def recheck(self, known): yield from ()

ATTIC = ConnectorPlugin(Source, Attic)
LIVE = ConnectorPlugin(Source, Attic, requests_per_second=1)
OTHER = ConnectorPlugin(Source, Attic)
NONE = 7
"""
