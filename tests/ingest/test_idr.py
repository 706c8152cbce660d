"""IDR live: images of studies with what their study and their annotations say, whatever goes wrong."""

import json
import pickle

import pytest

from ingest.connector import EVERYTHING, Known
from ingest.idr import IdrConnector, IdrRequest, manners_of
from schemas.errors import SourceError
from schemas.records import Dropped, Failed, Figure

SCREEN, PROJECT = "idr0001-doe-screens/screenA", "idr0062-roe-nuclei/experimentA"


class Asker:
    """Makes connectors that ask the local IDR."""

    def __init__(self, server, cache):
        self.server, self.cache = server, cache

    def __call__(self, *studies, **asked):
        said = {"studies": studies or ("idr0001",), "licenses": ("CC0-1.0", "CC-BY-4.0"), "per_second": 2000}
        request = IdrRequest(url=self.server.url, **{**said, **asked})
        return IdrConnector(request, contact="lab@example.org", cache=self.cache)

    def brought(self, *studies, **asked):
        connector = self(*studies, **asked)
        return [one for item in connector.find() if item.key != EVERYTHING for one in connector.fetch(item)]


@pytest.fixture
def idr_polite(server_module, tmp_path):
    with server_module("idr_server").running() as server:
        yield Asker(server, tmp_path)


@pytest.fixture
def idr(idr_polite, monkeypatch):
    def hasty(request):
        return manners_of(request).model_copy(update={"backoff_s": 0, "timeout_s": 1, "slow_window_s": 1})

    monkeypatch.setattr("ingest.idr.manners_of", hasty)
    return idr_polite


def figures(outcomes):
    assert [one for one in outcomes if not isinstance(one, Figure)] == []
    return outcomes


def told(figure, name):
    return [(fact.value, fact.id) for fact in figure.facts if fact.name == name]


def test_an_image_of_a_screen_comes_with_what_is_said_of_it(idr):
    (image,) = idr.server.add_screen(SCREEN, um=0.325, depth=5)
    pairs = [["Phenotype", "large cells"], ["Phenotype Term Name", "increased cell size phenotype"]]
    pairs += [["Phenotype Term Accession", "CMPO_0000128"], ["Phenotype", "few cells"]]
    idr.server.annotate("image", image, [["Organism", "Homo sapiens"], ["Gene Symbol", "ECT2"]], "mapr/gene")
    idr.server.annotate("image", image, pairs, "mapr/phenotype")
    (figure,) = figures(idr.brought())
    assert figure.license == "CC-BY-4.0"
    assert figure.license_evidence.startswith("License: CC BY 4.0 https://")
    assert figure.microns_per_pixel == 0.325
    assert figure.retrieved_at is not None
    assert figure.member == f"{image}/z2-t0.jpeg"
    assert figure.url == f"https://idr.openmicroscopy.org/webclient/?show=image-{image}"
    assert (figure.article.doi, figure.article.pmid) == ("10.1091/mbc.E13-04-0221", "24943848")
    assert told(figure, "phenotype") == [("large cells", "CMPO:0000128"), ("few cells", None)]
    assert told(figure, "gene") == [("ECT2", None)]
    assert told(figure, "channel") == [("DAPI", None), ("GFP", None)]
    assert told(figure, "pixel_size") == [("0.325", None)]
    assert told(figure, "imaging_method") == [("fluorescence microscopy", None)]
    assert figure.caption.startswith(f"Title of {SCREEN}. Imaging method: fluorescence microscopy.")
    assert "Phenotype: large cells; few cells." in figure.caption
    assert "Doe J et al., A paper, https://doi.org/10.1091/mbc.E13-04-0221, © Doe et al, idr0001" in figure.attribution
    assert "Williams et al. 2017" in figure.attribution
    origins = {fact.name: fact.origin for fact in figure.facts}
    assert origins["gene"] == f"map annotation of image {image}: Gene Symbol"
    assert origins["channel"] == f"imgData of image {image}"


