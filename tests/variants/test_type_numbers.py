# SPDX-License-Identifier: MIT
"""Swap type numbers: which exist, and what they are."""

import pytest

# (release, MEMORY_FAILURE, MIGRATION, DEVICE_PRIVATE, markers): (MAX_SWAPFILES, SWP_PTE_MARKER)
TOPS = {
    ("KERNEL_V5_19_PRE", 0, 0, 0, 0): (32, None),  # above it: types that no pte can hold
    ("KERNEL_V5_19_PRE", 0, 0, 0, 1): (31, 31),
    ("KERNEL_V5_19_PRE", 0, 1, 0, 0): (29, None),
    ("KERNEL_V5_19_PRE", 0, 1, 0, 1): (28, 31),
    ("KERNEL_V5_19_PRE", 0, 1, 1, 0): (25, None),
    ("KERNEL_V5_19_PRE", 0, 1, 1, 1): (24, 31),
    ("KERNEL_V5_19_PRE", 1, 0, 0, 0): (31, None),
    ("KERNEL_V5_19_PRE", 1, 0, 0, 1): (30, 31),
    ("KERNEL_V5_19_PRE", 1, 1, 0, 0): (28, None),
    ("KERNEL_V5_19_PRE", 1, 1, 0, 1): (27, 31),
    ("KERNEL_V5_19_PRE", 1, 1, 1, 0): (24, None),
    ("KERNEL_V5_19_PRE", 1, 1, 1, 1): (23, 31),
    ("KERNEL_V6_1", 0, 0, 0, 0): (31, None),
    ("KERNEL_V6_1", 0, 0, 0, 1): (30, 30),
    ("KERNEL_V6_1", 0, 1, 0, 0): (28, None),
    ("KERNEL_V6_1", 0, 1, 0, 1): (27, 30),
    ("KERNEL_V6_1", 0, 1, 1, 0): (24, None),
    ("KERNEL_V6_1", 0, 1, 1, 1): (23, 30),
    ("KERNEL_V6_1", 1, 0, 0, 0): (30, None),
    ("KERNEL_V6_1", 1, 0, 0, 1): (29, 30),
    ("KERNEL_V6_1", 1, 1, 0, 0): (27, None),
    ("KERNEL_V6_1", 1, 1, 0, 1): (26, 30),
    ("KERNEL_V6_1", 1, 1, 1, 0): (23, None),
    ("KERNEL_V6_1", 1, 1, 1, 1): (22, 30),
    ("KERNEL_V6_12", 0, 0, 0, 1): (31, 31),  # 6.2 is the same
    ("KERNEL_V6_12", 0, 1, 0, 1): (28, 31),
    ("KERNEL_V6_12", 0, 1, 1, 1): (24, 31),
    ("KERNEL_V6_12", 1, 0, 0, 1): (30, 31),
    ("KERNEL_V6_12", 1, 1, 0, 1): (27, 31),
    ("KERNEL_V6_12", 1, 1, 1, 1): (23, 31),
}
TOPS |= {  # one type for a device's exclusive pages instead of two
    ("KERNEL_V7_2", *options): (top + options[2], marker)
    for (release, *options), (top, marker) in TOPS.items()
    if release == "KERNEL_V6_12"
}
ALIKE = {"KERNEL_V6_2": "KERNEL_V6_12", "KERNEL_V6_18": "KERNEL_V7_2"}
RELEASES = ("KERNEL_V5_19_PRE", "KERNEL_V6_1", "KERNEL_V6_12", "KERNEL_V7_2", *ALIKE)


def row_of(facts) -> tuple[str, int, int, int, int]:
    """Return a configuration's key in TOPS."""
    release = next(release for release in RELEASES if facts[release])
    options = ("MEMORY_FAILURE", "MIGRATION", "DEVICE_PRIVATE")
    return (
        ALIKE.get(release, release),
        *(int(facts[option]) for option in options),
        int(facts.markers),
    )


def test_table(facts, family):
    """MAX_SWAPFILES and the marker's type are as in the table of all combinations."""
    numbers = family.constants
    assert TOPS[row_of(facts)] == (numbers["MAX_SWAPFILES"], numbers.get("SWP_PTE_MARKER"))


def test_numbers(facts, family):
    """Exactly the kernel's SWP_* types are defined, each with the kernel's number."""
    actual = {
        name: value for name, value in family.constants.items() if name.startswith(("SWP_", "MAX_"))
    }
    assert facts.type_numbers == actual


def test_types_fill_the_top(family):
    """Types that are not swap files are consecutive and fill the five bits."""
    numbers = family.constants
    top = numbers["MAX_SWAPFILES"]
    kinds = sorted(value for name, value in numbers.items() if name.startswith("SWP_"))
    assert list(range(top, top + len(kinds))) == kinds
    assert top + len(kinds) == 32


@pytest.mark.kconfig("DEVICE_PRIVATE")
def test_device_types_count_from_write(family):
    """Device types are in the order write, read, then exclusive: write and read, or just one."""
    numbers = family.constants
    kinds = ["WRITE", "READ", "EXCLUSIVE_WRITE", "EXCLUSIVE_READ"]
    if "SWP_DEVICE_EXCLUSIVE" in numbers:
        kinds = ["WRITE", "READ", "EXCLUSIVE"]
    first = numbers["SWP_DEVICE_WRITE"]
    expected = list(range(first, first + len(kinds)))
    assert expected == [numbers[f"SWP_DEVICE_{kind}"] for kind in kinds]


@pytest.mark.kconfig("!SINCE_V7_2")
def test_non_swap_entry(facts, family):
    """An entry stands for a swap file exactly if its type is below MAX_SWAPFILES."""
    top = TOPS[row_of(facts)][0]
    expected = {kind: kind >= top for kind in range(64)}
    assert expected == {kind: family.non_swap_entry(kind << 58 | 5) for kind in range(64)}


@pytest.mark.kconfig("SINCE_V7_2")
def test_leaf_types(facts, family):
    """Every type is one kind of leaf: a swap file below MAX_SWAPFILES, none where nothing is."""
    top = TOPS[row_of(facts)][0]
    kinds = {kind: family.softleaf_type(kind << 58 | 5) for kind in range(64)}
    assert {1} == {kinds[kind] for kind in range(top)}
    assert {0} == {kinds[kind] for kind in range(32, 64)}
    above = [kinds[kind] for kind in range(top, 32)]
    assert len(above) == len(set(above))
    assert 0 not in above
    assert [True, False] == [family.softleaf_is_swap(word) for word in (5, 31 << 58)]
    assert 0 == family.softleaf_type(0)
