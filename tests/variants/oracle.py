# SPDX-License-Identifier: MIT
"""Every helper again, in its plainest form: what the generated code must answer.

One method per helper, by the kernel's name; a stub is an `if` at its top.
Arithmetic is on unbounded ints, cut to 64 bits where C would wrap.
"""

from __future__ import annotations

from facts import (
    ENTRY_OFFSET_MASK,
    ENTRY_TYPE_SHIFT,
    VM_DROPPABLE,
    VM_SPECIAL_BITS,
    VM_UFFD_MISSING,
    VM_UFFD_WP,
    WORD,
    Facts,
)
from families import Vma

LEAVES = {
    "SWP_MIGRATION_READ": 2,
    "SWP_MIGRATION_READ_EXCLUSIVE": 3,
    "SWP_MIGRATION_WRITE": 4,
    "SWP_DEVICE_READ": 5,
    "SWP_DEVICE_WRITE": 6,
    "SWP_DEVICE_EXCLUSIVE": 7,
    "SWP_HWPOISON": 8,
    "SWP_PTE_MARKER": 9,
}
"""What softleaf_type() calls a swap type; 0 is none, 1 a swap file."""


class Oracle:
    """The helpers of one configuration. Entries and ptes are ints."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.layout = facts.layout
        self.types = facts.type_numbers
        has_wp = facts["HAVE_ARCH_USERFAULTFD_WP"]
        self.uffd_wp_bit = self.layout.uffd_wp if has_wp else 0
        self.swp_uffd_wp_bit = self.layout.swp_uffd_wp if has_wp else 0
        self.swp_soft_dirty_bit = self.layout.swp_soft_dirty if facts["MEM_SOFT_DIRTY"] else 0

    def _is(self, entry: int, *names: str) -> bool:
        """Whether an entry has one of these types; a type that is not defined has no entries."""
        return self.swp_type(entry) in [self.types[name] for name in names if name in self.types]

    def _make(self, name: str, offset: int) -> int:
        return self.swp_entry(self.types[name], offset) if name in self.types else 0

    # pgtable

    def pte_none(self, pte: int) -> bool:
        return pte | self.layout.none_ignores == self.layout.none_ignores

    def pte_present(self, pte: int) -> bool:
        return pte & self.layout.present != 0

    def pte_uffd_wp(self, pte: int) -> bool:
        return pte & self.uffd_wp_bit != 0

    def pte_swp_exclusive(self, pte: int) -> bool:
        return pte & self.layout.exclusive != 0

    def pte_swp_mkexclusive(self, pte: int) -> int:
        return pte | self.layout.exclusive

    def pte_swp_clear_exclusive(self, pte: int) -> int:
        return pte & ~self.layout.exclusive

    def pte_swp_soft_dirty(self, pte: int) -> bool:
        return pte & self.swp_soft_dirty_bit != 0

    def pte_swp_mksoft_dirty(self, pte: int) -> int:
        return pte | self.swp_soft_dirty_bit

    def pte_swp_clear_soft_dirty(self, pte: int) -> int:
        return pte & ~self.swp_soft_dirty_bit

    def pte_swp_uffd_wp(self, pte: int) -> bool:
        return pte & self.swp_uffd_wp_bit != 0

    def pte_swp_mkuffd_wp(self, pte: int) -> int:
        return pte | self.swp_uffd_wp_bit

    def pte_swp_clear_uffd_wp(self, pte: int) -> int:
        return pte & ~self.swp_uffd_wp_bit

    # swapops: entries

    def swp_entry(self, kind: int, offset: int) -> int:
        return (kind << ENTRY_TYPE_SHIFT | offset & ENTRY_OFFSET_MASK) & WORD

    def swp_type(self, entry: int) -> int:
        return entry >> ENTRY_TYPE_SHIFT

    def swp_offset(self, entry: int) -> int:
        return entry & ENTRY_OFFSET_MASK

    def swp_offset_pfn(self, entry: int) -> int:
        return entry % (1 << self.layout.pfn_bits)

    def is_swap_pte(self, pte: int) -> bool:
        return not self.pte_none(pte) and not self.pte_present(pte)

    def pte_swp_clear_flags(self, pte: int) -> int:
        return pte & ~(self.layout.exclusive | self.swp_soft_dirty_bit | self.swp_uffd_wp_bit)

    def pte_to_swp_entry(self, pte: int) -> int:
        if self.facts.leaves and not self.is_swap_pte(pte):
            return 0
        bare = self.pte_swp_clear_flags(pte)
        offset = (bare >> self.layout.offset_shift) % self.layout.offsets
        if self.layout.inverted:
            offset = self.layout.offsets - 1 - offset
        return self.swp_entry((bare >> self.layout.type_shift) % 32, offset)

    def swp_entry_to_pte(self, entry: int) -> int:
        kind, offset = self.swp_type(entry), self.swp_offset(entry)
        if self.layout.cuts_types:
            kind %= 32
        if self.layout.inverted:
            offset = self.layout.offsets - 1 - offset % self.layout.offsets
        return (kind << self.layout.type_shift | offset << self.layout.offset_shift) & WORD

    def non_swap_entry(self, entry: int) -> bool:
        return self.swp_type(entry) >= self.types["MAX_SWAPFILES"]

    def is_pfn_swap_entry(self, entry: int) -> bool:
        # hwpoison counts since 2024, backports to stable 6.1 included; never at the seed.
        poison = self.is_hwpoison_entry(entry) and not self.facts.seed
        if self.facts["KERNEL_V6_2"]:  # long out of support by then
            poison = False
        return (
            self.is_migration_entry(entry)
            or self.is_device_private_entry(entry)
            or self.is_device_exclusive_entry(entry)
            or poison
        )

    # swapops: migration

    def make_readable_migration_entry(self, offset: int) -> int:
        return self._make("SWP_MIGRATION_READ", offset)

    def make_readable_exclusive_migration_entry(self, offset: int) -> int:
        return self._make("SWP_MIGRATION_READ_EXCLUSIVE", offset)

    def make_writable_migration_entry(self, offset: int) -> int:
        return self._make("SWP_MIGRATION_WRITE", offset)

    def is_readable_migration_entry(self, entry: int) -> bool:
        return self._is(entry, "SWP_MIGRATION_READ")

    def is_readable_exclusive_migration_entry(self, entry: int) -> bool:
        return self._is(entry, "SWP_MIGRATION_READ_EXCLUSIVE")

    def is_writable_migration_entry(self, entry: int) -> bool:
        return self._is(entry, "SWP_MIGRATION_WRITE")

    def is_migration_entry(self, entry: int) -> bool:
        return self._is(
            entry, "SWP_MIGRATION_READ", "SWP_MIGRATION_READ_EXCLUSIVE", "SWP_MIGRATION_WRITE"
        )

    def migration_entry_supports_ad(self) -> bool:
        return self.facts.migration_ad

    def make_migration_entry_young(self, entry: int) -> int:
        return entry | self.facts.migration_ad << self.layout.pfn_bits

    def is_migration_entry_young(self, entry: int) -> bool:
        return self.facts.migration_ad and entry >> self.layout.pfn_bits & 1 == 1

    def make_migration_entry_dirty(self, entry: int) -> int:
        return entry | self.facts.migration_ad << self.layout.pfn_bits + 1

    def is_migration_entry_dirty(self, entry: int) -> bool:
        return self.facts.migration_ad and entry >> self.layout.pfn_bits + 1 & 1 == 1

    # swapops: device memory, lost pages

    def make_readable_device_private_entry(self, offset: int) -> int:
        return self._make("SWP_DEVICE_READ", offset)

    def make_writable_device_private_entry(self, offset: int) -> int:
        return self._make("SWP_DEVICE_WRITE", offset)

    def is_writable_device_private_entry(self, entry: int) -> bool:
        return self._is(entry, "SWP_DEVICE_WRITE")

    def is_device_private_entry(self, entry: int) -> bool:
        return self._is(entry, "SWP_DEVICE_READ", "SWP_DEVICE_WRITE")

    def make_readable_device_exclusive_entry(self, offset: int) -> int:
        return self._make("SWP_DEVICE_EXCLUSIVE_READ", offset)

    def make_writable_device_exclusive_entry(self, offset: int) -> int:
        late = self.facts.since("6_18")
        return self._make("SWP_DEVICE_EXCLUSIVE" if late else "SWP_DEVICE_EXCLUSIVE_WRITE", offset)

    def is_writable_device_exclusive_entry(self, entry: int) -> bool:
        return self._is(entry, "SWP_DEVICE_EXCLUSIVE_WRITE")

    def is_device_exclusive_entry(self, entry: int) -> bool:
        kinds = ("SWP_DEVICE_EXCLUSIVE", "SWP_DEVICE_EXCLUSIVE_READ", "SWP_DEVICE_EXCLUSIVE_WRITE")
        return self._is(entry, *kinds)

    def make_hwpoison_entry(self, pfn: int) -> int:
        return self._make("SWP_HWPOISON", pfn)

    def is_hwpoison_entry(self, entry: int) -> bool:
        return self._is(entry, "SWP_HWPOISON")

    # swapops: markers

    def make_pte_marker_entry(self, marker: int) -> int:
        return self._make("SWP_PTE_MARKER", marker)

    def is_pte_marker_entry(self, entry: int) -> bool:
        return self._is(entry, "SWP_PTE_MARKER")

    def pte_marker_get(self, entry: int) -> int:
        return entry & self.facts.constants["PTE_MARKER_MASK"] if self.facts.markers else 0

    def is_pte_marker(self, pte: int) -> bool:
        return self.is_swap_pte(pte) and self.is_pte_marker_entry(self.pte_to_swp_entry(pte))

    def make_pte_marker(self, marker: int) -> int:
        return self.swp_entry_to_pte(self.make_pte_marker_entry(marker))

    def pte_none_mostly(self, pte: int) -> bool:
        return self.pte_none(pte) or self.is_pte_marker(pte)

    def make_swapin_error_entry(self, pfn: int = 2) -> int:
        if self.facts["KERNEL_V6_1"]:
            return self._make("SWP_SWAPIN_ERROR", pfn)
        return self.make_pte_marker_entry(2)

    def is_swapin_error_entry(self, entry: int) -> bool:
        if self.facts["KERNEL_V6_1"]:
            return self._is(entry, "SWP_SWAPIN_ERROR")
        return self.is_pte_marker_entry(entry) and entry & 2 != 0

    def make_guard_swp_entry(self) -> int:
        return self.make_pte_marker_entry(4)

    def is_guard_swp_entry(self, entry: int) -> bool:
        return self.is_pte_marker_entry(entry) and entry & 4 != 0

    # swapops: leaf entries

    def softleaf_mk_none(self) -> int:
        return 0

    def softleaf_to_pte(self, entry: int) -> int:
        return self.swp_entry_to_pte(entry)

    def softleaf_type(self, entry: int) -> int:
        kinds = {number: name for name, number in self.types.items() if name != "MAX_SWAPFILES"}
        kind = self.swp_type(entry)
        if entry == 0:
            return 0
        return 1 if kind < self.types["MAX_SWAPFILES"] else LEAVES.get(kinds.get(kind, ""), 0)

    def softleaf_is_none(self, entry: int) -> bool:
        return entry == 0

    def softleaf_is_swap(self, entry: int) -> bool:
        return entry != 0 and self.swp_type(entry) < self.types["MAX_SWAPFILES"]

    def softleaf_is_hwpoison(self, entry: int) -> bool:
        return self.is_hwpoison_entry(entry)

    # userfaultfd

    def userfaultfd_missing(self, vma: Vma) -> bool:
        return self._registered(vma, VM_UFFD_MISSING)

    def userfaultfd_wp(self, vma: Vma) -> bool:
        return self._registered(vma, VM_UFFD_WP)

    def userfaultfd_minor(self, vma: Vma) -> bool:
        return self._registered(vma, self.facts.constants["VM_UFFD_MINOR"])

    def userfaultfd_armed(self, vma: Vma) -> bool:
        return (
            self.userfaultfd_missing(vma) or self.userfaultfd_wp(vma) or self.userfaultfd_minor(vma)
        )

    def userfaultfd_pte_wp(self, vma: Vma, pte: int) -> bool:
        return self.userfaultfd_wp(vma) and self.pte_uffd_wp(pte)

    def _registered(self, vma: Vma, flag: int) -> bool:
        return self.facts["USERFAULTFD"] and vma.vm_flags & flag != 0

    def vma_can_userfault(self, vma: Vma, vm_flags: int, wp_async: int = 0) -> bool:
        facts, minor = self.facts, self.facts.constants["VM_UFFD_MINOR"]
        modes = vm_flags & (VM_UFFD_MISSING | VM_UFFD_WP | minor)
        is_anon = vma.kind == "anon"
        is_huge = vma.kind == "hugetlb" and facts["HUGETLB_PAGE"]
        is_shmem = vma.kind == "shmem" and facts["SHMEM"]
        # hugetlbfs mappings always have VM_DONTEXPAND, so they cannot be refused for it.
        if facts.since("6_12") and vma.vm_flags & sum(VM_SPECIAL_BITS) and not is_huge:
            return False
        if facts.since("6_18") and vma.vm_flags & VM_DROPPABLE:
            return False
        if modes & minor and not (is_huge or is_shmem):
            return False
        if wp_async and modes == VM_UFFD_WP:
            return True
        if modes & VM_UFFD_WP and not is_anon and (facts.seed or not facts["PTE_MARKER_UFFD_WP"]):
            return False
        return is_anon or is_huge or is_shmem

    def pte_marker_entry_uffd_wp(self, entry: int) -> bool:
        looks = self.facts["PTE_MARKER_UFFD_WP"] or self.facts.leaves
        return looks and self.is_pte_marker_entry(entry) and entry & 1 == 1

    def pte_marker_uffd_wp(self, pte: int) -> bool:
        return self.is_swap_pte(pte) and self.pte_marker_entry_uffd_wp(self.pte_to_swp_entry(pte))

    def pte_swp_uffd_wp_any(self, pte: int) -> bool:
        if not self.facts["PTE_MARKER_UFFD_WP"] or not self.is_swap_pte(pte):
            return False
        return self.pte_swp_uffd_wp(pte) or self.pte_marker_uffd_wp(pte)

    def pte_is_uffd_marker(self, pte: int) -> bool:
        return self.is_pte_marker(pte) and self.pte_to_swp_entry(pte) & 3 != 0
