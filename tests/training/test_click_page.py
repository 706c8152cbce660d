"""The click page in a real browser: points by mouse and by keys, the mask shown and saved, nobody else let in."""

import json
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from drawn_masks import drawn
from launched_chromium import launched
from PIL import Image

from pipeline.web import Door, application
from pipeline.web_serving import listening

pytest.importorskip("torch")
pytest.importorskip("peft")
pytest.importorskip("uvicorn")
pytestmark = [pytest.mark.browser, pytest.mark.train]

AXE = Path(__file__).resolve().parents[1] / "data" / "axe" / "axe.min.js"


@contextmanager
def serving(clickable, token=None):
    import uvicorn

    from training.click_page import routes

    with listening(Door(secret=b"s" * 32, token=token)) as (listener, door):
        app = application(routes(clickable, "<b>cell</b>.png"), door)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{door.port}"
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture(scope="module")
def clickable():
    from made_checkpoints import joint_of, recipe_of

    from training.checkpoints import Loaded
    from training.segmenting import Clickable

    recipe = recipe_of(words=True)
    return Clickable(Loaded(joint_of(recipe), recipe, None), drawn(1, side=120)[0][:, :90])


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture
def page(chromium, clickable):
    heard = []
    with serving(clickable) as url:
        opened = chromium.new_page(viewport={"width": 1000, "height": 900})
        opened.set_default_timeout(60_000)
        opened.on("console", lambda each: heard.append(each.text) if each.type in ("error", "warning") else None)
        opened.on("pageerror", lambda error: heard.append(str(error)))
        opened.goto(url)
        opened.locator("main[data-ready]").wait_for()
        yield opened
        opened.close()
    assert heard == []


def told(page, words):
    page.locator("#told", has_text=words).wait_for()


def listed(page):
    return page.locator("#list li").all_inner_texts()


def test_points_are_put_by_mouse_and_the_mask_is_drawn(page, clickable):
    box = page.locator("#picture svg").bounding_box()
    scale = min(box["width"] / 90, box["height"] / 120)
    left, top = box["x"] + (box["width"] - 90 * scale) / 2, box["y"] + (box["height"] - 120 * scale) / 2
    page.mouse.click(left + 30.5 * scale, top + 40.5 * scale)
    told(page, f"1 point, mask of {clickable.mask([(30, 40)]).area_px} px.")
    page.mouse.click(left + 60.5 * scale, top + 80.5 * scale, button="right")
    told(page, f"2 points, mask of {clickable.mask([(30, 40)], [(60, 80)]).area_px} px.")
    page.keyboard.down("Shift")
    page.mouse.click(left + 10.5 * scale, top + 10.5 * scale)
    page.keyboard.up("Shift")
    told(page, "3 points")
    assert listed(page) == ["on the object: 30, 40", "beside it: 60, 80", "beside it: 10, 10"]
    assert page.locator("#mask").get_attribute("href").startswith("data:image/png;base64,")


def test_the_page_is_worked_by_keys_alone_and_the_mask_is_saved(page, clickable, tmp_path):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "on"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "picture"
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowRight"):
        page.keyboard.press(key)
    told(page, "Cross at 44, 58.")
    page.keyboard.press("Enter")
    told(page, "1 point, mask")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("n")
    told(page, "2 points, mask")
    page.keyboard.press("Backspace")
    told(page, "1 point, mask")
    assert listed(page) == ["on the object: 44, 58"]
    with page.expect_download() as waiting:
        page.locator("#keep").press("Enter")
    waiting.value.save_as(tmp_path / "mask.png")
    with Image.open(tmp_path / "mask.png") as picture:
        mask = np.asarray(picture)
    assert mask.shape == (120, 90)
    assert (mask > 0).sum() == clickable.mask([(44, 58)]).area_px > 0
    page.locator("#picture").press("Escape")
    told(page, "No point yet.")
    assert listed(page) == []


