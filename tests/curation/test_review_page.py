"""The review page in a real browser: every queue by keyboard alone, and nothing lost, asked twice or let in."""

import json
import shutil
import signal
import socket
import time
from datetime import UTC, datetime

import pytest
import review_works
from launched_chromium import CHROMIUM, launched
from review_browsers import ROOT, Reader, commanded, serving
from review_desks import decide, desk_of, keys

import bricks
from curation.review_records import SaidVerdict, take

pytestmark = pytest.mark.browser
AXE = ROOT / "tests" / "data" / "axe" / "axe.min.js"


@pytest.fixture(scope="module")
def works(tmp_path_factory):
    """A workspace in which all eight kinds of doubt wait, some of it hostile; not to be changed."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not there")
    folder = tmp_path_factory.mktemp("works")
    manifest = review_works.written(folder, hostile=True, huge=True)
    with pytest.raises(SystemExit) as ended:
        bricks.main(["run", str(manifest), "--workspace", str(folder / "ws"), "--workers", "1"])
    assert not ended.value.code
    return folder / "ws"


@pytest.fixture
def place(works, tmp_path):
    """A copy of the workspace."""
    return shutil.copytree(works, tmp_path / "ws", ignore=shutil.ignore_patterns("dataset", "report"))


@pytest.fixture
def served(place):
    with serving(place) as served:
        yield served


@pytest.fixture(scope="module")
def chromium(works):
    with launched() as browser:
        yield browser


@pytest.fixture
def people(chromium, served):
    """Return a function that lets somebody in, each with a browser's own store; none of them may see an error."""
    contexts, readers = [], []

    def let_in(name="ana", **how):
        contexts.append(chromium.new_context(viewport={"width": 1280, "height": 800}, **how))
        readers.append(Reader(served, contexts[-1].new_page()))
        return readers[-1].enter(name)

    yield let_in
    heard = [each for reader in readers for each in reader.heard]
    for context in contexts:
        context.close()
    assert heard == []


BY_KEYS = [
    ("pairs", ["a"], "Accepted.", [("same:*", "copy", "")]),
    ("pairs", ["f", "f", "x", "o", "i", "1"], "Saved.", [("same:*", "different", "")]),
    ("words", ["n", "n", "n", "ArrowRight", "ArrowRight", "Shift+ArrowLeft", "a"], "Saved.", None),
    ("words", ["r", "1"], "Rejected.", [("verdict", "drop", "no words of its own")]),
    ("what", ["2"], "Saved.", [("kind", "plot", "")]),
    ("licenses", ["1", "a"], "Saved.", [("license", "CC-BY-4.0", "")]),
    ("licenses", ["1", "Enter"], "Saved.", [("license", "CC-BY-4.0", "")]),
    (
        "licenses",
        ["r", "w", "type:asked the society", "Enter"],
        "Rejected.",
        [("verdict", "drop", "asked the society")],
    ),
    ("tags", ["2", "a"], "Saved.", [("organism", "Rattus norvegicus", ""), ("tags", "accept", "")]),
    ("tags", ["a"], "Accepted.", [("tags", "accept", "")]),
    ("audit", ["a"], "Accepted.", [("text", "accept", "")]),
    ("audit", ["r", "3"], "Rejected.", [("text", "reject", "wrong value")]),
    ("audit", ["r", "0", "3"], "Rejected.", [("verdict", "drop", "wrong value")]),
    ("exam", ["a"], "Accepted.", [("question:*", "accept", "")]),
    ("exam", ["r", "2"], "Rejected.", [("question:*", "reject", "several are right")]),
]


@pytest.mark.parametrize(
    ("queue", "pressed", "told", "expected"), BY_KEYS, ids=[f"{q}-{''.join(k)}" for q, k, *_ in BY_KEYS]
)
def test_every_queue_is_worked_by_keyboard_to_the_decision(  # noqa: PLR0917
    people, served, queue, pressed, told, expected
):
    ana = people()
    key = ana.open(queue)
    ana.press(*pressed)
    ana.told(told)
    said = [
        (each.field.partition(":")[0] + ":*" * (":" in each.field), each.after, each.reason) for each in served.said
    ]
    if expected is not None:
        assert said == expected
    assert {(each.who, each.queue) for each in served.said} == {("ana", queue)}
    assert ana.page.locator("main").get_attribute("data-key") != key


