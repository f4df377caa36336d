# SPDX-License-Identifier: MIT
"""What the kernel does with a configuration: layouts, type numbers, existing names.

Facts of the releases and architectures, restated from a study of their headers.
Nothing here is read from the templates, the interface or what they generate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.pytest_plugin.variant_fixture import VariantView

WORD = (1 << 64) - 1
"""All bits of a pte or an entry."""
ENTRY_TYPE_SHIFT = 58
ENTRY_OFFSET_MASK = (1 << 58) - 1
PTE_OFFSET_BITS = 50
"""Bits of an offset that a pte of either architecture holds."""
PTE_OFFSETS = 1 << PTE_OFFSET_BITS

VM_UFFD_MISSING, VM_UFFD_WP = 0x200, 0x1000
VM_SPECIAL_BITS = (0x400, 0x4000, 0x40000, 0x10000000)
"""VM_PFNMAP, VM_IO, VM_DONTEXPAND, VM_MIXEDMAP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where an architecture keeps what in a pte; a bit mask of 0 means: no such bit."""

    type_shift: int
    offset_shift: int
    inverted: bool
    """Whether the offset is stored as its complement."""
    present: int
    """Any of these bits makes a pte present."""
    none_ignores: int
    """A pte with these bits alone is still none."""
    exclusive: int
    swp_uffd_wp: int
    uffd_wp: int
    """The bit of a present pte."""
    swp_soft_dirty: int
    pfn_bits: int


X86_64 = Layout(
    type_shift=59, offset_shift=9, inverted=True, present=1 | 1 << 8, none_ignores=0x60,
    exclusive=1 << 3, swp_uffd_wp=1 << 2, uffd_wp=1 << 10, swp_soft_dirty=1 << 1, pfn_bits=34,
)  # fmt: skip
ARM64 = Layout(
    type_shift=3, offset_shift=8, inverted=False, present=1 | 1 << 58, none_ignores=0,
    exclusive=1 << 2, swp_uffd_wp=0, uffd_wp=0, swp_soft_dirty=0, pfn_bits=36,
)  # fmt: skip
ARM64_V6_10 = Layout(
    type_shift=6, offset_shift=12, inverted=False, present=1 | 1 << 11, none_ignores=0,
    exclusive=1 << 2, swp_uffd_wp=1 << 3, uffd_wp=1 << 58, swp_soft_dirty=0, pfn_bits=36,
)  # fmt: skip
LAYOUTS = (X86_64, ARM64, ARM64_V6_10)


class Facts:
    """A configuration, in the terms that helpers depend on; asked a million times over."""

    def __init__(self, variant: VariantView) -> None:
        self.variant = variant
        self._values: dict[str, bool] = {}

    def __repr__(self) -> str:
        return f"Facts({self.variant!r})"

    def __getitem__(self, symbol: str) -> bool:
        value = self._values.get(symbol)
        if value is None:
            value = self._values[symbol] = bool(self.variant[symbol])
        return value

    @cached_property
    def seed(self) -> bool:
        """Whether this is the tree of the commit that began uffd-wp markers."""
        return self["KERNEL_V5_19_PRE"]

    @cached_property
    def markers(self) -> bool:
        """Whether markers are compiled in: always, from 6.2 on."""
        return self["PTE_MARKER"] or self["KERNEL_V6_12"]

    @cached_property
    def migration_ad(self) -> bool:
        """Whether migration entries keep accessed and dirty bits (6.1 and later)."""
        return not self.seed and self["MIGRATION"] and self["SWAP"]

    @cached_property
    def layout(self) -> Layout:
        """Where the bits of a pte are, those that this configuration leaves out included."""
        if self["X86_64"]:
            return X86_64
        return ARM64_V6_10 if self["KERNEL_V6_12"] else ARM64

    @cached_property
    def type_numbers(self) -> dict[str, int]:
        """Return MAX_SWAPFILES and every SWP_* type that is defined."""
        hwpoison, migration = int(self["MEMORY_FAILURE"]), 3 * self["MIGRATION"]
        device, marker = 4 * self["DEVICE_PRIVATE"], int(self.markers)
        swapin_error = int(self["KERNEL_V6_1"])
        top = 32 - device - migration - hwpoison - marker - swapin_error
        numbers = {"MAX_SWAPFILES": top}
        if hwpoison:
            numbers["SWP_HWPOISON"] = top
        if migration:
            first = top + hwpoison
            numbers |= {"SWP_MIGRATION_READ": first, "SWP_MIGRATION_READ_EXCLUSIVE": first + 1,
                        "SWP_MIGRATION_WRITE": first + 2}  # fmt: skip
        if device:
            first = top + hwpoison + migration
            numbers |= {"SWP_DEVICE_WRITE": first, "SWP_DEVICE_READ": first + 1,
                        "SWP_DEVICE_EXCLUSIVE_WRITE": first + 2,
                        "SWP_DEVICE_EXCLUSIVE_READ": first + 3}  # fmt: skip
        if marker:
            numbers["SWP_PTE_MARKER"] = top + hwpoison + migration + device
        if swapin_error:
            numbers["SWP_SWAPIN_ERROR"] = top + hwpoison + migration + device + marker
        return numbers

    @cached_property
    def constants(self) -> dict[str, int]:
        """Return every constant that exists, with its value."""
        later = self["KERNEL_V6_12"]
        minor = 1 << (38 if later else 37) if self["HAVE_ARCH_USERFAULTFD_MINOR"] else 0
        poisoned = {"PTE_MARKER_POISONED": 2} if later else {}
        return {
            **self.type_numbers,
            **poisoned,
            "PTE_MARKER_UFFD_WP": 1,
            "PTE_MARKER_MASK": 3 if later else 1,
            "VM_UFFD_MISSING": VM_UFFD_MISSING,
            "VM_UFFD_WP": VM_UFFD_WP,
            "VM_UFFD_MINOR": minor,
        }

    @cached_property
    def helpers(self) -> frozenset[str]:
        """Return the names of all helpers that exist."""
        found = set(_ALWAYS.split())
        for condition, names in _SOMETIMES:
            if all(not self[s[1:]] if s[0] == "!" else self[s] for s in condition.split()):
                found |= set(names.split())
        return frozenset(found)


_ALWAYS = """
    pte_none pte_present pte_uffd_wp
    pte_swp_exclusive pte_swp_mkexclusive pte_swp_clear_exclusive
    pte_swp_soft_dirty pte_swp_mksoft_dirty pte_swp_clear_soft_dirty
    pte_swp_uffd_wp pte_swp_mkuffd_wp pte_swp_clear_uffd_wp
    swp_entry swp_type swp_offset is_swap_pte pte_to_swp_entry swp_entry_to_pte pte_swp_clear_flags
    non_swap_entry is_pfn_swap_entry
    make_readable_migration_entry make_readable_exclusive_migration_entry
    make_writable_migration_entry
    is_readable_migration_entry is_writable_migration_entry is_migration_entry
    make_readable_device_private_entry make_writable_device_private_entry
    is_writable_device_private_entry is_device_private_entry
    make_readable_device_exclusive_entry make_writable_device_exclusive_entry
    is_writable_device_exclusive_entry is_device_exclusive_entry
    make_hwpoison_entry is_hwpoison_entry
    make_pte_marker_entry is_pte_marker_entry pte_marker_get is_pte_marker
    make_pte_marker pte_none_mostly
    userfaultfd_missing userfaultfd_wp userfaultfd_minor userfaultfd_armed userfaultfd_pte_wp
    pte_marker_entry_uffd_wp pte_marker_uffd_wp pte_swp_uffd_wp_any
"""
"""Helpers of every configuration, real or stub."""

_SOMETIMES = (
    ("MIGRATION", "is_readable_exclusive_migration_entry"),  # the one test without a stub
    ("MIGRATION !KERNEL_V5_19_PRE", "migration_entry_supports_ad"),
    ("!KERNEL_V5_19_PRE", "swp_offset_pfn"),
    ("!KERNEL_V5_19_PRE", "make_migration_entry_young is_migration_entry_young"),
    ("!KERNEL_V5_19_PRE", "make_migration_entry_dirty is_migration_entry_dirty"),
    ("KERNEL_V6_1", "make_swapin_error_entry is_swapin_error_entry"),
    ("KERNEL_V6_12", "make_poisoned_swp_entry is_poisoned_swp_entry"),
    ("USERFAULTFD", "vma_can_userfault"),
)
"""(symbols that must all hold, helpers that exist then and only then)."""
