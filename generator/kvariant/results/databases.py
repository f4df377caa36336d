# SPDX-License-Identifier: MIT
"""The last sweeps of several databases, put together, and who is missing among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, Location
from kvariant.plan import Plans, Selection
from kvariant.results.merge import MergedResults
from kvariant.results.store import Past, Store

if TYPE_CHECKING:
    from kvariant.project import Project


@dataclass
class Databases:
    """Databases to be read as if they were of one sweep."""

    required: str | None = None
    """The matrix whose sweeps are meant, and all of whose variants should have reported."""
    unusable: list[Diagnostic] = field(default_factory=list)
    """What is wrong with databases, where a matrix is required.

    Elsewhere it is raised. Who requires a matrix is to know which of its variants are lost.
    """

    @contextmanager
    def tolerating(self) -> Iterator[None]:
        """Note what is wrong with a database, or raise it; see `unusable`."""
        try:
            yield
        except InputError as error:
            if self.required is None:
                raise
            self.unusable += error.diagnostics

    def read(self, paths: Iterable[Path]) -> MergedResults:
        """Return the last sweeps of databases put together.

        Raises:
            InputError: one has none, or cannot be read.
        """
        found: list[tuple[Path, Past | None]] = []
        for path in paths:
            with self.tolerating():
                found.append((path, last_of(path, self.required)))
        pasts = [past for _, past in found if past is not None]
        if not pasts and self.required is None:
            raise _no_results(found[0][0])
        return MergedResults.of(pasts, [str(path) for path, past in found if past is not None])

    def expected(self, project: Project, results: MergedResults) -> Iterable[str]:
        """Return the variants that should have reported."""
        if self.required is None:  # a sweep that came to its end has a cell for all it was to run
            has_cells = (cell.variant for cell in results.cells)
            return dict.fromkeys(has_cells if results.ended else results.columns.variants)
        return Plans.of(project, Selection(matrix=self.required, tells_shares=False)).names


def last_of(path: Path, matrix: str | None = None) -> Past | None:
    """Return the last sweep of a database: of a matrix, where one is named.

    Raises:
        InputError: there is no such file [no-results], or it cannot be read.
    """
    if not path.is_file():
        raise _no_results(path)
    with Store.read(path) as store:
        return store.last(matrix)


def _no_results(path: Path) -> InputError:
    return InputError(
        Diagnostic(
            message="no results are here",
            code="no-results",
            location=Location(str(path)),
            hint="kvariant sweep makes them",
        )
    )
