"""What the tests of ingest share: a local PMC over real sockets."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

_SERVER = Path(__file__).resolve().parent.parent / "servers" / "pmc_server.py"


def load_pmc_server() -> ModuleType:
    """Return the module of the local PMC; under importlib mode tests can't import each other by name."""
    if "pmc_server" not in sys.modules:
        spec = importlib.util.spec_from_file_location("pmc_server", _SERVER)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["pmc_server"] = module
        spec.loader.exec_module(module)
    return sys.modules["pmc_server"]


@pytest.fixture
def pmc_server() -> Iterator[Any]:
    """A local PMC that is empty; see tests/servers/pmc_server.py."""
    with load_pmc_server().running() as server:
        yield server
