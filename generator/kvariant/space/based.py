# SPDX-License-Identifier: MIT
"""Configurations with wanted values, as close to a base assignment as validity allows.

Close counts user values: how many of the base's are replaced or taken away, how many
others are set, and how many of the base's stay and no longer take: `LONG_OPTS=y` is closer
than an applet that selects it against the base's n. Two ways, by the work that the first
would be:

    exact     `Fixer`'s MaxSAT for each: no assignment is closer
    greedy    what is wanted is asked for on top of the base (where that does not take:
              what a solver's configuration asks for), then one by one whatever is not
              needed goes back to the base; all rows at once, simulated
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kvariant.kconfig.reader import deep
from kvariant.kconfig.value import SymbolType, ValueTexts
from kvariant.space.evaluate import evaluate
from kvariant.space.fix import Fixer
from kvariant.space.packed import Assignments, Configurations
from kvariant.space.solve import solve

if TYPE_CHECKING:
    from kvariant.kconfig.model import Model
    from kvariant.space.encoding import Encoding

FEW = 64
"""Up to so many configurations the exact way is taken, if their cone is"""
SMALL = 20_000
"""of up to so many gates."""
ROUNDS = 512
"""Values of each configuration that the greedy way tries to put back."""


class Based:
    """Finds the configurations of one space that are closest to one base."""

    def __init__(self, encoding: Encoding, base: ValueTexts) -> None:
        self._encoding = encoding
        self._base = dict(base)
        self._model: Model = encoding.model
        self._resolved = evaluate(encoding, [base])[0]

    def of(self, wanted: Sequence[ValueTexts]) -> Configurations:
        """Return a configuration for each row of wanted values, which must be possible."""
        names = tuple(dict.fromkeys(name for row in wanted for name in row))
        cone = self._encoding.cone(names)
        if len(wanted) <= FEW and len(cone.formula.nodes) <= SMALL:
            return self._plain([self._exact(cone, row) for row in wanted])
        asked = [self._asking(row) for row in wanted]
        taken = self._taken(asked, wanted)
        for lane, row in enumerate(wanted):
            if not taken[lane]:
                asked[lane] = self._solved(cone, row)
        return self._plain(self._shrunk(asked, wanted))

    def _plain(self, asked: Sequence[ValueTexts]) -> Configurations:
        """Return what assignments give, of which each asks for the values that it gets.

        With n of MODULES, m and y of a tristate are the same and as close to the base.
        """
        found = evaluate(self._encoding, asked)
        plain = [
            {n: got[n] if self._is_ours(n, t) and got[n] else t for n, t in one.items()}
            for one, got in zip(asked, found, strict=True)
        ]
        if plain == [*map(dict, asked)]:
            return found
        again = evaluate(self._encoding, plain)
        same = found.equal(again)
        both = zip(plain, asked, same, strict=True)
        kept = [new if is_same else dict(old) for new, old, is_same in both]
        return again if all(same) else evaluate(self._encoding, kept)

    def _is_ours(self, name: str, text: str) -> bool:
        """Return whether a user value is a tristate's, and not the base's."""
        is_tristate = self._model.symbols[name].type is SymbolType.TRISTATE
        return is_tristate and self._base.get(name) != text

    def _exact(self, cone: Encoding, wanted: ValueTexts) -> ValueTexts:
        cone = cone.widened([*self._base.items(), *wanted.items()])
        took = [name for name, text in self._base.items() if self._resolved[name] == text]
        fix = deep(lambda: next(Fixer.of(cone, self._base, wanted, took=took).fixes(), None))
        assert fix is not None, "what is wanted is possible"
        return fix.assignment

    def _asking(self, wanted: ValueTexts) -> dict[str, str]:
        """Return the base with what differs from it asked for."""
        changed = {
            name: text
            for name, text in wanted.items()
            if self._model.symbols[name].prompts
            and self._resolved[name] != text
            and (text or self._model.symbols[name].type is SymbolType.STRING)
        }  # "" of an int or hex is that it is not visible: what hides it is asked for
        return self._over(changed)

    def _over(self, changed: ValueTexts) -> dict[str, str]:
        """Return the base with some user values replaced; one member of a choice is picked."""
        symbols = self._model.symbols
        picked = {symbols[n].choice: n for n, text in changed.items() if text == "y"}
        kept = {
            name: text
            for name, text in self._base.items()
            if name not in changed
            and (symbols[name].choice is None or symbols[name].choice not in picked)
        }
        # Between members of a choice the last line decides.
        order = sorted(changed, key=lambda n: picked.get(symbols[n].choice) == n)
        return kept | {name: changed[name] for name in order}

    def _solved(self, cone: Encoding, wanted: ValueTexts) -> dict[str, str]:
        solution = solve(cone, wanted)
        assert solution is not None, "what is wanted is possible"
        differing = {n: t for n, t in solution.assignment.items() if self._base.get(n) != t}
        unset = {n for n in cone.symbols if n in self._base and n not in solution.assignment}
        return {n: t for n, t in self._over(differing).items() if n not in unset}

    def _taken(self, asked: Sequence[ValueTexts], wanted: Sequence[ValueTexts]) -> list[bool]:
        """Return of each assignment whether it gives what is wanted."""
        found = evaluate(self._encoding, Assignments.of(asked))
        good = [True] * len(asked)
        for name in dict.fromkeys(name for row in wanted for name in row):
            for lane, text in enumerate(found.texts(name)):
                good[lane] &= wanted[lane].get(name, text) == text
        where = self._encoding.where
        if where is not None:
            good = [ok and found[lane].satisfies(where) for lane, ok in enumerate(good)]
        return good

    def _shrunk(
        self, asked: Sequence[ValueTexts], wanted: Sequence[ValueTexts]
    ) -> list[dict[str, str]]:
        """Return assignments of which no single value can go back to the base."""
        rows = [dict(row) for row in asked]
        left = [self._differing(row) for row in rows]
        # Invariant: every row gives what is wanted.
        for _ in range(ROUNDS):
            due = [lane for lane, names in enumerate(left) if names]
            if not due:
                break
            tried = [self._reverted(rows[lane], left[lane].pop()) for lane in due]
            good = self._taken(tried, [wanted[lane] for lane in due])
            for lane, row, is_good in zip(due, tried, good, strict=True):
                if is_good:
                    rows[lane] = row
        return rows

    def _differing(self, row: ValueTexts) -> list[str]:
        names = dict.fromkeys([*self._base, *row])
        return [name for name in names if self._base.get(name) != row.get(name)]

    def _reverted(self, row: ValueTexts, name: str) -> dict[str, str]:
        without = {n: t for n, t in row.items() if n != name}
        return without | ({name: self._base[name]} if name in self._base else {})
