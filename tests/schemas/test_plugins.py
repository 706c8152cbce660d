"""Plug-ins: found by entry points, named in manifests, and broken ones cost only themselves."""

import json
import re

import plugged
import pytest

from ingest.sources import asked, connectors
from pipeline.lock import read_lock, write_lock
from pipeline.workspace import Workspace
from publishing.gates import GATES
from schemas import plugins
from schemas.errors import ManifestError, UsageError
from schemas.manifest import public_manifest
from schemas.manifest_file import load_manifest
from schemas.manifest_keys import source_types
from schemas.published_schemas import PUBLISHED, as_text, manifest_json_schema

CAPTIONERS = """
from schemas.plugin_kinds import CaptionerPlugin, GatePlugin, Refusal
ECHO = CaptionerPlugin(lambda panel, settings: panel.facts[0], sees=True)
def judge(folder, manifest):
    yield Refusal("panels", "not today", "0" * 32)
    raise RuntimeError("and then it broke")
GATE = GatePlugin(judge)
"""


@pytest.fixture
def attic(tmp_path, monkeypatch):
    """A connector, a captioner and a gate, installed."""
    folder = tmp_path / "site"
    plugged.distribution(folder, "plugged_attic", plugged.CONNECTOR, connectors="attic = plugged_attic:ATTIC")
    named = {"captioners": "echo = plugged_words:ECHO", "gates": "never = plugged_words:GATE"}
    plugged.distribution(folder, "plugged_words", CAPTIONERS, **named)
    plugged.installed(folder, monkeypatch)
    yield folder
    plugged.uninstalled()


@pytest.fixture
def manifest(tmp_path):
    """Writes a manifest whose sources are these lines of YAML."""

    def written(*sources, more=""):
        path = tmp_path / "m.yaml"
        lines = "".join(f"  - {source}\n" for source in sources)
        path.write_text(f"bricks: 1\nname: m\nlicenses: [CC0-1.0]\nsources:\n{lines}{more}", encoding="utf-8")
        return path

    return written


def problems(path):
    with pytest.raises(ManifestError) as error:
        load_manifest(path)
    return [str(one).partition("m.yaml:")[2] for one in error.value.problems]


def test_the_list_of_what_is_built_in_is_true():
    assert list(plugins.BUILT_IN["connector"]) == source_types()
    assert tuple(plugins.BUILT_IN["gate"]) == GATES


def test_a_source_of_a_plug_in_is_read_by_its_own_model(attic, manifest):
    loaded = load_manifest(manifest("{type: attic, path: [a, b], depth: 3, limit: 2}"))
    (source,) = loaded.manifest.sources
    assert type(source).__module__ == "plugged_attic"
    assert (source.path, source.depth, source.limit) == (("a", "b"), 3, 2)
    assert public_manifest(loaded.manifest)["sources"] == [{"type": "attic", "path": "local", "depth": 3, "limit": 2}]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "{type: atic, path: a}",
            (
                "5:12  sources.0.type  must be pmc, biorxiv, idr, eln, elabftw, rspace, images or masks, "
                'or of a plug-in that is installed: attic, not "atic" (did you mean "attic"?)'
            ),
        ),
        ("{type: attic}", "5:5  sources.0.path  is required"),
        ("{type: attic, path: a, depth: deep}", '5:35  sources.0.depth  must be a whole number, not "deep"'),
        ("{type: attic, path: a, dept: 3}", '5:28  sources.0.dept  is no key here (did you mean "depth"?)'),
        ("{type: attic, path: a, depth: 10}", "5:5  sources.0  nobody goes so deep"),
        ("{type: attic, path: a, limit: 0}", "5:35  sources.0.limit  must be more than 0, not 0"),
    ],
)
def test_its_mistakes_are_told_with_line_and_column(attic, manifest, source, said):
    assert problems(manifest(source)) == [said]


def test_mistakes_of_a_plug_in_and_of_bricks_are_told_together(attic, manifest):
    path = manifest("{type: attic, path: 7}", "{type: images, path: a, license: CC0-1.0, plane: last1}")
    assert [line.split()[1] for line in problems(path)] == ["sources.0.path", "sources.1.plane"]


def test_a_live_plug_in_needs_a_contact(tmp_path, monkeypatch, manifest):
    plugged.distribution(tmp_path / "site", "plugged_live", plugged.CONNECTOR, connectors="attic = plugged_live:LIVE")
    plugged.installed(tmp_path / "site", monkeypatch)
    (said,) = problems(manifest("{type: attic, path: a}"))
    assert "needs `contact:`" in said
    plugged.uninstalled()


def test_its_options_and_version_are_part_of_the_route(attic, manifest, tmp_path):
    def route(line):
        loaded = load_manifest(manifest(line))
        ((name, _),) = connectors(asked(loaded.manifest, loaded.folder, Workspace(tmp_path / "ws"), {}))
        return name

    plain = route("{type: attic, path: a}")
    assert plain.startswith("attic/")
    assert route("{type: attic, path: a, limit: 3}") == plain
    assert route("{type: attic, path: a, depth: 2}") != plain


