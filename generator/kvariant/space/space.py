# SPDX-License-Identifier: MIT
"""The exact space of a tree: every configuration that some assignment gives."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from kvariant.errors import (
    Diagnostic,
    InputError,
    Location,
    MissingError,
    Note,
    did_you_mean,
    source_line,
)
from kvariant.kconfig.configuration import Configuration
from kvariant.kconfig.dialect import Dialect, dialect_of
from kvariant.kconfig.expression import NEVER, And, Constant, Expression, Reference, with_m
from kvariant.kconfig.model import Model
from kvariant.kconfig.reader import deep
from kvariant.kconfig.tree import Tree
from kvariant.kconfig.value import SymbolType
from kvariant.space.based import Based
from kvariant.space.circuit import FALSE, TRUE, Literal
from kvariant.space.constants import Constants
from kvariant.space.count import has_counter, model_count
from kvariant.space.domains import Domains, domains_of, is_whole
from kvariant.space.evaluate import Evaluator, places_of, rounds_of
from kvariant.space.explain import Explanation, Narrator, conflict
from kvariant.space.factors import Factors, levels_of
from kvariant.space.findings import findings
from kvariant.space.fix import Fix
from kvariant.space.image import Image, Rule
from kvariant.space.packed import Assignments, Configurations, Key
from kvariant.space.phrasing import phrased
from kvariant.space.sample import Samples, Solution, draw, listing, solutions
from kvariant.space.shares import Shares
from kvariant.space.solution import Decoder
from kvariant.space.solver import Formula, Solver, signed
from kvariant.space.user_circuit import UserCircuit

LISTED = 4_096
"""Counts up to this many are made by listing where no counter is installed."""

CHECKED = 5_000
"""Trees of up to this many symbols have their selects checked against dependencies."""

_MOST_TEXTS = 256
"""Texts by which one symbol's domain may be extended."""


