# SPDX-License-Identifier: MIT
"""uClibc-ng: its options are below extra/, and follow the machine's architecture."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets import makefile
from kvariant.kconfig.presets.preset import Preset

_VERSION = ("MAJOR_VERSION", "MINOR_VERSION", "SUBLEVEL")


def _environment(root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    """Return what Rules.mak exports."""
    machine = re.sub(r"i.86", "i386", platform.machine())
    return {"ARCH": machine, "VERSION": makefile.version(root / "Rules.mak", _VERSION)}


PRESET = Preset(
    name="uclibc-ng",
    entry="extra/Configs/Config.in",
    marks=("extra/Configs/Config.in", "ldso", "libc", "Rules.mak"),
    prefix="",
    environment=_environment,
    tools=("extra/config",),
)
