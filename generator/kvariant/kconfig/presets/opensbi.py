# SPDX-License-Identifier: MIT
"""OpenSBI: one tree for each platform, the generic one where none is named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets.preset import Preset


def _environment(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    platform = given.get("OPENSBI_PLATFORM", given.get("PLATFORM", "generic"))
    top = root.absolute()
    return {
        "OPENSBI_SRC_DIR": str(top), "OPENSBI_PLATFORM": platform,
        "OPENSBI_PLATFORM_SRC_DIR": f"{top}/platform/{platform}",
    }  # fmt: skip


PRESET = Preset(
    name="opensbi",
    entry="Kconfig",
    marks=("Kconfig", "lib/sbi/Kconfig", "firmware/Kconfig", "platform/generic/Kconfig"),
    environment=_environment,
)
