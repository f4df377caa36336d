# SPDX-License-Identifier: MIT
"""What is particular to a kind of tree: its makefiles, its macros, its include path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import ALWAYS, Comparison, Constant, Not, Reference
from kvariant.presence.cmake import CMakeTree
from kvariant.presence.condition import Free, all_of, any_of, free_terms, known
from kvariant.presence.include_index import other_folders
from kvariant.presence.kbuild import Kbuild, Route
from kvariant.presence.macros import Macros
from kvariant.presence.makefile_values import MakeVariable, MakeWord, Segment

if TYPE_CHECKING:
    from kvariant.kconfig import Expression, Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One of several programs that a tree builds of the same files."""

    option: str
    """The option without which it is not built; "": it always is."""
    defined: frozenset[str]
    """What is free where it counts, and holds in it."""


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
    arch: str = ""
    """The folder below arch/ that is built, of a kernel for one architecture."""
    beside: Sequence[str] = ()
    """Folders of programs that have makefiles of their own."""
    phases: Sequence[Phase] = ()
    """None: it builds one program."""
    kconfig_mark: str = ""
    """What begins the lines of sources that Kconfig files are made of."""
    makefile_mark: str = ""
    """The same of makefiles."""
    folders_naming: Callable[[Set[str]], Iterable[tuple[str, bool]]] | None = None
    """The folders whose makefiles name one of some options for what is built there, and whether
    for what is below as well; None: the build is not read."""

    def in_any_phase(self, condition: Expression) -> Expression:
        """Return where a condition holds in one of the phases."""
        if not self.phases:
            return condition
        told = frozenset[str]().union(*(phase.defined for phase in self.phases))
        asked = sorted(told.intersection(free_terms(condition)))
        if not asked:
            return condition
        found = []
        for phase in self.phases:
            here = condition
            for text in asked:
                here = known(here, text, text in phase.defined)
            option = [Reference(phase.option)] if phase.option else []
            found.append(all_of((here, *option)))
        return any_of(found)


def kind_of(tree: Tree, root: Path) -> TreeKind:
    """Return what is particular to a tree: its preset says which kind it is.

    Args:
        root: the folder that has its sources.
    """
    return _KINDS.get(tree.preset.name, _other)(tree, root)


def _no_routes(_path: str) -> tuple[Route, ...]:
    return ()


def _other(tree: Tree, _root: Path) -> TreeKind:
    """Return what is known of a tree whose build is not read: nothing of its files."""
    macros = Macros(types=tree.types, prefix=tree.prefix, is_closed=False)
    return TreeKind(routes=_no_routes, macros=macros, search=["include"])


_MAKE = {
    "srctree": ".",
    "objtree": ".",
    "abs_srctree": ".",
    "sub_make_done": "1",
    "MAKECMDGOALS": "all",
}
"""What make is called with, and what the trees' builds set."""


def _linux(tree: Tree, root: Path) -> TreeKind:
    given = tree.environment
    arch = given.get("ARCH", "")
    folder = given.get("SRCARCH", arch)
    kbuild = Kbuild(
        root,
        tree.types,
        variables={**_MAKE, "ARCH": arch, "SRCARCH": folder},
        prefix=tree.prefix,
        arch=folder,
    )
    own = [f"arch/{folder}/include", f"arch/{folder}/include/uapi"] if folder else []
    return TreeKind(
        routes=kbuild.routes,
        folders_naming=kbuild.naming,
        macros=Macros(types=tree.types, prefix=tree.prefix),
        search=[*own[:1], "include", *own[1:], "include/uapi"],
        other_folders=other_folders(root, folder),
        settled={"__KERNEL__": ALWAYS},
        arch=folder,
        beside=("tools/",),
    )


def _busybox(tree: Tree, root: Path) -> TreeKind:
    """Return what is known of BusyBox: makefiles are made of comments in the sources."""
    kbuild = Kbuild(
        root,
        tree.types,
        variables=_MAKE,
        prefix=tree.prefix,
        texts=dict(_collected(root)),
    )
    macros = Macros(types=tree.types, prefix=tree.prefix, always_defined="ENABLE_", is_closed=False)
    return TreeKind(
        routes=kbuild.routes,
        folders_naming=kbuild.naming,
        macros=macros,
        search=["include", "libbb"],
        kconfig_mark="//config:",
        makefile_mark="//kbuild:",
    )


_COMMENT = re.compile(r"^//kbuild:(.*\n?)", re.MULTILINE)


def _collected(root: Path) -> Iterator[tuple[str, str]]:
    """Yield the makefiles that BusyBox's build makes of each Kbuild.src.

    A line INSERT stands for what the folder's C files have in comments
    [scripts/gen_build_files.sh].
    """
    for source in sorted(root.rglob("Kbuild.src")):
        files = sorted(source.parent.glob("*.c"))
        lines = "".join("".join(_COMMENT.findall(_read(file))) for file in files)
        text = _read(source)
        name = source.with_name("Kbuild").relative_to(root).as_posix()
        before, insert, after = text.partition("\nINSERT\n")
        yield name, f"{before}\n{lines}{after}" if insert else text


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


