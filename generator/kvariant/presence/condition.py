# SPDX-License-Identifier: MIT
"""Presence conditions: expressions that are true or false, with what options cannot say named.

A line is compiled or it is not, so a condition here has two values, whatever the type of
what it reads; a negation stands at what it is about, never around it:

    bool X        X           !X
    tristate X    X           X = n          it is not n; `X = y`, `X = m` are the halves
    any           X < 5       X >= 5
    other macro   Free        !Free          nothing is known of it

What is free may hold or not. `possible` is what a condition implies (all that is free
holds), `certain` what implies it (nothing that is free does): a condition whose possible
part no configuration satisfies is never met, whatever the macros are.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kvariant.kconfig import Expression, SymbolType
from kvariant.kconfig.expression import (
    ALWAYS,
    NEVER,
    And,
    Comparison,
    Constant,
    Not,
    Or,
    Reference,
    Types,
    every,
    some,
)
from kvariant.kconfig.value import Tristate

_OPPOSITES = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
MOST_MERGED = 24
"""Terms of a disjunction that are compared with one another."""
MOST_TERMS = 4_000
"""Atoms that a condition may have; what would be longer is free."""
_KEPT = 16_384
"""Conjunctions, and disjunctions, that are not worked out again: makefiles ask for most of
theirs once for each line, and both trees of a review have the same makefiles."""


@dataclass(frozen=True, slots=True)
class Free(Expression):
    """What no option decides, as it is written: `defined(__ASSEMBLY__)`, a make function."""

    text: str

    __hash__ = Expression.__hash__

    def evaluate(self, values: Mapping[str, str], types: Types = {}) -> Tristate:  # noqa: B006
        """Return y: it may hold; see `possible` and `certain` for what is known."""
        return Tristate.Y

    def __str__(self) -> str:
        return self.text

    def replaced(self, values: Mapping[str, str]) -> Free:
        return self

    def _names(self) -> Iterator[str]:
        return iter(())


def is_level(name: str, kind: SymbolType | None, level: str) -> Expression:
    """Return where a bool or tristate is y, m or n."""
    if kind is SymbolType.BOOL:
        return {"y": Reference(name), "n": Not(Reference(name))}.get(level, NEVER)
    if level == "n":
        return Comparison("=", Reference(name), Constant("n"))
    return Comparison("=", Reference(name), Constant(level))


def negated(condition: Expression, types: Types) -> Expression:
    """Return where a condition of this module does not hold."""
    match condition:
        case Constant():
            return NEVER if condition == ALWAYS else ALWAYS
        case Not(term):
            return term
        case And(terms):
            return any_of(negated(term, types) for term in terms)
        case Or(terms):
            return all_of(negated(term, types) for term in terms)
        case Comparison(operator, left, right):
            return Comparison(_OPPOSITES[operator], left, right)
        case Reference(name) if types.get(name) is SymbolType.TRISTATE:
            return Comparison("=", condition, Constant("n"))
    return Not(condition)


def all_of(terms: Iterable[Expression]) -> Expression:
    """Return the conjunction, what is said twice once, n where two terms contradict."""
    return _all_of(tuple(terms))


@functools.lru_cache(_KEPT)
def _all_of(terms: tuple[Expression, ...]) -> Expression:
    flat = _flat(terms, And)
    levels: dict[Expression, str] = {}
    for term in list(flat):
        match term:
            case Comparison("=", Reference() as name, Constant("n" | "m" | "y" as level)):
                if levels.setdefault(name, level) != level:
                    return NEVER
    for option, known_level in levels.items():
        if known_level == "n" and option in flat:
            return NEVER
        flat.pop(option, None)  # that it is y says that it is not n
    if any(_opposite(term) in flat for term in flat if not isinstance(term, Or)):
        return NEVER
    if any(isinstance(term, Or) and _is_decided(term, flat) for term in flat):
        return all_of(_left(term, flat) if isinstance(term, Or) else term for term in flat)
    kept = [t for t in flat if not (isinstance(t, Or) and any(o in flat for o in t.terms))]
    return _short(every(kept))


def _is_decided(term: Or, flat: dict[Expression, None]) -> bool:
    return any(_opposite(one) in flat for one in term.terms if not isinstance(one, And))


def _left(term: Or, flat: dict[Expression, None]) -> Expression:
    """Return what is left of a disjunction where some terms hold beside it."""
    return any_of(one for one in term.terms if isinstance(one, And) or _opposite(one) not in flat)


def any_of(terms: Iterable[Expression]) -> Expression:
    """Return the disjunction, what is said twice once; the halves of a tristate as the whole."""
    return _any_of(tuple(terms))


@functools.lru_cache(_KEPT)
def _any_of(terms: tuple[Expression, ...]) -> Expression:
    flat = _flat(terms, Or)
    if len(flat) == 1:
        return next(iter(flat))
    if len(flat) <= MOST_MERGED:
        flat = _merged(flat)
    if any(_opposite(term) in flat for term in flat if not isinstance(term, And)):
        return ALWAYS
    if len(flat) <= MOST_MERGED:
        flat = _absorbed(flat)
    kept = [
        t
        for t in flat
        if not (isinstance(t, And) and any(o in flat for o in t.terms))
        and not (_half(t) is not None and _half(t) in flat)
    ]
    return _short(some(kept))


def _merged(flat: dict[Expression, None]) -> dict[Expression, None]:
    """Return terms, those joined that differ in one part alone which together is simpler.

    `X = y && A || X = m && A` is `X && A`, and `X && A || !X && A` is `A`.
    """
    found = list(flat)
    while True:
        pair = next(
            (
                (i, j, joined)
                for i, one in enumerate(found)
                for j in range(i + 1, len(found))
                if (joined := _joined(one, found[j])) is not None
            ),
            None,
        )
        if pair is None:
            return dict.fromkeys(found)
        i, j, joined = pair
        found[i] = joined
        del found[j]


def _absorbed(flat: dict[Expression, None]) -> dict[Expression, None]:
    """Return terms without those that say all that another one says, and more."""
    parts = {term: frozenset(term.terms if isinstance(term, And) else (term,)) for term in flat}
    return {
        term: None
        for term, own in parts.items()
        if not any(other < own for other in parts.values())
    }


def _joined(one: Expression, other: Expression) -> Expression | None:
    first = one.terms if isinstance(one, And) else (one,)
    second = other.terms if isinstance(other, And) else (other,)
    if len(first) != len(second):
        return None
    own = [term for term in first if term not in second]
    others = [term for term in second if term not in first]
    if len(own) != 1 or len(others) != 1:
        return None
    half, other_half = _half(own[0]), _half(others[0])
    if half is not None and half == other_half:
        return all_of(half if term == own[0] else term for term in first)
    if _opposite(own[0]) == others[0] or _opposite(others[0]) == own[0]:
        return all_of(term for term in first if term != own[0])
    return None


def _half(term: Expression) -> Expression | None:
    """Return the symbol of which a term says the level, None for anything else."""
    match term:
        case Comparison("=", Reference() as name, Constant("y" | "m")):
            return name
    return None


def possible(condition: Expression) -> Expression:
    """Return what holds wherever a condition does, over options alone."""
    return _bounded(condition, ALWAYS)


def certain(condition: Expression) -> Expression:
    """Return an expression over options alone where which holds a condition does."""
    return _bounded(condition, NEVER)


def free_terms(condition: Expression) -> tuple[str, ...]:
    """Return what is free in a condition, each once, in order of appearance."""
    return tuple(dict.fromkeys(term.text for term in _atoms(condition) if isinstance(term, Free)))


def known(condition: Expression, text: str, holds: bool) -> Expression:
    """Return a condition with something that is free in it known to hold, or not to."""
    match condition:
        case Free() if condition.text == text:
            return ALWAYS if holds else NEVER
        case Not(Free() as term) if term.text == text:
            return NEVER if holds else ALWAYS
        case And(terms):
            return all_of(known(term, text, holds) for term in terms)
        case Or(terms):
            return any_of(known(term, text, holds) for term in terms)
    return condition


def settled(condition: Expression, text: str, where: Expression, types: Types) -> Expression:
    """Return a condition with something that is free in it known to hold in some places alone.

    Args:
        where: it holds nowhere else.
    """
    match condition:
        case Free() if condition.text == text:
            return where
        case Not(Free() as term) if term.text == text:
            return negated(where, types) if not free_terms(where) else condition
        case And(terms):
            return all_of(settled(term, text, where, types) for term in terms)
        case Or(terms):
            return any_of(settled(term, text, where, types) for term in terms)
    return condition


def _bounded(condition: Expression, bound: Expression) -> Expression:
    match condition:
        case Free() | Not(Free()):
            return bound
        case And(terms):
            return all_of(_bounded(term, bound) for term in terms)
        case Or(terms):
            return any_of(_bounded(term, bound) for term in terms)
    return condition


def _atoms(condition: Expression) -> Iterator[Expression]:
    match condition:
        case Not(term):
            yield from _atoms(term)
        case And(terms) | Or(terms):
            for term in terms:
                yield from _atoms(term)
        case _:
            yield condition


def _flat(terms: Iterable[Expression], kind: type[And] | type[Or]) -> dict[Expression, None]:
    found: dict[Expression, None] = {}
    for term in terms:
        found |= dict.fromkeys(term.terms if isinstance(term, kind) else (term,))
    return found


def _opposite(term: Expression) -> Expression:
    match term:
        case Not(inner):
            return inner
        case Comparison(operator, left, right):
            return Comparison(_OPPOSITES[operator], left, right)
    return Not(term)


def _short(condition: Expression) -> Expression:
    if isinstance(condition, And | Or) and len(condition.terms) > 8:
        atoms = sum(1 for _ in _atoms(condition))
        if atoms > MOST_TERMS:
            return Free(f"a condition of {atoms:,} terms")
    return condition