def test_the_lock_names_the_plug_in_and_a_workspace_says_when_it_is_gone(attic, manifest, tmp_path, monkeypatch):
    loaded = load_manifest(manifest("{type: attic, path: a}", more="captioning: {backend: echo}\n"))
    place = Workspace(tmp_path / "ws")
    place.root.mkdir()
    write_lock(place, loaded.manifest, loaded.folder, limit=None, known={})
    versions = json.loads(place.lock.read_text())["versions"]
    assert versions["connector attic"] == "plugged_attic 1.0"
    assert versions["captioner echo"] == "plugged_words 1.0"
    assert read_lock(place)[0] == loaded.manifest
    monkeypatch.undo()
    plugged.uninstalled()
    with pytest.raises(UsageError, match=r"attic is not installed.*plugged_attic 1.0"):
        read_lock(place)


def test_an_unknown_captioner_is_told_with_those_that_are_installed(attic, manifest):
    source = "{type: images, path: a, license: CC0-1.0}"
    (said,) = problems(manifest(source, more="captioning: {backend: ecco}\n"))
    assert said.endswith(
        'must be openai or metadata, or of a plug-in that is installed: echo, not "ecco" (did you mean "echo"?)'
    )


@pytest.mark.parametrize(
    ("module", "entry", "why"),
    [
        ("1 / 0", "X", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "X", "SystemExit: 3"),
        ("import no_such_library", "X", "ModuleNotFoundError: No module named 'no_such_library'"),
        (plugged.CONNECTOR, "GONE", "AttributeError"),
        (plugged.CONNECTOR, "NONE", "is a int, and must be a ConnectorPlugin of schemas.plugin_kinds"),
        (plugged.CONNECTOR, "OTHER", 'the field `type` of its `source` must be Literal["loft"]'),
    ],
)
def test_a_broken_plug_in_costs_only_itself(  # noqa: PLR0917
    attic, manifest, command, module, entry, why
):
    plugged.distribution(attic, "plugged_loft", module, connectors=f"loft = plugged_loft:{entry}")
    plugins.forget()
    (line,) = [one for one in command("plugins", "--json").lines if one["name"] == "loft"]
    assert (line["loads"], line["kind"], line["distribution"], line["version"]) == (
        False,
        "connector",
        "plugged_loft",
        "1.0",
    )
    assert why in line["why_not"]
    assert command("--help").code == 0
    assert command("check", manifest("{type: attic, path: a}")).code == 0
    (said,) = problems(manifest("{type: loft, path: a}"))
    assert said.startswith(f"5:12  sources.0.type  the plug-in loft (plugged_loft 1.0) can't be used: {why}")


def test_a_name_that_is_taken_is_refused(attic, command):
    plugged.distribution(attic, "plugged_pmc", plugged.CONNECTOR, connectors="pmc = plugged_pmc:ATTIC")
    plugged.distribution(attic, "plugged_two", plugged.CONNECTOR, connectors="attic = plugged_two:ATTIC")
    (attic / "plugged_torn-1.0.dist-info").mkdir()
    (attic / "plugged_torn-1.0.dist-info" / "entry_points.txt").write_text("[bricks.gates]\nno equals sign\n")
    plugins.forget()
    said = {one["name"]: one["why_not"] for one in command("plugins", "--json").lines if not one["built_in"]}
    assert said["pmc"] == "bricks has a connector of this name itself"
    assert said["attic"] == "plugged_attic and plugged_two both offer a connector of this name"


def test_the_list_has_a_line_for_each_and_marks_what_is_built_in(attic, command):
    lines = command("plugins", "--json").lines
    assert {one["name"] for one in lines if one["built_in"] and one["kind"] == "captioner"} == {"metadata", "openai"}
    assert [one["name"] for one in lines if not one["built_in"]] == ["attic", "never", "echo"]
    told = command("plugins").out
    assert "connector  attic          plugged_attic 1.0  plugged_attic:ATTIC  loads" in told
    assert "connector  pmc            bricks" in told


def test_the_schema_that_ships_is_the_same_whatever_is_installed(attic):
    assert as_text(manifest_json_schema()) == (PUBLISHED / "manifest.schema.json").read_text(encoding="utf-8")


def test_ordinary_manifests_look_for_no_plug_ins(monkeypatch, manifest):
    monkeypatch.setattr("schemas.plugins._found", lambda: pytest.fail("somebody looked"))
    assert load_manifest(manifest("{type: images, path: a, license: CC0-1.0}")).manifest.name == "m"


def test_a_captioner_writes_the_texts_and_a_gate_that_fails_lets_nothing_out(attic, bench, command):
    bench.article(1)
    bench.manifest(captioning={"backend": "echo"}, publish={"repo": "org/x"})
    made = bench.made()
    (row,) = bench.rows("5-captioned")
    assert (row["distilled"]["prompt"], row["distilled"]["model"]) == ("echo-v1", "echo")
    assert made["stages"][-1]["kept"] == 1
    said = command("publish", bench.place, "--dry-run")
    assert said.code == 4
    assert "never          REFUSES 2" in said.err
    told = r"plug-in: never \(plugged_words 1.0\) failed at \S+plugged_words\.py:\d+: RuntimeError: and then it broke"
    assert re.search(told, said.err)
    assert said.err.endswith("lists all. Mend or uninstall the plug-in of never.\n")
    assert "Traceback" not in said.err
