# SPDX-License-Identifier: MIT
# Generated from generator/templates/python/pte_markers/userfaultfd.py.j2; do not edit.
"""Mappings as userfaultfd sees them, and the markers it leaves behind."""

from dataclasses import dataclass
from typing import Literal

from .word import BIT

VM_UFFD_MISSING = BIT(9)
VM_UFFD_WP = BIT(12)
VM_UFFD_MINOR = 0


@dataclass(frozen=True, slots=True)
class Vma:
    """A mapping, as far as userfaultfd looks at it."""

    kind: Literal["anon", "shmem", "hugetlb", "file"]
    """What it is made of; the kernel asks its vm_ops for this."""
    vm_flags: int


def userfaultfd_missing(vma: Vma) -> bool:
    """Whether userfaultfd handles missing pages of a mapping."""
    return False


def userfaultfd_wp(vma: Vma) -> bool:
    """Whether userfaultfd handles writes to protected pages of a mapping."""
    return False


def userfaultfd_minor(vma: Vma) -> bool:
    """Whether userfaultfd handles minor faults of a mapping."""
    return False


def userfaultfd_armed(vma: Vma) -> bool:
    """Whether userfaultfd handles any faults of a mapping."""
    return False


def userfaultfd_pte_wp(vma: Vma, pte: int) -> bool:
    """Whether userfaultfd handles writes to the page of a present pte."""
    return False


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
