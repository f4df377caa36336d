# SPDX-License-Identifier: MIT
"""Names of chosen variants: valid, unique, telling, and stable across edits."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kvariant.kconfig import Tree
from kvariant.plan.names import LONG, names
from kvariant.space import Space

ROOT = Path(__file__).parents[2]
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
PATCH = ("PTE_MARKER", "PTE_MARKER_UFFD_WP", "USERFAULTFD", "HAVE_ARCH_USERFAULTFD_WP")
READ = (
    "X86_64",
    "ARM64",
    "KERNEL_V5_19_PRE",
    "KERNEL_V6_1",
    "KERNEL_V6_12",
    "SWAP",
    "SHMEM",
    "MIGRATION",
    "MEMORY_FAILURE",
    "USERFAULTFD",
    "PTE_MARKER",
    "PTE_MARKER_UFFD_WP",
)

texts = st.sampled_from(["y", "n", "m", "", "0x1F", "64", "ü ö", "-", "a" * 200])
symbol_names = st.from_regex(r"[A-Za-z0-9_]{1,30}", fullmatch=True)


@st.composite
def lists(draw: st.DrawFn) -> tuple[list[dict[str, str]], list[str]]:
    """Draw configurations over a few symbols, some of them equal."""
    symbols = draw(st.lists(symbol_names, min_size=1, max_size=12, unique=True))
    row = st.fixed_dictionaries(dict.fromkeys(symbols, texts))
    return draw(st.lists(row, max_size=20)), symbols


@pytest.fixture(scope="module")
def tree() -> Tree:
    """Return the flagship's tree."""
    return Tree.load(ROOT / "Kconfig")


def test_states_of_a_patch(tree: Tree) -> None:
    """The states of four symbols are called by what is on."""
    found = sorted(Space.of(tree).projections(PATCH), key=lambda p: tuple(p.values()))
    derived = ("HAVE_ARCH_USERFAULTFD_WP",)
    assert {
        "base": "nnnn",
        "userfaultfd": "nnyn",
        "userfaultfd-have_arch_userfaultfd_wp": "nnyy",
        "pte_marker": "ynnn",
        "pte_marker-userfaultfd": "ynyn",
        "pte_marker-userfaultfd-have_arch_userfaultfd_wp": "ynyy",
        "pte_marker_uffd_wp-userfaultfd-have_arch_userfaultfd_wp": "nyyy",
        "pte_marker-pte_marker_uffd_wp": "yyyy",  # the whole list would be longer than LONG
    } == dict(
        zip(
            names(found, PATCH, derived=derived),
            ("".join(p[name] for name in PATCH) for p in found),
            strict=True,
        )
    )


def test_choices_values_and_base() -> None:
    """A choice is named by its selected member, without the words that all members share."""
    symbols = ["CPU_ARM", "CPU_ARM64", "SWAP", "USB", "NR_CPUS", "TAG"]
    choices = [("CPU_ARM", "CPU_ARM64")]
    base = dict.fromkeys(symbols, "n") | {
        "CPU_ARM": "y",
        "SWAP": "y",
        "NR_CPUS": "8",
        "TAG": "v1",
    }
    rows = [
        base,
        base | {"CPU_ARM": "n", "CPU_ARM64": "y", "SWAP": "n"},
        base | {"USB": "m", "NR_CPUS": "64"},
        base | {"USB": "y", "TAG": "A b/C"},
    ]
    expected = ("base", "arm64-noswap", "usb.m-nr_cpus.64", "usb-tag.a_b_c")
    assert expected == names(rows, symbols, base=base, choices=choices)


def test_derived_symbols_stay_out() -> None:
    """A symbol without a prompt is named where only it tells two variants apart."""
    rows = [{"A": a, "AUTO": auto} for a, auto in ("nn", "ny", "yn")]
    assert ("base", "auto", "a") == names(rows, ["AUTO", "A"], derived=["AUTO"])
    assert ("base", "a") == names(
        [rows[0], {"A": "y", "AUTO": "y"}], ["A", "AUTO"], derived=["AUTO"]
    )


