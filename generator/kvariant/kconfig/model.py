# SPDX-License-Identifier: MIT
"""The rules of a tree as frozen values: what decides every symbol's value.

kconfiglib propagates menus, `if` and `visible if` into each property while it
parses; a `Model` is that final form, with `Expression`s in place of kconfiglib's
tuples:

    Model
    ├── symbols: name -> Rules          prompts, defaults, selects, implies, ranges
    ├── choices: tuple[ChoiceRules]     prompts, defaults, members, optional
    └── modules: the symbol that lets tristates be m

Subexpressions that kconfiglib shares stay shared (the same object), so that who
translates a model does each of them once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import kconfiglib

from kvariant.errors import Location
from kvariant.kconfig.expression import (
    ALWAYS,
    NEVER,
    And,
    Comparison,
    Constant,
    Expression,
    Not,
    Or,
    Reference,
    Types,
    some,
)
from kvariant.kconfig.symbol import OPERATORS, location_of
from kvariant.kconfig.syntax.unequal import bare
from kvariant.kconfig.value import SymbolType, Tristate

if TYPE_CHECKING:
    from kvariant.kconfig.reader import Reader


@dataclass(frozen=True, slots=True)
class Mode(Expression):
    """The mode of a choice, as its members' conditions refer to it: n, m or y."""

    choice: int
    """Index into `Model.choices`."""
    members: tuple[str, ...] = field(compare=False)
    is_y: bool = False
    """Whether it is the condition that the mode is y."""

    def evaluate(self, values: Mapping[str, str], types: Types = {}) -> Tristate:  # noqa: B006
        """Return the highest value of a member, which is the mode where a member shows."""
        return max((Tristate.of(values.get(name, "")) for name in self.members), default=Tristate.N)

    def __str__(self) -> str:
        return f"choice of {self.members[0]}" if self.members else "empty choice"

    def replaced(self, values: Mapping[str, str]) -> Mode:
        """Return itself: its members are symbols."""
        return self

    def _names(self) -> Iterator[str]:
        return iter(self.members)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt: the user may give a value where its condition is not n."""

    condition: Expression
    """With everything around it: `depends on`, `if`, menus, `visible if`."""
    location: Location
    """The definition it stands in."""


@dataclass(frozen=True, slots=True)
class Default:
    """A default with its condition; the first whose condition holds counts."""

    value: Expression
    condition: Expression
    location: Location


@dataclass(frozen=True, slots=True)
class Range:
    """A range of an int or hex; the first whose condition holds is active."""

    low: Reference | Constant
    high: Reference | Constant
    condition: Expression


@dataclass(frozen=True, slots=True)
class ReverseDependency:
    """One `select` or `imply`, seen from the symbol that it raises."""

    source: str
    """The symbol that selects or implies."""
    condition: Expression
    location: Location
    """The definition of the source that it stands in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything that decides one symbol's value."""

    name: str
    type: SymbolType | None
    """None: defined without a type; its value is its own name, and n in conditions."""
    prompts: tuple[Prompt, ...]
    defaults: tuple[Default, ...]
    ranges: tuple[Range, ...]
    selected: tuple[ReverseDependency, ...]
    implied: tuple[ReverseDependency, ...]
    depends: Expression
    """The direct dependency: definitions or-ed, as `imply` reads it."""
    choice: int | None
    """Index of the choice that it is a member of."""
    location: Location
    is_transitional: bool = False
    """An old name: it takes any value asked for, so that defaults can read it."""
    is_logical: bool = field(init=False)
    """Whether its values are n, m and y."""

    @property
    def is_settable(self) -> bool:
        """Return whether a user can ever give it a value."""
        return bool(self.prompts) or self.is_transitional

    def __post_init__(self) -> None:
        """Work out once what is asked most."""
        is_logical = self.type is not None and self.type.is_logical
        object.__setattr__(self, "is_logical", is_logical)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRules:
    """Everything that decides a choice's mode and selection."""

    type: SymbolType | None
    """bool or tristate; None where no member has a type."""
    is_optional: bool
    prompts: tuple[Prompt, ...]
    defaults: tuple[tuple[str, Expression], ...]
    """Default members with their conditions, in order."""
    members: tuple[str, ...]
    """Each once, in the order of their first definitions in it."""
    depends: Expression
    """The direct dependency: its definitions or-ed, without its prompts' conditions."""
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A whole tree's rules."""

    symbols: Mapping[str, Rules]
    """In Kconfig order."""
    choices: tuple[ChoiceRules, ...]
    modules: str
    """The symbol without which tristates act as bools; undefined counts as n."""


