# SPDX-License-Identifier: MIT
"""Rules for bools and tristates: visibility, defaults, implies and selects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.kconfig.model import Default, ReverseDependency, Rules
    from kvariant.kconfig.semantics.algebra import Level, Truth
    from kvariant.kconfig.semantics.values import Values


def visibility(v: Values[Truth, Level], rules: Rules) -> Level:
    """Return the upper bound of user values [kconfiglib `_visibility`].

    A transitional symbol has none: it takes any value [C `sym_calc_visibility`].
    """
    if rules.is_transitional and v.dialect.transitional:
        return v.algebra.y
    if not rules.prompts:
        return v.algebra.n
    if len(rules.prompts) == 1:
        shows = v.condition(rules.prompts[0].condition)
    else:
        shows = v.algebra.highest([v.condition(prompt.condition) for prompt in rules.prompts])
    return shows if shows == v.algebra.n else v.as_typed(rules.type, shows)


def fallback(v: Values[Truth, Level], rules: Rules) -> Level:
    """Return the value of a bool or tristate that has no user value."""
    if not (rules.defaults or rules.implied or rules.selected):
        return v.algebra.n
    return raised(v, rules, default(v, rules))


def default(v: Values[Truth, Level], rules: Rules) -> Level:
    """Return the first default that counts, with implies."""
    value = _first_default(v, rules.defaults) if rules.defaults else v.algebra.n
    if not rules.implied or is_inert(v, rules):
        return value
    return with_imply(v, rules, value)


def _first_default(v: Values[Truth, Level], defaults: Sequence[Default]) -> Level:
    """Return the first default whose condition is not n, limited by the condition."""
    algebra = v.algebra
    counting: list[tuple[Default, Level]] = []
    for item in defaults:
        condition = v.condition(item.condition)
        if condition == algebra.y and not counting:
            return v.condition(item.value)
        if condition != algebra.n:
            counting.append((item, condition))
            if algebra.is_some(condition) == algebra.true:
                break
    value = algebra.n
    for item, condition in reversed(counting):
        own = algebra.lowest((v.condition(item.value), condition))
        value = algebra.chosen(algebra.is_some(condition), own, value)
    return value


def with_imply(v: Values[Truth, Level], rules: Rules, value: Level) -> Level:
    """Return a default with what implies ask for.

                           kconfiglib                      limited_imply
    default and imply      the higher one, if the          the higher one, not above the
                           dependency is not n             dependency
    an imply of y          turns m into y (`promotes`)     does not
    """
    algebra = v.algebra
    wish = implied(v, rules)
    if wish == algebra.n:
        return value
    depends = v.condition(rules.depends)
    higher = algebra.highest((value, wish))
    if v.dialect.limited_imply:
        limit = v.as_typed(rules.type, depends)
        return algebra.chosen(algebra.is_some(wish), algebra.lowest((higher, limit)), value)
    met = algebra.both(algebra.is_some(wish), algebra.is_some(depends))
    return algebra.chosen(met, higher, value)


def plain_default(v: Values[Truth, Level], rules: Rules) -> Level:
    """Return the default as a minimal config counts it [C `sym_get_string_default`].

    Implies count whatever the dependency, and members of choices have none.
    """
    if rules.choice is not None:
        return v.algebra.n
    first = _first_default(v, rules.defaults)
    value = v.algebra.highest((first, selected(v, rules), implied(v, rules)))
    return v.as_typed(rules.type, value)


def promotes(v: Values[Truth, Level], rules: Rules) -> Truth:
    """Return whether m becomes y: for a bool, or by an imply of y."""
    as_bool = v.acts_as_bool(rules.type)
    if v.dialect.limited_imply or not rules.implied or as_bool == v.algebra.true:
        return as_bool
    full = v.algebra.is_full(implied(v, rules))
    if v.dialect.met_imply:
        full = v.algebra.both(full, v.holds(rules.depends))
    return v.algebra.either(as_bool, full)


def is_inert(v: Values[Truth, Level], rules: Rules) -> bool:
    """Return whether selects and implies do nothing: of members, and of transitional symbols."""
    return rules.choice is not None or (rules.is_transitional and v.dialect.transitional)


def selected(v: Values[Truth, Level], rules: Rules) -> Level:
    """Return the lower bound that selects give, whatever the dependencies.

    With `guarded_selects` only where the dependency is not n.
    """
    if is_inert(v, rules):
        return v.algebra.n
    found = _raised_by(v, rules.selected)
    if not v.dialect.guarded_selects or found == v.algebra.n:
        return found
    return v.algebra.chosen(v.holds(rules.depends), found, v.algebra.n)


def barred(v: Values[Truth, Level], rules: Rules) -> Truth:
    """Return whether a select without a dependency that holds keeps a symbol at n."""
    if not v.dialect.guarded_selects or not rules.selected or is_inert(v, rules):
        return v.algebra.false
    wished = v.algebra.is_some(_raised_by(v, rules.selected))
    return v.algebra.both(wished, v.algebra.inverse(v.holds(rules.depends)))


def implied(v: Values[Truth, Level], rules: Rules) -> Level:
    """Return what implies ask for."""
    return v.algebra.n if is_inert(v, rules) else _raised_by(v, rules.implied)


def _raised_by(v: Values[Truth, Level], reverses: Sequence[ReverseDependency]) -> Level:
    algebra = v.algebra
    found = []
    for reverse in reverses:
        source = v.value(reverse.source)
        if source != algebra.n:
            found.append(algebra.lowest((source, v.condition(reverse.condition))))
    return algebra.highest(found)


def raised(v: Values[Truth, Level], rules: Rules, value: Level) -> Level:
    """Return a value with selects and the promotion of m to y."""
    algebra = v.algebra
    if rules.selected and value != algebra.y:
        value = algebra.highest((value, selected(v, rules)))
    if (bar := barred(v, rules)) != algebra.false:
        value = algebra.chosen(bar, algebra.n, value)
    if value in (algebra.n, algebra.y):
        return value
    if algebra.is_some(value) == algebra.is_full(value):
        return value
    return algebra.promoted(promotes(v, rules), value)
