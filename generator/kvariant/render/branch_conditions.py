# SPDX-License-Identifier: MIT
"""The conditions that decide what is rendered, each once, as factors of a choice.

    {% if SWAP and not ZSWAP %}   [SWAP && !ZSWAP]
    {% elif NET %}                [(!SWAP || ZSWAP) && NET]     its branch, conditions around it too
    {% else %}                    [(!SWAP || ZSWAP) && !NET]
    exists = "A || B"             [A || B]                      in the interface
    requires = "C"                [(A || B) && C]               where the body is rendered

Of a condition and its opposite one is there: where one is true the other is false. What
no template and no interface can make true or false in a configuration is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.kconfig.branch_condition import BranchCondition
from kvariant.kconfig.complement import complement
from kvariant.kconfig.expression import (
    ALWAYS,
    And,
    Comparison,
    Constant,
    Expression,
    Not,
    Or,
    Reference,
    Types,
    every,
)
from kvariant.kconfig.value import SymbolType
from kvariant.render.interface import FILE, Helper, Interface

if TYPE_CHECKING:
    from kvariant.render.branches import Branch


def branch_conditions(
    files: Iterable[tuple[Path, Expression, Iterable[Branch]]],
    folder: Path,
    interface: Interface | None,
    types: Types,
) -> tuple[BranchCondition, ...]:
    """Return the conditions of templates' branches and of an interface, in their order.

    Args:
        files: each template with where it is taken in at all, and its branches.
        folder: what the places are told relative to.
        types: of the tree's symbols.
    """
    written: dict[Expression, tuple[Expression, list[str]]] = {}
    for expression, place in (*_of_branches(files, folder), *_of_interface(interface)):
        if not expression.symbols:
            continue
        own, opposite = (_normal(one, types) for one in (expression, complement(expression, types)))
        known = written.get(own) or written.get(opposite)
        _, places = known or written.setdefault(own, (expression, []))
        if place not in places:
            places.append(place)
    return tuple(BranchCondition(one, tuple(places)) for one, places in written.values())


def _of_branches(
    files: Iterable[tuple[Path, Expression, Iterable[Branch]]], folder: Path
) -> Iterator[tuple[Expression, str]]:
    for path, around, branches in files:
        name = path.relative_to(folder).as_posix()
        for branch in _every(branches):
            yield every((around, branch.condition)), f"{name}:{branch.line}"


def _every(branches: Iterable[Branch]) -> Iterator[Branch]:
    for branch in branches:
        yield branch
        yield from _every(branch.inner)


def _of_interface(interface: Interface | None) -> Iterator[tuple[Expression, str]]:
    for item in interface.items if interface else ():
        place = f"{FILE}: {item.name}"
        yield item.exists, place
        if isinstance(item, Helper) and item.requires != ALWAYS:
            yield every((item.exists, item.requires)), place


def _normal(expression: Expression, types: Types) -> Expression:
    """Return the same for expressions that differ in order or spelling alone."""
    match expression:
        case And(terms):
            return And(_sorted(And, terms, types))
        case Or(terms):
            return Or(_sorted(Or, terms, types))
        case Not(Reference(name) as read) if _is_bool(name, types):
            return Comparison("=", read, Constant("n"))
        case Comparison("!=", Reference(name) as read, Constant("n")) if _is_logical(name, types):
            return read
        case Comparison("=", Reference(name) as read, Constant("y")) if _is_bool(name, types):
            return read
    return expression


def _is_bool(name: str, types: Types) -> bool:
    return types.get(name) is SymbolType.BOOL


def _is_logical(name: str, types: Types) -> bool:
    return name in types and types[name].is_logical


def _sorted(
    kind: type[And] | type[Or], terms: Iterable[Expression], types: Types
) -> tuple[Expression, ...]:
    flat: dict[Expression, None] = {}
    for term in terms:
        one = _normal(term, types)
        parts = one.terms if isinstance(one, And | Or) and isinstance(one, kind) else (one,)
        flat |= dict.fromkeys(parts)
    return tuple(sorted(flat, key=str))
