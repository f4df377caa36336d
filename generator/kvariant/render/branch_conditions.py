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

from kvariant.kconfig.branch_condition import BranchCondition
from kvariant.kconfig.expression import ALWAYS, And, Expression, Or, Types, every
from kvariant.kconfig.negation import negation
from kvariant.render.branches import Branch
from kvariant.render.interface import FILE, Helper, Interface


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
        opposite = _normal(negation(expression, types))
        known = written.get(_normal(expression)) or written.get(opposite)
        _, places = known or written.setdefault(_normal(expression), (expression, []))
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


def _normal(expression: Expression) -> Expression:
    """Return the same for expressions that differ in the order of their terms alone."""
    match expression:
        case And(terms):
            return And(_sorted(And, terms))
        case Or(terms):
            return Or(_sorted(Or, terms))
    return expression


def _sorted(kind: type[And] | type[Or], terms: Iterable[Expression]) -> tuple[Expression, ...]:
    flat: dict[Expression, None] = {}
    for term in map(_normal, terms):
        flat |= dict.fromkeys(term.terms if isinstance(term, And | Or) and isinstance(term, kind)
                              else [term])  # fmt: skip
    return tuple(sorted(flat, key=str))
