# SPDX-License-Identifier: MIT
"""The presets there are, and which one a tree's root folder is of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, did_you_mean
from kvariant.kconfig.presets import (
    at91bootstrap,
    barebox,
    buildroot,
    busybox,
    c_tools,
    coreboot,
    crosstool_ng,
    esp_idf,
    gem5,
    kdevops,
    linux,
    nuttx,
    opensbi,
    openwrt,
    plain,
    riot,
    rt_thread,
    sof,
    swupdate,
    toybox,
    u_boot,
    uclibc,
    unikraft,
    xen,
    zephyr,
)

if TYPE_CHECKING:
    from kvariant.kconfig.presets.preset import Preset

_PRESETS: tuple[Preset, ...] = (
    linux.PRESET,
    u_boot.PRESET,
    barebox.PRESET,
    buildroot.PRESET,
    coreboot.PRESET,
    at91bootstrap.PRESET,
    busybox.PRESET,
    crosstool_ng.PRESET,
    esp_idf.PRESET,
    gem5.PRESET,
    kdevops.PRESET,
    nuttx.PRESET,
    opensbi.PRESET,
    openwrt.PRESET,
    riot.PRESET,
    sof.PRESET,
    swupdate.PRESET,
    toybox.PRESET,
    uclibc.PRESET,
    unikraft.PRESET,
    xen.PRESET,
    zephyr.PRESET,
    c_tools.SEABIOS,
    c_tools.CRAZYFLIE,
    rt_thread.SYSTEM,
    rt_thread.BOARD,
    plain.PRESET,
)

PRESETS = {preset.name: preset for preset in _PRESETS}
"""By name, in the order in which they are tried; `plain` fits any folder."""


def detect(root: Path) -> Preset:
    """Return the preset of a tree's root folder; `plain` where nothing is recognised."""
    for preset in PRESETS.values():
        if preset.is_root(root):
            return preset
    return PRESETS["plain"]


def preset_of(name: str, root: Path) -> Preset:
    """Return the named preset; `auto` detects it.

    Raises:
        InputError: there is no such preset [preset].
    """
    if name == "auto":
        return detect(root)
    if name not in PRESETS:
        raise InputError(
            Diagnostic(
                message=f"no preset is named {name!r}",
                code="preset",
                hint=did_you_mean(name, list(PRESETS), f"there are {', '.join(PRESETS)}"),
            )
        )
    return PRESETS[name]
