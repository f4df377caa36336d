# SPDX-License-Identifier: MIT
"""BusyBox: its own build collects options from comments in its sources."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from kvariant.kconfig.presets import makefile
from kvariant.kconfig.presets.preset import Preset

_OPTION = re.compile(r"^//config:(.*\n?)", re.MULTILINE)


def _environment(root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    return {"KERNELVERSION": makefile.version(root / "Makefile")}


def _files(root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    """Return what scripts/gen_build_files.sh makes of each Config.src, and .platform.in.

    A line INSERT stands for the options that the folder's C files have in comments.
    """
    texts = {}
    for source in _sources(root):
        parts = re.split(r"^INSERT\n", makefile.text_of(source), maxsplit=1, flags=re.MULTILINE)
        files = sorted(source.parent.glob("*.c"))
        options = "".join(
            line for file in files for line in _OPTION.findall(makefile.text_of(file))
        )
        name = source.with_name("Config.in").relative_to(root).as_posix()
        texts[name] = options.join((parts[0], parts[1])) if len(parts) > 1 else parts[0] + options
    makefile_text = makefile.text_of(root / "Makefile")
    if ".platform.in" in makefile_text:
        texts[".platform.in"] = "config PLATFORM_LINUX\n\tbool\n\tdefault y\n"
    return texts


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
    tools=("scripts/kconfig",),
    writes="make gen_build_files",
    makefile="Makefile",
    macros=("ENABLE_", "IF_", "IF_NOT_"),
    has_defconfigs=False,
)
