# SPDX-License-Identifier: MIT
"""From a matrix's table to its variants: the strategies over one project."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError
from kvariant.matrix.promise import Promise
from kvariant.plan.base import Base, distance, taken
from kvariant.plan.choice_request import ChoiceRequest, ChoiceRequests, restricted
from kvariant.plan.keys import Keys
from kvariant.plan.lock import Lock, Locked
from kvariant.plan.locking import kept_matrix
from kvariant.plan.memory import Memory, Remembered
from kvariant.plan.names import names
from kvariant.plan.picker import Picked, Picker
from kvariant.plan.selection import Selection
from kvariant.plan.sources import Sources
from kvariant.plan.symbols import Specs
from kvariant.plan.unfinished_choices import UnfinishedChoices
from kvariant.plan.variant import Matrix, Variant
from kvariant.plan.variant_limit import MANY, cut_warning, is_beyond, is_cut, too_many
from kvariant.project import NAMED, Project, key_of
from kvariant.project.key_use import in_vain, is_read
from kvariant.project.strategies import PATCH, readers

if TYPE_CHECKING:  # a named matrix needs no space
    from kvariant.kconfig import Tree
    from kvariant.plan.line_presence import LinePresence
    from kvariant.plan.patch import PatchPlan
    from kvariant.render import Templates
    from kvariant.space import Space


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
        self._requests = ChoiceRequests(
            tree, templates, selection, self._specs, self._unfinished, self._space
        )
        self._picker = Picker(tree, self._space, tells_shares=selection.tells_shares)
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
            own = Selection(tells_shares=False, is_budgeted=self._selection.is_budgeted)
            return self._matrix(Keys(self._project, own, name))
        finally:
            self._including = chain[:-1]

    def _space(self) -> Space:
        """Return the tree's: what it has built once, seconds for Linux, serves every question."""
        return self._unrestricted

    @cached_property
    def _unrestricted(self) -> Space:
        from kvariant.space import Space

        return Space.of(self._tree)

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
        space = restricted(self._space(), keys, self._tree)
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
        asked = self._requests.of(keys, sources, self._kept(keys))
        self.bases[keys.name], self.promises[keys.name] = asked.base, asked.promise
        kept, warnings = asked.kept, self._specs.warnings
        is_same = kept is not None and kept.key == asked.key
        if kept and is_same and (not self._anew or self._picker.is_kept_whole(asked, kept)):
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

    def _remembered(self, asked: ChoiceRequest) -> Remembered | None:
        """Return a matrix that was chosen for the same; see `Memory`."""
        if self._memory is None or self._anew:
            return None
        shares = (True,) if self._selection.tells_shares else (True, False)
        cut = (False, True) if asked.request.is_cut else (False,)
        for with_shares, left_out in itertools.product(shares, cut):
            parts = self._parts(asked, with_shares=with_shares, left_out=left_out)
            if found := self._memory.matrix(asked.keys.name, self._memory.key(parts)):
                return found
        return None

    def _parts(self, asked: ChoiceRequest, *, with_shares: bool, left_out: bool) -> Iterable[str]:
        """Yield what a choice and its names depend on besides the matrix's key.

        Args:
            with_shares: whether it is told for how many configurations variants stand.
            left_out: whether there are more variants than are chosen within a budget.
        """
        yield asked.key
        if left_out:
            yield "cut"
        if not with_shares and asked.is_by_renderings:
            yield "without shares"
        yield str(asked.request.random_seed)
        yield str(self._selection.where or "")
        yield from (variant.name for variant in asked.known)
        if asked.kept:
            yield Lock({asked.keys.name: asked.kept}).text()

    def _made(self, asked: ChoiceRequest) -> Remembered:
        """Choose a matrix, and remember it.

        Raises:
            InputError: its table cannot be met.
        """
        table, base = asked.keys.table, asked.base
        picked = self._picked(asked)
        left_out = is_cut(asked, picked)
        variants = self._picker.variants(picked, asked)
        matrix = Matrix(
            name=asked.keys.name,
            strategy=table.strategy,
            variants=_plain(asked.space, _measured(variants, base), base),
            symbols=asked.request.symbols,
            random_seed=asked.request.random_seed if is_read("random_seed", table) else None,
            method=picked.method,
            tuples=picked.tuples,
            combinations=picked.combinations,
            lower_bound=picked.lower_bound,
            among=asked.among,
            key=asked.key,
        )
        warnings = [*picked.warnings, *([cut_warning(picked)] if left_out else [])]
        found = Remembered(matrix=matrix, warnings=tuple(warnings))
        is_over = matrix.tuples is None or not matrix.tuples.unproven
        limit = asked.request.limit or (MANY if left_out else 0)
        if self._memory and not self._anew and (is_over or 0 < limit <= len(variants)):
            is_long = self._unfinished.is_kept
            shares = self._selection.tells_shares
            parts = self._parts(asked, with_shares=shares, left_out=left_out)
            self._memory.keep(self._memory.key(parts), found, always=is_long)
        if is_over:
            self._unfinished.remove()
        return found

    def _picked(self, asked: ChoiceRequest) -> Picked:
        """Return what is picked; more than `MANY` only where that was asked for.

        Raises:
            InputError: it is more than that [many], and the time does not limit it.
        """
        picked = self._picker.picked(asked)
        if not is_beyond(asked, picked):
            return picked
        if not asked.request.is_cut:
            message, hint = too_many(picked)
            raise asked.keys.error("max-variants", message, "many", hint)
        request = dataclasses.replace(asked.request, limit=MANY)
        return self._picker.picked(dataclasses.replace(asked, request=request))

    def _labelled(self, matrix: Matrix, asked: ChoiceRequest) -> Matrix:
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

    def _kept(self, keys: Keys) -> Locked | None:
        """Return a matrix as the lock has it; None where it is not what is asked for."""
        is_own = keys.selection.where is None and not keys.selection.keys
        if not is_own:
            return None
        if self._lock is None:
            self._lock = Lock.read(self._project.lock).within(self._environment)
        return self._lock.matrix(keys.name)


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
