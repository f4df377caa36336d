# SPDX-License-Identifier: MIT
"""The reaper: a process that ends what a killed sweep was running.

A sweep that is killed with -9 cannot end its commands; they would go on writing
into the folders that the next sweep uses. So a small process waits at a pipe of
ours, is told of every process group that begins and ends, and when the pipe
closes ends the groups that are left, and all processes that carry this sweep's
mark (a daemon, or a command of which there was no time to tell). It holds the
state folder's lock as well: the next sweep begins when nothing of this one runs,
and `project_files` learns from it when that was.

Most sweeps end by themselves and leave nothing. So a shell waits, which starts ten
times as fast as Python and becomes one only if there is something to be ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from kvariant.build import MARK, end_marked_once
from kvariant.sweep.project_files import NAME as BEGUN_WITH

_PROGRAM = """
import os, signal, sys, time
needle, groups, part = sys.argv[1].encode(), set(map(int, sys.argv[2:])), b""
while data := os.read(0, 65536):
    *lines, part = (part + data).split(b"\\n")
    for line in lines:
        if line == b".":
            sys.exit()
        (groups.add if line[:1] == b"+" else groups.discard)(int(line[1:]))
deadline = time.monotonic() + 10
while time.monotonic() < deadline:
    found = False
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
            found = True
        except OSError:  # it has ended
            pass
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        try:
            with open(f"/proc/{name}/environ", "rb") as stream:
                if needle in stream.read():
                    os.kill(int(name), signal.SIGKILL)
                    found = True
        except OSError:  # no process, or somebody else's
            pass
    if not found:
        break
    time.sleep(0.01)
try:
    os.utime(BEGUN_WITH, dir_fd=3)
except OSError:  # nothing was noted
    pass
""".replace("BEGUN_WITH", repr(BEGUN_WITH))
_SHELL = "/bin/sh"
_WAITING = """
live=' '
while read -r line; do
    group=${line#?}
    case $line in
        .) exit 0;;
        +*) live="$live$group ";;
        -*) case $live in
            *" $group "*) live="${live%% $group *} ${live#* $group }";;
        esac;;
    esac
done
for group in $live; do kill -s KILL -- "-$group"; done
exec "$@" $live
"""
"""Waits as `_PROGRAM` does, and becomes it when the pipe closes."""


class Reaper:
    """The sweep's end of the pipe."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._groups: set[int] = set()

    def began(self, group: int) -> None:
        """A process group has begun."""
        self._groups.add(group)
        self._say(f"+{group}\n")

    def ended(self, group: int) -> None:
        """Nothing of the group is left."""
        self._say(f"-{group}\n")
        self._groups.discard(group)

    @property
    def knows_of_none(self) -> bool:
        """Whether every group that has begun has ended."""
        return not self._groups

    def dismiss(self) -> None:
        """Let it go: there is nothing that it could end."""
        self._say(".\n")

    def _say(self, line: str) -> None:
        # A reaper that somebody has killed is no reason to stop.
        with contextlib.suppress(OSError):
            os.write(self._pipe, line.encode())  # shorter than PIPE_BUF: threads do not mix


@contextmanager
def reaper(lock: int, mark: str) -> Iterator[Reaper]:
    """Start a reaper that holds the open lock `lock` until nothing of us runs any more.

    Args:
        lock: file descriptor of a lock that is held.
        mark: how the marks of this sweep's commands begin; see `kvariant.build.run`.
    """
    theirs, ours = os.pipe()
    program = [sys.executable, "-I", "-S", "-c", _PROGRAM, f"{MARK}={mark}"]
    if os.access(_SHELL, os.X_OK):
        program = [_SHELL, "-c", _WAITING, "reaper", *program]
    try:
        # Not a fork: we may have threads, and a copy of all that we hold would outlive us.
        process = os.posix_spawn(
            program[0],
            program,
            {},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, theirs, 0),
                (os.POSIX_SPAWN_DUP2, lock, 3),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
            setsid=True,  # Ctrl-C is for us
            setsigdef=[signal.SIGINT],
        )
    finally:
        os.close(theirs)
    guard = Reaper(ours)
    try:
        yield guard
        if guard.knows_of_none and not end_marked_once(mark):
            with contextlib.suppress(OSError):  # nothing was noted
                os.utime(BEGUN_WITH, dir_fd=lock)
            guard.dismiss()
    finally:
        os.close(ours)
        os.waitpid(process, 0)
