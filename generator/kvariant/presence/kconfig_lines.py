# SPDX-License-Identifier: MIT
"""Which option each line of a Kconfig file belongs to, as far as its text alone says it.

config A          of A
\tbool "a"        of A
\thelp            of A, and no rule: so is the text below it
\t  words
menu "m"          of none: what it changes, `kvariant review` says
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_DEFINED = re.compile(r"\s*(?:(?:menu)?config|configdefault)\s+(\w+)\s*(?:#.*)?")
_OTHER = re.compile(
    r"\s*(?:(?:menu|endmenu|if|endif|choice|endchoice|[or]*source|comment|mainmenu)\b(?!\s*=)"
    r"|(?:menu)?config\s+\S*\$|[\w.-]+\s*[:+?]?=(?!=)|\$\().*"
)
"""What is around definitions, or is one of a name that a macro makes; macros; what expands."""
_HELP = re.compile(r"\s*(?:help|---help---)\s*")
_VALUES = re.compile(r"\s*(?:default|def_\w+|range)\s+(?P<one>\S+)(?:\s+(?P<other>\S+))?.*")
_LITERAL = re.compile(r'-?\d+|0[xX][0-9a-fA-F]+|"[^"$]*"')


@dataclass(frozen=True, slots=True)
class KconfigLine:
    """A line of a Kconfig file."""

    option: str
    """Whose definition it is in; "": none's."""
    first: int
    """Where that definition begins."""
    is_rule: bool
    """Whether it is more than a comment, a help text or space."""
    help_indent: int = -1
    """In a help text, how far it is indented; -1: this is none."""
    is_joined: bool = False
    """Whether the next line goes on with it."""


def kconfig_lines(text: str) -> Sequence[KconfigLine]:
    """Return what each line of a Kconfig file is; the first of them stands for line 1."""
    return list(_lines(text.split("\n")))


def following(before: KconfigLine | None, line: str, number: int) -> KconfigLine:
    """Return what a line is that stands behind another one."""
    option, first, indent = (
        (before.option, before.first, before.help_indent) if before else ("", 0, -1)
    )
    stripped = line.strip()
    is_joined = line.rstrip("\r").endswith("\\")
    if before and before.is_joined:
        return KconfigLine(option, first, True, is_joined=is_joined)
    if indent >= 0 and (not stripped or indent == 0 or _indent(line) >= indent):
        if stripped and indent == 0:
            indent = _indent(line)
        if not stripped or indent > 0:
            return KconfigLine(option, first, False, indent)
    if not stripped or stripped.startswith("#"):
        return KconfigLine(option, first, False)
    if found := _DEFINED.fullmatch(line):
        return KconfigLine(found[1], number, True, is_joined=is_joined)
    if _HELP.fullmatch(line):
        return KconfigLine(option, first, False, 0)
    if _OTHER.fullmatch(line):
        return KconfigLine("", number, True, is_joined=is_joined)
    return KconfigLine(option, first, True, is_joined=is_joined)


def values_named(text: str, option: str) -> Iterator[str]:
    """Yield the numbers and texts that an option's definitions name as defaults and ranges."""
    for line, known in zip(text.split("\n"), kconfig_lines(text), strict=True):
        found = _VALUES.fullmatch(line) if known.option == option and known.is_rule else None
        for word in (found["one"], found["other"]) if found else ():
            if word and _LITERAL.fullmatch(word):
                yield word


def _lines(lines: Sequence[str]) -> Iterator[KconfigLine]:
    before: KconfigLine | None = None
    for number, line in enumerate(lines, 1):
        before = following(before, line, number)
        yield before


def _indent(line: str) -> int:
    return len(line.expandtabs()) - len(line.expandtabs().lstrip())
