# SPDX-License-Identifier: MIT
"""`make allnoconfig`, `allyesconfig`, `allmodconfig`: one answer for every prompt.

As the C tool has them (`conf_set_all_new_symbols` and `set_all_choice_values` in
scripts/kconfig/conf.c and confdata.c of Linux 6.1; conf.c of 7.2), and kconfiglib's
scripts of these names:

    allnoconfig    every bool and tristate with a prompt is asked to be n, or y where it
                   says `option allnoconfig_y` (up to Linux 5.12, and what came from there)
    allyesconfig   every one is asked to be y
    allmodconfig   a tristate is asked to be m, a bool y
    alldefconfig   nothing is asked

Numbers and texts keep their defaults. A choice keeps its default too: its members are
asked nothing, since an explicit n is an answer of its own for newer tools. Two kinds
of choices, which Linux 6.11 did away with, have a mode to answer: an optional one is on
but in allnoconfig, a tristate one has all its members at m in allmodconfig. No line of a
`.config` says that and no more, so the member that is the default is asked for.
"""

from __future__ import annotations

import itertools
from collections import ChainMap
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kvariant.kconfig.value import SymbolType, Tristate

if TYPE_CHECKING:
    from kvariant.kconfig.configuration import Configuration
    from kvariant.kconfig.expression import Types
    from kvariant.kconfig.model import Model
    from kvariant.kconfig.tree import Tree

NO, YES, MOD, DEFAULTS = "allnoconfig", "allyesconfig", "allmodconfig", "alldefconfig"
ALLCONFIGS = (NO, YES, MOD, DEFAULTS)


def allconfig(tree: Tree, name: str, first: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the assignment of one of `ALLCONFIGS`.

    Args:
        first: what somebody asks for, and the rest is about all others: what the C tool
            reads from the file that KCONFIG_ALLCONFIG names.

    Cost: where choices have a mode, the tree's model and two or three resolutions.
    """
    given = dict(first or {})
    if name == DEFAULTS:
        return given
    asked = {
        symbol.name: "y" if name == NO and symbol.is_allnoconfig_y else _ANSWERS[name, symbol.type]
        for symbol in tree.symbols.values()
        if symbol.prompt and symbol.type.is_logical and symbol.choice is None
    } | given
    indices = [i for i, c in enumerate(tree.choices) if c.has_mode and not given.keys() & c.members]
    if name == NO:
        tristate = [c for c in map(tree.choices.__getitem__, indices) if not c.is_optional]
        return asked | {member: "n" for choice in tristate for member in choice.members}
    return asked | (_modes(tree, name, asked, indices) if indices else {})


_ANSWERS = {
    (NO, SymbolType.BOOL): "n",
    (NO, SymbolType.TRISTATE): "n",
    (YES, SymbolType.BOOL): "y",
    (YES, SymbolType.TRISTATE): "y",
    (MOD, SymbolType.BOOL): "y",
    (MOD, SymbolType.TRISTATE): "m",
}


def _modes(tree: Tree, name: str, asked: Mapping[str, str], indices: list[int]) -> dict[str, str]:
    """Return what the members of choices that have a mode are asked to be.

    One choice's default may depend on another's member, so all are looked at until nothing
    changes; no chain of dependencies is longer than there are choices.
    """
    found: dict[str, str] = {}
    for _ in range(len(indices) + 1):
        here = tree.resolve({**asked, **found})
        before, found = found, {}
        for index in indices:
            found |= _mode(tree.model, index, name, here)
        if found == before:
            break
    return found


def _mode(model: Model, index: int, name: str, here: Configuration) -> dict[str, str]:
    """Return what the members of one choice are asked to be, all else being as it is here."""
    choice = model.choices[index]
    mode = max((here.evaluate(prompt.condition) for prompt in choice.prompts), default=Tristate.N)
    if mode is Tristate.N:
        return {}
    is_tristate = choice.type is SymbolType.TRISTATE and here.get(model.modules) == "y"
    if is_tristate and (name == MOD or mode is Tristate.M):
        return dict.fromkeys(choice.members, "m")
    defaults = (member for member, condition in choice.defaults if here.satisfies(condition))
    values = dict(here)
    seen = (m for m in (*defaults, *choice.members) if _is_seen(model, m, values, here.types))
    return dict.fromkeys(itertools.islice(seen, 1), "y")


def _is_seen(model: Model, member: str, values: dict[str, str], types: Types) -> bool:
    """Return whether a member has a prompt where its choice is on."""
    on = ChainMap({member: "y"}, values)
    return any(p.condition.holds(on, types) for p in model.symbols[member].prompts)
