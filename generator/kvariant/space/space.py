# SPDX-License-Identifier: MIT
"""The exact space of a tree: every configuration that some assignment gives."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, Location
from kvariant.kconfig.dialect import Dialect, dialect_of
from kvariant.kconfig.reader import deep
from kvariant.space.based import Based
from kvariant.space.circuit import FALSE, Literal
from kvariant.space.conditions import with_conditions
from kvariant.space.constants import Constants
from kvariant.space.count import count
from kvariant.space.dimacs import encoding_of
from kvariant.space.encoding import Encoding
from kvariant.space.evaluate import evaluate
from kvariant.space.explain import Explanation, explained
from kvariant.space.factors import Factors, levels_of
from kvariant.space.findings import findings
from kvariant.space.packed import Assignments, Configurations
from kvariant.space.phrasing import phrased
from kvariant.space.possible import Intervals, intervals, possible_texts
from kvariant.space.restriction import restricted
from kvariant.space.sample import Samples, Solution, draw, listing
from kvariant.space.shares import Shares
from kvariant.space.solve import nearest, projections, solve

if TYPE_CHECKING:
    from kvariant.kconfig.configuration import Configuration
    from kvariant.kconfig.expression import Expression
    from kvariant.kconfig.model import Model
    from kvariant.kconfig.tree import Tree
    from kvariant.space.domains import Domains
    from kvariant.space.fix import Fix
    from kvariant.space.image import Image
    from kvariant.space.packed import Assignments, Configurations, NamedValue
    from kvariant.space.solver import Formula

CHECKED = 5_000
"""Trees of up to this many symbols have their selects checked against dependencies."""


class Space:
    """Every configuration of a tree, or of the cone of some of its symbols.

    A configuration is in the space exactly if some assignment, written as a
    `.config`, resolves to it. Ints, hexes and strings have finite domains
    (`domains`), exact for every condition of the tree; `solve`, `evaluate` and
    `fixes` extend them by the texts that they are given.

    Everything is computed when first asked for and kept. A space made for some
    symbols knows these and all that decides them; `symbols` lists them.

    This is the questions' one address; each is answered in a module of its own.
    """

    def __init__(self, encoding: Encoding, tree: Tree | None = None, *, path: str = "") -> None:
        """Ask questions to an encoding; `Space.of` is the way in.

        Args:
            tree: the tree that its rules are of; None: it is a formula's.
            path: where the formula is from.
        """
        self.encoding = encoding
        self._tree = tree
        self._path = path
        self._asked: tuple[tuple[tuple[str, ...], frozenset[NamedValue]], Encoding] | None = None

    @classmethod
    def of(
        cls,
        tree: Tree,
        symbols: Iterable[str] | None = None,
        *,
        dialect: str | Dialect | None = None,
        texts: Mapping[str, Iterable[str]] | None = None,
    ) -> Space:
        """Return the space of a tree.

        Args:
            symbols: names whose values matter; only what decides them is encoded.
                None: all.
            dialect: whose rules hold, by name; None: the tree's own, so that
                `tree.resolve` and the space agree.
            texts: what ints, hexes and strings can be beside what their rules tell
                apart, however many: those of assignments that will be evaluated.

        Raises:
            InputError: a symbol is unknown [unknown-symbol].

        Cost: encoding is lazy; about 50 microseconds a symbol (1 s for Linux).
        """
        rules = tree.dialect if dialect is None else dialect_of(dialect)
        whole = Encoding(tree.model, rules, tree.model.symbols, texts=texts)
        if symbols is None:
            return cls(whole, tree)
        return cls(Encoding(tree.model, rules, whole.known(symbols), texts=texts), tree)

    @staticmethod
    def from_dimacs(path: Path | str) -> Space:
        """Return the solutions of a formula in DIMACS as a space of bools.

        What needs Kconfig rules (`explain`, `fixes`, `findings`, `evaluate`) is
        refused there. `kvariant.space.dimacs` shows the format.

        Raises:
            InputError: the file cannot be read, or is no DIMACS [dimacs].
        """
        return Space(encoding_of(Path(path)), path=str(path))

    @property
    def tree(self) -> Tree:
        """The tree.

        Raises:
            InputError: it is a formula's space, without rules and places [no-tree].
        """
        if self._tree is None:
            message = "a formula has no Kconfig rules: it can be solved, counted and sampled"
            raise InputError(
                Diagnostic(message=message, code="no-tree", location=Location(self._path))
            )
        return self._tree

    # What is known

    @property
    def model(self) -> Model:
        """The rules of the symbols."""
        return self.encoding.model

    @property
    def dialect(self) -> Dialect:
        """Whose rules hold."""
        return self.encoding.dialect

    @property
    def where(self) -> Expression | None:
        """What every configuration satisfies; None: this is the whole space."""
        return self.encoding.where

    @property
    def domains(self) -> Domains:
        """Texts that stand for all user values of each int, hex and string with a prompt."""
        return self.encoding.domains

    @property
    def image(self) -> Image:
        """The circuit whose inputs are the values, with its requirements."""
        return self.encoding.image

    @property
    def formula(self) -> Formula:
        """The image as clauses."""
        return self.encoding.formula

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols whose values are known, in Kconfig order."""
        return self.encoding.symbols

    @property
    def settable(self) -> tuple[str, ...]:
        """Those of them that people can set: the values of all others follow from theirs."""
        return self.encoding.settable

    @property
    def logical(self) -> tuple[str, ...]:
        """The bools and tristates whose values are known, in Kconfig order."""
        return self.encoding.logical

    def literals(self, name: str) -> Mapping[str, Literal]:
        """Return the image's literal for each text that a symbol can have."""
        return self.encoding.literals(name)

    def sampled(self, symbols: Iterable[str]) -> tuple[str, ...]:
        """Return those ints, hexes and strings of which only some values are in the space."""
        rules = self.model.symbols
        names = [n for n in self.encoding.known(symbols) if not rules[n].is_logical]
        if not names:  # as nearly always: a thread takes longer than the answer
            return ()
        return deep(lambda: tuple(n for n in names if not self.encoding.is_whole(n)))

    def factors(self, symbols: Iterable[str]) -> Factors:
        """Return what a combinatorial strategy needs to know of some symbols.

        Raises:
            InputError: a symbol is unknown [unknown-symbol], or neither bool nor
                tristate, and no values of it are chosen [strategy-type].
        """
        names = self.encoding.known(symbols)
        chosen = self.encoding.chosen
        possible = {n: possible_texts(self.encoding, n) for n in names if n in chosen}
        levels = levels_of(self.model, names, possible)
        cone = self.encoding.cone(names)
        return Factors(
            names=names,
            levels=levels,
            literals=tuple(cone.literals(name) for name in names),
            formula=cone.formula,
            decode=cone.decoded,
        )

    # Questions

    def evaluate(self, assignments: Assignments | Iterable[Mapping[str, str]]) -> Configurations:
        """Return the configurations that user values give, the same as `Tree.resolve`.

        Args:
            assignments: packed (fast), or mappings, which are packed first.

        Raises:
            InputError: a symbol is unknown, or a value is none of its type's [value].

        Cost: Linux some 30 microseconds a configuration from packed columns, about
        a microsecond more for each value of a mapping.
        """
        self._need_rules()
        return evaluate(self.encoding, assignments)

    def solve(self, values: Mapping[str, str] | None = None) -> Configuration | None:
        """Return a configuration that has the given *resolved* values, None if none has.

        Its `assignment` has the fewest user values that give it.

        Raises:
            InputError: a symbol is unknown [unknown-symbol].

        Cost: milliseconds, some tens on Linux; the first call builds the formula.
        """
        return solve(self.encoding, dict(values or {}))

    def nearest(
        self,
        wishes: Iterable[tuple[str, Collection[str]]],
        within: Mapping[str, Collection[str]] | None = None,
    ) -> Configuration | None:
        """Return a configuration that grants wishes in order, each if it can with those before.

        Args:
            wishes: a symbol, and the resolved values of which it should have one.
            within: of some symbols, the resolved values of which they must have one.

        Returns None if nothing is within. What no wish is about is as the solver
        left it; the same calls in the same order give the same.

        Raises:
            InputError: a symbol is unknown [unknown-symbol].

        Cost: one call of the solver for each wish that cannot be granted, some more where
        the solutions at hand are far from what is wished for.
        """
        return nearest(self.encoding, wishes, within or {})

    def projections(self, symbols: Iterable[str]) -> Iterator[Mapping[str, str]]:
        """Yield each combination of values that some symbols can have, once.

        The order is the solver's: the same for the same tree and symbols.
        Cost: about a millisecond each, from the cone of these symbols alone.
        """
        return projections(self.encoding, self.encoding.known(symbols))

    def count(self, symbols: Iterable[str] | None = None, *, time_limit: float = 60.0) -> int:
        """Return the exact number of configurations, or of some symbols' projections.

        Ints, hexes and strings count with the texts of `domains`.

        Args:
            time_limit: seconds for the counter.

        Raises:
            MissingError: time ran out [count], or the number is above what is listed and
                the extra `exact` is not installed [no-counter]; the notes say
                what is known.
        """
        encoding = self.encoding
        names = encoding.names if symbols is None else encoding.known(symbols)
        return count(encoding, names, time_limit)

    def shares(
        self, rows: Iterable[Mapping[str, str]], *, time_limit: float = 20.0
    ) -> tuple[int | None, ...]:
        """Return how many configurations have each row's resolved values.

        Args:
            rows: values of some symbols. Rows of a projection add up to `count()`.
            time_limit: seconds for a part of the formula that cannot be listed.

        Returns None for a row whose number is not known.

        Cost: a tenth of a millisecond for each row of a small tree, as many times
        more as its formula is larger; parts that rows share are counted once.
        """
        found = Shares(
            self.formula,
            (x for name in self.symbols for x in self.literals(name).values()),
            time_limit=time_limit,
        )
        try:
            return tuple(
                found.count([self.literals(name).get(text, FALSE) for name, text in row.items()])
                for row in rows
            )
        finally:
            found.close()

    def dead(self) -> tuple[str, ...]:
        """Return the bools and tristates that are n in every configuration, in Kconfig order."""
        return tuple(name for name in self.logical if name in self._constant.dead)

    def always_on(self) -> tuple[str, ...]:
        """Return the bools and tristates that are n in no configuration, in Kconfig order."""
        return tuple(name for name in self.logical if name in self._constant.always_on)

    def constants(self, symbols: Collection[str]) -> Constants:
        """Return which of some bools and tristates are dead or always on."""
        part = self.encoding.part(self.encoding.known(symbols))
        return Constants.of(part, frozenset(symbols))

    @cached_property
    def _constant(self) -> Constants:
        return Constants.of(self.encoding)

    def sample(self, count: int, *, seed: int = 0) -> Samples:
        """Return configurations drawn at random; `method` of the result says how.

        The same tree, count and seed give the same configurations.
        Cost: milliseconds each, some 20 on Linux.
        """
        found, method = draw(self.formula, self.image.inputs, self._listing, count, seed)
        return Samples(self.encoding.decoded(found), method, seed)

    @cached_property
    def _listing(self) -> Sequence[Solution] | None:
        values = [x for name in self.symbols for x in self.literals(name).values()]
        return listing(self.formula, values)

    def findings(self) -> tuple[Diagnostic, ...]:
        """Return warnings: dead symbols, conditions that never hold, selects without dependency.

        Selects are left out where the tree has more than `CHECKED` symbols, because
        each costs a call of the solver.
        """
        self._need_rules()
        whole = self.encoding.part(self.encoding.names)
        names = whole.symbols
        selects = len(names) <= CHECKED
        return deep(lambda: tuple(findings(whole.image, names, selects=selects)))

    def explain(self, symbol: str, value: str = "y") -> Explanation:
        """Return whether a symbol can have a value, and the rules that exclude it if not.

        Raises:
            InputError: no such symbol, or no value of its type.
        """
        return explained(self.encoding, self.tree.place, symbol, value)

    def fixes(self, assignment: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[Fix, ...]:
        """Return the smallest changes to an assignment after which wanted values take.

        What counts is in `Fix.size`: decisions that change, and asked-for values that
        took and are lost. Several (at most five) if equally small, those that lose
        least first; none if nothing makes the values take.

        Raises:
            InputError: an unknown symbol, or a value that is none of its type's.

        Cost: milliseconds; on Linux 0.1 to 0.3 s from a fragment, 2 to 4 s from a whole
        `.config`, as the cone of every asked-for symbol counts.
        """
        self._need_rules()
        keys = [*assignment.items(), *wanted.items()]
        self.encoding.check(keys)
        return phrased(self._asked_part(keys), assignment, wanted)

    def _asked_part(self, keys: Sequence[NamedValue]) -> Encoding:
        """Return the space of some values' symbols, kept for the next question about the same.

        One configuration has several values that do not take.
        """
        names = self.encoding.known(name for name, _ in keys)
        texts = frozenset(key for key in keys if not self.model.symbols[key[0]].is_logical)
        if self._asked is None or self._asked[0] != (names, texts):
            self._asked = (names, texts), self.encoding.part(names).widened(keys)
        return self._asked[1]

    def based_on(
        self, base: Mapping[str, str], wanted: Sequence[Mapping[str, str]]
    ) -> Configurations:
        """Return configurations with wanted values, as close to a base as validity allows.

        Close counts user values that differ, and those of the base that took and no longer
        do. The closest there is, where that is affordable; for many rows or large cones
        one from which no single value can go back. The user values that come with each
        are the base's with the changes made.

        Args:
            base: user values.
            wanted: for each configuration resolved values, which must be possible together;
                of an int or hex that is not visible that is "".

        Raises:
            InputError: a symbol is unknown, or a value is none of its type's.
        """
        self._need_rules()
        self.encoding.check(key for row in [base, *wanted] for key in row.items() if key[1])
        return Based(self.encoding, base).of(wanted)

    def _need_rules(self) -> None:
        """Refuse what user values are needed for, where no rules say what they give."""
        if not self.encoding.has_rules:
            assert self.tree, "a formula has none, and says so"

    # Parts

    def restricted(self, where: Expression, location: Location | None = None) -> Space:
        """Return the space of the configurations that satisfy an expression.

        Its views see these alone; `evaluate` is as before, as it is told what to resolve,
        and `fixes` are such that the result satisfies the expression.

        Args:
            where: an expression over the tree's symbols, with the meaning of
                `Configuration.satisfies`; it is exact, also where it compares
                ints, hexes and strings with texts that the tree does not name.
            location: where it is written, for the error.

        Raises:
            InputError: nothing satisfies it [where]; the notes say which rules
                exclude it.
        """
        return Space(restricted(self.encoding, self.tree.place, where, location), self.tree)

    def narrowed(self, chosen: Domains) -> Space:
        """Return the space of configurations in which numbers and texts have chosen values.

        A symbol has one of its chosen values wherever a user can give it one; where none
        can be given, in a range that has none of them, it is as it is. `domains` of this
        space are as before; values that are chosen and not in them are told apart there.

        Args:
            chosen: texts of some ints, hexes and strings.
        """
        own = self.encoding
        return Space(
            Encoding(
                own.model, own.dialect, own.names, texts=own.texts, where=own.where, chosen=chosen
            ),
            self._tree,
        )

    def with_conditions(self, conditions: Mapping[str, Expression]) -> Space:
        """Return the same space with a bool for each condition: y where it is satisfied.

        The bools are among its symbols, behind all others, and nobody can set them. The
        tree does not have them, so configurations of this space are none of the tree's.

        Args:
            conditions: expressions with the meaning of `Configuration.satisfies`, by the
                names that their bools get.
        """
        own = self.encoding
        return Space(
            Encoding(
                with_conditions(own.model, conditions),
                own.dialect,
                (*own.names, *conditions),
                texts=own.texts,
                where=own.where,
                chosen=own.chosen,
            ),
            self._tree,
        )

    def widened(self, texts: Mapping[str, Iterable[str]]) -> Space:
        """Return the same space with further values of ints, hexes and strings told apart."""
        own = self.encoding
        told = {n: (*own.texts.get(n, ()), *more) for n, more in texts.items()}
        return Space(own.part(own.names, {**own.texts, **told}), self._tree, path=self._path)

    @property
    def chosen(self) -> Domains:
        """Texts of which ints, hexes and strings have one wherever they can: see `narrowed`."""
        return self.encoding.chosen

    def intervals(self, name: str) -> Intervals | None:
        """Return the values that users can give an int or hex; None: no end of them, or unknown.

        Raises:
            InputError: the symbol is unknown [unknown-symbol].
        """
        return intervals(self.encoding, self.encoding.known([name])[0])

    def possible(self, name: str) -> tuple[str, ...]:
        """Return the values that a symbol has in some configuration, as far as they are told apart.

        The order is that of the type: n, m, y; numbers by their size; texts as they were found.

        Raises:
            InputError: the symbol is unknown [unknown-symbol].

        Cost: a call of the solver for each value.
        """
        return possible_texts(self.encoding, name)

    def part(self, names: Iterable[str]) -> Space:
        """Return the space of some symbols alone, a new one."""
        return Space(self.encoding.part(names), self._tree, path=self._path)

    def cone(self, symbols: Iterable[str]) -> Space:
        """Return the space of some symbols alone; what it finds is kept for the next call."""
        encoding = self.encoding.cone(symbols)
        return self if encoding is self.encoding else Space(encoding, self._tree, path=self._path)
