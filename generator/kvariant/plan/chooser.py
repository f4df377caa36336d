# SPDX-License-Identifier: MIT
"""From a matrix's table to its variants: the strategies over one project."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Mapping, Sequence

from kvariant.errors import Diagnostic, InputError, Location, displayed, source_line
from kvariant.kconfig import Configuration, Expression, Fragment, Tree, read_fragments
from kvariant.matrix import Chosen, Request, Strategy, named, t_wise, uniform
from kvariant.matrix.continued import continued
from kvariant.matrix.verifier import Promise
from kvariant.plan.lock import Lock, Locked
from kvariant.plan.locking import (
    choice_key,
    is_asked_the_same,
    kept_matrix,
    known_assignments,
    previous,
)
from kvariant.plan.names import names
from kvariant.plan.selection import Selection
from kvariant.plan.symbols import Spec, Specs
from kvariant.plan.variant import Matrix, Variant
from kvariant.project import DATE, NAMED, MatrixTable, Project
from kvariant.render import Templates
from kvariant.space import Space

STRATEGIES: Mapping[str, Strategy] = {"t-wise": t_wise, "uniform": uniform}
"""Strategies on the space alone."""

_KEYS = {"no-size": "size", "strength": "strength", "strategy-type": "symbols"}
"""The key that an error of a strategy is about, by the error's code."""

_ANY_TYPE = ("uniform",)
"""Strategies that take ints, hexes and strings too."""

_COVERING = ("t-wise",)
"""Strategies that count tuples."""

MANY = 1_000
"""More variants than this need a limit that somebody has set."""


