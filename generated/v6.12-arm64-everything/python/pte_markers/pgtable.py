# SPDX-License-Identifier: MIT
# Generated from generator/templates/python/pte_markers/pgtable.py.j2; do not edit.
"""Page table entries: their flags, and how a swap entry is stored in one."""

from .word import BIT, U64_MAX

PTE_SWP_TYPE_MASK = BIT(5) - 1

# arm64 with 4 KiB pages: bits of any page table entry.
PTE_PRESENT_BITS = BIT(0) | BIT(11)  # valid, or present but invalid
PTE_NONE_IGNORED = 0
PTE_UFFD_WP = BIT(58)

# A swap pte: offset, type, and below them the flags.
PTE_SWP_EXCLUSIVE = BIT(2)
PTE_SWP_UFFD_WP = BIT(3)
PTE_SWP_TYPE_SHIFT = 6
PTE_SWP_OFFSET_SHIFT = 12
PTE_SWP_TYPE_STORED = U64_MAX  # longer types reach the bits above
PTE_SWP_OFFSET_MASK = BIT(50) - 1
PTE_SWP_OFFSET_INVERTED = 0
PTE_SWP_OFFSET_STORED = U64_MAX  # and so do longer offsets

MAX_PHYSMEM_BITS = 48


def pte_none(pte: int) -> bool:
    """Whether nothing is mapped or recorded here."""
    return pte & ~PTE_NONE_IGNORED == 0


def pte_present(pte: int) -> bool:
    """Whether a page is mapped here."""
    return pte & PTE_PRESENT_BITS != 0


def pte_uffd_wp(pte: int) -> bool:
    """Whether userfaultfd protects this present pte from writes."""
    return pte & PTE_UFFD_WP != 0


def pte_swp_exclusive(pte: int) -> bool:
    """Whether this swap pte records that the anonymous page belongs to one process
    alone."""
    return pte & PTE_SWP_EXCLUSIVE != 0


def pte_swp_mkexclusive(pte: int) -> int:
    """Record in a swap pte that the anonymous page belongs to one process alone."""
    return pte | PTE_SWP_EXCLUSIVE


def pte_swp_clear_exclusive(pte: int) -> int:
    """Forget in a swap pte that the anonymous page belongs to one process alone."""
    return pte & ~PTE_SWP_EXCLUSIVE


def pte_swp_soft_dirty(pte: int) -> bool:
    """Whether this swap pte records that the page was written to since the bit was
    cleared."""
    return False


def pte_swp_mksoft_dirty(pte: int) -> int:
    """Record in a swap pte that the page was written to since the bit was cleared."""
    return pte


def pte_swp_clear_soft_dirty(pte: int) -> int:
    """Forget in a swap pte that the page was written to since the bit was cleared."""
    return pte


def pte_swp_uffd_wp(pte: int) -> bool:
    """Whether this swap pte records that userfaultfd protects the page from writes."""
    return pte & PTE_SWP_UFFD_WP != 0


def pte_swp_mkuffd_wp(pte: int) -> int:
    """Record in a swap pte that userfaultfd protects the page from writes."""
    return pte | PTE_SWP_UFFD_WP


def pte_swp_clear_uffd_wp(pte: int) -> int:
    """Forget in a swap pte that userfaultfd protects the page from writes."""
    return pte & ~PTE_SWP_UFFD_WP


def __swp_type(pte: int) -> int:
    """Type in a swap pte without flags."""
    return pte >> PTE_SWP_TYPE_SHIFT & PTE_SWP_TYPE_MASK


def __swp_offset(pte: int) -> int:
    """Offset in a swap pte without flags."""
    return (pte ^ PTE_SWP_OFFSET_INVERTED) >> PTE_SWP_OFFSET_SHIFT & PTE_SWP_OFFSET_MASK


def __swp_entry(type: int, offset: int) -> int:
    """Swap pte without flags that holds the type and the offset."""
    offset = (offset ^ PTE_SWP_OFFSET_INVERTED) & PTE_SWP_OFFSET_STORED
    type &= PTE_SWP_TYPE_STORED
    return (type << PTE_SWP_TYPE_SHIFT | offset << PTE_SWP_OFFSET_SHIFT) & U64_MAX
