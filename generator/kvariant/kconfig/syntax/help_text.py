# SPDX-License-Identifier: MIT
"""Help texts whose first line is not indented, as the C tools read them.

The line right below `help` is help wherever it begins; the first indented line sets the
indentation, and the text ends before a line that is indented less, or not at all
[scripts/kconfig/lexer.l, state HELP; the same in Linux 6.1 and 7.2].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HelpText:
    """A help text and what was read of the file for it."""

    text: str
    after: str
    """The line after it, which has been read already; "" at the file's end."""
    lines: int
    """Lines read, `after` too."""


def help_text(readline: Callable[[], str]) -> HelpText:
    """Read a help text to its end.

    Args:
        readline: gives the next line, and "" at the end; the first call gives the one
            below `help`.
    """
    taken: list[str] = []
    indentation = 0
    after = ""
    count = 0
    while line := readline():
        count += 1
        expanded = line.expandtabs()
        if not expanded.strip():
            taken.append("")
            continue
        here = len(expanded) - len(expanded.lstrip())
        if taken and (not here or here < indentation):
            after = line
            break
        indentation = indentation or here
        taken.append(expanded[indentation:].rstrip("\n"))
    return HelpText("\n".join(taken).rstrip(), after, count)
