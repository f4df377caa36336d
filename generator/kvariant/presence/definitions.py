# SPDX-License-Identifier: MIT
"""Where a macro of a tree that is no option's is defined: in headers, or by makefiles' flags.

    #define NAME                     where that line is compiled
    ccflags-$(CONFIG_X) += -DNAME    X, in the folder of the makefile and those below it
    any other flag with -DNAME       not known: it stays free

A file that defines it may not be among those that are included: where none is, nothing says
that the macro is defined, so what is found here is where it may be.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import InputError
from kvariant.kconfig.expression import ALWAYS
from kvariant.presence.condition import any_of, is_level
from kvariant.presence.sources import HEADERS, SourceFiles
from kvariant.regular_file import read_lines, read_text

if TYPE_CHECKING:
    from kvariant.kconfig import Expression

MOST = 24
"""Lines that define one macro; of more nothing is worked out."""
_MAKEFILES = ("Makefile", "Kbuild")
_FLAGS = re.compile(
    r"\s*(?:(?:subdir-)?(?:cc|as|cpp|c)flags(?:-y|-\$\(CONFIG_(\w+)\))"
    r"|(?:EXTRA_|KBUILD_)(?:C|A|CPP)FLAGS)\s*[:+]?="
)
_PRIVATE = ("Documentation", "tools", "scripts", "samples", ".git")


def where_defined(
    sources: SourceFiles, macro: str, path: str, read: Sequence[str], *, line: int = 0
) -> Expression | None:
    """Return where a macro may be defined for a file; None: that is not known.

    Args:
        path: the file in which it is asked for.
        read: files that are known to be read with it; if one of them defines it, others do not
            count.
        line: where it is asked for; what that file defines behind it does not count, if
            nobody includes the file. 0: all counts.
    """
    flags = list(_by_flags(sources, macro, path))
    if None in flags:
        return None
    is_alone = line > 0 and not path.endswith(HEADERS) and not sources.is_included(path)
    places = [
        place
        for place in _defining(sources, macro, read)
        if not is_alone or place[0] != path or place[1] < line
    ] or list(_defining(sources, macro, _headers(sources)))
    if len(places) > MOST:
        return None
    found = [flag for flag in flags if flag is not None]
    for file, line in places:
        try:
            found.append(sources.presence(file, line).condition)
        except InputError:
            return None
    return any_of(found)


def _defining(sources: SourceFiles, macro: str, paths: Iterable[str]) -> Iterator[tuple[str, int]]:
    define = re.compile(rf"[ \t]*#[ \t]*define[ \t]+{re.escape(macro)}\b")
    for path in paths:
        try:
            text = read_lines(sources.root / path, "replace")
        except OSError:
            continue  # git knows it, and somebody has removed it
        if macro not in text:
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if define.match(line):
                yield path, number


def _headers(sources: SourceFiles) -> Iterator[str]:
    """Yield the headers of a tree that may be read for the architecture at hand."""
    root = sources.root
    others = {os.path.normpath(folder) for folder in sources.kind.other_folders}
    for folder, folders, names in os.walk(root):
        below = os.path.relpath(folder, root)
        here = "" if below == "." else f"{below}/"
        folders[:] = sorted(n for n in folders if n not in _PRIVATE and here + n not in others)
        yield from (here + name for name in sorted(names) if name.endswith(HEADERS))


def _by_flags(sources: SourceFiles, macro: str, path: str) -> Iterator[Expression | None]:
    """Yield where flags of makefiles define it; None: that is not known."""
    define = re.compile(rf"-D\s*{re.escape(macro)}\b")
    for folder in Path(path).parents:
        for name in _MAKEFILES:
            try:
                text = read_text(sources.root / folder / name, "replace")
            except OSError:
                continue  # not every folder has one
            depth = 0
            for line in text.replace("\\\n", " ").split("\n"):
                word = line.strip()
                depth += word.startswith(("ifeq", "ifneq", "ifdef", "ifndef"))
                depth -= word == "endif"
                if not define.search(line.partition("#")[0]):
                    continue
                match = _FLAGS.match(line)
                option = match[1] if match else None
                kind = sources.tree.types.get(option or "")
                if match is None or depth or (option and (kind is None or not kind.is_logical)):
                    yield None
                elif option:
                    yield any_of((is_level(option, kind, "y"), is_level(option, kind, "m")))
                else:
                    yield ALWAYS
