# SPDX-License-Identifier: MIT
"""OpenWrt: targets and packages come from a scan of all their makefiles, which only make can do."""

from kvariant.kconfig.presets.preset import Preset

PRESET = Preset(
    name="openwrt",
    entry="Config.in",
    marks=("Config.in", "config/Config-images.in", "target/Config.in", "toolchain/Config.in"),
    tools=("scripts/config",),
    writes="make prepare-tmpinfo",
    runs_in_root=True,
    sources_beside=True,
)
