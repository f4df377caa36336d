# SPDX-License-Identifier: MIT
"""Ctrl-C while a solver works: heard by Python, as soon as the solver's call is over.

pysat leaves a call by a jump out of its own signal handler. Where that comes amid an
allocation, the allocator stays locked for ever and the process hangs; where it does not,
the signal's handler may stay the default one. It does so only in what it takes for the
main thread, so it is told that there is none. A call takes milliseconds, seldom seconds.
"""

from __future__ import annotations

import pysat.solvers


class _NoMainThread:
    """What pysat asks whether it may take the signal."""

    @staticmethod
    def check() -> bool:
        return False


def leave_signals_to_python() -> None:
    """Have solvers leave SIGINT alone, now and later."""
    pysat.solvers.MainThread = _NoMainThread
