# SPDX-License-Identifier: MIT
"""Trees that need nothing around them, but whose C tool says which rules hold."""

from kvariant.kconfig.presets.preset import Preset

SEABIOS = Preset(
    name="seabios",
    entry="src/Kconfig",
    marks=("src/Kconfig", "vgasrc/Kconfig", "scripts/kconfig"),
    tools=("scripts/kconfig",),
    makefile="Makefile",
)

CRAZYFLIE = Preset(
    name="crazyflie",
    entry="Kconfig",
    marks=("Kconfig", "src/hal", "src/deck", "scripts/kconfig"),
    tools=("scripts/kconfig",),
)