def test_the_authors_are_named_in_the_attribution_alone(idr):
    idr.server.add_project(PROJECT)
    (figure,) = idr.brought("idr0062")
    assert "Doe J" in figure.attribution
    assert "Doe" not in figure.caption + "".join(fact.value for fact in figure.facts)


def test_plates_and_datasets_are_families(idr):
    idr.server.add_screen(SCREEN, plates=2, wells=2)
    idr.server.add_project(PROJECT, datasets=2, per_dataset=2)
    rows = figures(idr.brought("idr0001", "idr0062"))
    assert len(rows) == 8
    assert len({row.family_key for row in rows}) == 4
    assert {row.family_key.partition("-")[0] for row in rows} == {"idr0001", "idr0062"}


@pytest.mark.parametrize("licence", [None, "CC BY-NC 4.0", "All rights reserved", "see the paper"])
def test_without_a_licence_that_is_allowed_nothing_of_a_study_is_downloaded(idr, licence):
    idr.server.add_screen(SCREEN, wells=3, licence=licence)
    (dropped,) = idr.brought()
    assert type(dropped) is Dropped
    assert dropped.reason == ("license_not_allowed" if licence == "CC BY-NC 4.0" else "license_unknown")
    assert dropped.source_id == SCREEN
    assert idr.server.asked("imgData") == idr.server.asked("render_image") == idr.server.asked("plates") == []


def test_each_screen_of_a_study_has_its_own_licence(idr):
    idr.server.add_screen(SCREEN, wells=2)
    idr.server.add_screen("idr0001-doe-screens/screenB", licence=None)
    outcomes = idr.brought()
    assert [type(one) for one in outcomes] == [Figure, Figure, Dropped]
    assert outcomes[-1].source_id == "idr0001-doe-screens/screenB"


def test_a_study_is_told_from_one_whose_name_begins_alike(idr):
    idr.server.add_screen(SCREEN)
    idr.server.add_screen("idr00010-not-one/screenA")
    idr.server.add_screen("something else")
    idr.server.add_project("idr0001", licence="CC0 1.0")
    families = {row.source_id[:8]: row.family_key for row in figures(idr.brought())}
    assert families.keys() == {"idr0001-", "idr0001/"}
    assert families["idr0001/"].startswith("idr0001/dataset-")


def test_annotations_that_are_not_found_are_no_empty_list(idr):
    (image,) = idr.server.add_screen(SCREEN)
    idr.server.fault(f"image={image}", status=404, times=9)
    (failed,) = idr.brought()
    assert (type(failed), failed.reason) == (Failed, "not_an_answer")


@pytest.mark.parametrize("told", ['{"ns": 5, "values": "x"}', '{"values": ["xy"]}', "7"])
@pytest.mark.parametrize("of", ["screen=", "image="])
def test_annotations_of_no_sensible_shape_are_no_answer_and_asked_for_again(idr, of, told):
    idr.server.add_screen(SCREEN)
    idr.server.fault(of, body=f'{{"annotations": [{told}]}}'.encode(), times=9)
    outcomes = idr.brought()
    assert {(type(one), getattr(one, "reason", "")) for one in outcomes} == {(Failed, "not_an_answer")}

    idr.server.faults.clear()
    assert len(figures(idr.brought())) == 1


def test_what_is_in_doubt_is_told_by_name(idr, caplog):
    list(idr("idr0404").find())
    assert "idr: what is listed is in doubt of idr0404 (IDR lists no such study)." in caplog.text


def test_an_unknown_study_is_told_and_takes_nothing_out(idr):
    connector = idr("idr0404")
    items = list(connector.find())
    assert (items[0].key, items[0].stamp) == ("idr0404", "absent")
    assert items[-1].key == EVERYTHING
    (dropped,) = connector.fetch(items[0])
    assert dropped.reason == "absent"


def test_lists_are_read_page_by_page(idr):
    idr.server.most = 3
    idr.server.add_project(PROJECT, datasets=5, per_dataset=7)
    assert len(figures(idr.brought("idr0062"))) == 35
    assert {seen.query["limit"] for seen in idr.server.asked("api/v0/m/projects/")} == {"1000"}


