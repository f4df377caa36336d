# SPDX-License-Identifier: MIT
"""Workers: threads that do pieces of a sweep's work, and end at once when they must."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait

from kvariant.build import end_all


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
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        running: list[Future[None]] = []
        try:
            running += (pool.submit(piece) for piece in work)
            wait(running, return_when=FIRST_EXCEPTION)
            for future in running:
                if future.done() and not future.cancelled():
                    future.result()
        except BaseException:  # leaving the pool waits for what still runs
            cut()
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in running):
                end_all()  # again and again: a cell runs commands one after the other
                time.sleep(0.02)
            raise
