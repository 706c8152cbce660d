"""What IDR really answered, as its notebooks and OMERO's documentation keep it, is read as it was meant."""

import json
import re

import pytest

from ingest.idr_containers import Container, study_of
from ingest.idr_facts import facts_of
from ingest.idr_pixels import image_data
from ingest.idr_selection import _well

pytestmark = pytest.mark.shared

STUDY_KEYS = """Sample Type|Organism|Study Title|Study Type|Screen Type|Screen Technology Type|Imaging Method
Publication Title|Publication Authors|PubMed ID|PMC ID|Publication DOI|Release Date|License|Copyright"""
IMAGE_KEYS = """Cell Line|Gene Identifier URL|Gene Identifier|Gene Symbol|Organism|Phenotype Term Accession URL
Phenotype Term Accession|Phenotype 30 Term Name|Phenotype Term Name|Phenotype Annotation Level|Phenotype
siRNA Pool Identifier|siRNA Identifier|Channels|Has Phenotype"""


@pytest.fixture
def recorded(shared_data):
    """Returns a recorded answer by its name."""
    folder = shared_data / "api" / "idr"
    return lambda name: (folder / name).read_text(encoding="utf-8")


def pairs(printed, keys):
    """Return the pairs of a printed annotation, whose lines are a key, a blank and a value."""
    known = re.compile(f"({'|'.join(re.escape(key) for line in keys.splitlines() for key in line.split('|'))}) (.+)")
    return [(found[1], found[2]) for line in printed.splitlines() if (found := known.fullmatch(line))]


def test_the_annotation_of_a_screen_tells_its_study(recorded):
    printed = recorded("map_annotations_screen_102_printed.txt")
    container = Container(kind="screen", number=102, name="idr0002-heriche-condensation/screenA")
    study = study_of(container, pairs(printed, STUDY_KEYS))
    assert (study.terms.license, study.copyright, study.authors) == ("CC-BY-4.0", "Heriche et al", "Hériché JK et al.")
    assert study.article.model_dump(include={"doi", "pmid", "pmcid"}) == {
        "doi": "10.1091/mbc.E13-04-0221",
        "pmid": "24943848",
        "pmcid": "PMC4142622",
    }
    assert {fact.name: fact.value for fact in study.facts} == {
        "sample_type": "cell",
        "organism": "Homo sapiens",
        "study_title": "Focused mitotic chromsome condensaton screen using HeLa cells",
        "study_type": "high content screen",
        "screen_type": "primary screen",
        "screen_technology": "RNAi screen",
        "imaging_method": "fluorescence microscopy",
    }


def test_each_phenotype_of_an_image_keeps_its_own_term(recorded):
    printed = recorded("map_annotations_image_122770_printed.txt")
    facts = facts_of(pairs(printed, IMAGE_KEYS), "image 122770")
    phenotypes = {fact.value: fact.id for fact in facts if fact.name == "phenotype"}
    accessions = re.findall(r"^Phenotype Term Accession (CMPO_\d+)$", printed, re.MULTILINE)
    texts = re.findall(r"^Phenotype ((?!Term|Annotation|\d).+)$", printed, re.MULTILINE)
    assert phenotypes == {text: accession.replace("_", ":") for text, accession in zip(texts, accessions, strict=True)}
    assert len(phenotypes) == 13
    told = {fact.name: fact.value for fact in facts}
    assert (told["gene"], told["gene_identifier"], told["sirna"]) == ("ECT2", "NM_018098", "ECT2-02")
    assert next(fact.value for fact in facts if fact.name == "channel_description") == "DAPI:DNA"


def test_img_data_tells_size_scale_and_channels(recorded):
    about = image_data(json.loads(recorded("webclient_imgData_122770.json")), 122770)
    assert (about.width_px, about.height_px, about.depth) == (696, 520, 1)
    assert about.microns_per_pixel == 1.25195005
    assert about.channels == ["DAPI", "FITC-FilterWheel", "TRITC-FilterWheel"]
    assert about.shown == [0, 1, 2]
    assert about.name == "Plate8_Actinome1 [Well O02 Field #1]"


def test_a_row_of_a_table_reads_like_the_annotation(recorded):
    told = json.loads(recorded("webgateway_table_well_45217.json"))["data"]
    row = [(key, str(value)) for key, value in zip(told["columns"], told["rows"][0], strict=True)]
    ids = {fact.id for fact in facts_of(row, "table") if fact.id}
    assert {"NCBITaxon:9606", "EFO:0001185", "CMPO:0000296"} <= ids


def test_a_listed_well_names_its_images(recorded):
    (well,) = json.loads(recorded("omero_jsonapi_doc_list_wells_in_a_plate.json"))["data"]
    assert _well(well) == (0, 0, 139, [2942])


def test_the_local_server_answers_in_the_same_shapes(recorded, server_module):
    server = server_module("idr_server").IdrServer()
    (image,) = server.add_screen("idr0001-a-b/screenA")
    real = json.loads(recorded("webclient_imgData_122770.json"))
    assert server.images[image].keys() <= real.keys()
    for key in ("meta", "size", "pixel_size"):
        assert server.images[image][key].keys() <= real[key].keys()
    assert server.images[image]["channels"][0].keys() <= real["channels"][0].keys()
    (well,) = json.loads(recorded("omero_jsonapi_doc_list_wells_in_a_plate.json"))["data"]
    (made,) = next(iter(server.children.values()))
    assert made.keys() <= well.keys()
    assert made["WellSamples"][0].keys() <= well["WellSamples"][0].keys()
    assert made["WellSamples"][0]["Image"].keys() <= well["WellSamples"][0]["Image"].keys()
    (screen,) = json.loads(recorded("omero_jsonapi_doc_list_screens.json"))["data"]
    assert server.containers["screens"][0].keys() <= screen.keys()
