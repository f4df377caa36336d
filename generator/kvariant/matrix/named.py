# SPDX-License-Identifier: MIT
"""The strategy `named`: one variant per fragment, in the fragments' order."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig.unset import hint
from kvariant.matrix.many import resolved_fragments
from kvariant.words import counted

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, Dropped, Fragment, Tree
    from kvariant.space import Fix, Space

_FIXED = 5
"""Fixes are searched for this many dropped values; `kvariant explain` does the others."""
_LONG = 6
"""A fix with more changes is counted, not listed."""


def named(tree: Tree, fragments: Iterable[Fragment]) -> tuple[Configuration, ...]:
    """Return the configuration of each fragment.

    Raises:
        InputError: values that did not take and that their fragment does not
            permit to be dropped, all fragments' at once.
    """
    configurations = resolved_fragments(tree, tuple(fragments))
    # Fragments that include one another would report the same line again.
    refused = {d.diagnostic: (d, c) for c in configurations for d in c.dropped if d.allowed is None}
    if refused:
        from kvariant.space import Space  # for what is wrong alone

        space = Space.of(tree)
        fixed = [_fixed(space, *found) for found in list(refused.values())[:_FIXED]]
        raise InputError(*fixed, *list(refused)[_FIXED:])
    return configurations


def _fixed(space: Space, dropped: Dropped, configuration: Configuration) -> Diagnostic:
    """Return the error for a dropped value, with the nearest fixes as its hint."""
    diagnostic = dropped.diagnostic
    if diagnostic.hint or dropped.got is None or not dropped.is_quoted:
        return diagnostic
    wanted = {dropped.symbol: dropped.asked}
    try:
        fixes = space.fixes(configuration.assignment, wanted)
    except InputError:  # another asked-for value is none of its symbol's, and has its own error
        return diagnostic
    hint = _hint(dropped, fixes) if fixes else _never(space, dropped)
    return dataclasses.replace(diagnostic, hint=hint)


def _never(space: Space, dropped: Dropped) -> str:
    """Say that no assignment gives a value, and the one thing it lacks, if it is one."""
    never = f"no assignment makes {dropped.symbol} {dropped.asked}"
    explained = space.explain(dropped.symbol, dropped.asked)
    if unset := hint(space.tree.unset_at(explained.notes)):
        return f"{unset}; till then {never}"
    cause = explained.cause
    arch = space.tree.environment.get("ARCH")
    if arch:
        cause = cause.replace("in this tree", f"in this tree (ARCH={arch})")
    text = f"{cause}, so {never}" if cause else f"{never} in this tree"
    if not arch:
        return text
    lacking = re.search(r" selects (\w+)", cause)
    others = space.tree.architectures_that_select(lacking[1]) if lacking else ()
    return f"{text}; another tree: --env ARCH={others[0] if others else '...'}"


def _hint(dropped: Dropped, fixes: Sequence[Fix]) -> str:
    wanted = f"{dropped.symbol}={dropped.asked}"
    if len(fixes[0].changes) > _LONG:
        values = counted(len(fixes[0].changes), "value")
        return f"the nearest fix changes {values}; kvariant explain {wanted} --fix lists them"
    return f"nearest fixes: {' | '.join(str(fix) for fix in fixes)}"
