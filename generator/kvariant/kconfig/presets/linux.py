# SPDX-License-Identifier: MIT
"""Linux: what its top Makefile exports to Kconfig."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets import makefile
from kvariant.kconfig.presets.compilers import (
    cross_compiler,
    machine,
    source_architecture,
)
from kvariant.kconfig.presets.preset import Preset
from kvariant.kconfig.presets.program_lines import first_line


def environment(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return what the kernel's top Makefile exports to Kconfig."""
    arch = given.get("ARCH", machine())
    cross = given.get("CROSS_COMPILE", cross_compiler(arch) or "")
    tools = {
        "CC": f"{cross}gcc", "LD": f"{cross}ld", "NM": f"{cross}nm", "AR": f"{cross}ar",
        "OBJCOPY": f"{cross}objcopy", "HOSTCC": "gcc", "HOSTCXX": "g++", "RUSTC": "rustc",
        "BINDGEN": "bindgen", "PAHOLE": "pahole", "PYTHON3": "python3", "CLANG_FLAGS": "",
        "USERCFLAGS": "", "USERLDFLAGS": "",
    }  # fmt: skip
    compiler = given.get("CC", tools["CC"])
    return {
        **tools,
        **({"CROSS_COMPILE": cross} if cross else {}),
        "ARCH": arch,
        "SRCARCH": source_architecture(arch),
        "KERNELVERSION": makefile.version(root / "Makefile"),
        "CC_VERSION_TEXT": first_line([compiler, "--version"]),
        "RUSTC_VERSION_TEXT": first_line([given.get("RUSTC", tools["RUSTC"]), "--version"]),
        "PAHOLE_VERSION": _pahole_version(given.get("PAHOLE", tools["PAHOLE"])),
    }


def _pahole_version(pahole: str) -> str:
    """Return what scripts/pahole-version.sh prints: 125 for v1.25, 0 where there is none."""
    found = re.match(r"v(\d+)\.(\d+)", first_line([pahole, "--version"]))
    return found[1] + found[2] if found else "0"


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
