# SPDX-License-Identifier: MIT
"""The compiled kernel headers give the published encodings, type numbers and stubs.

The numbers are facts about Linux 6.1, 6.12 and 7.2, found apart from this harness:
were the harness wrong about a shift or an #ifdef, it would show here and not as
a false agreement of two wrong sides.
"""

import pytest

from .configurations import chosen, configurations
from .conftest import LayOut
from .contract import CONSTANTS
from .harness import libraries
from .headers import Architecture, Release
from .inputs import ONES
from .oracle import Oracle, program

CHAIN = ("MIGRATION", "MEMORY_HOTREMOVE", "ZONE_DEVICE", "DEVICE_PRIVATE")
UFFD = ("USERFAULTFD", "HAVE_ARCH_USERFAULTFD_MINOR")
WP = (*UFFD, "HAVE_ARCH_USERFAULTFD_WP")
MARKED = {
    "6.1": (*WP, "PTE_MARKER_UFFD_WP", "PTE_MARKER"),
    "6.12": (*WP, "PTE_MARKER_UFFD_WP"),
    "7.2": (*WP, "PTE_MARKER_UFFD_WP"),
}
OLD: tuple[Release, ...] = ("6.1", "6.12")
RELEASES: tuple[Release, ...] = (*OLD, "7.2")
ARCHITECTURES: tuple[Architecture, ...] = ("x86_64", "arm64")
PLACES = [(release, each) for release in RELEASES for each in ARCHITECTURES] + [("7.2", "riscv64")]


class Oracles:
    """Oracles by configuration."""

    def __init__(self, headers_of: LayOut) -> None:
        self._headers_of = headers_of

    def __call__(self, release: Release, architecture: Architecture, *on: str) -> Oracle:
        headers = self._headers_of(release, architecture)
        return program(chosen(release, architecture, *on), headers.folder).compile(libraries())


@pytest.fixture
def oracle_of(headers_of: LayOut) -> Oracles:
    """Make the oracle of the configuration that has just the given symbols on."""
    return Oracles(headers_of)


def bits(oracle: Oracle, name: str) -> list[int]:
    """Return the pte bits that, alone, make a helper true."""
    return [bit for bit in range(64) if oracle.call(name, 1 << bit)]


@pytest.mark.parametrize(("release", "architecture"), PLACES)
def test_type_numbers(release: Release, architecture: Architecture, headers_of: LayOut) -> None:
    """Numbers grow downwards from 31; what is off is undefined."""
    headers = headers_of(release, architecture)
    compared = 0
    for configuration in configurations(release, architecture):
        on = configuration.values
        if on["SWAP"] or on["SHMEM"] or on["HUGETLBFS"] or on["MEM_SOFT_DIRTY"]:
            continue  # they have no say in the numbers
        oracle = program(configuration, headers.folder).compile(libraries())
        known = {name: value for name, value in oracle.constants.items() if name in CONSTANTS}
        assert known == type_numbers(
            poison=on["MEMORY_FAILURE"],
            migration=on["MIGRATION"],
            device=on["DEVICE_PRIVATE"],
            marker=on.get("PTE_MARKER", release != "6.1"),
            release=release,
        ), configuration
        compared += 1
    assert compared >= (6 if architecture == "riscv64" else 20)


def type_numbers(
    *, poison: bool, migration: bool, device: bool, marker: bool, release: Release
) -> dict[str, int]:
    """Return the published constants."""
    swapin_error = release == "6.1"
    kinds = ["WRITE", "READ", "EXCLUSIVE_WRITE", "EXCLUSIVE_READ"]
    if release == "7.2":
        kinds = ["WRITE", "READ", "EXCLUSIVE"]
    first = 32 - poison - 3 * migration - len(kinds) * device - marker - swapin_error
    numbers = {"MAX_SWAPFILES": first, "PTE_MARKER_UFFD_WP": 1}
    numbers["PTE_MARKER_MASK"] = {"6.1": 1, "6.12": 3, "7.2": 7}[release]
    if release != "6.1":
        numbers["PTE_MARKER_POISONED"] = 2
    if release == "7.2":
        numbers["PTE_MARKER_GUARD"] = 4
    names = [
        *["SWP_HWPOISON"] * poison,
        *["SWP_MIGRATION_READ", "SWP_MIGRATION_READ_EXCLUSIVE", "SWP_MIGRATION_WRITE"] * migration,
        *[f"SWP_DEVICE_{kind}" for kind in kinds] * device,
        *["SWP_PTE_MARKER"] * marker,
        *["SWP_SWAPIN_ERROR"] * swapin_error,
    ]
    return numbers | {name: first + at for at, name in enumerate(names)}


