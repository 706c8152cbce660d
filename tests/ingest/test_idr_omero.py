"""Raw planes through idr-py's real connection, from Ice servants on loopback."""

import importlib.util
import io
import multiprocessing
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile

from ingest import idr_omero, omero_link
from ingest.idr_omero import raw_plane
from ingest.omero_link import OmeroServer, ask, disconnect, refuse_without_extra
from pipeline import status
from schemas.errors import SourceError, UsageError

ROOT = Path(__file__).resolve().parent.parent.parent
# omero-py's own: it says `logger.warn`.
pytestmark = pytest.mark.filterwarnings("ignore:The 'warn' method is deprecated:DeprecationWarning:omero.gateway")
ice = pytest.mark.ice
_TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")


def noise(kind, shape=(2, 3, 40, 50)):
    """Return samples over the whole range of a type, its ends among them."""
    rng = np.random.default_rng(17)
    if np.dtype(kind).kind == "f":
        made = rng.normal(0, 1e5, shape).astype(kind)
        made.flat[:3] = np.inf, -np.inf, np.nan
        return made
    ends = np.iinfo(kind)
    made = rng.integers(ends.min, ends.max, shape, kind, endpoint=True)
    made.flat[:2] = ends.min, ends.max
    return made


class Served:
    """A running server, and how bricks is told of it."""

    def __init__(self, process):
        self.process = process
        self.server = OmeroServer(url=process.url, password=process.password, timeout_s=20)

    def __getattr__(self, name):
        return getattr(self.process, name)

    def hasty(self, timeout_s=0.5):
        return self.server.model_copy(update={"timeout_s": timeout_s})


@pytest.fixture
def omero(tmp_path, server_module):
    """Starts a server with images; returns it."""
    if importlib.util.find_spec("idr") is None:
        pytest.skip("the extra idr isn't there: `make idr` builds and installs it")
    module, started = server_module("omero_server"), []

    def start(*images, **known):
        stored = [module.StoredImage(**{"id": 7, **image}) for image in images]
        started.append(module.running(stored, folder=tmp_path, **known))
        return Served(started[-1].__enter__())

    yield start
    disconnect()
    for one in started:
        one.__exit__(None, None, None)


def refusal(server, image_id=7, **wanted):
    """Return the error that asking for a plane ends with."""
    with pytest.raises(SourceError) as caught:
        raw_plane(server, image_id, **wanted)
    return caught.value


def project_names(gateway):
    return gateway.call(lambda: [project.getName() for project in gateway.conn.getObjects("Project")])


@ice
def test_idr_py_connects_and_lists_projects_whatever_the_environment_says(omero, monkeypatch):
    for name in ("HOST", "PORT", "USER", "PASSWORD"):
        monkeypatch.setenv(f"IDR_{name}", "1")
    served = omero(projects=["idr0018-neff-histopathology/experimentA", "idr0021-lawo"])
    assert ask(served.server, project_names) == ["idr0018-neff-histopathology/experimentA", "idr0021-lawo"]


@ice
def test_a_web_socket_with_tls_is_spoken_as_idr_asks_for(omero):
    samples = noise("uint16")
    served = omero({"samples": samples}, secured=True)
    assert served.url.startswith("wss://127.0.0.1:")
    assert served.url.endswith("/omero-ws")
    assert np.array_equal(raw_plane(served.server, 7).samples, samples[:, 1])


@ice
def test_raw_planes_are_the_samples_that_are_served_in_every_type(omero):
    served = omero(*({"id": at, "samples": noise(kind)} for at, kind in enumerate(_TYPES)))
    planes = [raw_plane(served.server, at, plane="first").samples for at in range(len(_TYPES))]
    assert [plane.dtype.name for plane in planes] == list(_TYPES)
    assert [plane.tobytes() for plane in planes] == [noise(kind)[:, 0].tobytes() for kind in _TYPES]


