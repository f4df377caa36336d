# SPDX-License-Identifier: MIT
"""What a compiler defines for the machine that it compiles for, in a kernel of one architecture.

    __aarch64__ on x86          never
    __x86_64__ on x86           X86_64, but in what is compiled for 16 or 32 bits beside the kernel
    __i386__ in a header        not known: programs of both kinds may include it

[GCC and Clang, predefined macros; cpp -dM -E]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import ALWAYS, NEVER, Not, Reference, Types

if TYPE_CHECKING:
    from kvariant.kconfig import Expression

_OWNERS = {
    "__aarch64__": "arm64", "__alpha__": "alpha", "__arc__": "arc", "__arch_um__": "um",
    "__arm__": "arm", "__csky__": "csky", "__hexagon__": "hexagon", "__hppa__": "parisc",
    "__i386__": "x86", "__ia64__": "ia64", "__loongarch__": "loongarch", "__m68k__": "m68k",
    "__microblaze__": "microblaze", "__mips__": "mips", "__nios2__": "nios2",
    "__or1k__": "openrisc", "__powerpc__": "powerpc", "__powerpc64__": "powerpc",
    "__riscv": "riscv", "__s390__": "s390", "__s390x__": "s390", "__sh__": "sh",
    "__sparc__": "sparc", "__sparc_v9__": "sparc", "__x86_64__": "x86", "__xtensa__": "xtensa",
}  # fmt: skip
_ALSO = {"arm64": ("arm",), "um": tuple(dict.fromkeys(_OWNERS.values()))}
"""Architectures whose kernel has programs of others in it: arm64 a 32-bit vDSO."""
_OTHER_BITS = tuple(
    f"arch/x86/{name}/" for name in ("boot", "entry/vdso", "purgatory", "realmode", "tools", "um")
)
"""Folders of x86 of which some is compiled for other bits than the kernel is."""


def machine_macros(arch: str, path: str, types: Types) -> Iterator[tuple[str, Expression]]:
    """Yield macros that are the same whenever a file is compiled, and where they are defined.

    Args:
        arch: the folder below arch/.
        path: the file.
    """
    if arch not in _OWNERS.values():
        return
    for macro, owner in _OWNERS.items():
        if owner != arch and owner not in _ALSO.get(arch, ()):
            yield macro, NEVER
    if arch == "um":
        yield "__arch_um__", ALWAYS
    is_of_kernel = path.endswith((".c", ".S")) and not path.startswith(_OTHER_BITS)
    if arch == "x86" and is_of_kernel and "X86_64" in types:
        yield "__x86_64__", Reference("X86_64")
        yield "__i386__", Not(Reference("X86_64"))
