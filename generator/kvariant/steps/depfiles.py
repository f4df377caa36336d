# SPDX-License-Identifier: MIT
"""A build's own record of what it read: compilers' `.d` files and Kbuild's `.cmd` files.

    main.o: main.c include/net.h \\          a rule: what stands behind the colon was read
      include/generated/autoconf.h
    deps_mm/memory.o := \\                    Kbuild: a variable with a list, and the source
      $(wildcard include/config/SWAP) \\
      include/linux/mm.h

Files that do not exist are no inputs (Kbuild's wildcards stand for option values,
which the key has anyway). Where a file was looked for and not found is in no record:
see `search_path`. What ninja keeps instead of them is read by `ninja_deps`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from kvariant.steps.untrusted_files import is_file, text_of

_FUNCTION = re.compile(r"\$\(\w+ [^)]*\)|\$\([^)]*\)")
_VARIABLE = re.compile(r"^(?:deps|source)_\S+\s*:=\s*(.*)$")
_COMMAND = re.compile(r"^(?:cmd|saved?cmd)_\S+\s*:=|^[A-Za-z_][\w./-]*\s*[:?+]?=")
_STAMP = re.compile(r"\binclude/config/([\w/]+)(\.h)?(?![\w/])")
_RULE = re.compile(r"^(?:[^\s:#=\\]|\\.)+(?: (?:[^\s:#=\\]|\\.)+)*\s*:(?![=:])\s*(.*)$")
LARGEST = 64 * 1024 * 1024
"""Bytes of a record; a larger one is none."""


def inputs(paths: Iterable[Path], folders: Iterable[Path]) -> tuple[Path, ...]:
    """Return the files that dependency files name and that exist, each once, sorted.

    Args:
        paths: dependency files.
        folders: what relative names may be relative to, the likeliest first.

    Raises:
        OSError: one of them cannot be read, so that what it names is not known.
    """
    places = tuple(folders)
    found: dict[str, Path | None] = {}
    for path in paths:
        # A file's name is bytes; and what a program wrote here need not be names at all.
        for name in named_inputs(text_of(path, LARGEST, "surrogateescape")):
            if name not in found:
                tried = (place / name for place in places)
                found[name] = next((p for p in tried if is_file(p)), None)
    return tuple(sorted({Path(os.path.realpath(path)) for path in found.values() if path}))


def named_inputs(text: str) -> Iterator[str]:
    """Yield the names of files that a dependency file says were read."""
    for line in text.replace("\\\n", " ").splitlines():
        if (match := _VARIABLE.match(line)) or (
            not _COMMAND.match(line) and (match := _RULE.match(line))
        ):
            yield from _words(match[1])


def _words(text: str) -> Iterator[str]:
    for word in re.findall(r"(?:\\.|[^\s\\])+", _FUNCTION.sub(" ", text)):
        yield re.sub(r"\\([ #\\])", r"\1", word).replace("$$", "$")


def stamps(text: str) -> set[str]:
    """Return the options that a Kbuild's dependency file says were read, in capitals.

    Kbuild before 5.15 splits a name into folders (`feature/cut/regex.h`), so that
    capitals are lost; later ones keep it.
    """
    return {match[1].replace("/", "_").upper() for match in _STAMP.finditer(text)}
