# SPDX-License-Identifier: MIT
"""What is particular to a kind of tree: its makefiles, its macros, its include path."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kvariant.kconfig import Expression, Tree
from kvariant.kconfig.expression import ALWAYS
from kvariant.presence.include_index import other_folders
from kvariant.presence.kbuild import Kbuild, Route
from kvariant.presence.macros import Macros


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeKind:
    """How one tree says what is compiled."""

    routes: Callable[[str], tuple[Route, ...]]
    """The ways in which a source file is built, by its path; none: nothing names it."""
    macros: Macros
    search: Sequence[str]
    """Folders in which <a.h> is looked for, in their order."""
    other_folders: Sequence[str] = ()
    """Folders that this tree's build leaves out."""
    settled: Mapping[str, Expression] = field(default_factory=dict)
    """Macros that are the same in all its files, and where they are defined."""


def kind_of(tree: Tree) -> TreeKind:
    """Return what is particular to a tree: its preset says which kind it is."""
    return _KINDS.get(tree.preset.name, _linux)(tree)


def _linux(tree: Tree) -> TreeKind:
    given = tree.environment
    arch = given.get("ARCH", "")
    folder = given.get("SRCARCH", arch)
    variables = {
        "srctree": ".",
        "objtree": ".",
        "abs_srctree": ".",
        "sub_make_done": "1",
        "MAKECMDGOALS": "all",
        "ARCH": arch,
        "SRCARCH": folder,
    }
    kbuild = Kbuild(tree.root, tree.types, variables=variables, prefix=tree.prefix, arch=folder)
    own = [f"arch/{folder}/include", f"arch/{folder}/include/uapi"] if folder else []
    return TreeKind(
        routes=kbuild.routes,
        macros=Macros(types=tree.types, prefix=tree.prefix),
        search=[*own[:1], "include", *own[1:], "include/uapi"],
        other_folders=other_folders(tree.root, folder),
        settled={"__KERNEL__": ALWAYS},
    )


_KINDS: Mapping[str, Callable[[Tree], TreeKind]] = {"linux": _linux}
