# SPDX-License-Identifier: MIT
"""Makefiles as they are read here, against what the trees' own make makes of them.

make is asked for its lists of objects in every folder (`kvariant.plan.object_lists`), for
several configurations; for each C file of the tree the two must agree, but where a free term
says that nothing is known.

    KVARIANT_LISTS=FOLDER pytest tests/trees/test_make_lists.py     a Linux tree besides
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from foreign import Foreign, foreign_tree

import debian
from kvariant.kconfig import Configuration, Tree
from kvariant.kconfig.allconfig import allconfig
from kvariant.kconfig.expression import NEVER
from kvariant.plan import object_lists
from kvariant.plan.object_lists import ObjectLists
from kvariant.presence.sources import SourceFiles
from kvariant.presence.verdict import holds

AT_ONCE = 400
"""Goals in one call of make."""


def busybox() -> Foreign:
    """Return BusyBox, or skip."""
    try:
        return foreign_tree("busybox")
    except debian.Unavailable as reason:
        pytest.skip(f"no busybox here: {reason}")


def asked(root: Path, out: Path, folders: list[str], options: Mapping[str, str]) -> ObjectLists:
    """Return make's lists for the `.config` in a folder."""
    lists = out / "lists"
    lists.mkdir(exist_ok=True)
    for path in lists.iterdir():
        path.unlink()
    (out / "first.mk").write_text(object_lists.makefile())
    environment = {**os.environ, "MAKEFILES": str(out / "first.mk")}
    environment[object_lists.VARIABLE] = str(lists)
    goals = object_lists.goals(folders)
    for first in range(0, len(goals), AT_ONCE):
        given = [f"O={out}", *(f"{n}={v}" for n, v in options.items())]
        subprocess.run(
            ["make", "-k", "-C", str(root), *given, *goals[first : first + AT_ONCE]],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    return ObjectLists.read(lists)


def compared(
    tree: Tree, sources: SourceFiles, configuration: Configuration, out: Path, verb: str
) -> tuple[int, list[str]]:
    """Return how many files were compared in a configuration, and which differ."""
    out.mkdir(exist_ok=True)
    (out / ".config").write_text(tree.config_text(configuration))
    arch = tree.environment.get("ARCH", "")
    options = {"ARCH": arch} if arch and arch != "*" else {}
    if verb == "oldconfig":  # of BusyBox, which asks the compiler in each folder which flags it has
        options |= {"CFLAGS": "-O0", "HOSTCFLAGS": "-O0"}
    command = ["make", "-s", "-C", str(tree.root), f"O={out}", verb]
    subprocess.run(
        [*command, *(f"{n}={v}" for n, v in options.items())],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    found = sorted(p.relative_to(tree.root).as_posix() for p in tree.root.rglob("*.c"))
    beside = ("tools/", "scripts/", "Documentation/", ".pc/", "debian/", "examples/")
    others = tuple(f"arch/{p.name}/" for p in tree.root.glob("arch/*") if p.name != arch)
    files = [f for f in found if not f.startswith((*beside, *(others if arch else ())))]
    lists = asked(tree.root, out, sorted({os.path.dirname(f) for f in files}), options)  # noqa: PTH120
    count, differing = 0, []
    for file in files:
        routes = sources.kind.routes(file)  # not those of files that include it
        if routes and not any(route.listed or route.condition == NEVER for route in routes):
            continue  # numbers for assembler: no object
        ways = [holds(configuration, route.condition) for route in routes]
        is_free = None in ways or (not ways)
        expected = lists.is_built(file)
        count += not is_free
        if (True in ways and expected is False) or (not is_free and not any(ways) and expected):
            differing.append(f"{file}: {'built' if expected else 'not built'} by make")
    return count, differing


BASES = ("alldefconfig", "allnoconfig", "allyesconfig")
SAMPLE = BASES if os.environ.get("KVARIANT_WIDE") else BASES[-1:]
"""All of them take half a minute."""


@pytest.mark.parametrize("base", SAMPLE)
def test_every_file_of_busybox_is_built_as_its_makefiles_were_read(
    base: str, tmp_path: Path
) -> None:
    """No object is in a list where none was read, or the other way round."""
    tree = busybox().tree
    configuration = tree.resolve(allconfig(tree, base, {}))
    sources = SourceFiles(tree)
    count, differing = compared(tree, sources, configuration, tmp_path / "out", "oldconfig")
    assert count > 300
    assert [] == differing, "\n".join(differing)


@pytest.mark.parametrize("base", ["defconfig", "allnoconfig", "allyesconfig"])
def test_every_file_of_linux_is_built_as_its_makefiles_were_read(base: str, tmp_path: Path) -> None:
    """The same of the tree that `KVARIANT_LISTS` names, for x86; minutes."""
    named = os.environ.get("KVARIANT_LISTS")
    if not named:
        pytest.skip("KVARIANT_LISTS names no Linux tree")
    tree = Tree.load(Path(named) / "Kconfig", env={"ARCH": "x86"}, preset="linux", keep=True)
    if base == "defconfig":
        text = (Path(named) / "arch/x86/configs/x86_64_defconfig").read_text()
        lines = re.findall(r"^CONFIG_(\w+)=\"?(.*?)\"?$", text, re.MULTILINE)
        configuration = tree.resolve({n: t for n, t in lines if n in tree.symbols})
    else:
        configuration = tree.resolve(allconfig(tree, base, {}))
    sources = SourceFiles(tree, keep=True)
    count, differing = compared(tree, sources, configuration, tmp_path / "out", "olddefconfig")
    print(f"{base}: {count:,} files compared, {len(differing):,} differ")
    assert count > 15_000
    assert [] == differing, "\n".join(differing)
