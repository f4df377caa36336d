# SPDX-License-Identifier: MIT
"""What `sweep` and `report` say of sizes, where any were measured."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import KvariantError
from kvariant.report.sizes import SizeReport
from kvariant.results import Cell, MergedResults, Store
from kvariant.results.size_changes import SizesBefore, size_changes

if TYPE_CHECKING:
    from kvariant.blame.option_sizes import TreeOf
    from kvariant.plan.variant_table import VariantTable
    from kvariant.project import Project


def size_report(
    cells: Sequence[Cell],
    table: Callable[[], VariantTable],
    tree_of: TreeOf,
    before: Callable[[], SizesBefore | None],
    limits: Mapping[str, Mapping[str, int]],
    context: Sequence[str] = (),
) -> SizeReport | None:
    """Return what is said of sizes; None where nothing was measured.

    Args:
        cells: of a sweep.
        table: returns the variants' values.
        tree_of: see `option_sizes`.
        before: returns with what sizes are compared.
        limits: by step and section.
        context: options with which another sweep is of the same tree and base.
    """
    if not any(cell.figures.sizes for cell in cells):
        return None
    from kvariant.blame.option_sizes import option_sizes  # arrays, where there is something

    columns, then = table(), before()
    return SizeReport(
        options=option_sizes(cells, columns, tree_of, context),
        changes=size_changes(then, cells, columns) if then else None,
        limits=limits,
    )


def base_words(project: Project, matrix: str, given: str | None = None) -> tuple[str, ...]:
    """Return the option with which a sweep of another matrix has a matrix's base.

    Args:
        matrix: its name; "": the project's.
        given: what the command said instead.
    """
    name = matrix or project.matrix
    base = given or (project.matrices.table(name).base if name in project.matrices.tables else "")
    return (f"--base={base}",) if base and base != project.base else ()


def sizes_before(database: Path) -> SizesBefore | None:
    """Return what was measured before the last sweep of a database; None: nobody knows."""
    # Who reads it for its own sake is told what is wrong with it.
    with contextlib.suppress(KvariantError, sqlite3.DatabaseError), Store.read(database) as store:
        if (last := store.last()) is not None:
            return SizesBefore.of_store(store, last.number)
    return None


def sizes_of_other(other: MergedResults) -> SizesBefore:
    """Return what another sweep measured, that was named for comparison."""
    return SizesBefore.of_cells(other.cells, other.columns)
