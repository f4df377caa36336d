# SPDX-License-Identifier: MIT
"""Markers: what makes one, what reads as one, and what userfaultfd makes of it."""

import pytest
from facts import PTE_OFFSETS
from hypothesis import given
from words import CHEAP, ENTRIES, PTES, WORDS

real = pytest.mark.kconfig("PTE_MARKER || SINCE_V6_2")

MARKERS = (0, 1, 2, 3, 4, 5, PTE_OFFSETS - 2)


def marker_type(facts) -> int:
    """Return a marker's type: the last one, or the one before a failed swap-in's."""
    return 30 if facts["KERNEL_V6_1"] else 31


def mask_of(facts) -> int:
    """Return the marker bits that have a meaning."""
    return 7 if facts.since("6_18") else 3 if facts.since("6_2") else 1


@real
def test_entries_keep_the_whole_marker(facts, family):
    """A marker's entry has all of the marker, unmasked; only reading masks."""
    mask = mask_of(facts)
    made = [family.make_pte_marker_entry(marker) for marker in MARKERS]
    assert [marker_type(facts) << 58 | marker for marker in MARKERS] == made
    assert [marker & mask for marker in MARKERS] == [family.pte_marker_get(entry) for entry in made]


# (architecture, marker type): ptes of markers 0 to 3
PTE_EXAMPLES = {
    ("X86_64", 31): (
        0xFFFFFFFFFFFFFE00, 0xFFFFFFFFFFFFFC00, 0xFFFFFFFFFFFFFA00, 0xFFFFFFFFFFFFF800),
    ("X86_64", 30): (
        0xF7FFFFFFFFFFFE00, 0xF7FFFFFFFFFFFC00, 0xF7FFFFFFFFFFFA00, 0xF7FFFFFFFFFFF800),
    ("ARM64", 31): (0xF8, 0x1F8, 0x2F8, 0x3F8),
    ("ARM64_V6_10", 31): (0x7C0, 0x17C0, 0x27C0, 0x37C0),
    ("RISCV64", 31): (0xF80, 0x1F80, 0x2F80, 0x3F80),
}  # fmt: skip


def ptes_of(facts) -> tuple[int, ...]:
    """Return the ptes of markers 0 to 3."""
    names = {
        "X86_64": facts["X86_64"],
        "RISCV64": facts["RISCV64"],
        "ARM64_V6_10": facts["ARM64"] and facts.since("6_12"),
        "ARM64": facts["ARM64"],
    }
    architecture = next(name for name, holds in names.items() if holds)
    return PTE_EXAMPLES[architecture, marker_type(facts)]


@real
def test_pte_examples(facts, family):
    """Markers 0 to 3 are stored in exactly the documented words."""
    expected = [hex(pte) for pte in ptes_of(facts)]
    assert expected == [hex(family.make_pte_marker(marker)) for marker in range(4)]


@real
def test_what_reads_as_marker(facts, family):
    """Any marker, an empty one included, is a marker, a swap pte, and as good as none."""
    uffd_wp = facts["PTE_MARKER_UFFD_WP"]
    gone = {} if facts.leaves else {"is_swap_pte": True, "pte_none_mostly": True}
    expected = [
        {"is_pte_marker": True, **gone, "pte_none": False, "pte_present": False,
         "pte_marker_uffd_wp": (uffd_wp or facts.leaves) and marker & 1 == 1,
         "pte_swp_uffd_wp_any": uffd_wp and marker & 1 == 1, "pte_swp_uffd_wp": False}
        for marker in range(4)
    ]  # fmt: skip
    actual = [{name: getattr(family, name)(pte) for name in expected[0]} for pte in ptes_of(facts)]
    assert expected == actual


@real
def test_readers_of_entries_do_not_guard(facts, family):
    """Reading a marker looks at the offset alone: of any type, and of the entry of a none pte."""
    mask = mask_of(facts)
    assert [mask] * 64 == [family.pte_marker_get(kind << 58 | 0xFF) for kind in range(64)]
    of_none = family.pte_to_swp_entry(0)
    decoded = facts["X86_64"] and not facts.leaves  # into the last offset
    assert (mask if decoded else 0) == family.pte_marker_get(of_none)
    assert not family.is_pte_marker(0)


@real
def test_entry_with_other_type(facts, family):
    """No other type is a marker, whatever the offset."""
    kinds = {kind: kind == marker_type(facts) for kind in range(64)}
    assert kinds == {kind: family.is_pte_marker_entry(kind << 58 | 1) for kind in range(64)}


@pytest.mark.kconfig("PTE_MARKER_UFFD_WP")
def test_entry_uffd_wp(facts, family):
    """An entry says write-protected if it is a marker with bit 0, and only then."""
    kind = marker_type(facts)
    assert {0: False, 1: True, 2: False, 3: True, 4: False, 5: True} == {
        marker: family.pte_marker_entry_uffd_wp(kind << 58 | marker) for marker in range(6)
    }
    others = [
        family.pte_marker_entry_uffd_wp(other << 58 | 1) for other in range(64) if other != kind
    ]
    assert [False] * 63 == others


