# SPDX-License-Identifier: MIT
"""NuttX: its applications are a repository of their own, whose Kconfig files are generated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets import makefile
from kvariant.kconfig.presets.preset import Preset


def _environment(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return KCONFIG_ENV of tools/Unix.mk; folders are absolute, which there is the same."""
    apps = given.get("APPSDIR", str(root.absolute().parent / "apps"))
    has_external = (root / "external/Kconfig").is_file()
    return {
        "APPSDIR": apps, "APPSBINDIR": given.get("APPSBINDIR", apps),
        "BINDIR": str(root.absolute()), "EXTERNALDIR": "external" if has_external else "dummy",
    }  # fmt: skip


def _files(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return the files of chips and boards outside, of drivers, and of the applications."""
    texts = {
        f"{given['BINDIR']}/{folder}/dummy/Kconfig": makefile.text_of(
            root / folder / "dummy/dummy_kconfig"
        )
        for folder in ("arch", "boards")
    }
    # A link to the chip's drivers, made once a board is chosen.
    platform = root / "boards/dummy/drivers/Kconfig"
    texts[f"{given['BINDIR']}/drivers/platform/Kconfig"] = makefile.text_of(platform)
    found = _applications(Path(given["APPSBINDIR"]), is_top=True)
    # A link to a board's folder, if it has one here.
    board = Path(given["APPSBINDIR"]) / "platform"
    texts[str(board / "board/Kconfig")] = makefile.text_of(board / "dummy/Kconfig")
    return {**texts, f"{given['APPSBINDIR']}/Kconfig": "", **found}


def _applications(folder: Path, *, is_top: bool = False) -> dict[str, str]:
    """Return the files that `make preconfig` writes below a folder of applications.

    A folder whose Makefile has a title gets a menu of its subfolders' files; one that
    has a Kconfig file is left as it is [apps: Directory.mk, tools/mkkconfig.sh].
    """
    title = makefile.assigned(folder / "Makefile", "MENUDESC").strip('"')
    texts: dict[str, str] = {}
    if not folder.is_dir() or (not is_top and not title):
        return texts
    sourced = []
    for child in sorted(path for path in folder.iterdir() if path.is_dir()):
        if not (child / "Kconfig").is_file() and (child / "Makefile").is_file():
            texts |= _applications(child)
        name = str(child / "Kconfig")
        if name in texts or (child / "Kconfig").is_file():
            sourced.append(f'source "{name}"\n')
    body = "".join(sourced)
    texts[str(folder / "Kconfig")] = f'menu "{title}"\n{body}endmenu\n' if title else body
    return texts


PRESET = Preset(
    name="nuttx",
    entry="Kconfig",
    marks=("Kconfig", "sched/Kconfig", "boards/Kconfig", "arch/dummy/dummy_kconfig"),
    environment=_environment,
    files=_files,
)
