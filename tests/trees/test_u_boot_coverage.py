# SPDX-License-Identifier: MIT
"""What U-Boot's own defconfigs exercise, and how few keep it (Debian's 2023.01).

The figures were counted with kconfiglib and NumPy alone before any of this existed.
KVARIANT_SAMPLES=N resolves N defconfigs one by one instead of three dozen, and reduces all of
them instead of every eighth.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable

import pytest
from foreign import ENVIRONMENTS

import debian
from kvariant import Tree
from kvariant.kconfig import read_fragments
from kvariant.matrix.given import Given, resolved
from kvariant.plan.coverage import Coverage

WIDE = "KVARIANT_SAMPLES" in os.environ
SAMPLES = int(os.environ.get("KVARIANT_SAMPLES", "36"))
PATTERNS = ("CMD_", "DM_", "SPL")


@pytest.fixture(scope="module")
def u_boot() -> tuple[Tree, Given]:
    """Return the tree and its defconfigs, resolved."""
    try:
        source = debian.source_package("u-boot")
    except debian.Unavailable as reason:
        pytest.skip(f"no u-boot here: {reason}")
    if "2023.01" not in source.parent.name:
        pytest.skip(f"the figures are those of 2023.01, not of {source.parent.name}")
    tree = Tree.load(source / "Kconfig", env=ENVIRONMENTS["u-boot"])
    paths = sorted((source / "configs").glob("*_defconfig"))
    return tree, resolved(tree, read_fragments(paths))


def test_resolved_at_once_is_resolved_one_by_one(u_boot: tuple[Tree, Given]) -> None:
    """Every value of some dozens of defconfigs is what `Tree.resolve` says."""
    tree, found = u_boot
    lanes = range(0, len(found.fragments), max(1, len(found.fragments) // SAMPLES))
    assert len(lanes) >= min(SAMPLES, len(found.fragments))
    for lane in lanes:
        expected = tree.resolve(found.fragments[lane])
        assert dict(expected) == dict(found.configurations[lane]), found.fragments[lane].name
        dropped = {(d.symbol, d.asked) for d in expected.dropped}
        assert dropped == {key for key, where in found.dropped.items() if lane in where}


def test_what_the_defconfigs_exercise(u_boot: tuple[Tree, Given]) -> None:
    """Identical ones, options never on, and boards with a value of their own."""
    tree, found = u_boot
    coverage = Coverage(tree, found, [n for n, s in tree.symbols.items() if s.type.is_logical])
    assert [
        ("at91sam9260ek_dataflash_cs0", "at91sam9xeek_dataflash_cs0"),
        ("at91sam9260ek_dataflash_cs1", "at91sam9xeek_dataflash_cs1"),
        ("at91sam9260ek_nandflash", "at91sam9xeek_nandflash"),
        ("at91sam9263ek_dataflash_cs0", "at91sam9263ek_dataflash"),
        ("imx6q_icore_nand", "imx6qdl_icore_nand"),
        ("pico-dwarf-imx7d", "pico-nymph-imx7d"),
    ] == coverage.identical
    assert (1228, 6489) == (len(coverage.names), len(coverage.symbols))
    assert 1564 == len(coverage.never_on)
    assert 542 == len(coverage.alone)
    assert ("TARGET_", 434) == coverage.alone_word


@pytest.mark.skipif(not WIDE, reason="half a minute; KVARIANT_SAMPLES runs it")
def test_how_few_defconfigs_keep_the_pairs(u_boot: tuple[Tree, Given]) -> None:
    """At most as many as published figures say, each counted anew by plain sets."""
    tree, found = u_boot
    coverage = Coverage(tree, found, _symbols(tree))
    assert 668 == len(coverage.values.varying.counts)
    assert 867 == len(coverage.distinct)
    assert 735_445 == coverage.cover.total
    reduced = coverage.reduced()
    assert 456 == len(reduced[0].lanes) == reduced[0].least
    for most, percent, reduction in zip(
        (461, 142, 71, 41), (100, 99, 95, 90), reduced, strict=True
    ):
        assert len(reduction.lanes) <= most
        assert reduction.covered * 100 >= 735_445 * percent
    assert _pairs(coverage, found, coverage.kept(reduced[3])) == reduced[3].covered


def test_how_few_of_some_defconfigs_keep_the_pairs(u_boot: tuple[Tree, Given]) -> None:
    """Of every eighth one: shares are kept, all pairs by no more than `least`, counted anew."""
    tree, whole = u_boot
    found = resolved(tree, whole.fragments[::8])
    coverage = Coverage(tree, found, _symbols(tree))
    total = _pairs(coverage, found, coverage.names)
    assert total == coverage.cover.total > 100_000
    reduced = coverage.reduced()
    assert len(reduced[0].lanes) == reduced[0].least
    for percent, reduction in zip((100, 99, 95, 90), reduced, strict=True):
        assert _pairs(coverage, found, coverage.kept(reduction)) == reduction.covered
        assert reduction.covered * 100 >= total * percent


def _symbols(tree: Tree) -> list[str]:
    return [n for n, s in tree.symbols.items() if s.type.is_logical and n.startswith(PATTERNS)]


def _pairs(coverage: Coverage, found: Given, names: Iterable[str]) -> int:
    """Return the pairs of values that named configurations have.

    One Python int for each value: bit i is configuration i. Two share a bit: a pair is kept.
    """
    kept = [coverage.names.index(name) for name in names]
    columns = []
    for name in coverage.values.varying.counts:
        texts = found.configurations.texts(name)
        columns.append([sum(1 << i for i in kept if texts[i] == t) for t in sorted(set(texts))])
    return sum(
        bool(a & b)
        for first, second in itertools.combinations(columns, 2)
        for a in first
        for b in second
    )
