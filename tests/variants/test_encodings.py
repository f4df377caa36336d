# SPDX-License-Identifier: MIT
"""How words are made of types, offsets and flags: worked examples, round trips, losses."""

import pytest
from facts import ENTRY_OFFSET_MASK, PTE_OFFSETS
from hypothesis import given
from words import CHEAP, WORDS, pte_of

TOP_TYPE = 0x7C00000000000000
"""Type 31 of an entry word."""

# id: (helper, arguments, expected); ids and words are the documented ones.
EVERYWHERE = {
    "type-and-offset": ("swp_entry", (1, 2), 0x400000000000002),
    "sixth-type-bit": ("swp_entry", (63, 0), 0xFC00000000000000),
    "seventh-type-bit-lost": ("swp_entry", (64, 1), 1),
    "offset-cut": ("swp_entry", (0, 1 << 58 | 7), 7),
    "widest": ("swp_entry", (63, ENTRY_OFFSET_MASK), (1 << 64) - 1),
    "type-of": ("swp_type", ((1 << 64) - 1,), 63),
    "offset-of": ("swp_offset", ((1 << 64) - 1,), ENTRY_OFFSET_MASK),
}
X86_64 = {
    "empty-entry": ("swp_entry_to_pte", (0,), 0x7FFFFFFFFFFFE00),
    "last-offset-is-none": ("swp_entry_to_pte", (PTE_OFFSETS - 1,), 0),
    "offset-lost": ("swp_entry_to_pte", (PTE_OFFSETS,), 0x7FFFFFFFFFFFE00),
    "type-32-lost": ("swp_entry_to_pte", (32 << 58,), 0x7FFFFFFFFFFFE00),
    "type-63-becomes-31": ("swp_entry_to_pte", (63 << 58,), 0xFFFFFFFFFFFFFE00),
    "marker-0-at-31": ("swp_entry_to_pte", (31 << 58,), 0xFFFFFFFFFFFFFE00),
    "marker-1-at-31": ("swp_entry_to_pte", (31 << 58 | 1,), 0xFFFFFFFFFFFFFC00),
    "marker-2-at-31": ("swp_entry_to_pte", (31 << 58 | 2,), 0xFFFFFFFFFFFFFA00),
    "marker-3-at-31": ("swp_entry_to_pte", (31 << 58 | 3,), 0xFFFFFFFFFFFFF800),
    "marker-0-at-30": ("swp_entry_to_pte", (30 << 58,), 0xF7FFFFFFFFFFFE00),
    "marker-1-at-30": ("swp_entry_to_pte", (30 << 58 | 1,), 0xF7FFFFFFFFFFFC00),
    "marker-2-at-30": ("swp_entry_to_pte", (30 << 58 | 2,), 0xF7FFFFFFFFFFFA00),
    "marker-3-at-30": ("swp_entry_to_pte", (30 << 58 | 3,), 0xF7FFFFFFFFFFF800),
    "empty-entry-back": ("pte_to_swp_entry", (0x7FFFFFFFFFFFE00,), 0),
    "none": ("pte_none", (0,), True),
    "none-accessed": ("pte_none", (0x20,), True),
    "none-dirty": ("pte_none", (0x40,), True),
    "none-both": ("pte_none", (0x60,), True),
    "not-none-10": ("pte_none", (0x10,), False),
    "not-none-80": ("pte_none", (0x80,), False),
    "not-none-with-more": ("pte_none", (0x61,), False),
    "present": ("pte_present", (1,), True),
    "present-prot-none": ("pte_present", (0x100,), True),
    "not-present-80": ("pte_present", (0x80,), False),
    "exclusive": ("pte_swp_mkexclusive", (0,), 8),
}
X86_64_OLD = {
    "pte-0-decodes-to-last-offset": ("pte_to_swp_entry", (0,), PTE_OFFSETS - 1),
    "swap-prot-none": ("is_swap_pte", (0x100,), False),
    "swap-accessed": ("is_swap_pte", (0x20,), False),
    "swap-80": ("is_swap_pte", (0x80,), True),
}
LEAVES = {
    "none": ("softleaf_mk_none", (), 0),
    "pte-0-is-none": ("pte_to_swp_entry", (0,), 0),
    "present-is-none": ("pte_to_swp_entry", ((1 << 64) - 1,), 0),
    "none-is-none": ("softleaf_is_none", (0,), True),
    "offset-1-is-not": ("softleaf_is_none", (1,), False),
    "type-1-is-not": ("softleaf_is_none", (1 << 58,), False),
}
RISCV64 = {
    "empty-entry-is-none": ("swp_entry_to_pte", (0,), 0),
    "offset-1": ("swp_entry_to_pte", (1,), 0x1000),
    "marker-0": ("swp_entry_to_pte", (31 << 58,), 0xF80),
    "type-32-lost": ("swp_entry_to_pte", (32 << 58,), 0),
    "type-63-becomes-31": ("swp_entry_to_pte", (63 << 58,), 0xF80),
    "last-offset": ("swp_entry_to_pte", ((1 << 52) - 1,), 0xFFFFFFFFFFFFF000),
    "offset-lost": ("swp_entry_to_pte", (1 << 52,), 0),
    "present-prot-none": ("pte_present", (0x20,), True),
    "accessed-is-not-none": ("pte_none", (0x40,), False),
    "exclusive": ("pte_swp_mkexclusive", (0,), 0x40),
}
ARM64_ALL = {
    "empty-entry-is-none": ("swp_entry_to_pte", (0,), 0),
    "pte-0": ("pte_to_swp_entry", (0,), 0),
    "none": ("pte_none", (0,), True),
    "accessed-is-not-none": ("pte_none", (0x20,), False),
    "dirty-is-not-none": ("pte_none", (0x60,), False),
    "present": ("pte_present", (1,), True),
    "bit-1-is-not-present": ("pte_present", (2,), False),
    "exclusive": ("pte_swp_mkexclusive", (0,), 4),
}
ARM64_OLD = ARM64_ALL | {
    "offset-1": ("swp_entry_to_pte", (1,), 0x100),
    "type-31": ("swp_entry_to_pte", (31 << 58,), 0xF8),
    "type-63-spills": ("swp_entry_to_pte", (63 << 58,), 0x1F8),
    "type-63-back": ("pte_to_swp_entry", (0x1F8,), TOP_TYPE | 1),
    "type-32-spills": ("swp_entry_to_pte", (32 << 58,), 0x100),
    "high-offset-becomes-present": ("swp_entry_to_pte", (PTE_OFFSETS,), 1 << 58),
    "prot-none-is-present": ("pte_present", (1 << 58,), True),
    "bit-11-is-not-present": ("pte_present", (1 << 11,), False),
    "swap-prot-none": ("is_swap_pte", (1 << 58,), False),
    "no-uffd-wp": ("pte_uffd_wp", ((1 << 64) - 1,), False),
    "no-swap-uffd-wp": ("pte_swp_uffd_wp", ((1 << 64) - 1,), False),
}
ARM64_V6_10 = ARM64_ALL | {
    "offset-1": ("swp_entry_to_pte", (1,), 0x1000),
    "marker-0": ("swp_entry_to_pte", (31 << 58,), 0x7C0),
    "marker-1": ("swp_entry_to_pte", (31 << 58 | 1,), 0x17C0),
    "marker-2": ("swp_entry_to_pte", (31 << 58 | 2,), 0x27C0),
    "marker-3": ("swp_entry_to_pte", (31 << 58 | 3,), 0x37C0),
    "type-32-becomes-present": ("swp_entry_to_pte", (32 << 58,), 0x800),
    "type-32-is-present": ("pte_present", (0x800,), True),
    "invalid-and-valid": ("pte_present", (0x801,), True),
    "bit-58-is-not-present": ("pte_present", (1 << 58,), False),
    "last-offset": ("swp_entry_to_pte", (PTE_OFFSETS - 1,), 0x3FFFFFFFFFFFF000),
    "high-offset-spills": ("swp_entry_to_pte", (PTE_OFFSETS,), 1 << 62),
    "high-offset-lost": ("pte_to_swp_entry", (1 << 62,), 0),
}