class Space:
    """Every configuration of a tree, or of the cone of some of its symbols.

    A configuration is in the space exactly if some assignment, written as a
    `.config`, resolves to it. Ints, hexes and strings have finite domains
    (`domains`), exact for every condition of the tree; `solve`, `evaluate` and
    `fixes` extend them by the texts that they are given.

    Everything is computed when first asked for and kept. A space made for some
    symbols knows these and all that decides them; `symbols` lists them.
    """

    def __init__(
        self,
        tree: Tree,
        names: Iterable[str],
        dialect: Dialect,
        extra: Mapping[str, Iterable[str]] | None = None,
        where: Expression | None = None,
    ) -> None:
        """Prepare a space; `Space.of` is the way in."""
        self.tree = tree
        self.dialect = dialect
        self.model: Model = tree.model
        self._names = tuple(names)
        self._extra = {name: tuple(texts) for name, texts in (extra or {}).items()}
        self.where = where
        """What every configuration satisfies; None: this is the whole space."""
        self._cones: dict[tuple[str, ...], Space] = {}
        self._wider: Space | None = None
        self._evaluators: tuple[Mapping[int, int], Evaluator] | None = None

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
            dialect: `"kconfiglib"`, or `"linux"` for the C tool's rule of `imply`;
                None: the tree's own, so that `tree.resolve` and the space agree.
            texts: what ints, hexes and strings can be beside what their rules tell
                apart, however many: those of assignments that will be evaluated.

        Raises:
            InputError: a symbol is unknown [unknown-symbol].

        Cost: encoding is lazy; about 50 microseconds a symbol (1 s for Linux).
        """
        names = tree.model.symbols if symbols is None else _known(tree.model, symbols)
        return cls(tree, names, tree.dialect if dialect is None else dialect_of(dialect), texts)

    @staticmethod
    def from_dimacs(path: Path | str) -> Space:
        """Return the solutions of a formula in DIMACS as a space of bools.

        What needs Kconfig rules (`explain`, `fixes`, `findings`, `evaluate`) is
        refused there. `kvariant.space.dimacs` shows the format.

        Raises:
            InputError: the file cannot be read, or is no DIMACS [dimacs].
        """
        from kvariant.space.dimacs import ClauseSpace  # it builds on this module

        return ClauseSpace(Path(path))

    def factors(self, symbols: Iterable[str]) -> Factors:
        """Return what a combinatorial strategy needs to know of some symbols.

        Raises:
            InputError: a symbol is unknown [unknown-symbol], or neither bool nor
                tristate [strategy-type].
        """
        names = _known(self.model, symbols)
        levels = levels_of(self.model, names)
        cone = self.cone(names)
        return Factors(
            names=names,
            levels=levels,
            literals=tuple(cone.literals(name) for name in names),
            formula=cone.formula,
            decode=cone._decoded,
        )

    # The two forms

    @cached_property
    def domains(self) -> Domains:
        """Texts that stand for all user values of each int, hex and string with a prompt."""
        return domains_of(self.model, self.dialect, self._extra, [self.where] if self.where else [])

    @cached_property
    def image(self) -> Image:
        """The circuit whose inputs are the values, with its requirements."""

        def build() -> Image:
            image = Image(self.model, self.domains, self.dialect)
            image.build(self._names, self.where)
            return image

        return deep(build)

    @cached_property
    def formula(self) -> Formula:
        """The image as clauses."""
        outputs = [x for name in self.symbols for x in self.literals(name).values()]
        return Formula(self.image.circuit, (r.literal for r in self.image.requirements), outputs)

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """Symbols whose values are known, in Kconfig order."""
        built = self.image.built
        return tuple(name for name in self.model.symbols if name in built)

    @cached_property
    def settable(self) -> tuple[str, ...]:
        """Those of them that people can set: the values of all others follow from theirs."""
        return tuple(name for name in self.symbols if self.model.symbols[name].is_settable)

    def literals(self, name: str) -> Mapping[str, Literal]:
        """Return the image's literal for each text that a symbol can have."""
        return (
            deep(lambda: self.image.texts(name))
            if name not in self.image.built
            else self.image.texts(name)
        )

    @cached_property
    def _solver(self) -> Solver:
        return Solver(self.formula)

    def _evaluator(self, rounds: Mapping[int, int]) -> Evaluator:
        """Return the circuit from user values; one with more rounds replaces one with fewer."""
        known = self._evaluators
        if known is None or any(known[0].get(i, 1) < n for i, n in rounds.items()):
            both = {**(known[0] if known else {}), **rounds}

            def build() -> Evaluator:
                circuit = UserCircuit(self.model, self.domains, self.dialect, both)
                return Evaluator(circuit, self.symbols)

            known = self._evaluators = both, deep(build)
        return known[1]

    @cached_property
    def _decoder(self) -> Decoder:
        return deep(lambda: Decoder(self.image, self.symbols, self.settable))

    def sampled(self, symbols: Iterable[str]) -> tuple[str, ...]:
        """Return those ints, hexes and strings of which only some values are in the space."""
        names = _known(self.model, symbols)
        model, domains = self.model, self.domains

        def is_known(name: str) -> bool:
            return is_whole(model, model.symbols[name], domains.get(name, ()))

        return deep(lambda: tuple(name for name in names if not is_known(name)))

    # Views

    def evaluate(self, assignments: Assignments | Iterable[Mapping[str, str]]) -> Configurations:
        """Return the configurations that user values give, the same as `Tree.resolve`.

        Args:
            assignments: packed (fast), or mappings, which are packed first.

        Raises:
            InputError: a symbol is unknown, or a value is none of its type's [value].

        Cost: Linux some 30 microseconds a configuration from packed columns, about
        a microsecond more for each value of a mapping.
        """
        places = places_of(self.model)
        packed = (
            assignments.placed(places)
            if isinstance(assignments, Assignments)
            else Assignments.of(assignments, places)
        )
        space = self._with(packed.keys)
        return space._evaluator(rounds_of(packed, places)).run(packed)

    def solve(self, values: Mapping[str, str] | None = None) -> Configuration | None:
        """Return a configuration that has the given *resolved* values, None if none has.

        Its `assignment` has the fewest user values that give it.

        Raises:
            InputError: a symbol is unknown [unknown-symbol].

        Cost: milliseconds, some tens on Linux; the first call builds the formula.
        """
        wanted = dict(values or {})
        _known(self.model, wanted)
        space = self._with(wanted.items())
        literals = [space.literals(name).get(text, FALSE) for name, text in wanted.items()]
        if not space._solver.solve(literals):
            return None
        return space._decoded([space._solver.model()])[0]

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
        wanted, bounds = list(wishes), dict(within or {})
        _known(self.model, [*bounds, *(name for name, _ in wanted)])
        keys = [*bounds.items(), *wanted]
        space = self._with((name, text) for name, texts in keys for text in texts)
        assumed = [x for name, texts in bounds.items() for x in space._bounds(name, texts)]
        if not space._solver.solve(assumed):
            return None
        found = space._granted([space._bounds(name, texts) for name, texts in wanted], assumed)
        return space._decoded([found])[0]

    def _granted(self, wishes: Sequence[Sequence[Literal]], assumed: Sequence[Literal]) -> Solution:
        """Return a solution, beginning with the one at hand, that grants wishes in order.

        What the solution at hand grants takes no call. Of the rest as many are asked for at
        once as lately could be granted: one, where few can; doubled, as long as all can.
        """
        held, found = list(assumed), self._solver.model()
        at, size = 0, 1
        # Invariant: `found` satisfies `held`, which has every wish before `at` that can be granted.
        while at < len(wishes):
            if all(signed(found, literal) for literal in wishes[at]):
                held += wishes[at]
                at += 1
                continue
            part = wishes[at : at + size]
            literals = [literal for wish in part for literal in wish]
            if self._solver.solve([*held, *literals]):
                found = self._solver.model()
                held += literals
                at += len(part)
                size *= 2
            elif len(part) > 1:
                size = len(part) // 2
            else:
                at, size = at + 1, 1
        return found

    def _bounds(self, name: str, texts: Collection[str]) -> list[Literal]:
        """Return literals that all hold exactly if a symbol has one of these values."""
        return [-x for text, x in self.literals(name).items() if text not in texts and x != FALSE]

    def projections(self, symbols: Iterable[str]) -> Iterator[Mapping[str, str]]:
        """Yield each combination of values that some symbols can have, once.

        The order is the solver's: the same for the same tree and symbols.
        Cost: about a millisecond each, from the cone of these symbols alone.
        """
        names = _known(self.model, symbols)
        cone = self.cone(names)
        literals = {name: cone.literals(name) for name in names}
        solver = Solver(cone.formula)
        try:
            variables = (abs(x) for texts in literals.values() for x in texts.values())
            for found in solutions(solver, list(variables)):
                yield {
                    name: next(text for text, literal in texts.items() if signed(found, literal))
                    for name, texts in literals.items()
                }
        finally:
            solver.close()

    def count(self, symbols: Iterable[str] | None = None, *, time_limit: float = 60.0) -> int:
        """Return the exact number of configurations, or of some symbols' projections.

        Ints, hexes and strings count with the texts of `domains`.

        Args:
            time_limit: seconds for the counter.

        Raises:
            MissingError: time ran out [count], or the number is above `LISTED` and
                the extra `exact` is not installed [no-counter]; the notes say
                what is known.
        """
        names = self._names if symbols is None else _known(self.model, symbols)
        cone = self.cone(names)
        literals = [x for name in names for x in cone.literals(name).values()]
        variables = {abs(literal) for literal in literals} - {TRUE}
        listable = len(variables) <= 10 or not has_counter()
        if listable:
            solver = Solver(cone.formula)
            found = sum(1 for _ in itertools.islice(solutions(solver, variables), LISTED + 1))
            solver.close()
            if found <= LISTED:
                return found
        exact = model_count(cone.formula, literals, time_limit) if has_counter() else None
        if exact is None:
            raise self._uncounted(cone, names, time_limit)
        return exact

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

    def _uncounted(self, cone: Space, names: Sequence[str], time_limit: float) -> MissingError:
        most = 1
        for name in names:
            most *= max(1, sum(x != FALSE for x in cone.literals(name).values()))
        if has_counter():
            message, code = f"not counted in {time_limit:g} s", "count"
            hint = "ask for fewer symbols, or give it more time"
        else:
            message, code = "counting this many configurations needs a counter", "no-counter"
            hint = "pip install 'kvariant[exact]'"
        least = LISTED + 1 if not has_counter() else 1
        size = f"at least {least}, fewer than 10^{len(str(most))}"
        known = f"there are {size} of {len(names)} symbols"
        return MissingError(Diagnostic(message=f"{message}; {known}", code=code, hint=hint))

    def dead(self) -> tuple[str, ...]:
        """Return the bools and tristates that are n in every configuration, in Kconfig order."""
        return tuple(name for name in self.logical if name in self._constant.dead)

    def always_on(self) -> tuple[str, ...]:
        """Return the bools and tristates that are n in no configuration, in Kconfig order."""
        return tuple(name for name in self.logical if name in self._constant.always_on)

    @cached_property
    def _constant(self) -> Constants:
        return Constants.of(self)

    @property
    def logical(self) -> tuple[str, ...]:
        """The bools and tristates whose values are known, in Kconfig order."""
        return tuple(name for name in self.symbols if self.model.symbols[name].is_logical)

    def sample(self, count: int, *, seed: int = 0) -> Samples:
        """Return configurations drawn at random; `method` of the result says how.

        The same tree, count and seed give the same configurations.
        Cost: milliseconds each, some 20 on Linux.
        """
        found, method = draw(self.formula, self.image.inputs, self._listing, count, seed)
        return Samples(self._decoded(found), method, seed)

    @cached_property
    def _listing(self) -> Sequence[Solution] | None:
        values = [x for name in self.symbols for x in self.literals(name).values()]
        return listing(self.formula, values)

    def findings(self) -> tuple[Diagnostic, ...]:
        """Return warnings: dead symbols, conditions that never hold, selects without dependency.

        Selects are left out where the tree has more than `CHECKED` symbols, because
        each costs a call of the solver.
        """
        whole = self.part(self._names)
        names = whole.symbols
        selects = len(names) <= CHECKED
        return deep(lambda: tuple(findings(whole.image, names, selects=selects)))

    def explain(self, symbol: str, value: str = "y") -> Explanation:
        """Return whether a symbol can have a value, and the rules that exclude it if not.

        Raises:
            InputError: no such symbol, or no value of its type.
        """
        self._check([(symbol, value)])
        cone = self.part([symbol])._with([(symbol, value)])
        found = cone.solve({symbol: value})
        notes, cause = ((), "") if found else deep(lambda: cone._notes(symbol, value))
        return Explanation(
            symbol=symbol, value=value, configuration=found, notes=notes, cause=cause
        )

    def _notes(self, symbol: str, value: str) -> tuple[tuple[Note, ...], str]:
        wanted = self.literals(symbol).get(value, FALSE)
        narrator = Narrator(self.image, self.tree.place)
        notes = narrator.notes(symbol, conflict(self.image, wanted))
        return notes, narrator.cause(symbol) if value in ("m", "y") else ""

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
        self._check([*assignment.items(), *wanted.items()])
        cone = self.part(_known(self.model, [*wanted, *assignment]))
        return phrased(cone._with([*assignment.items(), *wanted.items()]), assignment, wanted)

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
        self._check(key for row in [base, *wanted] for key in row.items() if key[1])
        return Based(self, base).of(wanted)

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
        name = self.model.modules
        m = And((Constant("m"), Reference(name))) if name in self.model.symbols else NEVER
        read = with_m(where, m)
        if read == NEVER:
            raise InputError(_nothing_satisfies(str(where), location))
        both = read if self.where is None else And((self.where, read))
        space = Space(self.tree, self._names, self.dialect, self._extra, both)
        deep(lambda: space._require_some(location))
        return space

    def _require_some(self, location: Location | None) -> None:
        cone = self.part(())
        solver = Solver(cone.formula)
        has_some = solver.solve()
        solver.close()
        if has_some:
            return
        core = conflict(cone.image, TRUE)
        terms = [str(r.term) for r in core if r.rule is Rule.WHERE]
        notes = Narrator(cone.image, self.tree.place).notes("", core)
        raise InputError(_nothing_satisfies(" && ".join(terms), location, notes))

    def part(self, names: Iterable[str], extra: Mapping[str, Iterable[str]] | None = None) -> Space:
        """Return the space of some symbols alone, a new one.

        Args:
            extra: texts by which domains are extended; None: as they are in this one.
        """
        texts = self._extra if extra is None else extra
        return Space(self.tree, names, self.dialect, texts, self.where)

    def cone(self, symbols: Iterable[str]) -> Space:
        """Return the space of some symbols alone, kept for the next call."""
        names = tuple(symbols)
        if set(names) == set(self._names):
            return self
        if names not in self._cones:
            self._cones[names] = self.part(names)
        return self._cones[names]

    def _with(self, keys: Iterable[Key]) -> Space:
        """Return the space whose domains have the given texts: this one, or a wider one."""
        new = {
            (name, text)
            for name, text in keys
            if (rules := self.model.symbols.get(name)) and rules.type and not rules.is_logical
            and self.dialect.is_value(text, rules.type) and text not in self._texts_of(name)
        }  # fmt: skip
        if not new:
            return self
        if self._wider is None or any(t not in self._wider._texts_of(n) for n, t in new):
            extra = {name: list(texts) for name, texts in (self._wider or self)._extra.items()}
            for name, text in sorted(new):
                extra.setdefault(name, []).append(text)
                if len(extra[name]) > _MOST_TEXTS:
                    message = (
                        f"{name} is given more than {_MOST_TEXTS} values that no rule tells apart"
                    )
                    raise InputError(Diagnostic(message=message, code="value"))
            self._wider = self.part(self._names, extra)
        return self._wider

    def _texts_of(self, name: str) -> Iterable[str]:
        return {*self.domains.get(name, ()), *self._extra.get(name, ())}

    def _check(self, keys: Iterable[Key]) -> None:
        wanted = list(keys)
        _known(self.model, (name for name, _ in wanted))
        for name, text in wanted:
            kind = self.model.symbols[name].type or SymbolType.STRING
            if not self.dialect.is_value(text, kind):
                message = f"{name} is {kind.phrase}; {text!r} is none of its values"
                raise InputError(Diagnostic(message=message, code="value"))

    def _decoded(self, found: Sequence[Solution]) -> Configurations:
        nodes = np.array(self._decoder.inputs, dtype=np.intp)
        width = len(self.image.circuit) + 1
        columns = np.zeros((len(nodes), len(found)), dtype=np.bool_)
        for lane, values in enumerate(found):
            padded = np.zeros(width, dtype=np.bool_)
            padded[: min(width, len(values))] = values[:width]
            columns[:, lane] = padded[nodes]
        return self._decoder.decode(columns)


def _nothing_satisfies(
    where: str, location: Location | None, notes: tuple[Note, ...] = ()
) -> Diagnostic:
    return Diagnostic(
        message=f"no configuration satisfies {where}",
        code="where",
        location=location,
        excerpt=source_line(location.path, location.line) if location else "",
        notes=notes,
    )


def _known(model: Model, symbols: Iterable[str]) -> tuple[str, ...]:
    """Return names once each, in Kconfig order; refuse unknown ones."""
    wanted = dict.fromkeys(symbols)
    unknown = [name for name in wanted if name not in model.symbols]
    if unknown:
        raise InputError(
            *(
                Diagnostic(
                    message=f"no symbol is named {name}",
                    code="unknown-symbol",
                    hint=did_you_mean(name, list(model.symbols)),
                )
                for name in unknown
            )
        )
    return tuple(name for name in model.symbols if name in wanted)
