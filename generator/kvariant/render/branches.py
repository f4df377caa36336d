# SPDX-License-Identifier: MIT
"""The branches of templates, each with the Kconfig expression that it is rendered under.

    {% if A and not B %}    A && !B
    {% elif C == "m" %}     !(A && !B) && C = m, written as (!A || B) && C = m
    {% else %}              what is left
    {{ "x" if A else "y" }} the same

What a Kconfig expression cannot say (a loop's variable, a filter, a test) counts as
something that may hold: a branch's condition is exact or too weak, never too strong,
so that a branch whose condition never holds is dead for certain. Inside a helper's
body the helper's own condition is a part of it, since the body goes nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jinja2 import nodes

from kvariant.kconfig import SymbolType
from kvariant.kconfig.expression import (
    ALWAYS,
    And,
    Comparison,
    Constant,
    Expression,
    Not,
    Or,
    Reference,
)
from kvariant.render.interface import Helper, Interface
from kvariant.render.tags import definition

_OPERATORS = {"eq": "=", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
_ELSE = re.compile(r"\{%[-+]?\s*else\b")
_PYTHON = {
    SymbolType.TRISTATE: str,
    SymbolType.STRING: str,
    SymbolType.INT: int,
    SymbolType.HEX: int,
}
"""What a symbol's value is in a template; a bool is left out: it equals 0 or 1."""
_OPPOSITES = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a template that only some configurations render."""

    line: int
    condition: Expression
    """What holds wherever it is rendered, the conditions around it too."""
    shown: Expression
    """The same as far as the template says it."""
    inner: tuple[Branch, ...]


def branches(
    template: nodes.Template,
    source: str,
    types: Mapping[str, SymbolType],
    interface: Interface | None,
) -> tuple[Branch, ...]:
    """Return the branches of a parsed template, outer ones first, in its order."""
    reader = ConditionReader(template, source, types, interface)
    return tuple(reader.of(template.body, (), ()))


class ConditionReader:
    """Says of the parts of one template which expressions hold where they are rendered."""

    def __init__(
        self,
        template: nodes.Template,
        source: str,
        types: Mapping[str, SymbolType],
        interface: Interface | None,
    ) -> None:
        self._lines = source.splitlines()
        own = set(_set_here(template))
        self._types = {name: kind for name, kind in types.items() if name not in own}
        self._interface = interface

    def of(
        self, body: Iterable[nodes.Node], around: Sequence[Expression], hidden: Sequence[Expression]
    ) -> Iterator[Branch]:
        """Yield the branches in some nodes.

        Args:
            around: conditions of the branches around them.
            hidden: conditions that stand in the interface.
        """
        for node in body:
            if isinstance(node, nodes.If):
                yield from self._if(node, around, hidden)
            elif isinstance(node, nodes.CondExpr):
                yield from self._inline(node, around, hidden)
            elif isinstance(node, nodes.CallBlock) and (found := definition(node)):
                entered = self._entered(found.name)
                yield from self.of(node.body, around, [*hidden, *entered])
            else:
                yield from self.of(node.iter_child_nodes(), around, hidden)

    def outputs(
        self, body: Iterable[nodes.Node], around: Sequence[Expression] = ()
    ) -> Iterator[tuple[nodes.Output, Expression]]:
        """Yield what writes text, with what holds wherever it does; not what a `set` keeps."""
        for node, condition in self._parts(body, around):
            if isinstance(node, nodes.Output):
                yield node, condition

    def inclusions(self, body: Iterable[nodes.Node]) -> Iterator[tuple[str, Expression]]:
        """Yield the templates that are taken in: of an `include`, with what holds there.

        What is imported or extended is written where something else says.
        """
        for node, condition in self._parts(body, ()):
            target = getattr(node, "template", None)
            if isinstance(target, nodes.Const):
                is_here = isinstance(node, nodes.Include)
                yield str(target.value), condition if is_here else ALWAYS

    def told(self, test: nodes.Node, holds: bool) -> list[Expression]:
        """Return what is known where a test holds, or does not."""
        return self._translated(test, holds)

    def untold(self, template: nodes.Template) -> Iterator[int]:
        """Yield the lines of tests that hang on more than a Kconfig expression can say."""
        tests = [
            *((node.test, node.lineno) for node in template.find_all(nodes.If)),
            *((node.test, node.lineno) for node in template.find_all(nodes.CondExpr)),
        ]
        yield from (line for test, line in tests if not self._is_told(test))

    def _is_told(self, test: nodes.Node) -> bool:
        """Return whether a test's translation is exact."""
        if isinstance(test, nodes.Not):
            return self._is_told(test.node)
        if isinstance(test, nodes.And | nodes.Or):
            return self._is_told(test.left) and self._is_told(test.right)
        return self._condition(test, True) is not None

    def _parts(
        self, body: Iterable[nodes.Node], around: Sequence[Expression]
    ) -> Iterator[tuple[nodes.Node, Expression]]:
        """Yield statements with what holds there, what stands in the interface included."""
        for node in body:
            if isinstance(node, nodes.If):
                before = list(around)
                for part in (node, *node.elif_):
                    yield from self._parts(part.body, [*before, *self._translated(part.test, True)])
                    before += self._translated(part.test, False)
                yield from self._parts(node.else_, before)
            elif isinstance(node, nodes.CallBlock) and (found := definition(node)):
                yield from self._parts(node.body, [*around, *self._entered(found.name)])
            elif not isinstance(node, nodes.AssignBlock):
                yield node, _all(around)
                yield from self._parts(node.iter_child_nodes(), around)

    def _if(
        self, node: nodes.If, around: Sequence[Expression], hidden: Sequence[Expression]
    ) -> Iterator[Branch]:
        before = list(around)
        parts = [node, *node.elif_]
        for part in parts:
            yield from self._branch(part.lineno, (part.test, True), part.body, before, hidden)
            earlier, before = before, [*before, *self._translated(part.test, False)]
        if node.else_:
            line = self._else_line(parts[-1].lineno, node.else_[0].lineno)
            yield from self._branch(line, (parts[-1].test, False), node.else_, earlier, hidden)

    def _else_line(self, first: int, last: int) -> int:
        """Return the line of an `else`: Jinja2 keeps that of what follows it only."""
        between = range(min(last, len(self._lines)), first - 1, -1)
        return next((n for n in between if _ELSE.search(self._lines[n - 1])), last)

    def _inline(
        self, node: nodes.CondExpr, around: Sequence[Expression], hidden: Sequence[Expression]
    ) -> Iterator[Branch]:
        for holds, part in ((True, node.expr1), (False, node.expr2)):
            if part is not None:
                yield from self._branch(node.lineno, (node.test, holds), [part], around, hidden)

    def _branch(
        self,
        line: int,
        test: tuple[nodes.Node, bool],
        body: Sequence[nodes.Node],
        around: Sequence[Expression],
        hidden: Sequence[Expression],
    ) -> Iterator[Branch]:
        own = [*around, *self._translated(*test)]
        inner = self.of(body, own, hidden)
        if len(own) == len(around):  # nothing is known of its condition
            yield from inner
        else:
            yield Branch(line, _all([*own, *hidden]), _all(own), tuple(inner))

    def _entered(self, name: str) -> list[Expression]:
        """Return when the body of a helper or constant is emitted."""
        entries = self._interface.by_name.get(name, ()) if self._interface else ()
        ways = [
            _all([item.exists, *([item.requires] if isinstance(item, Helper) else [])])
            for item in entries
        ]
        return [_any(ways)] if ways and ALWAYS not in ways else []

    # Expressions

    def _translated(self, test: nodes.Node, holds: bool) -> list[Expression]:
        found = self._condition(test, holds)
        return [] if found is None else [found]

    def _condition(self, node: nodes.Node, holds: bool) -> Expression | None:
        """Return what is implied by a test that holds, or does not; None: nothing known."""
        match node:
            case nodes.Name() if node.name in self._types:
                return _truth(node.name, self._types[node.name], holds)
            case nodes.Not():
                return self._condition(node.node, not holds)
            case nodes.And() | nodes.Or():
                pair = [self._condition(side, holds) for side in (node.left, node.right)]
                known = [side for side in pair if side is not None]
                if isinstance(node, nodes.And) == holds:  # both hold: what is known of either
                    return _all(known) if known else None
                return _any(known) if len(known) == len(pair) else None
            case nodes.Compare(ops=[operand]):
                return self._comparison(node.expr, operand, holds)
        return None

    def _comparison(
        self, left: nodes.Node, operand: nodes.Operand, holds: bool
    ) -> Expression | None:
        operator = _OPERATORS.get(operand.op)
        sides = [self._operand(left), self._operand(operand.expr)]
        if operator is None or None in sides:
            return None
        (one, kind), (other, other_kind) = filter(None, sides)
        # What Python and Kconfig compare in the same way: numbers, and texts for equality.
        if kind != other_kind or (kind is str and operator not in ("=", "!=")):
            return None
        return Comparison(operator if holds else _OPPOSITES[operator], one, other)

    def _operand(self, node: nodes.Node) -> tuple[Reference | Constant, type] | None:
        """Return an operand and what it is in a template; None: not sayable."""
        if isinstance(node, nodes.Name) and (kind := self._types.get(node.name)):
            found = _PYTHON.get(kind)
            return (Reference(node.name), found) if found else None
        if isinstance(node, nodes.Const) and type(node.value) in (str, int):
            text = str(node.value)
            # Kconfig writes a number as the name of a symbol that nothing defines.
            return (Constant(text) if type(node.value) is str else Reference(text)), type(
                node.value
            )
        return None


