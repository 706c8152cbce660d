from curation.stated import stated_fields


def _fact(name, value, id_=None):
    return {"name": name, "value": value, "unit": None, "id": id_, "origin": "test"}


def test_facts_fill_the_columns_of_their_name():
    facts = [_fact("modality", "fluorescence microscopy"), _fact("gene", "AURKB"), _fact("stain", "DAPI")]
    assert stated_fields(facts) == {"modality": "fluorescence microscopy", "stain": "DAPI"}


def test_facts_that_disagree_fill_nothing():
    assert stated_fields([_fact("tissue", "liver"), _fact("tissue", "kidney")]) == {}


def test_a_fact_said_twice_is_one():
    assert stated_fields([_fact("tissue", "liver"), _fact("tissue", "liver")]) == {"tissue": "liver"}


def test_the_taxon_comes_with_its_organism_and_from_no_other_ontology():
    said = stated_fields([_fact("organism", "Mus musculus", "NCBITaxon:10090")])
    assert said == {"organism": "Mus musculus", "ncbitaxon_id": "NCBITaxon:10090"}
    assert "ncbitaxon_id" not in stated_fields([_fact("organism", "Mus musculus", "EFO:1")])
