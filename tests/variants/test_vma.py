# SPDX-License-Identifier: MIT
"""Mappings: what userfaultfd is asked to handle there, and what it agrees to."""

import itertools

import pytest
from facts import VM_SPECIAL_BITS
from families import KINDS, Vma

MISSING, WP = 0x200, 0x1000

# Sets of modes: m missing, w write protection, n minor faults; "" is no mode at all.
_ALL = ("", "m", "w", "n", "mw", "mn", "wn", "mwn")
_NO_WP = ("", "m", "n", "mn")
_NO_MINOR = ("", "m", "w", "mw")
GRANTED = {
    # what decides: {kind of mapping: the sets that it may be registered for}
    "seed": {"anon": _NO_MINOR, "shmem": _NO_WP, "hugetlb": _NO_WP, "file": ()},
    "no-markers": {"anon": _NO_MINOR, "shmem": _NO_WP, "hugetlb": _NO_WP, "file": ()},
    "markers": {"anon": _NO_MINOR, "shmem": _ALL, "hugetlb": _ALL, "file": ()},
}


def granted(facts, kind: str) -> tuple[str, ...]:
    """Return the sets of modes that a kind of mapping may be registered for."""
    if (kind == "shmem" and not facts["SHMEM"]) or (
        kind == "hugetlb" and not facts["HUGETLB_PAGE"]
    ):
        return ()  # then it is a file like any other
    table = "seed" if facts.seed else "markers" if facts["PTE_MARKER_UFFD_WP"] else "no-markers"
    return GRANTED[table][kind]


def flags_of(facts, modes: str) -> int:
    """Return the vm_flags of a set of modes."""
    minor = facts.minor
    return sum({"m": MISSING, "w": WP, "n": minor}[mode] for mode in modes)


def actual_grants(facts, family, vm_flags: int = 0, *more: int) -> dict[str, list[str]]:
    """Return what vma_can_userfault grants to each kind of mapping."""
    return {
        kind: [
            modes
            for modes in _ALL
            if family.vma_can_userfault(Vma(kind, vm_flags), flags_of(facts, modes), *more)
        ]
        for kind in KINDS
    }


@pytest.mark.kconfig("USERFAULTFD")
def test_can_userfault(facts, family):
    """A mapping can be registered for exactly the modes that the kernel grants its kind."""
    expected = {kind: list(granted(facts, kind)) for kind in KINDS}
    assert expected == actual_grants(facts, family)


@pytest.mark.kconfig("USERFAULTFD && !PTE_MARKER_UFFD_WP")
def test_without_markers_no_write_protection_of_files(facts, family):
    """Without uffd-wp markers only anonymous memory can be write-protected."""
    grants = actual_grants(facts, family)
    assert {"anon"} == {kind for kind in KINDS if any("w" in modes for modes in grants[kind])}


@pytest.mark.kconfig("USERFAULTFD")
def test_flags_of_the_mapping_do_not_matter(facts, family):
    """Modes that a mapping has already, and other plain flags, change nothing."""
    expected = {kind: list(granted(facts, kind)) for kind in KINDS}
    for flags in (MISSING, WP, flags_of(facts, "mwn"), 0x77, 1 << 63):
        assert expected == actual_grants(facts, family, flags)


@pytest.mark.kconfig("USERFAULTFD")
def test_special_mappings(facts, family):
    """Mappings without ordinary pages are refused from 6.12 on.

    Not so huge pages: their mappings always have one of the flags, VM_DONTEXPAND.
    """
    refused = ["anon", "shmem", "file"] if facts.since("6_12") else []
    expected = {kind: [] if kind in refused else list(granted(facts, kind)) for kind in KINDS}
    for flag in VM_SPECIAL_BITS:
        assert expected == actual_grants(facts, family, flag)


@pytest.mark.kconfig("USERFAULTFD && SINCE_V6_12")
def test_asynchronous_write_protection(facts, family):
    """Asynchronous write protection alone is granted to any memory, files included."""
    expected = {k: [m for m in _ALL if m == "w" or m in granted(facts, k)] for k in KINDS}
    assert expected == actual_grants(facts, family, 0, 1)
    assert family.vma_can_userfault(Vma("file", 0), WP | 0x77, 1)  # other flags are cut first


@pytest.mark.kconfig("USERFAULTFD && SINCE_V6_12")
def test_droppable_mappings(facts, family):
    """Droppable memory is refused, except at 6.12."""
    refused = facts.since("6_18")
    expected = {kind: [] if refused else list(granted(facts, kind)) for kind in KINDS}
    assert expected == actual_grants(facts, family, 1 << 40)


# (helper, mode that it asks about)
MODE_TESTS = {
    "userfaultfd_missing": "m",
    "userfaultfd_wp": "w",
    "userfaultfd_minor": "n",
    "userfaultfd_armed": "mwn",
}


@pytest.mark.parametrize("name", MODE_TESTS)
def test_modes(facts, family, name):
    """A mapping is registered for a mode if it has the flag and the option is on."""
    cases = [*itertools.product(KINDS, _ALL), ("anon", "other")]
    vmas = [Vma(k, 0x77 | 1 << 42 if m == "other" else flags_of(facts, m)) for k, m in cases]
    expected = [
        facts["USERFAULTFD"] and modes != "other" and bool({*modes} & {*MODE_TESTS[name]})
        for _, modes in cases
    ]
    assert expected == [getattr(family, name)(vma) for vma in vmas]


@pytest.mark.kconfig("USERFAULTFD && HAVE_ARCH_USERFAULTFD_WP")
def test_pte_wp(facts, family):
    """Writes to a page are handled if both the mapping and the pte say so."""
    bit = facts.layout.uffd_wp
    cases = list(itertools.product([0, MISSING, WP], [1, 1 | bit]))
    assert [flags == WP and pte != 1 for flags, pte in cases] == [
        family.userfaultfd_pte_wp(Vma("shmem", flags), pte) for flags, pte in cases
    ]


def test_minor_bit_moved(facts, family):
    """The flag of minor faults is bit 37, then 38 and 41, and 0 where there are none."""
    places = dict.fromkeys(("5_19_PRE", "6_1", "6_2"), 37) | {"6_12": 38, "6_18": 41, "7_2": 41}
    bit = next(bit for name, bit in places.items() if facts[f"KERNEL_V{name}"])
    assert (1 << bit if facts["HAVE_ARCH_USERFAULTFD_MINOR"] else 0) == family.VM_UFFD_MINOR
