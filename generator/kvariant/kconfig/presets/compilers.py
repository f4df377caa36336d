# SPDX-License-Identifier: MIT
"""Compilers of other architectures: how they are called, and which of them are installed."""

from __future__ import annotations

import platform
import re
import shutil

_SOURCE_ARCHITECTURES = {
    "i386": "x86", "x86_64": "x86", "sparc32": "sparc", "sparc64": "sparc", "parisc64": "parisc",
}  # fmt: skip
_TRIPLETS = {
    "alpha": ("alpha-linux-gnu",), "arm": ("arm-linux-gnueabihf", "arm-linux-gnueabi"),
    "arm64": ("aarch64-linux-gnu",), "loongarch": ("loongarch64-linux-gnu",),
    "m68k": ("m68k-linux-gnu",), "mips": ("mips64el-linux-gnuabi64", "mipsel-linux-gnu"),
    "parisc": ("hppa-linux-gnu",), "powerpc": ("powerpc64le-linux-gnu", "powerpc-linux-gnu"),
    "riscv": ("riscv64-linux-gnu",), "s390": ("s390x-linux-gnu",), "sh": ("sh4-linux-gnu",),
    "sparc": ("sparc64-linux-gnu",), "x86": ("x86_64-linux-gnu",),
}  # fmt: skip
"""How distributions call the cross compilers of an architecture, the usual one first."""


def cross_compilers(arch: str) -> tuple[str, ...]:
    """Return what CROSS_COMPILE may be on this machine; nothing where its own compiler does."""
    source = source_architecture(arch)
    is_own = source == source_architecture(machine())
    return () if is_own else tuple(f"{triplet}-" for triplet in _TRIPLETS.get(source, ()))


def cross_compiler(arch: str) -> str | None:
    """Return the first of them that is installed, "" where none is needed, None if none is."""
    known = cross_compilers(arch)
    found = (prefix for prefix in known if shutil.which(f"{prefix}gcc"))
    return next(found, None if known else "")


def source_architecture(arch: str) -> str:
    """Return the folder below arch/ that an architecture's sources are in: i386 has x86's."""
    return _SOURCE_ARCHITECTURES.get(arch, arch)


def machine() -> str:
    """Return this machine's architecture as the kernel's SUBARCH names it."""
    name = platform.machine()
    for pattern, arch in (
        (r"i.86|x86_64", "x86"), (r"aarch64.*", "arm64"), (r"arm.*", "arm"), (r"s390x", "s390"),
        (r"ppc.*", "powerpc"), (r"mips.*", "mips"), (r"riscv.*", "riscv"),
        (r"loongarch.*", "loongarch"),
    ):  # fmt: skip
        if re.fullmatch(pattern, name):
            return arch
    return name
