# SPDX-License-Identifier: MIT
"""What of a matrix fits into a time, in words and as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.sweep.budget import rough_time_text, time_text
from kvariant.words import counted

if TYPE_CHECKING:  # loaded where there is one
    from kvariant.sweep.fitting_matrix import FittingMatrix


def fitting_text(found: FittingMatrix, seconds: float) -> str:
    """Return how many variants fit, and how long they and all would take."""
    number = len(found.plans.variants)
    budget = time_text(seconds)
    if found.whole_seconds <= seconds:
        return (
            f"budget: all {counted(number, 'variant')} fit into {budget}: "
            f"predicted {rough_time_text(found.seconds)}"
        )
    all_ = rough_time_text(found.whole_seconds)
    return (
        f"budget: {number:,} of {counted(found.whole, 'variant')} fit into {budget}: "
        f"predicted {rough_time_text(found.seconds)}, all would take {all_}"
    )


def fitting_json(found: FittingMatrix, seconds: float) -> dict[str, object]:
    """Return the same as JSON-ready values, in seconds."""
    return {
        "seconds": seconds,
        "predicted": round(found.seconds, 3),
        "variants": len(found.plans.variants),
        "of": found.whole,
        "all": round(found.whole_seconds, 3),
    }
