# SPDX-License-Identifier: MIT
"""What a terminal sees while variants are chosen: from the first second on, how long it takes."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 1.0
"""Seconds before anything is shown."""
_LOOKS = 0.2
"""Seconds between two looks at whether it is over."""


@contextmanager
def choosing(what: str = "choosing variants", *, quiet: bool = False) -> Iterator[None]:
    """Show a terminal that something is chosen, if that takes longer than a moment.

    Args:
        what: what is done, in a few words.
        quiet: show nothing.
    """
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_show, args=(what, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _show(what: str, over: threading.Event) -> None:
    # Solvers leave their work by a jump when the signal comes: it has to reach their thread.
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    if over.wait(PATIENCE):
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn(what), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        bar.add_task("", total=None)
        while not over.wait(_LOOKS):
            bar.refresh()
