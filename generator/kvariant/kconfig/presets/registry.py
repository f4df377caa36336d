# SPDX-License-Identifier: MIT
"""The presets there are, and which one a tree's root folder is of."""

from __future__ import annotations

from pathlib import Path

from kvariant.errors import Diagnostic, InputError, did_you_mean
from kvariant.kconfig.presets import busybox, linux, plain, toybox, u_boot
from kvariant.kconfig.presets.preset import Preset

_PRESETS: tuple[Preset, ...] = (
    linux.PRESET,
    u_boot.PRESET,
    busybox.PRESET,
    toybox.PRESET,
    plain.PRESET,
)

PRESETS = {preset.name: preset for preset in _PRESETS}
"""By name, in the order in which they are tried; `plain` fits any folder."""


def detect(root: Path) -> Preset:
    """Return the preset of a tree's root folder; `plain` where nothing is recognised."""
    for preset in PRESETS.values():
        if preset.marks and all((root / mark).exists() for mark in preset.marks):
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
