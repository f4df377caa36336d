# SPDX-License-Identifier: MIT
"""Two searches for fewer rows side by side, the second in a process of its own.

    round       0        1        2
    first       A0       A1       A2         so many steps each
    second      B0       B1       B2
    hears                first B0, second A0
                                  first B1, second A1

Where the other one had fewer rows a search goes on with these. What a search does depends on
its steps and on what it hears at their ends alone, never on time: rows are the same on one
core, where both take twice as long, and where no second process can be had, or it is killed:
then the second search is made here. As each hears what was a round before, neither waits for
the other while they are less than a round apart.

Processes are forked: the second one shares what the first has read, gigabytes of large trees.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import select
import signal
import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kvariant.matrix.covering.improve import Improvement

Make = Callable[[Callable[[], bool]], Improvement]
"""Makes a search, given what it asks between attempts whether to end."""

_SLOTS = 4
"""Reports that are kept for the reader, who reads the last but one and may be a round behind."""

_LOOKS = 100
"""Milliseconds between two questions whether to end while the other search is waited for."""

_HEAD = struct.Struct("<ii")
"""How many rows a report has, and how many are needed at least."""


@dataclass(frozen=True, slots=True)
class _Report:
    """How far a search is."""

    rows: npt.NDArray[np.bool_]
    least: int

    @classmethod
    def of(cls, search: Improvement) -> _Report:
        return cls(search.rows.rows, search.least)


def side_by_side(first: Improvement, second: Make, rounds: int, steps: int) -> None:
    """Search for so many rounds in two searches, and leave the fewest rows in the first.

    Args:
        second: makes the second one, which shares nothing with the first that a search changes.
        steps: of a round.
    """
    other = _Second(second, rounds, steps, first)
    try:
        for _ in range(rounds):
            first.run(steps)
            if first.is_over:
                return
            if first.is_ended:
                _hear(first, other.ended())
                return
            _hear(first, other.exchanged(_Report.of(first)))
        _hear(first, other.last())
    finally:
        other.close()


def _hear(search: Improvement, report: _Report | None) -> None:
    """Have a search go on with the rows of another one, if these are fewer."""
    if report is None:
        return
    search.least = max(search.least, report.least)
    if len(report.rows) < len(search.rows):
        search.take(report.rows)


class _Second:
    """The second search: in a process of its own for as long as there is one."""

    def __init__(self, make: Make, rounds: int, steps: int, first: Improvement) -> None:
        self._make, self._steps = make, steps
        self._stop = lambda: first.is_ended
        self._told: list[_Report] = []
        self._here: _Here | None = None
        self._forked: _Forked | None = None
        with contextlib.suppress(OSError):  # no process more may be had
            self._forked = _Forked(make, rounds, steps, first.rows.rows.shape, self._stop)

    def exchanged(self, report: _Report) -> _Report | None:
        """Return what it reported a round before; None in the first one, and where it is to end."""
        self._told.append(report)
        if self._forked is not None:
            with contextlib.suppress(OSError, EOFError):  # it was killed
                return self._forked.exchanged(report)
            self._come_here(self._told[:-1])
        return self._own().exchanged(report)

    def last(self) -> _Report | None:
        """Return its report of the last round; an earlier one where it was to end, or None."""
        if self._forked is not None:
            with contextlib.suppress(OSError, EOFError):  # it was killed
                return self._forked.last()
            self._come_here(self._told)
        return self._own().last()

    def ended(self) -> _Report | None:
        """End it; return what it has."""
        return self._forked.ended() if self._forked else None

    def close(self) -> None:
        """End it if it goes on still."""
        if self._forked is not None:
            self._forked.close()
            self._forked = None

    def _own(self) -> _Here:
        if self._here is None:
            self._here = _Here(self._make, self._steps)
        return self._here

    def _come_here(self, told: list[_Report]) -> None:
        """Do here what a process that is no more has done, from the beginning."""
        self.close()
        for report in told:
            self._own().exchanged(report)


class _Here:
    """The second search in this process: a round as it is asked for."""

    def __init__(self, make: Make, steps: int) -> None:
        self._search, self._steps = make(lambda: False), steps
        self._told: list[_Report] = []
        self._rounds = 0

    def exchanged(self, report: _Report) -> _Report | None:
        self._told.append(report)
        return self.last() if len(self._told) > 1 else None

    def last(self) -> _Report:
        self._search.run(self._steps)
        found = _Report.of(self._search)
        if self._rounds:
            _hear(self._search, self._told[self._rounds - 1])
        self._rounds += 1
        return found


class _Channel:
    """Reports one way: rows by memory that both share, a few bytes by a pipe as they are there."""

    def __init__(self, rows: int, width: int) -> None:
        self._width = width
        self._size = rows * -(-width // 8)
        self._memory = mmap.mmap(-1, max(1, _SLOTS * self._size))
        self.reads, self.writes = os.pipe()

    def write(self, number: int, report: _Report) -> None:
        packed = np.packbits(report.rows, axis=1)
        at = number % _SLOTS * self._size
        self._memory[at : at + packed.size] = packed.tobytes()
        os.write(self.writes, _HEAD.pack(len(report.rows), report.least))

    def is_there(self, stop: Callable[[], bool]) -> bool:
        """Return whether there is a report, or nobody who writes any more, before it is to end."""
        poll = select.poll()
        poll.register(self.reads, select.POLLIN)
        while not poll.poll(_LOOKS):
            if stop():
                return False
        return True

    def read(self, number: int) -> _Report:
        """Return a report, waiting for it.

        Raises:
            EOFError: who writes is no more.
        """
        head = b""
        while len(head) < _HEAD.size:
            if not (part := os.read(self.reads, _HEAD.size - len(head))):
                raise EOFError
            head += part
        rows, least = _HEAD.unpack(head)
        at, size = number % _SLOTS * self._size, rows * -(-self._width // 8)
        packed = np.frombuffer(self._memory[at : at + size], dtype=np.uint8).reshape(rows, -1)
        return _Report(np.unpackbits(packed, axis=1, count=self._width).astype(np.bool_), least)


class _Forked:
    """The second search in a process of its own."""

    def __init__(
        self,
        make: Make,
        rounds: int,
        steps: int,
        shape: tuple[int, ...],
        stop: Callable[[], bool],
    ) -> None:
        """Begin it.

        Args:
            stop: asked while it is waited for whether to end.

        Raises:
            OSError: the system has no process more for us.
        """
        self._from, self._to = _Channel(*shape), _Channel(*shape)
        ends, self._goes_on = os.pipe()
        self._stop = stop
        self._number = self._heard = 0
        """Rounds of the first one that it was told of, and of its own that were read."""
        with warnings.catch_warnings():
            # Of other threads none is needed there: one shows how far the search is.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process = os.fork()
        if self._process:
            for descriptor in (ends, self._from.writes, self._to.reads):
                os.close(descriptor)
            return
        try:
            for descriptor in (self._goes_on, self._from.reads, self._to.writes):
                os.close(descriptor)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # our parent's to answer
            self._serve(make, rounds, steps, ends)
        finally:
            os._exit(0)  # whatever was ours to flush or to remove is the parent's

    def _serve(self, make: Make, rounds: int, steps: int, ends: int) -> None:
        parent, poll = os.getppid(), select.poll()
        poll.register(ends, select.POLLIN)
        search = make(lambda: bool(poll.poll(0)) or os.getppid() != parent)
        for number in range(rounds):
            search.run(steps)
            self._from.write(number, _Report.of(search))
            if search.is_ended:
                return
            if number:
                _hear(search, self._to.read(number - 1))

    def exchanged(self, report: _Report) -> _Report | None:
        self._to.write(self._number, report)
        self._number += 1
        if self._number < 2 or not self._from.is_there(self._stop):
            return None
        return self._read()

    def last(self) -> _Report | None:
        return self._read() if self._from.is_there(self._stop) else self.ended()

    def _read(self) -> _Report:
        found = self._from.read(self._heard)
        self._heard += 1
        return found

    def ended(self) -> _Report | None:
        # It may wait for what it is told, which does not come any more.
        os.close(self._goes_on)
        os.close(self._to.writes)
        self._goes_on = self._to.writes = -1
        found = None
        with contextlib.suppress(OSError, EOFError):  # it has ended, and the last report counts
            while True:
                found = self._read()
        return found

    def close(self) -> None:
        with contextlib.suppress(OSError):  # it has ended by itself
            os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        for descriptor in (self._from.reads, self._to.writes, self._goes_on):
            if descriptor >= 0:
                os.close(descriptor)
