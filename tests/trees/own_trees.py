# SPDX-License-Identifier: MIT
"""Trees of the world in a folder that KVARIANT_TREES names, each compared with its own tool.

    $KVARIANT_TREES/NAME/   a checkout, NAME as in `TREES`

A tree is read in a copy of hard links, so that nothing is ever written into a checkout:
what its build would generate is written there before its tool is run.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import own_tool
from own_tool import CTool, PythonTool, Reading

from kvariant import Tree
from kvariant.kconfig.presets import place_of


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A tree of the world, and where its own tool and configurations are."""

    c: str = ""
    """The folder of the C tool's source, below the checkout."""
    python: str = ""
    """The folder of its fork of kconfiglib; "-": it takes kconfiglib from PyPI."""
    module: str = "kconfiglib"
    configs: tuple[str, ...] = ()
    """Globs of configurations that it keeps."""
    below: str = ""
    """The tree's folder below the checkout, where it is not that one."""
    beside: tuple[str, ...] = ()
    """Other checkouts that its build expects beside it."""
    after: tuple[str, ...] = ()
    """Commands that are run in the copy before, as the tree cannot be read as it is shipped."""
    told: tuple[str, ...] = ()
    """What its user runs instead, where that takes the net."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What the tool itself is told: Zephyr's that there is no devicetree."""
    completes: bool = False
    """Whether the tool takes a choice for new unless all its members are told: it is asked
    about what it made of a configuration, which tells all."""
    zeros: bool = False
    """Whether the tool writes 0 for a number that has no value."""
    unwritten: str = ""
    """How names begin that the tool leaves out of what it writes."""


_BUILT_IN = {"UNAME_RELEASE", "KERNELVERSION", "ARCH"}
"""Symbols that old C tools have of themselves."""

TREES: Mapping[str, World] = {
    "at91bootstrap": World(c="config", configs=("configs/*_defconfig",)),
    "barebox": World(c="scripts/kconfig", configs=("arch/sandbox/configs/*",)),
    "buildroot": World(c="support/kconfig", configs=("configs/*_defconfig",)),
    "busybox": World(
        c="scripts/kconfig", configs=("configs/*_defconfig",), completes=True, zeros=True
    ),
    "coreboot": World(c="util/kconfig", configs=("configs/config.*",)),
    "crazyflie-firmware": World(
        c="scripts/kconfig", configs=("configs/*defconfig", "configs/*.conf")
    ),
    "crosstool-ng": World(
        c="kconfig", configs=("samples/*/crosstool.config",),
        after=("./bootstrap", "./configure --enable-local"),
    ),
    "esp-idf": World(
        python=os.environ.get("KVARIANT_ESP_KCONFIG", ""), module="esp_kconfiglib.core",
        configs=("examples/*/*/sdkconfig.defaults",),
    ),
    "gem5": World(python="ext/Kconfiglib/import", configs=("build_opts/*",)),
    "kdevops": World(
        c="scripts/kconfig", configs=("defconfigs/*",),
        # What `make refs-default` writes from the net, without a release.
        after=tuple(
            f"touch workflows/linux/refs/default/Kconfig.{name}"
            for name in ("linus", "next", "stable")
        ),
        told=("make refs-default",),
    ),
    **{
        f"linux-{version}": World(c="scripts/kconfig", configs=("arch/x86/configs/*_defconfig",))
        for version in ("6.1", "6.12", "7.2")
    },
    "klipper": World(python="lib/kconfiglib", configs=("test/configs/*.config",)),
    "lvgl": World(python="-", configs=("configs/defconfigs/*",)),
    "nuttx": World(
        python="-", configs=("boards/sim/sim/sim/configs/*/defconfig",), beside=("apps",)
    ),
    "opensbi": World(python="scripts/Kconfiglib", configs=("platform/generic/configs/*",)),
    "openwrt": World(
        c="scripts/config", after=("make prepare-tmpinfo FORCE_UNSAFE_CONFIGURE=1",),
        told=("make prepare-tmpinfo",),
    ),
    "RIOT": World(python="-", configs=("**/app.config",)),
    "rt-thread": World(python="-", below="bsp/qemu-vexpress-a9"),
    "seabios": World(c="scripts/kconfig"),
    "sof": World(python="scripts/kconfig", configs=("src/arch/xtensa/configs/*_defconfig",)),
    "swupdate": World(
        python="scripts/Kconfiglib", configs=("configs/*_defconfig",), unwritten="HAVE_"
    ),
    "toybox": World(c="kconfig", completes=True),
    "TuyaOpen": World(python="tools/kconfiglib"),
    "u-boot": World(c="scripts/kconfig", configs=("configs/*_defconfig",)),
    "uclibc-ng": World(c="extra/config", configs=("extra/Configs/defconfigs/*/defconfig",)),
    "unikraft": World(c="support/kconfig"),
    "xen": World(c="xen/tools/kconfig", configs=("xen/arch/x86/configs/*_defconfig",)),
    "zephyr": World(
        python="scripts/kconfig", configs=("boards/*/*/*_defconfig",),
        environment={"KCONFIG_DOC_MODE": "1"},
    ),
}  # fmt: skip


