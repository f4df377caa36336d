# SPDX-License-Identifier: MIT
"""The enumeration is closed, and the sample covers it pairwise."""

import itertools

import pytest

from .configurations import chosen, configurations, sample
from .headers import Architecture, Release

# The free symbols double, the chain has five states, then soft-dirty and userfaultfd:
COUNTS: list[tuple[Release, Architecture, int]] = [
    ("6.1", "x86_64", 2**4 * 5 * 2 * 3),
    ("6.1", "arm64", 2**4 * 5 * 1 * 2),
    ("6.12", "x86_64", 2**4 * 5 * 2 * 3),
    ("6.12", "arm64", 2**4 * 5 * 1 * 3),
    ("7.2", "x86_64", 2**4 * 5 * 2 * 3),
    ("7.2", "arm64", 2**4 * 5 * 1 * 3),
    # Without memory errors and hot-remove; without spare bits, or with them and soft-dirty:
    ("7.2", "riscv64", 2**3 * 2 * (2 + 2 * 3)),
]


@pytest.mark.parametrize(("release", "architecture", "count"), COUNTS)
def test_number_of_configurations(release: Release, architecture: Architecture, count: int) -> None:
    """Each valid configuration comes once, under a name of its own."""
    everything = list(configurations(release, architecture))
    assert len(everything) == count
    assert len({configuration.name for configuration in everything}) == count


@pytest.mark.parametrize(("release", "architecture", "count"), COUNTS)
def test_sample_has_every_pair(release: Release, architecture: Architecture, count: int) -> None:
    """Two symbols take each pair of values in the sample that they ever take."""
    everything = list(configurations(release, architecture))
    pairs = [
        {
            pair
            for each in chosen_ones
            for pair in itertools.combinations(sorted(each.values.items()), 2)
        }
        for chosen_ones in (everything, sample(everything))
    ]
    assert pairs[0] == pairs[1]
    assert len(sample(everything)) < 20


def test_marker_states() -> None:
    """PTE_MARKER follows PTE_MARKER_UFFD_WP at 6.1, is gone at 6.12, and needs the arch's bits."""
    wp = ("USERFAULTFD", "HAVE_ARCH_USERFAULTFD_WP", "HAVE_ARCH_USERFAULTFD_MINOR")
    assert chosen("6.1", "x86_64", *wp, "PTE_MARKER_UFFD_WP", "PTE_MARKER")
    assert chosen("6.12", "arm64", *wp, "PTE_MARKER_UFFD_WP")
    assert chosen("7.2", "x86_64", *wp, "PTE_MARKER_UFFD_WP")
    bits = ("RISCV_ISA_SVRSW60T59B", "HAVE_ARCH_SOFT_DIRTY")
    assert chosen("7.2", "riscv64", *bits, *wp, "PTE_MARKER_UFFD_WP")
    for wrong in (
        ("7.2", "riscv64", (*wp, "PTE_MARKER_UFFD_WP")),
        ("6.1", "x86_64", (*wp, "PTE_MARKER_UFFD_WP")),
        ("6.1", "arm64", (*wp, "PTE_MARKER_UFFD_WP", "PTE_MARKER")),
        ("6.12", "x86_64", ("PTE_MARKER_UFFD_WP",)),
    ):
        with pytest.raises(ValueError, match="does not allow"):
            chosen(wrong[0], wrong[1], *wrong[2])
