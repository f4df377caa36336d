# SPDX-License-Identifier: MIT
"""From a matrix's table to its variants: the strategies over one project."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig import Configuration, SymbolType, Tree
from kvariant.kconfig.branch_condition import BranchCondition, symbols_of
from kvariant.matrix import Chosen, Strategy, StrategyRequest, Tuples
from kvariant.matrix.promise import Promise
from kvariant.matrix.strategy import function_of
from kvariant.plan.base import Base, distance, taken
from kvariant.plan.branch_factors import BranchFactors
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
from kvariant.plan.memory import Memory, Remembered
from kvariant.plan.names import names
from kvariant.plan.numbers import Number, Numbers, combined
from kvariant.plan.selection import Selection
from kvariant.plan.sources import Sources
from kvariant.plan.symbols import BRANCHES, Specs
from kvariant.plan.unfinished_choices import UnfinishedChoices
from kvariant.plan.variant import Matrix, Variant
from kvariant.project import DATE, NAMED, MatrixTable, Project, key_of
from kvariant.project.key_use import in_vain, is_read
from kvariant.project.strategies import PATCH, STRATEGIES, readers
from kvariant.render import Renderings, Templates

if TYPE_CHECKING:  # a named matrix needs no space
    from kvariant.plan.line_presence import LinePresence
    from kvariant.plan.patch import PatchPlan
    from kvariant.space import Space

TEMPLATES = ("templates",)
"""What it chooses by where no symbols are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picked:
    """What a strategy chose, each configuration of all symbols."""

    configurations: Sequence[Configuration]
    stands_for: Sequence[int | None]
    tuples: Tuples | None
    combinations: int | None = None
    lower_bound: int = 0
    method: str = ""
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
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
        environment: str = "",
        anew: bool = False,
        memory: Memory | None = None,
    ) -> None:
        """Prepare to choose.

        Args:
            environment: the name of the one that the tree is read in.
            lock: the environment's matrices as they were chosen; None: those in the
                project's lock, which is read if a matrix is in need of it. One that was
                chosen for the same is taken as it is there; of others, variants keep their
                names.
            anew: choose even what the lock has.
            memory: matrices that were chosen before; None: none is asked for or kept.
        """
        self._project = project
        self._tree = tree
        self._templates = templates
        self._selection = selection
        self._lock = lock
        self._environment = environment
        self._anew = anew
        self._memory = memory
        self._unfinished = UnfinishedChoices(project.state, environment)
        self._specs = Specs(tree, templates, selection.standard_input, self._around)
        self._including: tuple[str, ...] = ()
        self.warnings: list[Diagnostic] = []
        """What was left out, and why."""
        self.promises: dict[str, Promise] = {}
        """What each matrix that was chosen is to be verified for."""
        self.patches: dict[str, PatchPlan] = {}
        """Of each matrix whose strategy is patch, what it is to be seen in."""
        self.lines: LinePresence | None = None
        """Where lines are, if they were looked up."""
        self.bases: dict[str, Base | None] = {}
        """Where the values come from that each such matrix does not choose; None: the tree."""

    def matrix(self, name: str) -> Matrix:
        """Return a matrix of the project, with the selection's keys in place of its own.

        Raises:
            InputError: its table cannot be met; each error is at its key.
        """
        keys = Keys(self._project, self._selection, name)
        if idle := _idle(keys):
            raise InputError(idle)
        return self._matrix(keys)

    def selected(self) -> Matrix:
        """Return the matrix that the selection means, with all its variants.

        Raises:
            InputError: its table cannot be met, or the selection's `where` names what
                is no symbol.
        """
        where = self._selection.where
        if where and (unknown := self._tree.check_expression(where, None)):
            raise InputError(*unknown)
        name = NAMED if self._selection.configs else self._project.matrix
        return self.matrix(self._selection.matrix or name)

    def _matrix(self, keys: Keys) -> Matrix:
        sources = Sources(keys, self._tree, self._other)
        make = {NAMED: self._named, PATCH.name: self._patched}.get(
            keys.table.strategy, self._chosen
        )
        matrix = make(keys, sources)
        self._warn(sources.warnings)
        return matrix

    def _other(self, keys: Keys, name: str) -> Iterable[Variant]:
        """Return the variants of a matrix that another one includes.

        Raises:
            InputError: it includes, perhaps by others, the one that it is included in.
        """
        chain = (*self._including, keys.name)
        if name in chain:
            message = f"matrices include each other: {' -> '.join((*chain, name))}"
            raise keys.error("include", message, "include-cycle")
        self._including = chain
        try:
            return self._matrix(Keys(self._project, Selection(), name))
        finally:
            self._including = chain[:-1]

    def _warn(self, warnings: Iterable[Diagnostic]) -> None:
        self.warnings += [warning for warning in warnings if warning not in self.warnings]

    # Named

    def _named(self, keys: Keys, sources: Sources) -> Matrix:
        base, own = sources.base(), sources.fragments()
        self.bases[keys.name] = base
        by_name = {variant.name: variant for variant in own}
        added = []
        for variant in sources.included():
            same = by_name.get(variant.name)
            if same is None:
                added.append(variant)
            elif same.configuration != variant.configuration:
                message = f"an included variant is named {variant.name}, and so is a fragment"
                raise keys.error("include", message, "duplicate-name")
        variants = _measured([*added, *own], base)
        self.promises[keys.name] = Promise(
            where=keys.where(self._tree), included=[v.configuration for v in variants]
        )
        return Matrix(name=keys.name, strategy=NAMED, variants=variants)

    # Of a patch

    def _around(self, text: str) -> Collection[str]:
        """Return the symbols of the conditions around a patch; see `Specs`."""
        from kvariant.plan.patch import around

        return around(self._project, self._tree, self._templates)(text)

    def _patched(self, keys: Keys, sources: Sources) -> Matrix:
        from kvariant.plan.line_presence import LinePresence
        from kvariant.plan.patch import PatchRequest, patched

        base, included = sources.base(), sources.included()
        self.bases[keys.name] = base
        space = self._space(keys)
        configurations = [variant.configuration for variant in included]
        asked = PatchRequest.of(keys, self._tree, self._selection.standard_input)
        self.lines = lines = LinePresence(self._project, self._tree, self._templates)
        found = patched(asked, lines, space, base, configurations)
        self._warn(found.warnings)
        names_of = {id(variant.configuration): variant.name for variant in included}
        symbols = found.symbols
        new = [c for c in found.configurations if id(c) not in names_of]
        made = iter(
            names(
                new,
                symbols,
                [variant.name for variant in included],
                base=found.base,
                choices=[choice.members for choice in self._tree.choices],
                derived=[n for n in symbols if not self._tree.model.symbols[n].prompts],
            )
        )
        variants = [
            *included,
            *(
                Variant(name=next(made), description="", configuration=c, fragment=None)
                for c in new
            ),
        ]
        matrix = Matrix(
            name=keys.name,
            strategy=PATCH.name,
            variants=_measured(variants, base),
            symbols=symbols,
            lower_bound=found.least,
            base=base.name if base else "",
            where=str(space.where) if space.where is not None else "",
        )
        self.patches[keys.name] = found
        self.promises[keys.name] = Promise(where=space.where, included=configurations)
        return matrix

    # Chosen

    def _chosen(self, keys: Keys, sources: Sources) -> Matrix:
        asked = self._asked_for(keys, sources)
        kept, warnings = asked.kept, self._specs.warnings
        is_same = kept is not None and kept.key == asked.key
        if kept and is_same and (not self._anew or self._is_kept_whole(asked, kept)):
            matrix = kept_matrix(kept, keys.name, self._tree)
        else:
            found = self._remembered(asked) or self._made(asked)
            matrix, warnings = found.matrix, [*found.warnings, *warnings]
        self._warn(warnings)
        counts, promise = matrix.tuples, self.promises[keys.name]
        if promise.is_distinct and counts and counts.strength < len(asked.request.symbols):
            # Of too many combinations to be listed, the pairs of values are what is promised.
            self.promises[keys.name] = dataclasses.replace(
                promise, strength=counts.strength, is_distinct=False, same=None
            )
        return self._labelled(_restored(matrix, asked.known, asked.among), asked)

    def _asked_for(self, keys: Keys, sources: Sources) -> _Asked:
        table, space = keys.table, self._space(keys)
        symbols, conditions = self._factors(keys)
        base, included = sources.base(), sources.included()
        self.bases[keys.name] = base
        candidates = sources.candidates(included)
        seed = table.random_seed
        request = StrategyRequest(
            symbols=symbols,
            strength=STRATEGIES[table.strategy].strength or table.strength,
            size=table.size,
            limit=table.max_variants,
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
        self.promises[keys.name] = dataclasses.replace(
            promise, conditions={one.name: one.expression for one in conditions}
        )
        reads = [
            *_texts(base),
            *(templates.texts() if templates else ()),
            *(f"{number.name} {' '.join(number.texts)}" for number in numbers),
            *(one.name for one in conditions),
        ]
        return _Asked(
            keys=keys,
            space=space,
            narrow=narrow,
            numbers=numbers,
            request=request,
            conditions=conditions,
            templates=templates,
            base=base,
            known=[*included, *(candidates or ())],
            among=None if candidates is None or _is_by_renderings(table) else len(candidates),
            kept=self._kept(keys),
            key=choice_key(self._tree, table, request, reads),
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

    def _remembered(self, asked: _Asked) -> Remembered | None:
        """Return a matrix that was chosen for the same; see `Memory`."""
        if self._memory is None or self._anew:
            return None
        return self._memory.matrix(asked.keys.name, self._memory.key(self._parts(asked)))

    def _parts(self, asked: _Asked) -> Iterable[str]:
        """Yield what a choice and its names depend on besides the matrix's key."""
        yield asked.key
        yield str(asked.request.random_seed)
        yield str(self._selection.where or "")
        yield from (variant.name for variant in asked.known)
        if asked.kept:
            yield Lock({asked.keys.name: asked.kept}).text()

    def _made(self, asked: _Asked) -> Remembered:
        """Choose a matrix, and remember it.

        Raises:
            InputError: its table cannot be met.
        """
        keys, table, base = asked.keys, asked.keys.table, asked.base
        try:
            picked = self._distinct(asked) if _is_by_renderings(table) else self._picked(asked)
        except InputError as error:
            raise InputError(*(keys.placed(d) for d in error.diagnostics)) from None
        count = len(picked.configurations)
        if count > MANY and not table.max_variants and table.size < count:
            message = f"{count:,} variants are needed, and nothing limits their number"
            hint = f"--max-variants {count}, or fewer: what they leave uncovered is counted"
            raise keys.error("max-variants", message, "many", hint)
        matrix = Matrix(
            name=keys.name,
            strategy=table.strategy,
            variants=_plain(asked.space, _measured(self._variants(picked, asked), base), base),
            symbols=asked.request.symbols,
            random_seed=asked.request.random_seed if is_read("random_seed", table) else None,
            method=picked.method,
            tuples=picked.tuples,
            combinations=picked.combinations,
            lower_bound=picked.lower_bound,
            among=asked.among,
            key=asked.key,
        )
        found = Remembered(matrix=matrix, warnings=picked.warnings)
        is_over = matrix.tuples is None or not matrix.tuples.unproven
        if self._memory and not self._anew and (is_over or asked.request.limit):
            is_long = self._unfinished.is_kept
            self._memory.keep(self._memory.key(self._parts(asked)), found, always=is_long)
        if is_over:
            self._unfinished.remove()
        return found

    def _labelled(self, matrix: Matrix, asked: _Asked) -> Matrix:
        """Return a matrix with what people are told of where its variants come from."""
        keys, base = asked.keys, asked.base
        wheres = [str(e) for e in (keys.where(self._tree), keys.selection.where) if e is not None]
        return dataclasses.replace(
            matrix,
            read_by=self._specs.read_by(keys.specs("symbols", keys.table.symbols)),
            base=base.name if base else "",
            numbers=asked.numbers,
            conditions=asked.conditions,
            where=wheres[0] if len(wheres) == 1 else " && ".join(f"({text})" for text in wheres),
        )

    def _rendered(self, keys: Keys) -> Templates | None:
        """Return the templates whose renderings count; None where every value of a symbol does."""
        table = keys.table
        is_by_templates = table.symbols in ((), TEMPLATES) and not table.ignore
        return self._templates if _is_by_renderings(table) and is_by_templates else None

    def _distinct(self, asked: _Asked) -> _Picked:
        space, base = asked.space, asked.base
        key = Renderings(asked.templates).key if asked.templates else None
        values = base.configuration if base else self._tree.resolve({})
        what = combined(asked.request.symbols, asked.numbers)
        found = distinct(asked.narrow, asked.request, values, key, what)
        rows = [one.values for one in found.classes if one.chosen is None]
        new = iter(space.based_on(base.assignment if base else {}, rows) if rows else ())
        pairs: list[tuple[Configuration, int | None]] = [
            (one.chosen or next(new), one.stands_for) for one in found.classes
        ]
        pairs += [(configuration, 0) for configuration in found.repeated]
        return _Picked(
            configurations=[configuration for configuration, _ in pairs],
            stands_for=[number for _, number in pairs],
            tuples=found.tuples,
            combinations=found.combinations,
        )

    def _picked(self, asked: _Asked) -> _Picked:
        """Return what a strategy on the space chooses, the rest of it as in the base."""
        record = STRATEGIES[asked.keys.table.strategy]
        space, request, base = asked.narrow, asked.request, asked.base
        from kvariant.matrix.given import given  # what a named matrix does without

        strategy = function_of(record)
        if request.candidates is None:
            chosen = self._continued(strategy, asked)
        else:
            among = self._by_conditions(asked, given) if record.is_covering else strategy
            chosen = among(space, request)
        configurations = chosen.configurations
        first = len(request.included)
        if request.candidates is None and base is not None and len(configurations) > first:
            pinned = self._read(asked)
            rows = [{n: c[n] for n in pinned} for c in configurations[first:]]
            own = self._telling(asked, rows).based_on(base.assignment, rows)
            configurations = [*configurations[:first], *own]
        return _Picked(
            configurations=self._whole(configurations),
            stands_for=[None] * len(configurations),
            tuples=chosen.tuples,
            lower_bound=chosen.lower_bound,
            method=chosen.method,
        )

    def _continued(self, strategy: Strategy, asked: _Asked) -> Chosen:
        """Return what a strategy chooses, through an edit of the tree with what it chose before."""
        kept, space, request = asked.kept, asked.narrow, asked.request
        if not (kept and kept.tuples and is_asked_the_same(kept.key, asked.key)) or request.limit:
            return self._by_conditions(asked, strategy)(space, request)
        before, symbols = known_assignments(kept, self._tree), kept.symbols
        from kvariant.matrix.continued import continued

        def go_on(space: Space, request: StrategyRequest) -> Chosen:
            return continued(strategy, space, request, before, symbols)

        return self._by_conditions(asked, go_on)(space, request)

    def _by_conditions(self, asked: _Asked, strategy: Strategy) -> Strategy:
        return BranchFactors(self._tree, asked.conditions).asking(strategy)

    def _telling(self, asked: _Asked, rows: Sequence[Mapping[str, str]]) -> Space:
        """Return the space that tells the values of rows apart, which conditions may read."""
        types = self._tree.types
        names = [n for n in self._read(asked) if not types[n].is_logical] if rows else ()
        texts = {name: dict.fromkeys(row[name] for row in rows) for name in names}
        return asked.space.widened(texts) if asked.conditions and texts else asked.space

    def _read(self, asked: _Asked) -> tuple[str, ...]:
        """Return the symbols that the choice is about: those of its conditions too."""
        if not asked.conditions:
            return asked.request.symbols
        own = symbols_of(asked.conditions, self._tree.symbols)
        return tuple(n for n in self._tree.symbols if n in own or n in asked.request.symbols)

    def _is_kept_whole(self, asked: _Asked, kept: Locked) -> bool:
        """Return whether the lock's rows cover what they say, so that it stays as it is.

        Chosen again from these rows, nothing would be added, but a bound or the order of
        rows might come out otherwise, and the lock change where nothing has changed.
        """
        record, counts = STRATEGIES[asked.keys.table.strategy], kept.tuples
        if not record.is_covering or counts is None or asked.request.limit:
            return False
        if asked.request.candidates is not None or len(kept.variants) <= len(asked.known):
            return False
        rows = list(self._unrestricted.evaluate(known_assignments(kept, self._tree)))
        first = [dict(configuration) for configuration in asked.request.included]
        if [dict(row) for row in rows[: len(first)]] != first:
            return False
        try:
            again = self._by_conditions(asked, function_of(record))
            found = again(asked.narrow, dataclasses.replace(asked.request, included=rows))
        except InputError:  # a row that is in the space no more
            return False
        told = found.tuples
        return (
            told is not None
            and len(found.configurations) == len(rows)
            and (told.feasible, told.infeasible, told.covered)
            == (counts.feasible, counts.infeasible, counts.covered)
        )

    def _kept(self, keys: Keys) -> Locked | None:
        """Return a matrix as the lock has it; None where it is not what is asked for."""
        is_own = keys.selection.where is None and not keys.selection.keys
        if not is_own:
            return None
        if self._lock is None:
            self._lock = Lock.read(self._project.lock).within(self._environment)
        return self._lock.matrix(keys.name)

    def _whole(self, configurations: Sequence[Configuration]) -> Sequence[Configuration]:
        """Return configurations of all symbols: a strategy may know but those it chose by."""
        every = len(self._tree.symbols)
        if all(len(c) == every for c in configurations):
            return configurations
        texts: dict[str, dict[str, None]] = {}
        for one in configurations:
            for name, text in one.assignment.items():
                if not self._tree.types[name].is_logical:
                    texts.setdefault(name, {})[text] = None
        space = self._unrestricted.widened(texts) if texts else self._unrestricted
        whole = space.evaluate([c.assignment for c in configurations])
        return [c if len(c) == every else w for c, w in zip(configurations, whole, strict=True)]

    def _variants(self, picked: _Picked, asked: _Asked) -> list[Variant]:
        """Return the variants: known ones keep their names, the others get telling ones."""
        tree, known, kept, base = self._tree, asked.known, asked.kept, asked.base
        symbols = self._read(asked)
        # By identity: two that are known may be equal, and each has a name of its own.
        own = {id(variant.configuration): variant for variant in known}
        new = [c for c in picked.configurations if id(c) not in own]
        made = iter(
            names(
                new,
                symbols,
                [variant.name for variant in known],
                base=base.configuration if base else tree.resolve({}),
                choices=[choice.members for choice in tree.choices],
                derived=[n for n in symbols if not tree.model.symbols[n].prompts],
                previous=previous(kept, self._unrestricted) if kept else None,
            )
        )
        return [
            dataclasses.replace(own[id(c)], stands_for=number)
            if id(c) in own
            else Variant(
                name=next(made),
                description="",
                configuration=c,
                fragment=None,
                stands_for=number,
            )
            for c, number in zip(picked.configurations, picked.stands_for, strict=True)
        ]

    @cached_property
    def _unrestricted(self) -> Space:
        """The tree's space: what it has built once, seconds for Linux, serves every question."""
        from kvariant.space import Space

        return Space.of(self._tree)

    def _space(self, keys: Keys) -> Space:
        space = self._unrestricted
        if (own := keys.where(self._tree)) is not None:
            space = space.restricted(own, keys.location("where"))
        if (extra := keys.selection.where) is not None:
            space = space.restricted(extra)
        return space

    def _factors(self, keys: Keys) -> tuple[tuple[str, ...], tuple[BranchCondition, ...]]:
        """Return what to choose by: the symbols that the specs mean, in Kconfig order, and
        the conditions of templates' branches where a spec asks for these.

        Raises:
            InputError: a spec means nothing, or nothing is left.
        """
        table, symbols = keys.table, self._tree.symbols
        record = STRATEGIES[table.strategy]
        texts = table.symbols or (TEMPLATES if _is_by_renderings(table) else ())
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


def _idle(keys: Keys) -> Diagnostic | None:
    """Return the error for what the command gives and the matrix has no use for."""
    strategy = keys.table.strategy
    if keys.selection.configs and strategy != NAMED:
        return Diagnostic(
            message=f"--config names variants of fragments; the matrix {keys.name} chooses its own",
            code="usage",
            hint="--from FILE chooses only among files, --include FILE has them in always",
        )
    matrices = keys.project.matrices
    for field in keys.selection.keys:
        if is_read(field, keys.table):
            continue
        what = f"on the matrix {keys.name}, whose strategy is {strategy}"
        names = [n for n in matrices.names if matrices.table(n).strategy in readers(field)]
        hint = f"name a matrix that it is for: {', '.join(names)}"
        if strategy in readers(field) and (beside := in_vain(field, keys.table)):
            what, hint = beside
        message = f"--{key_of(field)} has no effect {what}"
        return Diagnostic(message=message, code="no-effect", hint=hint)
    return None


def _is_by_renderings(table: MatrixTable) -> bool:
    return STRATEGIES[table.strategy].compares_renderings


def _promise(
    table: MatrixTable, request: StrategyRequest, space: Space, templates: Templates | None
) -> Promise:
    """Return what is to be seen in a matrix, whoever chose it."""
    is_counted = STRATEGIES[table.strategy].is_covering
    is_distinct = _is_by_renderings(table)

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


def _restored(matrix: Matrix, known: Sequence[Variant], among: int | None) -> Matrix:
    """Return a matrix of the lock with what only the fragments of its variants say."""
    by_name = {variant.name: variant for variant in known}
    variants = []
    for variant in matrix:
        own = by_name.get(variant.name)
        if own is not None and own.configuration == variant.configuration:
            variant = dataclasses.replace(
                own, stands_for=variant.stands_for, distance=variant.distance
            )
        variants.append(variant)
    return dataclasses.replace(matrix, variants=tuple(variants), among=among)


def _plain(space: Space, variants: tuple[Variant, ...], base: Base | None) -> tuple[Variant, ...]:
    """Return variants that ask for nothing of a base that they do not get."""
    new = [v for v in variants if v.fragment is None]
    if base is None or not new:
        return variants
    found = iter(taken(space, [v.configuration for v in new]))
    return tuple(
        v if v.fragment else dataclasses.replace(v, configuration=next(found)) for v in variants
    )


def _measured(variants: Iterable[Variant], base: Base | None) -> tuple[Variant, ...]:
    """Return variants with how far they are from the base."""
    if base is None:
        return tuple(variants)
    return tuple(
        dataclasses.replace(v, distance=distance(base.assignment, v.configuration.assignment))
        for v in variants
    )


def _today() -> int:
    return int(datetime.datetime.now(datetime.UTC).strftime("%Y%m%d"))
