# SPDX-License-Identifier: MIT
"""Symbols that were renamed: `sdkconfig.rename` of ESP-IDF and its components.

    # old names, and what they are called now
    CONFIG_TASK_WATCH    CONFIG_WDT_INIT
    CONFIG_LOG_QUIET     !CONFIG_LOG_ENABLE        y becomes n, n and unset become y

As esp-idf-kconfig has it (docs/en/kconfiglib/deprecated-options.rst, and the class
`DeprecatedOptions`): an old name counts where no Kconfig file defines it and one defines
the new one; one step is followed; of several lines for one name the last counts; only
bools are inverted. Unlike there, what is in place of a name is told as a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import (
    Diagnostic,
    InputError,
    Location,
    Note,
    Severity,
    not_utf8,
    os_error,
)
from kvariant.kconfig.value import SymbolType
from kvariant.regular_file import read_text

if TYPE_CHECKING:
    from kvariant.kconfig.fragment import Fragment, Request

FILE = "sdkconfig.rename"
_FOLDERS = ("components/*/", "managed_components/*/", "main/", "")
"""Where a tree or an application has them; those of its root, read last, count most."""
_INVERTED = {"y": "n", "n": "y"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """One line of a file of renames."""

    old: str
    new: str
    is_inverted: bool
    """Whether y of the one is n of the other."""
    location: Location


def rename_files(roots: Iterable[Path], target: str = "") -> list[Path]:
    """Return the files of renames of trees and applications, those that count most last.

    Args:
        target: the chip, whose own `sdkconfig.rename.TARGET` counts too; "": none.
    """
    names = (FILE, f"{FILE}.{target}") if target else (FILE,)
    return [
        path
        for root in dict.fromkeys(roots)
        for folder in _FOLDERS
        for name in names
        for path in sorted(root.glob(f"{folder}{name}"))
        if path.is_file()
    ]


def read_renames(paths: Iterable[Path], prefix: str = "CONFIG_") -> Mapping[str, Rename]:
    """Return what files say, by old name.

    Raises:
        InputError: a file cannot be read or is not UTF-8, or a line is neither a pair
            of names nor a comment [rename-syntax].
    """
    found: dict[str, Rename] = {}
    errors: list[Diagnostic] = []
    name = rf"{re.escape(prefix)}(\w+)"
    pair = re.compile(rf"{name}\s+(!?){name}\s*(?:#.*)?", re.ASCII)
    for path in paths:
        try:
            lines = read_text(path).splitlines()
        except UnicodeDecodeError:
            errors.append(not_utf8(path))
            continue
        except OSError as error:
            raise os_error(error, "cannot read the renamed symbols") from None
        for number, line in enumerate(lines, 1):
            text, here = line.strip(), Location(str(path), number, 1)
            if not text or text.startswith("#"):
                continue
            match = pair.fullmatch(text)
            if match is None or match[1] == match[3]:
                errors.append(_malformed(text, prefix, here, match is not None))
            else:
                found[match[1]] = Rename(
                    old=match[1], new=match[3], is_inverted=bool(match[2]), location=here
                )
    if errors:
        raise InputError(*errors)
    return found


def renamed(
    fragment: Fragment, renames: Mapping[str, Rename], types: Mapping[str, SymbolType]
) -> tuple[Fragment, Mapping[str, Diagnostic]]:
    """Return a fragment by today's names, and a warning for each old name in it, by that.

    Args:
        types: the type of every symbol of the tree.
    """
    now = {old: one for old, one in renames.items() if old not in types and one.new in types}
    found = {r.symbol: r for r in reversed(fragment.requests) if r.symbol in now}
    if not found:
        return fragment, {}
    changed = replace(
        fragment,
        requests=tuple(
            _request(r, now[r.symbol], types) if r.symbol in now else r for r in fragment.requests
        ),
        permissions=tuple(
            replace(p, symbol=now[p.symbol].new) if p.symbol in now else p
            for p in fragment.permissions
        ),
    )
    return changed, {name: _warning(request, now[name]) for name, request in found.items()}


def _request(request: Request, rename: Rename, types: Mapping[str, SymbolType]) -> Request:
    value, is_unset = request.value, request.is_unset
    if rename.is_inverted and types[rename.new] is SymbolType.BOOL:
        value = _INVERTED.get(value, value)
        is_unset = False
    raw = request.raw if value == request.value and is_unset == request.is_unset else value
    return replace(request, symbol=rename.new, value=value, is_unset=is_unset, raw=raw)


def _warning(request: Request, rename: Rename) -> Diagnostic:
    how = ", y and n swapped," if rename.is_inverted else ""
    return Diagnostic(
        message=f"{rename.old} was renamed: it is read{how} as {rename.new}",
        code="renamed",
        location=request.location,
        excerpt=request.line,
        notes=(Note("renamed here", rename.location),),
        severity=Severity.WARNING,
    )


def _malformed(text: str, prefix: str, here: Location, is_same: bool) -> Diagnostic:
    return Diagnostic(
        message=f"{text!r} renames a symbol to itself"
        if is_same
        else f"{text!r} is neither two names nor a comment",
        code="rename-syntax",
        location=here,
        hint=f"write {prefix}OLD {prefix}NEW, or !{prefix}NEW where y became n",
    )
