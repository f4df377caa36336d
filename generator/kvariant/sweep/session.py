# SPDX-License-Identifier: MIT
"""A sweep's hold on the state folder and on all the processes it starts."""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kvariant.build import Processes, Watch
from kvariant.errors import os_error
from kvariant.project.state_folder import claimed
from kvariant.sweep.reaper import reaper


@contextmanager
def session(state: Path, waiting: Callable[[], None], watcher: Watch) -> Iterator[Processes]:
    """Hold a state folder: one sweep at a time, and nothing of it outlives it.

    Args:
        state: the folder, made if it is not there.
        waiting: called once if another sweep holds it.
        watcher: told of every process group that begins and ends.

    Raises:
        InputError: the folder has files that are not ours [not-ours], or cannot be made.
        MissingError: the disk is full or read-only.
    """
    try:
        handle = os.open(claimed(state), os.O_RDONLY)
    except OSError as error:
        raise os_error(error, "cannot make the state folder") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
        mark = uuid.uuid4().hex
        with reaper(handle, mark) as guard:
            yield Processes(mark, (guard, watcher))
    finally:
        os.close(handle)
