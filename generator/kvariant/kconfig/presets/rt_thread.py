# SPDX-License-Identifier: MIT
"""RT-Thread: each board of its bsp/ folder is a tree, which sources the system above it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets.preset import Preset

_SYSTEM = ("include/rtthread.h", "libcpu/Kconfig", "components/Kconfig")


def _environment(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return the folders that a board's symbols name, absolute."""
    top = root.absolute()
    system = next((f for f in top.parents if all((f / mark).exists() for mark in _SYSTEM)), top)
    folders = {
        "BSP": given.get("BSP_ROOT", str(top)), "RTT": given.get("RTT_ROOT", str(system)),
        "PKGS": given.get("PKGS_ROOT", f"{top}/packages"),
    }  # fmt: skip
    return {f"{name}_{end}": path for name, path in folders.items() for end in ("ROOT", "DIR")}


def _files(_root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return the list of packages, which `pkgs --update` writes; none are chosen."""
    return {f"{given['PKGS_DIR']}/Kconfig": ""}


BOARD = Preset(
    name="rt-thread",
    entry="Kconfig",
    marks=("Kconfig", "rtconfig.py"),
    marks_above=_SYSTEM,
    environment=_environment,
    files=_files,
)

SYSTEM = Preset(
    name="rt-thread-system",
    entry="Kconfig",
    marks=("Kconfig", "bsp", *_SYSTEM),
    needs="each board is a tree of its own here: --kconfig bsp/BOARD/Kconfig",
)