@pytest.mark.parametrize(("queue", "key", "count"), [("exam", "a", 1), ("what", "1", 1), ("words", "s", 0)])
def test_a_key_that_is_held_decides_once(people, served, queue, key, count):
    ana = people()
    first = ana.open(queue)
    began = time.monotonic()
    while time.monotonic() - began < 0.8:
        ana.page.keyboard.down(key)  # again, as a key that is held says
        ana.page.wait_for_timeout(30)
    ana.page.keyboard.up(key)
    ana.page.locator(f"main[data-ready]:not([data-key='{first}'])").wait_for()
    assert len(served.said) == count
    second = ana.key
    ana.press("s")
    ana.page.locator(f"main[data-ready]:not([data-key='{second}'])").wait_for()  # it was let go, so keys count again


def test_a_key_that_is_down_while_the_next_item_comes_counts_only_once_it_was_up(people, served):
    ana = people()
    ana.open("exam")
    ana.page.keyboard.down("q")
    ana.press("a")
    ana.told("Accepted.")
    ana.press("a", "r", "1")
    assert len(served.said) == 1
    ana.page.keyboard.up("q")
    ana.press("r", "1")
    ana.told("Rejected.")
    assert len(served.said) == 2


def test_a_digit_chooses_a_licence_and_saves_nothing(people, served):
    ana = people()
    key = ana.open("licenses")
    ana.press("1")
    ana.told("Chosen: CC-BY-4.0. Enter or a saves.")
    assert ana.page.locator("[data-chooses] [aria-current=true]").inner_text().endswith("CC-BY-4.0")
    assert (ana.key, served.said) == (key, [])
    ana.page.locator("[data-form=accept] button").click()  # it says that it accepts the edit
    ana.told("Saved.")
    assert [each.after for each in served.said] == ["CC-BY-4.0"]


def test_words_are_moved_by_keys(people, served):
    ana = people()
    ana.open("words")
    before = json.loads(ana.value("[name=value]"))
    ana.press("n", "n", "n", "ArrowRight", "ArrowRight", "b", "m", "m", "Shift+ArrowLeft", "Control+Enter")
    ana.told("Saved.")
    (said,) = served.said
    assert said.before == before
    assert said.after[:1] == before[:1]
    assert len(said.after) == len(before) + 1
    assert said.after[1][1] > before[1][1]


def test_boxes_are_chosen_moved_labelled_and_deleted_by_keys(people, served):
    ana = people()
    ana.open("cuts")
    ana.press("p")
    ana.told("Proposal 1 of")
    offered = json.loads(ana.value("form[data-draft] [name=value]"))
    assert [each["label"] for each in offered] == list("ABCD")
    ana.press("n", "Shift+ArrowLeft", "ArrowDown", "Alt+ArrowLeft", "l", "type:E", "Enter", "n", "n", "Delete", "a")
    ana.told("Saved.")
    (said,) = served.said
    left, top, right, bottom = offered[1]["box"]
    assert (said.stage, said.field) == ("2-panels", "boxes")
    assert [each["label"] for each in said.after] == ["A", "E", "C"]
    assert said.after[1]["box"] == [left - 10, top + 1, right - 11, bottom + 1]
    assert said.after[0]["box"] == offered[0]["box"]


def test_a_label_that_is_typed_is_the_name_of_the_box_in_the_list(people):
    ana = people()
    ana.open("cuts")
    ana.press("b", "l", "type:A", "Enter")
    assert ana.page.locator(".boxlist li.chosen button").first.inner_text().startswith("A: ")
    assert ana.page.get_by_role("button", name="Delete A").count() == 1


