# SPDX-License-Identifier: MIT
"""What is wrong with Kconfig files although they parse, and names that no file defines."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, Location, Severity, source_line
from kvariant.kconfig.c_tool import c_tool_of
from kvariant.kconfig.lint import lint
from kvariant.kconfig.nearest_symbol import Defined, symbol_hint
from kvariant.kconfig.portability import portability
from kvariant.regular_file import read_text

if TYPE_CHECKING:
    from kvariant.kconfig.expression import Expression
    from kvariant.kconfig.parsed import Parsed
    from kvariant.kconfig.reader import ShellCommand

_MEANT = dict.fromkeys(("true", "yes", "Y"), "write y") | dict.fromkeys(
    ("false", "no", "N"), "write n"
)
_KEYWORD = re.compile(
    r"\s*(?:depends|default|def_\w+|select|imply|range|if|visible|bool|tristate|int|hex|string|prompt)\b"
)
_WORD = re.compile(r"(?<![\w./\"'{-])[\w./-]+")
_MACRO = re.compile(r"\$\((?:[^()]|\([^()]*\))*\)")


def tree_diagnostics(parse: Parsed, undefined: Sequence[str], root: Path) -> list[Diagnostic]:
    """Return an error for each of some undefined names, and warnings.

    Warnings are kconfiglib's own, one for each command of `$(shell ...)` that was refused, one
    for each construct that the tree's own tool would refuse, and those of `lint`.

    Args:
        root: the folder in which the tree's own tool is looked for.
    """
    tool = c_tool_of(root)
    return [
        *_undefined(undefined, parse),
        *map(_refused, (c for c in parse.shell_commands if not c.was_run)),
        *(_parse_warning(text, parse.root) for text in parse.warnings),
        *(portability(parse.constructs, tool) if tool else ()),
        *lint(parse.model),
    ]


def undefined_in(parse: Parsed) -> tuple[str, ...]:
    """Return names in conditions, defaults and selects that no file defines: always n."""
    return tuple(name for name in parse.undefined if not _is_number(name) and name != "MODULES")


def undefined_names(
    expression: Expression, known: Mapping[str, Defined | None], location: Location | None
) -> list[Diagnostic]:
    """Return an error for each name in an expression that is no known symbol's.

    Args:
        known: the symbols, and where each is defined; None: that is not known here.
    """
    return [
        Diagnostic(
            message=f"unknown symbol {name} in {expression}",
            code="unknown-symbol",
            location=location,
            excerpt=source_line(location.path, location.line) if location else "",
            hint=symbol_hint(name, known),
        )
        for name in expression.symbols
        if name not in known and not _is_number(name)
    ]


def _undefined(names: Sequence[str], parse: Parsed) -> Iterator[Diagnostic]:
    places = first_uses(names, parse.files)
    for name in names:
        location, line = places.get(name, (None, ""))
        yield Diagnostic(
            message=f"{name!r} is not a symbol, so it is always n",
            code="unknown-symbol",
            location=location,
            excerpt=line,
            hint=_MEANT.get(name) or symbol_hint(name, parse.symbols),
        )


def first_uses(
    names: Iterable[str], files: Iterable[str | Path]
) -> Mapping[str, tuple[Location, str]]:
    """Return where names are used first, and the line; one pass over all files."""
    wanted = set(names)
    found: dict[str, tuple[Location, str]] = {}
    for path in map(Path, files) if wanted else ():
        for number, line in enumerate(read_text(path, "replace").splitlines(), 1):
            if not (head := _KEYWORD.match(line)):
                continue
            bare = _MACRO.sub(lambda macro: " " * len(macro[0]), line)
            for match in _WORD.finditer(bare, head.end()):
                if match[0] in wanted:
                    place = Location(str(path), number, match.start() + 1)
                    found.setdefault(match[0], (place, line))
    return found


def _parse_warning(text: str, root: str) -> Diagnostic:
    match = re.match(r"(?:([^:\n]+):(\d+): )?warning: (.*)", text, re.DOTALL)
    path, line, message = match.groups() if match else (None, None, text)
    place = Location(os.path.join(root, path), int(line or 0)) if path else None
    return Diagnostic(
        message=message.split("\n")[0],
        code="kconfig",
        severity=Severity.WARNING,
        location=place,
    )


def _refused(command: ShellCommand) -> Diagnostic:
    return Diagnostic(
        message=f"refused, as if it had failed: $(shell,{command.text})",
        code="no-shell",
        location=command.location,
        severity=Severity.WARNING,
    )


def _is_number(name: str) -> bool:
    try:
        int(name, 0)
    except ValueError:
        return name.isdigit()
    return True
