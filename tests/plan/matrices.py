# SPDX-License-Identifier: MIT
"""Small trees, and matrices over them made by brute force."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from kvariant.kconfig import Tree
from kvariant.matrix import Tuples
from kvariant.plan import Matrix, Variant
from kvariant.space import Space

KCONFIG = """
config SWAP
	bool "Swap"
	default y

config ZSWAP
	bool "Compressed swap"
	depends on SWAP

choice
	prompt "CPU"

config CPU_ARM
	bool "arm"

config CPU_X86
	bool "x86"

endchoice
"""
SSO = """
config SSO
	bool "Single sign-on"
"""


def space_of(folder: Path, text: str = KCONFIG) -> Space:
    """Return the space of a tree with this text."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Kconfig").write_text(text)
    return Space.of(Tree.load(folder / "Kconfig"))


def pairs_of(space: Space, rows: Mapping[str, Mapping[str, str]]) -> Matrix:
    """Return a matrix of named assignments, with the pairs that they cover counted."""
    symbols = [name for name in space.tree.symbols if space.tree.types[name].is_logical]
    variants = tuple(
        Variant(
            name=name,
            description="",
            configuration=space.tree.resolve(assignment),
            fragment=None,
        )
        for name, assignment in rows.items()
    )
    every = list(_every(space, symbols))
    possible, covered = _pairs(every, symbols), _pairs([v.configuration for v in variants], symbols)
    levels = [2] * len(symbols)
    combinations = sum(a * b for a, b in itertools.combinations(levels, 2))
    return Matrix(
        name="pairs",
        strategy="t-wise",
        variants=variants,
        symbols=tuple(symbols),
        random_seed=0,
        tuples=Tuples(
            strength=2,
            feasible=len(possible),
            infeasible=combinations - len(possible),
            covered=len(covered),
            uncovered=tuple(dict(one) for one in sorted(possible - covered)),
        ),
        lower_bound=4,
    )


def _every(space: Space, symbols: Sequence[str]) -> list[Mapping[str, str]]:
    texts = itertools.product("ny", repeat=len(symbols))
    return [space.tree.resolve(dict(zip(symbols, t, strict=True))) for t in texts]


def _pairs(
    rows: Sequence[Mapping[str, str]], symbols: Sequence[str]
) -> set[tuple[tuple[str, str], ...]]:
    return {
        ((a, row[a]), (b, row[b])) for row in rows for a, b in itertools.combinations(symbols, 2)
    }
