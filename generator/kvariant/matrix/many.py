# SPDX-License-Identifier: MIT
"""Fragments resolved many at once: the circuit for all, the resolver for those with reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, Fragment, Tree
    from kvariant.kconfig.fragment import Request

MANY = 64
"""From so many fragments on a circuit takes less time than one after the other."""
_TEXTS = 64
"""Texts of one int, hex or string with which it may be asked for in a circuit."""


def resolved_fragments(tree: Tree, fragments: Sequence[Fragment]) -> tuple[Configuration, ...]:
    """Return what `tree.resolve` gives for each fragment, in order.

    One of which a value does not take is resolved by itself, as reasons are told. So is one
    with a text for a number or string that has more of them than a circuit is worth.

    Cost: some 100 microseconds a symbol of the tree for all, then microseconds a value.
    """
    if len(fragments) < MANY:
        return tuple(map(tree.resolve, fragments))
    from kvariant.space import Assignments, Space  # what a few fragments do without

    asked = [tree.asked(fragment) for fragment in fragments]
    texts: dict[str, dict[str, None]] = {}
    plain: list[int] = []
    for lane, (_, assignment) in enumerate(asked):
        own = {n: t for n, t in assignment.items() if not tree.types[n].is_logical}
        if all(t in (known := texts.get(n, {})) or len(known) < _TEXTS for n, t in own.items()):
            for name, text in own.items():
                texts.setdefault(name, {})[text] = None
            plain.append(lane)
    if len(plain) < MANY:
        return tuple(map(tree.resolve, fragments))
    found = Space.of(tree, texts=texts).evaluate(Assignments.of(asked[lane][1] for lane in plain))
    names = tuple(tree.model.symbols)
    columns = [found.texts(n) if n in found.rows else [n] * len(plain) for n in names]
    taken = {
        lane: dict(zip(names, row, strict=True))
        for lane, row in zip(plain, zip(*columns, strict=True), strict=True)
    }
    return tuple(
        tree.configured(values, assignment)
        if (values := taken.get(lane)) is not None and _took(tree, values, requests)
        else tree.resolve(fragment)
        for lane, (fragment, (requests, assignment)) in enumerate(
            zip(fragments, asked, strict=True)
        )
    )


def _took(tree: Tree, values: Mapping[str, str], requests: Sequence[Request]) -> bool:
    """Return whether a configuration has all that was asked for."""
    for request in requests:
        kind = tree.types.get(request.symbol)
        is_silent = request.is_unset and kind is not None and not kind.is_logical
        if values.get(request.symbol) != request.value and not is_silent:
            return False
    return True
