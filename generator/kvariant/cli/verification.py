# SPDX-License-Identifier: MIT
"""`--verify`: a matrix as it is written, before the independent verifier."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from kvariant.cli.colour import say
from kvariant.kconfig import Tree
from kvariant.matrix.verifier import Progress, Promise, Verdict, verify
from kvariant.matrix.written import Written
from kvariant.plan import Matrix
from kvariant.report import matrix_json
from kvariant.report.verification import verification_text
from kvariant.space import Space


def verdict_on(tree: Tree, matrix: Matrix, promise: Promise) -> Verdict:
    """Return what the verifier finds in a matrix's JSON; a bar tells a terminal how far it is."""
    written = Written.parse(json.dumps(matrix_json(matrix)))
    space = Space.of(tree)  # anew: no solver that has chosen is believed
    if promise.where is not None:
        space = space.restricted(promise.where)
    with _bar() as progress:
        return verify(space, written, promise, progress=progress)


def tell(verdict: Verdict, name: str = "", *, err: bool = False) -> bool:
    """Print a verdict; return whether the matrix holds.

    Args:
        name: the matrix's, where there are several.
    """
    text = verification_text(verdict)
    say(f"{name}: {text}" if name and verdict.holds else text, err=err)
    return verdict.holds


@contextmanager
def _bar() -> Iterator[Progress | None]:
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("proving again"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")

        def advance(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        yield advance
