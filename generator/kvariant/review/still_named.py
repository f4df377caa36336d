# SPDX-License-Identifier: MIT
"""Symbols that are gone, or have another name, and that Kconfig files still name: always n."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.kconfig.tree_checks import first_uses

if TYPE_CHECKING:
    from kvariant.errors import Location
    from kvariant.review.tree_changes import TreeChanges


@dataclass(frozen=True, slots=True)
class StillNamed:
    """A name that means nothing any more."""

    symbol: str
    location: Location
    """Where it is used first."""


def still_named(changes: TreeChanges) -> tuple[StillNamed, ...]:
    """Return the names that an edit has left without a symbol, in Kconfig order of before.

    Cost: nothing where no symbol is gone, else one pass over all files.
    """
    gone = {*changes.gone, *(one.old for one in changes.renamed)}
    tree = changes.after.tree
    names = gone.intersection(tree.undefined_names) if gone else ()
    places = first_uses(names, tree.files)
    return tuple(
        StillNamed(name, places[name][0]) for name in changes.before.model.symbols if name in places
    )
