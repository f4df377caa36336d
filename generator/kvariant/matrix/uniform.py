# SPDX-License-Identifier: MIT
"""The strategy `uniform`: configurations drawn at random, each at most once."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError
from kvariant.matrix.strategy import Chosen, StrategyRequest

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.kconfig import Configuration
    from kvariant.space import Space

MOST = 1_000_000
"""Samples that can be asked for."""
_PATIENCE = 64
"""Draws for each configuration wanted; then those found are all there are, or nearly."""


def uniform(space: Space, request: StrategyRequest) -> Chosen:
    """Return `size` configurations drawn at random, no two with the same values.

    Two are the same if all of `request.symbols` are; fewer come where the space has
    fewer. `method` says how they were drawn: `uniform` is exactly that, with
    replacement until enough differ, `near-uniform` and `random` are as close as the
    samplers come (`Space.sample`). Included ones are not drawn again. Of candidates a
    uniform sample is drawn.

    Raises:
        InputError: `size` is 0, or more than `MOST` [no-size].

    Cost: milliseconds a sample, some 20 on Linux.
    """
    if not request.size:
        raise InputError(
            Diagnostic(
                message="uniform needs the number of samples",
                code="no-size",
                hint="for example --size 20, or size = 20 in the project file",
            )
        )
    size = request.size
    if size > MOST:
        raise InputError(
            Diagnostic(
                message=f"{size} samples are too many",
                code="no-size",
                hint=f"--size 1 to {MOST}; kvariant space says how many configurations there are",
            )
        )
    if request.limit:
        size = max(0, min(size, request.limit - len(request.included)))
    taken = {_values(c, request.symbols) for c in request.included}
    if request.candidates is not None:
        distinct: dict[tuple[str, ...], Configuration] = {}
        for configuration in request.candidates:
            distinct.setdefault(_values(configuration, request.symbols), configuration)
        among = [c for key, c in distinct.items() if key not in taken]
        few = random.Random(request.random_seed).sample(among, min(size, len(among)))
        return Chosen(configurations=[*request.included, *few], method="uniform")
    drawn: list[Configuration] = []
    method, count = "", size
    while len(drawn) < size and count <= _PATIENCE * size:
        samples = space.sample(count, seed=request.random_seed)
        method = samples.method.value
        found: dict[tuple[str, ...], Configuration] = {}
        for configuration in samples:
            found.setdefault(_values(configuration, request.symbols), configuration)
        drawn = [c for key, c in found.items() if key not in taken][:size]
        count *= 2
    return Chosen(configurations=[*request.included, *drawn], method=method)


def _values(configuration: Configuration, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(configuration[name] for name in names)
