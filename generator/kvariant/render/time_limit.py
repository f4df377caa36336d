# SPDX-License-Identifier: MIT
"""A limit for what a template may compute: one that loops for ever is an error, not a wait."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 5.0
"""Of processor time, for one file of one variant; templates take milliseconds."""


class TooLongError(Exception):
    """A template took more time than it may."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Let what runs within take so many seconds of processor time; signals reach the main thread.

    Raises:
        TooLongError: it took more.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        raise TooLongError(f"took longer than {seconds:g} s of processor time")

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
