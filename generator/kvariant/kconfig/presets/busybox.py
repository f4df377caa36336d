# SPDX-License-Identifier: MIT
"""BusyBox: its own build collects options from comments in its sources."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kvariant.kconfig.presets import makefile
from kvariant.kconfig.presets.preset import Preset

_OPTION = re.compile(r"//config:(.*\n?)")
_ROW = re.compile(r"[^\n]*\n|[^\n]+\Z")


def _environment(root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    return {"KERNELVERSION": makefile.version(root / "Makefile")}


def _files(root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    """Return what scripts/gen_build_files.sh makes of each Config.src, and .platform.in.

    A line INSERT stands for the options that the folder's C files have in comments.
    """
    texts = {}
    for source in _sources(root):
        name = source.with_name("Config.in").relative_to(root).as_posix()
        texts[name] = "".join(text for text, _, _ in _lines(source))
    makefile_text = makefile.text_of(root / "Makefile")
    if ".platform.in" in makefile_text:
        texts[".platform.in"] = "config PLATFORM_LINUX\n\tbool\n\tdefault y\n"
    return texts


def _lines(source: Path) -> Sequence[tuple[str, Path, int]]:
    """Return the lines that are made of a Config.src, and where each is written."""
    own = list(_rows(source))
    options = [
        (option[1], file, number)
        for file in sorted(source.parent.glob("*.c"))
        for text, _, number in _rows(file)
        if (option := _OPTION.match(text))
    ]
    at = next((i for i, (text, _, _) in enumerate(own) if text == "INSERT\n"), len(own))
    return [*own[:at], *options, *own[at + 1 :]]


def _rows(path: Path) -> Iterator[tuple[str, Path, int]]:
    for number, text in enumerate(_ROW.findall(makefile.text_of(path)), 1):
        yield text, path, number


def _origins(root: Path, name: str) -> Sequence[tuple[Path, int]]:
    source = (root / name).with_name("Config.src")
    return [(path, number) for _, path, number in _lines(source)] if source.is_file() else ()


def _sources(root: Path) -> Iterator[Path]:
    """Return the files with a line INSERT; hidden folders have none."""
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if "Config.src" in files:
            yield Path(folder, "Config.src")


PRESET = Preset(
    name="busybox",
    entry="Config.in",
    marks=("Config.in", "libbb", "applets"),
    environment=_environment,
    files=_files,
    origins=_origins,
    tools=("scripts/kconfig",),
    writes="make gen_build_files",
    makefile="Makefile",
    macros=("ENABLE_", "IF_", "IF_NOT_"),
    has_defconfigs=False,
)