def test_new_boxes_by_key_lie_on_none_of_the_old_ones(people, served):
    ana = people()
    ana.open("cuts")
    ana.press("b", "b", "b")
    places = [tuple(each["box"]) for each in json.loads(ana.value("form[data-draft] [name=value]"))]
    assert len(set(places)) == len(places) == 4
    ana.press("a")
    ana.told("Saved.")


def test_a_rejection_asks_for_its_reason(people, served):
    ana = people()
    key = ana.open("exam")
    ana.press("r", "w", "Enter")
    assert ana.page.evaluate("document.querySelector('[name=words]').matches(':focus:invalid')")
    assert (ana.key, served.said) == (key, [])
    ana.press("type:dull", "Enter")
    ana.told("Rejected.")
    assert [each.reason for each in served.said] == ["dull"]


def test_a_box_is_drawn_by_mouse_and_what_stood_there_keeps_its_key(people, served):
    ana = people()
    ana.open("cuts")
    frame = ana.page.locator(".port").bounding_box()
    middle = (frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    ana.page.mouse.move(*middle)
    ana.page.mouse.down()
    ana.page.mouse.move(middle[0] + 60, middle[1] + 40)
    ana.page.mouse.move(middle[0] + 120, middle[1] + 90)
    ana.page.mouse.up()
    ana.press("Control+Enter")
    ana.told("Saved.")
    (said,) = served.said
    old, new = said.after
    assert (old, new["key"]) == (said.before[0], None)
    width, height = new["box"][2] - new["box"][0], new["box"][3] - new["box"][1]
    assert width / height == pytest.approx(120 / 90, rel=0.05)


def test_a_term_is_searched_added_and_another_one_taken_away(people, served):
    ana = people()
    ana.open("tags")
    ana.press("/", "type:fibroblast")
    ana.page.locator("#found [aria-selected=true]").wait_for()
    ana.press("Enter", "Escape")
    ana.page.locator(".added").wait_for()
    ana.page.locator("[name=keep-0]").focus()
    ana.press("Space", "a")
    ana.told("Saved.")
    said, settled = served.said
    assert (settled.field, settled.after) == ("tags", "accept")
    assert (said.stage, said.field) == ("2-panels", "annotations")
    assert [each["field"] for each in said.after["added"]] == ["cell_type"]
    assert len(said.after["removed"]) == 1


def test_a_tag_that_is_no_known_term_is_saved_by_a_second_press(people, served):
    ana = people()
    key = ana.open("tags")
    ana.page.locator("[name=column-organism]").fill("Mus muscullus")
    ana.press("Control+Enter")
    ana.page.locator(".notice", has_text="not a known term").first.wait_for()
    ana.heard[:] = [each for each in ana.heard if "422" not in each]  # Chromium tells of each answer that refuses
    assert "Mus musculus" in ana.page.locator(".notice").first.inner_text()
    assert (ana.key, ana.value("[name=column-organism]"), served.said) == (key, "Mus muscullus", [])
    ana.press("a")
    ana.told("Saved.")
    assert ("organism", "Mus muscullus") in [(each.field, each.after) for each in served.said]
    assert ana.heard == []


def test_undo_takes_back_the_last_verdict_of_another_queue_and_says_which(people, served):
    ana = people()
    ana.open("exam")
    assert ana.page.get_by_role("button", name="Undo u").is_disabled()
    first = ana.key
    ana.press("a")
    ana.told("Accepted.")
    ana.open("what")
    assert ana.page.locator("[data-form=undo] button").inner_text() == "Undo in exam u"
    ana.press("u")
    ana.told("Taken back. You are in exam now.")
    assert (ana.key, ana.page.url.endswith(first)) == (first, True)
    assert [each.after for each in served.said] == ["accept", None]


def test_a_queue_that_is_done_leads_to_the_next_with_work(people, served):
    ana = people()
    ana.open("pairs")
    ana.press("a")
    ana.page.locator("main.empty").wait_for()
    assert "Next: cuts, where" in ana.page.locator("main").inner_text()
    ana.page.reload()
    assert ana.page.evaluate("document.documentElement.scrollHeight - innerHeight") == 0
    ana.page.click("main a[rel=next]")
    assert ana.key
    assert "/queue/cuts/" in ana.page.url


def test_a_text_is_edited_beside_what_it_was(people, served):
    ana = people()
    ana.open("audit")
    ana.press("e", "type: Acceptable jokes, skipped.")
    assert ana.page.locator("[data-changes] ins").all_inner_texts()[1] == "Acceptable"
    ana.press("Control+Enter")
    ana.told("Saved.")
    (said,) = served.said  # letters typed in a field are letters
    assert said.after["text"].endswith(" Acceptable jokes, skipped.")


def test_a_question_is_edited(people, served):
    ana = people()
    ana.open("exam")
    before = ana.page.locator(".options li").count()
    ana.press("1", "e", "type: Really?", "Control+Enter")
    ana.told("Saved.")
    (said,) = served.said
    assert said.after["question"].endswith(" Really?")
    assert (said.after["answer_index"], len(said.after["options"])) == (0, before)


def test_without_script_the_page_is_forms_and_links(chromium, served):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(served.url)
    page.fill("[name=name]", "ana")
    page.click("text=Begin")
    for queue, steps in [
        ("audit", ["details.edit summary", ("textarea[name=text]", "Nuclei."), "text=Save the text"]),
        ("what", ["[data-digit='2']"]),
        ("licenses", ["details.reject summary", "text=all rights reserved"]),
        ("words", ["text=Accept"]),
    ]:
        page.goto(f"{served.url}/queue/{queue}")
        for step in steps:
            page.fill(*step) if isinstance(step, tuple) else page.locator(step).first.click()
        page.wait_for_load_state()
    context.close()
    said = [(each.field, each.after) for each in served.said]
    assert said[:3] == [("text", {"text": "Nuclei."}), ("kind", "plot"), ("verdict", "drop")]
    assert said[3][0] == "subcaption_spans"


def test_what_was_decided_on_the_page_is_put_to_work_by_the_next_run(people, served, place, works):
    import pyarrow.parquet as pq

    def rows(stage):
        return pq.read_table(place / stage / "part-00000.parquet").to_pylist()

    ana, asked = people(), {}
    for queue, pressed, words in [
        ("cuts", ["p"], "Proposal"),
        ("words", ["n", "n", "n", "ArrowLeft", "Control+Enter"], "Saved."),
        ("what", ["1"], "Saved."),
        ("licenses", ["1", "a"], "Saved."),
        ("tags", ["1", "a"], "Saved."),
        ("audit", ["e", "Control+a", "type:Nuclei.", "Control+Enter"], "Saved."),
        ("exam", ["r", "1"], "Rejected."),
        ("pairs", ["1"], "Saved."),
    ]:
        told = keys(served.desk, queue)
        ana.open(queue, told[-1])  # other panels than the one whose words change: that asks about its texts again
        ana.press(*pressed)
        ana.told(words)
        if queue == "cuts":
            ana.press("a")
            ana.told("Saved.")
        asked[queue] = served.said[-1]
    figures_before = len(rows("2-panels"))
    with pytest.raises(SystemExit) as ended:
        bricks.main(["run", str(works.parent / "manifest.yaml"), "--workspace", str(place), "--workers", "1"])
    assert not ended.value.code
    panels = {row["id"]: row for row in rows("2-panels")}
    captioned = {row["id"]: row for row in rows("5-captioned")}
    assert len(panels) == figures_before + 3
    assert panels[asked["words"].id]["subcaption_spans"] == asked["words"].after
    assert panels[asked["tags"].id]["organism"] == "Mus musculus"
    assert {asked[queue].id for queue in ("what", "licenses", "tags")} <= captioned.keys()
    assert captioned[asked["audit"].id]["distilled"]["text"] == "Nuclei."
    gone = asked["exam"].field.removeprefix("question:")
    assert gone not in [each["id"] for each in captioned[asked["exam"].id]["questions"]]
    for queue in ("words", "audit", "pairs"):
        ana.page.goto(f"{served.url}/")
        ana.page.goto(f"{served.url}/queue/{queue}")
        assert ana.page.locator(".progress strong").inner_text() == "1"


def test_undo_takes_the_last_verdict_back_and_shows_its_item(people, served):
    ana = people()
    first = ana.open("audit")
    ana.press("a")
    ana.told("Accepted.")
    second = ana.key
    ana.press("r", "1")
    ana.told("Rejected.")
    assert ana.page.locator("main").get_attribute("data-key") not in (first, second)
    ana.press("u")
    ana.told("Taken back.")
    assert ana.key == second
    assert [each.after for each in served.said] == ["accept", "reject", None]


def test_next_previous_and_skip_decide_nothing_and_skipped_items_come_at_the_end(people, served):
    ana = people()
    first = ana.open("exam")
    ana.press("j")
    ana.page.locator(f"main[data-ready]:not([data-key='{first}'])").wait_for()
    ana.press("k")
    ana.page.locator(f"main[data-ready][data-key='{first}']").wait_for()
    ana.press("s")
    ana.told("Skipped.")
    seen = [ana.key]
    while seen[-1] != first:
        ana.press("a")
        ana.page.locator(f"main[data-ready]:not([data-key='{seen[-1]}'])").wait_for()
        seen.append(ana.key)
    assert len(set(seen)) == len(seen)
    assert ana.page.locator(".progress").inner_text().startswith(f"{len(seen) - 1} of {len(seen)}")


def test_two_reviewers_never_see_the_same_item(people, served):
    ana, ben = people("ana"), people("ben")
    seen = {"ana": [ana.open("exam")], "ben": [ben.open("exam")]}
    for _ in range(2):
        for reader, name in ((ana, "ana"), (ben, "ben")):
            reader.press("a")
            reader.page.locator(f"main[data-ready]:not([data-key='{seen[name][-1]}'])").wait_for()
            seen[name].append(reader.key)
    assert set(seen["ana"]).isdisjoint(seen["ben"])
    assert sorted(each.who for each in served.said) == ["ana", "ana", "ben", "ben"]


def test_a_second_look_is_blind_and_where_two_disagree_both_are_shown(people, served):
    first, second, *_ = keys(served.desk, "audit")
    with served.desk.index() as index:
        index.execute("UPDATE items SET wants_second = 1 WHERE queue = 'audit'")
    decide(served.desk, "audit", first, "ben", "reject", reason="wrong value")
    decide(served.desk, "audit", second, "ben")
    ana = people()
    ana.open("audit", first)
    assert "A second look" in ana.page.locator(".state").inner_text()
    assert "ben" not in ana.page.locator("main").inner_text()
    ana.press("a")
    ana.told("Accepted.")
    ana.open("audit", first)
    told = ana.page.locator(".state").inner_text()
    assert ("ben: rejected (wrong value)" in told, "ana: right as it stands" in told) == (True, True)
    ana.page.goto(f"{served.url}/stats")
    assert ana.page.locator("th", has_text="ben").count() == 1


def test_ones_own_older_verdict_is_shown_and_taken_back_where_it_was_given(people, served):
    ana = people()
    first = ana.open("audit")
    ana.press("r", "3")
    ana.told("Rejected.")
    ana.press("a")
    ana.told("Accepted.")
    ana.open("audit", first)
    assert "Rejected by ana" in ana.page.locator(".state").inner_text()
    ana.press("u")
    ana.told("Taken back.")
    assert ana.key == first
    assert [(each.after, each.before) for each in served.said if each.after is None] == [(None, "reject")]


def test_the_address_is_that_of_the_item_and_back_leads_to_the_one_before(people):
    ana = people()
    first = ana.open("exam")
    with ana.page.expect_request(lambda asked: "/picture/" in asked.url and first not in asked.url):
        ana.page.reload()  # the next picture is fetched before it is needed
    ana.press("j")
    ana.page.locator(f"main[data-ready]:not([data-key='{first}'])").wait_for()
    assert ana.page.url.endswith(ana.key)
    ana.page.go_back()
    ana.page.locator(f"main[data-ready][data-key='{first}']").wait_for()
    assert ana.page.title().startswith("Is this question fair")


def test_the_whole_figure_is_shown_around_a_panel(people):
    ana = people()
    ana.open("words")
    with ana.page.expect_response(lambda answer: "whole=1" in answer.url) as answer:
        ana.press("g")
    assert review_works.jpeg_size(answer.value.body()) == (854, 654)
    assert ana.page.locator("#figure .box").bounding_box()["width"] > 100
    ana.press("a", "g")  # keys decide nothing behind it
    assert ana.page.locator("#figure[open]").count() == 0
    assert ana.page.locator("#told").inner_text() == ""


def test_skipping_keeps_the_edit_for_later(people):
    ana = people()
    first = ana.open("audit")
    ana.press("e", "type: More.", "Escape", "s")
    ana.told("Skipped.")
    ana.open("audit", first)
    assert ana.value("textarea[name=text]").endswith(" More.")


@pytest.mark.parametrize(
    ("queue", "pressed", "field"),
    [
        ("audit", ["e", "type: and more"], "textarea[name=text]"),
        ("cuts", ["p"], "form[data-draft] [name=value]"),
        ("tags", ["1"], "[name=column-organism]"),
    ],
)
def test_an_edit_survives_a_reload(people, served, queue, pressed, field):
    ana = people()
    ana.open(queue)
    before = ana.value(field)
    ana.press(*pressed)
    if queue == "cuts":
        ana.told("Proposal")
    edited = ana.value(field)
    assert edited != before
    ana.page.reload()
    assert ana.key
    assert ana.value(field) == edited
    ana.told("Your edit")
    ana.press("Escape", "Control+Enter")
    ana.told("Saved.")
    assert len(served.said) == (2 if queue == "tags" else 1)


def test_a_tag_that_is_no_known_term_is_taken_from_a_file_only_as_typed(place):
    desk = desk_of(place)
    (key, *_) = keys(desk, "tags")
    typed = {"columns": {"organism": "Nonsensia"}}
    said = SaidVerdict(who="ana", when=datetime.now(UTC), verdict="edit", value=typed)
    refused = take(desk, [(key, said)])
    assert (refused.taken, "'Nonsensia'" in refused.refused[0], "--as-typed" in refused.refused[0]) == (0, True, True)
    assert take(desk, [(key, said)], as_typed=True).taken == 1


def test_a_server_that_is_killed_loses_nothing_and_nothing_is_asked_twice(chromium, place):
    from pipeline import decisions

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = chromium.new_context()
    page = context.new_page()
    with commanded(place, port, "ana") as (process, url):
        page.goto(f"{url}/queue/audit")
        first = page.locator("main[data-ready]").get_attribute("data-key")
        page.keyboard.press("a")
        page.locator("#told", has_text="Accepted.").wait_for(state="attached")
        second = page.locator("main[data-ready]").get_attribute("data-key")
        process.send_signal(signal.SIGSTOP)  # so that the verdict is on its way when the server dies
        with page.expect_request("**/decide/**"):
            page.keyboard.press("r")
            page.keyboard.press("2")
        process.kill()
        process.wait()
        page.locator("#trouble", has_text="sent again").wait_for()
    with commanded(place, port, "ana"):
        page.locator("#told", has_text="Rejected.").wait_for(state="attached", timeout=60_000)
        page.goto(f"{url}/queue/audit")
        third = page.locator("main[data-ready]").get_attribute("data-key")
    context.close()
    assert len({first, second, third}) == 3
    said = decisions.read(place / "decisions.sqlite")
    assert [(each.after, each.reason) for each in said] == [("accept", ""), ("reject", "not in the evidence")]


def test_an_answer_that_is_lost_or_slow_is_no_second_verdict(people, served):
    ana = people()
    first = ana.open("audit")
    lost = []

    def lose(route):
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch())  # the server takes it in, and the page never hears of it
            route.abort()

    ana.page.route("**/decide/**", lose)
    ana.press("a", "a", "r", "1")  # what is pressed while a verdict is on its way counts for nothing
    ana.told("Accepted.")
    assert len(lost) == 1
    assert ana.key != first
    assert [each.after for each in served.said] == ["accept"]
    assert any("net::ERR_FAILED" in each for each in ana.heard)
    ana.heard.clear()
    ana.page.unroute_all(behavior="ignoreErrors")


