"""Study files and annotation files as facts: what curators wrote in many ways comes out in one."""

import csv
import gzip
import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.idr_facts import facts_of
from ingest.idr_study import read_study, stated_terms
from ingest.idr_table import annotation_rows, study_rows, text_of
from ingest.idr_terms import curie
from schemas.errors import ArchiveError

STUDY = """\
"# Section with generic information about the study"\t\t\t
Comment[IDR Study Accession]\tidr0999\t\t
Study Title\tCells that divide\t\t
Study Description\tWe watched cells. They divided.\t\t
Study Type\thigh content screen\t\t
Study Type Term Source REF\tEFO\t\t
Study Type Term Accession\tEFO_0007550\t\t
Study Organism\tHomo sapiens\tMus musculus\t
Study Organism Term Source REF\tNCBITaxon\t\t
Study Organism Term Accession\t9606\tNCBITaxon:10090\t
Study PubMed ID\t25373780\t\t
Study Publication Title\tOn division\t\t
Study Author List\tDoe J, Roe RS\t\t
Study PMC ID\tPMC4648281\t\t
Study DOI\thttp://dx.doi.org/10.1234/ab.CD\t\t
Study Person Email\tjane@doe.example\t\t
Study Person Address\t"Institute of Doing,
Second Street 2"\tElsewhere\t
Study Person ORCID\t0000-0001-2345-6789\t\t
Study License\tCC BY 4.0\t\t
Study License URL\thttps://creativecommons.org/licenses/by/4.0/\t\t
Study Copyright\tDoe et al\t\t
Study Data DOI\thttps://doi.org/10.17867/10000999\t\t
\t\t\t
Experiment Number\t1\t\t
Comment[IDR Experiment Name]\tidr0999-doe-division/experimentA\t\t
Experiment Description\tOne dye.\t\t
Experiment Imaging Method\tconfocal microscopy\tSTED\t
Experiment Imaging Method Term Source REF\tFbbi\tFbbi\t
Experiment Imaging Method Term Accession\tFBbi_00000251\tFbbi:00000334\t
Phenotype Name\tlarge\todd\tsmall
Phenotype Term Source REF\tCMPO\t\tCMPO
Phenotype Term Accession\tCMPO_0000128\t\tCMPO_0000129
Phenotype Term Source REF\tCMPO\t\t
Phenotype Term Accession\tCMPO_0000140\t\t
Experiment Number\t2\t\t
Comment[IDR Experiment Name]\tidr0999-doe-division/experimentB\t\t
Experiment Imaging Method\timaging mass cytometry\t\t
Experiment Imaging Method Term Accession\t\t\t
"""


def said(facts, name):
    return [(fact.value, fact.id) for fact in facts if fact.name == name]


def test_a_study_file_tells_title_terms_and_parts():
    study = read_study(STUDY.encode(), "idr0999-study.txt")
    assert (study.accession, study.name) == ("idr0999", "idr0999-doe-division")
    assert said(study.facts, "study_title") == [("Cells that divide", None)]
    assert said(study.facts, "study_type") == [("high content screen", "EFO:0007550")]
    assert said(study.facts, "organism") == [("Homo sapiens", "NCBITaxon:9606"), ("Mus musculus", "NCBITaxon:10090")]
    one, two = study.parts
    assert said(one.facts, "imaging_method") == [("confocal microscopy", "FBbi:00000251"), ("STED", "FBbi:00000334")]
    assert said(two.facts, "imaging_method") == [("imaging mass cytometry", None)]
    assert said(one.facts, "phenotype") == [
        ("large", "CMPO:0000128"),
        ("large", "CMPO:0000140"),
        ("odd", None),
        ("small", "CMPO:0000129"),
    ]
    assert study.article.model_dump(include={"doi", "pmid", "pmcid", "title"}) == {
        "doi": "10.1234/ab.CD",
        "pmid": "25373780",
        "pmcid": "PMC4648281",
        "title": "On division",
    }
    assert study.terms.license == "CC-BY-4.0"
    assert study.terms.evidence.startswith("Study License: CC BY 4.0; Study License URL: https://")
    assert study.facts[0].origin == "idr0999-study.txt: Study Title"
    assert one.facts[0].origin == "idr0999-study.txt [experimentA]: Experiment Description"


def test_people_become_no_facts():
    study = read_study(STUDY.encode(), "idr0999-study.txt")
    told = " ".join(fact.value for fact in study.all_facts)
    assert not re.search(r"Doe|Roe|@|0000-0001|Institute|Elsewhere", told)
    assert study.authors == "Doe J et al."


