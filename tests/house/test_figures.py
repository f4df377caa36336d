# SPDX-License-Identifier: MIT
"""The figures that the pages name of the flagship are counted from what they are of.

What `kvariant matrix` and `kvariant sweep` print in the README is typed by `tests/test_readme.py`;
what it says there of `distinct` is what the other pages say.
"""

from __future__ import annotations

import re

from house.history import INTERFACE
from house.source import ROOT
from kernel.configurations import configurations
from kernel.headers import ARCHITECTURES
from kvariant import Tree
from kvariant.render import Interface


def figures(page: str, pattern: str) -> list[int]:
    """Return the numbers in the one place of a page that a pattern fits."""
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    (found,) = re.finditer(pattern, text)
    return [int(number.replace(",", "")) for number in found.groups()]


def test_the_family_in_the_readme() -> None:
    """So many helpers, kernels and architectures are in the interface and in the tree."""
    architectures, kernels = (choice.members for choice in Tree.load(ROOT / "Kconfig").choices)
    helpers = {item.name for item in Interface.read(INTERFACE).helpers if not item.private}
    assert [len(helpers), len(kernels), len(architectures)] == figures(
        "README.md",
        r"family\*\*: (\d+) swapops and userfaultfd helpers in C and in Python, for (\d+) kernels"
        r" and (\d+) architectures",
    )


def test_configurations_compared_with_headers() -> None:
    """The wide run compares as many as there are, of every kernel and architecture."""
    found = sum(
        len(list(configurations(release, architecture)))
        for release, architectures in ARCHITECTURES.items()
        for architecture in architectures
    )
    assert [found] == figures("tests/kernel/README.md", r"# all ([\d,]+) configurations")


def test_distinct_variants() -> None:
    """Every page has the number that the README shows."""
    shown = figures("README.md", r"([\d,]+) variants stand for all [\d,]+ configurations")
    assert shown == figures("CHANGELOG.md", r"`distinct` has ([\d,]+) variants")
    assert shown == figures(
        "benchmarks/README.md", r"every distinct variant: ([\d,]+), three cells"
    )
