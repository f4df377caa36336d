# SPDX-License-Identifier: MIT
"""toybox: its own build writes a part of the Kconfig files."""

from kvariant.kconfig.presets.preset import Preset

PRESET = Preset(
    name="toybox",
    entry="Config.in",
    marks=("Config.in", "toys", "scripts/genconfig.sh"),
    writes="make defconfig",
    macros=("CFG_", "USE_", "SKIP_"),
    has_defconfigs=False,
)
