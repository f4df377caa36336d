# SPDX-License-Identifier: MIT
"""From a matrix's table to its variants: the strategies over one project."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kvariant.errors import Diagnostic, InputError, Location, Severity, displayed
from kvariant.kconfig import Configuration, Fragment, Tree, read_fragments
from kvariant.matrix import Chosen, Request, Strategy, Tuples, named, t_wise, toggles, uniform
from kvariant.matrix.continued import continued
from kvariant.matrix.verifier import Promise
from kvariant.plan.distinct import MANY, distinct
from kvariant.plan.keys import Keys
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
from kvariant.plan.symbols import Specs
from kvariant.plan.variant import Matrix, Variant
from kvariant.project import DATE, NAMED, MatrixTable, Project
from kvariant.render import Renderings, Templates
from kvariant.space import Space

STRATEGIES: Mapping[str, Strategy] = {"t-wise": t_wise, "toggles": toggles, "uniform": uniform}
"""Strategies on the space alone."""

DISTINCT = "distinct"
"""The strategy that needs templates too."""

TEMPLATES = ("templates",)
"""What it chooses by where no symbols are named."""

_ANY_TYPE = (DISTINCT, "uniform")
"""Strategies that take ints, hexes and strings too."""

_COVERING = ("t-wise", "toggles")
"""Strategies that count tuples."""

_LISTED = 8
"""Symbols that a warning lists."""

_RANDOM = ("t-wise", "toggles", "uniform")
"""Strategies whose choice depends on the random seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picked:
    """What a strategy chose, each configuration of all symbols."""

    configurations: Sequence[Configuration]
    stands_for: Sequence[int | None]
    tuples: Tuples | None
    lower_bound: int = 0
    method: str = ""


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
        self._templates = templates
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
        keys = Keys(self._project, self._selection, name)
        return self._named(keys) if keys.table.strategy == NAMED else self._chosen(keys)

    # Named

    def _named(self, keys: Keys) -> Matrix:
        project, selection = self._project, self._selection
        fragments = read_fragments(selection.configs or project.configs(), project.config_prefix)
        if not fragments:
            raise InputError(_no_fragments(project))
        where = keys.where(self._tree)
        variants = self._of_fragments(fragments)
        kept = tuple(v for v in variants if where is None or v.configuration.satisfies(where))
        self.promises[keys.name] = Promise(where=where, included=[v.configuration for v in kept])
        return Matrix(name=keys.name, strategy=NAMED, variants=kept)

    def _of_fragments(self, fragments: Iterable[Fragment]) -> list[Variant]:
        fragments = list(fragments)
        return [
            Variant(name=f.name, description=f.description, configuration=c, fragment=f.path)
            for f, c in zip(fragments, named(self._tree, fragments), strict=True)
        ]

    # Chosen

    def _chosen(self, keys: Keys) -> Matrix:
        name, table = keys.name, keys.table
        space = self._space(keys)
        symbols = self._symbols(keys)
        seed = table.random_seed
        request = Request(
            symbols=symbols,
            strength=1 if table.strategy == "toggles" else table.strength,
            size=table.size,
            limit=table.max_variants,
            random_seed=_today() if seed == DATE else int(seed),
        )
        self.promises[name] = _promise(table, request, space)
        templates = self._rendered(keys)
        key = choice_key(self._tree, table, request, templates.texts() if templates else ())
        kept = self._kept(name)
        if kept and kept.key == key and not self._anew:
            self.warnings += self._specs.warnings
            return kept_matrix(kept, name, self._tree)
        try:
            if table.strategy == DISTINCT:
                picked = self._distinct(space, request, templates)
            else:
                strategy = STRATEGIES[table.strategy]
                picked = self._picked(self._asked(strategy, space, request, key, kept))
        except InputError as error:
            raise InputError(*(keys.placed(d) for d in error.diagnostics)) from None
        count = len(picked.configurations)
        if count > MANY and not table.max_variants and table.size < count:
            message = f"{count:,} variants are needed, and nothing limits their number"
            hint = f"max-variants = {count}, or fewer: what they leave uncovered is counted"
            raise keys.error("max-variants", message, "many", hint)
        self.warnings += self._specs.warnings
        return Matrix(
            name=name,
            strategy=table.strategy,
            variants=self._variants(picked, symbols, kept),
            symbols=symbols,
            random_seed=request.random_seed if table.strategy in _RANDOM else None,
            method=picked.method,
            tuples=picked.tuples,
            lower_bound=picked.lower_bound,
            key=key,
        )

    def _rendered(self, keys: Keys) -> Templates | None:
        """Return the templates whose renderings count; None where every value of a symbol does."""
        table = keys.table
        is_by_templates = table.symbols in ((), TEMPLATES) and not table.ignore
        return self._templates if table.strategy == DISTINCT and is_by_templates else None

    def _distinct(self, space: Space, request: Request, templates: Templates | None) -> _Picked:
        key = Renderings(templates).key if templates else None
        found = distinct(space, request, self._tree.resolve({}), key)
        if sampled := space.sampled(request.symbols):
            self.warnings.append(_sampled(sampled))
        return _Picked(
            configurations=space.based_on({}, [one.values for one in found.classes]),
            stands_for=[one.stands_for for one in found.classes],
            tuples=found.tuples,
        )

    def _picked(self, chosen: Chosen) -> _Picked:
        return _Picked(
            configurations=self._whole(chosen.configurations),
            stands_for=[None] * len(chosen.configurations),
            tuples=chosen.tuples,
            lower_bound=chosen.lower_bound,
            method=chosen.method,
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
        self, picked: _Picked, symbols: Sequence[str], kept: Locked | None
    ) -> tuple[Variant, ...]:
        tree = self._tree
        found = names(
            picked.configurations,
            symbols,
            base=tree.resolve({}),
            choices=[choice.members for choice in tree.choices],
            derived=[n for n in symbols if not tree.model.symbols[n].prompts],
            previous=previous(kept, Space.of(tree)) if kept else None,
        )
        return tuple(
            Variant(
                name=name,
                description="",
                configuration=configuration,
                fragment=None,
                stands_for=number,
            )
            for name, configuration, number in zip(
                found, picked.configurations, picked.stands_for, strict=True
            )
        )

    def _space(self, keys: Keys) -> Space:
        space = Space.of(self._tree)
        if (own := keys.where(self._tree)) is not None:
            space = space.restricted(own, keys.location("where"))
        if (extra := self._selection.where) is not None:
            space = space.restricted(extra)
        return space

    def _symbols(self, keys: Keys) -> tuple[str, ...]:
        """Return the symbols to choose by: what the specs mean, in Kconfig order."""
        table, symbols = keys.table, self._tree.symbols
        texts = table.symbols or (TEMPLATES if table.strategy == DISTINCT else ())
        if texts:
            specs = keys.specs("symbols", texts)
            found = self._specs.symbols(specs)
            named = {spec.text.removeprefix(self._tree.prefix) for spec in specs if spec.is_name}
        else:
            found, named = tuple(symbols), set()
        ignored = set(self._specs.symbols(keys.specs("ignore", table.ignore)))
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
            raise keys.error(key, "no symbol is left to choose by", "no-symbol")
        return kept


def _promise(table: MatrixTable, request: Request, space: Space) -> Promise:
    """Return what is to be seen in a matrix, whoever chose it."""
    is_counted = table.strategy in _COVERING
    return Promise(
        symbols=request.symbols if is_counted else (),
        strength=request.strength if is_counted else 0,
        where=space.where,
        included=request.included,
        candidates=request.candidates,
    )


def _today() -> int:
    return int(datetime.datetime.now(datetime.UTC).strftime("%Y%m%d"))


def _sampled(symbols: Sequence[str]) -> Diagnostic:
    listed = ", ".join(symbols[:_LISTED]) + (" ..." if len(symbols) > _LISTED else "")
    return Diagnostic(
        message=f"too many values to list all: {listed}; those that no condition tells apart"
        " are one here, whatever is made of them",
        code="sampled",
        severity=Severity.WARNING,
    )


def _no_fragments(project: Project) -> Diagnostic:
    globs = ", ".join(project.config_globs)
    return Diagnostic(
        message=f"no fragment matches {globs} in {displayed(project.root)}",
        code="no-fragment",
        location=Location(str(project.path)) if project.path else None,
        hint="write one, for example configs/default.config, or name one with --config FILE",
    )
