# SPDX-License-Identifier: MIT
"""Headers that a build makes of what it has linked: empty ones stand for them in a proof.

arch/x86/boot of a kernel includes the addresses of the kernel that was linked before, and no
proof links one. What an empty header changes is known: it defines nothing. So it stands only for
a header that a rule of a makefile makes, and only where the file could not be made without.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from kvariant.regular_file import read_text

MOST = 8
"""Headers that may be missing, one after another, in one file."""
_MISSING = re.compile(
    r"^([^\s:][^:\n]*):\d+(?::\d+)?: fatal error: ([^\s:]+): No such file or directory",
    re.MULTILINE,
)
_TARGETS = re.compile(r"^([^\s#=:][^#=:\n]*):(?!=|:=)", re.MULTILINE)
"""What rules of a makefile make."""
_DEEP = "a/b/c/d"
"""Below our folder, so that `../x.h` is still in it."""
_MAKEFILES = ("Kbuild", "Makefile")


class MadeHeaders:
    """The headers of one build folder that empty ones stand for."""

    def __init__(self, root: Path, out: Path) -> None:
        """Take a tree's root, and the folder that it is built in."""
        self._root, self._out = root, out
        self._folder = out / "kvariant-headers"
        shutil.rmtree(self._folder, ignore_errors=True)
        self.names: dict[str, None] = {}
        """As they are included."""

    @property
    def flags(self) -> str:
        """What a compiler is told to find them."""
        return f"-I{self._folder / _DEEP}"

    def stand_for(self, said: str) -> bool:
        """Lay an empty header for each that a compiler has missed; return whether one is new.

        Args:
            said: all that the compiler has printed.
        """
        is_new = False
        for match in _MISSING.finditer(said):
            place, name = match.groups()
            if name in self.names or len(self.names) >= MOST or not self._is_made(place, name):
                continue
            target = self._folder / posixpath.normpath(f"{_DEEP}/{name}")
            if not target.is_relative_to(self._folder) or ".." in target.parts:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            (self._folder / _DEEP).mkdir(parents=True, exist_ok=True)
            target.write_text("")
            self.names[name] = None
            is_new = True
        return is_new

    def _is_made(self, place: str, name: str) -> bool:
        """Return whether a makefile around the including file has a rule for a header."""
        real = Path(os.path.realpath(self._out / place))
        root = self._root.resolve()
        if not real.is_relative_to(root):
            return False
        wanted = posixpath.basename(name)
        return any(
            posixpath.basename(word) == wanted
            for text in self._makefiles(real.parent, root)
            for targets in _TARGETS.findall(text)
            for word in targets.split()
        )

    def _makefiles(self, folder: Path, root: Path) -> Iterator[str]:
        """Yield the makefiles of a folder, of those in it and of those above."""
        below = sorted(p for p in folder.iterdir() if p.is_dir())
        above = [p for p in (folder, *folder.parents) if p.is_relative_to(root)]
        for one in (*above, *below):
            for name in _MAKEFILES:
                if (one / name).is_file():
                    yield read_text(one / name, "replace")
