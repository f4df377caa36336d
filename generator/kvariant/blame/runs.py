# SPDX-License-Identifier: MIT
"""What blame asks of who runs variants: some configurations, run, and how their cells ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from kvariant.kconfig import Configuration

if TYPE_CHECKING:
    from kvariant.results.cell import Cell

Variants = Mapping[str, Mapping[str, Configuration]]
"""Configurations by environment, then by the name that the variant is to have."""


class VariantRuns(Protocol):
    """Runs variants beyond those of a matrix."""

    def run(self, variants: Variants, *, anew: bool = False) -> Sequence[Cell]:
        """Run the steps in each variant, side by side where that can be, and return their cells.

        A configuration may have been run before, under another name: it is run again.

        Args:
            variants: what to run.
            anew: whether nothing of an earlier run under the same name is left there.
        """
