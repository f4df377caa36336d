# SPDX-License-Identifier: MIT
"""Exact numbers of configurations, whole or projected.

Ganak (Sharma, Roy, Soos, Meel: GANAK: a scalable probabilistic exact model
counter, IJCAI 2019; with Arjun's preprocessing) counts the models of a formula
projected on the variables of the asked-for values. It cannot be interrupted, so it
runs in a process of its own. This module is also that process:
`python -m kvariant.space.count` reads a problem as text and prints the number.

    line 1      number of variables
    line 2      variables to project on
    others      a clause each
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from kvariant.errors import Diagnostic, MissingError
from kvariant.space.circuit import TRUE, Literal
from kvariant.space.solver import Formula


def has_counter() -> bool:
    """Return whether the extra `exact` is installed."""
    return importlib.util.find_spec("pyganak") is not None


def model_count(formula: Formula, literals: Iterable[Literal], time_limit: float) -> int | None:
    """Return the number of value combinations of some literals, None if time ran out.

    Args:
        literals: what is projected on; constants and repeated variables are ignored.
        time_limit: seconds.
    """
    return clause_count(formula.clauses, literals, time_limit)


def clause_count(
    clauses: Sequence[Sequence[Literal]], literals: Iterable[Literal], time_limit: float
) -> int | None:
    """Return what `model_count` does, of clauses."""
    projected = sorted({abs(literal) for literal in literals} - {TRUE})
    if not projected:
        return 1
    text = _problem(clauses, projected)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "kvariant.space.count"],
            input=text, capture_output=True, text=True, timeout=time_limit, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise MissingError(
            Diagnostic(
                message=f"the counter failed: {said[0]}",
                code="counter",
                hint="pip install --upgrade 'kvariant[exact]'",
            )
        )
    return int(done.stdout)


def _problem(clauses: Sequence[Sequence[Literal]], projected: Sequence[int]) -> str:
    """Return the problem with variables renumbered from 1, without gaps."""
    numbers: dict[int, int] = {variable: i for i, variable in enumerate(projected, 1)}
    lines = []
    for clause in clauses:
        renamed = (
            (1 if literal > 0 else -1) * numbers.setdefault(abs(literal), len(numbers) + 1)
            for literal in clause
        )
        lines.append(" ".join(map(str, renamed)))
    head = [str(len(numbers)), " ".join(str(i + 1) for i in range(len(projected)))]
    return "\n".join([*head, *lines])


def _serve(source: TextIO) -> int:
    from pyganak import Counter

    counter = Counter()
    counter.new_vars(int(source.readline()))  # also those that occur in no clause
    counter.set_sampling_set([int(word) for word in source.readline().split()])
    counter.add_clauses([[int(word) for word in line.split()] for line in source])
    return int(counter.count())


if __name__ == "__main__":
    print(_serve(sys.stdin))
