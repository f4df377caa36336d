# SPDX-License-Identifier: MIT
"""Inputs for helpers: edge cases, and Hypothesis' strategies for more.

A uniform 64-bit word is almost never a marker. So most words are made of a
type, an offset and flags where the entry word or some layout of a pte keeps
them. One example is a whole list of words: drawing costs more than helpers do.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence

from facts import ENTRY_OFFSET_MASK, LAYOUTS, PTE_OFFSETS, WORD, Layout
from families import KINDS, Vma
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

CHEAP = settings(
    max_examples=4, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
"""A few long lists, the same ones in every run.

Nothing is shrunk: a failure names the helper and the words, and a smaller list of words
costs a minute in each variant.
"""

EDGE_OFFSETS = (
    0, 1, 2, 3, 4, 1 << 34, 3 << 34, 1 << 36, 3 << 36, 1 << 49, 1 << 57, ENTRY_OFFSET_MASK,
    PTE_OFFSETS - 2, PTE_OFFSETS - 1, PTE_OFFSETS, PTE_OFFSETS + 1,
)  # fmt: skip
EDGE_TYPES = (0, 1, *range(20, 34), 62, 63)
FLAGS = (0, 1, 2, 4, 8, 0xE, 0x40, 0x80, 0x100, 0x800)

ENTRIES = tuple(kind << 58 | offset for kind in EDGE_TYPES for offset in EDGE_OFFSETS)
"""Edge cases of entry words."""


def pte_of(layout: Layout, kind: int, offset: int, flags: int = 0) -> int:
    """Return a pte with these fields, each cut to its place."""
    stored = offset % layout.offsets
    if layout.inverted:
        stored = layout.offsets - 1 - stored
    return (kind % 32 << layout.type_shift | stored << layout.offset_shift | flags) & WORD


PTES = (
    *(0, 0x20, 0x40, 0x60, 0x61, 0x21, 0x1E0, 0x100, 0x101, 0x400, 0x401, WORD),
    *(1 << 58 | 1, 1 << 11 | 1),
    *(1 << bit for bit in range(64)),
    *(
        pte_of(layout, kind, offset, flags)
        for layout in LAYOUTS
        for kind in (0, 1, 22, 29, 30, 31)
        for offset in (0, 1, 2, 3, PTE_OFFSETS - 1)
        for flags in FLAGS
    ),
)
"""Edge cases of ptes: every layout's, whatever the variant."""

VMAS = tuple(
    Vma(kind, flags)
    for kind in KINDS
    for flags in (
        0,
        0x200,
        0x1000,
        0x1200,
        1 << 37,
        1 << 38,
        1 << 40,
        1 << 41,
        0x1200 | 19 << 37,
        0x77,
        WORD,
    )
)

_any_word = st.integers(0, WORD)
_type = st.integers(0, 63)
_offset = st.one_of(
    st.integers(0, 7), st.sampled_from(EDGE_OFFSETS), st.integers(0, ENTRY_OFFSET_MASK)
)
_entry = st.builds(lambda kind, offset: kind << 58 | offset, _type, _offset)
_pte = st.builds(pte_of, st.sampled_from(LAYOUTS), _type, _offset, st.integers(0, 0xF))

WORDS = st.lists(st.one_of(_entry, _pte, _any_word), min_size=40, max_size=60)
"""Lists of words, to be taken as entries, ptes, offsets, flags or markers alike."""


def arguments_of(types: Sequence[str], words: Iterable[int]) -> Iterator[tuple[object, ...]]:
    """Yield argument tuples of a helper, about as many as words.

    Args:
        types: the argument types of the interface.
        words: each is used at least once where the helper takes a word at all.
    """
    if not types:
        yield ()
        return
    given = list(words)
    columns = [list(_column(name, given[i:] + given[:i])) for i, name in enumerate(types)]
    length = max(len(column) for column in columns)
    yield from itertools.islice(zip(*map(itertools.cycle, columns), strict=True), length)


@functools.cache
def edge_calls(types: tuple[str, ...]) -> list[tuple[object, ...]]:
    """Return the edge cases of arguments, made once for all variants."""
    return list(arguments_of(types, [*ENTRIES, *PTES]))


def _column(name: str, words: list[int]) -> Iterable[object]:
    match name:
        case "vma":
            return [*VMAS, *(Vma(KINDS[word % 4], word) for word in words)]
        case "bool":
            return [word >> 7 & 1 for word in words]
        case _:
            return words
