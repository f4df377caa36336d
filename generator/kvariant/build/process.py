# SPDX-License-Identifier: MIT
"""Running a command: its whole process group, a time limit, and the tail of what it prints.

A command is the leader of a session of its own. When it ends, in whatever way,
whatever it left running in its group is ended too: a test that forks a server
does not keep the port, and nothing writes into a folder that the next command
of the cell uses. A daemon leaves the group; it is known by a mark in the
environment that it was born with (Linux alone shows that).
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kvariant.build.endless_question import EndlessQuestionError, QuestionListener

KEPT = 256 * 1024
"""Bytes of output that are kept; a command may print gigabytes."""
MARK = "KVARIANT_COMMAND"
"""The variable by which a command's daemons are known."""
_KILLED = re.compile(r"Killed signal terminated program (\w+)|unable to execute command: Killed")
"""What gcc and clang say of it."""
_TICK = 0.1
"""Seconds between two looks at a command's progress."""
_SETTLED = 0.5
"""Seconds after which a killed group is taken for gone."""
_LAST_PID, _PID_MAX = "/proc/sys/kernel/ns_last_pid", "/proc/sys/kernel/pid_max"
_BIRTHS = 1_000_000
"""Processes and threads in a second: the kernel, which makes one at a time, makes fewer."""
_FEW = 64
"""Numbers of processes that are looked at one by one; of more, all processes are."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a command ended."""

    command: tuple[str, ...]
    code: int
    """Exit code; negative: ended by that signal."""
    output: str
    """Standard output and error, in the order they came; the last `KEPT` bytes of them."""
    timed_out: bool = False
    lost: int = 0
    """Bytes of output before those that were kept."""

    @property
    def is_ok(self) -> bool:
        """Whether the command ended by itself with code 0."""
        return self.code == 0 and not self.timed_out

    @property
    def ending(self) -> str:
        """How the command ended, in words that follow its name."""
        if self.code < 0:
            return f"was ended by signal {-self.code} ({signal.strsignal(-self.code)})"
        return f"ended with exit code {self.code}"

    @property
    def victim(self) -> str:
        """The part of a compiler that its driver says was killed, "" for none.

        Most often the machine was out of memory: the source is not at fault.
        """
        match = _KILLED.search(self.output) if self.code else None
        return (match[1] or "the compiler") if match else ""

    @property
    def log(self) -> str:
        """The output, with a first line that says what of it is not kept."""
        lost = f"({self.lost:,} bytes before this were not kept)\n" if self.lost else ""
        return lost + self.output


class Watch(Protocol):
    """Is told of every group that begins and ends: to time it, or to outlive us and end it."""

    def began(self, group: int) -> None:
        """A process group has begun."""

    def ended(self, group: int) -> None:
        """Nothing of the group is left."""


class Processes:
    """The commands that somebody runs, each a process group of its own: all end together.

    Threads may run commands at once.
    """

    def __init__(self, mark: str = "", watchers: Sequence[Watch] = ()) -> None:
        """Take what tells these commands from all others.

        Args:
            mark: how the values of `MARK` in their environments begin, each followed by a
                number of its own; "": they have none, and daemons are not found.
            watchers: told of every group that begins and ends.
        """
        self._mark = mark
        self._watchers = watchers
        self._numbers = itertools.count()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._is_over = False
        self.is_stopping = False
        """Whether nothing further shall be begun that could be left out: no second tries."""

    def run(
        self,
        command: Sequence[str],
        folder: Path,
        timeout: float,
        env: Mapping[str, str] | None = None,
        *,
        progress: Callable[[], bool] = lambda: False,
        ends_daemons: bool = False,
        heard: Callable[[bytes], object] = lambda _: None,
    ) -> Run:
        """Run a command in a folder; after `timeout` seconds end its whole process group.

        After `end()`, which another thread may call, it returns as if killed. One that asks for
        ever what nobody answers is ended, and fails with that [`endless_question`].

        Args:
            command: the program and its arguments; no shell sees them.
            folder: its working folder.
            timeout: seconds, counted anew whenever `progress` says that there was some.
            env: the whole environment; None: ours.
            progress: called ten times a second while the command runs.
            ends_daemons: whether to look for what has left its group, and end that too.
            heard: called with all that it prints, in parts, also with what is not kept.

        Raises:
            OSError: the command cannot be started.
        """
        # Closed by a dash, as marks are known by their beginning: 1 is not how 10 begins.
        mark = f"{self._mark}-{next(self._numbers)}-" if self._mark else ""
        if self._is_over:
            return Run(tuple(command), -signal.SIGKILL, "")
        began = time.monotonic()
        with subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**(os.environ if env is None else env), MARK: mark} if mark else env,
        ) as process:
            self._running.add(process)
            if self._is_over:  # since we looked: whoever ends all may not have seen this one
                _end(process)
            for watcher in self._watchers:
                watcher.began(process.pid)
            tail = _OutputTail(heard)
            question = ""
            try:
                timed_out = _followed(process, tail, timeout, progress)
            except EndlessQuestionError as error:
                timed_out, question = False, f"\n{error}\n"
            finally:  # Ctrl-C as well: it must not leave a compiler behind
                _end(process)
                process.wait()
                _settle(process.pid)
                if mark and ends_daemons:
                    end_marked(mark, after=process.pid, began=began)
                self._running.discard(process)
                for watcher in self._watchers:
                    watcher.ended(process.pid)
            tail.drain(process)
            tail.take(question.encode())
        code = 1 if question else process.returncode  # what we have ended was not killed
        return Run(tuple(command), code, tail.text, timed_out, tail.lost)

    def stop(self) -> None:
        """Let what runs come to its end, and begin nothing that could be left out."""
        self.is_stopping = True

    def end(self) -> None:
        """End every command that runs, now and from now on."""
        self.is_stopping = self._is_over = True
        for process in [*self._running]:
            _end(process)


