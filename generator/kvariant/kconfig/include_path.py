# SPDX-License-Identifier: MIT
"""Where a tree's own build looks for what its configurations include.

U-Boot hands a defconfig to the C preprocessor with the tree as its only `-I`
[scripts/kconfig/Makefile, `%_defconfig`]; NuttX to a script that knows a few folders
beside the configuration and beside the tree [tools/configure.sh, tools/process_config.sh].
Elsewhere an include is a comment to the build, and ours alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kvariant.regular_file import read_text


@dataclass(frozen=True, slots=True, kw_only=True)
class IncludePath:
    """The folders in which included files are looked for, in order."""

    folders: tuple[Path, ...] = ()
    beside: tuple[str, ...] = ()
    """Folders relative to the one of the configuration that is asked for; before `folders`."""
    is_preprocessed: bool = False
    """Whether the build runs the C preprocessor, to which `#if` is no comment."""

    def candidates(self, name: str, includer: Path, asked: Path, *, quoted: bool) -> Iterator[Path]:
        """Yield the files that an include may mean, the first that exists counts.

        Args:
            name: as written between the quotes or angle brackets.
            includer: the file that has the line.
            asked: the configuration that is read, which may have included that file.
            quoted: whether the name is in quotes: then the includer's folder comes first.
        """
        if quoted:
            yield includer.parent / name
        for folder in self.beside:
            yield asked.parent / folder / name
        for folder_ in self.folders:
            yield folder_ / name


NOWHERE = IncludePath()
_CPP = re.compile(r"\$\(CPP\).*assembler-with-cpp")
_NUTTX = ("../../common/configs", "../common", ".")


def include_path_of(root: Path) -> IncludePath:
    """Return where the build of the tree at `root` looks, by the files that say so."""
    if (root / "tools/process_config.sh").is_file():
        return IncludePath(
            folders=(root.parent / "apps", root.parent / "nuttx-apps"), beside=_NUTTX
        )
    try:
        makefile = read_text(root / "scripts/kconfig/Makefile", "replace")
    except OSError:
        return NOWHERE
    if _CPP.search(makefile):
        return IncludePath(folders=(root,), is_preprocessed=True)
    return NOWHERE