def test_a_list_that_is_not_whole_takes_nothing_out(idr):
    images = idr.server.add_project(PROJECT, per_dataset=4)
    page = {"data": [{"@id": one} for one in images[:2]], "meta": {"totalCount": 4}}
    empty = {"data": [], "meta": {"totalCount": 4}}
    for _ in range(2):
        idr.server.fault("images/?limit=1000&offset=0", body=json.dumps(page).encode())
        idr.server.fault("images/?limit=1000&offset=2", body=json.dumps(empty).encode())
    items = list(idr("idr0062").find())
    assert [item.stamp for item in items] == ["unlisted", "unlisted"]
    assert items[-1].key == EVERYTHING
    for _ in range(2):
        idr.server.fault("images/?limit=1000&offset=0", body=json.dumps(empty).encode())
    (failed,) = idr("idr0062").fetch(items[0])
    assert (type(failed), failed.reason) == (Failed, "listing_incomplete")
    (dropped,) = idr("idr0062").fetch(items[0])
    assert (type(dropped), dropped.reason) == (Dropped, "listed_later")
    assert len([item for item in idr("idr0062").find() if "/image-" in item.key]) == 4


def test_a_study_that_is_suddenly_empty_takes_nothing_out(idr):
    idr.server.add_project(PROJECT, per_dataset=4)
    assert len(list(idr("idr0062").find())) == 4
    for key in idr.server.children:
        idr.server.children[key] = []
    next_day(idr.cache)
    assert EVERYTHING in [item.key for item in idr("idr0062").find()]


def next_day(cache):
    """Forget what was listed: lists are kept for a day."""
    for path in [*cache.glob("**/=webclient/*.json"), *cache.glob("**/=api/*.json")]:
        path.unlink()


def test_a_licence_that_is_suddenly_gone_takes_nothing_out_until_it_is_asked_for(idr):
    idr.server.add_project(PROJECT, per_dataset=4)
    other = "idr0062-roe-nuclei/experimentB"
    idr.server.add_project(other, per_dataset=2)
    rows = figures(idr.brought("idr0062"))
    idr.server.license_anew(PROJECT, None)
    next_day(idr.cache)
    items = list(idr("idr0062").find())
    assert [item.key.startswith(other) for item in items] == [True, True, False, False]
    assert (items[2].key, items[3].key) == (PROJECT, EVERYTHING)
    changes = list(idr("idr0062").recheck([known(one) for one in rows]))
    assert {one.what for one in changes} == {"license"}
    assert EVERYTHING not in [item.key for item in idr("idr0062").find()]


def test_a_stricter_licence_is_believed_at_once(idr):
    idr.server.add_project(PROJECT, per_dataset=4)
    assert len(list(idr("idr0062").find())) == 4
    idr.server.license_anew(PROJECT, "CC BY-NC 4.0")
    next_day(idr.cache)
    (item,) = idr("idr0062").find()
    assert (item.key, item.stamp) == (PROJECT, "CC-BY-NC-4.0")


def test_the_session_is_opened_before_the_first_question_and_not_again(idr):
    idr.server.add_screen(SCREEN, wells=5)
    figures(idr.brought())
    assert idr.server.seen[0].path == "/webclient/"
    assert idr.server.opened == 1


@pytest.mark.parametrize("within", ["api/v0", "annotations", "imgData", "render_image"])
def test_a_session_that_ends_is_opened_again_and_the_work_goes_on(idr, within):
    idr.server.add_screen(SCREEN, wells=3)
    connector = idr()
    connector._api._open()
    items = list(connector.find()) if within != "api/v0" else None
    idr.server.expire()
    items = items or list(connector.find())
    outcomes = []
    for item in items:
        if within in ("imgData", "render_image"):
            idr.server.expire()
        outcomes += connector.fetch(item)
    assert len(figures(outcomes)) == 3


