# SPDX-License-Identifier: MIT
"""SWUpdate: which libraries there are is told by variables; Makefile.deps takes all for granted."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets import host, makefile
from kvariant.kconfig.presets.preset import Preset


def _environment(root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    text = makefile.text_of(root / "Makefile.deps")
    system = platform.system()
    libraries: dict[str, str] = {}
    for name, value in re.findall(r"^export (HAVE_\w+) *= *(\w)", text, re.MULTILINE):
        # What only Linux has is assigned twice there: y, and n for other systems.
        libraries.setdefault(name, value if system == "Linux" else "n")
    return {
        **libraries,
        "HAVE_LINUX": host.yes(system == "Linux"),
        "HAVE_FREEBSD": host.yes(system == "FreeBSD"),
    }


PRESET = Preset(
    name="swupdate",
    entry="Kconfig",
    marks=("Kconfig", "Makefile.deps", "suricatta/Kconfig"),
    environment=_environment,
    makefile="Makefile",
)
