# SPDX-License-Identifier: MIT
# Generated from generator/templates/python/pte_markers/userfaultfd.py.j2; do not edit.
"""Mappings as userfaultfd sees them, and the markers it leaves behind."""

from dataclasses import dataclass
from typing import Literal

from .pgtable import pte_uffd_wp
from .word import BIT

VM_UFFD_MISSING = BIT(9)
VM_UFFD_WP = BIT(12)
VM_UFFD_MINOR = BIT(37)
__VM_UFFD_FLAGS = VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR
VM_HUGETLB = BIT(22)


@dataclass(frozen=True, slots=True)
class Vma:
    """A mapping, as far as userfaultfd looks at it."""

    kind: Literal["anon", "shmem", "hugetlb", "file"]
    """What it is made of; the kernel asks its vm_ops for this."""
    vm_flags: int


def vma_is_anonymous(vma: Vma) -> bool:
    """Whether a mapping has no file behind it."""
    return vma.kind == "anon"


def vma_is_shmem(vma: Vma) -> bool:
    """Whether a mapping is shared memory."""
    return vma.kind == "shmem"


def is_vm_hugetlb_page(vma: Vma) -> bool:
    """Whether a mapping is made of huge pages."""
    return vma.kind == "hugetlb" or vma.vm_flags & VM_HUGETLB != 0


def userfaultfd_missing(vma: Vma) -> bool:
    """Whether userfaultfd handles missing pages of a mapping."""
    return vma.vm_flags & VM_UFFD_MISSING != 0


def userfaultfd_wp(vma: Vma) -> bool:
    """Whether userfaultfd handles writes to protected pages of a mapping."""
    return vma.vm_flags & VM_UFFD_WP != 0


def userfaultfd_minor(vma: Vma) -> bool:
    """Whether userfaultfd handles minor faults of a mapping."""
    return vma.vm_flags & VM_UFFD_MINOR != 0


def userfaultfd_armed(vma: Vma) -> bool:
    """Whether userfaultfd handles any faults of a mapping."""
    return vma.vm_flags & __VM_UFFD_FLAGS != 0


def userfaultfd_pte_wp(vma: Vma, pte: int) -> bool:
    """Whether userfaultfd handles writes to the page of a present pte."""
    return userfaultfd_wp(vma) and pte_uffd_wp(pte)


def vma_is_ram(vma: Vma) -> bool:
    """Whether a mapping is of a file without a disk: shared memory or huge pages."""
    return vma_is_shmem(vma) or is_vm_hugetlb_page(vma)


def vma_can_userfault(vma: Vma, vm_flags: int) -> bool:
    """Whether a mapping can be registered for the modes in vm_flags."""
    if vm_flags & VM_UFFD_MINOR and not vma_is_ram(vma):
        return False
    if vm_flags & VM_UFFD_WP and not vma_is_anonymous(vma):
        return False
    return vma_is_ram(vma) or vma_is_anonymous(vma)


def pte_marker_entry_uffd_wp(entry: int) -> bool:
    """Whether a swap entry is a marker left by a page that userfaultfd protects from
    writes."""
    return False


def pte_marker_uffd_wp(pte: int) -> bool:
    """Whether a pte holds such a marker."""
    return False


def pte_swp_uffd_wp_any(pte: int) -> bool:
    """Whether userfaultfd protects a swap pte from writes, by its own bit or as a
    marker."""
    return False
