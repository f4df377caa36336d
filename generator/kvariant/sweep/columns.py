# SPDX-License-Identifier: MIT
"""The values of a sweep's variants by column, as they are stored with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kvariant.plan import Facts, Plans
from kvariant.plan.variant_table import VariantTable

if TYPE_CHECKING:
    from kvariant.results.swept_coverage import CoverageGoal


def columns_of(plans: Plans, goal: CoverageGoal | None = None) -> VariantTable:
    """Return the values of all variants of plans, and what they are to cover."""
    facts = Facts.of(plans, plans.configurations)
    columns = VariantTable.of(
        facts.configurations, facts.types, facts.read, facts.settable, facts.asked
    )
    return replace(columns, chosen_by=goal.chosen_by) if goal else columns
