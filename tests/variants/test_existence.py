# SPDX-License-Identifier: MIT
"""Which names exist in a variant: the kernel's, all of them, and no others."""

import ctypes

from families import LANGUAGES, Family, homes
from oracle import Oracle

from kvariant.kconfig import Expression


def test_helpers(facts, family):
    """Every helper that the kernel has is there, and no other."""
    assert sorted(facts.helpers) == sorted(family.helpers)


def test_constants(facts, family):
    """Every constant that the kernel has is there with its value, and no other."""
    assert facts.constants == family.constants


def test_languages_export_the_same(variant):
    """C and Python have the same helpers and equal constants."""
    c, python = (Family(variant, language) for language in LANGUAGES)
    assert (sorted(c.helpers), c.constants) == (sorted(python.helpers), python.constants)


def test_library_exports(facts, variant):
    """The library's symbols are those of its table of names."""
    library = ctypes.CDLL(str(variant.library("pte_markers")))
    exported = [name for name in homes("helper") if hasattr(library, name)]
    assert sorted(facts.helpers) == sorted(exported)


def test_undefined_is_absent(facts, family):
    """A type that the kernel leaves undefined is absent, not 0."""
    expected = {
        "SWP_HWPOISON": facts["MEMORY_FAILURE"],
        "SWP_MIGRATION_READ": facts["MIGRATION"],
        "SWP_DEVICE_READ": facts["DEVICE_PRIVATE"],
        "SWP_PTE_MARKER": facts.markers,
        "SWP_SWAPIN_ERROR": facts["KERNEL_V6_1"],
    }
    assert expected == {name: hasattr(family, name) for name in expected}


# name: where the kernel has it
EXISTENCE = {
    "is_readable_exclusive_migration_entry": "MIGRATION && !KERNEL_V7_2",
    "softleaf_is_migration_read_exclusive": "KERNEL_V7_2",
    "migration_entry_supports_ad": "MIGRATION && !KERNEL_V5_19_PRE",
    "make_swapin_error_entry": "KERNEL_V6_1 || KERNEL_V6_2",
    "is_swapin_error_entry": "KERNEL_V6_1 || KERNEL_V6_2",
    "make_poisoned_swp_entry": "KERNEL_V6_12 || KERNEL_V6_18 || KERNEL_V7_2",
    "is_poisoned_swp_entry": "KERNEL_V6_12 || KERNEL_V6_18",
    "softleaf_is_poison_marker": "KERNEL_V7_2",
    "is_guard_swp_entry": "KERNEL_V6_18",
    "softleaf_is_guard_marker": "KERNEL_V7_2",
    "make_device_exclusive_entry": "KERNEL_V6_18 || KERNEL_V7_2",
    "is_swap_pte": "!KERNEL_V7_2",
    "swp_offset_pfn": "!KERNEL_V5_19_PRE && !KERNEL_V7_2",
    "softleaf_to_pfn": "KERNEL_V7_2",
    "vma_can_userfault": "USERFAULTFD",
    "PTE_MARKER_SWAPIN_ERROR": "KERNEL_V6_2",
    "PTE_MARKER_POISONED": "KERNEL_V6_12 || KERNEL_V6_18 || KERNEL_V7_2",
    "PTE_MARKER_GUARD": "KERNEL_V6_18 || KERNEL_V7_2",
    "SWP_DEVICE_EXCLUSIVE": "DEVICE_PRIVATE && (KERNEL_V6_18 || KERNEL_V7_2)",
    "SWP_PTE_MARKER": "PTE_MARKER || !(KERNEL_V5_19_PRE || KERNEL_V6_1)",
    "PTE_MARKER_UFFD_WP": "y",
    "PTE_MARKER_MASK": "y",
    "make_pte_marker_entry": "y",
    "pte_marker_entry_uffd_wp": "!KERNEL_V7_2",  # USERFAULTFD=n: nothing includes swapops.h
    "softleaf_is_uffd_wp_marker": "KERNEL_V7_2",
}


def test_existence(variant, family):
    """A name exists in exactly the configurations where the kernel has it."""
    expected = {
        name: variant.config.satisfies(Expression.parse(text)) for name, text in EXISTENCE.items()
    }
    there = family.helpers | family.constants.keys()
    assert expected == {name: name in there for name in EXISTENCE}


def test_oracle_is_complete(facts, variant):
    """These tests know what each helper must answer."""
    assert [] == [name for name in sorted(facts.first_names) if not hasattr(Oracle(facts), name)]