def test_by_touch_a_switch_says_what_a_click_means_and_points_are_as_large_on_a_small_screen(chromium, clickable):
    with serving(clickable) as url:
        touched = chromium.new_page(viewport={"width": 390, "height": 800}, has_touch=True)
        touched.goto(url)
        touched.locator("main[data-ready]").wait_for()
        box = touched.locator("#picture svg").bounding_box()
        tap = touched.touchscreen.tap
        tap(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
        told(touched, "1 point, mask")
        touched.get_by_role("radio", name="beside it").press("Space")
        tap(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.7)
        told(touched, "2 points, mask")
        assert [each.partition(":")[0] for each in listed(touched)] == ["on the object", "beside it"]
        for width in (390, 1280):
            touched.set_viewport_size({"width": width, "height": 800})
            sizes = "[...document.querySelectorAll('circle')].map(one => one.getBoundingClientRect().width / 2)"
            touched.wait_for_function(f"{sizes}.every(radius => radius > 5.5 && radius < 8)")
        touched.evaluate("document.querySelector('#picture svg').style.width = '50%'")
        touched.evaluate("document.querySelector('#picture svg').style.height = '700px'")
        touched.locator("#picture svg").click(position={"x": 5, "y": 5})
        assert len(listed(touched)) == 2
        touched.close()


def test_the_language_model_is_asked_from_the_page(page):
    page.get_by_role("button", name="Describe the picture").press("Enter")
    page.locator("#words", has_text=re.compile(r"^(?!Reading)\s*\S")).wait_for()


def test_axe_finds_no_serious_fault(page):
    page.locator("#picture").press("Enter")
    told(page, "1 point, mask")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(told => told.violations)")
    faults = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]
    assert faults == []


def answered(url, body=None, **headers):
    asked = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, answer.read().decode("utf-8", "replace"), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers)


def test_nobody_is_let_in_without_the_token_and_no_foreign_form_is_heard(clickable):
    with serving(clickable, token="a-word-of-16-or-more") as url:
        assert answered(url)[0] == 401
        assert answered(f"{url}/picture")[0] == 401
    with serving(clickable) as url:
        status, body, headers = answered(url)
        assert status == 200
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "<b>cell" not in body
        assert "<script>" not in body
        points = {"points": [{"x": 1, "y": 1, "on": True}]}
        assert answered(f"{url}/mask", points)[0] == 403
        cookie, csrf = headers["set-cookie"].partition(";")[0], body.split('data-csrf="')[1].split('"')[0]
        ours = {"Cookie": cookie, "x-csrf-token": csrf}
        assert answered(f"{url}/mask", points, **ours)[0] == 200
        assert answered(f"{url}/mask", points, **ours, Origin="http://evil.example")[0] == 403
        assert answered(f"{url}/static/..%2fclick_page.py")[0] == 404


@pytest.mark.parametrize(
    "points",
    [
        None,
        [],
        "words",
        [[1, 2]],
        [{"x": 1.5, "y": 2, "on": True}],
        [{"x": 500, "y": 2, "on": True}],
        [{"x": 10**400, "y": 2, "on": True}],
        [{"x": 1, "y": -1, "on": True}],
        [{"x": 5, "y": 2, "on": False}],
        [{"x": 1, "y": 1, "on": True}] * 101,
    ],
)
def test_points_that_mean_nothing_are_refused_in_words(clickable, points):
    with serving(clickable) as url:
        _, body, headers = answered(url)
        cookie, csrf = headers["set-cookie"].partition(";")[0], body.split('data-csrf="')[1].split('"')[0]
        status, said, _ = answered(f"{url}/mask", {"points": points}, Cookie=cookie, **{"x-csrf-token": csrf})
        assert status == 422
        assert said.endswith(".")
        assert len(said) < 200


def test_json_that_is_nested_without_end_is_refused(clickable):
    with serving(clickable) as url:
        _, body, headers = answered(url)
        cookie, csrf = headers["set-cookie"].partition(";")[0], body.split('data-csrf="')[1].split('"')[0]
        deep = "[" * 50_000
        forms = {"mask": deep, "save": urllib.parse.urlencode({"csrf": csrf, "points": deep})}
        for place, sent in forms.items():
            asked = urllib.request.Request(f"{url}/{place}", sent.encode(), {"Cookie": cookie, "x-csrf-token": csrf})
            with pytest.raises(urllib.error.HTTPError, match="422"):
                urllib.request.urlopen(asked, timeout=30)
