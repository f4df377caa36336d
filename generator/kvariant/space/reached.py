# SPDX-License-Identifier: MIT
"""Values that symbols are seen to have in random configurations: thousands at a time.

What is seen needs no solver, and one is slow where a tree is a choice of a thousand
boards: each of its answers has one of them. Here 2,048 lanes go down the tree
together, a level with each step:

    evaluate -> what is visible in which lane -> in each choice, a visible member
             -> options that were never on are asked for where they are visible

A member is drawn as often as options below it are still to be seen, and kept for
`_STEPS` steps, so that members below it have their turn. Nothing follows from what
is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kvariant.kconfig.expression import And, Comparison, Expression, Or, Reference
from kvariant.space.circuit import TRUE
from kvariant.space.simulate import BATCH_WORDS, Simulator, Words, packed, unpacked
from kvariant.space.user_circuit import UserCircuit, UserLine

if TYPE_CHECKING:
    from kvariant.kconfig.model import Model

_LANES = BATCH_WORDS * 64
_STEPS = 5
"""Levels that lanes go down before they begin anew."""
_ROUNDS = 12
"""Times that lanes begin, at most."""
_WORTH = 10
"""A round that sees less than one in so many of what was not seen is the last."""
_TEXTS = 16
"""Texts of an int, hex or string that are tried, a power of two."""
_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_ABOVE = 100
"""Symbols above an option that are looked at."""


class Reached:
    """Which bools and tristates were seen to be n, and which not to be."""

    def __init__(self, asked: UserCircuit, names: Sequence[str], where: Expression | None) -> None:
        """Look for them.

        Args:
            names: bools and tristates.
            where: what a configuration has to satisfy to count.

        Cost: a quarter of a second a step on a tree of 22,000 symbols, 10 to 60 steps.
        """
        model = asked.model
        literals = [asked.value(name).some for name in names]
        holds = asked.condition(where).some if where else TRUE
        inputs = asked.inputs
        self._model = model
        self._names = tuple(names)
        self._free = [
            n for n in names if UserLine(n, "y") in inputs and model.symbols[n].choice is None
        ]
        members = [[n for n in c.members if UserLine(n, "y") in inputs] for c in model.choices]
        members = [some for some in members if some]
        self._members = [name for some in members for name in some]
        sizes = [len(some) for some in members]
        self._starts = np.cumsum([0, *sizes])[:-1]
        self._choice = np.repeat(np.arange(len(sizes)), sizes)
        shown = [asked.visibility(model.symbols[n]).some for n in (*self._free, *self._members)]
        self._simulator = Simulator(asked.circuit, [holds, *literals, *shown])
        self._inputs = np.zeros((len(self._simulator.inputs) + 1, BATCH_WORDS), dtype=np.uint64)
        self._yes, self._no, self._some = (
            self._rows(asked, self._free, text) for text in ("y", "n", "m")
        )
        self._picked = self._rows(asked, self._members, "y")
        self._texts = self._text_rows(asked)
        number = {name: i for i, name in enumerate(names)}
        self._of_free = np.array([number[n] for n in self._free], dtype=np.intp)
        self._dice = np.random.default_rng(0)
        self._on = np.zeros(len(names), dtype=np.bool_)
        self._off = np.zeros(len(names), dtype=np.bool_)
        self._run()

    @property
    def on(self) -> set[str]:
        """Return the symbols that were seen to be y or m."""
        return {name for name, seen in zip(self._names, self._on, strict=True) if seen}

    @property
    def off(self) -> set[str]:
        """Return the symbols that were seen to be n."""
        return {name for name, seen in zip(self._names, self._off, strict=True) if seen}

    def _rows(self, asked: UserCircuit, names: Sequence[str], text: str) -> npt.NDArray[np.intp]:
        """Return the row of each symbol's input, the spare one where there is none."""
        row = {node: i for i, node in enumerate(self._simulator.inputs)}
        spare = len(row)
        found = [row.get(asked.inputs.get(UserLine(name, text), 0), spare) for name in names]
        return np.array(found, dtype=np.intp)

    def _text_rows(self, asked: UserCircuit) -> npt.NDArray[np.intp]:
        """Return the rows of inputs of each int, hex and string, filled with the spare one."""
        row = {node: i for i, node in enumerate(self._simulator.inputs)}
        own: dict[str, list[int]] = {}
        for line, node in asked.inputs.items():
            if node in row and not asked.model.symbols[line.symbol].is_logical:
                own.setdefault(line.symbol, []).append(row[node])
        found = np.full((len(own), _TEXTS), len(row), dtype=np.intp)
        for i, rows in enumerate(own.values()):
            for j, place in enumerate(rows[:_TEXTS]):  # spread, so that ends are likely
                found[i, (j * 5) % _TEXTS] = place
        return found

    def _run(self) -> None:
        for _ in range(_ROUNDS):
            before = self._unseen()
            weights = _weights(self._model, self._members, self._missing())
            for step in range(_STEPS):
                free, shown = self._look()
                if step == 0:
                    self._draw()
                self._insist(free)
                self._pick(shown, weights, is_new=step == 0)
            self._look()
            if (before - self._unseen()) * _WORTH <= before:
                return

    def _unseen(self) -> int:
        return int((~self._on).sum() + (~self._off).sum())

    def _missing(self) -> list[str]:
        return [name for name, seen in zip(self._names, self._on, strict=True) if not seen]

    def _look(self) -> tuple[Words, Words]:
        """Note the values of all lanes; return where free symbols and members are visible."""
        found = self._simulator.run(self._inputs[:-1])
        counts, size = found[0], len(self._names)
        values, shown = found[1 : size + 1], found[size + 1 :]
        self._on |= (values & counts).any(axis=1)
        self._off |= (~values & counts).any(axis=1)
        return shown[: len(self._free)], shown[len(self._free) :]

    def _bits(self, rows: int) -> Words:
        return self._dice.integers(0, 2**64, size=(rows, BATCH_WORDS), dtype=np.uint64)

    def _draw(self) -> None:
        """Give user values anew: in quarters of the lanes few, half, mostly y, mostly n."""
        a, b, c = (self._bits(len(self._free)) for _ in range(3))
        yes, no, quarter = a & b, a & ~b, BATCH_WORDS // 4
        few, most, least = (slice(i * quarter, (i + 1) * quarter) for i in (0, 2, 3))
        yes[:, few] &= c[:, few]
        no[:, few] &= ~c[:, few]
        # What is at the end of a long chain needs all of it: from word to word more are alike.
        other = a & b
        for word in range(1, quarter):
            other[:, [word + most.start, word + least.start]] &= other[
                :, [word - 1 + most.start, word - 1 + least.start]
            ]
        yes[:, most] = ~other[:, most]
        no[:, least] = ~other[:, least]
        no[:, most] = other[:, most] & c[:, most]
        yes[:, least] = other[:, least] & c[:, least]
        only_some = self._bits(len(self._free)) & self._bits(len(self._free)) & yes
        only_some[self._some == len(self._inputs) - 1] = 0
        self._inputs[self._some] = only_some
        self._inputs[self._yes], self._inputs[self._no] = yes & ~only_some, no
        self._write()

    def _write(self) -> None:
        """Give ints, hexes and strings texts anew, none in few of the lanes."""
        count = len(self._texts)
        turns = np.arange(_TEXTS) + self._dice.integers(_TEXTS, size=(count, 1))
        turned = np.take_along_axis(self._texts, turns % _TEXTS, axis=1)
        open_ = np.full((count, BATCH_WORDS), _ALL)
        for rows in turned.T:
            lanes = self._bits(count) & open_
            lanes[rows == len(self._inputs) - 1] = 0
            self._inputs[rows] = lanes
            open_ &= ~lanes

    def _insist(self, shown: Words) -> None:
        """Ask in half of the lanes where they show for values that were not seen yet."""
        for seen, asked, others in (
            (self._on, self._yes, (self._no, self._some)),
            (self._off, self._no, (self._yes, self._some)),
        ):
            rows = np.flatnonzero(~seen[self._of_free])
            lanes = self._bits(len(rows)) & shown[rows]
            self._inputs[asked[rows]] |= lanes
            for other in others:
                self._inputs[other[rows]] &= ~lanes

    def _pick(self, shown: Words, weights: npt.NDArray[np.float32], *, is_new: bool) -> None:
        """Select a visible member of each choice, the one selected already if it is one."""
        if not self._members:
            return
        lanes = unpacked(shown, _LANES)
        # The first of exponential clocks to ring is each one in proportion to its rate.
        clock = self._dice.standard_exponential(lanes.shape, dtype=np.float32)
        clock /= weights[:, None]
        if not is_new:
            kept = unpacked(self._inputs[self._picked] & shown, _LANES)
            clock[kept] = -1
        clock[~lanes] = np.inf
        first = np.minimum.reduceat(clock, self._starts, axis=0)
        chosen = lanes & (clock == first[self._choice])
        # Two that ring at once would be both selected, which no user can do.
        alone = np.add.reduceat(chosen, self._starts, axis=0, dtype=np.int16) == 1
        self._inputs[self._picked] = packed(chosen & alone[self._choice])


