# SPDX-License-Identifier: MIT
"""What a sweep since a revision ran, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.sweep.budget import rough_time_text
from kvariant.words import counted, listed

if TYPE_CHECKING:
    from kvariant.sweep.since import Since


def since_text(since: Since, *, verbose: bool) -> str:
    """Return how much a revision's results have spared, and with `verbose` why the rest runs.

    Variants that run for the same reason share a line. How long commands are predicted to take is
    told where each step ever ran.
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
    if (own := since.seconds) is not None and (whole := since.whole_seconds) is not None:
        about, all_ = rough_time_text(own), rough_time_text(whole)
        lines.append(f"about {about} of commands, where all would be {all_}")
    return "\n".join(lines)