@pytest.mark.kconfig("PTE_MARKER_UFFD_WP")
def test_both_forms_of_protection(family):
    """A swap pte is protected by its own bit or as a marker; a present or none pte never is."""
    swapped = family.swp_entry_to_pte(family.swp_entry(0, 5))
    forms = {
        "swapped": (swapped, False),
        "swapped-protected": (family.pte_swp_mkuffd_wp(swapped), True),
        "marker": (family.make_pte_marker(1), True),
        "marker-empty": (family.make_pte_marker(0), False),
        "marker-other": (family.make_pte_marker(2), False),
        "marker-both": (family.make_pte_marker(3), True),
        "none": (0, False),
        "present": (1, False),
        "present-with-the-bit": (family.pte_swp_mkuffd_wp(1), False),
    }
    assert {name: protected for name, (_, protected) in forms.items()} == {
        name: family.pte_swp_uffd_wp_any(pte) for name, (pte, _) in forms.items()
    }


@pytest.mark.kconfig("!PTE_MARKER_UFFD_WP")
def test_uffd_wp_off(facts, family):
    """Without uffd-wp markers nothing is protected, not even a swap pte with the arch's bit set."""
    swapped = family.pte_swp_mkuffd_wp(family.swp_entry_to_pte(family.swp_entry(0, 5)))
    ptes = [swapped, *(ptes_of(facts) if facts.markers else ()), *PTES]
    assert facts["HAVE_ARCH_USERFAULTFD_WP"] == family.pte_swp_uffd_wp(swapped)
    assert [] == [hex(pte) for pte in ptes if family.pte_swp_uffd_wp_any(pte)]


@pytest.mark.kconfig("!PTE_MARKER_UFFD_WP && !SINCE_V7_2")
def test_uffd_wp_markers_off(facts, family):
    """Without uffd-wp markers nothing reads as one, up to 6.18."""
    ptes = [*(ptes_of(facts) if facts.markers else ()), *PTES]
    assert [] == [hex(pte) for pte in ptes if family.pte_marker_uffd_wp(pte)]
    words = [*ENTRIES, *(family.pte_to_swp_entry(pte) for pte in ptes)]
    assert [] == [hex(word) for word in words if family.pte_marker_entry_uffd_wp(word)]


@real
@CHEAP
@given(words=WORDS)
def test_round_trip(facts, family, words):
    """A marker of 50 bits comes back out of its pte, and is as good as none."""
    markers = [word % (PTE_OFFSETS - 1) for word in words]
    ptes = [family.make_pte_marker(marker) for marker in markers]
    back = [family.swp_offset(family.pte_to_swp_entry(pte)) for pte in ptes]
    assert markers == back
    assert all(family.is_pte_marker(pte) for pte in ptes)
    assert facts.leaves or all(family.pte_none_mostly(pte) for pte in ptes)


@pytest.mark.kconfig("SINCE_V6_2")
def test_poison(family):
    """Poison is marker bit 1, whatever it is called, with or without write protection."""
    assert 31 << 58 | 2 == family.make_swapin_error_entry()
    expected = {0: False, 1: False, 2: True, 3: True, 4: False, 6: True}
    assert expected == {m: family.is_swapin_error_entry(31 << 58 | m) for m in expected}
    assert not family.is_swapin_error_entry(30 << 58 | 2)


@pytest.mark.kconfig("SINCE_V6_18")
def test_guard(family):
    """A guard is marker bit 2, with or without the others."""
    assert 31 << 58 | 4 == family.make_guard_swp_entry()
    expected = {0: False, 1: False, 2: False, 4: True, 5: True, 7: True, 8: False}
    assert expected == {m: family.is_guard_swp_entry(31 << 58 | m) for m in expected}
    assert not family.is_guard_swp_entry(30 << 58 | 4)


@pytest.mark.kconfig("SINCE_V7_2")
def test_uffd_markers(family):
    """Userfaultfd left a marker if it protects or poisons; a guard alone is not its own."""
    ptes = {marker: family.make_pte_marker(marker) for marker in range(8)}
    expected = {marker: marker & 3 != 0 for marker in ptes}
    assert expected == {marker: family.pte_is_uffd_marker(pte) for marker, pte in ptes.items()}
    assert not any(family.pte_is_uffd_marker(pte) for pte in (0, 1))


@pytest.mark.kconfig("KERNEL_V6_1")
def test_swapin_error(family):
    """A failed swap-in has the last type, and keeps the page frame number."""
    assert 31 << 58 | 77 == family.make_swapin_error_entry(77)
    assert {kind: kind == 31 for kind in range(64)} == {
        kind: family.is_swapin_error_entry(kind << 58 | 2) for kind in range(64)
    }
