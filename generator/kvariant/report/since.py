# SPDX-License-Identifier: MIT
"""What a sweep since a revision ran, and why."""

from __future__ import annotations

from kvariant.sweep.since import Since
from kvariant.words import counted, listed


def since_text(since: Since, *, verbose: bool) -> str:
    """Return how much a revision's results have spared, and with `verbose` why the rest runs.

    Variants that run for the same reason share a line.
    """
    skipped = since.cells - len(since.whys)
    spared = len(since.spared)
    lines = [
        f"since {since.said}: {counted(len(since.changed), 'changed file')}; "
        f"{skipped:,} of {counted(since.cells, 'cell')} skipped, "
        f"{spared:,} of {counted(len(since.variants), 'variant')} wholly"
    ]
    if verbose:
        reasons: dict[str, list[str]] = {}
        for variant, why in since.running.items():
            reasons.setdefault(why, []).append(variant)
        lines += [f"  {listed(names)}: {why}" for why, names in reasons.items()]
        if spared and since.whys:
            lines.append(f"  {listed(since.spared)}: nothing that it reads differs")
    return "\n".join(lines)
