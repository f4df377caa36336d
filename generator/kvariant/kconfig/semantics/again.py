# SPDX-License-Identifier: MIT
"""Whether lines give values that are known, without working them all out again.

A value is a function of other values and of the symbol's own lines, and nothing goes
round. So if the known values satisfy the rule of each symbol by itself, they are what
the lines give. For most symbols that is seen at once:

    does not show                              its value has nothing to do with its line
    shows at y, nothing selects it             its value is its line's

and for the others their rule is asked, the values of all others being what is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.kconfig.model import Rules
    from kvariant.kconfig.semantics.resolver import Resolved

_FULL = 2


def gives_again(found: Resolved, again: Resolved) -> bool:
    """Return whether lines give known values; False: that is not proven.

    Args:
        found: the values, all of them worked out or known.
        again: the same rules with other lines, nothing asked yet; it is used up.
    """
    if not _are_modules_plain(found):
        return False
    for name, rules in found.model.symbols.items():
        (found.value if rules.is_logical else found.texts)(name)
    again.rest_on(found)
    if not found.dialect.hidden_choices:  # there modes come from conditions alone
        for index in range(len(found.model.choices)):
            if again.own_mode(index) != found.own_mode(index):
                return False
    asked = again.lines.asked
    return all(
        _is_plain(found, rules, asked.get(name)) or again.without_memory(name) == found.text(name)
        for name, rules in found.model.symbols.items()
    )


def _is_plain(found: Resolved, rules: Rules, line: str | None) -> bool:
    """Return whether a line, or none, surely gives a symbol its value."""
    if rules.choice is not None or rules.is_transitional or rules.type is None:
        return False
    shows = found.visibility(rules)
    if not shows:
        return True
    return (
        shows == _FULL
        and rules.is_logical
        and not rules.selected
        and (line == found.text(rules.name) != "m")
    )


def _are_modules_plain(found: Resolved) -> bool:
    """Return whether nothing else decides the symbol that lets tristates be m.

    What it depends on is read as if there were no modules, once and for all.
    """
    rules = found.model.symbols.get(found.model.modules)
    if rules is None:
        return True
    conditions = [rules.depends, *(prompt.condition for prompt in rules.prompts)]
    for default in rules.defaults:
        conditions += [default.value, default.condition]
    return not (rules.selected or rules.implied or any(c.symbols for c in conditions))