@pytest.mark.parametrize(
    "encoded",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.replace("dye", "d\xefe").encode("latin-1"),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("\tOne dye.", '\t"One dye.').encode(),
    ],
    ids=["bom", "crlf", "cr", "latin-1", "utf-16", "a quote that nobody closed"],
)
def test_however_it_was_saved_it_says_the_same(encoded):
    study = read_study(encoded(STUDY), "idr0999-study.txt")
    expected = read_study(STUDY.encode(), "idr0999-study.txt")
    assert [(fact.name, fact.value.replace("ï", "y"), fact.id) for fact in study.all_facts] == [
        (fact.name, fact.value, fact.id) for fact in expected.all_facts
    ]


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (b"", "not_a_study"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not_a_table"),
        (b"a table\tof something\n", "not_a_study"),
        (b"\x1f\x8b\x08broken", "archive_broken"),
        (gzip.compress(STUDY.encode())[:-20], "archive_broken"),
    ],
)
def test_what_is_no_study_file_is_refused(blob, reason):
    with pytest.raises(ArchiveError) as refused:
        read_study(blob, "notes.txt")
    assert refused.value.reason == reason


def test_a_packed_table_that_unpacks_without_measure_is_refused(monkeypatch):
    monkeypatch.setattr("ingest.idr_table.MOST_BYTES", 1000)
    with pytest.raises(ArchiveError, match="archive_bomb"):
        text_of(gzip.compress(b"a" * 1001), "x.csv.gz")
    assert text_of(gzip.compress(b"a" * 1000), "x.csv.gz") == "a" * 1000


@pytest.mark.parametrize(
    ("licence", "url", "copyright_", "license_id"),
    [
        ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/", "Doe et al", "CC-BY-4.0"),
        ("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/", "", "CC0-1.0"),
        ("CC BY-NC-SA 3.0", "https://creativecommons.org/licenses/by-nc-sa/3.0/", "", "CC-BY-NC-SA-3.0"),
        ("", "https://creativecommons.org/licenses/by/4.0/", "", "CC-BY-4.0"),
        ("CC BY 4.0", "", "", "CC-BY-4.0"),
        ("CC BY 4.0", "https://creativecommons.org/licenses/by-nc/4.0/", "", "CC-BY-NC-4.0"),
        ("CC BY 4.0", "https://example.org/terms", "", None),
        ("CC BY 4.0", "", "All rights reserved", None),
        ("", "", "Doe et al", None),
        ("", "", "", None),
        ("ask us", "", "", None),
    ],
)
def test_the_stricter_licence_governs_and_none_is_unknown(licence, url, copyright_, license_id):
    terms = stated_terms(licence, url, copyright_)
    assert terms.license == license_id
    assert (terms.evidence is None) == (not licence + url + copyright_)


@pytest.mark.parametrize(
    ("accession", "reference", "known"),
    [
        ("9606", "NCBITaxon", "NCBITaxon:9606"),
        ("NCBITaxon_9606", "", "NCBITaxon:9606"),
        ("NCBITaxon:9606", "", "NCBITaxon:9606"),
        ("http://purl.obolibrary.org/obo/NCBITaxon_9606", "", "NCBITaxon:9606"),
        ("Fbbi_00000332", "Fbbi", "FBbi:00000332"),
        ("FBbi:00000336", "", "FBbi:00000336"),
        ("00000246", "Fbbi", "FBbi:00000246"),
        ("246", "Fbbi", None),
        ("EFO:0001185", "EFO", "EFO:0001185"),
        ("NCIT_C181928", "NCIT", "NCIT:C181928"),
        ("", "NCBITaxon", None),
        ("human", "NCBITaxon", None),
        ("NCBITaxon_human", "", None),
        ("FOO_1", "", None),
    ],
)
def test_an_accession_becomes_a_curie_or_nothing(accession, reference, known):
    assert curie(accession, reference) == known


def test_a_term_is_that_of_the_column_before_it():
    pairs = [
        ("Characteristics [Organism]", "Homo sapiens"),
        ("Term Source 1 REF", "NCBITaxon"),
        ("Term Source 1 Accession", "9606"),
        ("Characteristics [Cell Line]", ""),
        ("Term Source 2 REF", "EFO"),
        ("Term Source 2 Accession", "EFO:0001185"),
        ("Experimental Condition [Drug Dose]", "5 uM"),
        ("Phenotype 1", ""),
        ("Phenotype 1 Term Accession", ""),
        ("Phenotype 2", "large cells"),
        ("Phenotype 2 Term Name", "increased cell size phenotype"),
        ("Phenotype 2 Term Accession", "CMPO_0000128"),
        ("Comment [Gene Identifier]", "ENSG00000075239"),
        ("Comment [Gene Symbol]", "ACAT1"),
        ("Channels", "DAPI:DNA;GFP: tubulin"),
        ("Characteristics [Individual]", "patient 7"),
        ("Comment [Image File Path]", "/uod/idr"),
        ("Metabric ID", "MB-0000"),
    ]
    assert [(fact.name, fact.value, fact.id) for fact in facts_of(pairs, "a.csv")] == [
        ("organism", "Homo sapiens", "NCBITaxon:9606"),
        ("drug_dose", "5 uM", None),
        ("channel_description", "DAPI:DNA", None),
        ("channel_description", "GFP: tubulin", None),
        ("phenotype", "large cells", "CMPO:0000128"),
        ("gene", "ACAT1", "ensembl:ENSG00000075239"),
    ]


