# SPDX-License-Identifier: MIT
"""coreboot: options of a site of its own are in a folder that a fresh tree lacks."""

from __future__ import annotations

from kvariant.kconfig.presets.preset import Preset

PRESET = Preset(
    name="coreboot",
    entry="src/Kconfig",
    marks=("src/Kconfig", "src/mainboard/Kconfig", "util/kconfig"),
    environment=lambda root, _given: {"top": str(root.absolute()), "obj": "build"},
    files=lambda _root, _given: {"site-local/Kconfig": ""},
    tools=("util/kconfig",),
)
