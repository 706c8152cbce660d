"""Questions of masks: whatever the mask, each answer is right, and no other option is.

`benchmarks.question_truth` tells anew from the pixels which options hold; it shares no code with what is tested.
"""

import json
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as coco

from benchmarks.mask_truth import Truth, pieces_of_labels, pieces_of_masks
from benchmarks.question_truth import disagreement
from captioning.mask_questions import TASKS, Wanted, mask_questions, questions_of_masks
from captioning.panel_objects import panel_objects
from captioning.point_options import points_of
from captioning.question_options import Offering
from pipeline.planes import label_png, tiff_of
from schemas.errors import WorkspaceError
from schemas.manifest import QuestionSettings
from schemas.questions import NONE
from schemas.records import make_id

HOW = Offering(seed=1, none_rate=0.15)


def figure_of(labels, name="nucleus", facts=()):
    form = "png" if labels.max() <= 65_535 else "tiff"
    blob = label_png(labels) if form == "png" else tiff_of(labels)
    return {
        "mask": {"blob": blob, "format": form, "object_class": name},
        "facts": list(facts),
        "width_px": labels.shape[1],
        "height_px": labels.shape[0],
    }


def runs_of(mask):
    runs = coco.encode(np.asfortranarray(mask, dtype=np.uint8))
    return {"size": list(mask.shape), "counts": runs["counts"].decode()}


def figure_of_runs(masks, classes):
    height, width = masks[0].shape
    objects = [
        {"id": at, "class": name, "rle": runs_of(mask)}
        for at, (name, mask) in enumerate(zip(classes, masks, strict=True), 1)
    ]
    blob = json.dumps({"width_px": width, "height_px": height, "objects": objects}).encode()
    mask = {"blob": blob, "format": "rle", "object_class": None}
    return {"mask": mask, "facts": [], "width_px": width, "height_px": height}


def panel_of(figure, key="a", box=None, um_per_px=0.25):
    return {
        "id": make_id(str(key)),
        "box": box or (0, 0, figure["width_px"], figure["height_px"]),
        "microns_per_pixel": um_per_px,
        "microns_per_pixel_source": "metadata" if um_per_px else None,
        "scale_bar": None,
    }


def asked(figure, panel, how=HOW, classes=()):
    return list(mask_questions(panel_objects(figure, panel), Wanted(how, TASKS, classes)))


def truth_of(labels, name="nucleus", um_per_px=0.25, hidden=()):
    pieces = pieces_of_labels(labels) if labels.any() else []
    size = labels.shape[::-1]
    return Truth(pieces, [name] * len(pieces), size, um_per_px, hidden=frozenset(hidden))


def wrongs(questions, truth):
    return [said for each in questions if (said := disagreement(each, truth))]


def blobs(seed, count, side=160, most=18):
    """Return a label map of ellipses, later ones over earlier ones, with numbers that have gaps."""
    rng, labels = np.random.default_rng(seed), np.zeros((side, side + 30), np.uint32)
    rows, columns = np.indices(labels.shape)
    for number in range(count):
        y, x = rng.uniform(0, side), rng.uniform(0, side + 30)
        a, b = rng.uniform(1, most, 2)
        labels[((rows - y) / a) ** 2 + ((columns - x) / b) ** 2 <= 1] = 3 * number + 2
    return labels


@pytest.mark.parametrize("count", [0, 1, 2, 5, 12, 40, 150])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_answer_is_the_one_that_the_pixels_give(count, seed):
    labels = blobs(seed, count)
    figure = figure_of(labels)
    truth = truth_of(labels)
    for key in range(4):
        assert wrongs(asked(figure, panel_of(figure, key)), truth) == []


@given(
    st.integers(0, 2**31),
    st.integers(0, 30),
    st.integers(20, 90),
    st.sampled_from([0.0, 0.15, 0.6]),
    st.sampled_from([1, 70_000]),
)
@settings(max_examples=60, deadline=None)
def test_whatever_the_mask_the_answers_are_right(seed, count, side, rate, first):
    labels = blobs(seed, count, side, most=side / 4)
    labels[labels > 0] += first
    figure = figure_of(labels)
    assert wrongs(asked(figure, panel_of(figure, seed), Offering(seed, rate)), truth_of(labels)) == []


