# SPDX-License-Identifier: MIT
"""What a matrix is chosen for: symbols, conditions and values that its table means in a tree."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.kconfig import Configuration, SymbolType, Tree
from kvariant.kconfig.branch_condition import BranchCondition, symbols_of
from kvariant.matrix import StrategyRequest
from kvariant.matrix.promise import Promise
from kvariant.plan.locking import choice_key
from kvariant.plan.numbers import Number, Numbers
from kvariant.plan.symbols import BRANCHES, Specs
from kvariant.plan.variant_limit import MANY
from kvariant.project import DATE, MatrixTable
from kvariant.project.strategies import STRATEGIES

if TYPE_CHECKING:  # a named matrix needs no space
    from kvariant.plan.base import Base
    from kvariant.plan.keys import Keys
    from kvariant.plan.lock import Locked
    from kvariant.plan.selection import Selection
    from kvariant.plan.sources import Sources
    from kvariant.plan.unfinished_choices import UnfinishedChoices
    from kvariant.plan.variant import Variant
    from kvariant.render import Templates
    from kvariant.space import Space

TEMPLATES = ("templates",)
"""What it chooses by where no symbols are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRequest:
    """What a matrix is chosen for, and from what."""

    keys: Keys
    space: Space
    narrow: Space
    """The space in which numbers and texts have chosen values; `space` where none is asked for."""
    numbers: tuple[Number, ...]
    request: StrategyRequest
    conditions: tuple[BranchCondition, ...]
    """What is chosen by beside the symbols."""
    templates: Templates | None
    """Those whose renderings count."""
    base: Base | None
    known: Sequence[Variant]
    """Included and given ones: they have names."""
    among: int | None
    """See `Matrix.among`."""
    kept: Locked | None
    """The matrix as the lock has it."""
    key: str
    """See `Matrix.key`."""
    promise: Promise
    """What is to be seen in the matrix, whoever chose it."""

    @property
    def is_by_renderings(self) -> bool:
        """Whether variants are told apart by what templates make of them."""
        return is_by_renderings(self.keys.table)

    def read(self, tree: Tree) -> tuple[str, ...]:
        """Return the symbols that the choice is about: those of its conditions too."""
        if not self.conditions:
            return self.request.symbols
        own = symbols_of(self.conditions, tree.symbols)
        return tuple(n for n in tree.symbols if n in own or n in self.request.symbols)


