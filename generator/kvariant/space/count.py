# SPDX-License-Identifier: MIT
"""Exact numbers of configurations, whole or projected.

Ganak (Sharma, Roy, Soos, Meel: GANAK: a scalable probabilistic exact model
counter, IJCAI 2019; with Arjun's preprocessing) counts the models of a formula
projected on the variables of the asked-for values. It cannot be interrupted, so it
runs in a process of its own [`counter_program`].
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, MissingError
from kvariant.space import counter_program
from kvariant.space.circuit import FALSE, TRUE, Literal
from kvariant.space.solve import listed_count
from kvariant.words import counted

if TYPE_CHECKING:
    from kvariant.space.encoding import Encoding
    from kvariant.space.solver import Formula

LISTED = 4_096
"""Parts of a formula with up to this many are counted by listing where no counter is installed."""
FEW = 64
"""The same, where one is: it takes as long to begin, a fiftieth of a second, as to list so many."""

MOST_LISTED = 500
"""Symbols up to which it is tried to list, where a counter is installed."""


def count(encoding: Encoding, names: Sequence[str], time_limit: float) -> int:
    """Return the exact number of value combinations of some symbols.

    Args:
        time_limit: seconds for the counter.

    Raises:
        MissingError: time ran out [count], or a part of the formula has more than `LISTED` and
            the extra `exact` is not installed [no-counter].
    """
    if len(names) <= MOST_LISTED or not has_counter():
        found = listed_count(encoding, names, FEW if has_counter() else LISTED)
        if found is not None:
            return found
    cone = encoding.cone(names)
    literals = [x for name in names for x in cone.literals(name).values()]
    exact = model_count(cone.formula, literals, time_limit) if has_counter() else None
    if exact is None:
        raise _uncounted(cone, names, time_limit)
    return exact


def _uncounted(cone: Encoding, names: Sequence[str], time_limit: float) -> MissingError:
    most = 1
    for name in names:
        most *= max(1, sum(x != FALSE for x in cone.literals(name).values()))
    if has_counter():
        message, code = f"not counted in {time_limit:g} s", "count"
        hint = "ask for fewer symbols, or give it more time"
    else:
        message, code = "counting this many configurations needs a counter", "no-counter"
        hint = "pip install 'kvariant[exact]'"
    least = LISTED + 1 if not has_counter() else 1
    size = f"at least {least}, fewer than 10^{len(str(most))}"
    known = f"there are {size} of {counted(len(names), 'symbol')}"
    return MissingError(Diagnostic(message=f"{message}; {known}", code=code, hint=hint))


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
            [sys.executable, "-P", counter_program.__file__],
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
