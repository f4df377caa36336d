# SPDX-License-Identifier: MIT
"""What a worker of this machine writes down of a batch of jobs, for the case that it is lost.

Results of short jobs come back together, so those of a worker that was killed were not told. They
are in a file of the batch, in the session's folder, with the number of the job that it was at: who
has started the worker finds both there, and runs again what has no result.

    number, -1              the job is begun
    number, size, answer    it has ended

The file outlives the process, not the machine: nothing waits for a disk.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_RECORD = struct.Struct("<qq")
_BEGUN = -1


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """How far a batch has come."""

    answers: Mapping[int, bytes]
    """Of the jobs that have ended, by number."""
    running: int | None
    """The job that has begun and has not ended."""


class BatchJournal:
    """The file of one batch, open to be written."""

    def __init__(self, folder: str, batch: str) -> None:
        self._handle: int | None = None
        with contextlib.suppress(OSError):  # the disk is full: then nothing is known of the batch
            self._handle = os.open(
                Path(folder, batch), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
            )

    def begun(self, number: int) -> None:
        """Note that a job begins."""
        self._write(_RECORD.pack(number, _BEGUN))

    def ended(self, number: int, answer: bytes) -> None:
        """Note how it has ended."""
        self._write(_RECORD.pack(number, len(answer)) + answer)

    def _write(self, data: bytes) -> None:
        if self._handle is not None:
            with contextlib.suppress(OSError):  # see above
                os.write(self._handle, data)

    def close(self) -> None:
        """Write nothing more."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def batch_record(folder: str, batch: str) -> BatchRecord:
    """Return how far a batch has come that nobody is at any more."""
    answers: dict[int, bytes] = {}
    running = None
    try:
        data = Path(folder, batch).read_bytes()
    except OSError:  # it was not begun
        data = b""
    place = 0
    while place + _RECORD.size <= len(data):
        number, size = _RECORD.unpack_from(data, place)
        place += _RECORD.size
        if size == _BEGUN:
            running = number
        elif place + size <= len(data):  # or it was killed as it wrote
            answers[number], running = data[place : place + size], None
            place += size
        else:
            break
    return BatchRecord(answers, running)


def forget(folder: str, batch: str) -> None:
    """Take away what was written of a batch whose answers have arrived."""
    with contextlib.suppress(OSError):  # nothing was
        os.unlink(Path(folder, batch))  # noqa: PTH108  of each batch, at once
