# SPDX-License-Identifier: MIT
"""Every combination of values that some symbols have together, by a search of its own.

    A=n         a configuration has it, so go on
      B=n       the same configuration has it
      B=y       asked of the solver: none has it, which is a proof
    A=y  ...

Each value of one symbol after the other is either followed or proven impossible, so that
nothing is left out. The strategy `distinct` finds its combinations in another way (it
forbids each that it has, until there is no other), so that this one can prove it wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kvariant.kconfig import Configuration, SymbolType

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.space import Space

LOGICAL = {SymbolType.BOOL: ("n", "y"), SymbolType.TRISTATE: ("n", "m", "y")}


def texts_of(space: Space, symbols: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return all values of each symbol: those of its type, or those that the space tells apart.

    Of values that were chosen among, those that some configuration has.
    """
    types = space.tree.types
    found = {}
    for name in symbols:
        told = LOGICAL.get(types[name]) or (*space.literals(name),)
        is_all = types[name] in LOGICAL or not space.chosen
        found[name] = told if is_all else tuple(t for t in told if space.solve({name: t}))
    return found


def combinations(
    space: Space, texts: Mapping[str, Sequence[str]]
) -> Iterator[tuple[Mapping[str, str], Configuration]]:
    """Yield each combination of values that a configuration has, with one that has it.

    Args:
        texts: all values of each symbol; the order of both is that of the combinations.

    Cost: a call of the solver for each value of a symbol that the configuration at hand
    does not have, some milliseconds for each combination.
    """
    names = list(texts)
    root = space.solve()
    left: list[tuple[dict[str, str], Configuration]] = [({}, root)] if root else []
    while left:
        values, witness = left.pop()
        if len(values) == len(names):
            yield values, witness
            continue
        name = names[len(values)]
        for text in reversed(texts[name]):
            wanted = {**values, name: text}
            found = witness if witness[name] == text else space.solve(wanted)
            if found is not None:
                left.append((wanted, found))