def test_rows_keep_columns_of_one_name():
    text = "\ufeffA;A;B\n1;2;\n\n3;4;5\n"
    rows = list(annotation_rows(text_of(text.encode(), "x"), "x"))
    assert [row.pairs for row in rows] == [[("A", "1"), ("A", "2"), ("B", "")], [("A", "3"), ("A", "4"), ("B", "5")]]
    assert [row.number for row in rows] == [2, 4]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_end_as_any_system_ends_them_and_cells_may_have_lines(end):
    text = 'A,B\n1,"two\nlines"\n"x ""y""",3'.replace("\n", end)
    rows = [row.cells for row in annotation_rows(text, "x")]
    assert [[cell.replace(end, "|").replace("\n", "|") for cell in cells] for cells in rows] == [
        ["1", "two|lines"],
        ['x "y"', "3"],
    ]


cells = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters='"#'), min_size=1)


@given(st.lists(st.lists(cells, min_size=1), min_size=1))
def test_what_a_spreadsheet_saves_comes_back(rows):
    text = io.StringIO()
    csv.writer(text, "excel-tab").writerows(rows)
    assert list(study_rows(text.getvalue())) == rows


@given(st.text() | st.text('"\t\na'))
@example('"\t"a"')
def test_no_text_breaks_the_reading_of_rows(text):
    for row in study_rows(text):
        assert row
        assert row[-1]


# The same, recomputed from the raw files by another way.


def raw_lines(blob):
    return re.split(r"[\r\n]+", blob.decode("utf-8-sig", errors="replace"))


def raw_values(lines, pattern):
    found = [re.match(rf'"?(?:{pattern})"?\t(.*)', line) for line in lines]
    return [cell.strip(' "') for one in found if one for cell in one[1].split("\t") if cell.strip(' "')]


@pytest.mark.shared
def test_all_real_studies_tell_licence_and_terms(shared_data):
    files = sorted((shared_data / "idr" / "studies").glob("*/*-study.txt"))
    assert len(files) == 20
    for path in files:
        study, lines = read_study(path.read_bytes(), path.name), raw_lines(path.read_bytes())
        ids = {(fact.name, fact.id) for fact in study.all_facts}
        numbers = raw_values(lines, r"(?:Screen|Experiment) Imaging Method Term Accession")
        assert {id_ for name, id_ in ids if name == "imaging_method" and id_} == {
            f"FBbi:{number[-8:]}" for number in numbers
        }, path
        taxa = raw_values(lines, r"(?:Study|Screen|Experiment) Organism Term Accession")
        assert {id_ for name, id_ in ids if name == "organism"} == {
            f"NCBITaxon:{re.sub('[^0-9]', '', taxon)}" for taxon in taxa
        }, path
        (title,) = raw_values(lines, "Study Title")
        assert said(study.facts, "study_title") == [(" ".join(title.split()), None)]
        urls = raw_values(lines, "Study License URL")
        spoken = [re.search(r"/(?:licenses/)?([a-z-]+)/(\d\.\d)/?$", url) for url in urls]
        expected = [f"CC-{one[1].upper()}-{one[2]}" if one[1] != "zero" else f"CC0-{one[2]}" for one in spoken]
        assert [study.terms.license] == (expected or [None]), path
        terms = re.findall(r"CMPO_\d{7}", "\n".join(line for line in lines if line.startswith("Phenotype Term Acc")))
        assert {id_ for name, id_ in ids if name == "phenotype" and str(id_).startswith("CMPO:")} == {
            term.replace("_", ":") for term in terms
        }, path
        mails = re.findall(r"[\w.]+@[\w.]+", "\n".join(lines))
        assert not [mail for mail in mails if mail in " ".join(fact.value for fact in study.all_facts)], path


@pytest.mark.shared
def test_all_real_annotation_files_are_read(shared_data):
    files = sorted((shared_data / "idr" / "studies").glob("*/*/*-annotation.csv"))
    assert len(files) == 24
    for path in files:
        rows = list(annotation_rows(text_of(path.read_bytes(), path.name), path.name))
        raw = path.read_bytes().decode("utf-8-sig")
        assert len(rows) == sum(any(cells) for cells in csv.reader(io.StringIO(raw))) - 1
        told = {fact.id for row in rows for fact in facts_of(row.pairs, path.name)}
        curies = {found.replace("_", ":") for found in re.findall(r"\b(?:CMPO|NCBITaxon|EFO|UBERON|ZFA)_\d+\b", raw)}
        assert curies <= told, path


@pytest.mark.shared
def test_real_rows_of_a_study_file_keep_their_columns(shared_data):
    path = shared_data / "idr" / "studies" / "idr0027-dickerson-chromatin" / "idr0027-study.txt"
    rows = list(study_rows(text_of(path.read_bytes(), path.name)))
    keys = [row[0] for row in rows]
    assert keys.count("Experiment Number") == 1
    assert max(len(row[1].splitlines()) for row in rows if len(row) > 1) == 1
