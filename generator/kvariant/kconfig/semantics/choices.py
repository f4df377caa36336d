# SPDX-License-Identifier: MIT
"""Rules for choices: mode, visibility of members, and which member is selected.

                        with a mode                         `hidden_choices`
    a choice is         n, m or y, limited by its prompt    always decided
    its members show    as far as the mode allows           by their own conditions
    in mode m           any tristate members are m          there is none

[kconfiglib `Choice.tri_value`, `Choice._selection`, `_visibility`; C `sym_calc_choice`]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

from kvariant.kconfig.expression import conjuncts
from kvariant.kconfig.model import ChoiceRules, Mode, Rules
from kvariant.kconfig.semantics.algebra import Level, Truth
from kvariant.kconfig.value import SymbolType

if TYPE_CHECKING:
    from kvariant.kconfig.semantics.values import Values


@dataclass(frozen=True, slots=True)
class Line(Generic[Truth]):
    """One line of a `.config` for a member: whether it is there and says y, m or n."""

    member: str
    y: Truth
    m: Truth
    n: Truth


def mode(v: Values[Truth, Level], index: int) -> Level:
    """Return the mode of a choice as conditions inside it read it.

    Where choices have none, that is their dependency. In C up to 6.10 a choice that is y
    becomes n if none of its members shows [`sym_calc_choice`].
    """
    algebra = v.algebra
    if v.dialect.hidden_choices:
        return v.condition(v.model.choices[index].depends)
    own = v.own_mode(index)
    if not v.dialect.member_defaults or algebra.is_full(own) == algebra.false:
        return own
    empty = algebra.inverse(_could_show(v, index))
    return algebra.chosen(algebra.both(algebra.is_full(own), empty), algebra.n, own)


def _could_show(v: Values[Truth, Level], index: int) -> Truth:
    """Return whether a member shows once its choice is y."""
    algebra = v.algebra
    found = []
    for name in v.model.choices[index].members:
        rules = v.model.symbols[name]
        for prompt in rules.prompts:
            terms = [
                v.condition(term)
                for term in conjuncts(prompt.condition)
                if not (isinstance(term, Mode) and term.choice == index)
            ]
            shows = v.as_typed(rules.type, algebra.lowest(terms))
            found.append(algebra.is_full(shows))
    return algebra.some(found)


def visibility(v: Values[Truth, Level], choice: ChoiceRules) -> Level:
    """Return the upper bound of a choice's mode."""
    shows = v.algebra.highest(v.condition(prompt.condition) for prompt in choice.prompts)
    return v.as_typed(choice.type, shows)


def asked_mode(v: Values[Truth, Level], choice: ChoiceRules, lines: Sequence[Line[Truth]]) -> Level:
    """Return the mode that lines for members give a choice, m at least if it is not optional.

    kconfiglib            the last line that is not n; of a bool choice one that is y
    `joined_modes`        the highest; but m after y takes the choice's user value away
    """
    algebra = v.algebra
    if choice.type is None and v.dialect.joined_modes:
        return algebra.n
    if choice.type is None:
        asked = algebra.n
    else:
        some, full, lost = algebra.false, algebra.false, algebra.false
        for line in lines:
            only = line.m if _says_m(v, choice, line) else algebra.false
            some = algebra.some((some, line.y, only))
            if v.dialect.joined_modes:
                lost = algebra.either(lost, algebra.both(full, only))
                full = algebra.either(full, line.y)
            else:
                full = algebra.both(algebra.either(full, line.y), algebra.inverse(only))
        kept = algebra.inverse(lost)
        asked = algebra.level(algebra.both(some, kept), algebra.both(full, kept))
    if not choice.is_optional:
        asked = algebra.highest((asked, algebra.m))
    limited = algebra.lowest((asked, visibility(v, choice)))
    if choice.type is None:
        return limited
    return v.as_typed(choice.type, limited)


def _says_m(v: Values[Truth, Level], choice: ChoiceRules, line: Line[Truth]) -> bool:
    """Return whether a line that says m is heeded by a choice."""
    is_tristate = v.model.symbols[line.member].type is SymbolType.TRISTATE
    return is_tristate and (choice.type is SymbolType.TRISTATE or v.dialect.joined_modes)


def out_of_sight(v: Values[Truth, Level], rules: Rules) -> Level:
    """Return the value of a member that does not show: n, or its default."""
    return v.fallback(rules) if v.dialect.member_defaults else v.algebra.n


