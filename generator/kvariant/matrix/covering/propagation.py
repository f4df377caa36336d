# SPDX-License-Identifier: MIT
"""Unit propagation over a formula, with undo: what a partial row already decides.

Two literals of each clause are watched (Moskewicz, Madigan, Zhao, Zhang, Malik:
Chaff, DAC 2001); the lists of watches are linked through arrays, and clauses of two
literals are followed directly.

    literal code   2 * variable, + 1 if negated
    value[code]    1 true, -1 false, 0 open
    trail          codes that are true, in the order in which they became so

A solver's own propagation starts from nothing at each call; a row needs hundreds
of small steps, each on top of the last. This one is complete for what unit
propagation can derive, and no more: a solver has the last word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kvariant.matrix.covering.compiled import cells, compiled, zeros

if TYPE_CHECKING:
    from kvariant.space.circuit import Literal
    from kvariant.space.factors import Factors


class State(NamedTuple):
    """Clauses and the current partial assignment; arrays, or lists where nothing is compiled."""

    pair_start: Any
    """First of `pairs` per literal code."""
    pairs: Any
    """What a literal implies by clauses of two."""
    start: Any
    """First of `codes` per longer clause."""
    codes: Any
    """Literals of longer clauses; the first two of each are watched."""
    head: Any
    """First watch per literal code, -1: none. Watch `2 * clause + 0 or 1`."""
    after: Any
    """Next watch of the same literal per watch."""
    value: Any
    trail: Any
    size: Any
    """`[used part of trail]`"""


def code_of(literal: Literal) -> int:
    """Return the literal code of a signed variable number."""
    return 2 * literal if literal > 0 else -2 * literal + 1


def literal_of(code: int) -> Literal:
    """Return the signed variable number of a literal code."""
    return -(code >> 1) if code & 1 else code >> 1


def literals_of(codes: Any) -> list[Literal]:
    """Return the signed variable numbers of literal codes."""
    found = np.asarray(codes, dtype=np.int64)
    literals: list[Literal] = np.where(found & 1, -(found >> 1), found >> 1).tolist()
    return literals


@compiled
def assume(state: State, code: int) -> bool:
    """Make a literal true with all that follows; False: a contradiction, and the caller undoes."""
    value, trail, size = state.value, state.trail, state.size
    pair_start, pairs = state.pair_start, state.pairs
    start, codes, head, after = state.start, state.codes, state.head, state.after
    if value[code] != 0:
        return value[code] > 0  # type: ignore[no-any-return]
    position = size[0]
    value[code] = 1
    value[code ^ 1] = -1
    trail[position] = code
    end = position + 1
    while position < end:
        true = trail[position]
        position += 1
        for index in range(pair_start[true], pair_start[true + 1]):
            other = pairs[index]
            if value[other] == 0:
                value[other] = 1
                value[other ^ 1] = -1
                trail[end] = other
                end += 1
            elif value[other] < 0:
                size[0] = end
                return False
        false = true ^ 1
        watch = head[false]
        head[false] = -1
        while watch >= 0:
            following = after[watch]
            clause = watch >> 1
            own = start[clause] + (watch & 1)
            partner = codes[start[clause] + 1 - (watch & 1)]
            moved = False
            if value[partner] <= 0:
                for index in range(start[clause] + 2, start[clause + 1]):
                    candidate = codes[index]
                    if value[candidate] >= 0:
                        codes[index] = false
                        codes[own] = candidate
                        after[watch] = head[candidate]
                        head[candidate] = watch
                        moved = True
                        break
            if not moved:
                after[watch] = head[false]
                head[false] = watch
                if value[partner] < 0:
                    # Invariant: every watch is in a list, so give the rest back first.
                    while following >= 0:
                        watch = following
                        following = after[watch]
                        after[watch] = head[false]
                        head[false] = watch
                    size[0] = end
                    return False
                if value[partner] == 0:
                    value[partner] = 1
                    value[partner ^ 1] = -1
                    trail[end] = partner
                    end += 1
            watch = following
    size[0] = end
    return True


@compiled
def undo(state: State, size: int) -> None:
    """Take back all but the first `size` literals of the trail."""
    value, trail = state.value, state.trail
    for position in range(size, state.size[0]):
        value[trail[position]] = 0
        value[trail[position] ^ 1] = 0
    state.size[0] = size


@compiled
def fit_with(state: State, one: int, others: Any, found: Any, seen: Any, stamp: int) -> None:
    """Note for each of some literals whether propagation leaves it possible together with one.

    What follows from two literals without a contradiction is possible with the first, too, and
    is not tried again: of the pairs of Linux 2.6.28 that are asked about, most.

    Args:
        found: gets a truth value for each of the others.
        seen: a number per literal code, none of them the stamp.
    """
    trail, size = state.trail, state.size
    start = size[0]
    assume(state, one)
    before = size[0]
    for index in range(len(others)):
        other = others[index]
        if seen[other] == stamp:
            found[index] = 1
            continue
        if assume(state, other):
            found[index] = 1
            for position in range(before, size[0]):
                seen[trail[position]] = stamp
        else:
            found[index] = 0
        undo(state, before)
    undo(state, start)


def state_of(factors: Factors) -> State | None:
    """Return a formula's state with its units propagated; None: a contradiction.

    Cost: a few microseconds a clause.
    """
    clauses = [list(dict.fromkeys(map(code_of, clause))) for clause in factors.formula.clauses]
    clauses = [clause for clause in clauses if not any(code ^ 1 in clause for code in clause)]
    size = 2 * (len(factors.formula.circuit) + 1)
    implied: list[list[int]] = [[] for _ in range(size)]
    for first, second in (clause for clause in clauses if len(clause) == 2):
        implied[first ^ 1].append(second)
        implied[second ^ 1].append(first)
    long = [clause for clause in clauses if len(clause) > 2]
    head, after = np.full(size, -1, dtype=np.int32), np.full(2 * len(long) + 1, -1, dtype=np.int32)
    for number, clause in enumerate(long):
        for watch in (2 * number, 2 * number + 1):
            after[watch] = head[clause[watch & 1]]
            head[clause[watch & 1]] = watch
    state = State(
        pair_start=cells(_starts(implied)),
        pairs=cells(_flat(implied)),
        start=cells(_starts(long)),
        codes=cells(_flat(long)),
        head=cells(head),
        after=cells(after),
        value=zeros(size, np.int8),
        trail=zeros(size, np.int32),
        size=zeros(1, np.int32),
    )
    units = [clause for clause in clauses if len(clause) < 2]
    if any(not clause or not assume(state, clause[0]) for clause in units):
        return None
    return state


def copied(state: State) -> State:
    """Return a state that changes by itself."""
    return State(*(part.copy() for part in state))


def _starts(rows: list[list[int]]) -> Any:
    return np.cumsum([0, *map(len, rows)]).astype(np.int32)


def _flat(rows: list[list[int]]) -> Any:
    return np.array([code for row in rows for code in row] or [0], dtype=np.int32)
