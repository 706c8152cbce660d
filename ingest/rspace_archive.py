"""RSpace archive: the XML archive of an export job, given the crate that it lacks, so that it reads as an .eln.

RSpace writes the crate into exports that a person asks for as .eln; an export job of its API has the same folders and
documents without it (AbstractArchiveExporter in rspace-os/rspace-web, autumn 2026). A folder is a document where it
holds an XML of its own name; its other files are the document's, but for its form and the form's icon.
"""

import json
import re
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

from ingest.archives import ZipMembers
from ingest.eln_crate import METADATA
from schemas.errors import ArchiveError

_ROOT = "export"
_NO_CONTENT = re.compile(r"(?:_form\.xml|formIcon_\d+\.\w+)$")


def with_crate(archive: Path, target: Path, identifier: str, number: int, *, modified: str) -> Path:
    """Write document `number` of an archive, with a crate, to `target`, and return that path.

    `modified` is when it was last changed, as the list says: by it the newer of two states is known.

    Raises:
        ArchiveError: it is hostile or broken, or has no such document.
    """
    members = ZipMembers(archive)
    try:
        own = next((name for name in members.names() if _is_document(name, number)), None)
        if own is None:
            raise ArchiveError("absent", f"the archive holds no document {number}")
        folder = own.rpartition("/")[0]
        files = [name for name in members.names() if name.startswith(f"{folder}/") and not _NO_CONTENT.search(name)]
        with zipfile.ZipFile(target, "w") as file:
            for name in files:
                file.writestr(f"{_ROOT}/{_below(folder, name)}", members.read(name))
            crate = _crate([_below(folder, name) for name in files], identifier, modified)
            file.writestr(f"{_ROOT}/{METADATA}", json.dumps(crate))
    finally:
        members.close()
    return target


def _below(folder: str, name: str) -> str:
    return f"document/{name.removeprefix(folder + '/')}"


def _crate(files: list[str], identifier: str, modified: str) -> dict[str, Any]:
    parts = [{"@id": f"./{name}"} for name in files]
    document = {
        "@id": "./document/",
        "@type": "Dataset",
        "name": identifier,
        "identifier": identifier,
        "dateModified": modified,
        "hasPart": parts,
    }
    root = {"@id": "./", "@type": "Dataset", "hasPart": [{"@id": "./document/"}]}
    head = {"@id": METADATA, "@type": "CreativeWork", "about": {"@id": "./"}, "sdPublisher": {"@id": "#RSpace"}}
    described = [{"@id": f"./{name}", "@type": "File", "name": name.rpartition("/")[2]} for name in files]
    return {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": [head, root, document, *described]}


def _is_document(name: str, number: int) -> bool:
    """Return whether a member is the XML of a document: .../doc_Actin-25/doc_Actin-25.xml."""
    folder, file = PurePosixPath(name).parent.name, PurePosixPath(name).name
    return file == f"{folder}.xml" and folder.endswith(f"-{number}")