@given(st.integers(0, 2**31), st.data())
@settings(max_examples=40, deadline=None)
def test_a_panel_that_is_a_part_of_its_figure_is_asked_about_what_lies_in_it(seed, data):
    labels = blobs(seed, 25)
    height, width = labels.shape
    left, top = data.draw(st.integers(0, width - 40)), data.draw(st.integers(0, height - 40))
    right, bottom = data.draw(st.integers(left + 30, width)), data.draw(st.integers(top + 30, height))
    part = labels[top:bottom, left:right]
    numbers = [number for number in np.unique(part) if number]
    cut = {at for at, number in enumerate(numbers) if (labels == number).sum() > (part == number).sum()}
    figure = figure_of(labels)
    questions = asked(figure, panel_of(figure, seed, (left, top, right, bottom)))
    assert wrongs(questions, truth_of(part, hidden=cut)) == []
    whole = asked(figure, panel_of(figure, seed))
    assert not whole or len({each.id for each in whole}) == len(whole)


def test_objects_that_overlap_stay_whole_and_have_their_classes():
    rng = np.random.default_rng(5)
    rows, columns = np.indices((200, 220))
    for round_ in range(6):
        masks, classes = [], []
        for at in range(24):
            y, x, a, b = *rng.uniform(10, 190, 2), *rng.uniform(4, 20, 2)
            masks.append(((rows - y) / a) ** 2 + ((columns - x) / b) ** 2 <= 1)
            classes.append(["platelet", "nucleus", "red_cell", "debris"][min(3, at % 5)])
        figure = figure_of_runs(masks, classes)
        names = [name.replace("_", " ") for name in classes]
        truth = Truth(pieces_of_masks(masks), names, (220, 200), 0.25)
        questions = asked(figure, panel_of(figure, round_))
        assert wrongs(questions, truth) == []
        assert {"counting", "object_class", "touching"} <= {each.task for each in questions}


NAMES = ["cell", "red_cell", "Cell", "{0}", "%s", "None of the above", " ", None, "CD4+ (T)", "a\nb", "\u00b5-body"]


@given(st.integers(0, 2**31), st.lists(st.sampled_from(NAMES), min_size=1, max_size=30), st.sampled_from([4, 14]))
@settings(max_examples=60, deadline=None)
def test_whatever_the_classes_are_called_and_however_objects_overlap(seed, names, most):
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((100, 120))
    masks = []
    for _ in names:
        y, x, a, b = *rng.uniform(2, 98, 2), *rng.uniform(1, most, 2)
        masks.append(((rows - round(y)) / a) ** 2 + ((columns - round(x)) / b) ** 2 <= 1)
    figure = figure_of_runs(masks, [name or None for name in names])
    said = {"cell": "Cell" if "Cell" in names else "cell", "Cell": "Cell", "red_cell": "red cell", "a\nb": "a b"}
    known = [None if name in (None, " ", "None of the above") else said.get(name, name) for name in names]
    questions = asked(figure, panel_of(figure, seed), Offering(seed, 0.15), [name for name in NAMES if name])
    assert wrongs(questions, Truth(pieces_of_masks(masks), known, (120, 100), 0.25)) == []


