# SPDX-License-Identifier: MIT
"""Which sources of a tree have conditions that name some options, found by their texts.

    makefiles    obj-$(CONFIG_A) += a.o      the sources of its folder
                 obj-$(CONFIG_A) += sub/     those of sub, and below
    sources      #ifdef CONFIG_A, #if ENABLE_A, CONFIG_IS_ENABLED(A)

A source that is found need not have such a condition; what names an option by a name that is
put together is not found, but for the phases of U-Boot.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Sequence

from kvariant.presence.sources import SOURCES, SourceFiles

_PHASES = ("SPL_", "TPL_", "VPL_")
_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(?:if|elif)(?:[^\n\\]|\\[^\n]|\\\n)*", re.MULTILINE)
_IN_SOURCES = re.compile(rb"(?:CONFIG_(?:(?:IS_ENABLED|VAL) ?\()?|ENABLE_)(\w+)")


class NamingSources:
    """The sources of a tree, by the options that they and their makefiles name."""

    def __init__(self, sources: SourceFiles) -> None:
        """Take a tree whose makefiles are known."""
        self._sources = sources
        self._files: Sequence[str] = sources.every

    def built(self, options: Collection[str]) -> list[str]:
        """Return the sources whose makefiles name one of some options for them."""
        ask = self._sources.kind.folders_naming
        # Of a folder that is meant twice the wider one counts: True is behind False.
        folders = dict(sorted(ask(_as_written(options)))) if ask else {}
        deep = tuple(f"{name}/" if name else "" for name, is_deep in folders.items() if is_deep)
        return [
            path
            for path in self._files
            if path.endswith(SOURCES)
            and (posixpath.dirname(path) in folders or path.startswith(deep))
        ]

    def naming(self, options: Collection[str]) -> Iterator[str]:
        """Yield the files that have an `#if` which names one of some options.

        Cost: a second for each 300 MB, where the files are in memory.
        """
        names = NamedOptions(options)
        for path in self._files:
            try:
                data = (self._sources.root / path).read_bytes()
            except OSError:
                continue  # git knows it, and somebody has removed it
            if names.are_in(data) and any(map(names.are_in, _DIRECTIVE.findall(data))):
                yield path


class NamedOptions:
    """Some options, as sources name them."""

    def __init__(self, options: Collection[str]) -> None:
        """Take their names."""
        names = {name.encode() for name in _as_written(options)}
        self._names = frozenset((*names, *(name + b"_MODULE" for name in names)))

    def are_in(self, text: bytes) -> bool:
        """Return whether a text of a source names one of them."""
        return not self._names.isdisjoint(_IN_SOURCES.findall(text))


def _as_written(options: Collection[str]) -> frozenset[str]:
    """Return options by the names that files have, which leave the phase out: $(SPL_)A."""
    found = set(options)
    for name in options:
        for phase in _PHASES:
            found.add(name.removeprefix(phase))
    return frozenset(found)
