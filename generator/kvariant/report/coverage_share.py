# SPDX-License-Identifier: MIT
"""What a sweep has covered, in words and as values: an exact share, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from kvariant.plan.tuple_text import tuple_text
from kvariant.report.document import Block, Item, Items, Paragraph
from kvariant.results.swept_coverage import LISTED, SweptCoverage
from kvariant.words import counted, listed

_SHOWN = 5
"""Missing tuples that are shown; more are only counted."""


def coverage_line(found: SweptCoverage) -> str:
    """Return the share: `budget: 61.2 % of 854 pairs, 523 covered, 331 missing`."""
    what = "coverage" if found.goal.budget is None else "budget"
    of = f"{counted(found.total, found.noun)}{_part(found)}"
    if found.goal.unproven and not found.is_of_part:
        of += f", of which {found.goal.unproven:,} may be infeasible"
        share = f"at least {percent(found.share)} of {of}"
    else:
        share = f"{percent(found.share)} of {of}"
    return f"{what}: {share}, {found.covered:,} covered, {found.missing:,} missing"


def percent(share: Fraction) -> str:
    """Return a share in percent, rounded down: it is 100 % only if nothing is missing."""
    tenths = share * 1000 // 1
    return f"{tenths // 10}.{tenths % 10} %"


def coverage_blocks(found: SweptCoverage) -> Iterator[Block]:
    """Yield the share, the variants that have not ended, and what only those have."""
    yield Paragraph(coverage_line(found))
    items = []
    if left := found.left:
        items.append(Item(f"{counted(len(left), 'variant')} left: {listed(left)}"))
    if found.goal.strength and (missing := found.missing):
        texts = [tuple_text(one) for one in found.uncovered]
        more = missing - found.beyond - len(texts[:_SHOWN])
        if texts:
            rest = f" and {more:,} more" if more else ""
            items.append(Item(f"not covered: {', '.join(texts[:_SHOWN])}{rest}"))
        if found.beyond:
            items.append(Item(f"{found.beyond:,} of the missing are in no variant of these"))
    if items:
        yield Items(items)


def coverage_json(found: SweptCoverage) -> dict[str, object]:
    """Return the same as JSON-ready values; the share is rounded down to a millionth."""
    return {
        "of": f"{found.noun}s",
        "strength": found.goal.strength,
        "total": found.total,
        "covered": found.covered,
        "missing": found.missing,
        "share": float(found.share * 10**6 // 1) / 10**6,
        "budget": found.goal.budget,
        "shard": found.goal.part if found.is_of_part else "",
        "left": list(found.left),
        "uncovered": [dict(one) for one in found.uncovered[:LISTED]],
        "in_no_variant": found.beyond,
    }


def _part(found: SweptCoverage) -> str:
    """Return of which variants that is, where it is not of the whole matrix."""
    if not found.is_of_part:
        return ""
    whose = f"shard {found.goal.part}" if found.goal.part else "the selected variants"
    return f" of {whose}"