_SPL, _TPL, _VPL, _XPL = (f"defined(CONFIG_{name}_BUILD)" for name in ("SPL", "TPL", "VPL", "XPL"))


def _u_boot(tree: Tree, root: Path) -> TreeKind:
    """Return what is known of U-Boot, which builds its loaders of the same files.

    In SPL, TPL and VPL a macro is defined, and options are asked for with a prefix. Since
    2024 all three define XPL, and SPL is the one alone [doc/develop/spl.rst].
    """
    is_new = (root / "scripts/Makefile.xpl").is_file()
    every_loader = {_XPL} if is_new else {_SPL}
    phases = [
        Phase(option="", defined=frozenset()),
        Phase(option="SPL", defined=frozenset({*every_loader, _SPL})),
        Phase(option="TPL", defined=frozenset({*every_loader, _TPL})),
        Phase(option="VPL", defined=frozenset({*every_loader, _VPL})),
    ]
    kept = [p for p in phases if not p.option or p.option in tree.types]
    free = {text: Free(text) for text in (_SPL, _TPL, _VPL, _XPL)}
    loader = Free(_XPL if is_new else _SPL)
    in_phase = {
        "TPL_": all_of((free[_TPL], Not(free[_VPL]))),
        "VPL_": all_of((free[_VPL], Not(free[_TPL]))),
        "SPL_": all_of((loader, Not(free[_TPL]), Not(free[_VPL]))),
        "": Not(loader),
    }
    settled = {text[8:-1]: expression for text, expression in free.items()}
    given = {
        "SPL_": _variable({"SPL_": loader, "": Not(loader)}),
        "XPL_": _variable({"SPL_": loader, "": Not(loader)}),
        "SPL_TPL_": _variable(in_phase),
        "PHASE_": _variable(in_phase),
        "autoconf_is_old": _variable({}),  # what is asked is a configuration that was read
        **{name: _variable({"y": expression}) for name, expression in settled.items()},
    }
    top = "scripts/Makefile.xpl" if is_new else "scripts/Makefile.spl"
    kbuild = Kbuild(
        root,
        tree.types,
        variables={**_MAKE, "KCONFIG_CONFIG": ".config"},
        tops=(("Makefile", Not(loader)), (top, loader)),
        given=given,
        option_texts={
            "SYS_ARCH": _folders(root / "arch"),
            "SYS_CPU": sorted({n for one in root.glob("arch/*/cpu") for n in _folders(one)}),
        },
        folders=list(_boards(root)),
        prefix=tree.prefix,
        is_closed=False,
    )
    return TreeKind(
        routes=kbuild.routes,
        folders_naming=kbuild.naming,
        macros=Macros(types=tree.types, prefix=tree.prefix, phases=in_phase, is_closed=False),
        search=["include"],
        settled={"__KERNEL__": ALWAYS, "__UBOOT__": ALWAYS, **settled},
        phases=kept,
    )


def _variable(values: Mapping[str, Expression]) -> MakeVariable:
    """Return a variable of makefiles that has each text under its condition."""
    return MakeVariable([Segment(c, ("", 0), text) for text, c in values.items() if text], True)


def _folders(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []


def _boards(root: Path) -> Iterator[MakeWord]:
    """Yield the folders of boards: board/VENDOR/BOARD, or board/BOARD without a vendor."""
    for one in _folders(root / "board"):
        yield _board(f"board/{one}/", "", one)
        for other in _folders(root / "board" / one):
            yield _board(f"board/{one}/{other}/", one, other)
        if (root / "board" / one / "common/Makefile").is_file():
            condition = Comparison("=", Reference("SYS_VENDOR"), Constant(one))
            yield MakeWord(f"board/{one}/common/", condition, ("Makefile", 0))


def _board(path: str, vendor: str, board: str) -> MakeWord:
    named = (("SYS_VENDOR", vendor), ("SYS_BOARD", board))
    terms = [Comparison("=", Reference(name), Constant(text)) for name, text in named]
    return MakeWord(path, all_of(terms), ("Makefile", 0))


def _zephyr(tree: Tree, root: Path) -> TreeKind:
    """Return what is known of Zephyr, whose sources are added by functions of CMake."""
    cmake = CMakeTree(root, tree.types, tree.prefix)
    return TreeKind(
        routes=cmake.routes,
        folders_naming=cmake.naming,
        macros=Macros(types=tree.types, prefix=tree.prefix, is_closed=False),
        search=["include"],
    )


_KINDS: Mapping[str, Callable[[Tree, Path], TreeKind]] = {
    "busybox": _busybox,
    "linux": _linux,
    "u-boot": _u_boot,
    "zephyr": _zephyr,
}