def test_a_session_that_is_never_given_fails_after_one_more_try(idr):
    idr.server.add_screen(SCREEN)
    idr.server.fault("api/v0", status=403, times=99)
    with pytest.raises(SourceError, match="403"):
        list(idr().find())
    assert idr.server.opened == 2


def test_no_cookie_reaches_the_disk_or_a_pickle(idr, caplog):
    caplog.set_level("DEBUG")
    idr.server.add_screen(SCREEN)
    connector = idr()
    items = list(connector.find())
    figures([one for item in items for one in connector.fetch(item)])
    kept = b"".join(path.read_bytes() for path in idr.cache.rglob("*") if path.is_file())
    assert b"secret" not in kept + pickle.dumps(connector)
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503},
        {"status": 429, "retry_after": "0"},
        {"truncate": True},
        {"reset": True},
        {"html": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("within", ["api/v0/m/screens/", "wells", "annotations", "imgData", "render_image"])
def test_what_goes_wrong_once_costs_nothing(idr, fault, within):
    idr.server.add_screen(SCREEN, wells=2)
    idr.server.fault(within, **fault)
    assert len(figures(idr.brought())) == 2


@pytest.mark.parametrize("within", ["annotations", "render_image"])
def test_an_answer_that_is_too_slow_is_asked_for_again(idr, within):
    idr.server.add_screen(SCREEN)
    idr.server.fault(within, delay_s=1.3)
    assert len(figures(idr.brought())) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 500}, "http_500"),
        ({"status": 404}, "image_missing"),
        ({"truncate": True}, "truncated"),
        ({"body": b"no picture"}, "not_an_image"),
    ],
    ids=str,
)
def test_what_stays_wrong_costs_that_image_alone(idr, fault, reason):
    first, *_ = idr.server.add_screen(SCREEN, wells=3)
    idr.server.fault(f"render_image/{first}/", times=99, **fault)
    outcomes = idr.brought()
    assert [type(one) for one in outcomes[1:]] == [Figure, Figure]
    assert outcomes[0].reason == reason
    assert outcomes[0].source_id == f"{SCREEN}/image-{first}"


def test_a_rendering_of_another_size_is_no_picture_of_that_image(idr):
    (image,) = idr.server.add_screen(SCREEN)
    small = idr.server.answer.__globals__["rendering"](image, 0, 64, 64)
    idr.server.fault("render_image", body=small)
    (failed,) = idr.brought()
    assert failed.reason == "size_mismatch"
    assert len(figures(idr.brought())) == 1


def test_an_image_too_large_to_be_rendered_is_not_asked_for(idr):
    idr.server.add_screen(SCREEN, size_px=(12_001, 12_001))
    (dropped,) = idr.brought()
    assert dropped.reason == "too_large_for_rendering"
    assert "pixels: zarr" in dropped.detail
    assert idr.server.asked("render_image") == []


@pytest.mark.parametrize(("plane", "z"), [(None, 3), ("first", 0), ("middle", 3), ("last", 5), (4, 4)])
def test_the_wanted_section_comes(idr, plane, z):
    idr.server.add_screen(SCREEN, depth=6)
    (figure,) = figures(idr.brought(plane=plane))
    assert figure.figure_key == f"z{z}-t0"


def test_a_section_that_is_not_there_is_told(idr):
    idr.server.add_screen(SCREEN, depth=6)
    (dropped,) = idr.brought(plane=6)
    assert dropped.reason == "plane_absent"


@pytest.mark.parametrize("um", [None, 0, 10_000.0, -1, "x"])
def test_a_size_that_is_none_is_no_scale(idr, um):
    idr.server.add_screen(SCREEN, um=um)
    (figure,) = figures(idr.brought())
    assert figure.microns_per_pixel is None
    assert told(figure, "pixel_size") == []


def test_only_channels_that_the_rendering_shows_are_named(idr):
    (image,) = idr.server.add_screen(SCREEN, channels=("DAPI", "GFP", "mCherry"))
    idr.server.images[image]["channels"][1]["active"] = False
    (figure,) = figures(idr.brought())
    assert told(figure, "channel") == [("DAPI", None), ("mCherry", None)]