def table_of(facts) -> dict:
    """Return the examples that hold for a configuration."""
    found = EVERYWHERE | (LEAVES if facts.leaves else {})
    if facts["X86_64"]:
        return found | X86_64 | ({} if facts.leaves else X86_64_OLD)
    if facts["RISCV64"]:
        return found | RISCV64
    return found | (ARM64_V6_10 if facts.since("6_12") else ARM64_OLD)


def test_examples(facts, family):
    """Every documented word is encoded and decoded to the bit."""
    table = table_of(facts)
    actual = {name: getattr(family, helper)(*given) for name, (helper, given, _) in table.items()}
    shown = [{name: hex(word) for name, word in words.items()} for words in (
        {name: expected for name, (_, _, expected) in table.items()}, actual)]  # fmt: skip
    assert shown[0] == shown[1]


# id: (symbol that brings the bit, bit on x86_64, on arm64 from 6.10, on older arm64, on riscv64)
FLAG_BITS = {
    "exclusive": (None, 3, 2, 2, 6),
    "uffd_wp": ("HAVE_ARCH_USERFAULTFD_WP", 2, 3, None, 4),
    "soft_dirty": ("MEM_SOFT_DIRTY", 1, None, None, 3),
}


def flag_bit(facts, flag: str) -> int:
    """Return the mask of a swap pte's flag, 0 if the configuration has none."""
    symbol, *bits = FLAG_BITS[flag]
    arm64 = 1 if facts.since("6_12") else 2
    place = bits[0 if facts["X86_64"] else 3 if facts["RISCV64"] else arm64]
    return 1 << place if place is not None and (symbol is None or facts[symbol]) else 0


@pytest.mark.parametrize("flag", FLAG_BITS)
def test_swap_flag(facts, family, flag):
    """A flag of a swap pte is one bit, or nothing at all where the option is off."""
    bit = flag_bit(facts, flag)
    test, make, clear = (getattr(family, f"pte_swp_{verb}{flag}") for verb in ("", "mk", "clear_"))
    ptes = (0, 0xF7FFFFFFFFFFF800, (1 << 64) - 1)
    expected = [(pte & bit != 0, pte | bit, pte & ~bit) for pte in ptes]
    assert expected == [(test(pte), make(pte), clear(pte)) for pte in ptes]


