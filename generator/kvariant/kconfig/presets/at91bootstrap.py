# SPDX-License-Identifier: MIT
"""AT91Bootstrap: a loader of Microchip's, with an old C tool."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets import makefile
from kvariant.kconfig.presets.preset import Preset


def _environment(root: Path, _given: Mapping[str, str]) -> Mapping[str, str]:
    return {"VERSION": makefile.assigned(root / "Makefile", "VERSION")}


PRESET = Preset(
    name="at91bootstrap",
    entry="Kconfig",
    marks=("Kconfig", "Config.in.kernel", "device", "config/conf.c"),
    environment=_environment,
    tools=("config",),
)