def blocks(count, side=20, height=300, width=400):
    """Return a label map of squares in rows, far apart, that no border cuts."""
    labels = np.zeros((height, width), np.uint32)
    for at in range(count):
        top, left = 10 + 40 * (at // 9), 10 + 42 * (at % 9)
        labels[top : top + side, left : left + side] = at + 1
    return labels


def test_a_class_that_may_be_one_with_another_is_neither_asked_about_nor_offered():
    labels = blocks(40)
    names = ["red blood cell"] * 20 + ["erythrocyte"] * 5 + ["blood cell"] * 5 + ["platelet"] * 6 + ["debris"] * 4
    figure = figure_of_runs([labels == at for at in range(1, 41)], names)
    known = ["RBC", "dust", "thrombocyte", "bacterium", "yeast"]
    for key in range(30):
        questions = asked(figure, panel_of(figure, key), classes=known)
        assert not [each for each in questions if "erythrocyte" in each.question or "blood cell" in each.question]
        for each in questions:
            if each.task == "object_class":
                assert "at_point" in each.tags
                assert each.answer in {"platelet", "debris", NONE}
                assert not {"platelet", "thrombocyte"} <= set(each.options)
                assert len({"RBC", "erythrocyte", "red blood cell", "blood cell"} & set(each.options)) <= 1


def test_boxes_of_all_are_asked_for_only_where_nobody_could_count_otherwise():
    plain = blocks(12)
    speck, loose = plain.copy(), plain.copy()
    speck[280:284, 380:384] = 13
    loose[280:290, 380:390] = 12
    for labels, sure in ((plain, True), (speck, False), (loose, False)):
        figure = figure_of(labels)
        listed = {each.tags[0] for each in asked(figure, panel_of(figure)) if " all " in each.question}
        assert ({"box", "centroid"} <= listed) == sure
        assert "semantic_mask" in listed


def test_a_number_without_the_specks_is_no_option():
    labels = blocks(30)
    labels[labels > 24] = 0
    for at in range(6):
        labels[10 + 12 * at : 13 + 12 * at, 390:393] = 31 + at
    figure = figure_of(labels)
    for key in range(100):
        counted = [each for each in asked(figure, panel_of(figure, key)) if each.task == "counting"]
        assert not [each for each in counted if "24" in each.options]


def test_the_point_farthest_from_the_others_and_the_one_farthest_from_the_edge_are_right_by_chance():
    alone = central = 0
    for key in range(600):
        points = np.random.default_rng(key).integers(40, 360, (40, 2))
        points[20:] = points[20:] // 8 + 100 * (points[20:] % 4)  # the wrong ones in a few crowds
        right, wrong = points_of(points, (400, 400), range(20), range(20, 40), key)
        at = points[[right, *wrong]]
        away = np.abs(at[:, None] - at[None]).sum(axis=2) + 9999 * np.eye(5)
        alone += int(away.min(axis=1).argmax() == 0)
        central += int(np.minimum(at, 399 - at).min(axis=1).argmax() == 0)
    assert 0.14 < alone / 600 < 0.26
    assert 0.14 < central / 600 < 0.26


def test_a_class_that_only_the_set_knows_is_a_wrong_option():
    labels = blobs(3, 12)
    figure = figure_of(labels)
    made = asked(figure, panel_of(figure), classes=["cell", "axon", "Nucleus", "debris"])
    (question,) = [each for each in made if each.task == "object_class"]
    assert set(question.options) - {NONE} <= {"nucleus", "cell", "axon", "debris"}
    assert question.answer == "nucleus"


def test_thousands_of_objects_are_told_by_numbers_far_apart():
    labels = np.zeros((400, 400), np.uint32)
    labels[::5, ::5] = labels[1::5, ::5] = labels[::5, 1::5] = labels[1::5, 1::5] = labels[2::5, ::5] = labels[
        2::5, 1::5
    ] = labels[::5, 2::5] = labels[1::5, 2::5] = labels[2::5, 2::5] = np.arange(1, 6401).reshape(80, 80)
    figure = figure_of(labels)
    questions = asked(figure, panel_of(figure))
    assert wrongs(questions, truth_of(labels)) == []
    numbers = sorted(int(option) for option in questions[0].options if option != NONE)
    assert all(other >= 1.4 * one for one, other in pairwise(numbers))
    assert not any(each.tags[:1] in (["box"], ["centroid"]) for each in questions if len(each.boxes) > 50)


def test_no_mask_no_scale_no_question():
    figure = {**figure_of(blobs(1, 5)), "mask": None}
    assert asked(figure, panel_of(figure, um_per_px=None)) == []
    assert [each.task for each in asked(figure, panel_of(figure))] == ["scale_bar", "field_of_view"]


def test_without_a_scale_nothing_is_asked_in_microns():
    labels = blobs(1, 20)
    figure = figure_of(labels)
    tasks = {each.task for each in asked(figure, panel_of(figure, um_per_px=None))}
    assert tasks.isdisjoint({"size", "scale_bar", "field_of_view"})
    assert "counting" in tasks


def test_what_the_border_cuts_counts_as_one_but_is_never_the_largest():
    labels = np.zeros((100, 100), np.uint8)
    labels[:40, :40] = 1
    for at, left in enumerate(range(5, 95, 10), 2):
        labels[60 : 62 + at, left : left + 6] = at
    figure = figure_of(labels)
    questions = asked(figure, panel_of(figure), Offering(1))
    assert {each.answer for each in questions if each.task == "counting"} == {"10"}
    assert wrongs(questions, truth_of(labels)) == []
    largest = [each for each in questions if "largest" in each.tags]
    assert not any([0, 0, 40, 40] in [list(box) for box in each.boxes] for each in largest)


def test_loose_pieces_and_specks_leave_a_count_that_may_be_mistaken_unasked():
    labels = np.zeros((100, 100), np.uint8)
    for at, left in enumerate(range(5, 95, 15), 1):
        labels[10:20, left : left + 8] = labels[40:50, left : left + 8] = at
    figure = figure_of(labels)
    assert "counting" not in {each.task for each in asked(figure, panel_of(figure))}
    labels[30:60] = 0
    figure = figure_of(labels)
    assert "counting" in {each.task for each in asked(figure, panel_of(figure))}


def test_the_same_seed_gives_the_same_questions_and_ids_are_of_the_panel():
    labels = blobs(4, 30)
    figure = figure_of(labels)
    first = asked(figure, panel_of(figure, "a"))
    assert first == asked(figure, panel_of(figure, "a"))
    other = asked(figure, panel_of(figure, "b"))
    ids = [each.id for each in [*first, *other]]
    assert len(set(ids)) == len(ids)
    assert first != asked(figure, panel_of(figure, "a"), Offering(2, 0.15))


def test_every_closed_question_has_four_or_five_options_and_a_sentence_for_each():
    for seed in range(5):
        labels = blobs(seed, 30)
        figure = figure_of(labels)
        for each in asked(figure, panel_of(figure, seed)):
            assert len(each.captions) == len(each.options)
            assert (len(each.options) in (4, 5)) == (each.answer_index is not None)
            assert len(set(each.captions)) == len(each.captions)
            assert (each.held_back is not None) == (each.answer == NONE)
            assert not each.options or len({caption.count("{") for caption in each.captions}) == 1


def test_what_the_objects_are_may_stand_in_a_fact():
    labels = blobs(4, 20)
    figure = figure_of(labels, None, [{"name": "object_class", "value": "axon"}])
    questions = asked(figure, panel_of(figure))
    assert all("of the class axon" in each.question for each in questions if each.task == "counting")
    assert wrongs(questions, truth_of(labels, "axon")) == []


@pytest.mark.parametrize(
    ("tasks", "wanted"),
    [
        (("counting",), {"counting"}),
        (("scale",), {"size", "scale_bar", "field_of_view"}),
        (("touching",), {"touching"}),
        (("modality", "stain"), set()),
    ],
)
def test_a_manifest_says_which_tasks_are_asked(tasks, wanted):
    labels = blobs(4, 40)
    figure = figure_of(labels)
    asked_for = QuestionSettings.model_construct(tasks=tasks, none_of_the_above=0.15, per_panel=4)
    made = list(questions_of_masks(figure, panel_of(figure), asked_for, 17))
    assert {each.task for each in made} == wanted
    assert wrongs(made, truth_of(labels)) == []


def test_a_mask_that_changed_on_the_disk_stops_the_run():
    figure = {**figure_of(blobs(1, 5)), "width_px": 7}
    with pytest.raises(WorkspaceError, match="is not what it was"):
        asked(figure, panel_of(figure))


@pytest.mark.shared
def test_on_real_sets_every_answer_agrees_with_the_mask(shared_data):
    tasks = Counter()
    for path in sorted((shared_data / "seg").glob("*/masks/*.png"))[::4]:
        labels = np.asarray(Image.open(path))
        figure = figure_of(labels.astype(np.uint32))
        questions = asked(figure, panel_of(figure, path.name))
        assert wrongs(questions, truth_of(labels)) == []
        tasks.update(each.task for each in questions)
    assert set(tasks) == set(TASKS) - {"object_class"}


def test_a_wrong_answer_would_be_seen():
    caught = Counter()
    for seed in range(16):
        labels = blobs(seed, 8 + seed)
        figure = figure_of(labels)
        truth = truth_of(labels)
        for each in asked(figure, panel_of(figure, seed), Offering(seed)):
            for place, option in enumerate(each.options):
                if place != each.answer_index:
                    other = each.model_copy(update={"answer_index": place, "answer": option})
                    assert disagreement(other, truth)
                    caught[each.task] += 1
            if not each.options:
                moved = [(left, top, right + 1, bottom) for left, top, right, bottom in each.boxes]
                assert disagreement(each.model_copy(update={"boxes": moved}), truth)
                fewer = json.dumps(
                    json.loads(each.answer)[1:] if "_mask" not in each.tags[0] else [runs_of(labels == 0)]
                )
                assert disagreement(each.model_copy(update={"answer": fewer}), truth)
                caught[each.tags[0]] += 1
    assert set(caught) >= set(TASKS) - {"object_class"}