def test_of_several_organisms_of_a_study_none_is_said_of_a_picture(idr):
    image, _ = idr.server.add_project(PROJECT, per_dataset=2)
    number = idr.server.containers["projects"][0]["@id"]
    idr.server.annotate("project", number, [["Organism", "Mus musculus"]])
    idr.server.annotate("image", image, [["Organism", "Mus musculus"]])
    mouse, unknown = figures(idr.brought("idr0062"))
    assert told(mouse, "organism") == [("Mus musculus", None)]
    assert told(unknown, "organism") == []


def test_pictures_are_fetched_once_and_forgotten_when_they_are_safe(idr):
    idr.server.add_screen(SCREEN, wells=2, depth=3)
    connector = idr()
    items = list(connector.find())
    for _ in range(2):
        figures([one for item in items for one in connector.fetch(item)])
    assert len(idr.server.asked("render_image")) == len(idr.server.asked("imgData")) == 2
    connector.evict(items)
    assert not [path for path in idr.cache.rglob("=webgateway/*") if path.is_file()]
    assert not [path for path in idr.cache.rglob("=webclient/*.body") if b"wellId" in path.read_bytes()]


def known(figure):
    return Known(source="idr", source_id=figure.source_id, version=None, license=figure.license)


def test_recheck_tells_what_is_gone_and_what_became_stricter(idr):
    gone, _ = idr.server.add_project(PROJECT, per_dataset=2)
    idr.server.add_screen(SCREEN)
    idr.server.add_project("idr0005-a-b/experimentA")
    rows = [known(one) for one in figures(idr.brought("idr0001", "idr0062", "idr0005"))]
    connector = idr("idr0001", "idr0062")
    assert list(connector.recheck(rows)) == []
    idr.server.remove_image(gone)
    idr.server.license_anew(SCREEN, "CC BY-NC 4.0")
    idr.server.containers["projects"].pop()
    changes = {one.source_id: (one.what, one.after) for one in connector.recheck(rows)}
    assert changes == {
        f"{PROJECT}/image-{gone}": ("gone", None),
        rows[0].source_id: ("license", "CC-BY-NC-4.0"),
        rows[-1].source_id if "0005" in rows[-1].source_id else rows[1].source_id: ("gone", None),
    }


def test_recheck_says_which_images_gave_no_answer(idr):
    image, other = idr.server.add_project(PROJECT, per_dataset=2)
    rows = [known(one) for one in figures(idr.brought("idr0062"))]
    idr.server.fault(f"images/{image}/", status=500, times=99)
    idr.server.remove_image(other)
    changes = idr("idr0062").recheck(rows)
    assert next(changes).what == "gone"
    with pytest.raises(SourceError, match="recheck_incomplete"):
        next(changes)


def test_plan_counts_without_fetching(idr):
    idr.server.add_project(PROJECT, datasets=3, per_dataset=5)
    idr.server.add_project("idr0063-a-b/experimentA", per_dataset=50, licence=None)
    idr.server.add_screen(SCREEN, plates=2, wells=9)
    plan = idr("idr0062", "idr0063").plan()
    assert (plan.articles, plan.requests) == (15, 60)
    assert plan.seconds == pytest.approx(60 / 2000)
    assert idr("idr0062", images_per_study=4).plan().articles == 4
    assert idr("idr0001").plan().articles is None
    assert idr("idr0001", images_per_study=7).plan().articles == 7
    assert idr.server.asked("imgData") == idr.server.asked("wells") == []


def test_the_rate_is_kept(idr_polite):
    idr_polite.server.add_screen(SCREEN, wells=2)
    figures(idr_polite.brought(per_second=20))
    moments = sorted(seen.at for seen in idr_polite.server.seen)
    assert len(moments) > 8
    assert (moments[-1] - moments[0]) / (len(moments) - 1) >= 0.9 / 20


def test_the_plain_rate_is_polite():
    assert IdrRequest(studies=("idr0001",), licenses=()).per_second <= 2
