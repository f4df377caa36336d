# SPDX-License-Identifier: MIT
"""Zephyr: a tree for every board, or that of all boards where none is named.

CMake writes lists of boards, chips, architectures and modules before Kconfig runs; the same
lists are made here, for what is in the tree and in the west workspace around it. What a
board's devicetree says is only known after a build of it: without one, functions that ask
for it give what they give in Zephyr's own documentation, nothing and n.

    boards/*/*/Kconfig.board         until 3.6: a folder of an architecture has its boards
    boards/**/board.yml, soc/**/soc.yml, arch/archs.yml   since 3.7: they are listed in files
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kvariant.kconfig.presets import makefile
from kvariant.kconfig.presets.preset import Preset
from kvariant.kconfig.presets.zephyr_functions import answer
from kvariant.kconfig.presets.zephyr_hardware import architectures, boards, systems
from kvariant.kconfig.presets.zephyr_workspace import Module, modules

_VERSION = ("VERSION_MAJOR", "VERSION_MINOR", "PATCHLEVEL")


def _environment(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return what cmake/modules/kconfig.cmake hands over, and doc/ for all boards."""
    top = str(root.absolute())
    build = given.get("KCONFIG_BINARY_DIR", f"{top}/build/Kconfig")
    shared = {
        "ZEPHYR_BASE": top, "KCONFIG_BINARY_DIR": build, "KCONFIG_BOARD_DIR": f"{build}/boards",
        "KERNELVERSION": makefile.version(root / "VERSION", _VERSION), "ARCH_DIR": "arch",
        "APPLICATION_SOURCE_DIR": build, "APP_DIR": build, "BOARD_REVISION": "",
        "APPVERSION": "", "APP_VERSION_EXTENDED_STRING": "", "APP_VERSION_TWEAK_STRING": "",
        "ZEPHYR_TOOLCHAIN_VARIANT": "zephyr", "TOOLCHAIN_VARIANT_COMPILER": "gnu",
        "TOOLCHAIN_KCONFIG_DIR": f"{top}/cmake/toolchain/zephyr",
        "TOOLCHAIN_HAS_NEWLIB": "n", "TOOLCHAIN_HAS_PICOLIBC": "y",
        "TOOLCHAIN_HAS_GLIBCXX": "n", "TOOLCHAIN_HAS_LIBCXX": "n", "SHIELD_AS_LIST": "",
        **_modules(root),
    }  # fmt: skip
    board = given.get("BOARD", "").partition("/")
    if _is_listed(root):
        place = {"ARCH": "*", "HWM_SCHEME": "v2", "BOARD": "boards", "BOARD_QUALIFIERS": board[2]}
    else:
        found = next(root.glob(f"boards/*/{board[0]}"), None) if board[0] else None
        arch = found.parent.name if found else "*"
        folder = f"boards/{arch}/{board[0]}" if found else "boards/*/*"
        place = {"ARCH": arch, "BOARD_DIR": folder, "BOARD": board[0]}
    return shared | place


def _modules(root: Path) -> dict[str, str]:
    """Return where each module's Kconfig file is, and its folder."""
    places = {}
    for module in modules(root):
        places[f"ZEPHYR_{module.symbol}_MODULE_DIR"] = str(module.folder)
        path = module.kconfig or root.absolute() / "modules" / module.name / "Kconfig"
        places[f"ZEPHYR_{module.symbol}_KCONFIG"] = str(path)
    return places


def _is_listed(root: Path) -> bool:
    return (root / "arch/archs.yml").is_file()


def _files(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    build, boards_folder = given["KCONFIG_BINARY_DIR"], given["KCONFIG_BOARD_DIR"]
    shared = {
        f"{build}/Kconfig.modules": "".join(map(_menu, modules(root))),
        f"{build}/Kconfig.dts": "",
    }
    if not _is_listed(root):
        return shared | {f"{build}/{name}": text for name, text in _globs(given).items()}
    chips = [str(folder) for folder in systems(root)]
    listed = {
        "soc/Kconfig.defconfig": "",
        "soc/Kconfig.soc": "".join(_chips(chips)),
        "soc/Kconfig": "".join(f'osource "{folder}/Kconfig"\n' for folder in chips),
        "arch/Kconfig": "".join(f'source "{path}/Kconfig"\n' for path in architectures(root)),
        "Kconfig.shield": "", "Kconfig.shield.defconfig": "",
    }  # fmt: skip
    listed |= {"Kconfig.sysbuild.modules": ""}
    return (
        shared
        | {f"{build}/{name}": text for name, text in listed.items()}
        | {
            f"{boards_folder}/Kconfig.boards": "".join(_boards(root)),
            f"{boards_folder}/Kconfig": "",
        }
    )


def _globs(given: Mapping[str, str]) -> Mapping[str, str]:
    """Return the lists of Zephyr until 3.6, which are globs; ARCH says which folder's chips."""
    soc = f"{given['ZEPHYR_BASE']}/soc/$(ARCH)"
    shields = f"{given['ZEPHYR_BASE']}/boards/shields/*"
    return {
        "Kconfig.soc.defconfig": f'osource "{soc}/*/Kconfig.defconfig"\n',
        "Kconfig.soc": f'osource "{soc}/*/Kconfig.soc"\n',
        "Kconfig.soc.arch": f'osource "{soc}/Kconfig"\nosource "{soc}/*/Kconfig"\n',
        "Kconfig.shield": f'osource "{shields}/Kconfig.shield"\n',
        "Kconfig.shield.defconfig": f'osource "{shields}/Kconfig.defconfig"\n',
    }


def _chips(folders: Sequence[str]) -> Iterator[str]:
    for folder in folders:
        yield f'source "{folder}/Kconfig.soc"\n'
        if "nordic" in folder:
            yield f'osource "{folder}/Kconfig.sysbuild"\n'


def _boards(root: Path) -> Iterator[str]:
    for board in boards(root):
        for name in (board.name, *(f"{board.name}_{text}" for text in board.qualifiers)):
            symbol = re.sub(r"\W", "_", name).upper()
            yield f"config BOARD_{symbol}\n\tbool\n"
        yield f'source "{board.folder}/Kconfig.{board.name}"\n'


def _menu(module: Module) -> str:
    """Return a module's part of Kconfig.modules [scripts/zephyr_module.py]."""
    known = f"config ZEPHYR_{module.symbol}_MODULE\n\tbool\n\tdefault y\n"
    if not module.has_menu:
        return known
    path = module.kconfig or f"$(ZEPHYR_{module.symbol}_KCONFIG)"
    return f'menu "{module.name} ({module.folder})"\nosource "{path}"\n{known}endmenu\n'


PRESET = Preset(
    name="zephyr",
    entry="Kconfig",
    folder="zephyr",
    marks=("Kconfig", "Kconfig.zephyr", "kernel/Kconfig", "subsys/Kconfig"),
    environment=_environment,
    files=_files,
    functions=answer,
)
