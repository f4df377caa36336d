# SPDX-License-Identifier: MIT
"""Compile inner loops where numba is installed (the extra `fast`).

The same source runs either way and gives the same result, bit for bit: integers
only, no order that depends on the machine. Without numba the loops run as Python
over lists, and what works on whole rows is NumPy in both cases.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

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


def cells(values: npt.NDArray[Any]) -> Any:
    """Return what loops index one by one: an array if compiled, else a list (3 times faster)."""
    return values if IS_COMPILED else values.tolist()


def zeros(size: int, dtype: Any) -> Any:
    """Return as many zeros, to be indexed one by one."""
    return cells(np.zeros(size, dtype=dtype))
