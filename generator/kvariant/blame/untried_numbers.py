# SPDX-License-Identifier: MIT
"""Numbers that had one value in all variants, and the ends at which they are tried.

    all variants have PORT=8080 and fail     PORT=1 and PORT=65535 are tried
    one of them passes                       PORT is to blame, and the limit is looked for
                                             [kvariant.blame.thresholds]

Of what always fails nothing can be known but that something nobody varied decides it:
then all numbers count that people can set; else those that templates and steps read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import ALWAYS
from kvariant.kconfig.value import SymbolType, ValueTexts

if TYPE_CHECKING:
    from kvariant.blame.findings import Finding

MOST = 64
"""Numbers of a tree that are tried where nothing says which are read."""
_BASES = {SymbolType.INT: 10, SymbolType.HEX: 16}


def untried_numbers(
    types: Mapping[str, SymbolType],
    edges: Mapping[str, Sequence[str]],
    finding: Finding,
    known: Mapping[str, ValueTexts],
) -> dict[str, tuple[str, ...]]:
    """Return the least and the largest edge of each number that nobody varied.

    Args:
        types: of the tree's symbols, in Kconfig order.
        edges: of each number that people can set.
        finding: what is to be explained.
        known: the values of all variants that have run.
    """
    is_always = finding.attribution.expression == ALWAYS
    found: dict[str, tuple[str, ...]] = {}
    for name, own in edges.items():
        base = _BASES.get(types[name])
        if base is None or not (is_always or name in finding.symbols):
            continue
        tried = {values.get(name, "") for values in known.values()} - {""}
        others = sorted(set(own) - tried, key=lambda text: int(text, base))
        ends = sorted({*own}, key=lambda text: int(text, base))
        ends = [ends[0], ends[-1]] if ends else []
        is_due = len(tried) == 1 or (is_always and not tried.issuperset(ends))
        if is_due and others:
            found[name] = tuple(dict.fromkeys((others[0], others[-1])))
    return found if len(found) <= MOST or not is_always else {}
