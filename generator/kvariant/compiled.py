# SPDX-License-Identifier: MIT
"""Inner loops as machine code, where numba is installed (the extra `fast`).

The same source runs either way and gives the same result, bit for bit: integers
only, no order that depends on the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])

try:
    if find_spec("numba") is None:
        raise ImportError
    import numba
except ImportError:  # or it is there, and not for this NumPy or machine
    numba = None

IS_COMPILED = numba is not None
"""Whether inner loops are machine code here."""


def compiled(function: _F) -> _F:
    """Return the function as machine code where that can be had."""
    if not IS_COMPILED:
        return function
    made: _F
    try:
        made = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder to keep machine code in: it is compiled in each process
        made = numba.njit(nogil=True)(function)
    return made
