"""Key: no message, log, file or row has it, however a host writes it."""

import base64
import html
import json
import time
from urllib.parse import quote

import elabftw_server
import pytest
from elabftw_entries import micrograph
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from ingest.elabftw import ElabftwConnector, ElabftwRequest
from ingest.elabftw_api import ElabftwApi
from ingest.eln_contract import Contract
from ingest.eln_settlement import Terms
from ingest.notebooks import Access, Reading
from ingest.session import Manners, Session
from ingest.session_key import key_for
from schemas.errors import SourceError

SHOWN = "3-0a1b2c3d4e5f-Zyxw_secret.0123456789abcdefgh=/+"


def key_of(shown=SHOWN):
    return key_for("https://eln.example.org", "Authorization", SecretStr(shown), where="x")


def percent(text):
    return "".join(f"%{ord(each):02x}" for each in text)


def escaped(text):
    return "".join(f"\\u{ord(each):04x}" for each in text)


FORMS = {
    "plain": str,
    "quoted": lambda shown: quote(shown, safe=""),
    "percent": percent,
    "percent twice": lambda shown: quote(percent(shown)),
    "JSON": lambda shown: json.dumps(shown).replace("/", "\\/"),
    "JSON escapes": escaped,
    "JSON escapes in JSON": lambda shown: json.dumps(escaped(shown).upper().replace("\\U", "\\u")),
    "one JSON escape": lambda shown: shown.replace("s", "\\u0073"),
    "hex escapes": lambda shown: "".join(f"\\x{ord(each):02x}" for each in shown),
    "octal escapes": lambda shown: "".join(f"\\{ord(each):03o}" for each in shown),
    "HTML": lambda shown: "".join(f"&#{ord(each)};" for each in shown),
    "HTML hex": lambda shown: "".join(f"&#X{ord(each):X};" for each in shown),
    "HTML twice": lambda shown: html.escape("".join(f"&#{ord(each)};" for each in shown)),
    "HTML names": lambda shown: shown.replace("=", "&equals;").replace("/", "&sol;").replace("_", "&lowbar;"),
    "mail": lambda shown: "".join(f"={ord(each):02X}" for each in shown),
    "hex": lambda shown: shown.encode().hex().upper(),
    "base64": lambda shown: base64.b64encode(shown.encode()).decode(),
    "base64 amid": lambda shown: base64.urlsafe_b64encode(f"x{shown}yz".encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_hidden_however_it_is_written(form):
    said = f"you showed {FORMS[form](SHOWN)}, sorry"
    for told in (key_of().hidden_from(said), key_of().hidden_in(said.encode()).decode()):
        assert "***" in told
        assert len(told) < len("you showed , sorry") + 14, told


@given(st.text(max_size=60))
def test_what_holds_no_key_stays_as_it_is(text):
    assert (key_of().hidden_from(text), key_of().hidden_in(text.encode())) == (text, text.encode())


@pytest.mark.parametrize("evil", ["\\", "&amp;", "%25", "&#0000000", "\\u003", SHOWN[:-1]])
def test_no_answer_makes_hiding_slow(evil):
    start = time.process_time()
    key_of().hidden_in((evil * (300_000 // len(evil))).encode())
    assert time.process_time() - start < 5


@pytest.fixture
def server():
    with elabftw_server.running() as running:
        yield running


ECHOED = ["percent", "JSON escapes", "one JSON escape", "HTML", "HTML twice", "hex", "base64"]


@pytest.mark.parametrize("form", ECHOED)
@pytest.mark.parametrize("body", ['{{"you": "{key}"}}', "{key}", '[{{"id": "{key}"}}]', '{{"id": [], "x": "{key}"}}'])
def test_a_key_that_a_host_repeats_escaped_is_in_no_message_and_not_on_disk(server, tmp_path, caplog, form, body):
    caplog.set_level("DEBUG")
    session = Session(
        "elabftw", contact="lab@example.org", cache=tmp_path, manners=Manners(per_second=2000, backoff_s=0)
    )
    session.show(key_for(server.url, "Authorization", SecretStr(server.key), where="x"))
    written = FORMS[form](server.key)
    server.fault("experiments", times=99, body=body.format(key=written).encode())
    api, told = ElabftwApi(session, server.url), []
    for ask in (lambda: api.rows("experiments"), lambda: api.entry("experiments", 41)):
        with pytest.raises(SourceError) as caught:
            ask()
        told.append(str(caught.value))
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    piece = written[: len(written) // 3]
    assert piece not in "".join(told) + caplog.text + kept.decode("latin-1")
    assert piece.replace("\\", "\\\\") not in "".join(told)


@pytest.mark.parametrize("form", ["plain", "HTML", "percent", "base64"])
def test_no_row_holds_a_key_that_stands_in_an_entry(server, tmp_path, caplog, form):
    caplog.set_level("DEBUG")
    written = FORMS[form](server.key)
    words = {"title": f"Actin {written}", "body": f"<p>with {written}</p>", "tags": (written,)}
    picture = ("a.png", micrograph(1))
    server.add(**words, uploads=(picture, (f"{server.key}.png", b"")))
    server.add(**words, uploads=())
    reading = Reading(Terms("CC-BY-4.0", "Lab"), Contract("evolve", {"properties": {"caption": {"maxLength": 3}}}), "m")
    access = Access(SecretStr(server.key), "lab@example.org", tmp_path)
    connector = ElabftwConnector(ElabftwRequest(url=server.url, per_second=2000), reading, access)
    outcomes = [one for item in connector.find() for one in connector.fetch(item)]
    assert {type(one).__name__ for one in outcomes} == {"Figure", "Dropped"}
    said = "".join(one.model_dump_json(exclude={"blob"}) for one in outcomes) + caplog.text
    assert [key for key in (server.key, written) if key in said] == []
    assert "with ***" in said
