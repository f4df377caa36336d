"""The space of this repository's own tree, against every assignment there is."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import kconfiglib
import pytest

from kvariant import Space, Tree
from kvariant.cli import run
from kvariant.kconfig.fragment import read_fragment

ROOT = Path(__file__).parents[2]
READ = [
    "X86_64",
    "ARM64",
    "RISCV64",
    "KERNEL_V5_19_PRE",
    "KERNEL_V6_1",
    "KERNEL_V6_2",
    *(f"SINCE_V{name}" for name in ("6_1", "6_2", "6_12", "6_18", "7_2")),
    "HAVE_ARCH_USERFAULTFD_MINOR",
    "HAVE_ARCH_USERFAULTFD_WP",
    "SWAP",
    "SHMEM",
    "HUGETLB_PAGE",
    "MIGRATION",
    "DEVICE_PRIVATE",
    "MEMORY_FAILURE",
    "MEM_SOFT_DIRTY",
    "USERFAULTFD",
    "PTE_MARKER",
    "PTE_MARKER_UFFD_WP",
]
"""The symbols that the templates read."""


def test_counts_equal_brute_force(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whole and projected, by kconfiglib: a user value matters only as y or n for a bool.

    Members of a choice are given one y at a time, all other options every value; riscv64 is
    given with the kernel that has it. The command `space` prints both numbers.
    """
    tree = Tree.load(ROOT / "Kconfig")
    choices = [choice.members for choice in tree.choices]
    members = {name for group in choices for name in group}
    free = [
        name for name, rules in tree.model.symbols.items() if rules.prompts and name not in members
    ]
    whole: set[tuple[str, ...]] = set()
    for picks in itertools.product(*choices):
        is_riscv = "RISCV64" in picks
        if is_riscv and "KERNEL_V7_2" not in picks:
            continue
        asked = [name for name in free if is_riscv or not name.startswith("RISCV")]
        whole |= _reached(picks, asked)
    space = Space.of(tree)
    names = list(tree.symbols)
    projected = {tuple(values[names.index(n)] for n in names if n in READ) for values in whole}
    assert (4688, 2848) == (len(whole), len(projected))
    assert space.count() == len(whole)
    assert space.count(READ) == len(projected)
    found = [tuple(projection.values()) for projection in space.projections(READ)]
    assert (len(projected), projected) == (len(found), set(found))

    monkeypatch.chdir(ROOT)
    assert run(["space", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert len(whole) == record["count"]
    assert (READ, len(projected)) == (record["templates"]["symbols"], record["templates"]["count"])
    assert run(["space"]) == 0
    shown = capsys.readouterr().out
    assert "\nconfigurations    4,688\n" in shown
    assert "\ntemplates         read 23 symbols; 2,848 projections\n" in shown


@pytest.mark.parametrize("wanted", ["PTE_MARKER_UFFD_WP", "HAVE_ARCH_USERFAULTFD_WP"])
def test_fixes_offer_what_the_baseline_has(wanted: str) -> None:
    """No fix asks for riscv64 at a baseline without it, which would give x86_64 instead."""
    tree = Tree.load(ROOT / "Kconfig")
    space, offered = Space.of(tree), 0
    for path in sorted((ROOT / "configs").glob("*.config")):
        start = tree.resolve(read_fragment(path)).assignment
        for fix in space.fixes(start, {wanted: "y"}):
            offered += 1
            asked = {n: text for n, text in {**fix.changes, wanted: "y"}.items() if text}
            got = tree.resolve(fix.assignment)
            assert asked == {n: got[n] for n in asked}
    assert offered > 30


def _reached(picked: Sequence[str], free: Sequence[str]) -> set[tuple[str, ...]]:
    """Return the configurations of all y and n of the free options, those that can be seen.

    By kconfiglib alone. One that cannot be seen once those before it are given is not tried:
    were that wrong, too few would be found.
    """
    kconfig = kconfiglib.Kconfig(str(ROOT / "Kconfig"), warn=False)
    for name in picked:
        kconfig.syms[name].set_value(2)
    found: set[tuple[str, ...]] = set()

    def give(index: int) -> None:
        if index == len(free):
            found.add(tuple(symbol.str_value for symbol in kconfig.unique_defined_syms))
            return
        symbol = kconfig.syms[free[index]]
        for value in (0, 2) if symbol.visibility else (0,):
            symbol.set_value(value)
            give(index + 1)

    give(0)
    return found
