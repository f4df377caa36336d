# SPDX-License-Identifier: MIT
"""Entries of pages on the move, in device memory, or lost: makers, tests, young and dirty."""

import pytest
from hypothesis import given
from words import CHEAP, WORDS

# maker: (the type it gives, tests that hold for what it made)
MIGRATION = {
    "make_readable_migration_entry": (
        "SWP_MIGRATION_READ", {"is_migration_entry", "is_readable_migration_entry"}),
    "make_readable_exclusive_migration_entry": (
        "SWP_MIGRATION_READ_EXCLUSIVE",
        {"is_migration_entry", "is_readable_exclusive_migration_entry"}),
    "make_writable_migration_entry": (
        "SWP_MIGRATION_WRITE", {"is_migration_entry", "is_writable_migration_entry"}),
}  # fmt: skip
DEVICE = {
    "make_readable_device_private_entry": ("SWP_DEVICE_READ", {"is_device_private_entry"}),
    "make_writable_device_private_entry": (
        "SWP_DEVICE_WRITE", {"is_device_private_entry", "is_writable_device_private_entry"}),
}  # fmt: skip
EXCLUSIVE = {
    "make_readable_device_exclusive_entry": (
        "SWP_DEVICE_EXCLUSIVE_READ", {"is_device_exclusive_entry"}),
    "make_writable_device_exclusive_entry": (
        "SWP_DEVICE_EXCLUSIVE_WRITE",
        {"is_device_exclusive_entry", "is_writable_device_exclusive_entry"}),
}  # fmt: skip
ONE_EXCLUSIVE = ("SWP_DEVICE_EXCLUSIVE", {"is_device_exclusive_entry"})
TESTS = [
    "is_migration_entry", "is_readable_migration_entry", "is_readable_exclusive_migration_entry",
    "is_writable_migration_entry", "is_device_private_entry", "is_writable_device_private_entry",
    "is_device_exclusive_entry", "is_writable_device_exclusive_entry", "is_hwpoison_entry",
    "is_pte_marker_entry",
]  # fmt: skip


def verify_maker(facts, family, maker: str, kind: str, hold: set[str]) -> None:
    """Check what a maker makes and which tests know it."""
    offsets = [0, 1, (1 << 34) - 1, (1 << 58) - 1]
    made = [getattr(family, maker)(offset) for offset in offsets]
    assert [facts.type_numbers[kind] << 58 | offset for offset in offsets] == made
    known = [name for name in TESTS if hasattr(family, name)]
    assert {name: name in hold for name in known} == {
        name: all(getattr(family, name)(entry) for entry in made) for name in known
    }
    assert {name: name in hold for name in known} == {
        name: any(getattr(family, name)(entry) for entry in made) for name in known
    }
    assert all(family.is_pfn_swap_entry(entry) for entry in made)
    assert facts.leaves or all(family.non_swap_entry(entry) for entry in made)


@pytest.mark.kconfig("MIGRATION")
@pytest.mark.parametrize("maker", MIGRATION)
def test_migration(facts, family, maker):
    """A migration entry has its type, the offset unchanged, and only its own tests hold."""
    verify_maker(facts, family, maker, *MIGRATION[maker])


@pytest.mark.kconfig("DEVICE_PRIVATE")
@pytest.mark.parametrize("maker", DEVICE)
def test_device(facts, family, maker):
    """A device entry has its type, the offset unchanged, and only its own tests hold."""
    verify_maker(facts, family, maker, *DEVICE[maker])


@pytest.mark.kconfig("DEVICE_PRIVATE && !SINCE_V6_18")
@pytest.mark.parametrize("maker", EXCLUSIVE)
def test_device_exclusive(facts, family, maker):
    """Pages that a device uses alone are like those it has, read-only ones told apart."""
    verify_maker(facts, family, maker, *EXCLUSIVE[maker])


@pytest.mark.kconfig("DEVICE_PRIVATE && SINCE_V6_18")
def test_one_device_exclusive(facts, family):
    """From 6.18 on one type stands for all pages that a device uses alone."""
    verify_maker(facts, family, "make_writable_device_exclusive_entry", *ONE_EXCLUSIVE)


@pytest.mark.kconfig("MEMORY_FAILURE")
def test_hwpoison(facts, family):
    """A lost page's entry has the first type above the swap files and keeps the frame number."""
    top = facts.type_numbers["MAX_SWAPFILES"]
    assert top << 58 | 0x1234 == family.make_hwpoison_entry(0x1234)
    expected = {kind: kind == top for kind in range(64)}
    assert expected == {kind: family.is_hwpoison_entry(kind << 58) for kind in range(64)}


# Where accessed and dirty bits are kept: above the page frame number.
YOUNG = {"X86_64": 34, "ARM64": 36, "RISCV64": 44}


def young_of(facts) -> int:
    """Return the bit of a page that was accessed."""
    return next(place for name, place in YOUNG.items() if facts[name])


@pytest.mark.kconfig("!KERNEL_V5_19_PRE")
@CHEAP
@given(words=WORDS)
def test_young_and_dirty(facts, family, words):
    """Young and dirty are two offset bits; without SWAP or MIGRATION they are not kept at all."""
    place = young_of(facts)
    kept = facts["SWAP"] and facts["MIGRATION"]
    for name, bit in (("young", 1 << place), ("dirty", 2 << place)):
        make = getattr(family, f"make_migration_entry_{name}")
        test = getattr(family, f"is_migration_entry_{name}")
        assert [word | bit if kept else word for word in words] == [make(word) for word in words]
        assert [kept and word & bit != 0 for word in words] == [test(word) for word in words]


@pytest.mark.kconfig("MIGRATION && !KERNEL_V5_19_PRE")
def test_supports_ad(facts, family):
    """Migration entries keep accessed and dirty bits if there is swap."""
    assert facts["SWAP"] == family.migration_entry_supports_ad()


@pytest.mark.kconfig("MIGRATION && !KERNEL_V5_19_PRE")
def test_pfn_of_young_and_dirty(facts, family):
    """The page frame number is free of the young and dirty bits."""
    pfn = (1 << young_of(facts)) - 1
    entry = family.make_readable_migration_entry(pfn)
    entry = family.make_migration_entry_dirty(family.make_migration_entry_young(entry))
    assert pfn == family.swp_offset_pfn(entry)
    assert facts["SWAP"] == (family.swp_offset(entry) != pfn)
