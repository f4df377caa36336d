# SPDX-License-Identifier: MIT
"""`--verify`: a matrix as it is written, before the independent verifier."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from kvariant.cli.printer import say
from kvariant.errors import Diagnostic, MissingError, Severity
from kvariant.kconfig.witness import AUTO, disagreements, witness_of
from kvariant.matrix.verifier import Progress, Verdict, verify
from kvariant.matrix.written import Written
from kvariant.report import matrix_json
from kvariant.report.verification import agreement_text, verification_text

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, Tree
    from kvariant.matrix.promise import Promise
    from kvariant.plan import Matrix


def verdict_on(
    tree: Tree,
    matrix: Matrix,
    promise: Promise,
    named: str = AUTO,
    variables: Mapping[str, str] | None = None,
) -> Verdict:
    """Return what the verifier finds in a matrix's JSON; a bar tells a terminal how far it is.

    The tree's own tool is asked about every variant.

    Args:
        named: the tool, or `AUTO`: then it is a warning where there is none.
        variables: what the tree was given, beside what it read.

    Raises:
        MissingError: there is no such tool, or it does not take the tree [no-witness].
    """
    written = Written.parse(json.dumps(matrix_json(matrix)))
    from kvariant.space import Space  # where it is asked for

    space = Space.of(tree)  # anew: no solver that has chosen is believed
    if promise.where is not None:
        space = space.restricted(promise.where)
    if promise.chosen:
        space = space.narrowed(promise.chosen)
    with _bar("proving again") as progress:
        verdict = verify(space, written, promise, progress=progress)
    variants = {variant.name: variant.configuration for variant in matrix}
    found = testimony(tree, variants, named, variables)
    if found is None:
        return verdict
    name, faults = found
    return replace(verdict, faults=(*verdict.faults, *faults), witness=name)


def testimony(
    tree: Tree,
    configurations: Mapping[str, Configuration],
    named: str,
    variables: Mapping[str, str] | None,
) -> tuple[str, tuple[Diagnostic, ...]] | None:
    """Return who was asked about configurations, and what it says otherwise.

    None, with a warning, where nobody is there who could be asked.

    Raises:
        MissingError: the tool that is named is not there [no-witness].
    """
    try:
        witness = witness_of(tree, named, variables)
    except MissingError as error:
        if named != AUTO:
            raise
        for diagnostic in error.diagnostics:
            say(replace(diagnostic, severity=Severity.WARNING), err=True)
        return None
    faults: list[Diagnostic] = []
    with _bar(f"asking {witness.name}") as progress, ThreadPoolExecutor(witness.jobs) as pool:
        answers = pool.map(
            lambda name: disagreements(tree, name, configurations[name], witness), configurations
        )
        for done, found in enumerate(answers, 1):
            faults += found
            if progress:
                progress(done, len(configurations))
    return witness.name, tuple(faults)


def tell(verdict: Verdict, name: str = "", *, err: bool = False, table: bool = False) -> bool:
    """Print a verdict; return whether the matrix holds.

    Args:
        name: the matrix's, where there are several.
        table: whether it stands below the matrix's table; elsewhere who agrees is told to
            stderr, as the output is of something else.
    """
    text = verification_text(verdict)
    if agreement := agreement_text(verdict):
        say(agreement, err=err or not table)
    say(f"{name}: {text}" if name and verdict.holds else text, err=err)
    return verdict.holds


@contextmanager
def _bar(what: str) -> Iterator[Progress | None]:
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")

        def advance(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        yield advance
