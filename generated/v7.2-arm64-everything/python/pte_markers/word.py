# SPDX-License-Identifier: MIT
# Generated from generator/templates/python/pte_markers/word.py.j2; do not edit.
"""The 64-bit word that ptes and swap entries are made of."""

U64_MAX = 2**64 - 1
PAGE_SHIFT = 12


def BIT(nr: int) -> int:
    """Return the word with one bit set."""
    return 1 << nr