def _weights(
    model: Model, members: Sequence[str], missing: Sequence[str]
) -> npt.NDArray[np.float32]:
    """Return for each member of a choice how many missing symbols are it or below it."""
    number = {name: i for i, name in enumerate(members)}
    found = np.ones(len(members), dtype=np.float32)
    above: dict[str, tuple[str, ...]] = {}
    for name in missing:
        seen, stack = {name}, [name]
        while stack and len(seen) < _ABOVE:
            here = stack.pop()
            if here in number:
                found[number[here]] += 1
            if here not in above:
                above[here] = tuple(dict.fromkeys(_above(model, here)))
            for other in above[here]:
                if other not in seen:
                    seen.add(other)
                    stack.append(other)
    return found


def _above(model: Model, name: str) -> Iterator[str]:
    """Yield symbols that a symbol needs to be on, as far as that is easily seen."""
    rules = model.symbols.get(name)
    if rules is None:
        return
    conditions = [rules.depends, *(prompt.condition for prompt in rules.prompts)]
    if rules.choice is not None:
        conditions += [prompt.condition for prompt in model.choices[rules.choice].prompts]
    if not rules.prompts:
        for reverse in rules.selected:
            yield reverse.source
            conditions.append(reverse.condition)
        for default in rules.defaults:
            conditions += [default.condition, default.value]
    while conditions:
        term = conditions.pop()
        if isinstance(term, Reference):
            yield term.name
        elif isinstance(term, And | Or):
            conditions += term.terms
        elif isinstance(term, Comparison):
            conditions += [term.left, term.right]
