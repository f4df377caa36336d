# SPDX-License-Identifier: MIT
"""U-Boot: the kernel's build, whose one tree is that of all architectures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets import linux, makefile
from kvariant.kconfig.presets.preset import Preset


def _environment(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    version = makefile.version(root / "Makefile")
    return {
        **linux.environment(root, given), "ARCH": given.get("ARCH", "*"), "UBOOTVERSION": version,
        "KERNELVERSION": version,
    }  # fmt: skip


PRESET = Preset(
    name="u-boot",
    entry="Kconfig",
    marks=("Kconfig", "boot/Kconfig", "common/spl/Kconfig"),
    environment=_environment,
    tools=("scripts/kconfig",),
    rules="linux",
    makefile="Makefile",
)