@ice
def test_they_are_what_the_gateway_itself_would_give(omero):
    served = omero({"samples": noise("int16")})
    ours = raw_plane(served.server, 7, plane=2).samples
    image = ask(served.server, lambda gateway: gateway.call(gateway.conn.getObject, "Image", 7))
    assert np.array_equal(ours, list(image.getPrimaryPixels().getPlanes([(2, 0, 0), (2, 1, 0)])))


@ice
@pytest.mark.parametrize("strip_bytes", [1, 100, 101, 999, 1 << 20])
def test_a_plane_may_come_in_strips(omero, monkeypatch, strip_bytes):
    samples = noise("uint16")
    monkeypatch.setattr(idr_omero, "_STRIP_BYTES", strip_bytes)
    served = omero({"samples": samples})
    assert np.array_equal(raw_plane(served.server, 7).samples, samples[:, 1])
    rows = max(1, strip_bytes // 100)
    assert served.asked().count("getTile") == 2 * -(-40 // rows)


@ice
@pytest.mark.parametrize(("plane", "z"), [("first", 0), ("middle", 1), ("last", 2), (1, 1), (2, 2)])
def test_one_plane_and_some_channels_are_chosen(omero, plane, z):
    samples = noise("uint8", (4, 3, 5, 6))
    served = omero({"samples": samples, "channels": ["DAPI", None, " GFP ", "RFP"]})
    raw = raw_plane(served.server, 7, plane=plane, channels=[2, 1])
    assert np.array_equal(raw.samples, samples[[2, 1], z])
    assert (raw.channels, raw.z, raw.depth) == (("GFP", ""), z, 3)
    assert served.asked().count("getTile") == 2


@ice
def test_the_size_of_a_pixel_is_told_in_micrometres(omero):
    micron, nano = (0.25, "MICROMETER"), (250.0, "NANOMETER")
    told = [(micron, micron), (nano, micron), ((2.5, "ANGSTROM"), (2.5, "ANGSTROM"))]
    untold = [
        *((micron, (0.30, "MICROMETER")), (micron, None), (None, None)),
        *(2 * ((1.0, unit),) for unit in ("PIXEL", "REFERENCEFRAME")),
        *(2 * ((size, "MICROMETER"),) for size in (0.0, -1.0, float("inf"), float("nan"))),
    ]
    served = omero(
        *({"id": at, "samples": noise("uint8"), "size_x": x, "size_y": y} for at, (x, y) in enumerate(told + untold))
    )
    microns = [raw_plane(served.server, at).microns_per_pixel for at in range(len(told + untold))]
    assert microns[: len(told)] == [0.25, pytest.approx(0.25), pytest.approx(0.00025)]
    assert microns[len(told) :] == [None] * len(untold)


@ice
def test_the_file_that_is_made_of_it_is_lossless(omero):
    samples = noise("uint16")
    raw = raw_plane(omero({"samples": samples, "name": "a.tif"}).server, 7)
    assert np.array_equal(tifffile.imread(io.BytesIO(raw.tiff)), samples[:, 1])
    assert raw.name == "a.tif"


@ice
def test_what_is_not_there_is_refused_before_a_sample_is_asked_for(omero):
    served = omero(
        {"samples": noise("uint8")},
        {"id": 8, "samples": None},
        {"id": 9, "samples": noise("uint8"), "claims": (20_000, 20_000)},
        {"id": 10, "samples": noise("uint8"), "kind": "double-complex"},
        {"id": 11, "samples": noise("uint8"), "claims": (0, 0)},
    )
    assert refusal(served.server, 6).reason == "not_found"
    assert refusal(served.server, 8).reason == "pixels_missing"
    assert refusal(served.server, 9).reason == "image_too_large"
    assert refusal(served.server, 10).reason == "pixel_type_unsupported"
    assert refusal(served.server, 11).reason == "pixels_missing"
    assert refusal(served.server, plane=3).reason == "plane_absent"
    assert refusal(served.server, channels=[0, 2]).reason == "channel_absent"
    assert "getTile" not in served.asked()
    assert served.asked().count("createSession") == 1  # none of it is the connection's fault


@ice
@pytest.mark.parametrize(
    ("operation", "exception", "reason"),
    [
        ("createSession", "PermissionDeniedException", "access_denied"),
        ("createSession", "ExpiredCredentialException", "access_denied"),
        ("findByQuery", "SecurityViolation", "access_denied"),
        ("findByQuery", "DatabaseBusyException", "throttled"),
        ("setPixelsId", "ValidationException", "not_found"),
        ("setPixelsId", "MissingPyramidException", "pixels_unready"),
        ("createRawPixelsStore", "OverUsageException", "throttled"),
        ("createRawPixelsStore", "ShutdownInProgress", "session_expired"),
        ("getTile", "TryAgain", "throttled"),
        ("getTile", "ResourceError", "omero_error"),
        ("getTile", "InternalException", "omero_error"),
    ],
)
def test_every_fault_has_a_name(omero, operation, exception, reason):
    served = omero({"samples": noise("uint8")})
    served.fault(operation, exception, times=9)
    said = refusal(served.server)
    assert (said.reason, served.asked().count("createSession")) == (reason, 1)
    assert served.password not in f"{said!r} {said}"


@ice
def test_a_wrong_password_is_told_without_it(omero, capfd):
    served = omero()
    said = refusal(served.server.model_copy(update={"password": OmeroServer(password="open-sesame").password}))
    assert said.reason == "access_denied"
    assert "open-sesame" not in f"{said!r} {said} {said.__context__!r} {capfd.readouterr()}"


@ice
def test_nobody_listens(omero):
    served = omero({"samples": noise("uint8")})
    served.kill()
    assert refusal(served.server).reason == "connection"


@ice
def test_a_process_connects_once(omero):
    served = omero({"samples": noise("uint8")})
    for _ in range(3):
        raw_plane(served.server, 7)
    disconnect()
    assert (served.asked().count("createSession"), served.asked().count("destroySession")) == (1, 1)


@ice
def test_a_session_that_has_ended_is_opened_anew(omero):
    served = omero({"samples": noise("uint8")})
    first = raw_plane(served.server, 7)
    served.expire()
    assert np.array_equal(raw_plane(served.server, 7).samples, first.samples)
    assert served.asked().count("createSession") == 2


@ice
def test_but_once_only(omero):
    served = omero({"samples": noise("uint8")})
    raw_plane(served.server, 7)
    served.fault("getTile", "RemovedSessionException", times=9)
    assert refusal(served.server).reason == "session_expired"
    assert served.asked().count("createSession") == 2


@ice
def test_a_fault_of_the_moment_costs_nothing(omero):
    served = omero({"samples": noise("uint8")})
    raw_plane(served.server, 7)
    served.fault("getTile", "InternalException")
    assert raw_plane(served.server, 7).depth == 3


@ice
def test_a_server_that_goes_in_the_middle_of_a_plane(omero):
    served = omero({"samples": noise("uint8")})
    served.slow("getTile", 60)
    threading.Timer(0.5, served.kill).start()
    began = time.monotonic()
    assert refusal(served.server).reason == "connection"
    assert time.monotonic() - began < 10


@ice
@pytest.mark.parametrize("operation", ["createSession", "findByQuery", "getTile"])
def test_a_server_that_is_too_slow_is_left(omero, operation):
    served = omero({"samples": noise("uint8")})
    raw_plane(served.server, 7)  # the library is loaded
    disconnect()
    served.slow(operation, 4)
    began = time.monotonic()
    assert refusal(served.hasty()).reason == "timeout"
    assert time.monotonic() - began < 3
    served.slow(operation, 0)
    assert raw_plane(served.hasty(5), 7).depth == 3


@ice
def test_a_plane_that_lacks_a_byte_is_not_taken(omero):
    served = omero({"samples": noise("uint8")})
    served.short()
    assert refusal(served.server).reason == "truncated"


def program(server, more=""):
    """Return what a process of its own says that reads a plane."""
    text = (
        "from ingest.omero_link import OmeroServer; from ingest.idr_omero import raw_plane; "
        f"server = OmeroServer(url={server.url!r}, password={server.password.get_secret_value()!r}, "
        f"timeout_s={server.timeout_s}); {more or 'print(raw_plane(server, 7).samples.shape)'}"
    )
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", text], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


@ice
def test_a_process_says_goodbye_and_nothing_else(omero):
    served = omero({"samples": noise("uint8")})
    done = program(served.server)
    assert (done.returncode, done.stdout, done.stderr) == (0, "(2, 40, 50)\n", "")
    assert served.asked()[-1] == "destroySession"


@ice
def test_a_worker_of_a_pool_says_goodbye_too(omero):
    served = omero({"samples": noise("uint8")})
    worker = multiprocessing.get_context("spawn").Process(target=raw_plane, args=(served.server, 7))
    worker.start()
    worker.join(60)
    assert worker.exitcode == 0
    assert served.asked()[-1] == "destroySession"


@ice
def test_a_process_ends_though_its_server_hangs(omero):
    served = omero({"samples": noise("uint8")})
    for operation in ("getTile", "destroySession"):
        served.slow(operation, 60)
    began = time.monotonic()
    done = program(served.hasty(3))
    assert done.returncode == 1
    assert "timeout: no answer within 3 s" in done.stderr
    assert time.monotonic() - began < 30


@ice
def test_ice_speaks_to_loopback_only(omero):
    served = omero({"samples": noise("uint8")})
    raw_plane(served.server, 7)
    assert peers() == {"0100007F"}


def peers():
    """Return the addresses at the other end of this process's connections, as the kernel writes them."""
    links = [str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    inodes = {link[8:-1] for link in links if link.startswith("socket:")}
    tables = [Path(f"/proc/self/net/tcp{six}").read_text().splitlines()[1:] for six in ("", "6")]
    rows = [line.split() for table in tables for line in table]
    return {row[2].split(":")[0][-8:] for row in rows if row[9] in inodes and row[3] == "01"}


def test_without_the_extra_it_is_told_what_to_run(monkeypatch):
    for name in ("idr", "omero", "Ice", "Glacier2"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError) as caught:
        raw_plane(OmeroServer(url="tcp://127.0.0.1:1"), 7)
    assert caught.value.what == "pixels: omero needs the extra `idr`"
    assert "scripts/install_idr.sh" in caught.value.mend
    assert (ROOT / "scripts" / "install_idr.sh").is_file()
    assert omero_link._open == {}


def test_whether_the_extra_is_there_is_told_without_importing_it(monkeypatch):
    monkeypatch.setattr(omero_link, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match="the extra `idr`"):
        refuse_without_extra()
    monkeypatch.setattr(omero_link, "find_spec", lambda name: name)
    refuse_without_extra()


@pytest.mark.parametrize(
    "url", ["idr.openmicroscopy.org", "https://idr.openmicroscopy.org", "tcp://a -p 80", "tcp://a:1:tcp -h b", ""]
)
def test_an_address_is_one_of_ice(url):
    with pytest.raises(ValueError, match="url"):
        OmeroServer(url=url)


def test_the_reasons_on_the_page_can_be_asked_for():
    page = (ROOT / "docs" / "idr.md").read_text().partition("## Raw planes")[2].partition("\n## ")[0]
    named = {
        reason
        for line in page.partition("| reason |")[2].splitlines()
        if line.startswith("| `")
        for reason in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert len(named) >= 12
    assert named <= status.REASONS


def test_credentials_are_not_shown():
    server = OmeroServer(user="ana", password="open-sesame")
    assert "open-sesame" not in f"{server!r} {server} {server.model_dump_json()}"
