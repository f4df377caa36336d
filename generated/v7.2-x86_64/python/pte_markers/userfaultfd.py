# SPDX-License-Identifier: MIT
# Generated from generator/templates/python/pte_markers/userfaultfd.py.j2; do not edit.
"""Mappings as userfaultfd sees them, and the markers it leaves behind."""

from dataclasses import dataclass
from typing import Literal

from .swapops import (
    PTE_MARKER_POISONED,
    PTE_MARKER_UFFD_WP,
    pte_is_marker,
    softleaf_is_marker,
    softleaf_to_marker,
    softleaf_from_pte,
)
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


def softleaf_is_uffd_wp_marker(entry: int) -> bool:
    """Whether a swap entry is a marker left by a page that userfaultfd protects from
    writes."""
    return softleaf_is_marker(entry) and softleaf_to_marker(entry) & PTE_MARKER_UFFD_WP != 0


def pte_is_uffd_wp_marker(pte: int) -> bool:
    """Whether a pte holds such a marker."""
    return pte_is_marker(pte) and softleaf_is_uffd_wp_marker(softleaf_from_pte(pte))


def pte_swp_uffd_wp_any(pte: int) -> bool:
    """Whether userfaultfd protects a swap pte from writes, by its own bit or as a
    marker."""
    return False


def pte_is_uffd_marker(pte: int) -> bool:
    """Whether a pte holds a marker that userfaultfd left: for protection or poison."""
    handled = PTE_MARKER_UFFD_WP | PTE_MARKER_POISONED
    return pte_is_marker(pte) and softleaf_to_marker(softleaf_from_pte(pte)) & handled != 0
