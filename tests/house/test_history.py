# SPDX-License-Identifier: MIT
"""The page of the family's history is what its interface says."""

from __future__ import annotations

import pytest

from house.history import ALWAYS, BASELINES, DOCUMENT, NEVER, document_text, known_values, under
from kvariant.kconfig import Expression


def test_the_page_is_current() -> None:
    """docs/pte-markers.md: PYTHONPATH=tests:generator python tests/house/history.py"""
    assert DOCUMENT.read_text(encoding="utf-8") == document_text()


ROWS = {
    "pte_marker_uffd_wp": "yes, *stub unless PTE_MARKER_UFFD_WP* |  |  |  |  |"
    " `pte_is_uffd_wp_marker` |",
    "is_swap_pte": "yes |  |  |  |  | — |",
    "make_swapin_error_entry": "— | yes |  | `make_poisoned_swp_entry` |  |  |",
    "PTE_MARKER_GUARD": "— |  |  |  | yes |  |",
}


@pytest.mark.parametrize("name", ROWS)
def test_rows_tell_the_history(name: str) -> None:
    """A row says from which kernel on a name is there, is another, or is gone."""
    row = next(line for line in document_text().splitlines() if line.startswith(f"| `{name}` |"))
    assert row == f"| `{name}` | {ROWS[name]}"


# (expression, baseline): what is left
LEFT = {
    ("SINCE_V6_2 && MIGRATION", "6_1"): NEVER,
    ("SINCE_V6_2 && MIGRATION", "7_2"): Expression.parse("MIGRATION"),
    ("PTE_MARKER || SINCE_V6_2", "6_12"): ALWAYS,
    ("PTE_MARKER || SINCE_V6_2", "6_1"): Expression.parse("PTE_MARKER"),
    ("!KERNEL_V6_1", "6_1"): NEVER,
}


@pytest.mark.parametrize(("text", "baseline"), LEFT)
def test_what_a_baseline_decides(text: str, baseline: str) -> None:
    """An expression is told as far as the kernel leaves it open."""
    assert under(Expression.parse(text), known_values(baseline)) == LEFT[text, baseline]


def test_baselines_are_those_of_the_tree() -> None:
    """Each kernel of the choice has a column, and each column is one."""
    text = (DOCUMENT.parents[1] / "Kconfig").read_text(encoding="utf-8")
    found = [line.split()[1] for line in text.splitlines() if line.startswith("config KERNEL_V")]
    assert found == [f"KERNEL_V{name}" for name in BASELINES]
