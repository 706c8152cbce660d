"""Class names: what may be true of one picture by its names stands in no question together."""

import pytest

from captioning.class_names import may_both_be_true, without_doubles


@pytest.mark.parametrize(("one", "other"), [
    ("metaphase", "mitosis"), ("interphase", "G1"), ("tumor", "tumour"), ("tumor", "neoplasm"), ("normal", "WT"),
    ("platelet", "thrombocyte"), ("neutrophil", "PMN"), ("neutrophil", "WBC"), ("RBC", "blood cell"), ("RBC", "cell"),
    ("red blood cell", "erythrocyte"), ("Mitosis", "mitotic cell"), ("HeLa", "HeLa cells"), ("Platelet", "platelets"),
    ("Golgi", "Golgi complex"), ("ER", "endoplasmic reticulum"), ("caf\u00e9", "cafe\u0301"), ("lymphocyte", "T_cell"),
    ("normal", "negative"), ("colorectal adenocarcinoma epithelium", "colon cancer"), ("cell", "blood cell"),
])  # fmt: skip
def test_one_class_by_two_names_or_a_kind_of_it(one, other):
    assert may_both_be_true(one, other)
    assert may_both_be_true(other, one)


@pytest.mark.parametrize(("one", "other"), [
    ("metaphase", "anaphase"), ("red blood cell", "white blood cell"), ("HeLa nucleus", "U2OS nucleus"), ("A", "B"),
    ("tumor", "non-tumor"), ("colon cancer", "normal colon"), ("T cell", "B cell"), ("stage 1", "stage 2"),
    ("platelet", "erythrocyte"), ("Negative for intraepithelial malignancy", "High squamous intra-epithelial lesion"),
    ("Low squamous intra-epithelial lesion", "High squamous intra-epithelial lesion"), ("\u7d30\u80de", "\u6838"),
])  # fmt: skip
def test_two_classes(one, other):
    assert not may_both_be_true(one, other)
    assert not may_both_be_true(other, one)


def test_classes_that_are_the_same_but_for_case_are_one():
    assert list(without_doubles(["Cell_A", "cell a", "b", "B", "c", "d"], ["CELL A", "C"])) == ["B", "d"]
