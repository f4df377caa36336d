# SPDX-License-Identifier: MIT
"""Linux: what its top Makefile exports to Kconfig."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets import makefile
from kvariant.kconfig.presets.compilers import (
    cross_compiler,
    first_line,
    machine,
    source_architecture,
)
from kvariant.kconfig.presets.preset import Preset


def environment(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return what the kernel's top Makefile exports to Kconfig."""
    arch = given.get("ARCH", machine())
    cross = given.get("CROSS_COMPILE", cross_compiler(arch) or "")
    tools = {
        "CC": f"{cross}gcc", "LD": f"{cross}ld", "NM": f"{cross}nm", "AR": f"{cross}ar",
        "OBJCOPY": f"{cross}objcopy", "HOSTCC": "gcc", "HOSTCXX": "g++", "RUSTC": "rustc",
        "BINDGEN": "bindgen", "PAHOLE": "pahole", "CLANG_FLAGS": "",
    }  # fmt: skip
    compiler = given.get("CC", tools["CC"])
    return {
        **tools,
        **({"CROSS_COMPILE": cross} if cross else {}),
        "ARCH": arch,
        "SRCARCH": source_architecture(arch),
        "KERNELVERSION": makefile.version(root / "Makefile"),
        "CC_VERSION_TEXT": first_line([compiler, "--version"]),
    }


PRESET = Preset(
    name="linux",
    entry="Kconfig",
    marks=("Kconfig", "init/Kconfig", "kernel/Kconfig.preempt", "scripts/Kconfig.include"),
    environment=environment,
    tools=("scripts/kconfig",),
    rules="linux",
    makefile="Makefile",
    has_cross_compilers=True,
)
