# SPDX-License-Identifier: MIT
"""`kvariant matrix --budget`: what fits, by what earlier sweeps of the project took."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kvariant.cli.printer import say
from kvariant.errors import Diagnostic, InputError, KvariantError, Severity
from kvariant.plan import Plans, Selection
from kvariant.project.strategies import STRATEGIES
from kvariant.results import Store
from kvariant.sweep.budget import time_text

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.project import Project
    from kvariant.results.history import History
    from kvariant.sweep.fitting_matrix import FittingMatrix


def matrix_within(plans: Plans, selection: Selection, seconds: float) -> FittingMatrix | None:
    """Return what fits; None, and a warning, where no durations are known."""
    history, steps = _known(plans.project, plans.plans[0].matrix.name)
    matrix = plans.plans[0].matrix
    is_limited = STRATEGIES[matrix.strategy].is_covering and len(plans.plans) == 1
    most = int(selection.keys.get("max_variants") or 0)

    def limited(number: int) -> Plans:
        number = min(number, most) if most else number
        keys = {**selection.keys, "max_variants": number}
        return Plans.of(plans.project, replace(selection, keys=keys))

    jobs = os.cpu_count() or 1
    from kvariant.sweep.fitting_matrix import fitting_matrix  # arrays, where time is short

    found = fitting_matrix(plans, history, steps, seconds, jobs, limited if is_limited else None)
    if found is not None and not found.plans.variants:
        raise InputError(
            Diagnostic(
                message=f"no variant fits into {time_text(seconds)}: the shortest is predicted "
                f"to take {time_text(round(found.shortest, 1))}",
                code="budget",
                hint=f"all of them take {time_text(round(found.whole_seconds, 1))}",
            )
        )
    if found is None:
        say(
            Diagnostic(
                message="how long a variant takes is unknown, so all are chosen: "
                "no sweep here has run each step yet",
                code="no-durations",
                severity=Severity.WARNING,
                hint="kvariant sweep with the same --budget begins with what covers most, "
                "and measures",
            ),
            err=True,
        )
    return found


def _known(
    project: Project, matrix: str
) -> tuple[Mapping[tuple[str, str], History], Sequence[str]]:
    """Return how long cells took, and the steps of the last sweep: of the matrix, else of any."""
    with (
        contextlib.suppress(KvariantError),  # as where nothing was swept
        Store.read(project.database) as store,
    ):
        if past := store.last(matrix) or store.last():
            return store.history(), past.about.get("steps", ())
    return {}, ()
