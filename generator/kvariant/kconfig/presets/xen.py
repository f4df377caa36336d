# SPDX-License-Identifier: MIT
"""Xen: the hypervisor's tree is the folder xen/ of its repository."""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from kvariant.kconfig.presets import host, linux, makefile
from kvariant.kconfig.presets.preset import Preset

_ARCHITECTURES = (
    (r"i.86|x86_64|amd64", "x86_64"), (r"aarch64|arm64", "arm64"), (r"arm.*", "arm32"),
    (r"ppc64.*", "ppc64"), (r"riscv64", "riscv64"),
)  # fmt: skip


def _environment(root: Path, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return what xen/Makefile and Config.mk export."""
    arch = given.get("XEN_TARGET_ARCH", given.get("ARCH", _machine()))
    source = re.sub(r"(x86|arm|riscv|ppc).*", r"\1", arch)
    kernel = linux.environment(root, {**given, "ARCH": _KERNEL.get(source, source)})
    number = makefile.version(root / "Makefile", ("XEN_VERSION", "XEN_SUBVERSION"))
    extra = makefile.assigned(root / "Makefile", "XEN_EXTRAVERSION").partition("$")[0]
    linker = given.get("LD", kernel["LD"])
    return {
        **kernel, "ARCH": arch, "SRCARCH": source,
        "XEN_FULLVERSION": f"{number}{extra}",
        "XEN_HAS_BUILD_ID": host.yes(shutil.which(linker) is not None),
        "XEN_HAS_CHECKPOLICY": host.yes(shutil.which("checkpolicy") is not None),
        "ARCH_DEFCONFIG": f"arch/{source}/configs/{arch}_defconfig",
    }  # fmt: skip


_KERNEL = {"arm": "arm64", "ppc": "powerpc"}
"""What the kernel calls the architectures whose compilers are called otherwise."""


def _machine() -> str:
    name = platform.machine()
    found = (arch for pattern, arch in _ARCHITECTURES if re.fullmatch(pattern, name))
    return next(found, "x86_64")


PRESET = Preset(
    name="xen",
    entry="Kconfig",
    folder="xen",
    marks=("Kconfig", "Kconfig.debug", "common/Kconfig", "xsm", "tools/kconfig"),
    environment=_environment,
    tools=("tools/kconfig",),
    rules="linux",
)
