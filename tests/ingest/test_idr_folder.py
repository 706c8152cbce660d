"""IDR from a folder: pictures find their row and their study, and what has no picture is told."""

import csv
import gzip
import io
import json
import pickle

import numpy as np
import pytest
from PIL import Image

from ingest.idr_annotations import Annotations, keys_of
from ingest.idr_folder import IdrFolder
from ingest.idr_table import Row
from schemas.errors import UsageError
from schemas.records import Dropped, Failed, Figure

PARTS = {"A": ("confocal microscopy", "FBbi_00000251"), "B": ("scanning electron microscopy (SEM)", "Fbbi_00000257")}


def study_text(accession="idr0999", licence="CC BY 4.0", parts="AB"):
    rows = [
        ("Comment[IDR Study Accession]", accession),
        ("Study Title", "Cells that divide"),
        ("Study Organism", "Homo sapiens"),
        ("Study Organism Term Accession", "NCBITaxon_9606"),
        ("Study Author List", "Doe J, Roe R"),
        ("Study DOI", "https://doi.org/10.1234/ab"),
        *([("Study License", licence)] if licence else []),
    ]
    for part in parts:
        method, number = PARTS[part]
        rows += [("Experiment Number", part), ("Comment[IDR Experiment Name]", f"{accession}-doe-x/experiment{part}")]
        rows += [("Experiment Description", f"About {part}"), ("Experiment Imaging Method", method)]
        rows += [("Experiment Imaging Method Term Accession", number), ("Phenotype Name", "never seen here")]
    return "".join("\t".join(row) + "\t\t\n" for row in rows)


def picture(seed):
    file = io.BytesIO()
    noise = np.random.default_rng(seed).integers(0, 256, (16, 20), np.uint8)
    Image.fromarray(noise).resize((200, 160)).save(file, "PNG")
    return file.getvalue()


class Folder:
    """Studies below a folder, and what comes of them."""

    def __init__(self, root):
        self.root = root

    def study(self, accession="idr0999", **known):
        return self.write(f"studies/{accession}-doe-x/{accession}-study.txt", study_text(accession, **known).encode())

    def table(self, rows, name="studies/idr0999-doe-x/experimentA/idr0999-experimentA-annotation.csv", *, packed=False):
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(rows[0])
        writer.writerows(rows[1:])
        blob = b"\xef\xbb\xbf" + text.getvalue().encode()
        return self.write(f"{name}.gz" if packed else name, gzip.compress(blob) if packed else blob)

    def picture(self, name, seed=1):
        return self.write(name, picture(seed))

    def write(self, name, blob):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(blob)
        return path

    def brought(self, *paths):
        connector = IdrFolder(paths or ["studies"], self.root)
        return [one for item in connector.find() for one in connector.fetch(item)]


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


IMAGES = [
    ("Dataset Name", "Image Name", "Characteristics [Organism]", "Comment [Gene Symbol]", "Image File"),
    ("nuclei", "cell one.ome.tif", "Homo sapiens", "ACT1", "x.tif; y.tif"),
    ("nuclei", "cell two.ome.tif", "Homo sapiens", "TUB2", "z.tif"),
    ("spindles", "cell one.ome.tif", "Mus musculus", "KIF11", "w.tif"),
]
WELLS = [
    ("Plate", "Well", "Well Number", "Gene Symbol", "Phenotype 1", "Phenotype 1 Term Accession"),
    ("P1", "A1", "1", "ACT1", "large", "CMPO_0000128"),
    ("P1", "B12", "24", "TUB2", "", ""),
    ("P_2", "A1", "1", "KIF11", "", ""),
]


def told(figure, name):
    return [(fact.value, fact.id) for fact in figure.facts if fact.name == name]


def genes(outcomes):
    return {one.member: dict(told(one, "gene")) and told(one, "gene")[0][0] for one in outcomes if type(one) is Figure}


def test_a_picture_has_the_facts_of_its_row_and_of_its_part_of_the_study(folder):
    folder.study()
    folder.table(IMAGES)
    folder.picture("studies/idr0999-doe-x/experimentA/spindles/cell one.png")
    figure, dropped = folder.brought()
    assert told(figure, "gene") == [("KIF11", None)]
    assert told(figure, "organism") == [("Mus musculus", None)]
    assert told(figure, "imaging_method") == [("confocal microscopy", "FBbi:00000251")]
    assert told(figure, "phenotype") == []
    assert figure.license == "CC-BY-4.0"
    assert figure.family_key == "idr0999-doe-x/spindles"
    assert figure.retrieved_at is None
    assert "Doe J et al., Cells that divide, https://doi.org/10.1234/ab, idr0999, CC-BY-4.0" in figure.attribution
    origins = {fact.name: fact.origin for fact in figure.facts}
    assert origins["gene"] == "idr0999-experimentA-annotation.csv line 4: Comment [Gene Symbol]"
    assert origins["imaging_method"] == "idr0999-study.txt [experimentA]: Experiment Imaging Method"
    assert (dropped.reason, dropped.source_id) == (
        "image_missing",
        "idr0999/experimentA/idr0999-experimentA-annotation.csv",
    )
    assert dropped.detail.startswith("2 of 3 rows")