@pytest.mark.parametrize("release", OLD)
def test_x86_ptes(release: Release, oracle_of: Oracles) -> None:
    """x86 inverts the offset, ignores accessed and dirty bits in none ptes, and loses high bits."""
    oracle = oracle_of(release, "x86_64", *MARKED[release], "MEM_SOFT_DIRTY")
    call = oracle.call
    assert [pte for pte in range(0x100) if call("pte_none", pte)] == [0, 0x20, 0x40, 0x60]
    assert bits(oracle, "pte_present") == [0, 8]
    assert bits(oracle, "pte_uffd_wp") == [10]
    assert bits(oracle, "pte_swp_soft_dirty") == [1]
    assert bits(oracle, "pte_swp_uffd_wp") == [2]
    assert bits(oracle, "pte_swp_exclusive") == [3]
    assert call("pte_swp_clear_flags", ONES) == ONES - 0b1110
    assert call("swp_offset", call("pte_to_swp_entry", 0)) == (1 << 50) - 1
    assert call("swp_entry_to_pte", 0) == 0x7FFFFFFFFFFFE00
    assert call("swp_entry_to_pte", (1 << 50) - 1) == 0
    there_and_back = [
        call("pte_to_swp_entry", call("swp_entry_to_pte", call("swp_entry", *pair)))
        for pair in ((0, 1 << 50), (32, 0), (63, 0))
    ]
    assert there_and_back == [0, 0, 31 << 58]
    base = 0xF7FFFFFFFFFFFE00 if release == "6.1" else 0xFFFFFFFFFFFFFE00
    assert [call("make_pte_marker", marker) for marker in range(4)] == [
        base - 0x200 * at for at in range(4)
    ]


def test_leaf_entries(oracle_of: Oracles) -> None:
    """At 7.2 none and present ptes have the empty entry, and types that are not there are none."""
    oracle = oracle_of("7.2", "x86_64", *MARKED["7.2"], *CHAIN, "MEMORY_FAILURE")
    call = oracle.call
    assert [call("softleaf_from_pte", pte) for pte in (0, 0x60, 1, 0x101)] == [0, 0, 0, 0]
    assert call("softleaf_to_pte", 0) == 0x7FFFFFFFFFFFE00
    assert call("softleaf_from_pte", 0x7FFFFFFFFFFFE00) == 0
    assert [call("softleaf_type", kind << 58 | 5) for kind in (0, 23, 24, 27, 30, 31, 32, 63)] == [
        *(1, 1, 8, 4, 7, 9, 0, 0)
    ]
    assert [call("softleaf_type", kind << 58) for kind in (0, 1, 28, 29)] == [0, 1, 6, 5]
    assert [call("pte_is_uffd_marker", call("make_pte_marker", each)) for each in range(8)] == [
        *(0, 1, 1, 1, 0, 1, 1, 1)
    ]
    assert call("softleaf_to_marker", 0xFF) == 7
    gone = {"is_swap_pte", "non_swap_entry", "pte_none_mostly", "is_pte_marker", "pte_marker_get"}
    assert not gone & {helper.name for helper in oracle.helpers}


def test_uffd_wp_tests_need_no_option(oracle_of: Oracles) -> None:
    """At 7.2 a uffd-wp marker is recognised without userfaultfd; a swap pte's bit is not asked."""
    call = oracle_of("7.2", "x86_64").call
    marker = call("make_pte_marker", 1)
    names = ("pte_is_uffd_wp_marker", "pte_swp_uffd_wp_any")
    assert [call(name, marker) for name in names] == [1, 0]


def test_riscv64_ptes(oracle_of: Oracles) -> None:
    """riscv64 has its flags in bits 3, 4 and 6, and cuts the type alone."""
    bits_on = ("RISCV_ISA_SVRSW60T59B", "HAVE_ARCH_SOFT_DIRTY", "MEM_SOFT_DIRTY")
    oracle = oracle_of("7.2", "riscv64", *bits_on, *MARKED["7.2"])
    found = {
        name: bits(oracle, name)
        for name in ("pte_present", "pte_uffd_wp", "pte_swp_uffd_wp", "pte_swp_soft_dirty")
    }
    assert found == {
        "pte_present": [0, 5],
        "pte_uffd_wp": [60],
        "pte_swp_uffd_wp": [4],
        "pte_swp_soft_dirty": [3],
    }
    assert bits(oracle, "pte_swp_exclusive") == [6]
    assert [oracle.call("make_pte_marker", marker) for marker in range(3)] == [
        *(0xF80, 0x1F80, 0x2F80)
    ]
    there_and_back = [
        oracle.call("softleaf_from_pte", oracle.call("softleaf_to_pte", entry))
        for entry in (63 << 58, 1 << 51, 1 << 52)
    ]
    assert there_and_back == [31 << 58, 1 << 51, 0]


