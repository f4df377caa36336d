# SPDX-License-Identifier: MIT
"""A worker of this machine as a copy of this process: what it would import is imported already.

Importing Dask takes longer than most of a short sweep. A copy is made while no other thread
of ours runs, or it might wait for ever for a lock that such a thread held; what BLAS has of
threads is seen to by itself. It has nothing of ours open, and a command line of its own, by
which people tell it from the sweep. [fork(2); proc_pid_cmdline(5)]
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO

_LOOK = 0.005
"""Seconds between two looks at whether it has ended."""


class ForkedWorker:
    """The copy, with what is needed of `subprocess.Popen`."""

    def __init__(self, pid: int, stdin: IO[bytes]) -> None:
        self.pid = pid
        self.stdin = stdin
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return its exit code, None while it runs; negative: ended by that signal."""
        if self.returncode is None:
            with contextlib.suppress(ChildProcessError):  # somebody else has asked: it is gone
                found, status = os.waitpid(self.pid, os.WNOHANG)
                if not found:
                    return None
                self.returncode = os.waitstatus_to_exitcode(status)
                return self.returncode
            self.returncode = 0
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended.

        Raises:
            subprocess.TimeoutExpired: it has not.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if until is not None and time.monotonic() >= until:
                raise subprocess.TimeoutExpired([], timeout or 0.0)
            time.sleep(_LOOK)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)


def may_fork() -> bool:
    """Return whether a copy of this process can go on by itself."""
    return sys.platform == "linux" and threading.active_count() == 1


def fork_worker(program: Callable[[], int], title: str, errors: IO[bytes]) -> ForkedWorker:
    """Return a copy of this process that does something else, in a session of its own.

    Args:
        program: what it does; it ends with what that returns.
        title: what its command line says.
        errors: gets what it prints.

    Raises:
        OSError: there can be no further process.
    """
    theirs, ours = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(theirs)
        os.close(ours)
        raise
    if not pid:
        _become(program, title, theirs, errors.fileno())
    os.close(theirs)
    return ForkedWorker(pid, os.fdopen(ours, "wb"))


def _become(program: Callable[[], int], title: str, stdin: int, errors: int) -> None:
    """Go on as the copy, to the end of it."""
    code = 1
    try:
        os.setsid()  # Ctrl-C is for us
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(stdin, 0)
        os.dup2(errors, 1)
        os.dup2(errors, 2)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        sys.stdin = os.fdopen(0, closefd=False)
        sys.stdout = sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
        _entitle(title)
        code = program()
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):  # nobody will read it
            sys.stderr.flush()
        os._exit(code)


def _entitle(title: str) -> None:
    """Have the command line say something, as far as there is room for it."""
    with contextlib.suppress(OSError, ValueError, IndexError):  # then it stays as it is
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        start, end = int(fields[45]), int(fields[46])
        if 0 < start < end:
            text = title.encode()[: end - start - 1]
            ctypes.memmove(start, text.ljust(end - start, b"\0"), end - start)