def test_long_names_have_the_telling_values() -> None:
    """Forty variants over 131 symbols: short names of values that each has alone together."""
    symbols = [f"OPTION_{i}" for i in range(131)]
    chance = random.Random(5)
    rows = [{s: chance.choice("yn") for s in symbols} for _ in range(40)]
    found = names(rows, symbols)
    assert len(found) == 40
    for name, row in zip(found, rows, strict=True):
        assert len(name) <= LONG
        told = [word.upper() for word in name.split("-")]
        assert [row] == [r for r in rows if all(r[word] == "y" for word in told)]


def test_a_thousand_variants(tree: Tree) -> None:
    """All projections of the flagship's symbols have short names, half of them without a digest."""
    found = list(Space.of(tree).projections(READ))
    assert len(found) > 300
    made = names(
        found, READ, base=tree.resolve({}), choices=[choice.members for choice in tree.choices]
    )
    assert len(set(made)) == len(made)
    assert max(map(len, made)) <= LONG + 5
    assert all(name.startswith(("arm64", "base")) for name, p in zip(made, found, strict=True)
               if p["ARM64"] == "y")  # fmt: skip


@given(lists())
@example(([{"A": "a" * 200}, {"A": "a" * 201}], ["A"]))
@example(([{"_": "n"}, {"_": "y"}], ["_"]))
@example(([{"A" * 30: "y", "B" * 30: "y"}], ["A" * 30, "B" * 30]))  # nothing to tell it from
def test_valid_and_unique(drawn: tuple[list[dict[str, str]], list[str]]) -> None:
    """Every variant has a name of its own, which can be a variant's."""
    rows, symbols = drawn
    found = names(rows, symbols, taken=("base", "a"))
    assert len(found) == len(rows)
    assert len({*found, "base", "a"}) == len(rows) + 2
    assert all(NAME.fullmatch(name) for name in found)


@given(lists(), st.randoms(use_true_random=False))
def test_position_does_not_count(
    drawn: tuple[list[dict[str, str]], list[str]], chance: random.Random
) -> None:
    """Another order of the same variants gives each the same name."""
    rows, symbols = drawn
    rows = list({tuple(sorted(row.items())): row for row in rows}.values())
    shuffled = chance.sample(range(len(rows)), len(rows))
    before = names(rows, symbols)
    after = names([rows[i] for i in shuffled], symbols)
    assert [before[i] for i in shuffled] == list(after)


@given(lists(), st.data())
def test_names_in_use_stay(
    drawn: tuple[list[dict[str, str]], list[str]], data: st.DataObject
) -> None:
    """A new symbol, and variants that come and go, leave the other names as they were."""
    rows, symbols = drawn
    rows = list({tuple(sorted(row.items())): row for row in rows}.values())
    before = dict(zip(names(rows, symbols), rows, strict=True))
    stay = [row for row in rows if data.draw(st.booleans())]
    grown = [row | {"NEWEST_": text} for row in stay for text in ("n", "y")]
    after = dict(zip(names(grown, [*symbols, "NEWEST_"], previous=before), grown, strict=True))
    assert {n: r | {"NEWEST_": "n"} for n, r in before.items() if r in stay} == {
        n: r for n, r in after.items() if n in before and r["NEWEST_"] == "n"
    }


def test_adding_an_option_without_a_list_in_use(tree: Tree) -> None:
    """Nine of ten names stay where a new option splits every variant, even without a lock."""
    found: list[Mapping[str, str]] = list(Space.of(tree).projections(READ))
    keys = {"base": tree.resolve({}), "choices": [choice.members for choice in tree.choices]}
    before = names(found, READ, **keys)  # type: ignore[arg-type]
    grown = [dict(p) | {"SSO": text} for p in found for text in ("n", "y")]
    after = names(grown, (*READ, "SSO"), **keys)  # type: ignore[arg-type]
    kept = sum(old == new for old, new in zip(before, after[::2], strict=True))
    assert kept >= 0.9 * len(before)


def test_the_hash_seed_does_not_count() -> None:
    """Two processes with different PYTHONHASHSEED name alike."""
    script = (
        "from kvariant.plan.names import names\n"
        "import random\n"
        "r = random.Random(1)\n"
        "s = [f'S{i}' for i in range(40)]\n"
        "print(names([{x: r.choice('ymn') for x in s} for _ in range(60)], s, derived=s[:9]))"
    )
    shown = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "7")
    }
    assert len(shown) == 1