def is_mode_read(model: Model, choice: int) -> bool:
    """Return whether a choice's mode decides anything but the values of its members.

    It is what stands inside the choice without being a member that reads it.
    """

    def conditions() -> Iterator[Expression]:
        for rules in model.symbols.values():
            if rules.choice != choice:
                for several in (rules.prompts, rules.ranges, rules.selected, rules.implied):
                    yield from (each.condition for each in several)
                for default in rules.defaults:
                    yield from (default.value, default.condition)
                yield rules.depends
        for index, other in enumerate(model.choices):
            if index != choice:
                yield from (prompt.condition for prompt in other.prompts)
                yield from (condition for _, condition in other.defaults)

    return any(_has_mode(condition, choice) for condition in conditions())


def _has_mode(expression: Expression, choice: int) -> bool:
    match expression:
        case Mode():
            return expression.choice == choice
        case Not():
            return _has_mode(expression.term, choice)
        case And() | Or():
            return any(_has_mode(term, choice) for term in expression.terms)
    return False


class Freezer:
    """One pass over kconfiglib's objects; shared conditions stay shared.

    Recurses as deep as expressions nest: call it through `reader.deep`.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._choices = {id(item): i for i, item in enumerate(reader.unique_choices)}
        self._done: dict[int, Expression] = {}
        self._of_bool_members: dict[int, Expression] = {}
        self._is_bool_member = False
        self._modules = reader.modules.name
        if reader.dialect.named_modules:
            self._modules = next(iter(reader.recorded.modules), "")
        self._depth = 0
        self.nesting = 0
        """How deep the most nested expression is."""
        self._selected: dict[str, list[ReverseDependency]] = {}
        self._implied: dict[str, list[ReverseDependency]] = {}

    def model(self) -> Model:
        """Return the rules of the whole tree."""
        symbols = self._reader.unique_defined_syms
        for item in symbols:
            self._is_bool_member = self._needs_y(item)
            for node in item.nodes:
                self._levers(item, node)
        rules = {}
        for item in symbols:
            self._is_bool_member = self._needs_y(item)
            rules[item.name] = self._rules(item)
        self._is_bool_member = False
        return Model(
            symbols=rules,
            choices=tuple(map(self._choice, self._reader.unique_choices)),
            modules=self._modules,
        )

    def _needs_y(self, item: Any) -> bool:
        """Return whether a symbol is there only while its choice is y.

        It is a bool of a tristate choice [C `menu_finalize`, up to Linux 6.10].
        """
        choice = item.choice
        return (
            choice is not None
            and self._reader.dialect.member_defaults
            and choice.orig_type == kconfiglib.TRISTATE
            and item.orig_type != kconfiglib.TRISTATE
        )

    def _levers(self, item: Any, node: Any) -> None:
        here = self._place(node)
        is_bare = self._reader.dialect.bare_unequal and item.orig_type != kconfiglib.TRISTATE
        for properties, reverses in ((node.selects, self._selected), (node.implies, self._implied)):
            for target, condition in properties:
                if condition is self._reader.n:
                    continue  # so it makes no loop either: kconfiglib and C forget it
                own = self.expression(condition)
                if is_bare:
                    own = bare(own, self._is_tristate)
                reverse = ReverseDependency(item.name, own, here)
                reverses.setdefault(target.name, []).append(reverse)

    def _is_tristate(self, name: str) -> bool:
        item = self._reader.syms.get(name)
        return item is not None and item.orig_type == kconfiglib.TRISTATE

    def _rules(self, item: Any) -> Rules:
        choice = None if item.choice is None else self._choices[id(item.choice)]
        return Rules(
            name=item.name,
            type=_TYPES.get(item.orig_type),
            prompts=self._prompts(item),
            defaults=tuple(
                Default(self.expression(value), self.expression(condition), self._place(node))
                for node in item.nodes
                for value, condition in node.defaults
            ),
            ranges=tuple(
                Range(_operand(low), _operand(high), self.expression(condition))
                for low, high, condition in item.ranges
            ),
            selected=tuple(self._selected.get(item.name, ())),
            implied=tuple(self._implied.get(item.name, ())),
            depends=self._depends(item),
            choice=choice,
            location=location_of(self._reader, item),
            is_transitional=item.name in self._reader.recorded.transitional,
        )

    def _depends(self, item: Any) -> Expression:
        """Return the direct dependency: the definitions' or-ed.

        C's `expr_alloc_or` takes a dependency that is not there for no operand.
        """
        yes, is_conditional = self._reader.y, self._reader.is_conditional
        own = [
            node.dep
            for node in self._reader.definitions_of(item)
            if node.dep is not yes or is_conditional(node)
        ]
        if len(own) == len(item.nodes) or not (own and self._reader.dialect.bare_definitions):
            return self.expression(item.direct_dep)
        return some(map(self.expression, own))

    def _choice(self, item: Any) -> ChoiceRules:
        return ChoiceRules(
            type=None if self._is_untyped(item) else _TYPES.get(item.orig_type),
            is_optional=bool(item.is_optional),
            prompts=self._prompts(item),
            defaults=tuple(
                (value.name, self.expression(condition)) for value, condition in item.defaults
            ),
            # kconfiglib lists a member once for each definition of the choice that has it
            members=tuple(dict.fromkeys(member.name for member in item.syms)),
            depends=self.expression(item.direct_dep),
            location=location_of(self._reader, item),
        )

    def _is_untyped(self, choice: Any) -> bool:
        """Return whether C has no type for a choice [`menu_finalize`, up to Linux 6.10]."""
        reader = self._reader
        return reader.dialect.member_defaults and choice not in reader.recorded.typed

    def _prompts(self, item: Any) -> tuple[Prompt, ...]:
        return tuple(
            Prompt(self.expression(node.prompt[1]), self._place(node))
            for node in item.nodes
            if node.prompt
        )

    def _place(self, node: Any) -> Location:
        return Location(self._reader.path_of(node.filename), node.linenr, 1)

    def expression(self, item: Any) -> Expression:
        """Return a kconfiglib expression as ours, the same object for the same one."""
        done = self._of_bool_members if self._is_bool_member else self._done
        known = done.get(id(item))
        if known is None:
            self._depth += 1
            self.nesting = max(self.nesting, self._depth)
            known = done[id(item)] = self._frozen(item)
            self._depth -= 1
        return known

    def _frozen(self, item: Any) -> Expression:
        if item.__class__ is not tuple:
            if item.__class__ is kconfiglib.Choice:
                members = tuple(dict.fromkeys(member.name for member in item.syms))
                return Mode(self._choices[id(item)], members, self._is_bool_member)
            return _operand(item)
        operator = item[0]
        if operator is kconfiglib.NOT:
            return Not(self.expression(item[1]))
        if operator is kconfiglib.AND:
            if item[1] is self._reader.m and item[2] is self._reader.modules:
                # how kconfiglib writes a bare `m`
                return And((Constant("m"), Reference(self._modules))) if self._modules else NEVER
            left, right = self.expression(item[1]), self.expression(item[2])
            return right if left == ALWAYS else left if right == ALWAYS else And((left, right))
        if operator is kconfiglib.OR:
            return Or(tuple(map(self.expression, kconfiglib.split_expr(item, kconfiglib.OR))))
        return Comparison(OPERATORS[operator], _operand(item[1]), _operand(item[2]))


_TYPES = {
    kconfiglib.BOOL: SymbolType.BOOL,
    kconfiglib.TRISTATE: SymbolType.TRISTATE,
    kconfiglib.INT: SymbolType.INT,
    kconfiglib.HEX: SymbolType.HEX,
    kconfiglib.STRING: SymbolType.STRING,
}


def _operand(item: Any) -> Reference | Constant:
    return Constant(item.name) if item.is_constant else Reference(item.name)
