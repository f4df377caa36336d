# SPDX-License-Identifier: MIT
"""A project's own steps: the job that runs one in a variant, and what its result leaves kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, Severity
from kvariant.kconfig.negatives import own_header
from kvariant.plan import Variant
from kvariant.results.cell import Cell, Failure, Outcome
from kvariant.results.figures import SILENT
from kvariant.results.store import FIGURES, Kept
from kvariant.steps.command import CommandJob
from kvariant.steps.message import Message
from kvariant.untrusted_pattern import SECONDS

if TYPE_CHECKING:
    from kvariant.steps.job import CellResult
    from kvariant.steps.step import Step
    from kvariant.steps.workspace import Workspace
    from kvariant.sweep.cell_keys import CellKeys
    from kvariant.sweep.request import Sweep

KeptResults = Mapping[tuple[str, str], Kept]
"""By step and key, what a cell that ended well leaves to those of the same content."""
SymbolsRead = Callable[[Variant, Message], tuple[str, ...]]
"""The symbols that the files named in a variant's message read."""
LineCondition = Callable[[Variant, Message], str]
"""Where the line of a source is compiled that a variant's message points at; "": not known."""


class ProjectSteps:
    """The steps of a sweep that run a command."""

    def __init__(
        self,
        sweep: Sweep,
        cell_keys: CellKeys,
        workspaces: Mapping[str, Workspace],
        reads: SymbolsRead,
        condition: LineCondition = lambda _variant, _message: "",
    ) -> None:
        self._sweep = sweep
        self._cell_keys = cell_keys
        self._workspaces = workspaces
        self._reads = reads
        self._condition = condition
        self._told: set[tuple[str, str]] = set()
        """By step, the patterns of which it was told that they take too long."""

    def job(self, variant: Variant, step: Step, key: str) -> CommandJob:
        """Return what runs a step in a variant."""
        tree = self._sweep.plans[variant].tree
        configuration = variant.configuration
        return CommandJob.of(
            step,
            self._sweep.steps,
            self._workspaces[variant.name],
            key=key,
            config_text=None if self._sweep.generates else tree.config_text(configuration),
            header_text=own_header(tree, configuration)
            if step.names_header and not self._sweep.generates
            else None,
            asked=(f"{tree.prefix}{name}" for name in configuration.assignment),
            again=self._sweep.again(variant, step.name),
        )

    def ended(
        self, variant: Variant, step: Step, result: CellResult
    ) -> tuple[Sequence[Cell], KeptResults]:
        """Return the cells of a result, and what is kept of it.

        Raises:
            MissingError: the disk is full.
        """
        for pattern in result.undecided:
            self._tell_undecided(variant, step, pattern)
        head, *tests = self._with_symbols(variant, result)
        workspace = self._workspaces[variant.name]
        if not head.is_good or not head.key:
            workspace.note()
            return [head, *tests], {}
        workspace.note(step.name, head.key)
        if (read := self._cell_keys.read(step, workspace)) is None:
            return [replace(head, key=""), *tests], {}  # it may have read more than its key has
        return [head, *tests], _kept(head, tests, read)

    def _tell_undecided(self, variant: Variant, step: Step, pattern: str) -> None:
        if (step.name, pattern) in self._told:
            return
        self._told.add((step.name, pattern))
        self._sweep.warn(
            Diagnostic(
                severity=Severity.WARNING,
                message=f"infrastructure: {pattern!r} was not decided within {SECONDS:g} s on what "
                f"{step.name} printed in {variant.name}: that counts as a failure of the variant, "
                "here and wherever it is not decided",
                code="slow-pattern",
                location=step.location,
                hint="write the pattern without a repetition in another one, or as a plain text",
            )
        )

    def _with_symbols(self, variant: Variant, result: CellResult) -> Sequence[Cell]:
        """Return a result's cells, their failures with the symbols that named files read."""
        if not result.lines:
            return result.cells
        out = self._workspaces[variant.name].out
        known: dict[Failure, Failure] = {}
        for failure, line in result.lines.items():
            message = Message(text=line, log=result.output, out=out)
            reads = self._reads(variant, message)
            # Of a line of what is rendered for the variant the templates say more.
            condition = "" if failure.at else self._condition(variant, message)
            known[failure] = replace(failure, reads=reads, condition=condition)
        return [
            replace(cell, failures=tuple(known.get(f, f) for f in cell.failures))
            if cell.failures
            else cell
            for cell in result.cells
        ]


def _kept(head: Cell, tests: Sequence[Cell], read: Mapping[str, object]) -> KeptResults:
    if head.outcome is not Outcome.OK:
        return {}
    said = {cell.test: (cell.outcome.value, cell.reason) for cell in tests}
    figures = True if head.figures == SILENT else head.figures.to_json()
    kept = Kept(reason=head.reason, facts={**read, "tests": said, FIGURES: figures}, log=head.log)
    return {(head.step, head.key): kept}