def test_single_letters_can_be_turned_off_and_tab_still_reaches_all(people, served):
    ana = people()
    first = ana.open("audit")
    ana.press("?")
    ana.page.locator("#letters").focus()
    ana.press("Space", "Escape", "a", "s")
    ana.page.reload()
    ana.press("a")
    assert (ana.key, served.said) == (first, [])
    ana.page.locator("#question").focus()
    for _ in range(40):
        ana.press("Tab")
        if ana.page.evaluate("document.activeElement.matches('[data-form=accept] button')"):
            break
    ana.press("Enter")
    ana.told("Accepted.")
    assert [each.after for each in served.said] == ["accept"]


def test_words_of_strangers_are_shown_and_do_nothing(people, served):
    ana = people()
    ana.open("licenses")
    texts = []
    for _ in range(3):
        texts.append(ana.page.locator(".paper").inner_text())
        key = ana.key
        if ana.page.locator("a[rel=next]").count():
            ana.press("j")
            ana.page.locator(f"main[data-ready]:not([data-key='{key}'])").wait_for()
    assert any(review_works.HOSTILE in text for text in texts)
    assert ana.page.locator("main script, main img[src*=evil]").count() == 0


def test_a_large_picture_is_looked_into_by_tiles(people, served):
    ana = people()
    ana.open("licenses")
    while not ana.page.locator("[data-large]").count():
        key = ana.key
        ana.press("j")
        ana.page.locator(f"main[data-ready]:not([data-key='{key}'])").wait_for()
    ana.press("z")
    ana.page.locator(".tiles img").first.wait_for()
    ana.page.wait_for_load_state("networkidle")
    sizes = ana.page.evaluate("[...document.querySelectorAll('.tiles img')].map(tile => tile.naturalWidth)")
    assert 0 < max(sizes) <= 256
    assert len(sizes) <= 80
    ana.press("z")
    ana.page.locator(".tiles").wait_for(state="hidden")