class Chooser:
    """Chooses the variants of a project's matrices."""

    def __init__(
        self,
        project: Project,
        tree: Tree,
        templates: Templates | None,
        selection: Selection,
        lock: Lock | None = None,
        *,
        anew: bool = False,
    ) -> None:
        """Prepare to choose.

        Args:
            lock: the matrices as they were chosen; None: those in the project's lock,
                which is read if a matrix is in need of it. One that was chosen for the
                same is taken as it is there; of others, variants keep their names.
            anew: choose even what the lock has.
        """
        self._project = project
        self._tree = tree
        self._selection = selection
        self._lock = lock
        self._anew = anew
        self._specs = Specs(tree, templates, selection.standard_input)
        self.warnings: list[Diagnostic] = []
        """What was left out, and why."""
        self.promises: dict[str, Promise] = {}
        """What each matrix that was chosen is to be verified for."""

    def matrix(self, name: str) -> Matrix:
        """Return a matrix of the project, with the selection's keys in place of its own.

        Raises:
            InputError: its table cannot be met; each error is at its key.
        """
        table = self._project.matrices.table(name)
        table = table.model_copy(update=dict(self._selection.keys))
        if table.strategy == NAMED:
            return self._named(name, table)
        return self._chosen(name, table)

    # Named

    def _named(self, name: str, table: MatrixTable) -> Matrix:
        project, selection = self._project, self._selection
        fragments = read_fragments(selection.configs or project.configs(), project.config_prefix)
        if not fragments:
            raise InputError(_no_fragments(project))
        where = self._where(name, table)
        variants = self._of_fragments(fragments)
        kept = tuple(v for v in variants if where is None or v.configuration.satisfies(where))
        self.promises[name] = Promise(where=where, included=[v.configuration for v in kept])
        return Matrix(name=name, strategy=NAMED, variants=kept)

    def _of_fragments(self, fragments: Iterable[Fragment]) -> list[Variant]:
        fragments = list(fragments)
        return [
            Variant(name=f.name, description=f.description, configuration=c, fragment=f.path)
            for f, c in zip(fragments, named(self._tree, fragments), strict=True)
        ]

    # Chosen

    def _chosen(self, name: str, table: MatrixTable) -> Matrix:
        space = self._space(name, table)
        symbols = self._symbols(name, table)
        seed = table.random_seed
        request = Request(
            symbols=symbols,
            strength=table.strength,
            size=table.size,
            limit=table.max_variants,
            random_seed=_today() if seed == DATE else int(seed),
        )
        self.promises[name] = _promise(table, request, space)
        key, kept = choice_key(self._tree, table, request), self._kept(name)
        if kept and kept.key == key and not self._anew:
            self.warnings += self._specs.warnings
            return kept_matrix(kept, name, self._tree)
        try:
            chosen = self._asked(STRATEGIES[table.strategy], space, request, key, kept)
        except InputError as error:
            raise InputError(*(self._placed(name, d) for d in error.diagnostics)) from None
        count = len(chosen.configurations)
        if count > MANY and not table.max_variants and table.size < count:
            message = f"{count:,} variants are needed, and nothing limits their number"
            hint = f"max-variants = {count}, or fewer: what they leave uncovered is counted"
            raise self._error(name, "max-variants", message, "many", hint)
        self.warnings += self._specs.warnings
        return Matrix(
            name=name,
            strategy=table.strategy,
            variants=self._variants(self._whole(chosen.configurations), symbols, kept),
            symbols=symbols,
            random_seed=request.random_seed,
            method=chosen.method,
            tuples=chosen.tuples,
            lower_bound=chosen.lower_bound,
            key=key,
        )

    def _asked(
        self, strategy: Strategy, space: Space, request: Request, key: str, kept: Locked | None
    ) -> Chosen:
        """Return what a strategy chooses, through an edit of the tree with what it chose before."""
        if not (kept and kept.tuples and is_asked_the_same(kept.key, key)) or request.limit:
            return strategy(space, request)
        before = known_assignments(kept, self._tree)
        return continued(strategy, space, request, before, kept.symbols)

    def _kept(self, name: str) -> Locked | None:
        """Return a matrix as the lock has it; None where it is not what is asked for."""
        is_own = self._selection.where is None and not self._selection.keys
        if not is_own:
            return None
        if self._lock is None:
            self._lock = Lock.read(self._project.lock)
        return self._lock.matrix(name)

    def _whole(self, configurations: Sequence[Configuration]) -> Sequence[Configuration]:
        """Return configurations of all symbols: a strategy may know but those it chose by."""
        every = len(self._tree.symbols)
        if all(len(c) == every for c in configurations):
            return configurations
        return Space.of(self._tree).evaluate([c.assignment for c in configurations])

    def _variants(
        self,
        configurations: Sequence[Configuration],
        symbols: Sequence[str],
        kept: Locked | None,
    ) -> tuple[Variant, ...]:
        tree = self._tree
        found = names(
            configurations,
            symbols,
            base=tree.resolve({}),
            choices=[choice.members for choice in tree.choices],
            derived=[n for n in symbols if not tree.model.symbols[n].prompts],
            previous=previous(kept, Space.of(tree)) if kept else None,
        )
        return tuple(
            Variant(name=name, description="", configuration=configuration, fragment=None)
            for name, configuration in zip(found, configurations, strict=True)
        )

    def _space(self, name: str, table: MatrixTable) -> Space:
        space = Space.of(self._tree)
        own = self._where(name, table)
        if own is not None:
            space = space.restricted(own, self._location(name, "where"))
        if (extra := self._selection.where) is not None:
            space = space.restricted(extra)
        return space

    def _where(self, name: str, table: MatrixTable) -> Expression | None:
        if not table.where:
            return None
        location = self._location(name, "where")
        where = Expression.parse(table.where, location)
        if unknown := self._tree.check_expression(where, location):
            raise InputError(*unknown)
        return where

    def _symbols(self, name: str, table: MatrixTable) -> tuple[str, ...]:
        """Return the symbols to choose by: what the specs mean, in Kconfig order."""
        symbols = self._tree.symbols
        if table.symbols:
            specs = self._spec(name, "symbols", table.symbols)
            found = self._specs.symbols(specs)
            named = {spec.text.removeprefix(self._tree.prefix) for spec in specs if spec.is_name}
        else:
            found, named = tuple(symbols), set()
        ignored = set(self._specs.symbols(self._spec(name, "ignore", table.ignore)))
        # Of what a pattern matches, strategies that need values to list take what has them;
        # a symbol that is named and has none is theirs to refuse.
        kept = tuple(
            symbol
            for symbol in found
            if symbol not in ignored
            and (table.strategy in _ANY_TYPE or symbols[symbol].type.is_logical or symbol in named)
        )
        if not kept:
            key = "ignore" if ignored else "symbols"
            raise self._error(name, key, "no symbol is left to choose by", "no-symbol")
        return kept

    def _spec(self, name: str, key: str, texts: Iterable[str]) -> list[Spec]:
        given = key in self._selection.keys
        folder = self._selection.folder if given else self._project.root
        location = None if given else self._location(name, key)
        return [Spec(text, folder, location) for text in texts]

    def _location(self, name: str, key: str) -> Location | None:
        if key.replace("-", "_") in self._selection.keys:
            return None
        return self._project.matrices.location(name, key)

    def _placed(self, name: str, diagnostic: Diagnostic) -> Diagnostic:
        """Return a strategy's error at the key that it is about."""
        key = _KEYS.get(diagnostic.code)
        where = self._location(name, key) if key and diagnostic.location is None else None
        if where is None:
            return diagnostic
        excerpt = source_line(where.path, where.line)
        return dataclasses.replace(diagnostic, location=where, excerpt=excerpt)

    def _error(self, name: str, key: str, message: str, code: str, hint: str = "") -> InputError:
        where = self._location(name, key)
        return InputError(
            Diagnostic(
                message=message,
                code=code,
                location=where,
                excerpt=source_line(where.path, where.line) if where else "",
                hint=hint,
            )
        )


def _promise(table: MatrixTable, request: Request, space: Space) -> Promise:
    """Return what is to be seen in a matrix, whoever chose it."""
    return Promise(
        symbols=request.symbols,
        strength=request.strength if table.strategy in _COVERING else 0,
        where=space.where,
        included=request.included,
        candidates=request.candidates,
    )


def _today() -> int:
    return int(datetime.datetime.now(datetime.UTC).strftime("%Y%m%d"))


def _no_fragments(project: Project) -> Diagnostic:
    globs = ", ".join(project.config_globs)
    return Diagnostic(
        message=f"no fragment matches {globs} in {displayed(project.root)}",
        code="no-fragment",
        location=Location(str(project.path)) if project.path else None,
        hint="write one, for example configs/default.config, or name one with --config FILE",
    )
