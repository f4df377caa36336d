# SPDX-License-Identifier: MIT
# Generated from generator/templates/python/pte_markers/swapops.py.j2; do not edit.
"""Swap entries: making, taking apart and recognising every special kind."""

from . import swap
from .pgtable import (
    MAX_PHYSMEM_BITS,
    __swp_entry,
    __swp_offset,
    __swp_type,
    pte_none,
    pte_present,
    pte_swp_clear_exclusive,
    pte_swp_clear_soft_dirty,
    pte_swp_clear_uffd_wp,
)
from .warn import warn_on_once
from .word import BIT, PAGE_SHIFT, U64_MAX

SWP_TYPE_SHIFT = 63 - swap.MAX_SWAPFILES_SHIFT
SWP_OFFSET_MASK = BIT(SWP_TYPE_SHIFT) - 1

SWP_PFN_BITS = MAX_PHYSMEM_BITS - PAGE_SHIFT
SWP_PFN_MASK = BIT(SWP_PFN_BITS) - 1
SWP_MIG_YOUNG = BIT(SWP_PFN_BITS)
SWP_MIG_DIRTY = BIT(SWP_PFN_BITS + 1)
SWP_MIG_TOTAL_BITS = SWP_PFN_BITS + 2

PTE_MARKER_UFFD_WP = BIT(0)
PTE_MARKER_MASK = PTE_MARKER_UFFD_WP


def swp_entry(type: int, offset: int) -> int:
    """Swap entry of a type and an offset, each cut to its place."""
    return type << SWP_TYPE_SHIFT & U64_MAX | offset & SWP_OFFSET_MASK


def swp_type(entry: int) -> int:
    """Type of a swap entry, 0 to 63."""
    return entry >> SWP_TYPE_SHIFT


def swp_offset(entry: int) -> int:
    """Offset of a swap entry."""
    return entry & SWP_OFFSET_MASK


def swp_offset_pfn(entry: int) -> int:
    """Page frame number in the offset of a swap entry."""
    return swp_offset(entry) & SWP_PFN_MASK


def is_swap_pte(pte: int) -> bool:
    """Whether a pte holds a swap entry: neither none nor present."""
    return not pte_none(pte) and not pte_present(pte)


def pte_swp_clear_flags(pte: int) -> int:
    """Reduce a swap pte to its type and offset."""
    pte = pte_swp_clear_exclusive(pte)
    pte = pte_swp_clear_soft_dirty(pte)
    return pte_swp_clear_uffd_wp(pte)


def pte_to_swp_entry(pte: int) -> int:
    """Read the swap entry out of a pte, whatever kind of pte it is; from 7.2 on, none
    where it is no swap pte."""
    pte = pte_swp_clear_flags(pte)
    return swp_entry(__swp_type(pte), __swp_offset(pte))


def swp_entry_to_pte(entry: int) -> int:
    """Store a swap entry in a pte, as far as it fits."""
    return __swp_entry(swp_type(entry), swp_offset(entry))


def non_swap_entry(entry: int) -> bool:
    """Whether a swap entry stands for something other than a swap file."""
    return swp_type(entry) >= swap.MAX_SWAPFILES


# Pages on the move.


def make_readable_migration_entry(offset: int) -> int:
    """Swap entry of a read-only page on the move."""
    return swp_entry(swap.SWP_MIGRATION_READ, offset)


def make_readable_exclusive_migration_entry(offset: int) -> int:
    """Swap entry of a read-only page on the move that one process has to itself."""
    return swp_entry(swap.SWP_MIGRATION_READ_EXCLUSIVE, offset)


def make_writable_migration_entry(offset: int) -> int:
    """Swap entry of a writable page on the move."""
    return swp_entry(swap.SWP_MIGRATION_WRITE, offset)


def is_readable_migration_entry(entry: int) -> bool:
    """Whether a page is on the move, read-only and not exclusive."""
    return swp_type(entry) == swap.SWP_MIGRATION_READ


def is_readable_exclusive_migration_entry(entry: int) -> bool:
    """Whether a page is on the move, read-only and exclusive."""
    return swp_type(entry) == swap.SWP_MIGRATION_READ_EXCLUSIVE


def is_writable_migration_entry(entry: int) -> bool:
    """Whether a page is on the move and writable."""
    return swp_type(entry) == swap.SWP_MIGRATION_WRITE


