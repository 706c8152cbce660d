"""Entrance: what all commands share before one is at work: files that may not be read, and the shell that is named."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import typer
from typer.completion import get_completion_script, install  # type: ignore[attr-defined]
from typer.core import TyperGroup

from pipeline.saying import log, say
from schemas.errors import UsageError

_UNREADABLE: Final = re.compile(r"\S+ '(?P<path>.*)' is not readable\.", re.DOTALL)
_EMPTY: Final = re.compile(r"(?:(?P<option>--[\w-]+)=)?\s*")
_SHELLS: Final = ("bash", "zsh", "fish", "powershell", "pwsh")
_INSTALL, _SHOW = "--install-completion", "--show-completion"


class Entrance(TyperGroup):
    """All commands: a file that may not be read is told in a line, as one that is missing is."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """Read the words before a command; a shell that is named goes before the one that runs.

        Raises:
            UsageError: a word is empty: it would name this folder.
        """
        _refuse_empty(args)
        asked, _, shell = args[0].partition("=") if args else ("", "", "")
        shell = shell or (args[1] if len(args) > 1 and not args[1].startswith("-") else "")
        if asked in {_INSTALL, _SHOW} and shell:
            _complete(ctx, asked, shell)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401
        """Run the command that is asked for.

        Raises:
            UsageError: it was given a file or a folder that may not be read.
        """
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            found = _UNREADABLE.search(error.message)
            if found is None:
                raise
            mend = "Give yourself rights to it, or name another."
            raise UsageError("may not be read.", where=found["path"], mend=mend) from error


def _refuse_empty(words: Sequence[str]) -> None:
    for before, word in pairwise(["", *words]):
        if found := _EMPTY.fullmatch(word):
            where = found["option"] or (before if before.startswith("--") else "an argument")
            raise UsageError(
                "is empty.", where=where, mend="A variable of the shell may be unset; give a value, or leave it out."
            )


def _complete(ctx: Any, asked: str, shell: str) -> None:  # noqa: ANN401
    """Install or show the completion of a shell by its name, and end.

    Raises:
        UsageError: there is none for it.
    """
    if shell not in _SHELLS:
        raise UsageError(
            f"no completion is there for {shell!r}.", where=asked, mend=f"Name one of {', '.join(_SHELLS)}."
        )
    name = str(ctx.find_root().info_name)
    hears = f"_{name.replace('-', '_').upper()}_COMPLETE"
    if asked == _SHOW:
        say(get_completion_script(prog_name=name, complete_var=hears, shell=shell), False, str)
        raise typer.Exit
    _, path = install(shell=shell, prog_name=name, complete_var=hears)
    log(f"{shell} completion installed in {path}; it is there in the next terminal.")
    raise typer.Exit
