# SPDX-License-Identifier: MIT
"""The names that both sides must have: the helpers with their signatures, the constants.

This list is written from the flagship's issue, by hand and on purpose: neither
the templates' interface nor the kernel's headers decide what is compared. Which
of the names exist in a configuration is asked of the kernel's headers.
"""

from dataclasses import dataclass, replace
from enum import Enum


class Word(Enum):
    """What an argument or a result means, hence how it travels."""

    PTE = "pte"
    ENTRY = "entry"
    TYPE = "type"
    OFFSET = "offset"
    PFN = "pfn"  # the kernel's struct page *
    MARKER = "marker"
    FLAGS = "flags"
    BOOL = "bool"  # an int that the kernel uses as a truth value, too
    VMA = "vma"  # two words: kind, vm_flags. Arguments only


@dataclass(frozen=True, slots=True)
class Helper:
    """A helper's name and signature."""

    name: str
    module: str
    """Module of the Python package, and header of the C family, that has it."""
    arguments: tuple[Word, ...]
    result: Word

    @property
    def words(self) -> int:
        """Number of 64-bit words that the arguments take."""
        return sum(2 if argument is Word.VMA else 1 for argument in self.arguments)


PTE, ENTRY, TYPE, OFFSET = Word.PTE, Word.ENTRY, Word.TYPE, Word.OFFSET
PFN, MARKER, FLAGS, BOOL, VMA = Word.PFN, Word.MARKER, Word.FLAGS, Word.BOOL, Word.VMA


def _helpers(
    module: str, names: str, arguments: tuple[Word, ...], result: Word
) -> tuple[Helper, ...]:
    return tuple(Helper(name, module, arguments, result) for name in names.split())


_PGTABLE = (
    *_helpers("pgtable", "pte_none pte_present pte_uffd_wp", (PTE,), BOOL),
    *_helpers("pgtable", "pte_swp_exclusive pte_swp_soft_dirty pte_swp_uffd_wp", (PTE,), BOOL),
    *_helpers("pgtable", "pte_swp_mkexclusive pte_swp_clear_exclusive", (PTE,), PTE),
    *_helpers("pgtable", "pte_swp_mksoft_dirty pte_swp_clear_soft_dirty", (PTE,), PTE),
    *_helpers("pgtable", "pte_swp_mkuffd_wp pte_swp_clear_uffd_wp", (PTE,), PTE),
)

_SWAPOPS = (
    *_helpers("swapops", "swp_entry", (TYPE, OFFSET), ENTRY),
    *_helpers("swapops", "swp_type", (ENTRY,), TYPE),
    *_helpers("swapops", "swp_offset swp_offset_pfn", (ENTRY,), OFFSET),
    *_helpers("swapops", "is_swap_pte", (PTE,), BOOL),
    *_helpers("swapops", "pte_to_swp_entry", (PTE,), ENTRY),
    *_helpers("swapops", "swp_entry_to_pte", (ENTRY,), PTE),
    *_helpers("swapops", "pte_swp_clear_flags", (PTE,), PTE),
    *_helpers("swapops", "non_swap_entry is_pfn_swap_entry", (ENTRY,), BOOL),
)

_MIGRATION = (
    *_helpers(
        "swapops",
        "make_readable_migration_entry make_readable_exclusive_migration_entry"
        " make_writable_migration_entry",
        (OFFSET,),
        ENTRY,
    ),
    *_helpers(
        "swapops",
        "is_migration_entry is_readable_migration_entry"
        " is_readable_exclusive_migration_entry is_writable_migration_entry"
        " is_migration_entry_young is_migration_entry_dirty",
        (ENTRY,),
        BOOL,
    ),
    *_helpers("swapops", "make_migration_entry_young make_migration_entry_dirty", (ENTRY,), ENTRY),
    *_helpers("swapops", "migration_entry_supports_ad", (), BOOL),
)

_DEVICE = (
    *_helpers(
        "swapops",
        "make_readable_device_private_entry make_writable_device_private_entry"
        " make_readable_device_exclusive_entry make_writable_device_exclusive_entry",
        (OFFSET,),
        ENTRY,
    ),
    *_helpers(
        "swapops",
        "is_device_private_entry is_writable_device_private_entry"
        " is_device_exclusive_entry is_writable_device_exclusive_entry",
        (ENTRY,),
        BOOL,
    ),
)

_POISON = (
    *_helpers("swapops", "make_hwpoison_entry make_swapin_error_entry", (PFN,), ENTRY),
    *_helpers("swapops", "make_poisoned_swp_entry", (), ENTRY),
    *_helpers(
        "swapops",
        "is_hwpoison_entry is_swapin_error_entry is_poisoned_swp_entry",
        (ENTRY,),
        BOOL,
    ),
)

_MARKER = (
    *_helpers("swapops", "make_pte_marker_entry", (MARKER,), ENTRY),
    *_helpers("swapops", "make_pte_marker", (MARKER,), PTE),
    *_helpers("swapops", "is_pte_marker_entry", (ENTRY,), BOOL),
    *_helpers("swapops", "pte_marker_get", (ENTRY,), MARKER),
    *_helpers("swapops", "is_pte_marker pte_none_mostly", (PTE,), BOOL),
)