def is_migration_entry(entry: int) -> bool:
    """Whether a page is on the move."""
    return (
        is_readable_migration_entry(entry)
        or is_readable_exclusive_migration_entry(entry)
        or is_writable_migration_entry(entry)
    )


def migration_entry_supports_ad() -> bool:
    """Whether migration entries keep the accessed and dirty bits."""
    return False


def make_migration_entry_young(entry: int) -> int:
    """Record that a page on the move was accessed, if there is room."""
    if not migration_entry_supports_ad():
        return entry
    return swp_entry(swp_type(entry), swp_offset(entry) | SWP_MIG_YOUNG)


def is_migration_entry_young(entry: int) -> bool:
    """Whether a page on the move is known to have been accessed."""
    return migration_entry_supports_ad() and swp_offset(entry) & SWP_MIG_YOUNG != 0


def make_migration_entry_dirty(entry: int) -> int:
    """Record that a page on the move was written to, if there is room."""
    if not migration_entry_supports_ad():
        return entry
    return swp_entry(swp_type(entry), swp_offset(entry) | SWP_MIG_DIRTY)


def is_migration_entry_dirty(entry: int) -> bool:
    """Whether a page on the move is known to have been written to."""
    return migration_entry_supports_ad() and swp_offset(entry) & SWP_MIG_DIRTY != 0


# Pages in the private memory of a device, or lent to it.


def make_readable_device_private_entry(offset: int) -> int:
    """Swap entry of a read-only page in device memory."""
    return swp_entry(0, 0)


def make_writable_device_private_entry(offset: int) -> int:
    """Swap entry of a writable page in device memory."""
    return swp_entry(0, 0)


def is_writable_device_private_entry(entry: int) -> bool:
    """Whether a page is in device memory and writable."""
    return False


def is_device_private_entry(entry: int) -> bool:
    """Whether a page is in device memory."""
    return False


def make_readable_device_exclusive_entry(offset: int) -> int:
    """Swap entry of a read-only page that a device uses alone."""
    return swp_entry(0, 0)


def make_writable_device_exclusive_entry(offset: int) -> int:
    """Swap entry of a page that a device uses alone; up to 6.12, of a writable one."""
    return swp_entry(0, 0)


def is_writable_device_exclusive_entry(entry: int) -> bool:
    """Whether a page is used by a device alone and writable."""
    return False


def is_device_exclusive_entry(entry: int) -> bool:
    """Whether a page is used by a device alone."""
    return False


# Pages lost to bad memory.


def make_hwpoison_entry(pfn: int) -> int:
    """Swap entry of a page lost to bad memory."""
    return swp_entry(0, 0)


def is_hwpoison_entry(entry: int) -> bool:
    """Whether a page is lost to bad memory."""
    return False


def is_pfn_swap_entry(entry: int) -> bool:
    """Whether the offset of a swap entry is a page frame number."""
    if is_hwpoison_entry(entry):
        return True
    return (
        is_migration_entry(entry)
        or is_device_private_entry(entry)
        or is_device_exclusive_entry(entry)
    )


# Markers: a few bits instead of a page.


def make_pte_marker_entry(marker: int) -> int:
    """Swap entry that carries the given marker bits, known ones or not."""
    warn_on_once("make_pte_marker_entry")
    return swp_entry(0, 0)


def is_pte_marker_entry(entry: int) -> bool:
    """Whether a swap entry is a marker, an empty one included."""
    return False


def pte_marker_get(entry: int) -> int:
    """Known marker bits in the offset of a swap entry of any type."""
    return 0


def is_pte_marker(pte: int) -> bool:
    """Whether a pte holds a marker."""
    return False


def make_pte_marker(marker: int) -> int:
    """Pte that holds a marker with the given bits."""
    return swp_entry_to_pte(make_pte_marker_entry(marker))


def pte_none_mostly(pte: int) -> bool:
    """Whether no page is recorded here: the pte is none or a marker."""
    return pte_none(pte) or is_pte_marker(pte)


def make_swapin_error_entry(pfn: int) -> int:
    """Swap entry of a page that could not be read from swap."""
    return swp_entry(swap.SWP_SWAPIN_ERROR, pfn)


def is_swapin_error_entry(entry: int) -> bool:
    """Whether every access to a page fails, as it could not be read from swap."""
    return swp_type(entry) == swap.SWP_SWAPIN_ERROR