def member_visibility(v: Values[Truth, Level], rules: Rules) -> Level:
    """Return the upper bound of a member's user values.

    In a choice with a mode, a member that could be m only does not show while the
    choice is y, and a bool of a tristate choice shows only then.
    """
    algebra = v.algebra
    assert rules.choice is not None
    shows = algebra.highest(v.condition(prompt.condition) for prompt in rules.prompts)
    if shows == algebra.n or v.dialect.hidden_choices:
        return algebra.promoted(algebra.true, shows)
    choice = v.model.choices[rules.choice]
    if rules.type is SymbolType.TRISTATE:
        full = algebra.is_full(shows)
        hidden = algebra.both(algebra.inverse(full), algebra.is_full(v.mode(rules.choice)))
        some = algebra.both(algebra.is_some(shows), algebra.inverse(hidden))
        shows = algebra.level(some, full)
    elif choice.type is SymbolType.TRISTATE:
        is_y = algebra.is_full(v.mode(rules.choice))
        shows = algebra.chosen(is_y, shows, algebra.n)
    return v.as_typed(rules.type, shows)


def decides(v: Values[Truth, Level], index: int) -> Truth:
    """Return whether one member of a choice is y, if any shows."""
    if v.dialect.hidden_choices:
        return v.algebra.true
    return v.algebra.is_full(v.mode(index))


def shown(v: Values[Truth, Level], index: int) -> dict[str, Truth]:
    """Return for each member whether it can be selected, in Kconfig order."""
    algebra, is_y = v.algebra, decides(v, index)
    members = (v.model.symbols[name] for name in v.model.choices[index].members)
    return {
        rules.name: algebra.both(is_y, algebra.is_some(v.visibility(rules)))
        for rules in members
        if rules.is_logical
    }


def selection(
    v: Values[Truth, Level], index: int, lines: Sequence[Line[Truth]]
) -> Mapping[str, Truth]:
    """Return for each member of a choice whether it is selected.

    Args:
        lines: what is asked of members, the last line of a `.config` last.
    """
    algebra, dialect = v.algebra, v.dialect
    found = _Selection(v, shown(v, index))
    if dialect.last_visible_member:
        for line in reversed(lines):
            found.consider(line.member, line.y)
    else:
        found.consider_one_of(_last(v, lines))
    unset = _any(v, lines, lambda line: line.n) if dialect.unset_members else {}
    found.consider_one_of(
        (name, algebra.both(falls, algebra.inverse(unset.get(name, algebra.false))))
        for name, falls in falls_to(v, v.model.choices[index], found.shows)
    )
    if dialect.unset_members:
        given = _any(v, lines, lambda line: algebra.some((line.y, line.m, line.n)))
        for name in found.shows:
            found.consider(name, algebra.inverse(given.get(name, algebra.false)))
        for line in lines:  # all that show are asked to be n: the first one asked gives in
            found.consider(line.member, line.n)
    return found.selected


class _Selection(Generic[Truth, Level]):
    """Members considered one after the other, until one that shows is taken."""

    def __init__(self, v: Values[Truth, Level], shows: Mapping[str, Truth]) -> None:
        self._algebra = v.algebra
        self._open = v.algebra.true
        self.shows = shows
        self.selected: dict[str, Truth] = dict.fromkeys(shows, v.algebra.false)

    def consider(self, name: str, condition: Truth) -> None:
        """Take a member if a condition holds, it shows, and nothing was taken yet."""
        self.consider_one_of([(name, condition)])

    def consider_one_of(self, candidates: Iterable[tuple[str, Truth]]) -> None:
        """Take a member likewise; at most one of the conditions holds."""
        algebra = self._algebra
        fitting = []
        for name, condition in candidates:
            if name in self.shows and condition != algebra.false:
                fits = algebra.both(condition, self.shows[name])
                taken = algebra.both(self._open, fits)
                self.selected[name] = algebra.either(self.selected[name], taken)
                fitting.append(fits)
        self._open = algebra.both(self._open, algebra.inverse(algebra.some(fitting)))


def _last(v: Values[Truth, Level], lines: Sequence[Line[Truth]]) -> Iterator[tuple[str, Truth]]:
    """Yield for each line that says y whether it is the last one."""
    later = v.algebra.false
    for line in reversed(lines):
        yield line.member, v.algebra.both(line.y, v.algebra.inverse(later))
        later = v.algebra.either(later, line.y)


def falls_to(
    v: Values[Truth, Level], choice: ChoiceRules, shows: Mapping[str, Truth]
) -> Iterator[tuple[str, Truth]]:
    """Yield when a choice falls to a member: its first default that shows, else the first one."""
    algebra = v.algebra
    free = algebra.true
    candidates = [
        *((name, v.holds(condition)) for name, condition in choice.defaults),
        *((name, algebra.true) for name in choice.members),
    ]
    for name, holds in candidates:
        if name in shows:  # a default that is no member is warned about and never shows
            fits = algebra.both(holds, shows[name])
            yield name, algebra.both(free, fits)
            free = algebra.both(free, algebra.inverse(fits))


def _any(
    v: Values[Truth, Level],
    lines: Iterable[Line[Truth]],
    truth: Callable[[Line[Truth]], Truth],
) -> Mapping[str, Truth]:
    """Return for each member whether something is true of one of its lines."""
    found: dict[str, Truth] = {}
    for line in lines:
        before = found.get(line.member, v.algebra.false)
        found[line.member] = v.algebra.either(before, truth(line))
    return found
