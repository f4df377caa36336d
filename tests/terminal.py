# SPDX-License-Identifier: MIT
"""A command on a terminal of its own, and somebody who presses keys there."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_CODES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[()][0-9A-B]|[=>78M])|[\x0e\x0f]")
PATIENCE = 30.0
"""Seconds that a screen may take to be there."""


class Terminal:
    """A process that leads a terminal of 30 lines by 100 columns."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        env: Mapping[str, str] | None = None,
        term: str = "xterm",
    ) -> None:
        self.seen = b""
        """All that came, without the codes of the terminal."""
        self._raw = b""
        child, self._master = pty.fork()
        if child == 0:  # pragma: no cover  another process
            try:
                os.chdir(folder)
                os.environ.update({**(env or {}), "TERM": term})
                os.execv(command[0], list(command))
            finally:
                os._exit(127)
        self.child = child
        size = struct.pack("HHHH", 30, 100, 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def press(self, keys: str, *, until: str = "") -> None:
        """Press keys, then wait until a text is seen that was not there before."""
        seen = len(self.seen)
        os.write(self._master, keys.encode())
        if until:
            self.see(until, since=seen)

    def see(self, text: str, since: int = 0) -> None:
        """Wait until a text is seen."""
        ends = time.monotonic() + PATIENCE
        while text.encode() not in self.seen[since:]:
            assert time.monotonic() < ends, f"{text!r} never came: {self.seen[since:]!r}"
            assert self._read(0.2), f"it ended before {text!r}: {self.seen[since:]!r}"

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self._master, b"\x03")

    def ended(self) -> int:
        """Wait for the end, and return the exit code."""
        ends = time.monotonic() + PATIENCE
        while self._read(0.2):
            if time.monotonic() > ends:
                os.kill(self.child, signal.SIGKILL)
                raise AssertionError(f"it does not end: {self.seen!r}")
        _, status = os.waitpid(self.child, 0)
        os.close(self._master)
        return os.waitstatus_to_exitcode(status)

    @property
    def text(self) -> str:
        """All that was seen."""
        return self.seen.decode(errors="replace").replace("\r\n", "\n")

    def _read(self, seconds: float) -> bool:
        """Take what is there, and return whether more may come."""
        if not select.select([self._master], [], [], seconds)[0]:
            return True
        try:
            found = os.read(self._master, 65536)
        except OSError:  # the other end is closed
            return False
        self._raw += found
        self.seen = _CODES.sub(b"", self._raw)
        return bool(found)


def kvariant(*arguments: str) -> list[str]:
    """Return the command line of a verb."""
    return [sys.executable, "-m", "kvariant", *arguments]
