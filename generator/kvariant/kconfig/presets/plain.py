# SPDX-License-Identifier: MIT
"""Any tree: nothing is expected around it."""

from kvariant.kconfig.presets.preset import Preset

PRESET = Preset(name="plain", entry="Kconfig", marks=())
