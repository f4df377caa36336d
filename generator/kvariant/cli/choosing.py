# SPDX-License-Identifier: MIT
"""What a terminal sees while variants are chosen: from the first second on, how long it takes."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kvariant.cli.printer import say_aside
from kvariant.matrix.covering.watch import UNWATCHED, SearchWatch

PATIENCE = 1.0
"""Seconds before anything is shown."""
_LOOKS = 0.2
"""Seconds between two looks at whether it is over."""


class _Told:
    """What is shown: what is done, and how far it is."""

    def __init__(self, what: str) -> None:
        self._what = what
        self.text = what

    def rows(self, rows: int, bound: int) -> None:
        """Say how many variants there are so far, and how many are needed at least."""
        least = f", at least {bound:,} are needed" if bound else ""
        self.text = f"{self._what}: {rows:,} so far{least}"


@contextmanager
def choosing(what: str = "choosing variants", *, quiet: bool = False) -> Iterator[SearchWatch]:
    """Show a terminal that something is chosen, if that takes longer than a moment.

    What it yields is told how far the choice is, and shows that.

    Args:
        what: what is done, in a few words.
        quiet: show nothing.
    """
    if quiet or sys.stderr is None:
        yield UNWATCHED
        return
    if not sys.stderr.isatty():
        yield SearchWatch(told=say_aside)
        return
    told = _Told(what)
    over = threading.Event()
    thread = threading.Thread(target=_show, args=(told, over), daemon=True)
    thread.start()
    try:
        yield SearchWatch(rows=told.rows, told=say_aside)
    finally:
        over.set()
        thread.join()


def _show(told: _Told, over: threading.Event) -> None:
    # Solvers leave their work by a jump when the signal comes: it has to reach their thread.
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    if over.wait(PATIENCE):
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(told.text), total=None)
        while not over.wait(_LOOKS):
            bar.update(task, description=escape(told.text), refresh=True)
