"""ELN reading: an export to its entries with texts, facts and files; and the pictures of one entry.

    with opened(path) as export:                     # or opened(path, an open binary file)
        for document in export.documents():          # an entry: text, steps, facts, files; nothing decoded yet
            for picture in export.pictures(document):    # one at a time: a Picture, or why there is none

`export.left_out` says which entries aren't taken and why. `ingest.eln_records` makes rows of documents.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ingest.eln_beside import MAX_BESIDE_BYTES, Beside, may_tell, read_beside
from ingest.eln_blocks import Block, text_of_blocks
from ingest.eln_crate import read_crate
from ingest.eln_document import ElnDocument, license_words, step_blocks, text_blocks
from ingest.eln_entries import ElnEntry, ElnFile, LeftOut, entries_of, file_name, is_file
from ingest.eln_facts import ORIGIN, facts_of, people_of
from ingest.eln_files import ElnError, ElnMembers
from ingest.eln_people import people_in
from ingest.eln_pictures import (
    EMBEDDED,
    PICTURE_MAGIC,
    Picture,
    Unpictured,
    embedded,
    embedded_blob,
    is_picture,
    pictures_in,
    words_of,
)
from ingest.eln_shown import files_shown
from ingest.eln_words import told_of
from ingest.image_items import PICTURE_SUFFIXES
from ingest.microscope_files import PICTURE_BYTES, is_foreign
from pipeline.refusals import TIFF_MAGIC
from schemas.errors import ReasonedError
from schemas.records import Fact, make_id

__all__ = ["ElnDocument", "ElnExport", "Picture", "Unpictured", "opened"]


class ElnExport:
    """An open export."""

    def __init__(self, members: ElnMembers, trusted: Sequence[bytes] = (), keep: Iterable[str] = ()) -> None:
        from ingest.minisign import verdict_on

        blob = members.metadata()
        self._members, self._crate = members, read_crate(blob)
        members.describe(self._crate.by_plain)
        self._sorted, self._people = entries_of(self._crate), people_in(self._crate, keep)
        self.signature = verdict_on(blob, members.signature(), members.public_key(), trusted)
        self.left_out: tuple[LeftOut, ...] = self._sorted.left_out
        self.hide: Callable[[str], str] = str
        """Takes out of a text what must be told nowhere: the key of a live notebook."""

    @property
    def undescribed(self) -> Iterator[LeftOut]:
        """Yield the pictures in the zip of which the crate says nothing, exporters' icons among them."""
        for path in self._members.undescribed():
            if path.lower().endswith(PICTURE_SUFFIXES):
                yield LeftOut(path, path.rpartition("/")[2], "file_undescribed", "the crate doesn't describe it")

    @property
    def unlisted(self) -> Iterator[LeftOut]:
        """Yield the pictures in the zip that the crate describes as a file of no entry."""
        for key, node in self._crate.items():
            file = ElnFile(key, file_name(node), node)
            is_listed = key in self._sorted.reached and is_file(node)
            if not is_listed and self._members.holds(key) and is_picture(file):
                yield LeftOut(key, file.name, "file_not_listed", "the crate describes it, and as a file of no entry")

    def narrow(self, is_wanted: Callable[[ElnEntry], bool], reason: str, detail: str) -> None:
        """Take only the entries that are wanted; the others are left out for `reason`."""
        others = tuple(entry for entry in self._sorted.entries if not is_wanted(entry))
        self._sorted = self._sorted._replace(entries=tuple(filter(is_wanted, self._sorted.entries)))
        self.left_out += tuple(LeftOut(entry.key, entry.name, reason, detail) for entry in others)

    def documents(self) -> Iterator[ElnDocument]:
        """Yield the entries in the order of the crate; the crate itself only where loose pictures are its own."""
        for entry in self._sorted.entries:
            if entry.key or any(map(self._is_picture, entry.files)):
                yield self._document(entry)

    def pictures(self, document: ElnDocument) -> Iterator[Picture | Unpictured]:
        """Yield the pictures of an entry, and every file of it that is refused."""
        pictures = {file.key for file in document.pictures}
        for file in document.entry.files:
            try:
                if file.key in pictures:
                    yield from self._seen(document, file)
                else:
                    self._verify(file)
            except ReasonedError as error:
                yield Unpictured(file, error.reason, error.detail)
        for file in embedded(document.blocks):
            yield from pictures_in(document, file, file.key, embedded_blob(file))

    def members(self, document: ElnDocument) -> Iterator[tuple[ElnFile, str]]:
        """Yield the pictures that are there, with their names inside the export; nothing is read."""
        for file in document.pictures:
            try:
                yield file, file.key if file.key.startswith(EMBEDDED) else self._members.member(file)
            except ElnError:
                continue  # `pictures` tells it

    def words(self, document: ElnDocument) -> Iterator[tuple[ElnFile, str, str]]:
        """Yield the description of each picture and the words nearest to it; nothing of it is read."""
        for file in document.pictures:
            yield file, *words_of(document, file)

    def masked(self, text: str) -> str:
        """Return a text without addresses, names of those whom the crate calls persons, and what is to be hidden."""
        return self._people.masked(self.hide(text))

    def _seen(self, document: ElnDocument, file: ElnFile) -> Iterator[Picture | Unpictured]:
        member = self._members.member(file)
        if is_foreign(Path(file.name)):
            mend = "save it as OME-TIFF, for example with bioio or Bio-Formats, and attach that"
            raise ElnError("needs_bioio", f"a {Path(file.name).suffix.lower()} file; {mend}")
        size_bytes = self._members.size_bytes(member)
        if size_bytes > PICTURE_BYTES and not self._members.head(member).startswith(TIFF_MAGIC):
            detail = f"{size_bytes} bytes; a picture may have {PICTURE_BYTES}. Save it as a tiled TIFF."
            raise ElnError("file_too_large", detail)
        blob, told = self._members.blob(member, file.node)
        checked = (Fact(name=name, value=value, origin="export") for name, value in told.items())
        facts = (*self.facts_of_file(file), *checked)
        for picture in pictures_in(document, file, member, blob):
            if isinstance(picture, Picture):
                inside = tuple(self._people.left_out_of(picture.seen.facts))
                yield picture._replace(seen=picture.seen._replace(facts=inside), facts=facts)
            else:
                yield picture

    def facts_of_file(self, file: ElnFile) -> list[Fact]:
        """Return what the crate says of a file by name; nothing of it is read."""
        return facts_of(self._crate, file.node, self._people)

    def _verify(self, file: ElnFile) -> None:
        """Check the digest of a file that is no picture; one that isn't there costs nothing."""
        try:
            member = self._members.member(file)
        except ElnError as error:
            if error.reason in {"remote_file", "image_missing"}:
                return
            raise
        self._members.verify(member, file.node)

    def _is_picture(self, file: ElnFile) -> bool:
        """Return whether a file is a picture by name or type, or, where its name has no ending, by how it begins."""
        if is_picture(file) or "." in file.name.strip("."):
            return is_picture(file)
        try:
            return self._members.head(self._members.member(file)).startswith(PICTURE_MAGIC)
        except ReasonedError:
            return False

    def _document(self, entry: ElnEntry) -> ElnDocument:
        crate, node = self._crate, entry.node
        beside = list(self._beside(entry))
        inner = [block for each in beside for block in each.blocks]
        blocks = [*text_blocks(crate, entry), *inner, *step_blocks(crate, entry)]
        name = next((each.name for each in beside if each.name), entry.name)
        title = Fact(name="title", value=name, origin=ORIGIN)
        shown = files_shown((image.src for block in blocks for image in block.pictures), entry)
        pictures = (*filter(self._is_picture, entry.files), *embedded(blocks))
        beside_facts = (fact for each in beside for fact in each.facts)
        unnamed = self._people.left_out_of
        facts = (*unnamed([title]), *facts_of(crate, node, self._people), *unnamed(beside_facts))
        return ElnDocument(
            entry=entry,
            name=self.masked(name),
            told=told_of(blocks, shown, pictures),
            facts=facts,
            people=tuple(people_of(crate, node)),
            license_words=self._people.masked(license_words(crate, node) or license_words(crate, crate.root)),
            pictures=pictures,
            signature=self.signature,
            folder=self._members.folder,
            content=self._content(entry, blocks),
        )

    def _content(self, entry: ElnEntry, blocks: Sequence[Block]) -> str:
        """Return a hash of an entry and its files; what the zip says of their bytes is enough."""
        described = [dict(node) for node in (entry.node, *(file.node for file in entry.files))]
        packed = [self._members.stamp(file) for file in entry.files]
        return make_id(json.dumps(described, sort_keys=True), text_of_blocks(blocks), *packed)

    def _beside(self, entry: ElnEntry) -> Iterator[Beside]:
        """Yield what files of the exporter's own say of an entry."""
        for file in entry.files:
            if may_tell(file.name):
                try:
                    member = self._members.member(file)
                    if self._members.size_bytes(member) > MAX_BESIDE_BYTES:
                        continue
                    blob, _ = self._members.blob(member, file.node)
                except ReasonedError:
                    continue  # `pictures` tells it
                told = read_beside(file.name, blob)
                yield from [told] if told else []


@contextmanager
def opened(
    path: Path, file: IO[bytes] | None = None, *, trusted: Sequence[bytes] = (), keep: Iterable[str] = ()
) -> Iterator[ElnExport]:
    """Open the export at `path`; or the one in `file`, which is open, and `path` its name.

    `trusted` are public keys of minisign's, as their files hold them; `keep` are fields that hold no person, whatever
    they are called.

    Raises:
        ArchiveError: it is hostile, broken, or no export.
    """
    members = ElnMembers(path, file)
    try:
        yield ElnExport(members, trusted, keep)
    finally:
        members.close()
