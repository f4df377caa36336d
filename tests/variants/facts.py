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
PTE_OFFSETS = 1 << 50
"""Offsets that a pte of any architecture holds."""

VM_UFFD_MISSING, VM_UFFD_WP = 0x200, 0x1000
VM_DROPPABLE = 1 << 40
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
    offset_bits: int = 50
    cuts_types: bool = True
    """Whether the sixth bit of a type is lost; else it is added to the offset."""
    cuts_offsets: bool = True
    """Whether an offset is cut to its field; else its high bits stay as they are."""

    @property
    def offsets(self) -> int:
        """How many offsets a pte holds."""
        return 1 << self.offset_bits


X86_64 = Layout(
    type_shift=59, offset_shift=9, inverted=True, present=1 | 1 << 8, none_ignores=0x60,
    exclusive=1 << 3, swp_uffd_wp=1 << 2, uffd_wp=1 << 10, swp_soft_dirty=1 << 1, pfn_bits=34,
)  # fmt: skip
ARM64 = Layout(
    type_shift=3, offset_shift=8, inverted=False, present=1 | 1 << 58, none_ignores=0,
    exclusive=1 << 2, swp_uffd_wp=0, uffd_wp=0, swp_soft_dirty=0, pfn_bits=36,
    cuts_types=False, cuts_offsets=False,
)  # fmt: skip
ARM64_V6_10 = Layout(
    type_shift=6, offset_shift=12, inverted=False, present=1 | 1 << 11, none_ignores=0,
    exclusive=1 << 2, swp_uffd_wp=1 << 3, uffd_wp=1 << 58, swp_soft_dirty=0, pfn_bits=36,
    cuts_types=False, cuts_offsets=False,
)  # fmt: skip
RISCV64 = Layout(
    type_shift=7, offset_shift=12, inverted=False, present=1 | 1 << 5, none_ignores=0,
    exclusive=1 << 6, swp_uffd_wp=1 << 4, uffd_wp=1 << 60, swp_soft_dirty=1 << 3, pfn_bits=44,
    offset_bits=52, cuts_offsets=False,
)  # fmt: skip
LAYOUTS = (X86_64, ARM64, ARM64_V6_10, RISCV64)

BASELINES = ("5_19_PRE", "6_1", "6_2", "6_12", "6_18", "7_2")
"""The kernels, in time's order."""


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

    def since(self, baseline: str) -> bool:
        """Return whether this is a kernel of BASELINES or a later one."""
        later = BASELINES[BASELINES.index(baseline) :]
        return any(self[f"KERNEL_V{name}"] for name in later)

    @cached_property
    def leaves(self) -> bool:
        """Whether helpers are operations on leaf entries (from 6.19 on)."""
        return self.since("7_2")

    @cached_property
    def markers(self) -> bool:
        """Whether markers are compiled in: always, from 6.2 on."""
        return self["PTE_MARKER"] or self.since("6_2")

    @cached_property
    def names(self) -> dict[str, str]:
        """First name -> name of what has another one here."""
        found: dict[str, str] = {}
        for baseline, renames in RENAMES.items():
            found |= renames if self.since(baseline) else {}
        return found

    @cached_property
    def migration_ad(self) -> bool:
        """Whether migration entries keep accessed and dirty bits (6.1 and later)."""
        return not self.seed and self["MIGRATION"] and self["SWAP"]

    @cached_property
    def layout(self) -> Layout:
        """Where the bits of a pte are, those that this configuration leaves out included."""
        if self["X86_64"]:
            return X86_64
        if self["RISCV64"]:
            return RISCV64
        return ARM64_V6_10 if self.since("6_12") else ARM64

    @cached_property
    def type_numbers(self) -> dict[str, int]:
        """Return MAX_SWAPFILES and every SWP_* type that is defined."""
        hwpoison, migration = int(self["MEMORY_FAILURE"]), 3 * self["MIGRATION"]
        exclusive = ("EXCLUSIVE",) if self.since("6_18") else ("EXCLUSIVE_WRITE", "EXCLUSIVE_READ")
        kinds = ("WRITE", "READ", *exclusive)
        device, marker = len(kinds) * self["DEVICE_PRIVATE"], int(self.markers)
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
            numbers |= {f"SWP_DEVICE_{kind}": first + at for at, kind in enumerate(kinds)}
        if marker:
            numbers["SWP_PTE_MARKER"] = top + hwpoison + migration + device
        if swapin_error:
            numbers["SWP_SWAPIN_ERROR"] = top + hwpoison + migration + device + marker
        return numbers

    @cached_property
    def constants(self) -> dict[str, int]:
        """Return every constant that exists, with its value."""
        minor = self.minor if self["HAVE_ARCH_USERFAULTFD_MINOR"] else 0
        markers = {"PTE_MARKER_UFFD_WP": 1}
        if self.since("6_2"):
            markers["PTE_MARKER_POISONED" if self.since("6_12") else "PTE_MARKER_SWAPIN_ERROR"] = 2
        if self.since("6_18"):
            markers["PTE_MARKER_GUARD"] = 4
        return {
            **self.type_numbers,
            **markers,
            "PTE_MARKER_MASK": sum(markers.values()),
            "VM_UFFD_MISSING": VM_UFFD_MISSING,
            "VM_UFFD_WP": VM_UFFD_WP,
            "VM_UFFD_MINOR": minor,
        }

    @property
    def minor(self) -> int:
        """The flag of minor faults, where the architecture has them."""
        return 1 << (41 if self.since("6_18") else 38 if self.since("6_12") else 37)

    @cached_property
    def first_names(self) -> frozenset[str]:
        """Return all helpers that exist, by their first names."""
        found = set(_ALWAYS.split())
        for condition, names in _SOMETIMES:
            if all(self._holds(term) for term in condition.split()):
                found |= set(names.split())
        return frozenset(found)

    @cached_property
    def helpers(self) -> frozenset[str]:
        """Return the names of all helpers that exist."""
        return frozenset(self.names.get(name, name) for name in self.first_names)

    def _holds(self, term: str) -> bool:
        wanted, name = not term.startswith("!"), term.removeprefix("!")
        known = self.since(name[1:]) if name.startswith("+") else self[name]
        return known == wanted


