# SPDX-License-Identifier: MIT
"""A project's own step in one variant: folders prepared, command run, what it leaves kept."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kvariant.errors import InputError
from kvariant.results.cell import Cell, Failure, Outcome
from kvariant.results.store import Kept
from kvariant.steps import changed_config as taken
from kvariant.steps.command import Runner
from kvariant.steps.step import Step
from kvariant.steps.workspace import Workspace
from kvariant.sweep.cell_keys import CellKeys
from kvariant.sweep.request import Sweep

KeptResults = Mapping[tuple[str, str], Kept]
"""By step and key, what a cell that ended well leaves to those of the same content."""


class ProjectSteps:
    """The steps of a sweep that run a command."""

    def __init__(
        self, sweep: Sweep, cell_keys: CellKeys, runner: Runner, tree_lock: threading.Lock
    ) -> None:
        self._sweep = sweep
        self._cell_keys = cell_keys
        self._runner = runner
        self._tree_lock = tree_lock

    def run(self, step: Step, place: Workspace, key: str) -> tuple[list[Cell], KeptResults]:
        """Run a step; return its cell and those of its tests, and what is kept of it.

        Raises:
            MissingError: the disk is full.
        """
        text = None if self._sweep.generates else self._config_text(place)
        try:
            place.prepare(text)
            place.forget(step.name)
        except InputError as error:  # an earlier step's doing, and this variant's trouble alone
            return [self._runner.not_run(step, place, key, error)], {}
        head, *tests = self._runner.cells(step, place, key)
        if head.is_good and text is not None:
            head = self._taken(head, place, text)
        if not head.is_good or not head.key:
            place.note()
            return [head, *tests], {}
        place.note(step.name, head.key)
        if (read := self._cell_keys.read(step, place)) is None:
            return [replace(head, key=""), *tests], {}  # it may have read more than its key has
        return [head, *tests], _kept(head, tests, read)

    def _config_text(self, place: Workspace) -> str:
        with self._tree_lock:
            tree = self._sweep.plans[place.variant].tree
            return tree.config_text(place.variant.configuration)

    def _taken(self, cell: Cell, place: Workspace, text: str) -> Cell:
        """Return a good cell, as failed if its step has changed what was asked for."""
        left = place.config_left()
        if left is None:  # it cleans up: what it was built from is not known to be another one
            return cell
        prefix = self._sweep.plans[place.variant].tree.prefix
        names = [f"{prefix}{name}" for name in place.variant.configuration.assignment]
        found = taken.dropped(names, text, left)
        if not found:
            return cell
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        again = self._sweep.again(place.variant, cell.step)
        failure = Failure(message=f"{found[0]} after {cell.step}{more}", again=again)
        reason = f"{found[0]}{more}"
        return replace(cell, outcome=Outcome.FAILED, reason=reason, failures=(failure,))


def _kept(head: Cell, tests: Sequence[Cell], read: Mapping[str, object]) -> KeptResults:
    if head.outcome is not Outcome.OK:
        return {}
    said = {cell.test: (cell.outcome.value, cell.reason) for cell in tests}
    kept = Kept(reason=head.reason, facts={**read, "tests": said}, log=head.log)
    return {(head.step, head.key): kept}