def _truth(name: str, kind: SymbolType, holds: bool) -> Expression:
    """Return when a symbol's value is true in a template, or false; see `typed_values`."""
    reference = Reference(name)
    match kind:
        case SymbolType.BOOL:
            return reference if holds else Not(reference)
        case SymbolType.TRISTATE:  # not `!NAME`, which m satisfies too
            return reference if holds else Comparison("=", reference, Constant("n"))
    falses: list[Reference | Constant] = [Constant("")]
    if kind is not SymbolType.STRING:
        falses.append(Reference("0"))
    if holds:
        return _all([Comparison("!=", reference, text) for text in falses])
    return _any([Comparison("=", reference, text) for text in falses])


def _set_here(template: nodes.Template) -> Iterator[str]:
    """Yield the names that a template sets itself, so that they are no symbols."""
    for name in template.find_all(nodes.Name):
        if name.ctx != "load":
            yield name.name
    for node in template.find_all((nodes.Import, nodes.FromImport, nodes.Macro)):
        if isinstance(node, nodes.Import):
            yield node.target
        elif isinstance(node, nodes.Macro):
            yield node.name
        elif isinstance(node, nodes.FromImport):
            yield from (name if isinstance(name, str) else name[1] for name in node.names)


def _all(terms: Sequence[Expression]) -> Expression:
    flat = [t for term in terms for t in (term.terms if isinstance(term, And) else [term])]
    flat = [term for term in dict.fromkeys(flat) if term != ALWAYS]
    return And(tuple(flat)) if len(flat) > 1 else flat[0] if flat else ALWAYS


def _any(terms: Sequence[Expression]) -> Expression:
    flat = [t for term in terms for t in (term.terms if isinstance(term, Or) else [term])]
    flat = list(dict.fromkeys(flat))
    return Or(tuple(flat)) if len(flat) > 1 else flat[0]
