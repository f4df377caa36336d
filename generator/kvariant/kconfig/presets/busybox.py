# SPDX-License-Identifier: MIT
"""BusyBox: its own build writes a part of the Kconfig files from comments in its sources."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets import makefile
from kvariant.kconfig.presets.preset import Preset


def _environment(root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    return {"KERNELVERSION": makefile.version(root / "Makefile")}


PRESET = Preset(
    name="busybox",
    entry="Config.in",
    marks=("Config.in", "libbb", "applets"),
    environment=_environment,
    makefile="Makefile",
    writes="make gen_build_files",
    macros=("ENABLE_", "IF_", "IF_NOT_"),
    has_defconfigs=False,
)
