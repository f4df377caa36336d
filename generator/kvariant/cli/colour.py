# SPDX-License-Identifier: MIT
"""Colour of what people read: on a terminal, unless they do not want it; never in JSON.

    --color auto     a terminal that is not dumb, unless NO_COLOR is set   the default
    --color always   also into files and pipes
    --color never

Reports are plain text, laid out without a thought of colour. Here the few words that
say how something ended are coloured, last of all.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

WHEN = ("auto", "always", "never")

_Command = TypeVar("_Command", bound=Callable[..., Any])

_WORDS = re.compile(
    r"^(?:[^\s:]+:(?:\d+:)* )?(?P<head>error|warning|note|hint)(?=: )"
    r"|\b(?P<bad>FAILED|ERROR|TIMEOUT|MISSING)\b"
    r"|^ +(?P<when>(?:always|may) fails?|fails iff)(?=[ :])",
    re.MULTILINE,
)
_STYLES: dict[str, dict[str, Any]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "note": {"fg": "cyan"},
    "hint": {"fg": "green"},
    "bad": {"fg": "red", "bold": True},
    "when": {"bold": True},
}


def colour_option(command: _Command) -> _Command:
    """Add --color, which counts for everything that `printer.say` says."""
    return click.option(
        "--color",
        type=click.Choice(WHEN),
        metavar="WHEN",
        expose_value=False,
        callback=lambda context, _, value: setattr(context, "color", wanted(value)),
        help="Colour: always, never or auto  [default: auto, a terminal without NO_COLOR]",
    )(command)


def painted(text: str) -> str:
    """Return text with the codes that colour it."""
    return _WORDS.sub(_styled, text)


def is_refused() -> bool:
    """Return whether the command that runs is to have no colour, terminal or not."""
    context = click.get_current_context(silent=True)
    return context is not None and context.color is False


def wanted(when: str | None) -> bool | None:
    """Return whether colour is wanted; None: where a terminal shows it."""
    if when in ("always", "never"):
        return when == "always"
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


def wanted_by(arguments: Sequence[str]) -> bool | None:
    """Return what a command line wants that did not come to be parsed, or is left already."""
    found = None
    for argument, following in itertools.pairwise([*arguments, ""]):
        if argument == "--":
            break
        name, equals, value = argument.partition("=")
        if name == "--color":
            found = value if equals else following
    return wanted(found)


def _styled(match: re.Match[str]) -> str:
    kind = str(match.lastgroup)
    word = match[kind]
    before = match[0][: -len(word)]
    return before + click.style(word, **_STYLES[word if kind == "head" else kind])
