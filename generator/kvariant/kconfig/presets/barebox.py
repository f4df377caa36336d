# SPDX-License-Identifier: MIT
"""barebox: the kernel's build, for the sandbox where no architecture is named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets import linux
from kvariant.kconfig.presets.preset import Preset

_SOURCES = {
    "arm64": "arm", "i386": "x86", "x86_64": "x86", "ppc": "powerpc", "um": "sandbox",
}  # fmt: skip


def _environment(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    arch = given.get("ARCH", "sandbox")
    kernel = linux.environment(root, {**given, "ARCH": "x86" if arch == "sandbox" else arch})
    if arch == "sandbox":  # it runs on this machine, whichever that is
        own = {"CC": "gcc", "LD": "ld", "NM": "nm", "OBJCOPY": "objcopy", "CROSS_COMPILE": ""}
        kernel = {**kernel, **{name: given.get(name, text) for name, text in own.items()}}
    cross = given.get("CROSS_COMPILE", kernel.get("CROSS_COMPILE", ""))
    return {
        **kernel, "ARCH": arch, "SRCARCH": _SOURCES.get(arch, arch),
        "CROSS_PKG_CONFIG": f"{cross}pkg-config",
    }  # fmt: skip


PRESET = Preset(
    name="barebox",
    entry="Kconfig",
    marks=("Kconfig", "common/Kconfig", "commands/Kconfig", "arch/sandbox/Kconfig"),
    environment=_environment,
    tools=("scripts/kconfig",),
    rules="linux",
    makefile="Makefile",
    has_cross_compilers=True,
)