_USERFAULTFD = (
    *_helpers("userfaultfd", "pte_marker_entry_uffd_wp", (ENTRY,), BOOL),
    *_helpers("userfaultfd", "pte_marker_uffd_wp pte_swp_uffd_wp_any", (PTE,), BOOL),
    *_helpers(
        "userfaultfd",
        "userfaultfd_missing userfaultfd_wp userfaultfd_minor userfaultfd_armed",
        (VMA,),
        BOOL,
    ),
    *_helpers("userfaultfd", "userfaultfd_pte_wp", (VMA, PTE), BOOL),
)


_LEAVES = (
    *_helpers("swapops", "softleaf_mk_none make_guard_swp_entry", (), ENTRY),
    *_helpers("swapops", "softleaf_to_pte", (ENTRY,), PTE),
    *_helpers("swapops", "softleaf_type", (ENTRY,), TYPE),
    *_helpers(
        "swapops",
        "softleaf_is_none softleaf_is_swap softleaf_is_hwpoison softleaf_is_guard_marker",
        (ENTRY,),
        BOOL,
    ),
    *_helpers("userfaultfd", "pte_is_uffd_marker", (PTE,), BOOL),
)
"""What 7.2 has besides."""

RENAMED = {
    "swp_offset_pfn": "softleaf_to_pfn",
    "pte_to_swp_entry": "softleaf_from_pte",
    "is_pfn_swap_entry": "softleaf_has_pfn",
    "is_migration_entry": "softleaf_is_migration",
    "is_readable_migration_entry": "softleaf_is_migration_read",
    "is_readable_exclusive_migration_entry": "softleaf_is_migration_read_exclusive",
    "is_writable_migration_entry": "softleaf_is_migration_write",
    "is_migration_entry_young": "softleaf_is_migration_young",
    "is_migration_entry_dirty": "softleaf_is_migration_dirty",
    "is_device_private_entry": "softleaf_is_device_private",
    "is_writable_device_private_entry": "softleaf_is_device_private_write",
    "is_device_exclusive_entry": "softleaf_is_device_exclusive",
    "make_writable_device_exclusive_entry": "make_device_exclusive_entry",
    "is_poisoned_swp_entry": "softleaf_is_poison_marker",
    "is_pte_marker_entry": "softleaf_is_marker",
    "pte_marker_get": "softleaf_to_marker",
    "is_pte_marker": "pte_is_marker",
    "pte_marker_entry_uffd_wp": "softleaf_is_uffd_wp_marker",
    "pte_marker_uffd_wp": "pte_is_uffd_wp_marker",
}
"""Names up to 6.12, and what has their place at 7.2."""

OPTIONAL_HELPERS = frozenset({"migration_entry_supports_ad"})
"""Helpers that our family may lack; where it has them, they are the kernel's."""


def helpers(release: str) -> tuple[Helper, ...]:
    """Return the contract's helpers; which of them exist, the headers say.

    At 7.2 the old names are looked for as well: what the kernel gave up, ours has to lack.
    (Late 6.12 has two of the new names, for what stable takes over from later kernels;
    they are no part of the family there.)
    """
    asks_wp_async = () if release == "6.1" else (BOOL,)
    can = _helpers("userfaultfd", "vma_can_userfault", (VMA, FLAGS, *asks_wp_async), BOOL)
    known = (
        *_PGTABLE,
        *_SWAPOPS,
        *_MIGRATION,
        *_DEVICE,
        *_POISON,
        *_MARKER,
        *_USERFAULTFD,
        *can,
    )
    if release != "7.2":
        return known
    later = (replace(each, name=RENAMED[each.name]) for each in known if each.name in RENAMED)
    return (*known, *later, *_LEAVES)


CONSTANTS = (
    "MAX_SWAPFILES",
    "SWP_HWPOISON",
    "SWP_MIGRATION_READ",
    "SWP_MIGRATION_READ_EXCLUSIVE",
    "SWP_MIGRATION_WRITE",
    "SWP_DEVICE_WRITE",
    "SWP_DEVICE_READ",
    "SWP_DEVICE_EXCLUSIVE_WRITE",
    "SWP_DEVICE_EXCLUSIVE_READ",
    "SWP_DEVICE_EXCLUSIVE",
    "SWP_PTE_MARKER",
    "SWP_SWAPIN_ERROR",
    "PTE_MARKER_UFFD_WP",
    "PTE_MARKER_POISONED",
    "PTE_MARKER_GUARD",
    "PTE_MARKER_MASK",
)
"""Constants that must be on both sides, or on neither."""

OPTIONAL_CONSTANTS = (
    "MAX_SWAPFILES_SHIFT",
    "SWP_HWPOISON_NUM",
    "SWP_MIGRATION_NUM",
    "SWP_DEVICE_NUM",
    "SWP_PTE_MARKER_NUM",
    "SWP_SWAPIN_ERROR_NUM",
    "SWP_TYPE_SHIFT",
    "SWP_OFFSET_MASK",
    "SWP_PFN_BITS",
    "SWP_PFN_MASK",
    "SWP_MIG_YOUNG_BIT",
    "SWP_MIG_DIRTY_BIT",
    "SWP_MIG_TOTAL_BITS",
    "SWP_MIG_YOUNG",
    "SWP_MIG_DIRTY",
    "VM_HUGETLB",
    "VM_UFFD_MISSING",
    "VM_UFFD_WP",
    "VM_UFFD_MINOR",
    "VM_DROPPABLE",
    "__VM_UFFD_FLAGS",
)
"""Constants that our family may have; where it has them, the kernel's value holds."""

KINDS = ("anon", "shmem", "hugetlb", "file")
"""Kinds of a vma; in C the index stands for the kind."""