def test_channels_and_contrast_change_the_picture_in_its_own_depth(people, served):
    ana = people()
    ana.open("audit")
    while "16 bit" not in ana.page.locator("figcaption").inner_text():
        key = ana.key
        ana.press("j")
        ana.page.locator(f"main[data-ready]:not([data-key='{key}'])").wait_for()
    ana.press("c")
    assert [each.strip() for each in ana.page.locator(".channel").all_inner_texts()] == ["DAPI", "actin", "MitoTracker"]
    swatches = ana.page.locator(".channel rect")
    assert [swatches.nth(at).get_attribute("fill") for at in range(3)] == ["#ff0000", "#00ff00", "#0000ff"]
    ana.page.locator("[name=channel]").nth(1).focus()
    with ana.page.expect_response(lambda answer: "channels=0,2" in answer.url) as answer:
        ana.press("Space")
    assert answer.value.ok
    ana.page.locator("[name=high]").focus()
    with ana.page.expect_response(lambda answer: "high=0.99" in answer.url) as answer:
        ana.press("ArrowLeft")
    assert review_works.jpeg_size(answer.value.body()) == (480, 360)


def test_who_has_no_token_or_comes_from_elsewhere_is_refused(chromium, place):
    with serving(place, token="a-token-of-our-own") as served:
        context = chromium.new_context()
        page = context.new_page()
        assert page.goto(f"{served.url}/queue/audit").status == 401
        assert page.goto(f"{served.url}/?token=a-token-of-our-owl").status == 401
        assert page.goto(f"{served.url}/?token=a-token-of-our-own").ok
        assert "token" not in page.url
        page.keyboard.type("ana")
        page.keyboard.press("Enter")
        page.locator("table a").first.wait_for()
        page.goto(f"{served.url}/queue/audit")
        key = page.locator("main[data-ready]").get_attribute("data-key")
        fields = page.evaluate("Object.fromEntries(new FormData(document.querySelector('[data-form=accept]')))")
        elsewhere = chromium.new_context()
        evil = elsewhere.new_page()
        elsewhere.add_cookies([{**each, "sameSite": "Lax"} for each in context.cookies()])
        inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
        form = f'<form method="post" action="{served.url}/decide/{key}">{inputs}</form>'
        evil.route("http://evil.example/**", lambda route: route.fulfill(body=form, content_type="text/html"))
        evil.goto("http://evil.example/")
        with evil.expect_response(lambda answer: "/decide/" in answer.url) as answer:
            evil.evaluate("document.forms[0].submit()")
        assert answer.value.status in (401, 403)
        assert served.said == []
        elsewhere.close()
        context.close()


