"""ELN exports: small .eln files made by hand in the manner of each exporter, and what the connector brings of them."""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ingest.eln import ElnConnector
from schemas.manifest_sources import ElnSource
from schemas.records import Dropped, Figure

HTML = "text/html"
STAIN = {"@type": "PropertyValue", "propertyID": "Stain", "value": "DAPI"}


def picture(seed: int = 0, side: int = 24, form: str = "PNG") -> bytes:
    """Return a small picture that no other seed gives."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form)
    return out.getvalue()


def file_node(at_id: str, blob: bytes, **more: Any) -> dict[str, Any]:
    """Return the node of a file, its digest right."""
    name = at_id.rstrip("/").rpartition("/")[2]
    digest = hashlib.sha256(blob).hexdigest()
    return {"@id": at_id, "@type": "File", "name": name, "contentSize": str(len(blob)), "sha256": digest, **more}


def dataset(at_id: str, *parts: str, **more: Any) -> dict[str, Any]:
    """Return the node of an entry; `parts` are the ids that it lists."""
    return {"@id": at_id, "@type": "Dataset", "hasPart": [{"@id": part} for part in parts], **more}


def crate(nodes: list[dict[str, Any]], parts: list[str], **root: Any) -> dict[str, Any]:
    """Return a crate whose root lists `parts`."""
    descriptor = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }
    graph = [descriptor, dataset("./", *parts, name="export", **root), *nodes]
    return {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}


def write(path: Path, members: dict[str, bytes], metadata: Any = None, *, folder: str = "export") -> Path:
    """Write an export: its members below the root folder, and its metadata, which are JSON or bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, blob in members.items():
            archive.writestr(f"{folder}/{name}", blob)
        if metadata is not None:
            blob = metadata if isinstance(metadata, bytes) else json.dumps(metadata, indent=1).encode()
            archive.writestr(f"{folder}/ro-crate-metadata.json", blob)
    return path


def one_entry(path: Path, *, text: str = "<p>Actin in HeLa cells.</p>", **more: Any) -> Path:
    """Write an export of one entry with one picture."""
    blob = picture(1)
    nodes = [dataset("./e/", "./e/a.png", name="Entry", text=text, encodingFormat=HTML, **more)]
    return write(path, {"e/a.png": blob}, crate([*nodes, file_node("./e/a.png", blob)], ["./e/"]))


def brought(base: Path, **said: Any) -> tuple[list[Figure], list[tuple[str, str]]]:
    """Return the figures that a `type: eln` brings, and reason and detail of what is dropped."""
    source = ElnSource.model_validate({"type": "eln", "path": "*.eln", "license": "CC-BY-4.0", **said})
    connector = ElnConnector(source, base)
    outcomes = [one for item in connector.find() for one in connector.fetch(item)]
    figures = [one for one in outcomes if isinstance(one, Figure)]
    return figures, [(one.reason, one.detail) for one in outcomes if isinstance(one, Dropped)]
