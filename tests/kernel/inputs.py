# SPDX-License-Identifier: MIT
"""Inputs at which a wrong bit, shift, mask or type number shows.

Every list is fixed, so that a difference is found again.
"""

import itertools
from array import array
from collections.abc import Iterable, Sequence
from functools import cache

from .contract import KINDS, Helper, Word

ONES = (1 << 64) - 1

MEANINGFUL = (0, 1, 2, 3, 5, 6, 8, 10, 11, 58)
"""Bits of a pte that mean something on x86 or arm64: 0 present, 1 soft-dirty, 2 and 3
exclusive and uffd-wp, 5 and 6 accessed and dirty, 8 PROT_NONE, 10 uffd-wp when present,
11 present but invalid, 58 PROT_NONE or uffd-wp. Types and offsets lie between them.
Those of riscv are among them, but for 4 and 60, both uffd-wp."""

OFFSET_BITS = 58
"""Bits of an offset in an entry; the 6 above are the type."""


def around(bit: int) -> tuple[int, int, int]:
    """Return 2^bit and its neighbours."""
    return (1 << bit) - 1, 1 << bit, (1 << bit) + 1


@cache
def ptes() -> tuple[int, ...]:
    """Return pte values: every bit alone and missing, and those with a meaning combined."""
    single = [1 << bit for bit in range(64)]
    meanings = [sum(chosen) for chosen in _subsets([1 << bit for bit in MEANINGFUL])]
    bodies = [0x7FFFFFFFFFFFE00, 0xF800000000000000, 0x123456789ABCD000]
    low = [1 << bit for bit in (0, 1, 2, 3, 4, 8, 11)]
    filled = [body ^ sum(chosen) for body in bodies for chosen in _subsets(low)]
    missing = [ONES ^ bit for bit in single]
    return _unique([0, ONES, *single, *missing, *meanings, *filled, *range(0, 0x800, 0x40)])


@cache
def offsets() -> tuple[int, ...]:
    """Return offsets, pfns and markers: small ones, and around every power of two."""
    edges = [value for bit in range(64) for value in around(bit)]
    return _unique([*range(8), *edges, ONES, ONES - 1, 0x0123456789ABCDEF])


@cache
def entries() -> tuple[int, ...]:
    """Return entries: all 64 types with offsets at the edges, and every bit alone."""
    bits = (0, 1, 8, 20, 34, 35, 36, 37, 46, 49, 50, 52, 57)
    some = [0, 3, (1 << OFFSET_BITS) - 1, *(1 << bit for bit in bits), (1 << 50) - 1, 0x3456789]
    typed = [kind << OFFSET_BITS | offset for kind in range(64) for offset in some]
    single = [1 << bit for bit in range(64)]
    return _unique([*typed, *single, *(ONES ^ bit for bit in single)])


@cache
def types() -> tuple[int, ...]:
    """Return swap types: all that are, the first that is not, and absurd ones."""
    return (*range(66), 127, 128, 1 << 31, 1 << 32, (1 << 32) + 31, ONES)


@cache
def flags() -> tuple[int, ...]:
    """Return vm_flags: the userfaultfd modes combined, each bit alone, and all."""
    # missing, write-protect, minor at 6.1, 6.12 and 7.2, hugetlb, droppable
    modes = _subsets([0x200, 0x1000, 1 << 37, 1 << 38, 1 << 41, 1 << 22, 1 << 40])
    return _unique([*map(sum, modes), *(1 << bit for bit in range(64)), ONES])


@cache
def areas() -> tuple[int, ...]:
    """Return vm_flags of areas that might be refused: VM_SPECIAL, hugetlb, shadow stack ..."""
    special = (0x400, 0x4000, 0x40000, 0x10000000)
    return (0, 0x200, 0x1000, *special, 1 << 22, 1 << 37, 1 << 38, 1 << 40, 1 << 41, ONES)


@cache
def calls(helper: Helper) -> "array[int]":
    """Return the words of all calls of a helper, one call's after the other's.

    A helper over a pte is to be called on what the kernel makes of `entries()`, too.
    """
    return array("Q", [word for call in _calls(helper) for word in call])


def _calls(helper: Helper) -> Iterable[tuple[int, ...]]:
    kinds = range(len(KINDS))
    match helper.arguments:
        case ():
            return [()]
        case (Word.PTE,):
            return zip(ptes())
        case (Word.ENTRY,):
            return zip(entries())
        case (Word.OFFSET | Word.PFN | Word.MARKER,):
            return zip(offsets())
        case (Word.TYPE, Word.OFFSET):
            return itertools.product(types(), offsets()[::3])
        case (Word.VMA,):
            return itertools.product(kinds, flags())
        case (Word.VMA, Word.PTE):
            some = (0, 4, 8, 0x400, 0x401, 0x800, 1 << 58, 1 << 58 | 1, ONES)
            return itertools.product(kinds, flags()[:128], some)
        case (Word.VMA, Word.FLAGS, *rest):
            asked = (*flags()[:128], ONES)
            return itertools.product(kinds, areas(), asked, *[(0, 1)] * len(rest))
        case _:
            raise ValueError(f"no inputs for {helper}")


def _subsets(values: Sequence[int]) -> list[tuple[int, ...]]:
    return [
        chosen for size in range(len(values) + 1) for chosen in itertools.combinations(values, size)
    ]


def _unique(values: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(values))