def test_a_slow_line_is_enough(people, served):
    ana = people()
    network = ana.page.context.new_cdp_session(ana.page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    line = {"offline": False, "latency": 100, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
    network.send("Network.emulateNetworkConditions", line)
    began = time.perf_counter()
    ana.page.goto(f"{served.url}/queue/licenses", wait_until="commit")
    assert ana.key
    listens_s = time.perf_counter() - began
    ana.page.wait_for_load_state("load")
    shown_s = time.perf_counter() - began
    assert (listens_s < 5, shown_s < 6) == (True, True), (listens_s, shown_s)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault_on_any_page(people, served, scheme):
    ana = people(color_scheme=scheme)
    axe, faults = AXE.read_text(encoding="utf-8"), []
    rules = "" if scheme == "light" else ", runOnly: ['color-contrast']"  # nothing else is different in the dark

    def looked_at(name):
        ana.page.evaluate(axe)
        found = ana.page.evaluate(
            f"axe.run(document, {{resultTypes: ['violations']{rules}}}).then(told => told.violations)"
        )
        faults.extend(
            (name, each["id"], [node["html"][:120] for node in each["nodes"]][:3])
            for each in found
            if each["impact"] in ("serious", "critical")
        )

    for queue in review_works.QUEUES:
        ana.open(queue)
        looked_at(queue)
        ana.press("e" if queue in ("audit", "exam", "words") else "r")
        looked_at(f"{queue} at work")
    ana.press("Escape", "c", "?")
    looked_at("help")
    ana.open("words")
    ana.press("g")
    looked_at("figure")
    for path in ("/", "/stats"):
        ana.page.goto(served.url + path)
        looked_at(path)
    assert faults == []


@pytest.mark.parametrize("width_px", [1440, 1024])
def test_nothing_is_cut_off_at_either_width(people, served, width_px):
    ana = people()
    ana.page.set_viewport_size({"width": width_px, "height": 768})
    for queue in review_works.QUEUES:
        ana.open(queue)
        wide = ana.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        bottom = ana.page.locator(".keys").bounding_box()
        assert (queue, wide, bottom["y"] + bottom["height"] <= 768) == (queue, 0, True)


def rows_of(boxes):
    return {round(box["y"] + box["height"] / 2) for box in boxes}


@pytest.mark.parametrize("width_px", [1440, 1024])
def test_the_buttons_stand_in_one_row_and_stay_there_while_a_reason_is_given(people, served, width_px):
    ana = people()
    ana.page.set_viewport_size({"width": width_px, "height": 768})
    for queue in ("cuts", "exam"):
        asked = keys(served.desk, queue)
        ana.open(queue, asked[len(asked) // 2])
        buttons = ana.page.locator(".verdict > form button, .verdict summary, .verdict > button, .beside a")
        before = [each.bounding_box() for each in buttons.all()]
        assert len(before) >= 4
        assert len(rows_of(before)) == 1
        ana.press("r")
        assert [each.bounding_box() for each in buttons.all()] == before
        chosen = ana.page.locator(".reasons button").first
        assert chosen.evaluate("each => each.matches(':focus')")
        frame = ana.page.locator("details.reject form").bounding_box()
        assert chosen.bounding_box()["x"] - frame["x"] >= 4  # its ring is 4 px wide
        ana.press("Escape")
