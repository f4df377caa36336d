# SPDX-License-Identifier: MIT
"""Jobs: what an executor runs for cells, and what it sends back, both in plain values.

A job says all that running it needs, and a result all that came of it, so that both can
be pickled and sent: neither has a tree, a database, a lock or an open file. What only the
controller knows (keys of later steps, findings, the database) is made of results there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kvariant.build import Processes
    from kvariant.results.cell import Cell, Failure

CellId = tuple[str, str]
"""Variant and step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """How one cell ended."""

    cells: tuple[Cell, ...]
    """The step's own, then those of its tests."""
    lines: Mapping[Failure, str] = field(default_factory=dict)
    """Failures of these cells -> the line that told each, as it was printed."""
    output: str = ""
    """What the step printed, where something failed: the lines are of it."""
    read: tuple[str, ...] = ()
    """Paths of files that it may have read, beside those that its key is made of."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Files that it has read -> digest, where whoever ran it knows."""
    undecided: tuple[str, ...] = ()
    """Patterns of a broken machine of which nobody knows whether its output has one."""
    host: str = field(default="", compare=False)
    """The machine that it ran on, "" for that of the sweep."""

    @property
    def id(self) -> CellId:
        """Which cell it is of."""
        return self.cells[0].variant, self.cells[0].step


Emit = Callable[[CellResult], None]
"""Called with each result, as soon as it is known."""


class CellJob(Protocol):
    """Work for one cell, or for one step of several variants."""

    @property
    def cells(self) -> tuple[CellId, ...]:
        """The cells that it has results for."""

    def run(self, processes: Processes, emit: Emit) -> None:
        """Do it: emit a result for each cell, unless the processes are ended meanwhile.

        It may be run a second time, when whoever ran it first was lost.

        Raises:
            MissingError: the machine can do no more: a full disk, a tool that is gone.
        """
