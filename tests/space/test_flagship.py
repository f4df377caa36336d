"""The space of this repository's own tree, against every assignment there is."""

from __future__ import annotations

import itertools
from pathlib import Path

from kvariant import Space, Tree

ROOT = Path(__file__).parents[2]
READ = ("X86_64", "KERNEL_V6_12", "PTE_MARKER", "USERFAULTFD", "SWAP")


def test_counts_equal_brute_force() -> None:
    """Whole and projected, by kconfiglib: a user value matters only as y or n for a bool.

    Members of a choice are given one y at a time, all other options every value.
    """
    tree = Tree.load(ROOT / "Kconfig")
    choices = [choice.members for choice in tree.choices]
    members = {name for group in choices for name in group}
    free = [
        name for name, rules in tree.model.symbols.items() if rules.prompts and name not in members
    ]
    whole: set[tuple[str, ...]] = set()
    for picks in itertools.product(*choices):
        whole |= _reached(tree, dict.fromkeys(picks, "y"), free)
    space = Space.of(tree)
    names = list(tree.symbols)
    projected = {tuple(values[names.index(n)] for n in names if n in READ) for values in whole}
    assert space.count() == len(whole)
    assert space.count(READ) == len(projected)
    assert {tuple(p.values()) for p in space.projections(READ)} == projected


def _reached(tree: Tree, picked: dict[str, str], free: list[str]) -> set[tuple[str, ...]]:
    """Return the configurations of all y and n of the free options."""
    return {
        tuple(tree.resolve({**picked, **dict(zip(free, texts, strict=True))}).values())
        for texts in itertools.product("ny", repeat=len(free))
    }
