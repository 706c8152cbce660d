"""Licences: what a text states, what is permitted, and which of two is the stricter."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from schemas.licence import (
    NOTHING,
    SPDX,
    parse_licence,
    permits,
    requires_attribution,
    share_alike,
    stricter,
    url_of,
)
from schemas.licence_answer import license_answer

ids = st.sampled_from([None, *sorted(SPDX)])

ADDRESSES = [
    ("http://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
    ("HTTPS://WWW.CREATIVECOMMONS.ORG/LICENSES/BY/4.0", "CC-BY-4.0"),
    ("//creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
    ("https://creativecommons.org/licenses/by-nc-nd/3.0/legalcode.de", "CC-BY-NC-ND-3.0"),
    ("creativecommons.org/licenses/by/2.0/uk/", "CC-BY-2.0"),
    ("http://creativecommons.org/licenses/by/3.0/igo/", "CC-BY-3.0"),
    ("http://creativecommons.org/licenses/by-sa/2.1/jp/", "CC-BY-SA-2.0"),
    ("https://creativecommons.org/licenses/by-nc/4.0/deed.fr", "CC-BY-NC-4.0"),
    ("https://creativecommons.org/licenses/by/4.0?ref=chooser", "CC-BY-4.0"),
    ("http://creativecommons.org/licenses/by-nc -nd/4.0/", "CC-BY-NC-ND-4.0"),
    ("http://creativecommons.org/licenses/by\N{EN DASH}nc\N{EN DASH}nd/4.0/", "CC-BY-NC-ND-4.0"),
    ("https%3A%2F%2Fcreativecommons.org%2Flicenses%2Fby-nc-nd%2F4.0%2F", "CC-BY-NC-ND-4.0"),
    ("http://creativecommons.org/licenses/nc-sa/1.0", "CC-BY-NC-SA-1.0"),
    ("https://creativecommons.org/publicdomain/zero/1.0/deed.de", "CC0-1.0"),
    ("https://creativecommons.org/publicdomain/mark/1.0/", "CC-PDM-1.0"),
    ("http://creativecommons.org/licenses/publicdomain/", "CC-PDDC"),
    ("http://creativecommons.org/licenses/sampling+/1.0/", None),
    ("http://creativecommons.org/licenses/by/5.0/", None),
    ("http://creativecommons.org/licenses/", None),
    ("https://creativecommons.org/", None),
    ("https://spdx.org/licenses/CC-BY-4.0.html", "CC-BY-4.0"),
    ("https://opensource.org/licenses/MIT", "MIT"),
    ("http://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0"),
    ("https://opendatacommons.org/licenses/pddl/1-0/", "PDDL-1.0"),
    ("https://example.org/licence", None),
]

CODES = [
    ("CC BY", "CC-BY-4.0"),
    ("CC-BY-NC 4.0", "CC-BY-NC-4.0"),
    ("cc_by", "CC-BY-4.0"),
    ("cc_by_nc_nd", "CC-BY-NC-ND-4.0"),
    ("CC BY-ND-NC", "CC-BY-NC-ND-4.0"),
    ("CC BY NC ND", "CC-BY-NC-ND-4.0"),
    ("CC BY (NC, ND)", "CC-BY-NC-ND-4.0"),
    ("CC BY-SA 3.0", "CC-BY-SA-3.0"),
    ("CCBY4.0", "CC-BY-4.0"),
    ("CC-BY-4", "CC-BY-4.0"),
    ("CC BY v3.0", "CC-BY-3.0"),
    ("CC-BY-3.0-IGO", "CC-BY-3.0"),
    ("CC-BY-NC-SA-2.0-UK", "CC-BY-NC-SA-2.0"),
    ("cc0", "CC0-1.0"),
    ("CC0 1.0 Universal", "CC0-1.0"),
    ("ccbylicense", "CC-BY-4.0"),
    ("ccbyncndlicense", "CC-BY-NC-ND-4.0"),
    ("cc0license", "CC0-1.0"),
    ("cc_no", None),
    ("na", None),
    ("TDM", None),
    ("GPL-3.0", None),
    ("mit", "MIT"),
    ("Massachusetts (MIT)", None),
    ("Public Domain Mark 1.0", "CC-PDM-1.0"),
    ("public domain", None),
    ("CC", None),
    ("", None),
    ("5 cc by injection", None),
]

SENTENCES = [
    ("open access under the Creative Commons Attribution License, which permits unrestricted use", "CC-BY-4.0"),
    ("made available under a CC-BY-NC-ND 4.0 International license.", "CC-BY-NC-ND-4.0"),
    ("It is made available under aCC-BY-NC 4.0 International license.", "CC-BY-NC-4.0"),
    ("Creative Commons License (Attribution-NonCommercial-NoDerivs 4.0 International)", "CC-BY-NC-ND-4.0"),
    ("an Attribution\N{EN DASH}Noncommercial\N{EN DASH}Share Alike 3.0 Creative Commons License", "CC-BY-NC-SA-3.0"),
    ("the Creative Commons Attribution (CC BY) 3.0 licence", "CC-BY-3.0"),
    ("Attribution-NoDerivatives 4.0 International", "CC-BY-ND-4.0"),
    ("the Creative Commons CC0 public domain dedication", "CC0-1.0"),
    ("Open Data Commons Public Domain Dedication and License", "PDDL-1.0"),
    ("Except where otherwise noted, this work is licensed under CC BY 4.0.", "CC-BY-4.0"),
    ("not subject to copyright and is made available under a CC0 license", "CC0-1.0"),
    ("All rights reserved. No reuse allowed without permission.", None),
    ("The material may not be redistributed, re-used or adapted without the author's permission.", None),
    ("published under a Creative Commons licence", None),
    ("an open access model: users may reproduce it for non-commercial purposes", None),
    ("verbatim copying is permitted in all media for any purpose", None),
]  # fmt: skip

RESTRICTED = [
    ("CC BY, which permits unrestricted non-commercial use", "CC-BY-NC-4.0"),
    ("CC BY, which permits commercial and non-commercial use", "CC-BY-4.0"),
    ("CC BY, for any purpose, even commercially", "CC-BY-4.0"),
    ("CC BY 4.0, provided it is not used for commercial purposes", "CC-BY-NC-4.0"),
    ("CC BY 3.0. For commercial re-use, please contact the press", "CC-BY-NC-3.0"),
    ("CC BY-NC, provided no modifications or adaptations are made", "CC-BY-NC-ND-4.0"),
    ("CC BY, with or without modification", "CC-BY-4.0"),
    ("CC BY NonCommercial NoDerivitives 4.0", "CC-BY-NC-ND-4.0"),
    ("Creative Commons Attribution License (CC BY-NC-ND 4.0)", "CC-BY-NC-ND-4.0"),
    ("CC BY 4.0. The CC0 waiver applies to the data.", "CC-BY-4.0"),
    ("http://creativecommons.org/licenses/by/4.0/ for non-commercial use", "CC-BY-NC-4.0"),
    ("CC BY 4.0 or http://creativecommons.org/licenses/sampling+/1.0/", None),
    ("CC BY 4.0. All rights reserved.", None),
]

DENIED = [
    ("This work is not licensed under CC BY 4.0.", None),
    ("not licensed under CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)", None),
    ("Panel B is not covered by the CC BY licence. See http://creativecommons.org/licenses/by/4.0/", None),
    ("The CC BY 4.0 license does not apply to this figure.", None),
    ("This photograph falls outside the CC BY licence of the article.", None),
    ("This image is excluded from the Creative Commons Attribution licence.", None),
    ("All panels except B are CC BY 4.0.", None),
    ("No longer available under CC BY 4.0", None),
    ("This work is not licensed under CC BY 4.0 but under CC BY-NC 4.0.", "CC-BY-NC-4.0"),
    ("CC BY-NC 4.0, not CC BY 4.0", "CC-BY-NC-4.0"),
]


@pytest.mark.parametrize(("text", "license_id"), ADDRESSES + CODES + SENTENCES + RESTRICTED + DENIED)
def test_a_text_states_its_licence(text: str, license_id: str | None) -> None:
    assert parse_licence(text).license == license_id


@pytest.mark.parametrize(
    ("year", "license_id"),
    [(2003, "CC-BY-1.0"), (2004, "CC-BY-2.0"), (2006, "CC-BY-2.5"), (2010, "CC-BY-3.0"), (2013, "CC-BY-3.0"),
     (2014, "CC-BY-4.0"), (None, "CC-BY-4.0")],
)  # fmt: skip
def test_without_a_version_the_one_of_the_year_is_assumed_and_the_evidence_says_so(
    year: int | None, license_id: str | None
) -> None:
    licence = parse_licence("CC BY", year=year)

    assert licence.license == license_id
    assert "no version stated" in licence.evidence


def test_a_stated_version_is_not_touched_by_the_year() -> None:
    licence = parse_licence("CC BY 4.0", year=2005)

    assert (licence.license, licence.evidence) == ("CC-BY-4.0", "CC BY 4.0")


def test_the_address_of_a_port_is_kept() -> None:
    assert parse_licence("http://creativecommons.org/licenses/by/2.0/uk/").url.endswith("/by/2.0/uk/")


def test_without_an_address_the_licences_own_is_given() -> None:
    assert parse_licence("CC BY 4.0").url == "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize(
    "text",
    [
        "Reprinted from Smith J, Cell 2010, with permission from the publisher.",
        "Modified from Jones et al., 2010, with permission.",
        "Figure adapted from [12].",
        "\N{COPYRIGHT SIGN} Elsevier",
        "Copyright (c) 2010 Nature Publishing Group",
        "Photo courtesy of a museum",
        "Panel B is reproduced with permission. It is not covered by the CC-BY 4.0 licence.",
    ],
)
def test_a_text_tells_that_the_work_is_somebody_elses(text: str) -> None:
    assert parse_licence(text).third_party


@pytest.mark.parametrize(
    "text",
    [
        "Adapted from Smith 2010 (CC BY 4.0)",
        "\N{COPYRIGHT SIGN} 2019 The Authors. Published by Elsevier. CC BY-NC-ND license",
        "\N{COPYRIGHT SIGN} The Author(s) 2020",
        "Copyright 2006 Smith et al; licensee BioMed Central Ltd.",
        "Mice were kept with permission of the ethics committee",
        "All rights reserved",
        "CC BY",
    ],
)
def test_the_authors_own_work_is_nobody_elses(text: str) -> None:
    assert not parse_licence(text).third_party


def test_long_evidence_is_cut_to_the_sentence_that_counts() -> None:
    evidence = parse_licence(f"{'Word ' * 200}. Under CC BY 4.0 it stands. {'More ' * 200}").evidence

    assert "CC BY 4.0" in evidence
    assert len(evidence) <= 400


@given(st.text(max_size=300))
def test_any_text_has_an_answer_that_is_known(text: str) -> None:
    assert parse_licence(text).license in {None, *SPDX}


@given(
    st.sampled_from(["by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd"]),
    st.sampled_from(["1.0", "2.0", "2.5", "3.0", "4.0"]),
    st.sampled_from(["http://{}", "https://www.{}/", "see ({}/legalcode)", "<{}/deed.de>", "{}/uk/"]),
)
def test_every_address_is_read_as_it_is_written(kind: str, version: str, around: str) -> None:
    text = around.format(f"creativecommons.org/licenses/{kind}/{version}")

    assert parse_licence(text).license == f"CC-{kind.upper()}-{version}"


@given(st.sampled_from(sorted(SPDX)))
def test_every_id_and_its_address_are_read_as_themselves(license_id: str) -> None:
    assert parse_licence(license_id).license == license_id
    assert parse_licence(license_id.lower()).license == license_id
    assert parse_licence(url_of(license_id) or "").license == license_id


@given(ids, ids)
def test_the_stricter_of_two_permits_only_what_both_permit(a: str | None, b: str | None) -> None:
    governing = permits(stricter(a, b))

    assert governing <= permits(a)
    assert governing <= permits(b)


@given(ids, ids)
def test_the_stricter_of_two_permits_all_that_both_permit(a: str | None, b: str | None) -> None:
    each, other, both = permits(a), permits(b), permits(stricter(a, b))

    assert both.copy == (each.copy and other.copy)
    assert both.crop == (each.crop and other.crop)
    assert both.recaption == (each.recaption and other.recaption)
    assert both.commercial == (each.commercial and other.commercial)


@given(ids, ids, ids)
def test_the_stricter_does_not_depend_on_the_order(a: str | None, b: str | None, c: str | None) -> None:
    assert stricter(a, b) == stricter(b, a)
    assert stricter(a, stricter(b, c)) == stricter(stricter(a, b), c)


@given(ids)
def test_a_licence_beside_itself_or_beside_cc0_stays(license_id: str | None) -> None:
    assert stricter(license_id, license_id) == license_id
    assert stricter(license_id, "CC0-1.0") == license_id


@pytest.mark.parametrize(
    ("a", "b", "both"),
    [
        ("CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-4.0"),
        ("CC-BY-SA-4.0", "CC-BY-ND-4.0", "CC-BY-ND-4.0"),
        ("CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"),
        ("CC-BY-3.0", "CC-BY-4.0", "CC-BY-3.0"),
        ("MIT", "CC-BY-4.0", "CC-BY-4.0"),
        ("CC0-1.0", "MIT", "MIT"),
        ("CC-BY-4.0", None, None),
        ("CC-BY-4.0", "no-such-licence", None),
    ],
)
def test_two_licences_meet_in_what_both_permit(a: str | None, b: str | None, both: str | None) -> None:
    assert stricter(a, b) == both


@pytest.mark.parametrize(
    ("license_id", "allowed"),
    [
        ("CC0-1.0", "copy crop recaption commercial"),
        ("CC-BY-4.0", "copy crop recaption commercial"),
        ("CC-BY-SA-4.0", "copy crop recaption commercial"),
        ("CC-BY-NC-4.0", "copy crop recaption"),
        ("CC-BY-ND-4.0", "copy commercial"),
        ("CC-BY-NC-ND-4.0", "copy"),
        ("MIT", "copy crop recaption commercial"),
        (None, ""),
    ],
)
def test_a_licence_permits_what_its_deed_says(license_id: str | None, allowed: str) -> None:
    assert " ".join(name for name, may in asdict(permits(license_id)).items() if may) == allowed


def test_an_unknown_licence_permits_nothing_and_asks_for_the_author() -> None:
    assert permits("no-such-licence") == NOTHING
    assert requires_attribution(None)
    assert url_of(None) is None


def test_attribution_and_share_alike_follow_the_name() -> None:
    assert not requires_attribution("CC0-1.0")
    assert requires_attribution("CC-BY-4.0")
    assert share_alike("CC-BY-NC-SA-3.0")
    assert not share_alike("CC-BY-4.0")


def test_the_answer_of_the_door_has_its_four_keys() -> None:
    assert license_answer("CC BY-NC 4.0") == {
        "license": "CC-BY-NC-4.0",
        "permits": {"copy": True, "crop": True, "recaption": True, "commercial": False},
        "third_party": False,
        "evidence": "CC BY-NC 4.0",
    }


def test_the_answer_reads_a_caption_s_credit_too() -> None:
    said = license_answer("Nuclei of a frog. Photo: J. Roe.")
    assert (said["third_party"], said["evidence"]) == (True, "Photo: J. Roe.")
    assert not license_answer("\u00a9 2018 Roe et al. CC BY 4.0")["third_party"]


def _statements(folder: Path) -> Iterator[etree._Element]:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    for path in sorted(path for kind in ("xml", "nxml") for path in folder.rglob(f"*.{kind}")):
        root = etree.parse(path, parser).getroot()
        yield from root.iter("{*}license") if root is not None else ()


@pytest.mark.shared
@pytest.mark.parametrize("source", ["jats", "pmc", "biorxiv"])
def test_no_real_statement_is_read_as_freer_than_its_address(shared_data: Path, source: str) -> None:
    addressed = 0
    for element in _statements(shared_data / source):
        text = " ".join(" ".join(element.itertext()).split())
        around = f"{text} {' '.join(map(str, element.attrib.values()))}"
        found = re.search(r"creativecommons\.org/licenses/(by[a-z-]*)/(\d\.\d)", around)
        if found:
            addressed += 1
            address = f"CC-{found[1].upper()}-{found[2]}"
            assert permits(parse_licence(around).license) <= permits(address), around
            assert permits(parse_licence(text).license) <= permits(address), text
    assert addressed > 5


def test_the_ids_are_the_six_kinds_in_five_versions_and_the_others() -> None:
    composed = {
        f"CC-BY{nc}{end}-{v}"
        for nc, end, v in product(("", "-NC"), ("", "-SA", "-ND"), ("1.0", "2.0", "2.5", "3.0", "4.0"))
    }

    assert composed < SPDX
    assert {"CC0-1.0", "CC-PDM-1.0", "PDDL-1.0", "MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"} < SPDX
