# SPDX-License-Identifier: MIT
"""Sound Open Firmware: the files of one architecture of a firmware, xtensa's if none is named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets.preset import Preset
from kvariant.kconfig.presets.program_lines import first_line


def _environment(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    usual = "xtensa" if (root / "src/arch/xtensa").is_dir() else "host"
    compiler = first_line([given.get("CC", "gcc"), "--version"])
    return {"ARCH": usual, "CC_VERSION_TEXT": compiler, "ZEPHYR_TOOLCHAIN_VARIANT": "zephyr"}


PRESET = Preset(
    name="sof",
    entry="Kconfig",
    marks=("Kconfig", "Kconfig.sof", "src/arch/Kconfig"),
    environment=_environment,
)
