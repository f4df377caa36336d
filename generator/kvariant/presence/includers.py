# SPDX-License-Identifier: MIT
"""Which files include a file: what an `#include` names, as the compiler looks for it.

    "a.h"     beside the file that includes it, then as <a.h>
    <a.h>     in the folders of the tree's own -I options, in their order
    asm/a.h   of a kernel: the architecture's, else include/asm-generic/a.h, by a wrapper
              that the build writes
    -I DIR    in a makefile of the file's folder, or of one above it: where other names are
A name that is in no such folder may be any file whose path ends so.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.presence.kbuild import NAMES

if TYPE_CHECKING:
    from kvariant.presence.include_index import IncludeIndex

_FORCED = re.compile(r"-include\s+\$\((?:srctree|src)\)/(\S+)|-include\s+(include/\S+\.h)")
_CORE = (
    "init/",
    "kernel/",
    "mm/",
    "fs/",
    "lib/",
    "block/",
    "net/core/",
    "drivers/base/",
    "common/",
)
"""Where files are mostly built whatever is configured: they are asked first."""


_OPTION = re.compile(r"-I\s*([^\s,]+)")
_SET = re.compile(r"^\s*(?:export\s+)?(\w+)\s*[:?]?=[ \t]*(.*)$", re.MULTILINE)
_REFERENCE = re.compile(r"\$[({](\w+)[)}]")
_DEEPEST = 5
"""Variables within one another."""


class Includers:
    """The files of one tree by what includes them."""

    def __init__(self, root: Path, index: IncludeIndex, search: Sequence[str]) -> None:
        """Take a tree.

        Args:
            search: folders, below the root, in which <a.h> is looked for, in their order.
        """
        self._root = root
        self._index = index
        self._search = search
        self._options: dict[str, Sequence[str]] = {"": ()}

    def of(self, path: str) -> Iterator[str]:
        """Yield the files that may include a file, those first that are mostly built."""
        names = self._index.includers.get(posixpath.basename(path), ())
        for file in sorted(names, key=lambda name: self._rank(name, path)):
            if any(self.is_named(target, file, path) for target in self._targets(file)):
                yield file

    def _targets(self, file: str) -> Sequence[str]:
        text = self._index.targets.get(file, "")
        return text.split("\n") if text else ()

    def is_named(self, target: str, file: str, path: str) -> bool:
        """Return whether an include's target in a file means a path."""
        if not (path == target or path.endswith(f"/{posixpath.basename(target)}")):
            return False
        return path in self.resolved(target, file)

    def resolved(self, target: str, file: str) -> Sequence[str]:
        """Return what a target in a file may mean; several where only -I options would tell."""
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(file), target))
        if beside in self._files:
            return (beside,)
        for folder in self._search:
            path = posixpath.normpath(posixpath.join(folder, target))
            if path in self._files and path != file:
                return (path,)
        if target.startswith("asm/"):
            generic = f"include/asm-generic/{target[4:]}"
            if generic in self._files:
                return (generic,)
        plain = re.sub(r"^(?:\.{1,2}/)+", "", target)
        found = [p for p in self._ending(plain) if p != file]
        near = [p for p in found if _shared(p, file)]
        if len(near or found) > 1:
            for folder in self._named_folders(posixpath.dirname(file)):
                path = posixpath.normpath(posixpath.join(folder, target))
                if path in found:
                    return (path,)
        return near or found

    def _named_folders(self, folder: str) -> Sequence[str]:
        """Return the folders that the makefiles of a folder, and of those above, have after -I."""
        if folder not in self._options:
            own = [*_include_options(self._root, folder)] if folder else []
            above = self._named_folders(posixpath.dirname(folder)) if folder else ()
            self._options[folder] = [*own, *above]
        return self._options[folder]

    def _ending(self, target: str) -> list[str]:
        own = self._by_name.get(posixpath.basename(target), ())
        return [path for path in own if f"/{path}".endswith(f"/{target}")]

    @cached_property
    def _files(self) -> frozenset[str]:
        return frozenset(self._index.targets)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self._index.targets:
            found.setdefault(posixpath.basename(path), []).append(path)
        return found

    @cached_property
    def forced(self) -> frozenset[str]:
        """The files that every compilation includes: `-include` in the tree's makefiles."""
        found = set()
        for name in ("Makefile", "scripts/Makefile.lib"):
            try:
                text = (self._root / name).read_text(errors="replace")
            except OSError:
                continue  # not every tree has both
            found |= {one or other for one, other in _FORCED.findall(text)}
        return frozenset(found)

    def all_of(self, path: str) -> Iterator[str]:
        """Yield the files that include a file, or one that does."""
        seen, due = {path}, [path]
        while due:
            for file in self.of(due.pop()):
                if file not in seen:
                    seen.add(file)
                    due.append(file)
                    yield file

    def _rank(self, name: str, path: str) -> tuple[bool, bool, str]:
        is_source = not name.endswith((".h", ".inc"))
        is_core = name.startswith(_CORE) or re.match(r"arch/\w+/(?:kernel|mm)/", name) is not None
        is_near = posixpath.dirname(name) == posixpath.dirname(path)
        return (not is_source, not (is_core or is_near), name)


def _include_options(root: Path, folder: str) -> Iterator[str]:
    """Yield what stands after -I in a folder's makefile, below the root.

    Variables that the makefile sets itself are expanded, others are not known.
    """
    for name in NAMES:
        try:
            text = (root / folder / name).read_text(errors="replace").replace("\\\n", " ")
            break
        except OSError:
            continue  # the other name, if any
    else:
        return
    known = {"srctree": ".", "objtree": ".", "src": folder, "obj": folder, "srcroot": "."}
    known |= {n: v for n, v in _SET.findall(text) if n not in known}
    for option in dict.fromkeys(_OPTION.findall(text)):
        path = option
        for _ in range(_DEEPEST):
            path = _REFERENCE.sub(lambda found: known.get(found[1], "$").strip(), path)
        if "$" not in path:
            yield posixpath.normpath(path)


def _shared(one: str, other: str) -> bool:
    """Return whether two files are in one part of a tree: two folders deep."""
    return one.split("/")[:2] == other.split("/")[:2]
