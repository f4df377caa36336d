# SPDX-License-Identifier: MIT
"""Workers: threads that do pieces of a sweep's work, and end at once when they must."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait

from kvariant.build import end_all

_TICK = 0.2
"""Seconds between two looks at the work.

Python hears a signal when the main thread runs: one that comes as it begins to wait
without a limit, or to another thread, would be heard when the wait is over.
"""


def work_off(work: Iterable[Callable[[], None]], jobs: int, cut: Callable[[], None]) -> None:
    """Do pieces of work, `jobs` at a time; return when all are done.

    Args:
        work: each piece is done by one thread.
        jobs: threads.
        cut: called when the work is to end before it is done (Ctrl-C, a full disk, a fault
            of ours): from then on pieces return as soon as their commands end, which are
            ended.

    Raises: what the first piece raises that does.
    """
    busy: set[int] = set()
    """Pieces that run. Their futures do not tell: Ctrl-C may come while one is handed out."""
    ends = threading.Event()

    def done(number: int, piece: Callable[[], None]) -> None:
        # Busy first, then the look: either it is waited for, or it sees that all ends.
        busy.add(number)
        try:
            if not ends.is_set():
                piece()
        finally:
            busy.discard(number)

    with ThreadPoolExecutor(max(1, jobs)) as pool:
        try:
            running = [pool.submit(done, number, piece) for number, piece in enumerate(work)]
            while not _is_over(running):
                pass
            for future in running:
                if future.done() and not future.cancelled():
                    future.result()
        except BaseException:  # leaving the pool waits for what still runs
            cut()
            ends.set()
            pool.shutdown(wait=False, cancel_futures=True)
            while busy:
                end_all()  # again and again: a cell runs commands one after the other
                time.sleep(0.02)
            raise


def _is_over(running: Collection[Future[None]]) -> bool:
    """Wait a little; return whether all pieces are done, or one has failed."""
    done, left = wait(running, _TICK, FIRST_EXCEPTION)
    return not left or any(future.exception() for future in done)
