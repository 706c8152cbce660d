"""Class names: what may be true of one picture by its names stands in no question together."""

import pytest

from captioning.class_names import may_both_be_true, without_doubles
from schemas.curated_table import rows


@pytest.mark.parametrize(("one", "other"), [
    ("metaphase", "mitosis"), ("interphase", "G1"), ("tumor", "tumour"), ("tumor", "neoplasm"), ("normal", "WT"),
    ("platelet", "thrombocyte"), ("neutrophil", "PMN"), ("neutrophil", "WBC"), ("RBC", "blood cell"), ("RBC", "cell"),
    ("red blood cell", "erythrocyte"), ("Mitosis", "mitotic cell"), ("HeLa", "HeLa cells"), ("Platelet", "platelets"),
    ("Golgi", "Golgi complex"), ("ER", "endoplasmic reticulum"), ("caf\u00e9", "cafe\u0301"), ("lymphocyte", "T_cell"),
    ("normal", "negative"), ("colorectal adenocarcinoma epithelium", "colon cancer"), ("cell", "blood cell"),
    ("cell membrane", "plasma membrane"), ("T cells", "immune cells"), ("NK", "natural killer cells"),
    ("SCC", "squamous cell carcinoma"), ("DCIS", "carcinoma in situ"), ("2-cell", "two-cell"), ("nevus", "benign"),
    ("Vesicles", "Endosomes"), ("Vesicles", "Lipid droplets"), ("Nucleoplasm", "Nuclear speckles"),
    ("apoptotic", "cell death"), ("GFAP", "astrocyte"), ("CD4 T cell", "T cell"), ("CD8", "T cell"),
])  # fmt: skip
def test_one_class_by_two_names_or_a_kind_of_it(one, other):
    assert may_both_be_true(one, other)
    assert may_both_be_true(other, one)


@pytest.mark.parametrize(("one", "other"), [
    ("metaphase", "anaphase"), ("red blood cell", "white blood cell"), ("HeLa nucleus", "U2OS nucleus"), ("A", "B"),
    ("tumor", "non-tumor"), ("colon cancer", "normal colon"), ("T cell", "B cell"), ("stage 1", "stage 2"),
    ("platelet", "erythrocyte"), ("Negative for intraepithelial malignancy", "High squamous intra-epithelial lesion"),
    ("Low squamous intra-epithelial lesion", "High squamous intra-epithelial lesion"), ("\u7d30\u80de", "\u6838"),
    ("CD4 T cell", "CD8 T cell"), ("CD4 T cell", "B cell"), ("CD8+ T cells", "NK cells"), ("B cell", "NK cell"),
    ("monocyte", "dendritic cell"), ("mouse", "rat"), ("apoptotic", "necrotic"), ("human HeLa", "human U2OS"),
    ("Vesicles", "Mitochondria"), ("2-cell", "4-cell"), ("nevus", "melanoma"), ("normal", "benign"),
    ("smooth muscle", "skeletal muscle"), ("benign tumor", "malignant tumor"), ("benign", "malignant"),
])  # fmt: skip
def test_two_classes(one, other):
    assert not may_both_be_true(one, other)
    assert not may_both_be_true(other, one)


def test_classes_that_are_the_same_but_for_case_are_one():
    assert list(without_doubles(["Cell_A", "cell a", "b", "B", "c", "d"], ["CELL A", "C"])) == ["B", "d"]


def test_every_pair_of_a_line_of_the_list_may_both_be_true():
    apart = [
        (one, other)
        for row in rows("class_words")
        for one in row["names"].split("|")
        for other in (*row["names"].split("|"), *filter(None, row["kinds"].split("|")))
        if not (may_both_be_true(one, other) and may_both_be_true(other, one))
    ]
    assert not apart
