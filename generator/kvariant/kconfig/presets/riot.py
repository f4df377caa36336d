# SPDX-License-Identifier: MIT
"""RIOT: which modules there are to configure is decided by make, for one application.

The build lists the modules that an application needs as symbols (USEMODULE_X, USEPKG_X).
Without an application they are asked about like any other option: the tree is that of
all applications on one board.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets import makefile
from kvariant.kconfig.presets.preset import Preset

_BOARD = "native64"
_USED = re.compile(r"\b(?:USEMODULE|USEPKG)_\w+")


def _environment(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return what Makefile.include and makefiles/kconfig.mk export."""
    top = root.absolute()
    board = given.get("BOARD", _BOARD if (root / "boards" / _BOARD).is_dir() else "native")
    generated = top / "bin" / board / "generated"
    folder = top / "boards" / board
    return {
        "RIOTBASE": str(top), "RIOTBOARD": f"{top}/boards", "RIOTCPU": f"{top}/cpu",
        "BOARD": board, "BOARDDIR": str(folder), "OS": "Linux",
        "CPU": _said(top, folder, "CPU"), "CPU_FAM": _said(top, folder, "CPU_FAM"),
        "APPDIR": given.get("APPDIR", str(generated)), "PKGDIRBASE": f"{top}/build/pkg",
        "KCONFIG_GENERATED_DEPENDENCIES": f"{generated}/Kconfig.dep",
        "KCONFIG_EXTERNAL_MODULE_CONFIGS": f"{generated}/Kconfig.external_modules",
        "KCONFIG_EXTERNAL_PKG_CONFIGS": f"{generated}/Kconfig.external_pkgs",
    }  # fmt: skip


def _said(root: Path, board: Path, name: str, depth: int = 4) -> str:
    """Return what a board's Makefile.features, or one that it includes, assigns to a variable."""
    path = board / "Makefile.features"
    if value := makefile.assigned(path, name):
        return value
    included = re.findall(r"^-?include +(\S+)/Makefile\.features", makefile.text_of(path), re.M)
    places = {"RIOTBOARD": f"{root}/boards", "RIOTCPU": f"{root}/cpu"}
    for folder in included if depth else ():
        there = re.sub(r"\$\((\w+)\)", lambda m: places.get(m[1], m[0]), folder)
        if value := _said(root, Path(there), name, depth - 1):
            return value
    return ""


def _files(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return a symbol with a prompt for each module that a Kconfig file asks about."""
    names: set[str] = set()
    for path in root.rglob("Kconfig*"):
        if path.is_file():
            names.update(_USED.findall(makefile.text_of(path)))
    symbols = [f'config {name}\n\tbool "The application uses {name}"\n' for name in sorted(names)]
    return {
        given["KCONFIG_GENERATED_DEPENDENCIES"]: "".join(symbols),
        given["KCONFIG_EXTERNAL_MODULE_CONFIGS"]: "",
        given["KCONFIG_EXTERNAL_PKG_CONFIGS"]: "",
    }


PRESET = Preset(
    name="riot",
    entry="Kconfig",
    marks=("Kconfig", "kconfigs/Kconfig.consts", "cpu/Kconfig", "makefiles/kconfig.mk"),
    environment=_environment,
    files=_files,
)
