# SPDX-License-Identifier: MIT
"""A folder of headers that makes a kernel release's own helpers compile on a host.

Three kinds of headers meet in it, and no other is within the compiler's reach::

    whole      the kernel's file, as it is: swapops.h, userfaultfd_k.h, pte types ...
    extracted  the named definitions out of a file that drags the kernel in (extract.py)
    stand-in   ours, tests/kernel/include: the surroundings (pages, areas, warnings)

It is made at run time from the fetched source; nothing of it is committed.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .extract import NotFoundError, extract

Release = Literal["6.1", "6.12", "7.2"]
Architecture = Literal["x86_64", "arm64", "riscv64"]

ARCHITECTURES: dict[Release, tuple[Architecture, ...]] = {
    "6.1": ("x86_64", "arm64"),
    "6.12": ("x86_64", "arm64"),
    "7.2": ("x86_64", "arm64", "riscv64"),
}
"""What is compared of each release: riscv64 since it has uffd-wp."""
RELEASES = tuple(ARCHITECTURES)

FOLDERS: dict[Architecture, str] = {"x86_64": "x86", "arm64": "arm64", "riscv64": "riscv"}
"""Where the kernel's source has an architecture."""

STAND_INS = Path(__file__).parent / "include"


@dataclass(frozen=True, slots=True)
class Extract:
    """What is taken out of a header."""

    source: str
    """Path in the kernel's source; {asm} stands for the architecture's headers."""
    names: str
    optional: str = ""


WHOLE = {
    "linux/swapops.h": "include/linux/swapops.h",
    "linux/userfaultfd_k.h": "include/linux/userfaultfd_k.h",
    "linux/hugetlb_inline.h": "include/linux/hugetlb_inline.h",
    "linux/swapfile.h": "include/linux/swapfile.h",
    "linux/kconfig.h": "include/linux/kconfig.h",
    "linux/const.h": "include/linux/const.h",
    "vdso/const.h": "include/vdso/const.h",
    "vdso/bits.h": "include/vdso/bits.h",
    "uapi/linux/const.h": "include/uapi/linux/const.h",
    "asm-generic/pgtable_uffd.h": "include/asm-generic/pgtable_uffd.h",
    "asm-generic/pgtable-nop4d.h": "include/asm-generic/pgtable-nop4d.h",
    "asm/sparsemem.h": "{asm}/sparsemem.h",
}
"""Place among our headers -> path in the kernel's source."""

WHOLE_SINCE_6_19 = {
    "linux/leafops.h": "include/linux/leafops.h",
    "vdso/page.h": "include/vdso/page.h",
}
"""Likewise, where helpers are operations on leaf entries."""

WHOLE_OF: dict[Architecture, tuple[str, ...]] = {
    "x86_64": ("page_types.h", "page_64_types.h", "pgtable_types.h", "pgtable_64_types.h"),
    "arm64": ("page-def.h", "pgtable-types.h", "pgtable-prot.h", "pgtable-hwdef.h"),
    "riscv64": ("pgtable-bits.h",),
}
"""Likewise, of the architecture's own headers."""

EXTRACTS = {
    "linux/swap.h": Extract("include/linux/swap.h", "MAX_SWAPFILES MAX_SWAPFILES_SHIFT SWP_*"),
    "linux/mm.h": Extract("include/linux/mm.h", "VM_* vma_is_anonymous vma_is_shmem"),
    "linux/pgtable.h": Extract("include/linux/pgtable.h", "pte_swp_*"),
    "linux/xarray.h": Extract(
        "include/linux/xarray.h", "BITS_PER_XA_VALUE xa_mk_value xa_to_value"
    ),
}

