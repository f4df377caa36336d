# SPDX-License-Identifier: MIT
"""The strategy `named`: one variant per fragment, in the fragments' order."""

from __future__ import annotations

from collections.abc import Iterable

from kvariant.errors import InputError
from kvariant.kconfig import Configuration, Fragment, Tree


def named(tree: Tree, fragments: Iterable[Fragment]) -> tuple[Configuration, ...]:
    """Return the configuration of each fragment.

    Raises:
        InputError: values that did not take and that their fragment does not
            permit to be dropped, all fragments' at once.
    """
    configurations = tuple(tree.resolve(fragment) for fragment in fragments)
    refused = [d.diagnostic for c in configurations for d in c.dropped if d.allowed is None]
    if refused:
        # Fragments that include one another would report the same line again.
        raise InputError(*dict.fromkeys(refused))
    return configurations