def test_a_taxon_of_the_study_is_that_of_the_same_name_in_a_row(folder):
    folder.study()
    folder.table(IMAGES)
    folder.picture("studies/idr0999-doe-x/nuclei/cell one.jpg")
    figure, _ = folder.brought()
    assert told(figure, "organism") == [("Homo sapiens", "NCBITaxon:9606")]


@pytest.mark.parametrize("packed", [False, True])
def test_pictures_are_found_by_image_file_dataset_or_well(folder, packed):
    folder.study()
    folder.table(IMAGES, packed=packed)
    folder.table(WELLS, "studies/idr0999-doe-x/screenB/idr0999-screenB-annotation.csv")
    names = {
        "nuclei/cell one.png": "ACT1",
        "spindles/cell one.png": "KIF11",
        "cell two.png": "TUB2",
        "y.tif": "ACT1",
        "P1_A01.png": "ACT1",
        "P1-B12_field3.png": "TUB2",
        "P_2/A1.png": "KIF11",
        "P_2_A1_1.png": "KIF11",
    }
    for at, name in enumerate(names):
        folder.picture(f"studies/idr0999-doe-x/{name}", at)
    assert genes(folder.brought()) == names


def test_a_picture_that_no_row_or_several_speak_of_is_told(folder):
    folder.study()
    folder.table(IMAGES)
    folder.picture("studies/idr0999-doe-x/cell one.png")  # of nuclei, or of spindles?
    folder.picture("studies/idr0999-doe-x/logo.png")
    outcomes = folder.brought()
    assert [(type(one), one.reason) for one in outcomes] == [
        (Dropped, "not_annotated"),
        (Dropped, "not_annotated"),
        (Dropped, "image_missing"),
    ]


def test_without_a_table_a_picture_has_what_all_parts_say_alike(folder):
    folder.study()
    folder.picture("studies/idr0999-doe-x/one.png")
    folder.picture("studies/idr0999-doe-x/experimentB/two.png", 2)
    known, unknown = sorted(folder.brought(), key=lambda one: one.member)
    assert told(known, "imaging_method") == [("scanning electron microscopy (SEM)", "FBbi:00000257")]
    assert told(unknown, "imaging_method") == told(unknown, "experiment_description") == []
    assert told(unknown, "study_title") == [("Cells that divide", None)]


def test_a_study_without_pictures_is_told_once_for_each_of_its_tables(folder):
    folder.study()
    folder.study("idr0998")
    folder.table(IMAGES)
    folder.table(WELLS, "studies/idr0999-doe-x/screenB/idr0999-screenB-annotation.csv")
    outcomes = folder.brought()
    assert [(one.reason, one.source_id) for one in outcomes] == [
        ("image_missing", "idr0998"),
        ("image_missing", "idr0999/experimentA/idr0999-experimentA-annotation.csv"),
        ("image_missing", "idr0999/screenB/idr0999-screenB-annotation.csv"),
    ]


def test_pictures_named_after_a_study_may_lie_anywhere(folder):
    folder.study(parts="A")
    folder.study("idr0998", parts="B", licence="CC BY-NC 4.0")
    folder.picture("gallery/idr0999_3005394.jpeg")
    folder.picture("gallery/idr0998_17.png", 2)
    folder.picture("gallery/idr0001_5.png", 3)
    folder.picture("studies/idr0999-doe-x/idr0998_18.png", 4)
    folder.picture("studies/idr0999-doe-x/idr0999_19.png", 5)
    outcomes = folder.brought("studies", "gallery")
    rows = {one.source_id: one for one in outcomes if type(one) is Figure}
    assert rows.keys() == {
        *("idr0999/image-3005394", "idr0998/image-17"),
        *("idr0998/image-18", "idr0999/image-19"),
    }
    assert rows["idr0999/image-3005394"].url == "https://idr.openmicroscopy.org/webclient/?show=image-3005394"
    assert rows["idr0999/image-3005394"].license == "CC-BY-4.0"
    assert rows["idr0998/image-18"].license == "CC-BY-NC-4.0"
    assert told(rows["idr0998/image-17"], "imaging_method")[0][1] == "FBbi:00000257"
    assert {one.source_id: one.reason for one in outcomes if type(one) is Dropped} == {
        "idr0001/idr0001_5.png": "study_missing",
        "idr0998": "image_missing",
    }


def test_a_study_without_a_licence_states_none(folder):
    folder.study(licence="")
    folder.picture("studies/idr0999-doe-x/one.png")
    (figure,) = folder.brought()
    assert (figure.license, figure.license_evidence) == (None, None)