def test_uffd_wp_of_present_pte(facts, family):
    """The uffd-wp bit of a present pte is bit 10 on x86_64, 58 on arm64, 60 on riscv64."""
    place = 10 if facts["X86_64"] else 60 if facts["RISCV64"] else 58
    bit = place if facts["HAVE_ARCH_USERFAULTFD_WP"] else None
    expected = {place: place == bit for place in range(64)}
    assert expected == {place: family.pte_uffd_wp(1 << place) for place in range(64)}


def test_clear_flags(facts, family):
    """Exactly the flags that the configuration has are cleared."""
    kept = (1 << 64) - 1
    for flag in FLAG_BITS:
        kept &= ~flag_bit(facts, flag)
    assert kept == family.pte_swp_clear_flags((1 << 64) - 1)


def test_marker_looks_write_protected_by_accident(facts, family):
    """On x86_64 the bits of an inverted offset may read as the uffd-wp bit of a present pte."""
    if facts["X86_64"] and facts["HAVE_ARCH_USERFAULTFD_WP"]:
        ptes = [pte_of(facts.layout, 31, marker) for marker in range(4)]
        assert [True, True, False, False] == [family.pte_uffd_wp(pte) for pte in ptes]
    else:
        assert not family.pte_uffd_wp(pte_of(facts.layout, 31, 1))


def entries(words: list[int], offsets: int = PTE_OFFSETS) -> list[int]:
    """Return the words as entries that a pte can hold: 5 bits of type, and of offset 50."""
    return [word & (31 << 58 | offsets - 1) for word in words]


@CHEAP
@given(words=WORDS)
def test_entry_round_trip(family, words):
    """Type and offset come back out of an entry, cut to 6 and 58 bits."""
    pairs = [(word >> 58, word & ENTRY_OFFSET_MASK) for word in words]
    made = [family.swp_entry(*pair) for pair in pairs]
    assert words == made
    assert pairs == [(family.swp_type(entry), family.swp_offset(entry)) for entry in made]


@CHEAP
@given(words=WORDS)
def test_pte_round_trip(facts, family, words):
    """An entry whose type and offset fit comes back out of a pte, flags or not."""
    hole = PTE_OFFSETS - 1 if facts["X86_64"] else 0  # stored as none
    given = [entry for entry in entries(words) if entry != hole]
    ptes = [family.swp_entry_to_pte(entry) for entry in given]
    flagged = [family.pte_swp_mkexclusive(family.pte_swp_mkuffd_wp(pte)) for pte in ptes]
    assert given == [family.pte_to_swp_entry(pte) for pte in ptes]
    assert given == [family.pte_to_swp_entry(pte) for pte in flagged]
    assert ptes == [family.pte_swp_clear_flags(pte) for pte in flagged]


@CHEAP
@given(words=WORDS)
def test_stored_entries_are_swap_ptes(facts, family, words):
    """A stored entry is a swap pte, but for the one entry that is stored as 0."""
    hole = PTE_OFFSETS - 1 if facts["X86_64"] else 0
    given = [*entries(words), hole, 1]
    ptes = [family.swp_entry_to_pte(entry) for entry in given]
    swaps = [not family.pte_none(pte) and not family.pte_present(pte) for pte in ptes]
    assert [entry != hole for entry in given] == swaps
    assert [entry == hole for entry in given] == [family.pte_none(pte) for pte in ptes]


@CHEAP
@given(words=WORDS)
def test_losses(facts, family, words):
    """What doesn't fit a pte is cut, but on arm64 it spills into the next field."""
    ptes = [family.swp_entry_to_pte(word) for word in words]
    back = [family.pte_to_swp_entry(pte) for pte in ptes]
    kept = entries(words, facts.layout.offsets)
    if facts.leaves:  # none and present ptes hold no entry
        swaps = [not family.pte_none(pte) and not family.pte_present(pte) for pte in ptes]
        kept = [entry if swap else 0 for entry, swap in zip(kept, swaps, strict=True)]
    if not facts["ARM64"]:
        assert kept == back
    elif facts.since("6_12"):  # the sixth bit of a type lands on PRESENT_INVALID
        assert kept == back
        assert [word >> 63 == 1 for word in words] == [family.pte_present(pte) for pte in ptes]
    else:  # the sixth bit of a type becomes the first of the offset
        assert [
            entry | word >> 63 for entry, word in zip(entries(words), words, strict=True)
        ] == back


@pytest.mark.kconfig("!SINCE_V7_2")
@CHEAP
@given(words=WORDS)
def test_none_present_swap(family, words):
    """Every pte is exactly one of none, present and swap."""
    kinds = [
        [family.pte_none(word), family.pte_present(word), family.is_swap_pte(word)]
        for word in words
    ]
    assert [1] * len(words) == [sum(kind) for kind in kinds]