EXTRACTS_SINCE_6_19 = {
    "linux/mm.h": Extract(
        "include/linux/mm.h",
        "VM_* VMA_SPECIAL_FLAGS INIT_VM_FLAG DECLARE_VMA_BIT DECLARE_VMA_BIT_ALIAS"
        " vma_is_anonymous vma_is_shmem",
    ),
    "mm/userfaultfd.h": Extract(
        "mm/userfaultfd.c", "anon_can_userfault vma_uffd_ops vma_can_userfault"
    ),
    "mm/shmem.h": Extract("mm/shmem.c", "shmem_can_userfault"),
    "mm/hugetlb.h": Extract("mm/hugetlb.c", "hugetlb_can_userfault"),
}
"""In their stead or besides, where helpers are operations on leaf entries."""

EXTRACTS_OF: dict[Architecture, dict[str, Extract]] = {
    "x86_64": {
        "asm/pgtable.h": Extract(
            "{asm}/pgtable.h",
            "pte_val __pte pmd_val __pmd pte_set_flags pte_clear_flags"
            " pte_none pte_present pte_uffd_wp pte_swp_*",
            optional="__HAVE_ARCH_PTE_SWP_EXCLUSIVE",
        ),
        "asm/pgtable_64.h": Extract(
            "{asm}/pgtable_64.h",
            "SWP_* __swp_type __swp_offset __swp_entry __pte_to_swp_entry __swp_entry_to_pte",
            optional="__HAVE_ARCH_PTE_SWP_EXCLUSIVE",
        ),
    },
    "arm64": {
        "asm/pgtable.h": Extract(
            "{asm}/pgtable.h",
            "pte_none pte_valid pte_present set_pte_bit clear_pte_bit pte_swp_*"
            " __SWP_* __swp_type __swp_offset __swp_entry __pte_to_swp_entry __swp_entry_to_pte",
            optional="pte_present_invalid pte_uffd_wp __HAVE_ARCH_PTE_SWP_EXCLUSIVE",
        ),
    },
    "riscv64": {
        "asm/page.h": Extract("{asm}/page.h", "pte_t pte_val __pte"),
        "asm/pgtable-64.h": Extract("{asm}/pgtable-64.h", "pmd_t pmd_val __pmd"),
        "asm/pgtable.h": Extract(
            "{asm}/pgtable.h",
            "pte_none pte_present pte_uffd_wp pte_swp_* pgtable_supports_uffd_wp"
            " __SWP_* __swp_type __swp_offset __swp_entry __pte_to_swp_entry __swp_entry_to_pte",
        ),
    },
}


class NewerKernelError(Exception):
    """A header is not as this harness knows it."""


def write_headers(source: Path, release: Release, architecture: Architecture, folder: Path) -> None:
    """Fill an empty folder with an architecture's headers.

    Args:
        source: unpacked source of a kernel release.
        release: which one it is.
        architecture: whose headers asm/ stands for.
        folder: the include folder; `STAND_INS` is to be searched before it.

    Raises:
        NewerKernelError: a header, or a definition in it, is missing.
    """
    asm = f"arch/{FOLDERS[architecture]}/include/asm"
    leaves = release == "7.2"
    whole = WHOLE | (WHOLE_SINCE_6_19 if leaves else {})
    whole |= {f"asm/{name}": f"{{asm}}/{name}" for name in WHOLE_OF[architecture]}
    for place, path in whole.items():
        _write(folder / place, _read(source / path.format(asm=asm)))
    extracts = EXTRACTS | (EXTRACTS_SINCE_6_19 if leaves else {}) | EXTRACTS_OF[architecture]
    for place, wanted in extracts.items():
        path = wanted.source.format(asm=asm)
        try:
            text = extract(
                _read(source / path), wanted.names.split(), optional=wanted.optional.split()
            )
        except NotFoundError as error:
            raise NewerKernelError(f"{source.name}/{path}: {error}") from error
        _write(folder / "extracted" / place, text)


def symbols_read(folder: Path) -> frozenset[str]:
    """Return every symbol that any of the headers mentions: no other can matter."""
    found: set[str] = set()
    for tree in (folder, STAND_INS):
        for path in tree.rglob("*.h"):
            found.update(re.findall(r"\bCONFIG_(\w+)", path.read_text(encoding="utf-8")))
    return frozenset(found)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NewerKernelError(f"no header {path}") from error


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