def compared(
    name: str, checkouts: Path, folder: Path, cache: Path, number: int = 10
) -> dict[str, Any]:
    """Return what the tree's own tool and kvariant say of it, JSON-ready.

    Args:
        name: the tree's, in `TREES`.
        checkouts: the folder that KVARIANT_TREES names.
        folder: an empty folder for the links.
        cache: where built tools are kept.
        number: how many of its configurations, and how many random ones, are compared.
    """
    world = TREES[name]
    for checkout in (name, *world.beside):
        if (checkouts / checkout).is_dir():
            shutil.copytree(
                checkouts / checkout, folder / checkout, symlinks=True, copy_function=_link
            )
    for command in world.after:
        subprocess.run(command, shell=True, cwd=folder / name, check=True, capture_output=True)
    started = time.monotonic()
    tree = Tree.load(folder / name / world.below, dialect="auto")
    seconds = time.monotonic() - started
    for path, text in tree.generated_files.items():
        _write(Path(path), text)
    place = place_of(folder / name / world.below)
    given = {**os.environ, **place.preset.environment(place.root, os.environ)}
    reading = Reading(
        entry=os.path.relpath(tree.path, tree.root), root=tree.root.resolve(), prefix=tree.prefix,
        environment={
            **place.preset.environment(place.root, given), "srctree": str(tree.root),
            **world.environment,
        },
    )  # fmt: skip
    tool = _tool(world, checkouts / name, tree.prefix, cache)
    types = tool.symbols(reading)
    ours = {n: kind.value for n, kind in tree.types.items()}
    record: dict[str, Any] = {
        "version": _commit(checkouts / name), "preset": tree.preset.name, "flags": [],
        "before": list(world.told or world.after), "below": world.below,
        "symbols": len(ours), "seconds": round(seconds, 1), "tool": _called(world),
        "unset": sorted(tree.unset_variables),
        "only_ours": sorted(ours.keys() - types.keys()),
        "only_theirs": sorted(types.keys() - ours.keys() - _BUILT_IN),
        "typed_otherwise": sorted(n for n in ours.keys() & types.keys() if ours[n] != types[n]),
    }  # fmt: skip
    differing = {}
    configs = [*_own(checkouts / name, world, number), *_random(types, tree.prefix, number)]
    for title, asked in configs:
        config = tool.configured(reading, asked) if world.completes else asked
        wrong = _difference(tree, tool, reading, config)
        if wrong := {n: v for n, v in wrong.items() if not _is_written_otherwise(n, v, world)}:
            differing[title] = wrong
    return record | {"configurations": len(configs), "differing": differing}


def _difference(
    tree: Tree, tool: CTool | PythonTool, reading: Reading, config: str
) -> dict[str, Any]:
    """Return the symbols that the two give different values, theirs and ours."""
    theirs = own_tool.values(tool.configured(reading, config), tree.prefix)
    asked = {n: v for n, v in own_tool.values(config, tree.prefix).items() if n in tree.symbols}
    ours = own_tool.values(tree.config_text(tree.resolve(asked)), tree.prefix)
    blank = ("", "n")
    return {
        name: [theirs.get(name, ""), ours.get(name, "")]
        for name in sorted(theirs.keys() | ours.keys())
        if theirs.get(name, "") != ours.get(name, "")
        and not (theirs.get(name, "") in blank and ours.get(name, "") in blank)
    }


def _is_written_otherwise(name: str, found: list[str], world: World) -> bool:
    """Return whether a difference is one of the text that the tool writes, not of a value."""
    unwritten = bool(world.unwritten) and name.startswith(world.unwritten)
    return unwritten or (world.zeros and found == ["0", ""])


def _own(root: Path, world: World, number: int) -> Iterator[tuple[str, str]]:
    found = sorted(path for glob in world.configs for path in root.glob(glob) if path.is_file())
    step = max(1, len(found) // number)
    for path in found[::step][:number]:
        yield str(path.relative_to(root)), path.read_text(encoding="utf-8", errors="replace")


def _random(types: Mapping[str, str], prefix: str, number: int) -> Iterator[tuple[str, str]]:
    """Return the defaults, and configurations of random bools."""
    yield "defaults", ""
    names = sorted(name for name, kind in types.items() if kind in ("bool", "tristate"))
    for seed in range(1, number):
        rng = random.Random(seed)
        asked = rng.sample(names, len(names) * seed // number)
        lines = (
            f"{prefix}{n}=y" if rng.random() < 0.7 else f"# {prefix}{n} is not set" for n in asked
        )
        yield f"random {seed}", "".join(f"{line}\n" for line in lines)


def _tool(world: World, root: Path, prefix: str, cache: Path) -> CTool | PythonTool:
    if world.c:
        return own_tool.c_tool(root / world.c, prefix, cache)
    if world.module == "esp_kconfiglib.core":
        return PythonTool(root, module=world.module, python=world.python)
    return PythonTool(root / world.python, module=world.module)


def _called(world: World) -> str:
    if world.module != "kconfiglib":
        return "esp-idf-kconfig, PyPI"
    return world.c or ("kconfiglib 14.1.0" if world.python == "-" else world.python)


def _commit(root: Path) -> str:
    """Return a checkout's commit and its date; of one without history what .commit says."""
    if (root / ".git").exists():
        command = ["git", "-C", str(root), "log", "-1", "--format=%h %cs"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    stamp = root / ".commit"
    return stamp.read_text(encoding="utf-8").strip() if stamp.exists() else ""


def _link(file: str, copy: str) -> None:
    try:
        os.link(file, copy, follow_symlinks=False)
    except OSError:  # another file system, or one without hard links
        shutil.copy2(file, copy, follow_symlinks=False)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":  # a tree by hand: own_trees.py NAME FOLDER CACHE
    import json

    shutil.rmtree(sys.argv[2], ignore_errors=True)
    subprocess.run(["mkdir", "-p", sys.argv[2]], check=True)
    found = compared(
        sys.argv[1], Path(os.environ["KVARIANT_TREES"]), Path(sys.argv[2]), Path(sys.argv[3])
    )
    json.dump(found, sys.stdout, indent=1)