class ChoiceRequests:
    """What the matrices of a project are chosen for in one tree."""

    def __init__(
        self,
        tree: Tree,
        templates: Templates | None,
        selection: Selection,
        specs: Specs,
        unfinished: UnfinishedChoices,
        space: Callable[[], Space],
    ) -> None:
        """Prepare to ask.

        Args:
            tree: the tree.
            templates: its project's, for the tree.
            selection: what the command says.
            specs: reads what names symbols.
            unfinished: where choices are kept that are not over.
            space: returns the tree's space, the same each time.
        """
        self._tree, self._templates = tree, templates
        self._selection, self._specs = selection, specs
        self._unfinished, self._space = unfinished, space

    def of(self, keys: Keys, sources: Sources, kept: Locked | None) -> ChoiceRequest:
        """Return what a matrix is chosen for.

        Args:
            keys: its table, with what the command says instead.
            sources: what it is based on, includes and chooses among.
            kept: the matrix as the lock has it.

        Raises:
            InputError: a key of the table means nothing; each error is at its key.
        """
        table, space = keys.table, restricted(self._space(), keys, self._tree)
        symbols, conditions = self._factors(keys)
        base, included = sources.base(), sources.included()
        candidates = sources.candidates(included)
        seed = table.random_seed
        request = StrategyRequest(
            symbols=symbols,
            strength=STRATEGIES[table.strategy].strength or table.strength,
            size=table.size,
            limit=table.max_variants,
            most=MANY,
            is_cut=self._selection.is_budgeted,
            random_seed=_today() if seed == DATE else int(seed),
            included=[v.configuration for v in included],
            candidates=None if candidates is None else [v.configuration for v in candidates],
            unfinished=self._unfinished.of(keys.name),
            **({"watch": self._selection.watch} if self._selection.watch else {}),
        )
        templates = self._rendered(keys)
        narrow, numbers = self._narrow(keys, space, request, sources)
        if numbers:
            space = space.widened({number.name: number.texts for number in numbers})
        promise = _promise(table, request, narrow, templates)
        reads = [
            *_texts(base),
            *(templates.texts() if templates else ()),
            *(f"{number.name} {' '.join(number.texts)}" for number in numbers),
            *(one.name for one in conditions),
        ]
        return ChoiceRequest(
            keys=keys,
            space=space,
            narrow=narrow,
            numbers=numbers,
            request=request,
            conditions=conditions,
            templates=templates,
            base=base,
            known=[*included, *(candidates or ())],
            among=None if candidates is None or is_by_renderings(table) else len(candidates),
            kept=kept,
            key=choice_key(self._tree, table, request, reads),
            promise=dataclasses.replace(
                promise, conditions={one.name: one.expression for one in conditions}
            ),
        )

    def _narrow(
        self, keys: Keys, space: Space, request: StrategyRequest, sources: Sources
    ) -> tuple[Space, tuple[Number, ...]]:
        """Return the space of the numbers and texts that are chosen among, and which these are."""
        types = self._tree.types
        texts = [name for name in request.symbols if not types[name].is_logical]
        if not texts or "numbers" not in STRATEGIES[keys.table.strategy].keys:
            return space, ()
        numbers = Numbers(keys, self._tree, self._templates, space)
        is_of_strings = any(types[name] is SymbolType.STRING for name in texts)
        is_counted = STRATEGIES[keys.table.strategy].is_covering
        named = sources.texts() if is_of_strings else {}
        chosen = dict(numbers.chosen(named, request.symbols))
        for name in texts:
            # What is included has to be a row of the array; of what is given, all else is not.
            own = [c[name] for c in request.included if is_counted]
            given = [c[name] for c in request.candidates or ()]
            edges = () if given else chosen.get(name, ())
            chosen[name] = tuple(filter(None, dict.fromkeys([*edges, *own, *given])))
        narrow = space.narrowed(chosen)
        return narrow, numbers.told(request.symbols, narrow)

    def _rendered(self, keys: Keys) -> Templates | None:
        """Return the templates whose renderings count; None where every value of a symbol does."""
        table = keys.table
        is_by_templates = table.symbols in ((), TEMPLATES) and not table.ignore
        return self._templates if is_by_renderings(table) and is_by_templates else None

    def _factors(self, keys: Keys) -> tuple[tuple[str, ...], tuple[BranchCondition, ...]]:
        """Return what to choose by: the symbols that the specs mean, in Kconfig order, and
        the conditions of templates' branches where a spec asks for these.

        Raises:
            InputError: a spec means nothing, or nothing is left.
        """
        table, symbols = keys.table, self._tree.symbols
        record = STRATEGIES[table.strategy]
        texts = table.symbols or (TEMPLATES if is_by_renderings(table) else ())
        specs = keys.specs("symbols", texts)
        if BRANCHES in texts and not record.is_covering:
            message = f"{BRANCHES} is for combinations of a few, which {table.strategy} has none of"
            takers = [one.name for one in STRATEGIES.values() if one.is_covering]
            hint = f"templates; or a matrix whose strategy is {' or '.join(takers)}"
            raise keys.error("symbols", message, "no-effect", hint)
        found = self._specs.symbols(specs, takes_branches=True) if texts else tuple(symbols)
        named = {spec.text.removeprefix(self._tree.prefix) for spec in specs if spec.is_name}
        left_out = keys.specs("ignore", table.ignore)
        ignored = set(self._specs.symbols(left_out, takes_branches=True))
        # Of what a pattern matches, strategies that need values to list take what has them;
        # a symbol that is named and has none is theirs to refuse.
        kept = tuple(
            symbol
            for symbol in found
            if symbol not in ignored
            and (record.takes_any_type or symbols[symbol].type.is_logical or symbol in named)
        )
        is_without = BRANCHES in table.ignore
        conditions = () if is_without else self._specs.conditions(specs, kept)
        if not kept and not conditions:
            key = "ignore" if ignored else "symbols"
            raise keys.error(key, "no symbol is left to choose by", "no-symbol")
        return kept, conditions


def restricted(space: Space, keys: Keys, tree: Tree) -> Space:
    """Return the space of the configurations that a matrix, and the command, allow."""
    if (own := keys.where(tree)) is not None:
        space = space.restricted(own, keys.location("where"))
    if (extra := keys.selection.where) is not None:
        space = space.restricted(extra)
    return space


def is_by_renderings(table: MatrixTable) -> bool:
    """Return whether variants of a matrix are told apart by what templates make of them."""
    return STRATEGIES[table.strategy].compares_renderings


def _promise(
    table: MatrixTable, request: StrategyRequest, space: Space, templates: Templates | None
) -> Promise:
    """Return what is to be seen in a matrix, whoever chose it."""
    is_counted = STRATEGIES[table.strategy].is_covering
    is_distinct = is_by_renderings(table)

    def same(configuration: Configuration) -> tuple[str, ...]:
        # Not `render`, which trusts what a file is said to read.
        assert templates is not None
        return tuple(templates.text(output, configuration) for output in templates.outputs)

    return Promise(
        symbols=request.symbols if is_counted or is_distinct else (),
        strength=request.strength if is_counted else 0,
        is_distinct=is_distinct,
        same=same if is_distinct and templates else None,
        where=space.where,
        chosen=space.chosen,
        included=request.included,
        candidates=request.candidates,
    )


def _texts(base: Base | None) -> Iterable[str]:
    """Return the texts of a base that a choice depends on."""
    return () if base is None else [f"{n}={text}" for n, text in base.assignment.items()]


def _today() -> int:
    return int(datetime.datetime.now(datetime.UTC).strftime("%Y%m%d"))
