# SPDX-License-Identifier: MIT
"""Cells recorded: each as it ends is told, written to the database and kept in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.blame.line_conditions import RenderedLines, condition_of
from kvariant.errors import os_error
from kvariant.results.cell import TEST, Cell
from kvariant.steps import untrusted_files
from kvariant.steps.known_failures import expected
from kvariant.steps.workspace import failure_fragment

if TYPE_CHECKING:
    from kvariant.plan import Variant
    from kvariant.results.store import Kept, Store
    from kvariant.sweep.request import Sweep


class Recorder:
    """What has ended."""

    def __init__(self, sweep: Sweep, store: Store) -> None:
        """Take what is swept and where it is recorded."""
        self._sweep = sweep
        self._store = store
        self._variants = {variant.name: variant for variant in sweep.plans.variants}
        self._cells: dict[tuple[str, str], Cell] = {}
        self._tests: dict[tuple[str, str], list[Cell]] = {}
        self._as_ended: dict[tuple[str, str], Sequence[Cell]] = {}
        """Tests before the project has said what it knows of them: in another variant it may
        know something else."""
        self._untold: list[Cell] | None = None
        """Cells that are told when they are written; None: each at once."""
        self._saved: set[Path] = set()
        self._texts: dict[str, str] = {}
        """Minimal configurations of variants that failed."""

    def __contains__(self, place: tuple[str, str]) -> bool:
        """Whether a variant's step has ended."""
        return place in self._cells

    def __iter__(self) -> Iterator[Cell]:
        """Yield every cell: variants in order, steps in order, then tests."""
        for variant in self._sweep.plans.variants:
            for step in self._sweep.steps.names:
                if (cell := self._cells.get((variant.name, step))) is not None:
                    yield cell
                    yield from self._tests.get((variant.name, step), ())

    def tests(self, variant: str, step: str) -> Sequence[Cell]:
        """Return the tests of a step of a variant, as they ended."""
        return self._as_ended.get((variant, step), ())

    def put(self, cell: Cell) -> None:
        """Take a cell as it is; nothing is recorded or told."""
        if cell.test:
            self._tests.setdefault((cell.variant, cell.step), []).append(cell)
        else:
            self._cells[cell.variant, cell.step] = cell

    def ran_on(self, cell: tuple[str, str], host: str) -> None:
        """Note on which machine a cell was run; "": on that of the sweep."""
        if host:
            self._store.ran_on(*cell, host)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write what ends within it at once, and tell of it then."""
        self._untold = []
        try:
            with self._store.together():
                yield
        finally:
            untold, self._untold = self._untold, None
            for cell in untold:
                self._sweep.report(cell)

    def _tell(self, cell: Cell) -> None:
        if self._untold is None:
            self._sweep.report(cell)
        else:
            self._untold.append(cell)

    def settle(self, ended: Iterable[Sequence[Cell]]) -> None:
        """End cells that needed no work, each with its tests, in one go."""
        cells = [cell for group in ended for cell in self._expected(group)]
        if not self._sweep.dry:
            self._store.record(cells)
        for cell in cells:
            self.put(cell)
            self._tell(cell)

    def end(
        self, cells: Sequence[Cell], kept: Mapping[tuple[str, str], Kept] | None = None
    ) -> bool:
        """End cells, known failures told from others; return whether any of them is bad.

        Raises:
            MissingError: the disk is full.
        """
        cells = self._expected(cells)
        self._store.record(cells, kept or {})
        for cell in cells:
            self.put(cell)
            self._tell(cell)
        for cell in cells:
            if cell.is_bad and not cell.test:
                self._save(self._variants[cell.variant])
        return any(cell.is_bad for cell in cells)

    def _expected(self, cells: Sequence[Cell]) -> Sequence[Cell]:
        """Return a step's cell and its tests with what the project knows of them."""
        cells = [self._placed(cell) for cell in cells]
        step = cells[0]
        self._as_ended[step.variant, step.step] = cells[1:]
        known = self._sweep.steps.known_failures
        if not known:
            return [self._with_again(cell) for cell in cells]
        variant = self._variants[step.variant]
        again = self._sweep.again(variant, step.step)
        cells = expected(cells, variant.configuration, known, again, self._sweep.today)
        return [self._with_again(cell) for cell in cells]

    def _placed(self, cell: Cell) -> Cell:
        """Return a cell whose failures say under which options the lines are that they point at."""
        due = [f for f in cell.failures if f.at and not f.condition]
        variant = self._variants[cell.variant]
        templates = self._sweep.plans[variant].templates
        if not due or templates is None:
            return cell
        lines = RenderedLines(templates, variant.configuration)
        failures = [
            replace(f, condition=condition_of(f, lines)) if f in due else f for f in cell.failures
        ]
        return replace(cell, failures=tuple(failures))

    def _with_again(self, cell: Cell) -> Cell:
        """Return a bad cell with commands that run where no file of ours is."""
        if not cell.verdict.is_bad or not cell.failures:
            return cell
        variant = self._variants[cell.variant]
        is_ours = cell.step == TEST and self._sweep.steps.has_own(TEST)
        by_values = self._sweep.again.tests_by_values if is_ours else self._sweep.again.by_values
        again = by_values(variant, cell.step, self._minimal(variant))
        if not again:
            return cell
        return replace(cell, failures=tuple(replace(f, again=again) for f in cell.failures))

    def _minimal(self, variant: Variant) -> str:
        """Return a variant's minimal configuration, made once."""
        if variant.name not in self._texts:
            tree = self._sweep.plans[variant].tree
            self._texts[variant.name] = tree.minimal_text(variant.configuration)
        return self._texts[variant.name]

    def _save(self, variant: Variant) -> None:
        """Leave a fragment that asks for a variant: who runs it again may not have its own."""
        path = failure_fragment(self._sweep.state, variant.name)
        if path in self._saved:
            return
        self._saved.add(path)
        text = self._minimal(variant)
        try:
            untrusted_files.make_folder(path.parent)
            untrusted_files.write_text(path, text)
        except OSError as error:
            raise os_error(error, "cannot write the failing variant") from None
