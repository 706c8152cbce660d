"""Plug-in lines: a line for every connector, gate and captioner that this installation has."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from schemas.plugins import BUILT_IN, KINDS, plugins


def plugin_lines() -> Iterator[dict[str, Any]]:
    """Yield what bricks has itself, then what other distributions offer, each with whether it loads."""
    own = _own_version()
    for kind in KINDS:
        for name, module in BUILT_IN[kind].items():
            yield _line(kind, name, ("bricks", own, module), built_in=True)
    for one in plugins():
        yield _line(one.kind, one.name, (one.distribution, one.version, one.module), built_in=False, why=one.why_not)


def _line(kind: str, name: str, offered: tuple[str, str, str], *, built_in: bool, why: str = "") -> dict[str, Any]:
    distribution, number, module = offered
    offer = {"distribution": distribution, "version": number, "module": module}
    return {"name": name, "kind": kind, **offer, "built_in": built_in, "loads": not why, "why_not": why or None}


def _own_version() -> str:
    try:
        return version("bricks")
    except PackageNotFoundError:
        return "not installed"


def told(line: dict[str, Any]) -> str:
    """Return a line for a person."""
    state = "built in" if line["built_in"] else f"CAN'T BE USED: {line['why_not']}" if line["why_not"] else "loads"
    return f"{line['kind']:<10} {line['name']:<14} {line['distribution']} {line['version']}  {line['module']}  {state}"
