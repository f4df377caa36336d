# SPDX-License-Identifier: MIT
"""More variants than anybody asked for: refused, or the ones that cover most within a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, Severity
from kvariant.words import tuple_noun

if TYPE_CHECKING:  # which itself asks what is too many
    from kvariant.plan.choice_request import ChoiceRequest
    from kvariant.plan.picker import Picked

MANY = 1_000
"""More variants than this need a limit that somebody has set."""


def is_beyond(asked: ChoiceRequest, picked: Picked) -> bool:
    """Return whether a strategy picks more than `MANY`, and nobody said that it may."""
    table, count = asked.keys.table, len(picked.configurations)
    return count > MANY and not table.max_variants and table.size < count


def too_many(picked: Picked) -> tuple[str, str]:
    """Return what is said of too many variants, and what may be done about it."""
    count, tuples = len(picked.configurations), picked.tuples
    left = "what they leave uncovered is counted"
    if tuples is not None and tuples.unproven:
        nouns = f"{tuple_noun(tuples.strength)}s"
        message = (
            f"the first {count:,} variants cover {tuples.covered:,} {nouns} and leave "
            f"{tuples.unproven:,}, and nothing limits their number"
        )
        return message, f"--max-variants {MANY} takes so many, --max-variants 50 a few: {left}"
    least = f", at least {picked.lower_bound:,} are needed" if picked.lower_bound > 1 else ""
    message = f"there are {count:,} variants{least}, and nothing limits their number"
    return message, f"--max-variants {count}, or fewer: {left}"


def is_cut(asked: ChoiceRequest, picked: Picked) -> bool:
    """Return whether variants are left out because a budget is for `MANY` at most."""
    tuples = picked.tuples
    if asked.keys.table.max_variants or tuples is None or len(picked.configurations) < MANY:
        return False
    # Of combinations that were too many to be listed, pairs are counted: none need be missing.
    is_listed = not asked.is_by_renderings or tuples.strength == len(asked.request.symbols)
    is_left = tuples.covered < tuples.feasible + tuples.unproven
    return asked.request.is_cut and (is_left or not is_listed)


def cut_warning(picked: Picked) -> Diagnostic:
    """Return what is said where variants are left out."""
    count = len(picked.configurations)
    return Diagnostic(
        message=f"there are more than {MANY:,} variants: within the budget {count:,} are chosen, "
        "of those that cover most",
        code="many",
        severity=Severity.WARNING,
        hint="--max-variants N chooses another number of them",
    )
