# SPDX-License-Identifier: MIT
# Generated from generator/templates/python/pte_markers/pgtable.py.j2; do not edit.
"""Page table entries: their flags, and how a swap entry is stored in one."""

from .word import BIT, U64_MAX

PTE_SWP_TYPE_MASK = BIT(5) - 1

# x86_64 with 4-level paging: bits of any page table entry.
PTE_PRESENT_BITS = BIT(0) | BIT(8)  # PROT_NONE counts as present
PTE_NONE_IGNORED = BIT(5) | BIT(6)  # accessed and dirty alone are none
PTE_UFFD_WP = BIT(10)

# A swap pte: type, inverted offset, and below them the flags.
PTE_SWP_SOFT_DIRTY = BIT(1)
PTE_SWP_UFFD_WP = BIT(2)
PTE_SWP_EXCLUSIVE = BIT(3)
PTE_SWP_OFFSET_SHIFT = 9
PTE_SWP_OFFSET_MASK = BIT(50) - 1
PTE_SWP_OFFSET_INVERTED = U64_MAX
PTE_SWP_OFFSET_STORED = PTE_SWP_OFFSET_MASK  # longer offsets are cut
PTE_SWP_TYPE_SHIFT = 59
PTE_SWP_TYPE_STORED = PTE_SWP_TYPE_MASK

MAX_PHYSMEM_BITS = 46


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
    return pte & PTE_SWP_SOFT_DIRTY != 0


def pte_swp_mksoft_dirty(pte: int) -> int:
    """Record in a swap pte that the page was written to since the bit was cleared."""
    return pte | PTE_SWP_SOFT_DIRTY


def pte_swp_clear_soft_dirty(pte: int) -> int:
    """Forget in a swap pte that the page was written to since the bit was cleared."""
    return pte & ~PTE_SWP_SOFT_DIRTY


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