def end_marked(mark: str, *, after: int = 0, began: float = 0.0) -> None:
    """End every process that was born with `MARK` of a value that begins so.

    Args:
        mark: the beginning of the value.
        after: the first process that can have it, where that is known; 0: any may.
        began: when that one was made, by `time.monotonic`.
    """
    needle = f"{MARK}={mark}".encode()
    last = after
    while after:  # most commands leave nothing: then nobody else was born but beside them
        numbers = _born_since(last, began)
        if not numbers:
            if numbers is not None:
                return
            break
        if _end_those(needle, numbers):
            break
        last = numbers[-1]
    while _end_those(needle, _every()):  # one that forks while we look is met again
        pass


def end_marked_once(mark: str) -> bool:
    """End those of `end_marked` that there are now; return whether there were any."""
    return _end_those(f"{MARK}={mark}".encode(), _every())


def _end_those(needle: bytes, numbers: Iterable[int]) -> bool:
    """End those processes in whose environment something stands; return whether there were any."""
    found = False
    for number in numbers:
        with contextlib.suppress(OSError):  # it ended, or is somebody else's
            is_marked = needle in Path(f"/proc/{number}/environ").read_bytes()
            if is_marked and number != os.getpid():
                os.kill(number, signal.SIGKILL)
                found = True
    return found


def _every() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208  names alone


def _born_since(number: int, began: float) -> list[int] | None:
    """Return the numbers of all processes and threads born since one; None: nobody knows.

    Linux gives numbers in turn, up to a limit and then from the beginning, and says which was
    the last. So it must not have come around since, for which there has to be time.
    [proc_sys_kernel(5)]
    """
    try:
        last, most = _number_in(_LAST_PID), _number_in(_PID_MAX)
    except (OSError, ValueError):  # another kernel, or one that does not say it
        return None
    count = (last - number) % most
    if count > _FEW or (time.monotonic() - began) * _BIRTHS > most - count:
        return None
    return [(number + step) % most for step in range(1, count + 1)]


def _number_in(path: str) -> int:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return int(os.read(handle, 32))
    finally:
        os.close(handle)


class _OutputTail:
    """The last bytes of a stream."""

    def __init__(self, heard: Callable[[bytes], object]) -> None:
        self._kept = bytearray()
        self._heard = heard
        self._listener = QuestionListener()
        self.lost = 0

    def read(self, process: subprocess.Popen[bytes]) -> bool:
        """Take what is there; return False at the stream's end.

        Raises:
            EndlessQuestionError: the command asks for ever.
        """
        data = self._next(process)
        self._listener.hear(data)
        return bool(data)

    def _next(self, process: subprocess.Popen[bytes]) -> bytes:
        assert process.stdout is not None
        data = os.read(process.stdout.fileno(), 1 << 16)
        self.take(data)
        return data

    def take(self, data: bytes) -> None:
        """Take what is printed."""
        self._kept += data
        self._heard(data)
        if len(self._kept) > 2 * KEPT:
            self._cut()

    def drain(self, process: subprocess.Popen[bytes]) -> None:
        """Take what is in the pipe, without waiting for one who left the group and holds it."""
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        with contextlib.suppress(BlockingIOError):  # the pipe is empty
            while self._next(process):
                pass
        self._cut()

    def _cut(self) -> None:
        excess = max(0, len(self._kept) - KEPT)
        del self._kept[:excess]
        self.lost += excess

    @property
    def text(self) -> str:
        return self._kept.decode(errors="replace")


def _followed(
    process: subprocess.Popen[bytes],
    tail: _OutputTail,
    timeout: float,
    progress: Callable[[], bool],
) -> bool:
    """Read a command's output until it ends; return whether it ran out of time."""
    assert process.stdout is not None
    handle = os.pidfd_open(process.pid)
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            selector.register(handle, selectors.EVENT_READ)
            limit = time.monotonic() + timeout
            while True:
                ready = [key.fileobj for key, _ in selector.select(_TICK)]
                if process.stdout in ready and not tail.read(process):
                    selector.unregister(process.stdout)
                if handle in ready:
                    return False
                if progress():
                    limit = time.monotonic() + timeout
                if time.monotonic() >= limit:
                    return True
    finally:
        os.close(handle)


def _end(process: subprocess.Popen[bytes]) -> None:
    # The leader is not waited for before: until then no other group can have its number.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _settle(group: int) -> None:
    """Wait until what was ended is gone: a killed process may still be writing."""
    deadline = time.monotonic() + _SETTLED  # one that nobody collects stays in its group
    with contextlib.suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.002)