def test_arm64_ptes(oracle_of: Oracles) -> None:
    """arm64 moved type and offset in 6.10, when it got uffd-wp; it masks neither."""
    old = oracle_of("6.1", "arm64", *UFFD)
    assert (bits(old, "pte_present"), bits(old, "pte_swp_exclusive")) == ([0, 58], [2])
    assert (
        bits(old, "pte_uffd_wp") + bits(old, "pte_swp_uffd_wp") + bits(old, "pte_swp_soft_dirty")
        == []
    )
    assert old.call("swp_entry_to_pte", old.call("swp_entry", 63, 0)) == 0x1F8
    assert old.call("pte_to_swp_entry", 0x1F8) == 0x7C00000000000001
    assert old.call("pte_present", old.call("swp_entry_to_pte", 1 << 50)) == 1
    new = oracle_of("6.12", "arm64", *MARKED["6.12"])
    assert (bits(new, "pte_present"), bits(new, "pte_uffd_wp")) == ([0, 11], [58])
    assert (bits(new, "pte_swp_exclusive"), bits(new, "pte_swp_uffd_wp")) == ([2], [3])
    assert [new.call("make_pte_marker", marker) for marker in range(4)] == [
        0x7C0,
        0x17C0,
        0x27C0,
        0x37C0,
    ]
    assert [new.call("pte_none", pte) for pte in (0, 0x20, 0x40)] == [1, 0, 0]


@pytest.mark.parametrize(("architecture", "raw"), [("x86_64", 0x7FFFFFFFFFFFE00), ("arm64", 0)])
def test_marker_stubs(architecture: Architecture, raw: int, oracle_of: Oracles) -> None:
    """Without PTE_MARKER an entry is empty, but make_pte_marker still encodes it."""
    call = oracle_of("6.1", architecture).call
    assert [call("make_pte_marker_entry", 3), call("make_pte_marker", 3)] == [0, raw]
    assert [call("is_pte_marker_entry", ONES), call("pte_marker_get", ONES)] == [0, 0]
    assert call("pte_none", raw) == (architecture == "arm64")


@pytest.mark.parametrize("release", RELEASES)
def test_uffd_wp_off(release: Release, oracle_of: Oracles) -> None:
    """pte_swp_uffd_wp_any is false without the markers, even where the pte's own bit is set."""
    call = oracle_of(release, "x86_64", *WP).call
    pte = call("pte_swp_mkuffd_wp", call("swp_entry_to_pte", 5))
    assert [call("pte_swp_uffd_wp", pte), call("pte_swp_uffd_wp_any", pte)] == [1, 0]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(("architecture", "pfn_bits"), [("x86_64", 34), ("arm64", 36)])
def test_accessed_and_dirty_bits(
    release: Release, architecture: Architecture, pfn_bits: int, oracle_of: Oracles
) -> None:
    """Migration entries carry them above the pfn, if there is swap."""
    test = "softleaf_is_migration_dirty" if release == "7.2" else "is_migration_entry_dirty"
    for on, kept in ((("SWAP", "MIGRATION"), 1), (("MIGRATION",), 0), (("SWAP",), 0)):
        call = oracle_of(release, architecture, *on).call
        assert call("make_migration_entry_young", 0) == kept << pfn_bits
        assert call("make_migration_entry_dirty", 0) == kept << pfn_bits + 1
        assert call(test, 1 << pfn_bits + 1) == kept


def test_names_without_stubs(oracle_of: Oracles) -> None:
    """What the kernel leaves undefined is not there."""
    nothing = {helper.name for helper in oracle_of("6.12", "x86_64").helpers}
    everything = {helper.name for helper in oracle_of("6.12", "x86_64", *CHAIN, *WP).helpers}
    missing = {
        "is_readable_exclusive_migration_entry",
        "migration_entry_supports_ad",
        "vma_can_userfault",
    }
    assert everything - nothing == missing
    assert "make_swapin_error_entry" not in everything


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("markers", [True, False])
def test_who_can_userfault(release: Release, markers: bool, oracle_of: Oracles) -> None:
    """Write-protection of shmem and hugetlb needs the markers; minor faults need a page cache."""
    symbols = MARKED[release] if markers else WP
    oracle = oracle_of(release, "x86_64", "SHMEM", "HUGETLBFS", "HUGETLB_PAGE", *symbols)
    minor = 1 << {"6.1": 37, "6.12": 38, "7.2": 41}[release]

    def allowed(flags: int, *, wp_async: bool = False) -> list[int]:
        last = () if release == "6.1" else (int(wp_async),)
        return [oracle.call("vma_can_userfault", kind, 0, flags, *last) for kind in range(4)]

    assert oracle.constants["VM_UFFD_MINOR"] == minor
    assert allowed(0x200) == [1, 1, 1, 0]
    assert allowed(minor) == [0, 1, 1, 0]
    assert allowed(0x1000) == [1, markers, markers, 0]
    if release != "6.1":
        assert allowed(0x1000, wp_async=True) == [1, 1, 1, 1]
        assert allowed(0x1200, wp_async=True) == [1, markers, markers, 0]