def test_a_broken_study_or_table_or_picture_costs_only_itself(folder):
    folder.study()
    folder.write("studies/idr0997-roe-y/idr0997-study.txt", b"\x89PNG\0\0")
    folder.study("idr0996")
    folder.write("studies/idr0996-doe-x/screenA/idr0996-screenA-annotation.csv.gz", b"\x1f\x8bbroken")
    folder.picture("studies/idr0999-doe-x/good.png")
    folder.write("studies/idr0999-doe-x/bad.png", b"no picture")
    outcomes = folder.brought()
    assert [(type(one), getattr(one, "reason", "")) for one in outcomes] == [
        (Failed, "archive_broken"),
        (Failed, "not_a_table"),
        (Dropped, "not_an_image"),
        (Figure, ""),
    ]


def test_what_changes_is_another_item(folder):
    connector = IdrFolder(["studies"], folder.root)
    folder.study()
    folder.table(IMAGES)
    seen = {next(connector.find()).stamp}
    path = folder.picture("studies/idr0999-doe-x/nuclei/cell one.png")
    seen.add(next(connector.find()).stamp)
    path.write_bytes(picture(7) + b"\0")
    seen.add(next(connector.find()).stamp)
    folder.table(IMAGES[:2])
    seen.add(next(connector.find()).stamp)
    folder.write("studies/idr0999-doe-x/notes.yml", b"nothing")
    seen.add(next(connector.find()).stamp)
    assert len(seen) == 4


def test_folders_without_a_study_are_refused_and_connectors_travel(folder):
    folder.write("studies/x.txt", b"")
    connector = pickle.loads(pickle.dumps(IdrFolder(["studies"], folder.root)))
    with pytest.raises(UsageError, match="holds no study"):
        list(connector.find())


def test_a_well_is_told_from_its_neighbours():
    header = ["Plate", "Well"]
    rows = [Row(2, header, ["P1", "A1"]), Row(3, header, ["P1", "A10"]), Row(4, header, ["P1_A1", "B2"])]
    names = ["P1_A1.png", "P1_A10.png", "P1_A1_B2.png", "P1_A100.png"]
    annotations = Annotations()
    annotations.add("a.csv", rows, {key for name in names for key in keys_of(name)})
    found = {name: annotations.match(name).row for name in names}
    assert {name: row and row.number for name, row in found.items()} == {
        "P1_A1.png": 2,
        "P1_A10.png": 3,
        "P1_A1_B2.png": 4,
        "P1_A100.png": None,
    }


def test_extract_prints_a_line_for_each_study_and_picture(folder, command):
    folder.study()
    folder.table(IMAGES)
    folder.picture("studies/idr0999-doe-x/spindles/cell one.png")
    folder.picture("gallery/idr0001_5.png", 3)
    folder.write("studies/idr0997-roe-y/idr0997-study.txt", b"")
    said = command("extract", folder.root / "studies", folder.root / "gallery")
    broken, study, image, lost = said.lines
    assert study["entry"] == {
        "id": "idr0999",
        "name": "idr0999-doe-x",
        "license": "CC-BY-4.0",
        "license_evidence": "Study License: CC BY 4.0",
    }
    assert study["xml"] is None
    assert study["images"] == []
    facts = {(fact["name"], fact["id"]) for fact in study["facts"]}
    assert {("imaging_method", "FBbi:00000251"), ("imaging_method", "FBbi:00000257")} <= facts
    assert image["entry"]["name"] == "cell one.ome.tif"
    assert image["images"][0]["member"] == "idr0999-doe-x/spindles/cell one.png"
    assert (image["images"][0]["format"], image["images"][0]["width_px"]) == ("png", 200)
    assert image["caption"].startswith("Cells that divide. About A. Imaging method: confocal microscopy.")
    assert broken["error"].startswith("not_a_study")
    assert lost["error"].startswith("study_missing")
    assert json.dumps(said.lines)


def test_a_folder_becomes_a_dataset(bench):
    folder = Folder(bench.root)
    folder.study()
    folder.study("idr0998", licence="")
    folder.table(IMAGES)
    folder.picture("studies/idr0999-doe-x/nuclei/cell one.png", 1)
    folder.picture("studies/idr0999-doe-x/nuclei/cell two.png", 2)
    folder.picture("studies/idr0999-doe-x/spindles/cell one.png", 3)
    folder.picture("studies/idr0998-doe-x/idr0998_4.png", 4)
    bench.manifest(sources=[{"type": "idr", "path": "studies"}])
    said = bench.made()
    assert said["stages"][0]["kept"] == 4
    rows = bench.published()
    assert {row["source_id"] for row in rows} == {
        "idr0999/nuclei/cell one.png",
        "idr0999/nuclei/cell two.png",
        "idr0999/spindles/cell one.png",
    }
    assert {row["ncbitaxon_id"] for row in rows} == {"NCBITaxon:9606", "NCBITaxon:10090"}
    assert len({row["family"] for row in rows}) == 2
    assert said["stages"][3]["dropped"] == {"license_unknown": 1}
    assert "Williams et al. 2017" in rows[0]["attribution"]