_ALWAYS = """
    pte_none pte_present pte_uffd_wp
    pte_swp_exclusive pte_swp_mkexclusive pte_swp_clear_exclusive
    pte_swp_soft_dirty pte_swp_mksoft_dirty pte_swp_clear_soft_dirty
    pte_swp_uffd_wp pte_swp_mkuffd_wp pte_swp_clear_uffd_wp
    swp_entry swp_type swp_offset pte_to_swp_entry swp_entry_to_pte pte_swp_clear_flags
    is_pfn_swap_entry
    make_readable_migration_entry make_readable_exclusive_migration_entry
    make_writable_migration_entry
    is_readable_migration_entry is_writable_migration_entry is_migration_entry
    make_readable_device_private_entry make_writable_device_private_entry
    is_writable_device_private_entry is_device_private_entry
    make_writable_device_exclusive_entry is_device_exclusive_entry
    make_hwpoison_entry is_hwpoison_entry
    make_pte_marker_entry is_pte_marker_entry pte_marker_get is_pte_marker
    make_pte_marker
    userfaultfd_missing userfaultfd_wp userfaultfd_minor userfaultfd_armed userfaultfd_pte_wp
    pte_marker_entry_uffd_wp pte_marker_uffd_wp pte_swp_uffd_wp_any
"""
"""Helpers of every configuration, real or stub."""

_SOMETIMES = (
    ("MIGRATION !+7_2", "is_readable_exclusive_migration_entry"),  # the one test without a stub
    ("+7_2", "is_readable_exclusive_migration_entry"),
    ("MIGRATION +6_1", "migration_entry_supports_ad"),
    ("+6_1", "swp_offset_pfn"),
    ("+6_1", "make_migration_entry_young is_migration_entry_young"),
    ("+6_1", "make_migration_entry_dirty is_migration_entry_dirty"),
    ("+6_1", "make_swapin_error_entry is_swapin_error_entry"),
    ("!+6_18", "make_readable_device_exclusive_entry is_writable_device_exclusive_entry"),
    ("+6_18", "make_guard_swp_entry is_guard_swp_entry"),
    ("!+7_2", "is_swap_pte non_swap_entry pte_none_mostly"),
    ("+7_2", "softleaf_mk_none softleaf_to_pte softleaf_type softleaf_is_none softleaf_is_swap"),
    ("+7_2", "softleaf_is_hwpoison pte_is_uffd_marker"),
    ("USERFAULTFD", "vma_can_userfault"),
)
"""(what must all hold, helpers that exist then and only then); +6_1: at 6.1 and later."""

RENAMES = {
    "6_12": {
        "make_swapin_error_entry": "make_poisoned_swp_entry",
        "is_swapin_error_entry": "is_poisoned_swp_entry",
        "PTE_MARKER_SWAPIN_ERROR": "PTE_MARKER_POISONED",
    },
    "6_18": {
        "make_writable_device_exclusive_entry": "make_device_exclusive_entry",
        "SWP_DEVICE_EXCLUSIVE_WRITE": "SWP_DEVICE_EXCLUSIVE",
    },
    "7_2": {
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
        "is_swapin_error_entry": "softleaf_is_poison_marker",
        "is_guard_swp_entry": "softleaf_is_guard_marker",
        "is_pte_marker_entry": "softleaf_is_marker",
        "pte_marker_get": "softleaf_to_marker",
        "is_pte_marker": "pte_is_marker",
        "pte_marker_entry_uffd_wp": "softleaf_is_uffd_wp_marker",
        "pte_marker_uffd_wp": "pte_is_uffd_wp_marker",
    },
}
"""Baseline -> first names and the names that they have from it on."""
